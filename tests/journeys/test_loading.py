"""A store that takes long to open: who asks is told to wait, what follows follows, and nothing that was typed is lost."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from aiohttp import ClientSession

from bot import app, imports
from bot.domain.errors import StoreUnavailable
from bot.domain.workspace import Workspace
from bot.http import server
from bot.playground import seed
from bot.playground.driver import Person
from bot.playground.standin import StandIn
from bot.services.ports.store import Reader, Store
from handlers import loading
from storage import open_store
from tests.journeys.conftest import Office, settings_for
from tests.journeys.test_strangers import Post, recorded
from tests.stores import store_url

LINE = "/ticket Printer down customer:acme site:hq type:break_fix"


class Slow:
    """A Store that is open once a test says so, or cannot be opened."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.may_open = asyncio.Event()
        self.error: StoreUnavailable | None = None
        self.asked = 0

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self._store, name)

    def read(self, workspace: Workspace, *, is_use: bool = True) -> Reader:
        if self.error:
            raise self.error
        return self._store.read(workspace, is_use=is_use)

    def is_open(self, _: Workspace) -> bool:
        return self.may_open.is_set() and not self.error

    async def open(self, workspace: Workspace) -> None:
        self.asked += 1
        await self.may_open.wait()
        if self.error:
            raise self.error
        await self._store.open(workspace)


@pytest.fixture
def store(tmp_path: Path) -> Slow:
    return Slow(open_store(store_url(tmp_path / "data")))


@pytest.fixture
async def office(
    slack: StandIn, store: Slow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Office]:
    monkeypatch.setattr(loading, "PATIENCE", 0.05)
    settings = settings_for(slack, tmp_path / "unused")
    build = app.build(
        settings, store=cast("Store", store), clock=slack.clock.now, wait=slack.clock.wait, held=timedelta()
    )
    async with build as runtime:
        office = Office(slack, runtime, settings)
        await runtime.store.change(office.workspace, lambda tx: imports.import_files(tx, seed.DIRECTORY))
        await runtime.introduced()
        async with server.listening(runtime.asgi, host="127.0.0.1", port=0) as port:
            slack.connect(f"http://127.0.0.1:{port}/slack/events")
            yield office


@pytest.fixture
async def post(office: Office) -> AsyncIterator[Post]:
    async with ClientSession() as session:
        yield Post(session, office.slack.deliveries.url, office.slack.signing_secret)


async def test_a_line_is_kept_and_its_ticket_follows_once(office: Office, store: Slow, ana: Person) -> None:
    answer = await ana.types(LINE)
    waiting = await answer.shows("One moment, loading")
    assert "Printer down customer:acme" in waiting.shown
    assert await office.total() == 0
    store.may_open.set()
    await answer.shows("T-1")
    await office.runtime.settled()
    assert await office.total() == 1
    assert (await office.ticket(1)).summary == "Printer down"


async def test_a_line_whose_store_does_not_open_is_quoted_back(store: Slow, ana: Person) -> None:
    answer = await ana.types(LINE)
    await answer.shows("One moment, loading")
    store.error = StoreUnavailable("The disk is full.")
    store.may_open.set()
    said = await answer.shows("The disk is full")
    assert "Printer down customer:acme" in said.shown


async def test_a_store_that_cannot_be_opened_is_told_at_once(
    store: Slow, ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "PATIENCE", 5)
    store.error = StoreUnavailable("The disk is full.")
    store.may_open.set()
    answer = await ana.types(LINE)
    said = await answer.shows("The disk is full")
    assert "Printer down" in said.shown


async def test_a_line_that_would_open_a_form_says_to_type_it_again(store: Slow, ana: Person) -> None:
    answer = await ana.types("/ticket")
    await answer.shows("One moment, loading")
    store.may_open.set()
    await answer.shows("I am ready now")


async def test_a_button_follows_and_says_so(office: Office, store: Slow, ana: Person) -> None:
    store.may_open.set()
    await ana.types(LINE)
    card = await office.channel("support").shows("T-1")
    store.may_open.clear()
    answer = await office.person("ben").presses(card, "Assign to me")
    await answer.shows("One moment, loading")
    assert (await office.ticket(1)).assigned_user_id is None
    store.may_open.set()
    await office.channel("support").shows("ben")
    assert (await office.ticket(1)).assigned_user_id == office.person("ben").id


async def test_a_form_stays_open_and_is_sent_again(office: Office, store: Slow, ana: Person) -> None:
    store.may_open.set()
    form = await (await ana.types("/ticket Printer down")).form()
    await form.fill(customerId="acme")
    await form.fill(siteId="hq", ticketType="break_fix")
    store.may_open.clear()
    sent = await form.submit()
    assert not sent.closed
    assert "One moment, loading" in str(form.errors)
    assert await office.total() == 0
    store.may_open.set()
    assert (await form.submit()).closed
    assert await office.total() == 1


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("event_message", 503),  # Slack sends it again
        ("block_suggestion", 200),
        ("view_closed", 200),
        ("message_shortcut", 200),
        ("global_shortcut", 200),
    ],
)
async def test_whatever_comes_while_it_loads_is_answered(
    kind: str, status: int, office: Office, store: Slow, post: Post
) -> None:
    body = json.loads(json.dumps(recorded(kind)).replace("T111", office.workspace.id))
    found, text = await _raw(post, body)
    assert found == status
    assert store.asked == 1
    if kind == "block_suggestion":
        assert json.loads(text) == {"options": []}


async def _raw(post: Post, body: dict[str, Any]) -> tuple[int, str]:
    """A 503 is what is wanted here."""
    try:
        return await post.payload(body)
    except AssertionError:
        return 503, ""


async def test_what_waits_when_the_desk_stops_holds_up_no_end(ana: Person) -> None:
    answer = await ana.types(LINE)
    await answer.shows("One moment, loading")
