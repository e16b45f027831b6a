"""The histories of tickets: rows of their own, found without reading the others; and those of earlier versions."""

import shutil
from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from bot.domain.history import PRIVATE, wire_state
from bot.domain.lifecycle import StepContext, take
from bot.domain.permissions import Actor
from bot.domain.search import Span, TicketFilter
from bot.domain.ticket import Ticket
from bot.services.ports.store import Store, Transaction
from bot.services.step_requests import StepRequest
from bot.services.ticket_steps import TicketSteps
from storage import open_store
from storage.journal.file_names import file_name
from tests.histories import history_of, replayed
from tests.storage.samples import DESK, NEW_TICKET, NOW, new_ticket

HERE = Path(__file__)
AGENT = Actor(user="U0ANA", is_known=True, is_agent=True, reads_all_notes=True)


async def save(store: Store, *tickets: Ticket) -> None:
    async def work(tx: Transaction) -> None:
        for each in tickets:
            await tx.save(each, now=NOW)

    await store.change(DESK, work)


def noted(known: Ticket, number: int) -> Ticket:
    at = NOW + timedelta(seconds=number)
    if number % 2:
        return take(known, "note", {}, StepContext("U1", at, f"{number}"))
    return take(known, "edit", {"category": f"{number}"}, StepContext("U1", at))


async def changed(store: Store, times: int, number: int = 1) -> Ticket:
    """A ticket with one entry of each change, every other one a note."""
    await save(store, new_ticket(number))
    for each in range(1, times + 1):
        known = await store.read(DESK).ticket(number)
        assert known
        await save(store, noted(known, each))
    known = await store.read(DESK).ticket(number)
    assert known
    return known


async def test_a_history_is_read_in_pages_the_newest_first(store: Store, url: str) -> None:
    await changed(store, 5, number=1)
    await changed(store, 1, number=2)

    async def told(of: Store, **asked: int) -> Sequence[str | None]:
        page = await of.read(DESK).history(1, **asked)  # type: ignore[arg-type]
        return [entry.note or entry.what for entry in page]

    for _ in range(2):
        assert await told(store, limit=2) == ["5", "edited"]
        assert await told(store, offset=2, limit=2) == ["3", "edited"]
        assert await told(store, offset=4, limit=9) == ["1", "created"]
        assert await told(store, offset=6, limit=9) == []
        public = await store.read(DESK).history(1, offset=1, limit=9, without=PRIVATE)
        assert [entry.what for entry in public] == ["edited", "created"]
        last = await store.read(DESK).last_entry(1, "edited")
        assert last
        assert last.changes[0].after == "4"
        assert await store.read(DESK).last_entry(1, "closed") is None
        assert await store.read(DESK).history(3, limit=9) == []
        await store.close()
        store = open_store(url)
    await store.close()


async def test_a_history_adds_up_to_its_ticket_and_is_as_long_as_its_version(store: Store) -> None:
    known = await changed(store, 4)
    history = await history_of(store.read(DESK), 1)
    assert len(history) == known.version == 5
    assert replayed(known, history) == wire_state(known)


async def test_a_transaction_reads_the_entries_that_it_adds(store: Store) -> None:
    await save(store, new_ticket(1))

    async def work(tx: Transaction) -> None:
        known = await tx.ticket(1)
        assert known
        await tx.save(noted(known, 1), now=NOW)
        assert [entry.what for entry in await tx.history(1, limit=9)] == ["noted", "created"]
        raise LookupError

    with pytest.raises(LookupError):
        await store.change(DESK, work)
    assert [entry.what for entry in await store.read(DESK).history(1, limit=9)] == ["created"]


async def test_an_entry_is_never_replaced_by_another(store: Store) -> None:
    await changed(store, 1)
    with pytest.raises(ValueError, match="another change made version 2 of T-1"):
        await save(store, noted(new_ticket(1), 2))
    assert [entry.note for entry in await history_of(store.read(DESK), 1)] == [None, "1"]


async def test_a_change_writes_its_entry_and_no_other(tinydb_store: Store, tmp_path: Path) -> None:
    def written() -> int:
        return sum(len(path.read_bytes().rstrip(b"\0")) for path in tmp_path.rglob("*.journal"))

    sizes = [written()]
    await save(tinydb_store, new_ticket(1))
    for each in range(1, 201):
        known = await tinydb_store.read(DESK).ticket(1)
        assert known
        await save(tinydb_store, noted(known, each))
        sizes.append(written())
    costs = [after - before for before, after in pairwise(sizes)]
    assert costs[199] <= 1.2 * costs[9]


def recorded(schema: int, folder: Path) -> str:
    """A store as that version left it."""
    if schema == 1:
        shutil.copy(HERE.with_name("written-by-0.1.0.json"), folder / file_name(DESK))
    else:
        shutil.copytree(HERE.with_name("written-by-schema-2"), folder, dirs_exist_ok=True)
    return f"tinydb:{folder}"


CREATED = NEW_TICKET.new_entries
WHATS = {1: ["created"], 2: ["created", "assigned", "noted", "held", "withdrawn"]}
"""Of ticket 2."""


@pytest.mark.parametrize("schema", [1, 2])
async def test_a_history_inside_its_ticket_is_the_same_and_goes_on(schema: int, tmp_path: Path) -> None:
    store = open_store(recorded(schema, tmp_path))
    before = {number: await history_of(store.read(DESK), number) for number in (1, 2)}
    assert before[1] == [*CREATED]
    assert [entry.what for entry in before[2]] == WHATS[schema]
    page = await store.read(DESK).history(2, offset=1, limit=2)
    assert [*page] == [*reversed(before[2])][1:3]
    for number in (1, 2):
        known = await store.read(DESK).ticket(number)
        assert known
        assert replayed(known, before[number]) == wire_state(known)
        await save(store, known.model_copy(update={"cards": ()}))  # moves it
        assert await history_of(store.read(DESK), number) == before[number]
        await save(store, take(known, "note", {}, StepContext("U1", NOW, "Still here")))
    await store.close()
    again = open_store(f"tinydb:{tmp_path}")
    for number in (1, 2):
        *old, new = await history_of(again.read(DESK), number)
        assert (old, new.note) == (before[number], "Still here")
    await again.close()


async def test_what_an_earlier_version_withdrew_can_be_restored(tmp_path: Path) -> None:
    store = open_store(recorded(2, tmp_path))
    withdrawn = await store.read(DESK).ticket(2)
    assert withdrawn
    assert withdrawn.withdrawn_at
    steps = TicketSteps(store, lambda: NOW + timedelta(minutes=9))
    restored = await steps.restore(DESK, 2, StepRequest(AGENT, "again"))
    assert (restored.status, restored.hold_reason, restored.version) == ("on_hold", "parts", 6)
    comments = await store.read(DESK).comments(2)
    assert [each.text for each in comments.comments] == ["Comment 1", "Comment 2", "Comment 3"]
    assert (await store.read(DESK).comments(2, internal=False)).total == 2
    await store.close()


async def test_a_ticket_of_an_earlier_version_holds_its_history_no_more_once_it_is_saved(
    tmp_path: Path,
) -> None:
    url = recorded(2, tmp_path)
    moves = []
    for each in (1, 2):
        store = open_store(url)
        known = await store.read(DESK).ticket(2)
        assert known
        await save(store, take(known, "note", {}, StepContext("U1", NOW, f"{each}")))
        await store.close()
        journal = (tmp_path / "E111-T111.1.journal").read_bytes()
        last = [line for line in journal.split(b"\n") if b'"tickets"' in line][-1]
        moves.append(last.count(b"Call first"))
    assert moves == [1, 0]


@pytest.mark.parametrize("schema", [1, 2])
async def test_due_times_that_an_earlier_version_wrote_are_found_with_those_that_are_computed(
    schema: int, tmp_path: Path
) -> None:
    store = open_store(recorded(schema, tmp_path))
    page = await store.read(DESK).tickets(TicketFilter(due=Span(end=NOW + timedelta(days=1))))
    assert [ticket.number for ticket in page.tickets] == [1]
    (given,) = page.tickets
    assert (given.due_at, given.due_state, given.response_late) == (given.sla_due_at, "on_time", False)
    other = await store.read(DESK).ticket(2)
    assert other
    await save(store, other.model_copy(update={"computed_due_at": NOW, "response_late": True}))
    await store.close()
    store = open_store(f"tinydb:{tmp_path}")
    page = await store.read(DESK).tickets(TicketFilter(sort="due"))
    assert [ticket.number for ticket in page.tickets][:2] == [2, 1]
    page = await store.read(DESK).tickets(TicketFilter(response=("late",)))
    assert [ticket.number for ticket in page.tickets] == [2]
    await store.close()
