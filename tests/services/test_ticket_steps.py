"""Working tickets on a real store: one transaction with its history and its cards, and nothing where it is refused."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from pydantic import JsonValue

from bot.domain.clock.context import CLOCK
from bot.domain.contract import parse
from bot.domain.errors import Forbidden, InvalidInput, NotFound
from bot.domain.history import wire_state
from bot.domain.lifecycle import NotNow
from bot.domain.outbox import HELD, Job
from bot.domain.people import Person
from bot.domain.permissions import Actor
from bot.domain.steps import StepName
from bot.domain.ticket import Change, Entry, Origin, Place, Ticket, opened
from bot.domain.workspace import Workspace
from bot.services.message_tickets import MessageTickets
from bot.services.people import People
from bot.services.ports.store import Store, Transaction
from bot.services.step_requests import Conflict, StepRequest, Taken
from bot.services.ticket_steps import TicketSteps
from storage import open_store
from tests.histories import as_read, history_of, replayed
from tests.stores import store_url

HERE = Workspace(team_id="T1")
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
ANA = Actor(user="U0ANA", is_known=True, is_agent=True, reads_all_notes=True)
BEN, EMIL = (Actor(user=user, is_known=True) for user in ("U0BEN", "U0EMIL"))
CARDS = (Place(channel="C1", ts="1.1"), Place(channel="C2", ts="2.2"))


class Woken(list[Sequence[Job]]):
    """What was handed over. A store that is shared wakes without jobs, too: whoever is woken is to look itself."""

    def __call__(self, _: Workspace, jobs: Sequence[Job]) -> None:
        if jobs:
            self.append(jobs)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = open_store(store_url(tmp_path))

    async def two(tx: Transaction) -> None:
        for number in (1, 2):
            await tx.save(new(number), now=NOW)

    await store.change(HERE, two)
    yield store
    await store.close()


@pytest.fixture
def woken() -> Woken:
    return Woken()


@pytest.fixture
def steps(store: Store, woken: Woken) -> TicketSteps:
    store.on_jobs(woken)
    return TicketSteps(store, lambda: NOW)


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


def by(actor: Actor = ANA, key: str | None = None, version: int | None = None) -> StepRequest:
    return StepRequest(actor, key or uuid4().hex, version)


async def saved(store: Store, number: int = 1) -> Ticket:
    ticket = await store.read(HERE).ticket(number)
    assert ticket
    return ticket


async def test_a_change_is_saved_with_its_entry_and_every_card_is_brought_up_to_date(
    steps: TicketSteps, store: Store, woken: Woken
) -> None:
    changed = await steps.take(HERE, 1, "start", {}, by())
    assert await saved(store) == as_read(changed)
    assert replayed(changed, await history_of(store.read(HERE), 1)) == wire_state(changed)
    jobs = await store.read(HERE).jobs()
    assert [job.place for job in jobs if not job.told] == list(CARDS)
    assert woken == [list(jobs)]


async def test_a_burst_of_changes_leaves_one_update_for_each_card(steps: TicketSteps, store: Store) -> None:
    for step in ("start", "unassign", "start"):
        await steps.take(HERE, 1, step, {}, by())
    jobs = await store.read(HERE).jobs()
    assert [job.place for job in jobs if not job.told] == list(CARDS)
    (told,) = (job.told for job in jobs if job.told)
    assert [(news.to, news.event) for news in told] == [("U0BEN", "taken")]


async def test_a_critical_ticket_waits_for_nothing_and_takes_along_what_waits(
    steps: TicketSteps, store: Store
) -> None:
    await steps.take(HERE, 1, "start", {}, by())
    await steps.take(HERE, 1, "priority", {"priority": "critical"}, by())
    (waiting,) = (job for job in await store.read(HERE).jobs() if job.told)
    assert waiting.due_at == waiting.created_at + HELD
    await steps.take(HERE, 1, "hold", {"holdReason": "parts"}, by())
    (urgent,) = (job for job in await store.read(HERE).jobs() if job.told)
    assert urgent.due_at == urgent.created_at
    assert [news.event for news in urgent.told] == ["taken", "held"]


async def test_what_is_begun_is_left_alone_and_what_comes_then_is_another_message(
    steps: TicketSteps, store: Store
) -> None:
    await steps.take(HERE, 1, "start", {}, by())
    (begun,) = (job for job in await store.read(HERE).jobs() if job.told)
    claimed = begun.model_copy(update={"claimed_at": begun.due_at})
    await store.change(HERE, lambda tx: tx.enqueue(claimed))
    await steps.take(HERE, 1, "hold", {"holdReason": "parts"}, by())
    first, second = (job for job in await store.read(HERE).jobs() if job.told)
    assert first == claimed
    assert [news.event for news in second.told] == ["held"]
    assert first.id != second.id


async def test_a_repeated_request_changes_nothing_more(steps: TicketSteps, store: Store) -> None:
    first = await steps.take(HERE, 1, "start", {}, by(key="press:1"))
    assert await steps.take(HERE, 1, "start", {}, by(key="press:1")) == as_read(first)
    assert await saved(store) == as_read(first)


async def test_of_many_who_claim_at_once_one_has_it_and_the_others_learn_who(
    steps: TicketSteps, store: Store
) -> None:
    crowd = [ANA.model_copy(update={"user": f"U{number:03}"}) for number in range(50)]
    came = await asyncio.gather(*(steps.claim(HERE, 1, by(actor)) for actor in crowd), return_exceptions=True)
    holder = (await saved(store)).assigned_user_id
    assert [each.holder for each in came if isinstance(each, Taken)] == [holder] * 49
    assert len(await history_of(store.read(HERE), 1)) == 2


async def test_whoever_has_it_may_claim_it_again(steps: TicketSteps) -> None:
    first = await steps.claim(HERE, 1, by())
    assert await steps.claim(HERE, 1, by()) == as_read(first)


@pytest.mark.parametrize(("user", "told"), [("U0CHLOE", ["U0CHLOE"]), ("U0ANA", [])])
async def test_whoever_gets_a_ticket_is_told_but_not_of_their_own_act(
    user: str, told: list[str], steps: TicketSteps, store: Store
) -> None:
    await steps.take(HERE, 2, "assign", {"assignedUserId": user}, by())
    assert [job.target.user for job in await store.read(HERE).jobs() if job.kind == "card"] == told


async def test_what_somebody_looked_at_before_a_change_is_not_overwritten(
    steps: TicketSteps, store: Store
) -> None:
    await steps.take(HERE, 1, "edit", {"summary": "Lobby printer down"}, by(version=1))
    with pytest.raises(Conflict) as conflict:
        await steps.take(HERE, 1, "edit", {"summary": "Printer on fire"}, by(version=1))
    assert [entry.what for entry in conflict.value.since] == ["edited"]
    assert (await saved(store)).summary == "Lobby printer down"


async def test_a_form_is_not_refused_for_what_only_the_clock_has_noticed(
    steps: TicketSteps, store: Store
) -> None:
    async def noticed(tx: Transaction, what: str, *changes: Change) -> None:
        ticket = await saved(store)
        entry = Entry(at=NOW, actor=CLOCK, what=what, changes=changes)
        after = ticket.model_copy(update={"new_entries": (entry,), "version": ticket.version + 1})
        await tx.save(after, now=NOW)

    await store.change(HERE, lambda tx: noticed(tx, "late_due"))
    await store.change(HERE, lambda tx: noticed(tx, "timed", Change(field="computedDueAt", after="2027")))
    edited = await steps.take(HERE, 1, "edit", {"summary": "Printer on fire"}, by(version=1))
    assert edited.version == 4
    await store.change(HERE, lambda tx: noticed(tx, "hold_ended", Change(field="status", after="new")))
    with pytest.raises(Conflict):
        await steps.take(HERE, 1, "edit", {"summary": "Printer down"}, by(version=4))
    with pytest.raises(Conflict):
        await steps.take(HERE, 1, "edit", {"summary": "Printer down"}, by(version=9))


async def test_what_is_refused_changes_nothing(steps: TicketSteps, store: Store, woken: Woken) -> None:
    with pytest.raises(Forbidden, match="for agents"):
        await steps.take(HERE, 1, "start", {}, by(BEN))
    with pytest.raises(NotFound, match="There is no T-1 here"):
        await steps.take(HERE, 1, "start", {}, by(EMIL))
    with pytest.raises(NotNow):
        await steps.take(HERE, 1, "close", {}, by())
    with pytest.raises(NotFound, match="There is no T-9 here"):
        await steps.take(HERE, 9, "start", {}, by())
    with pytest.raises(InvalidInput, match="Summary must not be empty"):
        await steps.take(HERE, 1, "edit", {"summary": " "}, by())
    assert len(await history_of(store.read(HERE), 1)) == 1
    assert woken == []


@pytest.mark.parametrize("related", [None, "itself"])
async def test_a_link_leads_to_another_ticket(related: str | None, steps: TicketSteps, store: Store) -> None:
    wanted = (await saved(store)).id if related else uuid4()
    with pytest.raises(InvalidInput) as refused:
        await steps.take(HERE, 1, "link", {"relatedTicketId": str(wanted)}, by())
    assert [problem.field for problem in refused.value.problems] == ["relatedTicketId"]


async def test_a_duplicate_points_to_one_that_there_is_and_its_requester_is_told(
    steps: TicketSteps, store: Store
) -> None:
    with pytest.raises(InvalidInput, match="There is no T-9 here"):
        await steps.merge(HERE, 2, 9, {}, by())
    merged = await steps.merge(HERE, 2, 1, {"priority": "low"}, by())
    assert (merged.duplicate_of, merged.priority) == (1, "low")
    assert [job.target.user for job in await store.read(HERE).jobs()] == ["U0BEN"]


async def test_of_two_tickets_merged_into_each_other_at_once_one_stays(
    steps: TicketSteps, store: Store
) -> None:
    came = await asyncio.gather(
        steps.merge(HERE, 1, 2, {}, by()), steps.merge(HERE, 2, 1, {}, by()), return_exceptions=True
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
    messages: tuple[str | None, ...], found: int | None, store: Store
) -> None:
    ticket = await MessageTickets(store).about_message(HERE, ANA, "C1", *messages)
    assert (ticket.number if ticket else None) == found


async def test_a_duplicate_and_a_link_lead_only_to_what_one_sees(steps: TicketSteps, store: Store) -> None:
    given = (await saved(store)).model_copy(update={"assigned_user_id": "U0EMIL"})
    await store.change(HERE, lambda tx: tx.save(given, now=NOW))
    with pytest.raises(InvalidInput, match="There is no T-2 here"):
        await steps.merge(HERE, 1, 2, {}, by(EMIL))
    with pytest.raises(InvalidInput, match="There is no such related ticket here"):
        await steps.take(HERE, 1, "link", {"relatedTicketId": str((await saved(store, 2)).id)}, by(EMIL))
    assert len(await history_of(store.read(HERE), 1)) == 1


async def test_what_a_requester_may_do_carries_nothing_that_they_may_not(
    steps: TicketSteps, store: Store
) -> None:
    mine = {"assignedUserId": "U0BEN"}
    with pytest.raises(ValueError, match="edit does not take assignedUserId"):
        await steps.take(HERE, 1, "edit", mine, by(BEN))
    await steps.take(HERE, 1, "resolve", {"resolution": "Done"}, by())
    for step in ("close", "reopen"):
        with pytest.raises(ValueError, match="does not take assignedUserId"):
            await steps.take(HERE, 1, step, mine, by(BEN))
    with pytest.raises(Forbidden):
        await steps.take(HERE, 1, "link", {"relatedTicketId": None}, by(BEN))
    assert (await saved(store)).assigned_user_id is None


async def test_what_happened_meanwhile_is_told_without_what_is_private(steps: TicketSteps) -> None:
    await steps.take(HERE, 1, "note", {}, StepRequest(ANA, "press:1", note="They shout"))
    await steps.take(HERE, 1, "triage", {"triageNotes": "Never pay", "priority": "low"}, by())
    with pytest.raises(Conflict) as conflict:
        await steps.take(HERE, 1, "edit", {"summary": "Mine"}, by(BEN, version=1))
    (entry,) = conflict.value.since
    assert {change.field for change in entry.changes} == {"priority", "status"}


@pytest.mark.parametrize(
    ("step", "fields", "note", "field"),
    [
        ("resolve", {"resolution": "New\0lamp"}, None, "resolution"),
        ("edit", {"summary": "La\0mp"}, None, "summary"),
        ("assign", {"assignedUserId": "U0ANA"}, "look\0at it", "note"),
    ],
)
async def test_what_no_store_can_hold_is_refused_with_its_field(
    step: StepName,
    fields: dict[str, JsonValue],
    note: str | None,
    field: str,
    steps: TicketSteps,
    store: Store,
) -> None:
    before = await store.read(HERE).ticket(1)
    with pytest.raises(InvalidInput) as refused:
        await steps.take(HERE, 1, step, fields, StepRequest(ANA, key="k", note=note))
    assert [(each.field, each.code) for each in refused.value.problems] == [(field, "not_storable")]
    assert await store.read(HERE).ticket(1) == before


@pytest.mark.parametrize(
    "person",
    [
        Person(id="U0X", names=("x",), has_left=True),
        Person(id="U0X", names=("x",), is_bot=True),
        Person(id="U0X", names=("x",), is_outsider=True),
        Person(id="USLACKBOT", names=("Slackbot",)),
    ],
)
async def test_nobody_who_can_work_no_ticket_is_given_one(person: Person, store: Store) -> None:
    people = People(store, lambda: NOW)
    await people.learn(HERE, [person])
    steps = TicketSteps(store, lambda: NOW, people)
    with pytest.raises(InvalidInput) as refused:
        await steps.take(HERE, 1, "assign", {"assignedUserId": person.id}, StepRequest(ANA, key="k"))
    assert [(each.field, each.code) for each in refused.value.problems] == [
        ("assignedUserId", "unassignable")
    ]
    assert (
        await steps.take(HERE, 1, "assign", {"assignedUserId": "U0NEW"}, StepRequest(ANA, key="n"))
    ).version == 2
