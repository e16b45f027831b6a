"""The commands: deskhand [serve | playground | doctor | import | courier | workspaces | token | migrate | copy].

Whatever a user can mend is one line on stderr and exit code 2; a check that failed is exit code 1.
"""

import asyncio
import os
import re
import signal
import sys
from collections.abc import Coroutine, Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.console import Console

from bot import app, doctor, log
from bot.cli import courier, importing, on_call, play, running, stores, workspaces
from bot.domain.errors import DeskError, StoreUnavailable
from bot.services.ports.store_url import Finding
from bot.settings import STORE, STORE_DIRECT, Settings, SettingsError, load

if sys.platform == "win32":
    new_event_loop = asyncio.new_event_loop
else:
    from uvloop import new_event_loop

T = TypeVar("T")

commands = typer.Typer(
    name="deskhand",
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main() -> None:
    """The program. Ends the process."""
    try:
        commands()
    except DeskError as error:
        said = error.for_admins if isinstance(error, StoreUnavailable) else ""
        for line in (said or error.message).splitlines():
            print(f"deskhand: {line}", file=sys.stderr)  # noqa: T201  (what a command says)
        sys.exit(2)


def _show_version(wanted: bool) -> None:  # noqa: FBT001  (typer's way)
    if wanted:
        try:
            typer.echo(f"deskhand {version('deskhand')}")
        except PackageNotFoundError:
            typer.echo("deskhand, run from a folder where it is not installed")
        raise typer.Exit


@commands.callback(invoke_without_command=True)
def deskhand(
    context: typer.Context,
    _: Annotated[  # noqa: FBT002  (typer's way)
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit."),
    ] = False,
) -> None:
    """A service desk that lives in Slack. Without a command: the playground or, where Slack's credentials are set, serve."""
    if sys.platform != "win32":
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)  # from a `courier retry` that comes as deliveries end
    if context.invoked_subcommand is None:
        settings = load(os.environ)
        if settings.mode == "playground":
            typer.echo("No Slack credentials are set, so this is the playground: a Slack of your own.")
            _run(settings, play.show_page(settings))
        else:
            _run(settings, app.serve(settings))


@commands.command()
def serve() -> None:
    """Serve Slack: by HTTP, or by Socket Mode where SLACK_APP_TOKEN is set."""
    settings = load(os.environ)
    if settings.mode == "playground":
        message = (
            "No Slack credentials are set. Set SLACK_BOT_TOKEN, and SLACK_SIGNING_SECRET (HTTP) or SLACK_APP_TOKEN"
            " (Socket Mode); for more workspaces than one, see docs/installing.md. Or try `deskhand playground`, which needs none."
        )
        raise SettingsError(message)
    _run(settings, app.serve(settings))


@commands.command()
def playground(
    say: Annotated[
        list[str] | None, typer.Option(metavar="LINE", help="Say this line, then end. Repeat it for more.")
    ] = None,
    who: Annotated[str, typer.Option("--as", metavar="NAME", help="Who speaks.")] = "ana",
    as_json: Annotated[bool, typer.Option("--json", help="Print what --say made as JSON.")] = False,  # noqa: FBT002
    screenshots: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Take the README's pictures, then end.")
    ] = None,
) -> None:
    """A Slack of your own, with the bot in it: no account, no token, no network. A page, or lines in the terminal."""
    if as_json and not say:
        raise typer.BadParameter("--json prints the tickets of --say: add a --say.")
    settings = load(os.environ)
    if settings.mode != "playground":
        message = (
            "Slack credentials are set, and the playground is only for this machine. "
            "Unset SLACK_BOT_TOKEN, SLACK_SIGNING_SECRET and SLACK_APP_TOKEN, or use `deskhand serve`."
        )
        raise SettingsError(message)
    if say or screenshots:  # a log between the lines of a conversation is noise
        settings = settings.model_copy(update={"log_level": os.environ.get("DESKHAND_LOG_LEVEL", "warning")})
    if screenshots:
        screenshots.mkdir(parents=True, exist_ok=True)
        _run(settings, play.take_pictures(settings, screenshots))
    elif say:
        _run(settings, play.say(settings, say, who, as_json=as_json))
    else:
        _run(settings, play.show_page(settings))


@commands.command("doctor")
def examine(
    repair: Annotated[  # noqa: FBT002  (typer's way)
        bool,
        typer.Option("--repair", help="Save what can be saved of damaged data files; the old ones are kept."),
    ] = False,
) -> None:
    """Check settings, tokens, scopes, the clock and the data folder, and say what to do."""
    if repair:
        for line in [*app.store_of(load(os.environ)).repair()] or ["No data file is damaged."]:
            typer.echo(line)
    checks = asyncio.run(doctor.examine(os.environ, app.store_url))
    if not any(check.name in _NOT_TO_BE_OPENED and check.verdict != "ok" for check in checks):
        checks += [*_data_files(), *_running()]
    doctor.show(checks, Console())
    if any(check.verdict == "fail" for check in checks):
        raise typer.Exit(1)


_NOT_TO_BE_OPENED = {"postgresql", "schema"}
"""The checks that must be well before the store is opened: that would wait for it in vain, or change it."""


def _data_files() -> list[Finding]:
    """Whether they are as they were written, as far as that can be seen: not while a Deskhand has them."""
    try:
        url = app.store_of(load(os.environ))
        if url.is_shared:
            return []
        faults = url.verify()
    except (DeskError, OSError):  # the other checks say so
        return []
    if faults:
        return [Finding("data files", "fail", fault.message) for fault in faults]
    return [Finding("data files", "ok", "as they were written")]


def _running() -> list[Finding]:
    """What can be seen of a desk at work, and its outbox where none is."""
    try:
        settings = load(os.environ)
    except SettingsError:  # the other checks say so
        return []
    checks = (
        asyncio.run(courier.check(settings)),
        asyncio.run(running.check_tasks(settings)),
        asyncio.run(running.check_events(settings)),
        asyncio.run(running.check_data_files(settings)),
        asyncio.run(on_call.check(settings)),
    )
    found = [check for check in checks if check]
    return [*found, *asyncio.run(workspaces.check(settings))]


deliveries = typer.Typer(help="What delivers cards to Slack.")
commands.add_typer(deliveries, name="courier")


@deliveries.command()
def retry() -> None:
    """Deliver what Slack did not take and what was set aside for that, and go on where it had refused a token."""
    settings = load(os.environ)
    _run(settings, courier.retry(settings))


of_workspaces = typer.Typer(help="The workspaces that this Deskhand serves.", invoke_without_command=True)
commands.add_typer(of_workspaces, name="workspaces")


@of_workspaces.callback()
def list_workspaces(context: typer.Context) -> None:
    """List the workspaces: installed when and by whom, how many tickets, what waits, and when they were last used."""
    if context.invoked_subcommand is None:
        settings = load(os.environ)
        _run(settings, workspaces.show(settings, Console()))


@of_workspaces.command("forget")
def forget_workspace(team: Annotated[str, typer.Argument(metavar="T...")]) -> None:
    """Delete a workspace whole, for good: its tickets, its settings and its installation. Asks twice."""
    settings = load(os.environ)
    _run(settings, workspaces.forget(settings, team))


@of_workspaces.command("join")
def join_workspaces(teams: Annotated[list[str], typer.Argument(metavar="T... T...")]) -> None:
    """Let workspaces find and read each other's global tickets. Only its own people act on one."""
    settings = load(os.environ)
    _run(settings, workspaces.join(settings, teams))


@of_workspaces.command("part")
def part_workspaces(teams: Annotated[list[str], typer.Argument(metavar="T... T...")]) -> None:
    """Take workspaces apart that were joined by one command: name all of them."""
    settings = load(os.environ)
    _run(settings, workspaces.part(settings, teams))


tokens = typer.Typer(help="The key that tokens are encrypted with.")
commands.add_typer(tokens, name="token")


@tokens.command("key")
def make_key() -> None:
    """Make a key for DESKHAND_SECRET_KEY, and print it."""
    typer.echo(workspaces.new_key())


@tokens.command()
def rekey() -> None:
    """Encrypt all tokens with the newest key of DESKHAND_SECRET_KEY."""
    settings = load(os.environ)
    _run(settings, workspaces.rekey(settings))


@commands.command("import")
def import_(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="customers.csv, sites.json and so on.")],
    workspace: Annotated[str | None, typer.Option(metavar="T...", help="Into this workspace.")] = None,
    enterprise: Annotated[str | None, typer.Option(metavar="E...", help="Of this organisation.")] = None,
    renamed: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="COLUMN=FIELD", help="What a column is: --map 'Company name=name'."),
    ] = None,
    is_sure: Annotated[  # noqa: FBT002  (typer's way)
        bool, typer.Option("--yes", help="Make a workspace that is new without asking.")
    ] = False,
) -> None:
    """Load customers, sites, systems, assets and contacts from CSV, TSV and JSON files: all of them, or nothing."""
    settings = load(os.environ)
    columns = importing.columns_named(renamed or [])
    where = importing.Where(enterprise, workspace, is_sure=is_sure)
    _run(settings, importing.import_files(settings, files, where, columns))


@commands.command()
def migrate() -> None:
    """Bring the tables of PostgreSQL to this version, as a start does. Forwards only, and safe while older replicas run."""
    settings = load(os.environ)
    _run(settings, stores.migrate(settings))


@commands.command("copy")
def copy_(
    source: Annotated[str, typer.Argument(metavar="FROM", help="tinydb:./data or postgresql://…")],
    target: Annotated[str, typer.Argument(metavar="TO", help="The same of another one, which is empty.")],
) -> None:
    """Copy everything from one store into another, while Deskhand is stopped. Cut off, it goes on when it is run again."""
    settings = load(os.environ)
    of_source, of_target = _with_store(settings, source, "FROM"), _with_store(settings, target, "TO")
    secrets = [secret for each in (settings, of_source, of_target) for secret in each.secrets]
    _run(settings, stores.copy(app.store_of(of_source), app.store_of(of_target)), secrets)


def _with_store(settings: Settings, store: str, name: str) -> Settings:
    """As they are with another store, of which DESKHAND_STORE_DIRECT says nothing. Raises DeskError, which calls it by the `name` of
    what was typed."""
    given = os.environ | {STORE: store}
    if store != settings.store:
        given.pop(STORE_DIRECT, None)
    try:
        found = load(given)
        app.store_of(found)
    except DeskError as error:
        raise DeskError(re.sub(rf"\b{STORE}\b", name, error.message)) from None
    return found


def _run(settings: Settings, work: Coroutine[None, None, T], secrets: Iterable[str] = ()) -> T:
    log.configure(settings.log_level, [*settings.secrets, *secrets])
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        return runner.run(work)
