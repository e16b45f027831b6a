"""A disk that fails on demand: what was acknowledged stays, what failed never was, and nobody waits for ever."""

import errno
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from storage.journal.engine import Engine, LostError
from storage.journal.layers import JournalTransaction
from tests.patience import PATIENCE
from tests.storage.disks import FaultyDisk, GatedDisk, WatchedDisk
from tests.storage.scripts import Script, Told, commit, found, staged, state

GROUPS = (1, 1, 3, 1, 2, 4, 1, 1)
COMPACT_FROM = 500  # bytes: with these groups, several compactions


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """A journal that is grown by little has to be grown often."""
    monkeypatch.setattr("storage.journal.journal._GROWTH", 1000)


def as_after_a_crash(disk: WatchedDisk, folder: Path) -> Path:
    """The folder as it is at this moment, of which a crash would leave a new process this."""
    copy = folder.with_name(f"{folder.name} after a crash")
    shutil.rmtree(copy, ignore_errors=True)
    with disk.lock:
        shutil.copytree(folder, copy)
    return copy / "T1.json"


def calls_of_a_run(folder: Path) -> int:
    disk = FaultyDisk()
    run_through(disk, folder)
    return disk.calls


def run_through(disk: FaultyDisk, folder: Path) -> None:
    """Runs transactions on a disk that refuses some calls, and looks at the outcome from every side."""
    folder.mkdir()
    script = Script(Engine(folder / "T1.json", disk=disk, compact_from=COMPACT_FROM))
    for count in GROUPS:
        outcomes = script.run(count)
        assert state(script.engine) == script.state
        if any(outcomes):
            if disk.calls not in disk.failing:
                assert found(as_after_a_crash(disk, folder)) == script.state
            assert script.engine.fault
    disk.heal()
    assert script.run(2) == [None, None]
    assert script.engine.fault is None
    assert state(script.engine) == script.state
    script.engine.close()
    again = Engine(folder / "T1.json", compact_from=COMPACT_FROM)
    assert state(again) == script.state
    again.close()


@pytest.mark.parametrize("late", [False, True], ids=["refused", "done and refused"])
def test_whichever_call_fails_the_acknowledged_stays_and_the_failed_never_was(
    tmp_path: Path,
    late: bool,  # noqa: FBT001  (pytest's way)
) -> None:
    for first in range(calls_of_a_run(tmp_path / "well")):
        run_through(FaultyDisk(first, 1, late=late), tmp_path / str(first))
        assert not (tmp_path / str(first) / "T1.tmp").exists(), "a full disk needs the room"


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
def test_from_whichever_call_on_the_disk_fails_it_goes_on_when_the_disk_does(
    tmp_path: Path, code: int
) -> None:
    for first in range(calls_of_a_run(tmp_path / "well")):
        run_through(FaultyDisk(first, 1000, code=code), tmp_path / str(first))


def test_a_disk_that_takes_a_few_bytes_at_a_time_is_written_all_the_same(tmp_path: Path) -> None:
    run_through(FaultyDisk(most=7), tmp_path / "data")


@pytest.fixture
def disk() -> GatedDisk:
    return GatedDisk()


@pytest.fixture
def engine(tmp_path: Path, disk: GatedDisk) -> Iterator[Engine]:
    """With transaction 1 on its disk."""
    engine = Engine(tmp_path / "T1.json", disk=disk)
    assert Script(engine).run() == [None]
    yield engine
    engine.close()


def nothing(_: JournalTransaction) -> None:
    """A transaction that only reads."""


def put(row: int) -> Callable[[JournalTransaction], None]:
    return lambda transaction: transaction.put("t", row, {"row": row})


def test_writers_of_the_moment_share_one_sync(engine: Engine, disk: GatedDisk) -> None:
    disk.is_shut, disk.syncs = True, 0
    first = staged(engine, put(1))
    assert disk.reached.acquire(timeout=PATIENCE)
    others = [staged(engine, put(row)) for row in range(2, 102)]
    disk.open_gate()
    assert [told.get(timeout=PATIENCE) for told in (first, *others)] == [None] * 101
    assert disk.syncs <= 3  # the first one's, one for all others, and one where the journal has to grow
    assert len(engine.view.documents("t")) == 101


def test_reads_and_what_writes_nothing_never_wait_for_a_slow_disk(engine: Engine, disk: GatedDisk) -> None:
    before = state(engine)
    assert commit(engine, nothing) is None
    disk.is_shut = True
    writing = staged(engine, put(1))
    assert disk.reached.acquire(timeout=PATIENCE)
    assert state(engine) == before
    with engine.lock:
        assert engine.view.get("t", 1) is None
    resting_on_it = staged(engine, nothing)
    assert writing.empty(), "nobody is told before the disk has it"
    assert resting_on_it.empty(), "what it read may never have been"
    disk.open_gate()
    assert writing.get(timeout=PATIENCE) is resting_on_it.get(timeout=PATIENCE) is None


def test_whoever_rests_on_a_write_that_fails_is_told_so_and_nobody_else(
    engine: Engine, disk: GatedDisk
) -> None:
    before = state(engine)
    disk.is_shut = True
    waiting = [staged(engine, put(1))]
    assert disk.reached.acquire(timeout=PATIENCE)
    waiting += [staged(engine, work) for work in (put(2), nothing, put(3))]
    begun = engine.begin()
    assert begun.get("t", 3), "it reads what came before it"
    disk.error = OSError(errno.EIO, "the disk is ill")
    disk.open_gate()
    assert {told.get(timeout=PATIENCE) for told in waiting} == {disk.error}
    assert engine.fault is disk.error
    assert state(engine) == before
    told = Told()
    engine.commit(begun, told.put)
    assert isinstance(told.get(timeout=PATIENCE), LostError)
    disk.error = None
    assert commit(engine, put(4)) is None
    assert not engine.fault
    assert engine.view.documents("t").keys() == {4}


def test_a_fault_is_known_until_the_disk_takes_writes_again(engine: Engine, disk: GatedDisk) -> None:
    disk.error = OSError(errno.EIO, "the disk is ill")
    assert commit(engine, put(1)) is disk.error
    disk.error = OSError(errno.EIO, "the disk is still ill")
    assert engine.mend() is disk.error
    assert engine.fault is disk.error
    disk.error = None
    assert engine.mend() is None
    assert engine.fault is None


def test_after_closing_nothing_is_taken_and_nobody_waits(tmp_path: Path) -> None:
    engine = Engine(tmp_path / "T1.json")
    begun = engine.begin()
    last = staged(engine, put(1))
    engine.close()
    assert last.get(timeout=PATIENCE) is None, "closing waits for what is under way"
    put(2)(begun)
    told = Told()
    engine.commit(begun, told.put)
    assert isinstance(told.get(timeout=PATIENCE), LostError)
    assert engine.mend() is None


def test_an_interruption_of_who_writes_leaves_nobody_waiting(tmp_path: Path, disk: GatedDisk) -> None:
    script = Script(Engine(tmp_path / "T1.json", disk=disk))
    assert script.run() == [None]
    engine, told = script.engine, Told()
    transaction = engine.begin()
    put(1)(transaction)
    turn = engine.stage(transaction, told.put)
    others = [staged(engine, put(2)), staged(engine, nothing)]
    disk.error = KeyboardInterrupt()
    assert turn
    with pytest.raises(KeyboardInterrupt):
        turn()
    disk.error = None
    assert isinstance(told.get(timeout=PATIENCE), OSError)
    assert all(isinstance(other.get(timeout=PATIENCE), OSError) for other in others)
    assert isinstance(commit(engine, put(3)), LostError)
    engine.close()
    assert found(tmp_path / "T1.json") == script.state


def test_closing_cuts_off_what_failed_and_could_not_be_cut_off_then(tmp_path: Path) -> None:
    calls = FaultyDisk()
    script = Script(Engine(tmp_path / "well.json", disk=calls))
    assert script.run() == [None]
    written = calls.calls
    script.engine.close()

    disk = FaultyDisk(written + 1, 1000)  # the write is well, its sync is not, nor cutting it off
    script = Script(Engine(tmp_path / "T1.json", disk=disk))
    assert script.run() == [None]
    assert all(script.run())
    disk.heal()
    script.engine.close()
    assert found(tmp_path / "T1.json") == script.state
