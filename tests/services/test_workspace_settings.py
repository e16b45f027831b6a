"""Who may change what, on a real store; and what queues of the desk's tickets follow from it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.domain.errors import Forbidden, InvalidInput, NotFound, NotKnown
from bot.domain.outbox import Target
from bot.domain.people import Person
from bot.domain.permissions import Actor
from bot.domain.queues import Override, Queue, Rotation
from bot.domain.ticket import Origin
from bot.domain.workspace import Workspace
from bot.services.people import People
from bot.services.ports.store import Store
from bot.services.rota import Rota
from bot.services.step_requests import StepRequest
from bot.services.ticket_steps import TicketSteps
from bot.services.tickets import CreateRequest, Tickets
from bot.services.workspace_settings import MOST, AdminSettings
from storage import open_store
from tests.stores import store_url

HERE = Workspace(team_id="T1")
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
DANA = Actor(user="U0DANA", is_known=True, is_agent=True, is_admin=True, reads_all_notes=True)
ANA = Actor(user="U0ANA", is_known=True, is_agent=True, queues=("network",), reads_all_notes=True)
BEN = Actor(user="U0BEN", is_known=True)
NETWORK = Queue(name="network", channel="C0NET", owner=DANA.user)
FIELD = Queue(name="field", channel="C0FIELD", owner=DANA.user)
COVER = Override(person=ANA.user, start=NOW, end=NOW + timedelta(days=1))


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = open_store(store_url(tmp_path))
    yield store
    await store.close()


@pytest.fixture
async def people(store: Store) -> People:
    """Dana is the admin; Ana is in the queue's channel, Ben is not."""
    people = People(store, lambda: NOW)
    await people.learn(HERE, [Person(id=DANA.user, names=("dana",), is_admin=True)])
    await people.learn(HERE, [Person(id=user, names=(user,)) for user in (ANA.user, BEN.user)])
    await people.learn_channel(HERE, NETWORK.channel, [ANA.user])
    return people


@pytest.fixture
def settings(store: Store, people: People) -> AdminSettings:
    return AdminSettings(store, people, lambda: NOW)


@pytest.fixture
def rota(store: Store, people: People) -> Rota:
    return Rota(store, people, lambda: NOW)


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
    origin, target = Origin(way="command", channel=channel), Target(channel=channel, user=BEN.user)
    await Tickets(store, lambda: NOW).create(
        HERE, wire, CreateRequest(actor=BEN, origin=origin, target=target, key=f"k:{queue}:{channel}")
    )


async def test_nobody_but_an_admin_changes_anything(settings: AdminSettings) -> None:
    with pytest.raises(Forbidden):
        await settings.save_queue(HERE, ANA, NETWORK)
    with pytest.raises(Forbidden):
        await settings.remove_queue(HERE, ANA, "network")
    with pytest.raises(Forbidden):
        await settings.choose(HERE, ANA, "emoji", "true")
    assert (await settings.read(HERE, DANA)).queues == ()


async def test_whoever_is_no_admin_hears_whom_to_ask(settings: AdminSettings, people: People) -> None:
    async def heard() -> str:
        with pytest.raises(Forbidden) as refused:
            await settings.read(HERE, ANA)
        return refused.value.message.partition("admins. ")[2]

    assert await heard() == "Ask dana."
    admins = [Person(id=f"U{name}", names=(name,), is_admin=True) for name in ("Eva", "bo", "Cleo")]
    await people.learn(HERE, [*admins, Person(id="UX", names=("Xaver",), is_admin=True, has_left=True)])
    assert await heard() == "Ask bo, Cleo, dana or Eva."
    more = [Person(id=f"U{name}", names=(name,), is_admin=True) for name in ("Zoe", "Yan")]
    await people.learn(HERE, more)
    assert await heard() == "Ask bo, Cleo, dana, Eva, Yan or another one."


async def test_choices_are_kept_each_for_itself(settings: AdminSettings) -> None:
    await settings.save_queue(HERE, DANA, NETWORK)
    await settings.choose(HERE, DANA, "emoji", "true")
    await settings.choose(HERE, DANA, "notes", "queue")
    await settings.choose(HERE, DANA, "default_queue", "Network")
    setup = await settings.read(HERE, DANA)
    assert (setup.emoji, setup.notes) == (True, "queue")
    assert setup.queue(setup.default_queue) == NETWORK
    with pytest.raises(NotFound, match="Did you mean network"):
        await settings.choose(HERE, DANA, "default_queue", "netwrok")
    assert (await settings.choose(HERE, DANA, "default_queue", None)).default_queue is None


async def test_no_two_queues_have_one_name_and_there_is_a_most(settings: AdminSettings) -> None:
    await settings.save_queue(HERE, DANA, NETWORK)
    with pytest.raises(InvalidInput, match="There is a queue “network” already"):
        await settings.save_queue(HERE, DANA, NETWORK.model_copy(update={"name": "NETWORK"}))
    for number in range(1, MOST):
        await settings.save_queue(HERE, DANA, FIELD.model_copy(update={"name": f"field {number}"}))
    with pytest.raises(InvalidInput, match="40 queues are the most"):
        await settings.save_queue(HERE, DANA, FIELD)
    await settings.save_queue(HERE, DANA, NETWORK, instead_of="network")


async def test_two_admins_at_once_lose_nothing(settings: AdminSettings) -> None:
    await asyncio.gather(
        settings.save_queue(HERE, DANA, NETWORK),
        settings.save_queue(HERE, DANA, FIELD),
        settings.choose(HERE, DANA, "emoji", "true"),
    )
    setup = await settings.read(HERE, DANA)
    assert {queue.name for queue in setup.queues} == {"network", "field"}
    assert setup.emoji


async def test_agents_of_the_queue_and_admins_say_who_stands_in(settings: AdminSettings, rota: Rota) -> None:
    await settings.save_queue(HERE, DANA, NETWORK)
    with pytest.raises(Forbidden):
        await rota.cover(HERE, BEN, "network", COVER)
    with pytest.raises(NotFound):
        await rota.cover(HERE, DANA, "nowhere", COVER)
    for user in (ANA, DANA, DANA):
        await rota.cover(HERE, user, "network", COVER.model_copy(update={"key": user.user}))
    await settings.save_queue(HERE, DANA, NETWORK, instead_of="network")
    assert (await settings.read(HERE, DANA)).queues[0].overrides == tuple(
        COVER.model_copy(update={"key": user.user}) for user in (ANA, DANA)
    ), "a form keeps them, and what is sent twice is done once"
    assert (await rota.duties(HERE, BEN))[0].now == ANA.user
    assert await rota.duty(HERE, BEN, "nowhere") is None


async def test_a_swap_that_is_over_cannot_be_ended_and_nobody_was_told_of_its_end(
    store: Store, people: People, settings: AdminSettings, rota: Rota
) -> None:
    await settings.save_queue(HERE, DANA, NETWORK)
    await rota.cover(HERE, DANA, "network", COVER)
    (swap,) = await rota.swaps(HERE, BEN)
    told = await store.read(HERE).jobs()
    with pytest.raises(Forbidden, match="Only the two it is about"):
        await rota.end(HERE, BEN, swap.override.id)
    with pytest.raises(NotKnown):
        await rota.end(HERE, Actor(user=COVER.person), swap.override.id)
    later = Rota(store, people, lambda: COVER.end)
    assert await later.swaps(HERE, BEN) == []
    with pytest.raises(NotFound, match="over already"):
        await later.end(HERE, DANA, swap.override.id)
    assert await store.read(HERE).jobs() == told
    await rota.end(HERE, DANA, swap.override.id)
    assert len(await store.read(HERE).jobs()) == 2 * len(told)
    with pytest.raises(NotFound, match="over already"):
        await rota.end(HERE, DANA, swap.override.id)


async def test_actors_are_what_the_settings_make_of_them(settings: AdminSettings, people: People) -> None:
    async def who(user: str, *, outsider: bool = False) -> Actor:
        return await settings.actor(HERE, user, outsider=outsider)

    assert await who("U0BEN") == Actor(user="U0BEN", is_known=True, is_agent=True, reads_all_notes=True)
    assert not (await who("U0BEN", outsider=True)).is_agent
    assert await who("U0NOBODY") == Actor(user="U0NOBODY")
    await settings.save_queue(HERE, DANA, NETWORK)
    await settings.save_queue(HERE, DANA, FIELD)
    assert not (await who("U0BEN")).is_agent
    assert ((await who("U0ANA")).queues, (await who("U0ANA")).elsewhere) == (
        ("network",),
        frozenset({"field"}),
    )
    await people.learn(HERE, [Person(id="U0ANA", names=(), is_outsider=True)])
    assert await who("U0ANA") == Actor(user="U0ANA", is_known=True, is_outsider=True)
    await people.learn(HERE, [Person(id="U0DANA", names=(), is_admin=True, has_left=True)])
    unread = (FIELD,)  # nobody has told yet who is in its channel
    assert await who("U0DANA") == Actor(user="U0DANA", unread=unread), "whoever acts after all is looked up"


async def test_a_new_ticket_is_announced_in_its_queue_once(store: Store, settings: AdminSettings) -> None:
    await settings.save_queue(HERE, DANA, NETWORK)
    await make(store, "network")
    await make(store, "nowhere")
    await make(store, "network", channel=NETWORK.channel)
    assert await channels_told(store) == ["C0ASKED", "C0NET", "C0ASKED", "C0NET"]


async def test_a_ticket_that_moves_is_announced_where_it_comes(store: Store, settings: AdminSettings) -> None:
    await settings.save_queue(HERE, DANA, NETWORK)
    await settings.save_queue(HERE, DANA, FIELD)
    await make(store, None)
    steps = TicketSteps(store, lambda: NOW)
    for key, queue in enumerate(("NETWORK", "network", "field")):
        by = StepRequest(ANA, key=f"move {key}")
        await steps.take(HERE, 1, "assign", {"assignedQueue": queue}, by)
    assert await channels_told(store) == ["C0ASKED", "C0NET", "C0FIELD"]
    ticket = await store.read(HERE).ticket(1)
    assert ticket
    assert ticket.assigned_queue == "field"


async def test_nobody_who_can_work_no_ticket_takes_turns_or_stands_in(
    settings: AdminSettings, rota: Rota, people: People
) -> None:
    await people.learn(HERE, [Person(id="U0GONE", names=("gone",), has_left=True)])
    await settings.save_queue(HERE, DANA, NETWORK)
    turns = Rotation(people=("U0GONE",), rule="FREQ=DAILY;BYHOUR=9", zone="UTC", start=NOW)
    queue = NETWORK.model_copy(update={"rotation": turns})
    swap = Override(person="U0GONE", start=NOW, end=NOW + timedelta(days=1))
    with pytest.raises(InvalidInput, match="has left"):
        await settings.save_queue(HERE, DANA, queue, instead_of=NETWORK.name)
    with pytest.raises(InvalidInput, match="has left"):
        await rota.cover(HERE, DANA, NETWORK.name, swap)
    with pytest.raises(InvalidInput, match=r"U\+0000"):
        await settings.save_queue(HERE, DANA, NETWORK.model_copy(update={"name": "net\0work"}))


async def test_queues_are_found_without_accents_where_no_other_fits(settings: AdminSettings) -> None:
    saved = await settings.save_queue(HERE, DANA, NETWORK.model_copy(update={"name": "Büro’s – Nord"}))
    for typed in ("büro's - nord", "BURO'S - NORD", "#Büro’s  –  Nord"):
        assert saved.queue(typed) == saved.queues[0], typed
