"""Workspaces are opened when they are first used, and closed when others need the room or nobody uses them."""

import asyncio
import gc
import inspect
import threading
import weakref
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from pathlib import Path
from random import Random  # what chance decides here guards nothing
from typing import cast

import pytest

from bot.domain.errors import StoreUnavailable
from bot.domain.search import TicketFilter
from bot.domain.workspace import Workspace
from bot.services.ports.store import Reader, Store, Transaction
from storage import open_store
from storage.journal.lock import FolderLock
from storage.tinydb import open_databases
from storage.tinydb.store import LazyReader, TinyDBStore
from storage.tinydb.workspace_db import WorkspaceDB
from tests.patience import PATIENCE
from tests.storage.folders import fill_folder, teams
from tests.storage.samples import NOW, job, ticket
from tests.storage.test_tinydb_store import FAULTS, files

FIRST, SECOND, THIRD = teams(3)
STRANGER = Workspace(team_id="T0STRANGER")


class Openings:
    """Which files were opened. While the gate is shut, an opening waits."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.names: list[str] = []
        self.gate = threading.Event()
        self.gate.set()
        real = WorkspaceDB.open

        def opening(path: Path, lock: FolderLock, workspace: Workspace | None = None) -> WorkspaceDB | None:
            if path.suffix == ".json" and not path.name.startswith("."):
                self.names.append(path.stem)
            assert self.gate.wait(10)
            return real(path, lock, workspace)

        patch.setattr(WorkspaceDB, "open", opening)


@pytest.fixture
def openings(monkeypatch: pytest.MonkeyPatch) -> Openings:
    return Openings(monkeypatch)


def opened(store: Store) -> set[str]:
    return {*cast(TinyDBStore, store)._databases.open}


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not true():  # noqa: ASYNC110  (nobody tells of it)
            await asyncio.sleep(0.001)


async def save(store: Store, workspace: Workspace) -> int:
    async def work(tx: Transaction) -> int:
        number = await tx.next_number()
        await tx.save(ticket(number), now=NOW)
        return number

    return await store.change(workspace, work)


async def numbers(store: Store, workspace: Workspace) -> list[int]:
    page = await store.read(workspace).tickets(TicketFilter(), limit=1000)
    return [each.number for each in reversed(page.tickets)]


async def nothing(_: Transaction) -> None:
    """Changes nothing."""


def test_a_thousand_workspaces_are_known_without_opening_one(tmp_path: Path, openings: Openings) -> None:
    workspaces = teams(1000)
    fill_folder(tmp_path, workspaces)

    async def start() -> None:
        store = open_store(f"tinydb:{tmp_path}")
        assert {*await store.workspaces()} == {*workspaces}
        assert store.workspace_of("T1000") == Workspace(team_id="T1000")
        assert await store.awake(NOW) == []
        assert store.next_due(after=NOW) is None
        assert openings.names == []
        assert await numbers(store, Workspace(team_id="T77")) == [1]
        assert openings.names == ["T77"]
        await store.close()

    asyncio.run(start())


async def test_what_nobody_ever_kept_is_empty_and_leaves_nothing(tmp_path: Path, openings: Openings) -> None:
    store = open_store(f"tinydb:{tmp_path}")
    read = store.read(STRANGER)
    assert store.is_open(STRANGER)
    await store.open(STRANGER)
    assert await read.ticket(1) is None
    assert (await read.tickets(TicketFilter())).total == 0
    assert (await read.people(), await read.jobs(), await read.timers(limit=1)) == ((), (), [])
    assert [each async for each in read.job_ids()] == []
    assert [each async for each in read.items("customer")] == []
    await store.change(STRANGER, nothing)
    with pytest.raises(LookupError):
        await store.change(STRANGER, fail)
    await until(lambda: not opened(store))
    assert await store.workspaces() == []
    assert files(tmp_path) == [".lock"]
    openings.names.clear()
    for number in range(100):
        assert await store.read(Workspace(team_id=f"T0FORGED{number}")).settings()
    assert openings.names == []
    await store.close()
    assert files(tmp_path) == [".lock"]


async def fail(_: Transaction) -> None:
    raise LookupError


def test_every_look_up_of_a_reader_opens_what_is_closed() -> None:
    """One that did not would read a database that nobody writes any more."""
    asked = {name for name, each in vars(Reader).items() if inspect.isfunction(each) and name[0] != "_"}
    assert asked <= vars(LazyReader).keys()


async def test_however_many_ask_a_workspace_is_opened_once_and_the_others_go_on(
    tmp_path: Path, openings: Openings
) -> None:
    store = open_store(f"tinydb:{tmp_path}", most_open=2)
    for workspace in (FIRST, SECOND, THIRD):
        await save(store, workspace)
    await until(lambda: opened(store) == {"T2", "T3"})
    openings.names.clear()
    openings.gate.clear()
    reading = [asyncio.create_task(numbers(store, FIRST)) for _ in range(50)]
    writing = [asyncio.create_task(save(store, FIRST)) for _ in range(5)]
    await until(lambda: bool(openings.names))
    assert not store.is_open(FIRST)
    reading[0].cancel()
    assert await save(store, THIRD) == 2
    assert not any(task.done() for task in (*reading[1:], *writing))
    openings.gate.set()
    assert await asyncio.gather(*writing) == [2, 3, 4, 5, 6]
    assert {tuple(each) for each in await asyncio.gather(*reading[1:])} <= {
        tuple(range(1, last + 1)) for last in range(1, 7)
    }
    assert openings.names == ["T1"]
    await store.close()


async def test_the_one_that_was_used_longest_ago_makes_room(tmp_path: Path) -> None:
    store = open_store(f"tinydb:{tmp_path}", most_open=2)
    closed: list[str] = []
    store.on_closed(lambda workspace: closed.append(workspace.id))
    await save(store, FIRST)
    await save(store, SECOND)
    await numbers(store, FIRST)
    await store.read(SECOND, is_use=False).ticket(1)
    await save(store, THIRD)
    assert closed == ["T2"]
    assert store.is_open(FIRST)
    assert not store.is_open(SECOND)
    assert await numbers(store, SECOND) == [1]
    assert closed == ["T2", "T1"]
    await store.close()


async def test_a_look_at_all_of_them_closes_none_of_the_busy_ones(tmp_path: Path) -> None:
    store, workspaces = open_store(f"tinydb:{tmp_path}", most_open=10), teams(30)
    for workspace in reversed(workspaces):
        await save(store, workspace)
    busy = {each.id for each in workspaces[:9]}
    assert opened(store) >= busy
    for workspace in workspaces:
        assert await store.read(workspace, is_use=False).ticket(1)
    assert opened(store) >= busy
    await until(lambda: len(opened(store)) == 10)
    await store.close()


async def test_each_is_opened_once_however_many_are_changed_at_the_same_time(
    tmp_path: Path, openings: Openings
) -> None:
    """What was just opened is not closed before whoever waits for it has had it."""
    store, workspaces = open_store(f"tinydb:{tmp_path}", most_open=1), teams(40)
    for workspace in workspaces:
        await save(store, workspace)
    openings.names.clear()
    assert await asyncio.gather(*(save(store, each) for each in workspaces)) == [2] * 40
    assert len(openings.names) <= 40
    await until(lambda: len(opened(store)) == 1)
    await asyncio.gather(*(numbers(store, each) for each in workspaces))
    assert len(openings.names) <= 80
    await until(lambda: len(opened(store)) == 1)
    await store.close()


async def test_how_long_one_took_to_open_does_not_count_how_long_it_waited_for_a_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else in a burst all would be taken for slow, and stay open."""
    store, workspaces = open_store(f"tinydb:{tmp_path}"), teams(5)
    for workspace in workspaces:
        await save(store, workspace)
    await store.close()
    monkeypatch.setattr(open_databases, "_THREADS", 1)
    monkeypatch.setattr(open_databases, "perf_counter", count().__next__)  # a second passes at each look
    store = open_store(f"tinydb:{tmp_path}")
    await asyncio.gather(*(store.open(each) for each in workspaces))
    assert [each.took for each in cast(TinyDBStore, store)._databases.open.values()] == [1] * 5
    await store.close()


async def test_what_nobody_uses_is_closed_but_for_what_takes_long_to_open(tmp_path: Path) -> None:
    store = open_store(f"tinydb:{tmp_path}")
    for workspace in (FIRST, SECOND, THIRD):
        await save(store, workspace)
    databases = cast(TinyDBStore, store)._databases
    databases.open["T2"].took = open_databases.SLOW + 0.1
    for each in databases.open.values():
        each.used -= open_databases.IDLE + 1
    await numbers(store, THIRD)
    assert await store.close_idle() > 0
    assert opened(store) == {"T2", "T3"}
    assert await numbers(store, FIRST) == [1]
    await store.close()


async def test_none_is_closed_that_is_changed_waited_for_or_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_databases, "IDLE", -1.0)
    store = open_store(f"tinydb:{tmp_path}")
    needed = {SECOND}
    store.keep_open(needed.__contains__)
    for workspace in (FIRST, SECOND, THIRD):
        await save(store, workspace)
    inside, goes_on = asyncio.Event(), asyncio.Event()

    async def long(tx: Transaction) -> None:
        inside.set()
        await goes_on.wait()
        await tx.enqueue(job(1))

    changing = asyncio.create_task(store.change(FIRST, long))
    await inside.wait()
    waiting = asyncio.create_task(save(store, FIRST))
    await store.close_idle()
    assert opened(store) == {"T1", "T2"}
    goes_on.set()
    await changing
    await store.close_idle()
    assert await waiting == 2
    needed.clear()
    await store.close_idle()
    assert opened(store) == set()
    assert await numbers(store, FIRST) == [1, 2]
    await store.close()


async def test_one_whose_last_write_failed_stays_open_so_that_its_fault_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_databases, "IDLE", -1.0)
    store = open_store(f"tinydb:{tmp_path}")
    await save(store, FIRST)
    with monkeypatch.context() as patch:
        FAULTS["sync"](patch)
        with pytest.raises(StoreUnavailable):
            await save(store, FIRST)
        await store.close_idle()
        assert "cannot be written" in (await store.fault() or "")
    assert await store.fault() is None
    await store.close_idle()
    assert opened(store) == set()
    await store.close()


async def test_the_memory_of_a_closed_one_is_given_back_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a collection: what was frozen is never looked at again."""
    monkeypatch.setattr(open_databases, "IDLE", -1.0)
    store = open_store(f"tinydb:{tmp_path}")
    read = store.read(FIRST)
    await save(store, FIRST)
    assert await read.ticket(1)
    gc.collect()
    gc.disable()
    try:
        database = cast(TinyDBStore, store)._databases.open["T1"].database
        gone = [weakref.ref(each) for each in (database, database._engine, database._engine._memory)]
        del database
        await store.close_idle()
        await until(lambda: [each() for each in gone] == [None] * 3)
    finally:
        gc.enable()
    assert await read.ticket(1) == ticket(1), "whoever has a reader goes on with it"
    await store.close()


async def test_a_change_that_comes_while_it_is_being_closed_waits_and_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_databases, "IDLE", -1.0)
    store = open_store(f"tinydb:{tmp_path}")
    for number in range(1, 30):
        saving = asyncio.create_task(save(store, FIRST))
        await store.close_idle()
        assert await saving == number
        await store.close_idle()
    assert await numbers(store, FIRST) == [*range(1, 30)]
    await store.close()


@pytest.mark.parametrize("seed", range(3))
async def test_few_that_are_open_answer_as_if_all_were(tmp_path: Path, seed: int) -> None:
    chance, most = Random(seed), 3  # noqa: S311
    store = open_store(f"tinydb:{tmp_path}", most_open=most)
    workspaces, kept = teams(15), dict[str, int]()
    readers = {each.id: store.read(each) for each in workspaces}

    async def work(workspace: Workspace) -> None:
        for _ in range(25):
            if chance.random() < 0.6:
                kept[workspace.id] = await save(store, workspace)
            else:
                found = await readers[workspace.id].tickets(TicketFilter(), limit=1)
                assert found.total == kept.get(workspace.id, 0)
            for _ in range(chance.randrange(3)):
                await asyncio.sleep(0)

    await asyncio.gather(*map(work, workspaces))
    await save(store, workspaces[0])
    await until(lambda: len(opened(store)) <= most)
    await store.close()
    again = open_store(f"tinydb:{tmp_path}")
    kept["T1"] += 1
    assert {each.id: len(await numbers(again, each)) for each in workspaces} == kept
    await again.close()


async def test_a_closed_workspace_is_forgotten_with_its_files_and_its_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_databases, "IDLE", -1.0)
    store = open_store(f"tinydb:{tmp_path}")
    await store.change(FIRST, lambda tx: tx.enqueue(job(1)))
    await save(store, SECOND)
    await store.close_idle()
    await until(lambda: store.next_due(after=NOW - timedelta(days=1)) is not None)
    await asyncio.gather(store.forget(FIRST), store.forget(FIRST))
    assert await store.workspaces() == [SECOND]
    assert store.next_due(after=NOW - timedelta(days=1)) is None
    assert await store.read(FIRST).jobs() == ()
    assert await save(store, FIRST) == 1
    await store.forget(FIRST)
    await store.close()
    assert not [name for name in files(tmp_path) if name.startswith("T1.")]
    store = open_store(f"tinydb:{tmp_path}")
    assert await store.workspaces() == [SECOND]
    await store.close()


async def test_one_that_cannot_be_opened_can_be_forgotten(tmp_path: Path) -> None:
    (tmp_path / "T1.json").write_text("{")
    store = open_store(f"tinydb:{tmp_path}")
    with pytest.raises(StoreUnavailable):
        await store.open(FIRST)
    assert store.troubles()
    await store.forget(FIRST)
    assert store.troubles() == {}
    assert await save(store, FIRST) == 1
    await store.close()
