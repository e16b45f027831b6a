"""`deskhand playground`: the stand-in for Slack with the bot beside it, in one process and with one clock."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import typer
from cryptography.fernet import Fernet
from pydantic import SecretStr
from rich.console import Console
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from bot import app, imports, manifest
from bot.domain.errors import DeskError
from bot.domain.installation import ANYBODY
from bot.domain.search import TicketFilter
from bot.domain.workspace import Workspace
from bot.domain.workspace_settings import WorkspaceSettings
from bot.http import server
from bot.playground import seed
from bot.playground.example_slack import keep, start_example
from bot.playground.session import Session
from bot.playground.standin import StandIn
from bot.settings import Settings

_LOCAL = "127.0.0.1"
_PATIENCE = 15.0  # seconds
_INSTALLER = "dana"


@dataclass(frozen=True)
class Playground:
    """A workspace of the stand-in, and the desk that serves it."""

    slack: StandIn
    runtime: app.Runtime
    workspace: Workspace

    async def know_the_example(self) -> None:
        """The example's customers, sites and settings, unless this workspace has customers of its own."""
        if not (await self.runtime.store.read(self.workspace).directory(())).knows("customer"):
            settings = WorkspaceSettings.model_validate_json(seed.SETTINGS.read_bytes())
            now = self.slack.clock.now()
            await self.runtime.store.change(
                self.workspace, lambda tx: imports.import_desk(tx, seed.DIRECTORY, settings, now)
            )

    async def settled(self) -> None:
        """Returns once all that was said is heard, and all that was saved is shown. Raises DeskError where that takes too
        long."""
        try:
            async with asyncio.timeout(_PATIENCE):
                await self.slack.events_taken()
                while not await self.runtime.desk_clock.turn():
                    pass  # more is due
                await self.runtime.settled()
        except (TimeoutError, AssertionError):
            reason = await self.runtime.not_ready() or "Set DESKHAND_LOG_LEVEL=info to see why."
            message = f"The ticket's card is not shown after {_PATIENCE:g} seconds. {reason}"
            raise DeskError(message) from None

    async def install(self) -> None:
        """The first workspace has Deskhand from the beginning; the others install it by themselves."""
        if not (self.slack.world.installation and self.runtime.installations.of(self.workspace)):
            await self.slack.install(by=_INSTALLER)

    async def start_over(self) -> None:
        """The desk forgets its tickets, and knows the example again."""
        for workspace in await self.runtime.store.workspaces():
            await self.runtime.forget(workspace)
        await self.know_the_example()


async def say(settings: Settings, lines: Sequence[str], who: str, *, as_json: bool) -> None:
    """Says the lines in the terminal, one after the other, and ends."""
    async with _playground(settings, port=0) as place:
        session = _session(place, who, Console(stderr=as_json))
        for line in lines:
            known = await _last_number(place)
            await session.say(line)
            if as_json:
                await _print_newer(place, known)


async def show_page(settings: Settings) -> None:
    """Serves the page until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    with server.on_signal(stop.set):
        async with _playground(settings, port=settings.port) as place:
            typer.echo(f"Your Slack is at {place.slack.url} (Ctrl-C ends it)")
            with place.runtime.heeding_retry():
                await stop.wait()


async def take_pictures(settings: Settings, folder: Path) -> None:
    """Drives the page with a browser and writes its pictures into `folder`."""
    from bot.playground.pictures import take  # noqa: PLC0415  (playwright is there for developers only)

    async with _playground(settings, port=0) as place:
        await take(place.slack.url, folder)


@asynccontextmanager
async def _playground(settings: Settings, port: int) -> AsyncIterator[Playground]:
    """The conversations are kept next to the tickets, and are there again the next time."""
    state = app.store_of(settings).beside("playground.state")
    later = _Later()
    async with (
        await _standin(state, port) as slack,
        server.listening(later, host=_LOCAL, port=0) as bound,
    ):
        slack.connect(f"http://{_LOCAL}:{bound}/slack/events")
        desk = _by_oauth(settings, slack, f"http://{_LOCAL}:{bound}", state.with_suffix(".key"))
        async with app.build(desk, clock=slack.clock.now, wait=slack.clock.wait) as runtime:
            later.app = runtime.asgi
            place = Playground(slack, runtime, Workspace(team_id=slack.world.team.id))
            slack.start_over = place.start_over
            await place.install()
            await place.know_the_example()
            await runtime.introduced()
            try:
                yield place
            finally:
                state.write_text(keep(slack), "utf-8")
                later.app = None


class _Later:
    """The desk's web app, which needs to know its own address first."""

    app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answering = self.app or PlainTextResponse("starting or stopping", 503)
        await answering(scope, receive, send)


def _by_oauth(settings: Settings, slack: StandIn, address: str, key: Path) -> Settings:
    """The settings of a desk that any workspace of the stand-in may install. Its key is kept, as its tokens are."""
    if not key.exists():
        key.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        key.touch(mode=0o600)
        key.write_text(Fernet.generate_key().decode())
    return settings.model_copy(
        update={
            "signing_secret": SecretStr(slack.signing_secret),
            "client_id": slack.client_id,
            "client_secret": SecretStr(slack.client_secret),
            "secret_keys": (SecretStr(key.read_text()),),
            "allowed_teams": frozenset({ANYBODY}),
            "public_url": address,
            "api_url": slack.api_url,
            "metrics_port": None,
        }
    )


async def _standin(state: Path, port: int) -> StandIn:
    """As it was when the playground last ended, or with the example."""
    try:
        return await start_example(manifest.read(), port=port, kept=_read(state))
    except OSError as error:
        message = f"Cannot listen on {_LOCAL}:{port}: {error.strerror}. Set DESKHAND_PORT to another port."
        raise server.CannotListen(message) from None
    except (ValueError, KeyError, TypeError) as error:
        message = f"{state} is not what a playground wrote. Delete it to begin with the example again."
        raise DeskError(message) from error


def _read(state: Path) -> str | None:
    return state.read_text("utf-8") if state.exists() else None


def _session(place: Playground, who: str, console: Console) -> Session:
    try:
        return Session(place.slack, who, console, place.settled)
    except LookupError:
        people = ", ".join(user.name for user in place.slack.world.users.values() if not user.is_bot)
        message = f"Nobody here is called “{who}”. There are {people}."
        raise DeskError(message) from None


async def _print_newer(place: Playground, known: int) -> None:
    """The tickets with a number above `known`, oldest first, as JSON."""
    reader = place.runtime.store.read(place.workspace)
    for number in range(known + 1, await _last_number(place) + 1):
        if ticket := await reader.ticket(number):
            entries = await reader.history(number, limit=ticket.version)
            history = [entry.to_wire() for entry in reversed(entries)]
            typer.echo(json.dumps({**ticket.to_wire(), "history": history}, indent=2, ensure_ascii=False))


async def _last_number(place: Playground) -> int:
    newest = await place.runtime.store.read(place.workspace).tickets(TicketFilter(), limit=1)
    return newest.tickets[0].number if newest.tickets else 0
