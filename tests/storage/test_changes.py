"""What every store does with a change: all of it or nothing, its jobs told once it is durable, its holds looked at."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

import pytest

from bot.domain.errors import StoreUnavailable
from bot.domain.outbox import Job
from bot.domain.workspace import Workspace
from bot.services.ports.store import Hold, HoldLost, Store, Transaction
from storage import open_store
from tests.storage.samples import DESK, NOW, OTHER, job, ticket

Woken = list[tuple[Workspace, Sequence[Job]]]


@pytest.fixture
def woken(store: Store) -> Woken:
    """What was told of the jobs that were enqueued; not where somebody is only told to look."""
    told: Woken = []
    store.on_jobs(lambda workspace, jobs: told.extend([(workspace, [*jobs])] if jobs else []))
    return told


async def enqueue_two(tx: Transaction) -> str:
    for name in (1, 2):
        await tx.enqueue(job(name))
    return "done"


async def test_a_change_gives_what_its_work_gave(store: Store) -> None:
    assert await store.change(DESK, enqueue_two) == "done"
    assert await store.change(DESK, lambda tx: tx.jobs()) == (job(1), job(2))


async def test_an_exception_in_its_work_comes_out_and_leaves_everything_as_it_was(
    store: Store, woken: Woken
) -> None:
    async def fail(tx: Transaction) -> None:
        await enqueue_two(tx)
        await tx.save(ticket(1), now=NOW, keys=("key",))
        message = "thought better of it"
        raise LookupError(message)

    with pytest.raises(LookupError, match="thought better"):
        await store.change(DESK, fail)
    assert await store.read(DESK).jobs() == ()
    assert await store.read(DESK).ticket(1) is None
    assert await store.workspaces() == []
    assert woken == []
    await store.change(DESK, lambda tx: tx.save(ticket(1), now=NOW))


async def test_jobs_are_told_once_they_can_be_read(store: Store) -> None:
    seen: list[int] = []
    readers: list[asyncio.Task[Sequence[Job]]] = []

    def wake(workspace: Workspace, jobs: Sequence[Job]) -> None:
        seen.append(len(jobs))
        readers.append(asyncio.ensure_future(store.read(workspace).jobs()))

    store.on_jobs(wake)
    await store.change(DESK, enqueue_two)
    assert seen == [2]
    assert await readers[0] == (job(1), job(2))


async def test_nobody_is_woken_for_a_change_without_jobs(store: Store, woken: Woken) -> None:
    await store.change(DESK, lambda tx: tx.save(ticket(1), now=NOW))
    await store.change(DESK, lambda tx: tx.dequeue(job(1).id))
    assert woken == []


async def test_nobody_is_woken_for_what_was_not_kept(store: Store, woken: Woken) -> None:
    await store.close()
    with pytest.raises(StoreUnavailable):
        await store.change(DESK, enqueue_two)
    assert woken == []


async def test_who_is_cut_off_after_the_commit_still_wakes(store: Store, woken: Woken) -> None:
    changing = asyncio.create_task(store.change(DESK, enqueue_two))
    while not changing.done():
        await asyncio.sleep(0)
        changing.cancel()
    with suppress(asyncio.CancelledError):
        await changing
    kept = await store.read(DESK).jobs()
    assert woken == ([(DESK, [*kept])] if kept else [])


async def test_a_team_is_known_by_what_was_committed_whatever_its_organisation_is_called(
    store: Store, url: str
) -> None:
    assert store.workspace_of("T111") is None
    await store.read(Workspace(team_id="T111")).jobs()
    assert store.workspace_of("T111") is None, "nothing was committed"
    await store.change(DESK, enqueue_two)
    assert store.workspace_of("T111") == DESK
    await store.close()
    again = open_store(url)
    await again.change(OTHER, enqueue_two)
    await again.workspaces()  # a replica knows those that it has looked for
    assert (again.workspace_of("T111"), again.workspace_of(OTHER.id)) == (DESK, OTHER)
    assert again.workspace_of("T999") is None
    await again.forget(DESK)
    assert again.workspace_of("T111") is None
    await again.change(Workspace(team_id="T111"), enqueue_two)
    assert again.workspace_of("T111") == Workspace(team_id="T111")
    await again.close()


async def test_a_team_keeps_its_store_when_it_joins_an_organisation(store: Store, url: str) -> None:
    await store.change(Workspace(team_id="T111"), enqueue_two)
    joined = Workspace(enterprise_id="E999", team_id="T111")
    jobs = await store.read(joined).jobs()
    assert len(jobs) == 2
    await store.change(joined, lambda tx: tx.dequeue(jobs[0].id))
    await store.close()
    again = open_store(url)
    assert await again.workspaces() == [joined]
    assert await again.read(Workspace(enterprise_id="E1", team_id="T111")).jobs() == jobs[1:]
    await again.close()


async def test_one_holder_at_a_time_and_every_new_one_has_a_higher_number(store: Store) -> None:
    mine = await store.hold("deliver", "a", 60)
    assert mine is not None
    assert await store.hold("deliver", "b", 60) is None
    assert await store.hold("deliver", "a", 60) == mine, "it is kept, not taken anew"
    assert await store.hold("another", "b", 60) is not None
    await store.let_go(mine)
    theirs = await store.hold("deliver", "b", 60)
    assert theirs is not None
    assert theirs.number > mine.number
    await store.let_go(mine)
    assert await store.hold("deliver", "a", 60) is None, "who has lost it ends nobody else's"


async def test_of_several_holds_those_are_renewed_that_nobody_else_has_by_now(store: Store) -> None:
    first, second = await store.hold("first", "a", 0), await store.hold("second", "a", 0)
    assert first is not None
    assert second is not None
    assert await store.hold("second", "b", 60) is not None
    assert await store.renew([first, second], 60) == [first]
    assert await store.hold("first", "b", 60) is None
    assert await store.renew([], 60) == []


async def test_a_hold_that_has_ended_is_anybodys(store: Store) -> None:
    mine = await store.hold("deliver", "a", 0)
    theirs = await store.hold("deliver", "b", 60)
    assert mine is not None
    assert theirs is not None
    assert await store.hold("deliver", "a", 60) is None


async def test_what_an_earlier_holder_writes_is_refused_and_changes_nothing(store: Store) -> None:
    mine = await store.hold("deliver", "a", 0)
    assert mine is not None

    async def deliver(tx: Transaction) -> None:
        await tx.require(mine)
        await tx.enqueue(job(1))

    await store.change(DESK, deliver)  # nobody else has it yet
    theirs = await store.hold("deliver", "b", 60)
    assert theirs is not None
    with pytest.raises(HoldLost):
        await store.change(DESK, lambda tx: tx.require(mine))
    await store.change(DESK, lambda tx: tx.require(theirs))
    with pytest.raises(HoldLost):
        await store.change(DESK, lambda tx: tx.require(Hold("never held", "a", 1)))


async def test_a_hold_that_is_lost_while_the_work_goes_on_is_lost_for_its_commit(store: Store) -> None:
    mine = await store.hold("deliver", "a", 0)
    assert mine is not None

    async def deliver(tx: Transaction) -> None:
        await tx.require(mine)
        await tx.enqueue(job(1))
        assert await store.hold("deliver", "b", 60)

    with pytest.raises(HoldLost):
        await store.change(DESK, deliver)
    assert await store.read(DESK).jobs() == ()
