"""The event loop and the thread that writes: who waits for whom, and how often one wakes the other."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from bot.services.ports.store import Store, Transaction
from storage import open_store
from storage.journal.worker import Workers
from tests.patience import PATIENCE
from tests.storage.disks import GatedDisk
from tests.storage.samples import DESK, NOW, ticket


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> GatedDisk:
    disk = GatedDisk()
    monkeypatch.setattr("storage.journal.engine.Disk", lambda: disk)
    return disk


@pytest.fixture
async def store(tmp_path: Path, disk: GatedDisk) -> AsyncIterator[Store]:
    """With ticket 1 on its disk."""
    store = open_store(f"tinydb:{tmp_path}")
    await save(store)
    assert disk.syncs
    yield store
    await store.close()


async def save(store: Store) -> int:
    async def work(tx: Transaction) -> int:
        number = await tx.next_number()
        await tx.save(ticket(number), now=NOW)
        return number

    return await store.change(DESK, work)


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often the one thread was woken by the other."""
    count: Counter[str] = Counter()
    loop: Any = asyncio.BaseEventLoop

    def counted(name: str, real: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object) -> object:
            count[name] += 1
            return real(*arguments)

        return call

    monkeypatch.setattr(Workers, "call", counted("writer", Workers.call))
    monkeypatch.setattr(loop, "call_soon_threadsafe", counted("loop", loop.call_soon_threadsafe))
    return count


async def test_while_a_disk_hangs_the_event_loop_goes_on(store: Store, disk: GatedDisk) -> None:
    disk.is_shut = True
    first = asyncio.create_task(save(store))
    assert await asyncio.to_thread(disk.reached.acquire, timeout=PATIENCE)
    others = [asyncio.create_task(save(store)) for _ in range(5)]
    for _ in range(100):
        await asyncio.sleep(0)
        assert await store.read(DESK).ticket(1) == ticket(1)
        assert await store.read(DESK).ticket(2) is None, "nobody sees what is not on the disk"
    assert not any(task.done() for task in (first, *others))
    disk.open_gate()
    assert await asyncio.gather(first, *others) == [2, 3, 4, 5, 6, 7]


async def test_a_lone_writer_wakes_the_writing_thread_once_and_is_woken_once(
    store: Store, disk: GatedDisk, woken: Counter[str]
) -> None:
    disk.syncs = 0
    for number in range(1, 11):
        await save(store)
        assert woken == {"writer": number, "loop": number}
    assert disk.syncs == 10


async def test_writers_who_share_a_sync_share_its_wake_up(
    store: Store, disk: GatedDisk, woken: Counter[str]
) -> None:
    disk.is_shut = True
    first = asyncio.create_task(save(store))
    assert await asyncio.to_thread(disk.reached.acquire, timeout=PATIENCE)
    others = [asyncio.create_task(save(store)) for _ in range(64)]
    for _ in range(100):
        await asyncio.sleep(0)
    disk.syncs = 0
    woken.clear()
    disk.open_gate()
    await asyncio.gather(first, *others)
    assert disk.syncs == 1
    assert woken == {"loop": 2}
