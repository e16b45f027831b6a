"""What the TinyDB store does about disks that fail, commits that are cut short, and processes that die."""

import asyncio
import errno
import os
import resource
import shutil
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.domain.errors import StoreUnavailable
from bot.domain.search import TicketFilter
from bot.domain.ticket import Ticket
from bot.services.ports.store import Store, Transaction
from storage import StoreOpenError, open_store
from storage.journal.disk import Disk
from storage.journal.engine import Engine
from tests.patience import PATIENCE
from tests.storage.samples import DESK, NOW, job, ticket


async def save(store: Store, saved: Ticket) -> None:
    await store.change(DESK, lambda tx: tx.save(saved, now=NOW, keys=(f"key {saved.number}",)))


async def saved_in(folder: Path) -> list[int]:
    """The numbers that a new process would find."""
    store = open_store(f"tinydb:{folder}")
    page = await store.read(DESK).tickets(TicketFilter(), limit=1000)
    await store.close()
    return [each.number for each in reversed(page.tickets)]


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


Refusal = Callable[[pytest.MonkeyPatch], None]


def refusing(name: str, code: int) -> Refusal:
    """Makes one call to the disk fail."""

    def attempt(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    return lambda patch: patch.setattr(Disk, name, attempt)


FAULTS = {
    "open": refusing("open", errno.ENOSPC),
    "write": refusing("write", errno.ENOSPC),
    "sync": refusing("sync", errno.EIO),
    "sync_folder": refusing("sync_folder", errno.EIO),
}


@pytest.mark.parametrize(
    ("fault", "before"),
    [*((fault, 0) for fault in FAULTS), ("write", 1), ("sync", 1)],
)
async def test_a_write_that_fails_leaves_memory_and_disk_as_they_were(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str, before: int
) -> None:
    store = open_store(f"tinydb:{tmp_path}")
    for number in range(1, before + 1):
        await save(store, ticket(number))
    with monkeypatch.context() as patch:
        FAULTS[fault](patch)
        with pytest.raises(StoreUnavailable, match="nothing was changed"):
            await save(store, ticket(before + 1))
        assert "cannot be written" in (await store.fault() or "")
    assert await store.fault() is None, "nobody has to save something to see that the disk is well again"
    assert await store.read(DESK).ticket(before + 1) is None
    assert await store.read(DESK).answered(f"key {before + 1}") is None
    shutil.copytree(tmp_path, tmp_path / "as after a crash", ignore=shutil.ignore_patterns(".lock"))
    assert len(await saved_in(tmp_path / "as after a crash")) == before

    await save(store, ticket(before + 1))
    assert await store.fault() is None
    await store.close()
    assert len(await saved_in(tmp_path)) == before + 1


async def test_nobody_is_woken_for_jobs_that_could_not_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(f"tinydb:{tmp_path}")
    woken: list[object] = []
    store.on_jobs(lambda _, jobs: woken.extend(jobs))
    with monkeypatch.context() as patch:
        FAULTS["sync"](patch)
        with pytest.raises(StoreUnavailable):
            await store.change(DESK, lambda tx: tx.enqueue(job(1)))
    assert woken == []
    await store.change(DESK, lambda tx: tx.enqueue(job(1)))
    assert woken == [job(1)]
    await store.close()


@contextmanager
def full_disk() -> Iterator[None]:
    """Lets no file grow beyond a size that the journal has not reached yet: a write fails half way."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_a_disk_that_fills_up_half_way_through_a_write_loses_nothing(tmp_path: Path) -> None:
    store = open_store(f"tinydb:{tmp_path}")
    await save(store, ticket(1))
    with full_disk(), pytest.raises(StoreUnavailable, match="File too large"):
        await save(store, ticket(2, summary="x" * 2_000_000))
    await save(store, ticket(2))
    await store.close()
    assert await saved_in(tmp_path) == [1, 2]


class Gate:
    """Holds up every sync until it is opened."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._loop = asyncio.get_running_loop()
        self._reached, self._opened = asyncio.Event(), threading.Event()
        patch.setattr(Disk, "sync", self._wait)

    def _wait(self, file: int) -> None:
        self._loop.call_soon_threadsafe(self._reached.set)
        assert self._opened.wait(10)
        os.fsync(file)

    async def reached(self) -> None:
        await asyncio.wait_for(self._reached.wait(), PATIENCE)

    def open(self) -> None:
        self._opened.set()


async def test_readers_see_the_last_commit_until_the_next_is_on_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(f"tinydb:{tmp_path}")
    await save(store, ticket(1))
    gate = Gate(monkeypatch)
    saving = asyncio.create_task(save(store, ticket(1, summary="Changed")))
    await gate.reached()
    read = store.read(DESK)
    assert await read.ticket(1) == ticket(1)
    assert (await read.tickets(TicketFilter(words=("changed",)))).total == 0
    gate.open()
    await saving
    assert await read.ticket(1) == ticket(1, summary="Changed")
    assert (await read.tickets(TicketFilter(words=("changed",)))).total == 1
    await store.close()


async def test_a_search_right_after_opening_looks_through_few_texts_and_says_what_it_may_miss(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Through a million it would take a quarter of a second, and hold up everybody."""
    store = open_store(f"tinydb:{tmp_path}")
    for number in range(1, 6):
        await save(store, ticket(number, summary="Paper jam"))
    await store.close()
    with monkeypatch.context() as right_after:
        right_after.setattr("storage.journal.indexes._FEW", 2)
        right_after.setattr(Engine, "_settle", lambda _: None)
        store = open_store(f"tinydb:{tmp_path}")
        await save(store, ticket(6, summary="Jam again"))
        page = await store.read(DESK).tickets(TicketFilter(words=("jam",)))
        assert ([each.number for each in page.tickets], page.is_partial) == ([6], True)
        within = TicketFilter(within=TicketFilter(words=("jam",)))
        assert (await store.read(DESK).tickets(within)).is_partial
        everything = await store.read(DESK).tickets(TicketFilter())
        assert (everything.total, everything.is_partial) == (6, False)
        await store.close()
    store = open_store(f"tinydb:{tmp_path}")
    page = await store.read(DESK).tickets(TicketFilter(words=("jam",)))
    assert (page.total, page.is_partial) == (6, False)
    await store.close()


async def test_a_retry_waits_for_the_first_to_be_on_disk_and_reads_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(f"tinydb:{tmp_path}")
    gate = Gate(monkeypatch)
    saving = asyncio.create_task(save(store, ticket(1)))
    await gate.reached()

    async def again() -> int | None:
        async def work(tx: Transaction) -> int | None:
            return await tx.answered("key 1")

        return await store.change(DESK, work)

    retry = asyncio.create_task(again())
    assert await store.read(DESK).answered("key 1") is None
    assert not retry.done()
    gate.open()
    assert await retry == 1
    assert saving.done()
    await store.close()


async def test_a_retry_of_what_could_not_be_written_fails_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(f"tinydb:{tmp_path}")
    gate = Gate(monkeypatch)
    FAULTS["sync_folder"](monkeypatch)
    saving = asyncio.create_task(save(store, ticket(1)))
    await gate.reached()

    async def again() -> int | None:
        async def work(tx: Transaction) -> int | None:
            return await tx.answered("key 1")

        return await store.change(DESK, work)

    retry = asyncio.create_task(again())
    await asyncio.wait([retry], timeout=0)
    gate.open()
    for each in (saving, retry):
        with pytest.raises(StoreUnavailable):
            await each
    await store.close()


async def test_writers_of_the_moment_share_one_sync(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_store(f"tinydb:{tmp_path}")
    await save(store, ticket(1))
    syncs: list[int] = []
    sync = Disk.sync

    def counted(disk: Disk, file: int) -> None:
        syncs.append(file)
        sync(disk, file)

    monkeypatch.setattr(Disk, "sync", counted)

    async def create(tx: Transaction) -> None:
        await tx.save(ticket(await tx.next_number()), now=NOW)

    await asyncio.gather(*(store.change(DESK, create) for _ in range(200)))
    assert len(syncs) < 20
    await store.close()
    assert await saved_in(tmp_path) == list(range(1, 202))


async def test_keys_are_kept_for_thirty_days_and_origins_for_ever(tmp_path: Path) -> None:
    store = open_store(f"tinydb:{tmp_path}")

    async def create(number: int, now: datetime) -> None:
        await store.change(
            DESK,
            lambda tx: tx.save(
                ticket(number), now=now, keys=[f"key {number}"], origins=[f"message {number}"]
            ),
        )

    for number in (1, 2, 3):
        await create(number, NOW)
    await create(4, NOW + timedelta(days=29))
    read = store.read(DESK)
    assert [await read.answered(f"key {number}") for number in (1, 2, 3, 4)] == [1, 2, 3, 4]
    await create(5, NOW + timedelta(days=31))
    await store.close()

    store = open_store(f"tinydb:{tmp_path}")
    await create(6, NOW + timedelta(days=31))
    read = store.read(DESK)
    keys = [await read.answered(f"key {number}") for number in range(1, 7)]
    assert keys == [None, None, None, 4, 5, 6]
    assert [await read.answered(f"message {number}") for number in range(1, 7)] == [1, 2, 3, 4, 5, 6]
    await store.close()


async def test_a_cancelled_commit_is_in_memory_and_on_disk_before_the_cancellation_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(f"tinydb:{tmp_path}")
    gate = Gate(monkeypatch)
    saving = asyncio.create_task(save(store, ticket(1)))
    await gate.reached()
    for _ in range(2):
        saving.cancel()
        await asyncio.wait([saving], timeout=0)
        assert not saving.done()
    gate.open()
    with pytest.raises(asyncio.CancelledError):
        await saving
    assert await store.read(DESK).ticket(1) == ticket(1)
    await store.close()
    assert await saved_in(tmp_path) == [1]


async def test_a_cancelled_commit_that_also_fails_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(f"tinydb:{tmp_path}")
    gate = Gate(monkeypatch)
    FAULTS["sync_folder"](monkeypatch)
    saving = asyncio.create_task(save(store, ticket(1)))
    await gate.reached()
    saving.cancel()
    gate.open()
    with pytest.raises(asyncio.CancelledError):
        await saving
    assert await store.fault() is not None
    assert await store.read(DESK).ticket(1) is None
    await store.close()


async def test_closing_waits_for_the_commit_under_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(f"tinydb:{tmp_path}")
    gate = Gate(monkeypatch)
    saving = asyncio.create_task(save(store, ticket(1)))
    await gate.reached()
    closing = asyncio.create_task(store.close())
    await asyncio.wait([closing], timeout=0)
    assert not closing.done()
    gate.open()
    await asyncio.gather(saving, closing)
    assert await saved_in(tmp_path) == [1]


async def test_a_transaction_that_changes_nothing_writes_nothing(tmp_path: Path) -> None:
    commits: list[float] = []
    store = open_store(f"tinydb:{tmp_path}", on_commit=commits.append)

    async def work(tx: Transaction) -> None:
        await tx.dequeue(job(1).id)
        await tx.drop_draft("unknown")
        await tx.next_number()

    await store.change(DESK, work)
    assert commits == []
    assert files(tmp_path) == [".lock"]
    await save(store, ticket(1))
    assert len(commits) == 1
    await store.close()


WRITER = """
import asyncio, sys
from storage import open_store
from tests.storage.samples import DESK, NOW, ticket

async def main():
    store = open_store(sys.argv[1])
    while True:
        print(await store.change(DESK, save), flush=True)

async def save(tx):
    number = await tx.next_number()
    await tx.save(ticket(number), now=NOW, keys=(f"key {number}",))
    return number

asyncio.run(main())
"""


@contextmanager
def writer(folder: Path) -> Iterator["subprocess.Popen[str]"]:
    """Another process that saves tickets without end and says each number when it is saved."""
    command = [sys.executable, "-c", WRITER, f"tinydb:{folder}"]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        try:
            yield process
        finally:
            process.kill()


def numbers(process: "subprocess.Popen[str]", count: int) -> list[int]:
    assert process.stdout
    return [int(process.stdout.readline()) for _ in range(count)]


async def test_what_was_saved_survives_a_killed_process(tmp_path: Path) -> None:
    last = 0
    for kill_after in (1, 2, 3, 7, 20):
        with writer(tmp_path) as process:
            said = numbers(process, kill_after)
            process.send_signal(signal.SIGKILL)
            assert process.stdout
            said += [int(line) for line in process.stdout]
        found = await saved_in(tmp_path)
        assert said[0] == last + 1
        assert found == list(range(1, len(found) + 1))
        assert said[-1] <= len(found) <= said[-1] + 1  # the last may be saved and not yet said
        last = len(found)


async def test_a_folder_in_use_is_refused_naming_the_process_until_that_one_is_gone(tmp_path: Path) -> None:
    with writer(tmp_path) as process:
        numbers(process, 1)
        with pytest.raises(StoreOpenError) as refused:
            open_store(f"tinydb:{tmp_path}")
        assert refused.value.message == (
            f"The data folder {tmp_path} is in use by another Deskhand (process {process.pid})."
            " Stop it first, or set DESKHAND_STORE to another folder."
        )
    assert await saved_in(tmp_path)


async def test_folder_and_files_are_for_their_owner_only(tmp_path: Path) -> None:
    store = open_store(f"tinydb:{tmp_path / 'deep' / 'data'}")
    await save(store, ticket(1))
    folder = tmp_path / "deep" / "data"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert files(folder) == [".lock", "T111.1.journal", "T111.json"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    await store.close()


async def test_a_workspace_that_is_forgotten_twice_at_once_keeps_what_comes_after(tmp_path: Path) -> None:
    store = open_store(f"tinydb:{tmp_path}")
    await save(store, ticket(1))
    await asyncio.gather(store.forget(DESK), store.forget(DESK))
    await save(store, ticket(1))
    await store.close()
    assert await saved_in(tmp_path) == [1]


async def test_forgetting_goes_on_to_its_end_when_it_is_cancelled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(f"tinydb:{tmp_path}")
    await save(store, ticket(1))
    reached, opened = threading.Event(), threading.Event()
    sync_folder = Disk.sync_folder

    def held_up(disk: Disk, folder: Path) -> None:
        reached.set()
        assert opened.wait(10)
        sync_folder(disk, folder)

    with monkeypatch.context() as patch:
        patch.setattr(Disk, "sync_folder", held_up)
        forgetting = asyncio.create_task(store.forget(DESK))
        await asyncio.to_thread(reached.wait, 10)
        forgetting.cancel()
        saving = asyncio.create_task(save(store, ticket(1)))
        await asyncio.wait([forgetting, saving], timeout=0)
        assert not forgetting.done()
        opened.set()
        with pytest.raises(asyncio.CancelledError):
            await forgetting
        with suppress(StoreUnavailable):  # it waited for what is gone
            await saving
    await save(store, ticket(1))
    await store.close()
    assert await saved_in(tmp_path) == [1]


async def test_many_at_once_forget_as_many_keys_as_they_may(tmp_path: Path) -> None:
    store = open_store(f"tinydb:{tmp_path}")

    async def create(number: int, now: datetime) -> None:
        await store.change(DESK, lambda tx: tx.save(ticket(number), now=now, keys=[f"key {number}"]))

    for number in range(1, 41):
        await create(number, NOW)
    await asyncio.gather(*(create(number, NOW + timedelta(days=31)) for number in range(41, 61)))
    read = store.read(DESK)
    assert [number for number in range(1, 61) if await read.answered(f"key {number}")] == [*range(41, 61)]
    await store.close()
