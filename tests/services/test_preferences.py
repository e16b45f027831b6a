"""Who may change what, on a real store; and what queues of the desk's tickets follow from it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.domain.errors import InvalidInput, NotFound
from bot.domain.outbox import Target
from bot.domain.people import Person
from bot.domain.permissions import Actor
from bot.domain.queues import Override, Queue
from bot.domain.ticket import Origin
from bot.domain.workspace import Workspace
from bot.services.desk import Desk, Request
from bot.services.people import People
from bot.services.ports.store import Store
from bot.services.work import Command, Work
from bot.services.workspace_settings import MOST, NotAllowed, Preferences
from storage import open_store

HERE = Workspace(team_id="T1")
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
DANA, ANA, BEN = "U0DANA", "U0ANA", "U0BEN"
NETWORK = Queue(name="network", channel="C0NET", owner=DANA)
FIELD = Queue(name="field", channel="C0FIELD", owner=DANA)
COVER = Override(person=ANA, start=NOW, end=NOW + timedelta(days=1))


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = open_store(f"tinydb:{tmp_path}")
    yield store
    await store.close()


@pytest.fixture
async def people(store: Store) -> People:
    """Dana is the admin; Ana is in the queue's channel, Ben is not."""
    people = People(store, lambda: NOW)
    await people.learn(HERE, [Person(id=DANA, names=("dana",), is_admin=True)])
    await people.learn(HERE, [Person(id=user, names=(user,)) for user in (ANA, BEN)])
    await people.learn_channel(HERE, NETWORK.channel, [ANA])
    return people


@pytest.fixture
def preferences(store: Store, people: People) -> Preferences:
    return Preferences(store, people, lambda: NOW)


async def channels_told(store: Store) -> list[str | None]:
    return [job.target.channel for job in await store.read(HERE).jobs()]


async def make(store: Store, queue: str | None, channel: str = "C0ASKED") -> None:
    wire = {
        "customerId": "acme",
        "siteId": "hq",
        "ticketType": "other",
        "sourceChannel": "internal",
        "summary": "Lamp",
        "assignedQueue": queue,
    }
    origin, target = Origin(way="command", channel=channel), Target(channel=channel, user=BEN)
    desk = Desk(store, lambda: NOW, wake=lambda *_: None)
    await desk.create(
        HERE, wire, Request(actor=BEN, origin=origin, target=target, key=f"k:{queue}:{channel}")
    )


async def test_nobody_but_an_admin_changes_anything(preferences: Preferences) -> None:
    with pytest.raises(NotAllowed):
        await preferences.save_queue(HERE, ANA, NETWORK)
    with pytest.raises(NotAllowed):
        await preferences.remove_queue(HERE, ANA, "network")
    with pytest.raises(NotAllowed):
        await preferences.choose(HERE, ANA, "emoji", "true")
    assert (await preferences.settings(HERE)).queues == ()


async def test_choices_are_kept_each_for_itself(preferences: Preferences) -> None:
    await preferences.save_queue(HERE, DANA, NETWORK)
    await preferences.choose(HERE, DANA, "emoji", "true")
    await preferences.choose(HERE, DANA, "notes", "queue")
    await preferences.choose(HERE, DANA, "default_queue", "Network")
    setup = await preferences.settings(HERE)
    assert (setup.emoji, setup.notes) == (True, "queue")
    assert setup.queue(setup.default_queue) == NETWORK
    with pytest.raises(NotFound, match="Did you mean network"):
        await preferences.choose(HERE, DANA, "default_queue", "netwrok")
    assert (await preferences.choose(HERE, DANA, "default_queue", None)).default_queue is None


async def test_no_two_queues_have_one_name_and_there_is_a_most(preferences: Preferences) -> None:
    await preferences.save_queue(HERE, DANA, NETWORK)
    with pytest.raises(InvalidInput, match="There is a queue “network” already"):
        await preferences.save_queue(HERE, DANA, NETWORK.model_copy(update={"name": "NETWORK"}))
    for number in range(1, MOST):
        await preferences.save_queue(HERE, DANA, FIELD.model_copy(update={"name": f"field {number}"}))
    with pytest.raises(InvalidInput, match="40 queues are the most"):
        await preferences.save_queue(HERE, DANA, FIELD)
    await preferences.save_queue(HERE, DANA, NETWORK, instead_of="network")


async def test_two_admins_at_once_lose_nothing(preferences: Preferences) -> None:
    await asyncio.gather(
        preferences.save_queue(HERE, DANA, NETWORK),
        preferences.save_queue(HERE, DANA, FIELD),
        preferences.choose(HERE, DANA, "emoji", "true"),
    )
    setup = await preferences.settings(HERE)
    assert {queue.name for queue in setup.queues} == {"network", "field"}
    assert setup.emoji


async def test_agents_of_the_queue_and_admins_say_who_stands_in(preferences: Preferences) -> None:
    await preferences.save_queue(HERE, DANA, NETWORK)
    with pytest.raises(NotAllowed):
        await preferences.cover(HERE, BEN, "network", COVER)
    with pytest.raises(NotFound):
        await preferences.cover(HERE, DANA, "nowhere", COVER)
    for user in (ANA, DANA):
        await preferences.cover(HERE, user, "network", COVER)
    await preferences.save_queue(HERE, DANA, NETWORK, instead_of="network")
    assert (await preferences.settings(HERE)).queues[0].overrides == (COVER, COVER), "a form keeps them"
    assert await preferences.on_call(HERE, "network", NOW) == ANA
    assert await preferences.on_call(HERE, "nowhere", NOW) is None


async def test_actors_are_what_the_settings_make_of_them(preferences: Preferences, people: People) -> None:
    assert await preferences.actor(HERE, BEN) == Actor(user=BEN)
    assert not (await preferences.actor(HERE, BEN, outsider=True)).is_agent
    await preferences.save_queue(HERE, DANA, NETWORK)
    await preferences.save_queue(HERE, DANA, FIELD)
    assert not (await preferences.actor(HERE, BEN)).is_agent
    assert await preferences.queues_of(HERE, ANA) == ("network",)
    assert (await preferences.actor(HERE, ANA)).elsewhere == {"field"}
    await people.learn(HERE, [Person(id=ANA, names=(), is_outsider=True)])
    assert await preferences.queues_of(HERE, ANA) == ()
    assert not (await preferences.actor(HERE, ANA)).is_agent


async def test_a_new_ticket_is_announced_in_its_queue_once(store: Store, preferences: Preferences) -> None:
    await preferences.save_queue(HERE, DANA, NETWORK)
    await make(store, "network")
    await make(store, "nowhere")
    await make(store, "network", channel=NETWORK.channel)
    assert await channels_told(store) == ["C0ASKED", "C0NET", "C0ASKED", "C0NET"]


async def test_a_ticket_that_moves_is_announced_where_it_comes(
    store: Store, preferences: Preferences
) -> None:
    await preferences.save_queue(HERE, DANA, NETWORK)
    await preferences.save_queue(HERE, DANA, FIELD)
    await make(store, None)
    work = Work(store, lambda: NOW, lambda *_: None, preferences)
    for key, queue in enumerate(("NETWORK", "network", "field")):
        by = Command(Actor(user=ANA), key=f"move {key}")
        await work.step(HERE, 1, "assign", {"assignedQueue": queue}, by)
    assert await channels_told(store) == ["C0ASKED", "C0NET", "C0FIELD"]
    ticket = await store.read(HERE).ticket(1)
    assert ticket
    assert ticket.assigned_queue == "field"
