"""What every store does, whatever it is built on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import cast, get_args
from uuid import UUID

import pytest

from bot.domain.clock.timers import Timer
from bot.domain.contract import Status
from bot.domain.directory import Directory
from bot.domain.draft import Overlong
from bot.domain.errors import StoreUnavailable
from bot.domain.mirror_ref import MirrorRef
from bot.domain.mirrors import MirrorCopy, copy_key
from bot.domain.search import COUNTED, TicketFilter
from bot.domain.ticket import Place, Ticket
from bot.domain.workspace import Workspace
from bot.domain.workspace_settings import WorkspaceSettings
from bot.services.ports.store import Store, Transaction
from storage import open_store
from tests.directories import fill, whole
from tests.storage.samples import (
    DESK,
    DIRECTORY,
    FULL_TICKET,
    NOW,
    OTHER,
    SETUP,
    draft,
    job,
    new_ticket,
    ticket,
)

ANY = TicketFilter()
REF = MirrorRef(home="T9", number=4)


@asynccontextmanager
async def reopened(store: Store, url: str) -> AsyncIterator[Store]:
    await store.close()
    again = open_store(url)
    yield again
    await again.close()


async def save(store: Store, *tickets: Ticket, workspace: Workspace = DESK) -> None:
    async def work(tx: Transaction) -> None:
        for each in tickets:
            await tx.save(each, now=NOW)

    await store.change(workspace, work)


async def create(tx: Transaction) -> None:
    await tx.save(ticket(await tx.next_number()), now=NOW)


async def test_everything_saved_is_read_back_unchanged_and_again_after_a_restart(
    store: Store, url: str
) -> None:
    async def work(tx: Transaction) -> None:
        await tx.save(FULL_TICKET, now=NOW, keys=("form:n1", "message:C1:1.2"))
        await tx.enqueue(job(7))
        await tx.keep_draft(draft("n2"))
        await fill(tx, DIRECTORY)
        await tx.keep_settings(SETUP)

    async def check(kept: Store) -> None:
        read = kept.read(DESK)
        assert await read.ticket(1) == FULL_TICKET
        assert await read.ticket_by_id(FULL_TICKET.id) == FULL_TICKET
        assert await read.answered("form:n1") == await read.answered("message:C1:1.2") == 1
        assert await read.jobs() == (job(7),)
        assert await read.draft("n2") == draft("n2")
        assert await whole(read) == DIRECTORY
        assert await read.settings() == SETUP
        assert await kept.read(OTHER).settings() == WorkspaceSettings()
        assert await kept.workspaces() == [DESK]

    await store.change(DESK, work)
    await check(store)
    async with reopened(store, url) as again:
        await check(again)


async def test_a_new_workspace_reads_as_empty_and_is_none_of_the_workspaces_before_its_first_commit(
    store: Store,
) -> None:
    read = store.read(DESK)
    assert await read.ticket(1) is None
    assert await read.ticket_by_id(UUID(int=1)) is None
    assert await read.answered("key") is None
    assert (await read.tickets(ANY)).total == 0
    assert await whole(read) == Directory()
    assert await read.draft("n") is None
    assert await read.jobs() == ()
    assert await store.change(DESK, lambda tx: tx.next_number()) == 1
    assert await store.workspaces() == []


async def test_an_exception_inside_a_transaction_changes_nothing(store: Store) -> None:
    await save(store, ticket(1))

    async def fail(tx: Transaction) -> None:
        await tx.save(ticket(1, summary="Other"), now=NOW, keys=("key",))
        await tx.enqueue(job(1))
        await fill(tx, DIRECTORY)
        raise LookupError

    with suppress(LookupError):
        await store.change(DESK, fail)
    read = store.read(DESK)
    assert await read.ticket(1) == ticket(1)
    assert await read.answered("key") is None
    assert await read.jobs() == ()
    assert await whole(read) == Directory()


async def test_a_transaction_reads_its_own_changes_which_nobody_else_sees_before_it_ends(
    store: Store,
) -> None:
    async def work(tx: Transaction) -> None:
        await tx.save(ticket(1), now=NOW, keys=("key",))
        assert await tx.ticket(1) == ticket(1)
        assert await tx.answered("key") == 1
        assert await store.read(DESK).ticket(1) is None
        assert await store.read(DESK).answered("key") is None

    await store.change(DESK, work)
    assert await store.read(DESK).ticket(1) == ticket(1)


async def test_a_transaction_reads_lists_with_what_it_has_changed(store: Store) -> None:
    def copy(comment: str, revision: str = "") -> MirrorCopy:
        return MirrorCopy(key=copy_key(REF, comment), of=REF.key, comment=comment, revision=revision)

    async def before(tx: Transaction) -> None:
        await tx.save(new_ticket(1), now=NOW, keys=["key"], origins=["message:C1:1.1"])
        for name in (1, 2, 3):
            await tx.enqueue(job(name))
        for subject in ("ticket:a", "ticket:b"):
            await tx.keep_timer(Timer(subject=subject, at=NOW))
        for comment in ("a", "b"):
            await tx.keep_mirror_copy(copy(comment))

    async def work(tx: Transaction) -> None:
        await tx.dequeue(job(1).id)
        await tx.enqueue(job(1))  # it comes last by now
        await tx.dequeue(job(2).id)
        await tx.enqueue(job(4))
        assert await tx.jobs() == (job(3), job(1), job(4))
        assert sorted([each async for each in tx.job_ids()]) == [UUID(int=name) for name in (1, 3, 4)]
        later = Timer(subject="ticket:a", at=NOW + timedelta(days=1))
        await tx.keep_timer(later)
        await tx.drop_timer("ticket:b")
        await tx.keep_timer(Timer(subject="queue:c", at=NOW + timedelta(days=2)))
        assert [each.subject for each in await tx.timers(limit=1)] == ["ticket:a"]
        assert await tx.timers_of("ticket") == [later]
        await tx.keep_mirror_copy(copy("b", "changed"))
        await tx.keep_mirror_copy(copy("c"))
        assert [*await tx.mirror_copies(REF)] == [copy("a"), copy("b", "changed"), copy("c")]
        await tx.save(new_ticket(2), now=NOW, keys=["other"])
        assert [await tx.answered(key) for key in ("nobody's", "other", "key")] == [None, 2, 1]
        assert await tx.ticket_by_id(UUID(int=2)) == ticket(2)
        await tx.keep_cards(ticket(1).model_copy(update={"cards": (Place(channel="C1", ts="5.5"),)}))
        known = await tx.ticket(1)
        assert known
        assert [card.ts for card in known.cards] == ["5.5"]
        assert await tx.ticket_at("C1", "5.5") == 1
        await tx.release(known, origins=["message:C1:1.1", "key"])
        assert [await tx.answered(key) for key in ("key", "message:C1:1.1")] == [None, None]

    await store.change(DESK, before)
    await store.change(DESK, work)
    read = store.read(DESK)
    assert await read.jobs() == (job(3), job(1), job(4))
    assert [await read.answered(key) for key in ("key", "message:C1:1.1")] == [None, None]
    assert await read.ticket_at("C1", "5.5") == 1
    assert [each.subject for each in await read.timers(limit=9)] == ["ticket:a", "queue:c"]


async def test_a_ticket_that_is_saved_and_read_in_a_transaction_has_its_cards(store: Store) -> None:
    cards = (Place(channel="C1", ts="5.5"),)
    await save(store, ticket(1).model_copy(update={"cards": cards}))

    async def work(tx: Transaction) -> None:
        await tx.save(ticket(1, summary="Other").model_copy(update={"cards": cards}), now=NOW)
        found = await tx.ticket(1)
        assert found
        assert found.cards == cards
        await tx.keep_cards(found.model_copy(update={"cards": (*cards, Place(channel="C2", ts="6.6"))}))

    await store.change(DESK, work)
    kept = await store.read(DESK).ticket(1)
    assert kept
    assert [card.ts for card in kept.cards] == ["5.5", "6.6"]


async def test_what_is_saved_twice_is_in_the_history_once(store: Store) -> None:
    async def work(tx: Transaction) -> int:
        await tx.save(new_ticket(1), now=NOW)
        return len(await tx.history(1, limit=9))

    assert [await store.change(DESK, work) for _ in range(2)] == [1, 1]


async def test_a_key_is_forgotten_after_thirty_days_and_an_origin_is_not(store: Store) -> None:
    late = NOW + timedelta(days=30, seconds=1)
    await store.change(DESK, lambda tx: tx.save(ticket(1), now=NOW, keys=["old"], origins=["origin"]))
    await store.change(DESK, lambda tx: tx.save(ticket(2), now=NOW + timedelta(days=1), keys=["newer"]))
    await store.change(DESK, lambda tx: tx.save(ticket(3), now=late, keys=["newest"]))
    read = store.read(DESK)
    found = [await read.answered(key) for key in ("old", "origin", "newer", "newest")]
    assert found == [None, 1, 2, 3]


async def test_fifty_transactions_at_once_get_the_numbers_1_to_50(store: Store) -> None:
    await asyncio.gather(*(store.change(DESK, create) for _ in range(50)))
    page = await store.read(DESK).tickets(ANY, limit=100)
    assert [each.number for each in page.tickets] == list(range(50, 0, -1))


async def test_a_number_of_a_transaction_that_failed_goes_to_the_next(store: Store) -> None:
    async def fail(tx: Transaction) -> None:
        await create(tx)
        raise LookupError

    with suppress(LookupError):
        await store.change(DESK, fail)
    assert await store.change(DESK, lambda tx: tx.next_number()) == 1


async def test_the_same_key_at_once_makes_one_ticket(store: Store) -> None:
    async def create() -> int:
        async def work(tx: Transaction) -> int:
            if (known := await tx.answered("form:n1")) is not None:
                return known
            number = await tx.next_number()
            await tx.save(ticket(number), now=NOW, keys=("form:n1",))
            return number

        return await store.change(DESK, work)

    assert await asyncio.gather(*(create() for _ in range(5))) == [1] * 5
    assert (await store.read(DESK).tickets(ANY)).total == 1


async def test_a_key_that_answers_with_one_ticket_cannot_be_given_to_another(store: Store) -> None:
    await store.change(DESK, lambda tx: tx.save(ticket(1), now=NOW, keys=("key",)))
    with pytest.raises(ValueError, match="key of ticket 1"):
        await store.change(DESK, lambda tx: tx.save(ticket(2), now=NOW, keys=("key",)))
    assert await store.read(DESK).ticket(2) is None
    await store.change(DESK, lambda tx: tx.save(ticket(1, priority="high"), now=NOW, keys=("key", "key2")))
    assert await store.read(DESK).answered("key2") == 1


@pytest.mark.parametrize(
    "wrong",
    [ticket(3), ticket(2).model_copy(update={"number": 1}), ticket(1).model_copy(update={"number": 2})],
    ids=["leaves a gap", "takes another's number", "moves to another number"],
)
async def test_a_number_that_is_not_the_tickets_own_is_refused(store: Store, wrong: Ticket) -> None:
    await save(store, ticket(1))
    with pytest.raises(ValueError, match="place of another"):
        await save(store, wrong)
    assert (await store.read(DESK).tickets(ANY)).tickets == (ticket(1),)


async def test_workspaces_know_nothing_of_each_other(store: Store, url: str) -> None:
    async def work(tx: Transaction) -> None:
        await tx.save(ticket(1), now=NOW, keys=("key",))
        await tx.enqueue(job(1))
        await tx.keep_draft(draft("n"))
        await fill(tx, DIRECTORY)

    await store.change(DESK, work)
    assert await store.change(OTHER, lambda tx: tx.next_number()) == 1
    await save(store, ticket(1, summary="Theirs"), workspace=OTHER)
    async with reopened(store, url) as again:
        assert set(await again.workspaces()) == {DESK, OTHER}
        for stranger in (OTHER, Workspace(enterprise_id="E111")):
            read = again.read(stranger)
            assert await read.ticket(1) != ticket(1)
            assert await read.answered("key") is None
            assert await read.jobs() == ()
            assert await read.draft("n") is None
            assert await whole(read) == Directory()


async def test_a_transaction_holds_up_no_other_workspace_and_no_reader(store: Store) -> None:
    async def work(tx: Transaction) -> None:
        await tx.save(ticket(1), now=NOW)
        await save(store, ticket(1), workspace=OTHER)
        assert await store.read(DESK).ticket(1) is None
        assert await store.read(OTHER).ticket(1) == ticket(1)

    await store.change(DESK, work)


async def test_lists_are_newest_first_in_pages_with_the_total(store: Store) -> None:
    await save(store, *(ticket(number) for number in range(1, 13)))
    await save(store, ticket(3, priority="high"))
    read = store.read(DESK)
    first, second = await read.tickets(ANY, limit=10), await read.tickets(ANY, offset=10)
    assert [each.number for each in first.tickets] == list(range(12, 2, -1))
    assert [each.number for each in second.tickets] == [2, 1]
    assert (first.offset, first.total, second.offset, second.total) == (0, 12, 10, 12)
    assert (await read.tickets(ANY, offset=20)).tickets == ()


async def test_a_list_counts_to_a_thousand_and_then_says_that_there_are_more(store: Store) -> None:
    await save(store, *(ticket(number) for number in range(1, COUNTED + 1)))
    read = store.read(DESK)
    last = await read.tickets(ANY, offset=COUNTED - 10)
    assert (last.total, last.has_more) == (COUNTED, False)
    await save(store, *(ticket(number) for number in range(COUNTED + 1, COUNTED + 16)))
    first, later = await read.tickets(ANY), await read.tickets(ANY, offset=COUNTED)
    assert (first.total, first.has_more, later.total, later.has_more) == (
        COUNTED + 1,
        True,
        COUNTED + 1,
        True,
    )
    assert not (await read.tickets(ANY, offset=COUNTED + 10)).has_more


async def test_what_is_changed_first_after_a_restart_hides_nothing_that_came_later(url: str) -> None:
    store = open_store(url)
    await save(store, *(ticket(number) for number in range(1, 6)))
    await store.close()
    store = open_store(url)
    await save(store, ticket(2, summary="Changed"))
    assert (await store.read(DESK).tickets(ANY)).total == 5
    assert await store.change(DESK, lambda tx: tx.next_number()) == 6
    await store.close()


async def test_a_list_is_never_older_than_the_last_commit(store: Store) -> None:
    await save(store, ticket(1))
    wanted = TicketFilter(words=("printer",))
    assert (await store.read(DESK).tickets(wanted)).total == 1
    await save(store, ticket(2))
    assert (await store.read(DESK).tickets(wanted)).total == 2


@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        ((), [42, 3, 2, 1]),
        (("42",), [42]),
        (("t-42",), [42]),
        (("T-2",), [2]),
        (("STRASSE",), [2]),
        (("printer", "floor"), [3]),
        (("printer", "nowhere"), []),
        (("straße", "lam"), [2]),
        (("out of", "paper"), [1]),
        (("!!!",), []),
    ],
)
async def test_words_are_looked_for_in_number_and_summary(
    store: Store, words: tuple[str, ...], numbers: list[int]
) -> None:
    summaries = {1: "Printer out of paper", 2: "Lamp in Kaiserstraße", 3: "printer, 3rd FLOOR", 42: "Door"}
    await save(store, *(ticket(number, summary=summaries.get(number, "Else")) for number in range(1, 43)))
    page = await store.read(DESK).tickets(TicketFilter(words=words), limit=50)
    assert [each.number for each in page.tickets if each.number in summaries] == numbers


async def test_open_only_agrees_with_what_a_ticket_calls_open(store: Store) -> None:
    tickets = [ticket(number, status=status) for number, status in enumerate(get_args(Status), 1)]
    await save(store, *tickets)
    page = await store.read(DESK).tickets(TicketFilter(open_only=True), limit=50)
    assert list(page.tickets) == [each for each in reversed(tickets) if each.is_open]
    assert page.total == len(page.tickets)


async def test_a_job_is_replaced_where_it_stands_and_new_ones_follow(store: Store, url: str) -> None:
    async def work(tx: Transaction) -> None:
        for name in (5, 3, 4):
            await tx.enqueue(job(name))

    await store.change(DESK, work)
    later = job(5).model_copy(update={"attempts": 1, "due_at": NOW + timedelta(hours=1), "last_error": "429"})

    async def once_more(tx: Transaction) -> None:
        await tx.enqueue(later)
        await tx.dequeue(UUID(int=3))
        await tx.dequeue(UUID(int=99))

    await store.change(DESK, once_more)
    await store.change(DESK, lambda tx: tx.enqueue(job(1)))
    assert await store.read(DESK).jobs() == (later, job(4), job(1))
    async with reopened(store, url) as again:
        assert await again.read(DESK).jobs() == (later, job(4), job(1))


async def test_timers_are_read_the_soonest_first_whatever_their_fraction_of_a_second(store: Store) -> None:
    def timer(name: str, seconds: float) -> Timer:
        return Timer(subject=name, at=NOW + timedelta(seconds=seconds))

    async def work(tx: Transaction) -> None:
        for name, seconds in (("c", 1.0), ("b", 0.3), ("a", -86_400), ("d", 1.2)):
            await tx.keep_timer(timer(name, seconds))
        await tx.keep_timer(timer("d", 90_000))
        await tx.drop_timer("nobody's")

    await store.change(DESK, work)
    found = await store.read(DESK).timers(limit=9)
    assert sorted(each.subject for each in found[1:3]) == ["b", "c"]  # at the same second
    assert [found[0].subject, found[3].subject] == ["a", "d"]
    assert [each.at for each in found] == sorted(each.at for each in found)
    assert [each.subject for each in await store.read(DESK).timers(limit=1)] == ["a"]


async def test_timers_of_one_moment_are_read_in_the_order_in_which_they_were_first_kept(store: Store) -> None:
    async def keep(tx: Transaction) -> None:
        for name in ("c", "a", "b"):
            await tx.keep_timer(Timer(subject=name, at=NOW))

    async def keep_again(tx: Transaction) -> None:
        await tx.keep_timer(Timer(subject="a", at=NOW))
        await tx.drop_timer("c")
        await tx.keep_timer(Timer(subject="c", at=NOW))

    await store.change(DESK, keep)
    assert [each.subject for each in await store.read(DESK).timers(limit=9)] == ["c", "a", "b"]
    assert [each.subject for each in await store.read(DESK).timers(limit=1)] == ["c"]
    await store.change(DESK, keep_again)
    assert [each.subject for each in await store.read(DESK).timers(limit=9)] == ["a", "b", "c"]


async def test_the_ids_of_many_jobs_are_read_while_others_go_on(store: Store) -> None:
    async def enqueue_many(tx: Transaction) -> None:
        for name in range(1, 1201):
            await tx.enqueue(job(name))

    async def change_some(tx: Transaction) -> None:
        await tx.dequeue(UUID(int=1200))
        await tx.enqueue(job(1201))

    await store.change(DESK, enqueue_many)
    read: list[UUID] = []
    async for job_id in store.read(DESK).job_ids():
        if not read:  # a job that comes or goes meanwhile is read or not
            await store.change(DESK, change_some)
        read.append(job_id)
    assert set(read) - {UUID(int=1200), UUID(int=1201)} == {UUID(int=name) for name in range(1, 1200)}
    assert len(read) == len(set(read))
    assert [each async for each in store.read(OTHER).job_ids()] == []


async def test_what_is_handed_out_cannot_change_the_store(store: Store) -> None:
    mine = draft("n")

    async def work(tx: Transaction) -> None:
        await tx.keep_draft(mine)
        cast(dict[str, Overlong], mine.overlong).clear()

    await store.change(DESK, work)
    read = await store.read(DESK).draft("n")
    assert read is not None
    assert read == draft("n")
    cast(dict[str, Overlong], read.overlong).clear()
    assert await store.read(DESK).draft("n") == draft("n")


async def test_a_closed_store_refuses_to_write(store: Store) -> None:
    await store.close()
    with pytest.raises(Exception, match="stopping"):
        await save(store, ticket(1))


async def test_a_forgotten_workspace_begins_again_and_the_others_stay(store: Store, url: str) -> None:
    for workspace in (DESK, OTHER):
        await store.change(workspace, lambda tx: tx.save(ticket(1), now=NOW, keys=["k"]))
    await store.forget(DESK)
    async with reopened(store, url) as again:
        assert list(await again.workspaces()) == [OTHER]
        assert await again.read(DESK).ticket(1) is None
        assert await again.read(DESK).answered("k") is None
        assert await again.change(DESK, lambda tx: tx.next_number()) == 1
        assert await again.read(OTHER).ticket(1)


async def test_who_waited_while_a_workspace_was_forgotten_saves_nothing_into_the_void(store: Store) -> None:
    await store.change(DESK, lambda tx: tx.save(ticket(1), now=NOW))
    forgetting = asyncio.create_task(store.forget(DESK))
    await asyncio.sleep(0)

    async def save() -> None:
        await store.change(DESK, lambda tx: tx.save(ticket(2), now=NOW))

    late = asyncio.create_task(save())
    await forgetting
    with suppress(StoreUnavailable, ValueError):  # or it finds nothing there, and is told so
        await late
    assert await store.read(DESK).ticket(1) is None
