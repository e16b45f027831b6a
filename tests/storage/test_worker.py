"""The threads that write: whatever one call does they go on, and they serve every database there is."""

import threading
from pathlib import Path
from queue import SimpleQueue

from structlog.testing import capture_logs

from storage.journal.engine import Engine
from storage.journal.worker import BACKGROUND, WRITERS, Workers
from tests.patience import PATIENCE
from tests.storage.disks import GatedDisk
from tests.storage.scripts import Script, commit, staged
from tests.storage.test_faults import put


def test_a_call_that_fails_is_logged_and_the_next_is_done() -> None:
    done = SimpleQueue[int]()
    calls = iter((1, 0, 2))

    def work() -> None:
        done.put(2 // next(calls))

    workers = Workers("tried", 1)
    with capture_logs() as logs:
        for _ in range(3):
            workers.call(work)
        assert [done.get(timeout=PATIENCE), done.get(timeout=PATIENCE)] == [2, 1]
    assert [log["event"] for log in logs] == ["a call was not done"]


def test_as_many_databases_as_there_may_be_need_no_thread_of_their_own(tmp_path: Path) -> None:
    for workers in (WRITERS, BACKGROUND):  # however many tests came before
        workers.call(lambda: None)
    before = threading.active_count()
    engines = [Engine(tmp_path / f"T{number}.json") for number in range(300)]
    told = [staged(engine, put(1)) for engine in engines]
    assert [each.get(timeout=PATIENCE) for each in told] == [None] * 300
    assert threading.active_count() <= before
    for engine in engines:
        engine.close()


def test_a_disk_that_hangs_under_one_database_holds_up_no_other(tmp_path: Path) -> None:
    disk = GatedDisk()
    slow, other = Engine(tmp_path / "T1.json", disk=disk), Engine(tmp_path / "T2.json")
    assert Script(slow).run() == [None]
    disk.is_shut = True
    hanging = staged(slow, put(1))
    assert disk.reached.acquire(timeout=PATIENCE)
    assert [commit(other, put(row)) for row in range(1, 20)] == [None] * 19
    other.close()
    assert hanging.empty()
    disk.open_gate()
    assert hanging.get(timeout=PATIENCE) is None
    slow.close()


def test_a_database_that_is_always_written_leaves_others_their_turn(tmp_path: Path) -> None:
    """More of them than there are threads, each with more to write whenever it has written."""
    over = threading.Event()
    engines = [Engine(tmp_path / f"T{number}.json") for number in range(8)]

    def again(engine: Engine, row: int) -> None:
        def done(_: OSError | None) -> None:
            if not over.is_set():
                again(engine, row + 1)

        transaction = engine.begin()
        put(row)(transaction)
        engine.commit(transaction, done)

    for engine in engines:
        again(engine, 1)
    late = Engine(tmp_path / "late.json")
    assert commit(late, put(1)) is None
    over.set()
    for engine in (*engines, late):
        engine.close()
