"""A data folder that is removed or replaced under a running desk: nothing is acknowledged into the void."""

import os
import shutil
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from bot.domain.errors import StoreUnavailable
from bot.domain.search import TicketFilter
from bot.domain.ticket import Ticket
from bot.services.ports.store import Store, Transaction
from storage import open_store
from tests.storage.samples import DESK, NOW, ticket

JOURNAL = "T111.1.journal"


async def save(store: Store, number: int) -> None:
    async def work(tx: Transaction) -> None:
        await tx.save(ticket(number), now=NOW)

    await store.change(DESK, work)


async def why(store: Store) -> str:
    """What is wrong with the folder, or with the files of a workspace."""
    return await store.fault() or "".join(store.troubles().values())


async def tickets_in(folder: Path) -> list[Ticket]:
    """Those that a new process would find."""
    store = open_store(f"tinydb:{folder}")
    page = await store.read(DESK).tickets(TicketFilter(), limit=100)
    await store.close()
    return [*reversed(page.tickets)]


def remove(folder: Path) -> None:
    folder.rename(folder.with_name("elsewhere"))


def replace_by_an_empty_one(folder: Path) -> None:
    remove(folder)
    folder.mkdir()


def replace_by_a_copy(folder: Path) -> None:
    remove(folder)
    shutil.copytree(folder.with_name("elsewhere"), folder)


def remove_journal(folder: Path) -> None:
    (folder / JOURNAL).unlink()


def replace_journal(folder: Path) -> None:
    whole = (folder / JOURNAL).read_bytes()
    (folder / JOURNAL).unlink()
    (folder / JOURNAL).write_bytes(whole)


def empty_journal(folder: Path) -> None:
    (folder / JOURNAL).write_bytes(b"")


def cut_journal(folder: Path) -> None:
    os.truncate(folder / JOURNAL, 10)


def remove_lock(folder: Path) -> None:
    (folder / ".lock").unlink()


WAYS = [
    remove,
    replace_by_an_empty_one,
    replace_by_a_copy,
    remove_journal,
    replace_journal,
    empty_journal,
    cut_journal,
    remove_lock,
]


@pytest.mark.parametrize("move", WAYS)
@pytest.mark.parametrize("written", [True, False], ids=["written to", "opened and read"])
async def test_a_folder_that_is_not_the_one_that_was_opened_takes_nothing_and_says_so(
    tmp_path: Path,
    move: Callable[[Path], None],
    written: bool,  # noqa: FBT001  (pytest's way)
) -> None:
    folder = tmp_path / "data"
    store = open_store(f"tinydb:{folder}")
    await save(store, 1)
    if not written:
        await store.close()
        store = open_store(f"tinydb:{folder}")
        assert await store.read(DESK).ticket(1)
    move(folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir()} if folder.exists() else {}
    assert "removed or replaced while Deskhand ran" in await why(store)
    for _ in range(3):
        with pytest.raises(StoreUnavailable, match=r"removed or replaced .* nothing was changed"):
            await save(store, 2)
    assert await store.read(DESK).ticket(2) is None
    assert "removed or replaced while Deskhand ran" in await why(store)
    await store.close()
    after = {path.name: path.read_bytes() for path in folder.iterdir()} if folder.exists() else {}
    if move is not remove_lock:
        assert after == before, "what stands there is somebody else's"


async def test_a_workspace_that_was_never_saved_is_not_saved_into_another_folder(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    store = open_store(f"tinydb:{folder}")
    replace_by_an_empty_one(folder)
    with pytest.raises(StoreUnavailable):
        await save(store, 1)
    await store.close()
    assert [*folder.iterdir()] == []


async def test_a_folder_that_is_put_back_is_used_again_and_nothing_refused_is_in_it(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    store = open_store(f"tinydb:{folder}")
    await save(store, 1)
    remove(folder)
    with pytest.raises(StoreUnavailable):
        await save(store, 2)
    (tmp_path / "elsewhere").rename(folder)
    assert not await why(store)
    await save(store, 2)
    await store.close()
    assert await tickets_in(folder) == [ticket(1), ticket(2)]


async def test_of_two_desks_on_a_folder_whose_lock_was_removed_the_first_stops(tmp_path: Path) -> None:
    first = open_store(f"tinydb:{tmp_path}")
    await save(first, 1)
    remove_lock(tmp_path)
    second = open_store(f"tinydb:{tmp_path}")
    await save(second, 2)
    assert "the lock file was removed or replaced" in (await first.fault() or "")
    with pytest.raises(StoreUnavailable):
        await save(first, 2)
    await save(second, 3)
    await first.close()
    await save(second, 4)
    await second.close()
    assert await tickets_in(tmp_path) == [ticket(number) for number in range(1, 5)]


SNAPSHOT = "T111.json"


def remove_snapshot(folder: Path) -> None:
    (folder / SNAPSHOT).unlink()


def empty_snapshot(folder: Path) -> None:
    (folder / SNAPSHOT).write_bytes(b"")


def replace_snapshot(folder: Path) -> None:
    whole = (folder / SNAPSHOT).read_bytes()
    (folder / SNAPSHOT).unlink()
    (folder / SNAPSHOT).write_bytes(whole)


@pytest.mark.parametrize("harm", [remove_snapshot, empty_snapshot, replace_snapshot])
@pytest.mark.parametrize("written", [True, False], ids=["written to", "opened and read"])
async def test_a_snapshot_that_is_removed_or_emptied_is_written_anew_from_memory(
    tmp_path: Path,
    harm: Callable[[Path], None],
    written: bool,  # noqa: FBT001  (pytest's way)
) -> None:
    """A restart would refuse the folder without it."""
    store = open_store(f"tinydb:{tmp_path}")
    await save(store, 1)
    if not written:
        await store.close()
        store = open_store(f"tinydb:{tmp_path}")
        assert await store.read(DESK).ticket(1)
    harm(tmp_path)
    assert not await why(store)
    shutil.copytree(tmp_path, tmp_path / "as after a crash")
    assert await tickets_in(tmp_path / "as after a crash") == [ticket(1)]
    await save(store, 2)
    await store.close()
    assert await tickets_in(tmp_path) == [ticket(1), ticket(2)]


async def test_a_snapshot_that_cannot_be_written_anew_is_a_fault_until_it_can(tmp_path: Path) -> None:
    store = open_store(f"tinydb:{tmp_path}")
    await save(store, 1)
    remove_snapshot(tmp_path)
    (tmp_path / "T111.tmp").mkdir()  # where it would be written first
    for _ in range(2):
        assert "T111.json was removed or replaced while Deskhand ran" in await why(store)
    await save(store, 2)
    (tmp_path / "T111.tmp").rmdir()
    assert not await why(store)
    await store.close()
    assert await tickets_in(tmp_path) == [ticket(1), ticket(2)]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere only stat tells where a file is")
async def test_between_writes_nobody_asks_the_journal_for_its_times(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Since Linux 6.13 the next write would have to note its own exactly, and its sync take half as long again."""
    store = open_store(f"tinydb:{tmp_path}")
    await save(store, 1)
    asked: list[object] = []
    for name in ("stat", "fstat"):
        monkeypatch.setattr(os, name, partial(_recorded, asked, getattr(os, name)))
    for number in range(2, 6):
        await save(store, number)
    monkeypatch.undo()
    await store.close()
    assert asked == [str(tmp_path / ".lock")] * 4


def _recorded(asked: list[object], real: Callable[[object], os.stat_result], path: object) -> os.stat_result:
    asked.append(path)
    return real(path)
