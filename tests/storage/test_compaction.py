"""Crashes at every step of a database's life: what was acknowledged is there, and it goes on from there."""

import errno
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest

from storage.journal.engine import Engine
from storage.journal.layers import Tables
from tests.storage.disks import RecordingDisk, WatchedDisk, crash
from tests.storage.scripts import Script, found, state

GROUPS = (1, 3, 1, 2, 1, 4, 1)
COMPACT_FROM = 500  # bytes: with these groups, several compactions


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.journal.journal._GROWTH", 1000)


class Life:
    """All that happened to a database's files, and its state after each transaction."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.snapshot = folder / "T1.json"
        self.disk = RecordingDisk()
        self.states: dict[int, Tables] = {}

    def open(self) -> Script:
        engine = Engine(self.snapshot, disk=self.disk, compact_from=COMPACT_FROM)
        script = Script(engine, self.disk.note)
        self.states = script.states = self.states | script.states
        return script

    def replaced(self) -> int:
        """How often a snapshot came to stand: when it was founded, and with each compaction."""
        return [step.call for step in self.disk.steps].count("replace")

    def crashes(self, folder: Path, first: int = 0) -> Iterator[tuple[Path, int]]:
        """What a crash can leave from some step on, and the last transaction acknowledged by then.

        At first only the process dies, then the power goes.
        """
        for end in range(first, len(self.disk.steps) + 1):
            steps = self.disk.steps[:end]
            acknowledged = max(
                (step.offset for step in steps if step.call == "note"), default=min(self.states)
            )
            for seed in range(3):
                crash(steps, folder, Random(end * seed) if seed else None)  # noqa: S311  (it guards nothing)
                yield folder / self.snapshot.name, acknowledged
                shutil.rmtree(folder)

    def crash_everywhere(self, folder: Path, first: int = 0) -> None:
        """Nothing acknowledged may be lost, and work goes on."""
        for snapshot, acknowledged in self.crashes(folder, first):
            self._goes_on_from(snapshot, acknowledged)

    def _goes_on_from(self, snapshot: Path, acknowledged: int) -> None:
        script = Script(Engine(snapshot, compact_from=COMPACT_FROM))
        assert script.number >= acknowledged
        assert script.state == self.states[script.number]
        for count in (1, 2, 1):
            assert script.run(count) == [None] * count
        script.engine.close()
        assert found(snapshot) == script.state


def run(script: Script, groups: tuple[int, ...] = GROUPS) -> None:
    for count in groups:
        assert script.run(count) == [None] * count


def run_until_replaced(life: Life, script: Script, times: int) -> None:
    """Compaction has a thread of its own: on a busy machine it comes later."""
    while life.replaced() < times:
        run(script, (1,))


def test_a_crash_at_any_step_from_the_first_transaction_on_loses_nothing(tmp_path: Path) -> None:
    life = Life(tmp_path / "life")
    for groups, times in ((GROUPS, 2), ((1, 2), 3)):  # it is founded, and compacted more than once
        script = life.open()
        run(script, groups)
        run_until_replaced(life, script, times)
        script.engine.close()
    life.crash_everywhere(tmp_path / "crash")


def test_a_crash_while_a_file_of_tinydb_becomes_a_database_loses_nothing(tmp_path: Path) -> None:
    life = Life(tmp_path / "life")
    file = life.disk.open(life.snapshot)
    life.disk.write(file, b'{"tickets": {"4": {"number": 4}}, "old": {"7": {"kept": "as it was"}}}', 0)
    life.disk.sync(file)
    life.disk.close(file)
    life.disk.sync_folder(life.snapshot.parent)
    before = len(life.disk.steps)
    script = life.open()
    assert script.engine.was_plain
    run(script)
    script.engine.close()
    assert life.states[4] == {"tickets": {4: b'{"number":4}'}, "old": {7: b'{"kept":"as it was"}'}}
    life.crash_everywhere(tmp_path / "crash", before)


def test_a_crash_while_a_database_is_destroyed_leaves_all_of_it_or_nothing(tmp_path: Path) -> None:
    life = Life(tmp_path / "life")
    script = life.open()
    run(script, (1, 2))
    before = len(life.disk.steps)
    script.engine.destroy()
    assert list(life.snapshot.parent.iterdir()) == []
    for snapshot, _ in life.crashes(tmp_path / "crash", before):
        engine = Engine(snapshot)
        assert state(engine) in ({}, script.state)
        engine.destroy()
        assert list(snapshot.parent.iterdir()) == []


def test_a_destroyed_database_leaves_no_half_written_snapshot_behind(tmp_path: Path) -> None:
    script = Script(Engine(tmp_path / "T1.json"))
    run(script)
    (tmp_path / "T1.tmp").write_bytes(b"what a crash left of a compaction")
    script.engine.destroy()
    assert list(tmp_path.iterdir()) == []


class SnapshotsFail(WatchedDisk):
    """Takes no snapshot while it is `full`."""

    def __init__(self) -> None:
        super().__init__()
        self.tries = 0
        self.full = False

    def truncate(self, file: int, size: int) -> None:
        if self.full and Path(f"/proc/self/fd/{file}").readlink().suffix == ".tmp":
            self.tries += 1
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        super().truncate(file, size)


def test_a_compaction_that_fails_changes_nothing_and_is_tried_again_after_as_much_again(
    tmp_path: Path,
) -> None:
    disk = SnapshotsFail()
    script = Script(Engine(tmp_path / "T1.json", disk=disk, compact_from=10_000))
    run(script, (1,))
    disk.full = True
    run(script, (1,) * 200)
    assert script.engine.fault is None, "transactions are as safe as ever"
    assert 2 <= disk.tries <= journal_bytes(tmp_path) / 10_000
    assert found(tmp_path / "T1.json") == script.state
    assert not (tmp_path / "T1.tmp").exists(), "a full disk needs the room"
    disk.full = False
    run(script, (1,) * 100)
    script.engine.close()
    assert journal_bytes(tmp_path) < (tmp_path / "T1.json").stat().st_size
    assert len(list(tmp_path.glob("*.journal"))) == 1
    assert found(tmp_path / "T1.json") == script.state


def journal_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.glob("*.journal"))


def test_writers_go_on_while_a_snapshot_is_written(tmp_path: Path) -> None:
    disk = GatedSnapshots()
    script = Script(Engine(tmp_path / "T1.json", disk=disk, compact_from=COMPACT_FROM))
    run(script, (1,))
    disk.is_shut = True
    while not disk.reached.acquire(blocking=False):
        run(script, (1,))
    run(script, (5,) * 20)
    copy = tmp_path / "copy"
    shutil.copytree(tmp_path, copy)
    assert found(copy / "T1.json") == script.state
    disk.gate.set()
    script.engine.close()
    assert found(tmp_path / "T1.json") == script.state
    assert len(list(tmp_path.glob("*.journal"))) == 1


def test_what_a_compaction_replaces_gives_its_room_back_a_little_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a file system frees hundreds of megabytes at once, no transaction gets to the disk."""
    monkeypatch.setattr("storage.journal.disk._FREED", 300)
    life = Life(tmp_path / "life")
    script = life.open()
    run(script, (1,) * 90)
    run_until_replaced(life, script, 4)
    script.engine.close()
    freed: dict[int, list[int]] = {}
    for step in life.disk.steps:
        if step.call == "truncate" and step.file:
            freed.setdefault(step.file, []).append(step.offset)
    shrunk = [sizes for sizes in freed.values() if len(sizes) > 2]
    assert len(shrunk) > 2, "snapshots and journals"
    for first, *sizes in shrunk:
        whole = sizes if first == 0 else [first, *sizes]  # a new snapshot begins empty
        assert whole[-1] == 0
        assert all(before - after <= 300 for before, after in pairwise(whole))
    life.crash_everywhere(tmp_path / "crash", len(life.disk.steps) - 100)


def test_a_copy_of_a_snapshot_under_another_name_is_left_whole(tmp_path: Path) -> None:
    script = Script(Engine(tmp_path / "T1.json", compact_from=COMPACT_FROM))
    run(script, (1,))
    whole = (tmp_path / "T1.json").read_bytes()
    (tmp_path / "backup").hardlink_to(tmp_path / "T1.json")
    run(script, (1,) * 20)
    script.engine.close()
    assert not (tmp_path / "backup").samefile(tmp_path / "T1.json")
    assert (tmp_path / "backup").read_bytes() == whole


OUTLIVING = """
import sys, threading
from pathlib import Path
from storage.journal.engine import Engine
from tests.storage.scripts import Script

script = Script(Engine(Path(sys.argv[1]), compact_from=500))
def work():
    threading.main_thread().join()
    assert [script.run(2) for _ in range(20)] == [[None, None]] * 20
    script.engine.close()
threading.Thread(target=work).start()
"""


def test_a_thread_that_outlives_the_program_still_writes(tmp_path: Path) -> None:
    """Then nothing can be left to another thread, neither what others wait for nor a compaction."""
    command = [sys.executable, "-c", OUTLIVING, str(tmp_path / "T1.json")]
    done = subprocess.run(  # noqa: S603  (our own program)
        command, cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert len(found(tmp_path / "T1.json")["tickets"]) == 40


class GatedSnapshots(WatchedDisk):
    """While `is_shut`, the next snapshot waits for the gate before it takes its place."""

    def __init__(self) -> None:
        super().__init__()
        self.is_shut = False
        self.reached, self.gate = threading.Semaphore(0), threading.Event()

    def replace(self, source: Path, target: Path) -> None:
        if self.is_shut:
            self.reached.release()
            assert self.gate.wait(10)
        super().replace(source, target)
