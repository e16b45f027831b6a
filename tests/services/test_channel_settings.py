"""What a channel's tickets begin with fills every way in alike, on a real store."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args

import pytest

from bot.domain.channel_defaults import NOTHING, ChannelDefaults
from bot.domain.directory import Customer, Directory, Site
from bot.domain.errors import Forbidden, InvalidInput, NotKnown
from bot.domain.outbox import Target
from bot.domain.people import Person
from bot.domain.permissions import Actor
from bot.domain.queues import Queue
from bot.domain.ticket import Origin, WayIn
from bot.domain.workspace import Workspace
from bot.domain.workspace_settings import WorkspaceSettings
from bot.services.channel_settings import ChannelSettings
from bot.services.people import People
from bot.services.ports.store import Store, Transaction
from bot.services.step_requests import StepRequest
from bot.services.ticket_news import TicketNews
from bot.services.ticket_steps import TicketSteps
from bot.services.tickets import Created, CreateRequest, Tickets
from storage import open_store
from tests.directories import fill
from tests.stores import store_url

HERE = Workspace(team_id="T1")
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ANA = Actor(user="U0ANA", is_known=True, is_agent=True, queues=("network",), elsewhere=frozenset({"leads"}))
BEN = Actor(user="U0BEN", is_known=True)
DEFAULTS = ChannelDefaults(
    fields={
        "customerId": "acme",
        "siteId": "hq",
        "ticketType": "break_fix",
        "sourceChannel": "email",
        "assignedQueue": "network",
        "priority": "high",
    },
    told=("U0CHLOE", "U0GONE", "U0NOBODY"),
)
OFFICE = Directory(
    customers=(Customer(id="acme", name="Acme"), Customer(id="blue", name="Bluewater")),
    sites=(
        Site(id="hq", name="HQ", customer_id="acme"),
        Site(id="clinic", name="Clinic", customer_id="blue"),
    ),
)
QUEUES = tuple(Queue(name=name, channel="C9", owner="U0DANA") for name in ("network", "leads"))
KNOWN = (
    Person(id="U0ANA", names=("Ana",)),
    Person(id="U0BEN", names=("Ben",)),
    Person(id="U0CHLOE", names=("Chloe",)),
    Person(id="U0DANA", names=("Dana",), is_admin=True),
    Person(id="U0GONE", names=("Gone",), has_left=True),
    Person(id="U0GUEST", names=("Gus",), is_outsider=True),
)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = open_store(store_url(tmp_path))

    async def begin(tx: Transaction) -> None:
        await fill(tx, OFFICE)
        await tx.keep_settings(WorkspaceSettings(queues=QUEUES, channels={"C1": DEFAULTS}))

    await store.change(HERE, begin)
    yield store
    await store.close()


@pytest.fixture
async def people(store: Store) -> People:
    people = People(store, lambda: NOW)
    await people.learn(HERE, KNOWN)
    await people.learn_channel(HERE, "C9", ["U0ANA", "U0CHLOE", "U0GONE"])
    return people


@pytest.fixture
def tickets(store: Store, people: People) -> Tickets:
    return Tickets(store, lambda: NOW, people=people)


@pytest.fixture
def channels(store: Store, people: People) -> ChannelSettings:
    return ChannelSettings(store, people)


async def make(
    tickets: Tickets, *, by: Actor = BEN, origin: Origin | None = None, is_whole: bool = False, **said: str
) -> Created:
    origin = origin or Origin(way="command", channel="C1")
    target = Target(channel=origin.channel, user=by.user)
    request = CreateRequest(by, origin, target, key=f"key:{origin}:{said}", is_whole=is_whole)
    return await tickets.create(HERE, {"summary": "Lamp", **said}, request)


@pytest.mark.parametrize("way", get_args(WayIn))
async def test_every_way_in_is_filled_for_a_requester_too(tickets: Tickets, way: WayIn) -> None:
    created = await make(tickets, origin=Origin(way=way, channel="C1", message_ts="1.0"))
    wire = created.ticket.to_wire()
    assert {field: wire[field] for field in DEFAULTS.fields} == DEFAULTS.fields
    assert set(created.filled) == set(DEFAULTS.fields)


async def test_what_was_said_is_not_filled(tickets: Tickets) -> None:
    created = await make(tickets, siteId="clinic", sourceChannel="internal", priority="low")
    ticket = created.ticket
    assert (ticket.customer_id, ticket.site_id) == ("blue", "clinic")
    assert (ticket.source_channel, ticket.priority) == ("internal", "low")
    assert set(created.filled) == {"ticketType", "assignedQueue"}


async def test_another_place_begins_with_nothing(tickets: Tickets) -> None:
    for channel in ("C2", None):
        with pytest.raises(InvalidInput):
            await make(tickets, origin=Origin(way="form", channel=channel))


async def test_a_form_that_showed_them_leaves_open_what_is_open(tickets: Tickets) -> None:
    created = await make(tickets, is_whole=True, customerId="acme", siteId="hq", ticketType="other")
    ticket = created.ticket
    assert (ticket.assigned_queue, ticket.source_channel, ticket.priority) == (None, "internal", "medium")


async def test_what_is_gone_is_said_where_it_is_missing(
    tickets: Tickets, store: Store, channels: ChannelSettings
) -> None:
    gone = DEFAULTS.model_copy(update={"fields": {**DEFAULTS.fields, "siteId": "attic"}})

    async def keep(tx: Transaction) -> None:
        await tx.keep_settings((await tx.settings()).with_defaults("C1", gone))

    await store.change(HERE, keep)
    with pytest.raises(InvalidInput) as raised:
        await make(tickets)
    (problem,) = raised.value.problems
    assert (problem.field, problem.code) == ("siteId", "required")
    assert "is not in the directory any more" in problem.message
    assert (await make(tickets, siteId="clinic")).ticket.customer_id == "blue"
    assert dict((await channels.standing(HERE, BEN, "C1")).fields).keys() == DEFAULTS.fields.keys() - {
        "siteId"
    }


async def test_only_who_may_see_a_new_ticket_is_told(tickets: Tickets, store: Store) -> None:
    await make(tickets)
    told = [news for job in await store.read(HERE).jobs() for news in job.told]
    assert [(news.to, news.role, news.event) for news in told] == [("U0CHLOE", "watcher", "created")]


async def test_nobody_is_told_where_nobody_is_known(store: Store) -> None:
    await make(Tickets(store, lambda: NOW))
    assert not [job for job in await store.read(HERE).jobs() if job.told]


async def test_what_is_undone_before_it_was_told_is_not_told(store: Store, people: People) -> None:
    news = TicketNews(people, timedelta(seconds=3))
    await make(Tickets(store, lambda: NOW, people=people, news=news))
    assert [job for job in await store.read(HERE).jobs() if job.told]
    steps = TicketSteps(store, lambda: NOW + timedelta(seconds=1), people, news)
    await steps.undo(HERE, 1, StepRequest(BEN, key="undo"))
    assert not [job for job in await store.read(HERE).jobs() if job.told]


async def test_a_change_is_refused_whole(store: Store, channels: ChannelSettings) -> None:
    chosen = ChannelDefaults(
        fields={"customerId": "acme", "siteId": "clinic", "assignedQueue": "netwrok", "priority": "loud"},
        told=("U0GUEST",),
        joins_within=0,
    )
    with pytest.raises(InvalidInput) as raised:
        await channels.save(HERE, ANA, "C1", chosen)
    assert {problem.field for problem in raised.value.problems} == {
        "siteId",
        "assignedQueue",
        "priority",
        "told",
        "joinsWithin",
    }
    assert (await store.read(HERE).settings()).of_channel("C1") == DEFAULTS


async def test_a_queue_is_kept_as_it_is_called(channels: ChannelSettings) -> None:
    saved = await channels.save(HERE, ANA, "C2", ChannelDefaults(fields={"assignedQueue": "#NetWork"}))
    assert saved.fields == {"assignedQueue": "network"}


async def test_who_was_told_before_and_left_is_no_fault(channels: ChannelSettings) -> None:
    saved = await channels.save(HERE, ANA, "C1", DEFAULTS.model_copy(update={"intake": "offer"}))
    assert saved.told == DEFAULTS.told


@pytest.mark.parametrize("by", [BEN, Actor(user="U0GUEST", is_known=True, is_outsider=True)])
async def test_others_are_refused_and_nothing_is_changed(
    store: Store, channels: ChannelSettings, by: Actor
) -> None:
    words = "for the agents of network and the workspace's admins. Ask Dana."
    with pytest.raises(Forbidden, match=words):
        await channels.read(HERE, by, "C1")
    with pytest.raises(Forbidden, match=words):
        await channels.save(HERE, by, "C1", NOTHING)
    with pytest.raises(Forbidden, match=words):
        await channels.switch(HERE, by, "C1", "ticket")
    with pytest.raises(Forbidden, match=words):
        await channels.forget(HERE, by, "C1")
    assert (await store.read(HERE).settings()).of_channel("C1") == DEFAULTS


async def test_whoever_is_not_known_yet_is_asked_to_try_again(channels: ChannelSettings) -> None:
    with pytest.raises(NotKnown):
        await channels.read(HERE, Actor(user="U0NEW"), "C1")


async def test_nobody_gives_a_channel_to_a_queue_that_is_not_theirs(channels: ChannelSettings) -> None:
    with pytest.raises(InvalidInput) as raised:
        await channels.save(HERE, ANA, "C1", ChannelDefaults(fields={"assignedQueue": "leads"}))
    assert [problem.code for problem in raised.value.problems] == ["for_agents"]


async def test_the_switch_keeps_everything_else(store: Store, channels: ChannelSettings) -> None:
    await channels.switch(HERE, ANA, "C1", "ticket")
    on = DEFAULTS.model_copy(update={"intake": "ticket"})
    assert (await store.read(HERE).settings()).of_channel("C1") == on
    await channels.switch(HERE, ANA, "C2", "off")
    assert (await store.read(HERE).settings()).of_channel("C2") is None
