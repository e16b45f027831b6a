"""`deskhand workspaces` and `deskhand token`, and what `deskhand doctor` says of installations.

A data folder belongs to one process. Where Deskhand runs, it is asked at /workspaces; what changes something waits until
it is stopped. A store that replicas share is opened beside them, on any machine.
"""

from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from secrets import token_bytes

import aiohttp
import typer
from pydantic import TypeAdapter
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot import app
from bot.cli import running
from bot.domain.errors import DeskError
from bot.domain.installation import ANYBODY
from bot.domain.scopes import missing_features
from bot.domain.words import listed
from bot.http import overview as asked
from bot.services.forgetting import forget_desk, forget_installation
from bot.services.joins import Joins
from bot.services.ports.installations import InstallationStore
from bot.services.ports.store import Store
from bot.services.ports.store_url import Finding, StoreUrl
from bot.services.workspace_overview import WorkspaceRow, counted, overview, uncounted
from bot.settings import ALLOWED_TEAMS, Settings

_TIMEOUT = aiohttp.ClientTimeout(total=60)  # seconds: each workspace is opened
_ROWS = TypeAdapter(tuple[WorkspaceRow, ...])
_SOON = aiohttp.ClientTimeout(total=5)
_NOT_BEGUN = 400  # what /slack/oauth_redirect says where no installation was begun
_TWO = 2
_HEADS = ("Workspace", "ID", "State", "Installed", "By", "Tickets", "Outbox", "Last use")


async def show(settings: Settings, console: Console) -> None:
    """A table of all workspaces. Raises DeskError."""
    rows = await _rows(settings)
    if not rows:
        typer.echo("There is no workspace yet.")
        return
    table = Table(*_HEADS, box=None, header_style="bold")
    for row in rows:
        days = [f"{at:%Y-%m-%d}" if at else "" for at in (row.installed_at, row.last_use)]
        counts = [f"{row.tickets:,}", f"{row.outbox:,}"]
        cells = (row.name, row.id, row.state, days[0], row.installed_by, *counts, days[1])
        table.add_row(*(Text(each) for each in cells))
    console.print(table)
    if settings.bot_token and not settings.is_installed_by_oauth:
        typer.echo(
            "This Deskhand serves the workspace of its SLACK_BOT_TOKEN: it need not be installed by OAuth."
        )


async def forget(settings: Settings, team: str) -> None:
    """Deletes a workspace whole, after asking twice. Raises DeskError."""
    async with _opened(settings) as store:
        kept = _kept(settings, store)
        rows = {row.id: row for row in await uncounted(store, await kept.all())}
        if team not in rows:
            message = f"There is no workspace {team} here. `deskhand workspaces` lists those that there are."
            raise DeskError(message)
        row = await counted(store, rows[team])
        name = f"{row.name} ({team})" if row.name else team
        if not _agrees(_question(row, name), team):
            message = f"Nothing was deleted: {team} is as it was."
            raise DeskError(message)
        await forget_desk(store, app.sharing_store(store), team, app.utc_now)
        await forget_installation(kept, team)
    typer.echo(f"{name} is forgotten.")


async def join(settings: Settings, teams: Sequence[str]) -> None:
    """Lets workspaces find and read each other's global tickets. Raises DeskError."""
    async with _opened(settings) as store:
        known = {row.id for row in await uncounted(store, await _kept(settings, store).all())}
        if unknown := sorted({*teams} - known):
            message = f"There is no workspace {listed(unknown)} here. `deskhand workspaces` lists those that there are."
            raise DeskError(message)
        if len({*teams}) < _TWO:
            message = "Name two workspaces or more, such as `deskhand workspaces join T1 T2`."
            raise DeskError(message)
        await Joins(store, app.sharing_store(store), app.utc_now).join(teams)
    typer.echo(f"{listed(sorted({*teams}), 'and')} find and read each other's global tickets from now on.")


async def part(settings: Settings, teams: Sequence[str]) -> None:
    """Takes a set of workspaces apart that was joined. Raises DeskError."""
    async with _opened(settings) as store:
        joins = Joins(store, app.sharing_store(store), app.utc_now)
        if not await joins.part(teams):
            sets = [" ".join(sorted(each)) for each in await joins.sets()]
            message = f"These are not joined. What is: {listed(sets, 'and') or 'nothing'}."
            raise DeskError(message)
    typer.echo(f"{listed(sorted({*teams}), 'and')} find nothing of each other's from now on.")


def _question(row: WorkspaceRow, name: str) -> str:
    rest = "its settings and its people, for good?"
    if row.state == "cannot be opened":
        return f"What is kept of {name} cannot be opened. Delete all of its tickets, {rest}"
    return f"Delete all {row.tickets:,} tickets of {name}, {rest}"


def _agrees(question: str, team: str) -> bool:
    try:
        return (
            typer.confirm(question, err=True) and typer.prompt(f"Type {team} to delete it", err=True) == team
        )
    except typer.Abort:
        typer.echo(err=True)  # behind the question
        return False


def new_key() -> str:
    """For DESKHAND_SECRET_KEY, as Fernet takes it: https://cryptography.io/en/latest/fernet."""
    return urlsafe_b64encode(token_bytes(32)).decode()


async def rekey(settings: Settings) -> None:
    """Encrypts all tokens with the newest key. Raises DeskError."""
    async with _opened(settings) as store:
        number = await _kept(settings, store).rekey()
    typer.echo(
        f"Encrypted with the newest key: the tokens of {number} installation{'' if number == 1 else 's'}."
    )
    if len(settings.secret_keys) > 1:
        typer.echo("The older keys in DESKHAND_SECRET_KEY are needed no more.")


async def check(settings: Settings) -> Sequence[Finding]:
    """A line for each installation that is not as it should be, and one for all that are. Raises nothing."""
    if not settings.is_installed_by_oauth:
        return []
    return [await _public_address(settings), _who_may_install(settings), *await _installations(settings)]


async def _public_address(settings: Settings) -> Finding:
    """Whether browsers reach a desk that runs. It answers whoever comes back from Slack without having begun."""
    name, address = "public address", f"{settings.public_url}/slack/oauth_redirect"
    if not await _runs(app.store_of(settings)):
        return Finding(name, "ok", f"{settings.public_url}, which is tried only while Deskhand runs")
    try:
        async with (
            aiohttp.ClientSession(timeout=_SOON, trust_env=True) as http,
            http.get(address) as response,
        ):
            found = f"HTTP {response.status}"
            if response.status == _NOT_BEGUN and "This link works only once" in await response.text():
                return Finding(name, "ok", f"{settings.public_url} leads here")
    except (*running.NO_ANSWER, OSError) as error:
        found = str(error) or type(error).__name__
    remedy = "Have it lead to this Deskhand, with /slack/install and /slack/oauth_redirect as they are."
    return Finding(name, "warn", f"from here, {address} is not this Deskhand ({found})", remedy)


async def _runs(url: StoreUrl) -> bool:
    try:
        return bool(url.holder() or await url.replicas())
    except DeskError:  # the other checks say so
        return False


def _who_may_install(settings: Settings) -> Finding:
    name, allowed = "who may install", settings.allowed_teams
    if allowed is None:
        return Finding(name, "ok", "the first, and nobody else", f"{ALLOWED_TEAMS} names others.")
    if ANYBODY in allowed:
        return Finding(name, "ok", "anybody")
    return Finding(name, "ok", listed(sorted(allowed)))


async def _installations(settings: Settings) -> Sequence[Finding]:
    name = "installations"
    try:
        rows = await _rows(settings)
    except (*running.NO_ANSWER, OSError) as error:
        return [running.no_answer(name, error)]
    except DeskError as error:
        return [Finding(name, "fail", error.message)]
    if not rows:
        start = f"{settings.public_url}/slack/install"
        return [Finding(name, "warn", "none yet", f"Open {start} in a browser to install it.")]
    well = sum(row.state == "installed" for row in rows)
    return [
        Finding(name, "ok", f"{well} of {len(rows)} at work"),
        *(each for row in rows for each in _findings(row, settings)),
    ]


def _findings(row: WorkspaceRow, settings: Settings) -> Sequence[Finding]:
    name = f"{row.name} ({row.id})" if row.name else row.id
    start = f"{settings.public_url}/slack/install?team={row.id}"
    if row.state == "install again":
        detail = (
            "Slack renews its token no more; tickets are saved, and nothing is sent once the token has ended"
        )
        return [Finding(name, "fail", detail, f"Have one of its admins open {start}.")]
    if row.state == "cannot be opened":
        remedy = "Restore its file from a backup, or stop Deskhand and `deskhand doctor --repair`."
        return [Finding(name, "fail", "what is kept of it cannot be opened", remedy)]
    if row.state != "installed":
        return [
            Finding(
                name,
                "warn",
                f"{row.state}; its {row.tickets:,} tickets are kept",
                f"{start} installs it again.",
            )
        ]
    if missing := missing_features(row.scopes):
        lacks = " ".join(each.words for each in missing)
        scopes = ", ".join(each.scope for each in missing)
        return [
            Finding(
                name,
                "ok",
                f"without the optional {scopes}",
                f"{lacks} To have that, open {start} and allow it.",
            )
        ]
    return []


async def _rows(settings: Settings) -> Sequence[WorkspaceRow]:
    """Raises DeskError, and NO_ANSWER."""
    url = app.store_of(settings)
    if holder := url.holder():
        if not settings.secret_keys:
            message = f"Deskhand runs (process {holder.process}), and serves one workspace: that of its SLACK_BOT_TOKEN."
            raise DeskError(message)
        try:
            return await _asked(settings)
        except running.NO_ANSWER as error:
            why = str(error) or type(error).__name__
            message = f"Deskhand runs (process {holder.process}) and does not answer ({why}). {running.WHERE_IT_RUNS}"
            raise DeskError(message) from error
    if not await url.exists():
        return []
    async with _opened(settings) as store:
        return await overview(store, await _kept(settings, store).all())


async def _asked(settings: Settings) -> Sequence[WorkspaceRow]:
    port = settings.port if settings.metrics_port is None else settings.metrics_port
    address = f"http://{settings.host}:{port}{asked.PATH}"
    headers = {"Authorization": asked.authorization(settings.secret_keys[0])}
    async with (
        aiohttp.ClientSession(timeout=_TIMEOUT) as http,
        http.get(address, headers=headers) as response,
    ):
        response.raise_for_status()
        return _ROWS.validate_json(await response.read())


def _kept(settings: Settings, store: Store) -> InstallationStore:
    return app.installation_store(store, settings.secret_keys)


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[Store]:
    """The store of a desk that is stopped. Raises DeskError."""
    url = app.store_of(settings)
    if holder := url.holder():
        message = f"Deskhand runs (process {holder.process}) and has the data folder. Stop it first."
        raise DeskError(message)
    if not await url.exists():
        message = f"There is nothing in {url.describe()} yet."
        raise DeskError(message)
    store = url.open()
    try:
        yield store
    finally:
        await store.close()
