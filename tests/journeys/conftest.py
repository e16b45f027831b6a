"""The real Deskhand over real HTTP, with the stand-in as its Slack, as they are in the playground."""

import asyncio
import traceback
from collections.abc import AsyncIterator, Iterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot import app, imports, manifest
from bot.domain.search import TicketFilter
from bot.domain.ticket import Entry, Ticket
from bot.domain.workspace import Workspace
from bot.http import server
from bot.playground import deliveries, grants, seed
from bot.playground.driver import Channel, Person
from bot.playground.standin import StandIn, start_standin
from bot.settings import Settings
from handlers import loading
from handlers.outbound import after_answer
from handlers.routes import Routes
from storage.postgres.store import PostgresStore
from storage.tinydb.store import TinyDBStore
from tests.histories import history_of
from tests.stamps import without_stamp
from tests.stores import store_url


@dataclass
class Office:
    """A workspace at work: its people and channels, and the desk behind them."""

    slack: StandIn
    runtime: app.Runtime
    settings: Settings

    @property
    def workspace(self) -> Workspace:
        return Workspace(team_id=self.slack.world.team.id)

    def person(self, name: str) -> Person:
        return self.slack.person(name)

    def channel(self, name: str) -> Channel:
        return self.slack.channel(name)

    async def ticket(self, number: int) -> Ticket:
        ticket = await self.runtime.store.read(self.workspace).ticket(number)
        assert ticket, f"there is no T-{number}"
        return ticket

    async def history(self, number: int) -> Sequence[Entry]:
        """A ticket's, oldest first."""
        return await history_of(self.runtime.store.read(self.workspace), number)

    async def total(self) -> int:
        """How many tickets there are."""
        return (await self.runtime.store.read(self.workspace).tickets(TicketFilter(), limit=1)).total


def settings_for(slack: StandIn, folder: Path, **also: object) -> Settings:
    return Settings.model_validate(
        {
            "signing_secret": SecretStr(slack.signing_secret),
            "bot_token": SecretStr(slack.bot_token),
            "api_url": slack.api_url,
            "store": store_url(folder),
            **also,
        }
    )


_PATIENCE = 30.0  # seconds


@pytest.fixture(autouse=True)
def _nobody_gives_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """However busy the machine is, everybody gets the answer itself, and the form. What Slack's three seconds do to them is in the
    tests that set them."""
    monkeypatch.setattr(deliveries, "PATIENCE", _PATIENCE)
    monkeypatch.setattr(grants, "_TRIGGER_LIVES", timedelta(seconds=_PATIENCE))
    monkeypatch.setattr(loading, "PATIENCE", _PATIENCE)
    monkeypatch.setattr(after_answer, "_TRIGGER_LIVES", _PATIENCE)


@pytest.fixture(autouse=True)
def _what_only_reads_saves_nothing(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As the journeys' tables say of it: who is told that something cannot be read has lost nothing."""
    reading: ContextVar[tuple[object, object]] = ContextVar("reading", default=(None, None))
    saved: list[str] = []
    handled = Routes._handled

    async def watched(self: Routes, request: Any) -> Any:  # noqa: ANN401
        if not request.kind.reads(request.payload):
            return await handled(self, request)
        token = reading.set((asyncio.current_task(), request.payload))
        try:
            return await handled(self, request)
        finally:
            reading.reset(token)

    def watch(store: type[Any]) -> None:
        change = store.change

        async def watched_change(self: object, workspace: Workspace, work: Any) -> Any:  # noqa: ANN401
            task, payload = reading.get()
            if task is asyncio.current_task():  # not of what was begun beside it
                saved.append(f"{payload!r} in {traceback.format_stack(limit=8)}")
            return await change(self, workspace, work)

        monkeypatch.setattr(store, "change", watched_change)

    monkeypatch.setattr(Routes, "_handled", watched)
    watch(TinyDBStore)
    watch(PostgresStore)
    yield
    kept = [each for each in saved if "keep_home" not in each]  # where somebody looked last
    assert not kept, kept[0]


@pytest.fixture
async def slack() -> AsyncIterator[StandIn]:
    async with await start_standin(manifest.read()) as standin:
        yield standin


@pytest.fixture
def directory() -> Sequence[Path]:
    """The files that the office's directory is imported from: the example's."""
    return seed.DIRECTORY


@pytest.fixture
async def office(slack: StandIn, tmp_path: Path, directory: Sequence[Path]) -> AsyncIterator[Office]:
    """Everybody is known, and so is the directory. What people are told waits for nothing."""
    settings = settings_for(slack, tmp_path / "data")
    async with app.build(settings, clock=slack.clock.now, wait=slack.clock.wait, held=timedelta()) as runtime:
        office = Office(slack, runtime, settings)
        await runtime.store.change(
            office.workspace,
            lambda tx: imports.import_files(tx, directory),
        )
        async with server.listening(runtime.asgi, host="127.0.0.1", port=0) as port:
            slack.connect(f"http://127.0.0.1:{port}/slack/events")
            await runtime.introduced()
            yield office
            bot = slack.world.bot
            said = [each for place in slack.world.conversations.values() for each in place.messages]
            assert not without_stamp([each.blocks for each in said if each.author is bot]), (
                "see handlers/slack/stamps.py"
            )


@pytest.fixture
def ana(office: Office) -> Person:
    return office.person("ana")


@pytest.fixture
def ben(office: Office) -> Person:
    return office.person("ben")


@pytest.fixture
def support(office: Office) -> Channel:
    return office.channel("support")
