"""When something falls due in a closed workspace: known without opening it, early perhaps, and never late."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random  # what chance decides here guards nothing

import pytest

from bot.domain.clock.timers import Timer
from bot.domain.outbox import Job
from bot.domain.workspace import Workspace
from bot.services.ports.store import JOBS, TIMERS, Store, Transaction
from storage import open_store
from storage.journal.disk import Disk
from storage.tinydb import open_databases
from tests.storage.disks import RecordingDisk, crash
from tests.storage.folders import teams
from tests.storage.samples import NOW, job, ticket
from tests.storage.test_open_and_closed import nothing, opened, until

FIRST, SECOND, THIRD = teams(3)
HOUR = timedelta(hours=1)
LONG_AGO = NOW - timedelta(days=99)


@pytest.fixture(autouse=True)
def idle_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_databases, "IDLE", -1.0)


@asynccontextmanager
async def opened_store(folder: Path) -> AsyncIterator[Store]:
    store = open_store(f"tinydb:{folder}")
    try:
        yield store
    finally:
        await store.close()


async def close(store: Store) -> None:
    """All that is open."""
    await store.close_idle()
    await until(lambda: not opened(store) and not store._databases._under_way)  # type: ignore[attr-defined]


async def do(tx: Transaction, *what: Job | Timer) -> None:
    for each in what:
        if isinstance(each, Job):
            await tx.enqueue(each)
        else:
            await tx.keep_timer(each)


def due(name: int, at: datetime, **fields: object) -> Job:
    return job(name).model_copy(update={"due_at": at, **fields})


def timer(at: datetime) -> Timer:
    return Timer(subject="ticket:1", at=at)


@pytest.mark.parametrize(
    ("what", "at"),
    [
        ([due(1, NOW + HOUR), due(2, NOW + 2 * HOUR)], NOW + HOUR),
        ([due(1, NOW + HOUR), timer(NOW + HOUR / 2)], NOW + HOUR / 2),
        ([timer(NOW + HOUR)], NOW + HOUR),
        ([due(1, NOW + HOUR, set_aside="channel_not_found")], None),
        ([due(1, NOW + HOUR, set_aside="x"), due(2, NOW + 3 * HOUR)], NOW + 3 * HOUR),
        ([due(1, NOW - HOUR)], NOW - HOUR),
        ([], None),
    ],
)
async def test_a_closed_workspace_is_due_when_its_next_job_or_timer_is(
    tmp_path: Path, what: Sequence[Job | Timer], at: datetime | None
) -> None:
    async with opened_store(tmp_path) as store:
        await store.change(FIRST, lambda tx: tx.save(ticket(1), now=NOW))
        await store.change(FIRST, lambda tx: do(tx, *what))
        assert await store.awake(LONG_AGO) == [FIRST], "it is open"
        await close(store)
        assert store.next_due(after=LONG_AGO) == at
        assert await store.awake(NOW - 2 * HOUR) == []
    for _ in range(2):
        async with opened_store(tmp_path) as store:  # another process knows it, too
            assert store.next_due(after=LONG_AGO) == at
            if at:
                assert await store.awake(at - timedelta(seconds=1)) == []
                assert await store.awake(at) == [FIRST]
                assert store.next_due(after=max(at, NOW + HOUR)) is None
            assert not opened(store)


async def test_whoever_asks_for_timers_alone_is_told_of_no_jobs(tmp_path: Path) -> None:
    async with opened_store(tmp_path) as store:
        await store.change(FIRST, lambda tx: do(tx, due(1, NOW)))
        await store.change(SECOND, lambda tx: do(tx, timer(NOW), due(1, NOW + 2 * HOUR)))
        await close(store)
        later = NOW + HOUR
        assert await store.awake(later) == [FIRST, SECOND]
        assert (await store.awake(later, JOBS), await store.awake(later, TIMERS)) == ([FIRST], [SECOND])
        assert store.next_due(after=NOW, due=JOBS) == NOW + 2 * HOUR
        assert store.next_due(after=NOW, due=TIMERS) is None


async def test_a_job_that_was_begun_is_due_at_once(tmp_path: Path) -> None:
    async with opened_store(tmp_path) as store:
        await store.change(FIRST, lambda tx: do(tx, due(1, NOW + HOUR, claimed_at=NOW)))
        await close(store)
        assert await store.awake(LONG_AGO) == [FIRST]


async def test_jobs_that_nobody_takes_before_a_moment_make_a_workspace_due_then(
    tmp_path: Path,
) -> None:
    async with opened_store(tmp_path) as store:
        await store.change(FIRST, lambda tx: do(tx, due(1, NOW), timer(NOW + HOUR)))
        store.let_jobs_wait(FIRST, until=NOW + 2 * HOUR)
        await close(store)
        assert (await store.awake(NOW), await store.awake(NOW + HOUR)) == ([], [FIRST])
        store.let_jobs_wait(FIRST, until=NOW + HOUR / 2)
        assert store.next_due(after=NOW) == NOW + HOUR / 2
        store.let_jobs_wait(FIRST, until=None)
        assert await store.awake(NOW) == [FIRST]
        store.let_jobs_wait(FIRST, until=NOW + 2 * HOUR)
    async with opened_store(tmp_path) as store:
        assert await store.awake(NOW) == [FIRST], "whoever starts again tries again"


async def test_what_was_open_at_the_end_is_due_when_its_next_job_or_timer_is(tmp_path: Path) -> None:
    """A start opens what is due, and not what was open."""
    async with opened_store(tmp_path) as store:
        for workspace in (FIRST, SECOND, THIRD):
            await store.change(workspace, lambda tx: tx.save(ticket(1), now=NOW))
        await close(store)
        assert await store.read(FIRST).ticket(1)
        await store.change(SECOND, lambda tx: do(tx, due(1, NOW), timer(NOW + HOUR)))
        await store.change(THIRD, lambda tx: do(tx, timer(NOW + HOUR)))
    async with opened_store(tmp_path) as store:
        assert await store.awake(LONG_AGO) == []
        assert (await store.awake(NOW), store.next_due(after=NOW)) == ([SECOND], NOW + HOUR)


async def test_where_the_end_has_no_time_what_was_changed_is_looked_at_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_databases, "_ROWS", -1.0)
    async with opened_store(tmp_path) as store:
        for workspace in (FIRST, SECOND):
            await store.change(workspace, lambda tx: tx.save(ticket(1), now=NOW))
        await close(store)
        assert await store.read(FIRST).ticket(1)
        await store.change(SECOND, lambda tx: tx.save(ticket(2), now=NOW))
    async with opened_store(tmp_path) as store:
        assert await store.awake(LONG_AGO) == [SECOND]


def lose_index(folder: Path) -> None:
    for path in folder.glob("deployment.*"):
        path.unlink()


async def test_a_workspace_without_a_row_is_due_at_once(tmp_path: Path) -> None:
    """It is new, or the index is lost."""
    async with opened_store(tmp_path) as store:
        for workspace in (FIRST, SECOND):
            await store.change(workspace, lambda tx: tx.save(ticket(1), now=NOW))
        await close(store)
    lose_index(tmp_path)
    async with opened_store(tmp_path) as store:
        assert await store.awake(LONG_AGO) == [FIRST, SECOND]
        assert await store.read(FIRST).ticket(1)
        assert await store.read(SECOND).ticket(1)
        await close(store)
        assert await store.awake(NOW) == []
    async with opened_store(tmp_path) as store:
        assert await store.awake(NOW) == []


def restored(folder: Path, backup: Path) -> None:
    for path in backup.glob("T1.*"):
        shutil.copy(path, folder)


def written(folder: Path, backup: Path) -> None:
    """By a Deskhand that knows of no index."""
    del backup
    journal = folder / "T1.1.journal"
    found = journal.stat()
    os.utime(journal, ns=(found.st_atime_ns, found.st_mtime_ns + 1))


@pytest.mark.parametrize("touch", [restored, written])
async def test_files_that_somebody_else_has_touched_are_due_at_once(
    tmp_path: Path, touch: Callable[[Path, Path], None]
) -> None:
    folder, backup = tmp_path / "data", tmp_path / "backup"
    async with opened_store(folder) as store:
        await store.change(FIRST, lambda tx: do(tx, due(1, NOW)))
        await close(store)
        shutil.copytree(folder, backup)
        await store.change(FIRST, lambda tx: tx.dequeue(job(1).id))
        await close(store)
    async with opened_store(folder) as store:
        assert await store.awake(NOW) == []
    touch(folder, backup)
    async with opened_store(folder) as store:
        assert await store.awake(LONG_AGO) == [FIRST]


async def test_a_store_whose_index_cannot_be_written_is_not_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a crash nobody would look for what it says."""
    async with opened_store(tmp_path) as store:
        await store.change(FIRST, lambda tx: tx.save(ticket(1), now=NOW))
        await close(store)
        sync, calls = Disk.sync, list[int]()

        def first_fails(disk: Disk, file: int) -> None:
            calls.append(file)
            if len(calls) == 1:
                raise OSError(28, "No space left on device")
            sync(disk, file)

        await store.open(FIRST)
        with monkeypatch.context() as patch:
            patch.setattr(Disk, "sync", first_fails)
            with pytest.raises(Exception, match="No space left"):
                await store.change(FIRST, lambda tx: do(tx, due(1, NOW)))
        assert await store.read(FIRST).jobs() == ()
        await store.change(FIRST, lambda tx: do(tx, due(1, NOW)))
        assert len(await store.read(FIRST).jobs()) == 1


class Life:
    """What a deployment did, and for each step on its disk what it had acknowledged by then."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.disk = RecordingDisk()
        self.acknowledged: list[tuple[int, dict[str, set[int]]]] = [(0, {})]
        patch.setattr("storage.journal.engine.Disk", lambda: self.disk)
        patch.setattr("storage.tinydb.workspace_files._stat", lambda _: "alike")  # a row is to be believed
        patch.setattr("storage.journal.journal._GROWTH", 1000)

    async def run(self) -> None:
        """Each job falls due before those that were there: what was written of them would be too late."""
        jobs: dict[str, set[int]] = {each.id: set() for each in (FIRST, SECOND, THIRD)}
        store = open_store(f"tinydb:{self.folder}", most_open=1)
        for round_ in range(2):
            for number, workspace in enumerate((FIRST, SECOND, THIRD)):
                name = round_ * 10 + number
                await store.change(workspace, partial(_enqueue, name, NOW - name * HOUR))
                jobs[workspace.id].add(name)
                self._note(jobs)
            for workspace in (SECOND, THIRD):
                await store.read(workspace).jobs()
                await store.change(workspace, nothing)
        await close(store)
        for name in sorted(jobs["T2"]):
            await store.change(SECOND, lambda tx, name=name: tx.dequeue(job(name).id))  # type: ignore[misc]
        jobs["T2"] = set()
        self._note(jobs)
        await close(store)
        await store.change(FIRST, lambda tx: do(tx, timer(NOW - HOUR)))
        await store.close()

    def _note(self, jobs: dict[str, set[int]]) -> None:
        self.acknowledged.append((len(self.disk.steps), {each: {*names} for each, names in jobs.items()}))

    def by(self, step: int) -> dict[str, set[int]]:
        return [jobs for at, jobs in self.acknowledged if at <= step][-1]


async def _enqueue(name: int, at: datetime, tx: Transaction) -> None:
    await tx.enqueue(due(name, at))


@pytest.mark.parametrize("every", [False, pytest.param(True, marks=pytest.mark.slow)])
@pytest.mark.parametrize("power", [False, True], ids=["the process dies", "the power goes"])
def test_a_crash_at_any_step_loses_nothing_and_leaves_nobody_late(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    power: bool,  # noqa: FBT001  (pytest's way)
    every: bool,  # noqa: FBT001
) -> None:
    life = Life(tmp_path / "life", monkeypatch)
    asyncio.run(life.run())
    steps = life.disk.steps
    monkeypatch.setattr("storage.journal.engine.Disk", Disk)
    early = 0
    ends = [end for end, step in enumerate([*steps, None]) if every or (step and step.call == "sync")]
    for end in (each + 1 for each in ends):
        folder = tmp_path / "crash"
        crash(steps[:end], folder, Random(end) if power else None)  # noqa: S311
        early += asyncio.run(_looked_at(folder, life.by(end)))
        shutil.rmtree(folder)
    assert early, "some of these were in the middle of something"


async def _looked_at(folder: Path, acknowledged: dict[str, set[int]]) -> int:
    """How many are looked at before they need be."""
    store, early = open_store(f"tinydb:{folder}"), 0
    orders = store._due.orders.values()  # type: ignore[attr-defined]
    rows = {
        each: min(filter(None, (order.at.get(each) for order in orders)), default=None)
        for each in store._databases.files  # type: ignore[attr-defined]
    }
    for workspace in (Workspace(team_id=each) for each in rows):
        reader = store.read(workspace)
        jobs, timers = await reader.jobs(), await reader.timers(limit=9)
        lost = acknowledged.get(workspace.id, set()) - {each.id.int for each in jobs}
        assert workspace == SECOND or not lost
        times = [*(each.due_at for each in jobs), *(each.at for each in timers)]
        row, needed = rows[workspace.id], min(times, default=None)
        assert needed is None or (row is not None and row <= needed), f"{workspace.id} would be late"
        early += row != needed
    await store.close()
    return early
