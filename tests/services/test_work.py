"""Work on a real store: one transaction with its history and its cards, and nothing where it is refused."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from bot.domain.contract import parse
from bot.domain.errors import InvalidInput, NotFound
from bot.domain.history import replayed, wire_state
from bot.domain.lifecycle import NotNow
from bot.domain.outbox import Job
from bot.domain.permissions import Actor
from bot.domain.ticket import Origin, Place, Ticket, opened
from bot.domain.workspace import Workspace
from bot.services.people import People
from bot.services.ports.store import Store
from bot.services.work import Command, Conflict, Forbidden, Taken, Work
from bot.services.workspace_settings import Preferences
from storage import open_store

HERE = Workspace(team_id="T1")
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
ANA, BEN = Actor(user="U0ANA"), Actor(user="U0BEN", is_agent=False)
CARDS = (Place(channel="C1", ts="1.1"), Place(channel="C2", ts="2.2"))


class Woken(list[Sequence[Job]]):
    def __call__(self, _: Workspace, jobs: Sequence[Job]) -> None:
        self.append(jobs)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = open_store(f"tinydb:{tmp_path}")
    async with store.transaction(HERE) as tx:
        for number in (1, 2):
            await tx.save(new(number), now=NOW)
    yield store
    await store.close()


@pytest.fixture
def woken() -> Woken:
    return Woken()


@pytest.fixture
def work(store: Store, woken: Woken) -> Work:
    return Work(store, lambda: NOW, woken, Preferences(store, People(store, lambda: NOW), lambda: NOW))


def new(number: int) -> Ticket:
    """Ben's ticket, with two cards."""
    wire = {
        "customerId": "acme",
        "siteId": "hq",
        "ticketType": "other",
        "sourceChannel": "internal",
        "summary": "Printer down",
    }
    origin = Origin(way="message", channel="C1", message_ts="1.0", thread_ts="0.9")
    ticket = opened(parse(wire), ticket_id=uuid4(), number=number, actor="U0BEN", origin=origin, now=NOW)
    return ticket.model_copy(update={"cards": CARDS if number == 1 else ()})


def by(actor: Actor = ANA, key: str | None = None, seen: int | None = None) -> Command:
    return Command(actor, key or uuid4().hex, seen)


async def saved(store: Store, number: int = 1) -> Ticket:
    ticket = await store.read(HERE).ticket(number)
    assert ticket
    return ticket


async def test_a_change_is_saved_with_its_entry_and_every_card_is_brought_up_to_date(
    work: Work, store: Store, woken: Woken
) -> None:
    changed = await work.step(HERE, 1, "start", {}, by())
    assert await saved(store) == changed
    assert replayed(changed.history) == wire_state(changed)
    jobs = await store.read(HERE).jobs()
    assert [job.place for job in jobs] == list(CARDS)
    assert woken == [list(jobs)]


async def test_a_burst_of_changes_leaves_one_update_for_each_card(work: Work, store: Store) -> None:
    for step in ("start", "unassign", "start"):
        await work.step(HERE, 1, step, {}, by())
    assert len(await store.read(HERE).jobs()) == len(CARDS)


async def test_a_repeated_request_changes_nothing_more(work: Work, store: Store) -> None:
    first = await work.step(HERE, 1, "start", {}, by(key="press:1"))
    assert await work.step(HERE, 1, "start", {}, by(key="press:1")) == first
    assert await saved(store) == first


async def test_of_many_who_claim_at_once_one_has_it_and_the_others_learn_who(
    work: Work, store: Store
) -> None:
    crowd = [Actor(user=f"U{number:03}") for number in range(50)]
    came = await asyncio.gather(*(work.claim(HERE, 1, by(actor)) for actor in crowd), return_exceptions=True)
    holder = (await saved(store)).assigned_user_id
    assert [each.holder for each in came if isinstance(each, Taken)] == [holder] * 49
    assert len((await saved(store)).history) == 2


async def test_whoever_has_it_may_claim_it_again(work: Work) -> None:
    first = await work.claim(HERE, 1, by())
    assert await work.claim(HERE, 1, by()) == first


@pytest.mark.parametrize(("user", "told"), [("U0CHLOE", ["U0CHLOE"]), ("U0ANA", [])])
async def test_whoever_gets_a_ticket_is_told_but_not_of_their_own_act(
    user: str, told: list[str], work: Work, store: Store
) -> None:
    await work.step(HERE, 2, "assign", {"assignedUserId": user}, by())
    assert [job.target.user for job in await store.read(HERE).jobs()] == told


async def test_what_somebody_looked_at_before_a_change_is_not_overwritten(work: Work, store: Store) -> None:
    await work.step(HERE, 1, "edit", {"summary": "Lobby printer down"}, by(seen=1))
    with pytest.raises(Conflict) as conflict:
        await work.step(HERE, 1, "edit", {"summary": "Printer on fire"}, by(seen=1))
    assert [entry.what for entry in conflict.value.since] == ["edited"]
    assert (await saved(store)).summary == "Lobby printer down"


async def test_what_is_refused_changes_nothing(work: Work, store: Store, woken: Woken) -> None:
    with pytest.raises(Forbidden, match="for agents"):
        await work.step(HERE, 1, "start", {}, by(BEN))
    with pytest.raises(Forbidden, match="whoever asked for T-1"):
        await work.ticket_for(HERE, 1, "see", Actor(user="U0EMIL", is_agent=False))
    with pytest.raises(NotNow):
        await work.step(HERE, 1, "close", {}, by())
    with pytest.raises(NotFound, match="There is no T-9 here"):
        await work.step(HERE, 9, "start", {}, by())
    with pytest.raises(InvalidInput, match="Summary must not be empty"):
        await work.step(HERE, 1, "edit", {"summary": " "}, by())
    assert len((await saved(store)).history) == 1
    assert woken == []


@pytest.mark.parametrize("related", [None, "itself"])
async def test_a_link_leads_to_another_ticket(related: str | None, work: Work, store: Store) -> None:
    wanted = (await saved(store)).id if related else uuid4()
    with pytest.raises(InvalidInput) as refused:
        await work.step(HERE, 1, "link", {"relatedTicketId": str(wanted)}, by())
    assert [problem.field for problem in refused.value.problems] == ["relatedTicketId"]


async def test_a_duplicate_points_to_one_that_there_is_and_its_requester_is_told(
    work: Work, store: Store
) -> None:
    with pytest.raises(InvalidInput, match="There is no T-9 here"):
        await work.merge(HERE, 2, 9, {}, by())
    merged = await work.merge(HERE, 2, 1, {"priority": "low"}, by())
    assert (merged.duplicate_of, merged.priority) == (1, "low")
    assert [job.target.user for job in await store.read(HERE).jobs()] == ["U0BEN"]


async def test_of_two_tickets_merged_into_each_other_at_once_one_stays(work: Work, store: Store) -> None:
    came = await asyncio.gather(
        work.merge(HERE, 1, 2, {}, by()), work.merge(HERE, 2, 1, {}, by()), return_exceptions=True
    )
    assert sum(isinstance(each, InvalidInput) for each in came) == 1
    assert sum(ticket.is_open for ticket in (await saved(store, 1), await saved(store, 2))) == 1


@pytest.mark.parametrize(
    ("messages", "found"),
    [
        (("1.1",), 1),
        (("9.9", "2.2"), None),
        (("9.9", "1.1"), 1),
        (("9.9", "0.9"), 1),
        (("9.9", None), None),
    ],
)
async def test_a_ticket_is_found_around_its_card_and_the_thread_it_came_from(
    messages: tuple[str | None, ...], found: int | None, work: Work
) -> None:
    ticket = await work.ticket_around(HERE, "C1", *messages)
    assert (ticket.number if ticket else None) == found
