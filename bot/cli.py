"""The commands: deskhand [serve | playground | doctor | import].

Whatever a user can mend is one line on stderr and exit code 2; a check that failed is exit code 1.
"""

import asyncio
import os
import sys
import threading
from collections.abc import AsyncIterator, Coroutine, Sequence
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from pydantic import SecretStr
from rich.console import Console
from rich.progress import Progress

from bot import app, doctor, imports, log, manifest, server
from bot.domain.directory import Directory
from bot.domain.errors import DeskError
from bot.domain.search import TicketFilter
from bot.domain.workspace import Workspace
from bot.playground import seed, snapshot
from bot.playground.session import Session
from bot.playground.standin import StandIn, start_standin
from bot.playground.world import World
from bot.settings import Settings, SettingsError, load

if sys.platform == "win32":
    new_event_loop = asyncio.new_event_loop
else:
    from uvloop import new_event_loop

T = TypeVar("T")

LOCAL = "127.0.0.1"
_END = "\x04"

commands = typer.Typer(
    name="deskhand",
    help="A service desk that lives in Slack.",
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main() -> None:
    """The program. Ends the process."""
    try:
        commands()
    except DeskError as error:
        for line in error.message.splitlines():
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
    """A service desk that lives in Slack. Without a command: serve, or the playground where Slack is not set up."""
    if context.invoked_subcommand is None:
        settings = load(os.environ)
        if settings.mode == "playground":
            typer.echo(
                "No Slack credentials are set, so this is the playground: a Slack of your own.", err=True
            )
            _run(settings, _play(settings))
        else:
            _run(settings, app.serve(settings))


@commands.command()
def serve() -> None:
    """Serve Slack: by HTTP, or by Socket Mode where SLACK_APP_TOKEN is set."""
    settings = load(os.environ)
    if settings.mode == "playground":
        message = (
            "No Slack credentials are set. Set SLACK_BOT_TOKEN, and SLACK_SIGNING_SECRET (HTTP) or SLACK_APP_TOKEN"
            " (Socket Mode). Or try `deskhand playground`, which needs none."
        )
        raise SettingsError(message)
    _run(settings, app.serve(settings))


@commands.command()
def playground(
    say: Annotated[
        list[str] | None, typer.Option(metavar="LINE", help="Say this line, then end. Repeat it for more.")
    ] = None,
    who: Annotated[str, typer.Option("--as", metavar="NAME", help="Who speaks.")] = "ana",
    as_json: Annotated[bool, typer.Option("--json", help="Print the saved tickets as JSON.")] = False,  # noqa: FBT002
) -> None:
    """A Slack of your own, with the bot in it: no account, no token, no network."""
    settings = load(os.environ)
    if settings.mode != "playground":
        message = "Slack credentials are set. The playground is for none: unset SLACK_BOT_TOKEN, SLACK_SIGNING_SECRET and SLACK_APP_TOKEN."
        raise SettingsError(message)
    if "DESKHAND_LOG_LEVEL" not in os.environ:  # a log between the lines of a conversation is noise
        settings = settings.model_copy(update={"log_level": "warning"})
    _run(settings, _play(settings, say or [], who, as_json=as_json))


@commands.command("doctor")
def examine() -> None:
    """Check settings, tokens, scopes, the clock and the data folder, and say what to do."""
    checks = asyncio.run(doctor.examine(os.environ))
    doctor.show(checks, Console())
    if any(check.verdict == "fail" for check in checks):
        raise typer.Exit(1)


@commands.command("import")
def import_(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="customers.csv, sites.json and so on.")],
    workspace: Annotated[str | None, typer.Option(metavar="T...", help="Into this workspace.")] = None,
    enterprise: Annotated[str | None, typer.Option(metavar="E...", help="Of this organisation.")] = None,
) -> None:
    """Load customers, sites, systems, assets and contacts from CSV and JSON files: all of them, or nothing."""
    settings = load(os.environ)
    _run(settings, _import(settings, files, enterprise, workspace))


def _run(settings: Settings, work: Coroutine[None, None, T]) -> T:
    log.configure(settings.log_level, settings.secrets)
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        return runner.run(work)


async def _play(
    settings: Settings, lines: Sequence[str] = (), who: str = "ana", *, as_json: bool = False
) -> None:
    """The stand-in for Slack with the bot beside it: says the lines and ends, or takes them from the keyboard."""
    state = settings.folder / "playground.state"
    async with await start_standin(manifest.read(), fill=partial(_remember, state)) as slack:
        secrets = {"signing_secret": SecretStr(slack.signing_secret), "bot_token": SecretStr(slack.bot_token)}
        settings = settings.model_copy(update={**secrets, "api_url": slack.api_url})
        async with app.build(settings) as runtime, server.listening(runtime.asgi, host=LOCAL, port=0) as port:
            slack.connect(f"http://{LOCAL}:{port}/slack/events")
            workspace = runtime.desk.workspace(None, slack.world.team.id)
            await _know_the_example(runtime, workspace)
            await runtime.introduced()
            session = _session(slack, who, Console(stderr=as_json), runtime)
            try:
                async for line in _typed(lines):
                    known = (await runtime.desk.tickets(workspace, TicketFilter(), limit=1)).total
                    await session.say(line)
                    if as_json:
                        await _print_newer(runtime, workspace, known)
            finally:
                state.write_text(snapshot.dump(slack.world), "utf-8")


def _remember(state: Path, world: World) -> None:
    """Fills a new workspace with what it held when the playground last ended, or with the example."""
    try:
        snapshot.load(world, state.read_text("utf-8"))
    except FileNotFoundError:
        seed.fill(world)
    except (ValueError, KeyError, TypeError) as error:
        message = f"{state} is not what a playground wrote. Delete it to begin with the example again."
        raise DeskError(message) from error


def _session(slack: StandIn, who: str, console: Console, runtime: app.Runtime) -> Session:
    try:
        return Session(slack, who, console, runtime.settled)
    except LookupError:
        people = ", ".join(user.name for user in slack.world.users.values() if not user.is_bot)
        message = f"Nobody here is called “{who}”. There are {people}."
        raise DeskError(message) from None


async def _know_the_example(runtime: app.Runtime, workspace: Workspace) -> None:
    """The example's customers and sites, unless this workspace has some of its own."""
    if not (await runtime.desk.directory(workspace)).knows("customer"):
        async with runtime.store.transaction(workspace) as change:
            await change.replace_directory(imports.read_directory(seed.DIRECTORY, Directory()))


async def _print_newer(runtime: app.Runtime, workspace: Workspace, known: int) -> None:
    """The tickets made since there were `known` of them, oldest first, as JSON."""
    newest = await runtime.desk.tickets(workspace, TicketFilter(), limit=100)
    for ticket in reversed(newest.tickets[: newest.total - known]):
        typer.echo(ticket.model_dump_json(indent=2))


async def _typed(lines: Sequence[str]) -> AsyncIterator[str]:
    """The lines given, or where there are none, those typed at the keyboard until its end."""
    for line in lines:
        yield line
    if lines:
        return
    typer.echo("Type a line, such as: /ticket Printer down customer:acme site:hq type:break_fix !high")
    typer.echo("Ctrl-D ends. /ticket help says more.")
    typed: asyncio.Queue[str] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def read() -> None:
        for line in iter(sys.stdin.readline, ""):
            loop.call_soon_threadsafe(typed.put_nowait, line.strip())
        loop.call_soon_threadsafe(typed.put_nowait, _END)

    # A thread of its own, since the loop may not wait for a keyboard; and a daemon, since nothing can interrupt one.
    threading.Thread(target=read, daemon=True).start()
    while (line := await typed.get()) != _END:
        if line:
            yield line


async def _import(
    settings: Settings, files: Sequence[Path], enterprise: str | None, team: str | None
) -> None:
    if not (enterprise or team):
        enterprise, team = await _home(settings)
    runtime = app.build(settings)
    try:
        workspace = runtime.desk.workspace(enterprise, team)
        with Progress(console=Console(stderr=True), transient=True) as progress:
            bar = progress.add_task("Reading")
            async with runtime.store.transaction(workspace) as change:
                directory = imports.read_directory(
                    files,
                    await change.directory(),
                    lambda done, of: progress.update(bar, completed=done, total=of),
                )
                await change.replace_directory(directory)
    finally:
        await runtime.store.close()
    kinds = {
        "customers": directory.customers,
        "sites": directory.sites,
        "systems": directory.systems,
        "assets": directory.assets,
        "contacts": directory.contacts,
    }
    known = ", ".join(f"{len(items)} {kind}" for kind, items in kinds.items())
    typer.echo(f"Imported. {workspace.id} now knows {known}.")


async def _home(settings: Settings) -> tuple[str | None, str | None]:
    """Enterprise and team of the workspace that the bot token belongs to, or the playground's."""
    if not settings.bot_token:
        return None, seed.TEAM.id
    answer = await doctor.ask(settings, "auth.test", settings.bot_token)
    if not answer.ok:
        message = (
            f"Slack does not say which workspace the token is for ({answer.error}). Name it with --workspace."
        )
        raise DeskError(message)
    return answer.enterprise_id, answer.team_id
