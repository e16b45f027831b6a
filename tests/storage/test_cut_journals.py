"""A journal that somebody has cut off is missed, be it at the end of a line; those of earlier versions are read."""

import shutil
from pathlib import Path

import pytest

from storage.journal.engine import Engine
from storage.journal.errors import StoreOpenError
from storage.journal.format import write_snapshot
from storage.journal.journal import journal_file, journal_files
from storage.journal.recovery import CutError
from storage.repair.repair import repair
from tests.storage.disks import WatchedDisk
from tests.storage.files import ZEROS, Files, after, group
from tests.storage.scripts import Script, found

COMPACT_FROM = 1 << 20


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.journal.journal._GROWTH", 200)


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """Made by hand, as an earlier version wrote them."""
    return Files(tmp_path)


def written(snapshot: Path, *, closed: bool, compact_from: int = COMPACT_FROM) -> Path:
    """A database with some transactions, as it is after its end or as a crash leaves it. Gives its journal."""
    disk = WatchedDisk()
    script = Script(Engine(snapshot, disk=disk, compact_from=compact_from))
    for count in (1, 3, 1, 1):
        assert script.run(count) == [None] * count
    crashed = snapshot.with_name("crashed")
    with disk.lock:  # a compaction may be at work
        shutil.copytree(snapshot.parent, crashed)
    script.engine.close()
    left = snapshot if closed else crashed / snapshot.name
    return journal_files(left)[-1]


@pytest.mark.parametrize("closed", [True, False], ids=["closed", "crashed"])
@pytest.mark.parametrize("compact_from", [COMPACT_FROM, 500], ids=["one file", "compacted"])
def test_a_journal_cut_anywhere_is_refused(tmp_path: Path, closed: bool, compact_from: int) -> None:  # noqa: FBT001  (pytest's way)
    journal = written(tmp_path / "T1.json", closed=closed, compact_from=compact_from)
    snapshot, whole = journal.parent / "T1.json", journal.read_bytes()
    found(snapshot)
    last = len(whole) if closed else len(whole.rstrip(b"\0"))
    is_alone = journal_files(snapshot) == [journal]  # else a crash could have left it empty
    for end in range(0 if is_alone else 1, last):
        journal.write_bytes(whole[:end])
        with pytest.raises(
            CutError, match=rf"{journal.name} was cut off: it ends at byte .* doctor --repair"
        ):
            found(snapshot)
        assert journal.read_bytes() == whole[:end], "it is left as it is"


@pytest.mark.parametrize("closed", [True, False], ids=["closed", "crashed"])
def test_where_an_earlier_run_ended_is_no_end_any_more(tmp_path: Path, closed: bool) -> None:  # noqa: FBT001  (pytest's way)
    snapshot = tmp_path / "T1.json"
    for run in range(4):
        disk = WatchedDisk()
        script = Script(Engine(snapshot, disk=disk))
        assert script.run(run + 1) == [None] * (run + 1)
        if run == 3:
            crashed = tmp_path / "crashed"
            shutil.copytree(tmp_path, crashed)
        script.engine.close()
    state = found(snapshot)
    left = snapshot if closed else crashed / snapshot.name
    assert found(left) == state
    (journal,) = journal_files(left)
    whole = journal.read_bytes()
    last = len(whole) if closed else len(whole.rstrip(b"\0"))
    for end in range(last):
        journal.write_bytes(whole[:end])
        with pytest.raises(CutError):
            found(left)


def test_a_journal_that_was_made_and_never_written_to_is_missed_when_it_is_empty(tmp_path: Path) -> None:
    script = Script(Engine(tmp_path / "T1.json", compact_from=1))
    assert script.run() == [None]
    script.engine.close()
    (journal,) = journal_files(tmp_path / "T1.json")
    assert found(tmp_path / "T1.json") == script.state
    journal.write_bytes(b"")
    with pytest.raises(CutError):
        found(tmp_path / "T1.json")


def test_the_journal_that_a_snapshot_names_is_missed_among_others(files: Files) -> None:
    files.snapshot.write_bytes(b"".join(write_snapshot(2, after(2), journal=2)))
    files.put(group(1, 2) + ZEROS, ZEROS)
    assert files.found()[1] == after(2)
    journal_file(files.snapshot, 2).unlink()
    with pytest.raises(StoreOpenError, match=r"has lost its journal \(T1\.2\.journal beside it\)"):
        files.found()


def test_what_an_earlier_version_closed_opens_and_is_guarded_from_the_first_write_on(files: Files) -> None:
    files.hold(2)
    files.put(group(3, 4))
    assert files.found()[1] == after(4)
    script = Script(Engine(files.snapshot))
    assert script.run() == [None]
    script.engine.close()
    (journal,) = journal_files(files.snapshot)
    assert found(files.snapshot) == script.state
    journal.write_bytes(b"")
    assert isinstance(files.damage(), CutError)


def test_a_closed_database_that_nobody_writes_to_is_left_as_it_is(tmp_path: Path) -> None:
    journal = written(tmp_path / "T1.json", closed=True)
    whole = journal.read_bytes()
    Engine(tmp_path / "T1.json").close()
    assert journal.read_bytes() == whole


def test_a_cut_journal_is_repaired_and_the_report_says_where_it_ends(tmp_path: Path) -> None:
    journal = written(tmp_path / "T1.json", closed=True)
    journal.write_bytes(b"".join(journal.read_bytes().splitlines(keepends=True)[:3]))
    report = repair(tmp_path / "T1.json")
    assert "Lost: what came after transaction 3, since the journal was cut off there." in report.words()
    script = Script(Engine(tmp_path / "T1.json"))
    assert script.state["tickets"].keys() == {1, 2, 3}
    assert script.run(2) == [None, None]
    script.engine.close()
    assert found(tmp_path / "T1.json") == script.state
