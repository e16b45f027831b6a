"""Opening after a crash, and after damage: what was never acknowledged is cut off, all else is there or missed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some
from tinydb import TinyDB

from storage.journal.engine import Engine
from storage.journal.errors import StoreOpenError
from storage.journal.format import find_lines, write_line, write_snapshot
from storage.journal.journal import journal_file
from storage.journal.recovery import DamagedError
from tests.storage.disks import FaultyDisk, GatedDisk
from tests.storage.files import ZEROS, Files, after, group, of
from tests.storage.scripts import Script, state


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


def test_a_journal_that_ends_anywhere_in_its_last_write_opens_with_what_is_whole(files: Files) -> None:
    before, last = group(1, 2) + group(3, 3), group(4, 6)
    whole = [len(before) + len(group(4, 3 + count)) for count in range(4)]
    for end in range(len(before), len(before + last) + 1):
        for rest in (b"", ZEROS, bytes(len(last))):
            files.put((before + last)[:end] + rest)
            recovered, tables = files.found()
            count = sum(end >= each for each in whole) - 1
            assert tables == after(3 + count)
            assert recovered.size == whole[count]
            assert recovered.cut == end - whole[count]


@given(some.sets(some.integers(4, 8)), some.booleans())
def test_of_a_write_with_holes_only_what_comes_before_the_first_hole_is_there(
    tmp_path_factory: pytest.TempPathFactory,
    missing: set[int],
    grown: bool,  # noqa: FBT001  (what hypothesis gives)
) -> None:
    files = Files(tmp_path_factory.mktemp("holes"))
    last = [write_line(number, 3, of(number)) for number in range(4, 9)]
    torn = [bytes(len(line)) if number in missing else line for number, line in enumerate(last, 4)]
    files.put(group(1, 3) + b"".join(torn) + (ZEROS if grown else b""))
    recovered, tables = files.found()
    assert tables == after(min(missing, default=9) - 1)
    assert (recovered.cut > 0) == any(
        number > min(missing, default=9) for number in set(range(4, 9)) - missing
    )
    files.goes_on()


def journal_with_damage(journal: bytes) -> Iterator[tuple[int, bytes]]:
    for at, byte in enumerate(journal):
        for new in {0, *b'\n"', byte ^ 1, byte ^ 0x80} - {byte}:
            yield at, journal[:at] + bytes([new]) + journal[at + 1 :]


@pytest.mark.parametrize("held", [0, 2])
@pytest.mark.parametrize("split", [False, True], ids=["one file", "two files"])
def test_any_byte_changed_in_a_journal_is_named_or_was_never_proven_to_be_acknowledged(
    tmp_path: Path,
    held: int,
    split: bool,  # noqa: FBT001  (pytest's way)
) -> None:
    files = Files(tmp_path, held)
    first, second, last = group(1, 1) + group(2, 3), group(4, 4), group(5, 6)
    proven = len(first + second)  # by the durable number of the last write
    for at, damaged in journal_with_damage(first + second + last + ZEROS):
        files.put(*([damaged[: len(first)] + ZEROS, damaged[len(first) :]] if split else [damaged]))
        if damage := files.damage():
            offset = damage.offset + (len(first) if damage.path.name == "T1.2.journal" else 0)
            assert offset <= at < len(first + second + last)
        else:
            recovered, tables = files.found()
            assert at >= proven, "what was acknowledged is never cut off"
            assert recovered.cut
            assert tables in (after(4), after(5), after(6))
            assert at >= len(first + second + group(5, 5)) or tables == after(4)


def test_any_byte_changed_in_a_snapshot_is_named(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.journal.format.BLOCK", 4)
    files.hold(7)
    files.put(group(8, 8))
    whole = files.snapshot.read_bytes()
    block = max(map(len, write_snapshot(7, after(7))))
    for at, damaged in journal_with_damage(whole):
        files.snapshot.write_bytes(damaged)
        with pytest.raises(DamagedError) as damage:
            files.found()
        assert damage.value.path == files.snapshot
        assert at - block < damage.value.offset <= at
        assert files.snapshot.read_bytes() == damaged, "it is left as it is"


def test_damage_names_the_file_the_byte_and_the_remedy(files: Files) -> None:
    files.put(group(1, 1) + b"?" + group(2, 2)[1:] + group(3, 3))
    with pytest.raises(DamagedError, match=r"T1\.1\.journal is damaged at byte 58\. .* doctor --repair"):
        files.found()


@pytest.mark.parametrize(
    "journals",
    [
        pytest.param((group(1, 2) + group(4, 4),), id="a transaction is missing"),
        pytest.param((group(2, 3) + group(4, 4),), id="the first transaction is missing"),
        pytest.param((group(1, 2) + group(2, 3) + group(4, 4),), id="a transaction is there twice"),
        pytest.param((group(1, 2), group(4, 4)), id="a transaction between two files is missing"),
        pytest.param((group(1, 2)[:-9], group(3, 3)), id="a file that was complete has lost its end"),
        pytest.param((group(1, 2) + b"?", group(3, 3)), id="a file that was complete has more at its end"),
    ],
)
def test_a_gap_among_the_transactions_is_damage(files: Files, journals: tuple[bytes, ...]) -> None:
    files.put(*journals)
    with pytest.raises(DamagedError):
        files.found()


def test_a_middle_file_of_the_journal_that_is_missing_is_missed(files: Files) -> None:
    files.put(group(1, 2), group(3, 4), group(5, 6))
    journal_file(files.snapshot, 2).unlink()
    with pytest.raises(DamagedError) as damage:
        files.found()
    assert damage.value.path == journal_file(files.snapshot, 3)


def test_a_snapshot_newer_than_all_of_its_journal_is_missed(files: Files) -> None:
    files.hold(4)
    files.put(group(1, 2) + group(3, 3))
    with pytest.raises(DamagedError):
        files.found()


def test_a_journal_that_is_missing_is_missed(files: Files) -> None:
    files.put()
    with pytest.raises(StoreOpenError, match=r"T1\.json has lost its journal \(T1\.1\.journal beside it\)"):
        files.found()


@pytest.mark.parametrize("torn", [False, True])
def test_a_snapshot_that_is_missing_is_missed(files: Files, torn: bool) -> None:  # noqa: FBT001  (pytest's way)
    files.put(group(1, 1)[: 10 if torn else None])
    files.snapshot.unlink()
    with pytest.raises(StoreOpenError, match=r"T1\.1\.journal has lost its snapshot \(T1\.json beside it\)"):
        files.found()


def test_a_plain_file_in_the_place_of_a_snapshot_is_not_mixed_with_the_journal(files: Files) -> None:
    files.put(group(1, 1))
    files.snapshot.write_bytes(b'{"t": {}}')
    with pytest.raises(StoreOpenError, match="has lost its snapshot"):
        files.found()


def test_a_snapshot_that_stock_tinydb_has_written_to_is_refused(files: Files) -> None:
    files.put(group(1, 1))
    with TinyDB(files.snapshot) as stock:
        stock.table("t").insert({"n": 2})
    with pytest.raises(DamagedError) as damage:
        files.found()
    assert damage.value.offset == 0


def test_a_snapshot_made_of_some_of_the_journal_is_followed_by_the_rest(files: Files) -> None:
    files.hold(3)
    for journals in ([group(1, 3), group(4, 5)], [group(2, 3), group(4, 5)], [group(1, 1), b"", group(4, 5)]):
        files.put(*journals, first=3)
        recovered, tables = files.found()
        assert tables == after(5)
        assert (recovered.sequence, recovered.number) == (5, 2 + len(journals))
    files.goes_on()


def test_a_file_that_was_made_and_not_yet_needed_is_not_gone_on_in(files: Files) -> None:
    """Else the torn line before it would look like damage, once something comes after it."""
    for empty in (b"", ZEROS):
        files.hold(0)
        files.put(group(1, 2) + group(3, 3)[:-7], empty)
        recovered, tables = files.found()
        assert (recovered.number, recovered.cut) == (1, len(group(3, 3)) - 7)
        assert tables == after(2)
        files.goes_on()


def test_what_is_cut_off_never_comes_back(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.journal.journal._GROWTH", 10)
    files.put(group(1, 2) + b"torn" + group(3, 40))
    script = Script(Engine(files.snapshot))
    assert script.run() == [None]
    recovered, tables = files.found()
    assert (recovered.cut, tables) == (0, script.state)
    script.engine.close()


def test_what_a_killed_process_wrote_is_synced_before_anybody_reads_it(files: Files) -> None:
    files.put(group(1, 2))
    disk = GatedDisk()
    Engine(files.snapshot, disk=disk).close()
    assert disk.syncs == 1


def test_a_disk_that_cannot_sync_what_was_found_stops_the_opening(files: Files) -> None:
    files.put(group(1, 2))
    with pytest.raises(OSError, match="Input/output error"):
        Engine(files.snapshot, disk=FaultyDisk(0, 10))


def test_files_of_others_beside_a_database_are_left_alone(files: Files, tmp_path: Path) -> None:
    files.put(group(1, 2))
    others = [
        tmp_path / name for name in ("T1.x.journal", "T1.b.1.journal", "T12.1.journal", "T1.1.journal.old")
    ]
    for other in others:
        other.write_bytes(group(3, 3))
    assert files.found()[1] == after(2)
    engine = Engine(files.snapshot)
    assert state(engine) == after(2)
    engine.destroy()
    assert sorted(tmp_path.iterdir()) == sorted(others)


def test_what_was_not_acknowledged_before_a_crash_is_reported_as_cut(
    files: Files, capsys: pytest.CaptureFixture[str]
) -> None:
    files.put(group(1, 2) + b"torn")
    Engine(files.snapshot).close()
    assert "an unfinished write was cut off" in capsys.readouterr().out


@given(some.data())
def test_a_stretch_of_zeros_is_named_where_anything_proves_that_it_was_acknowledged(
    tmp_path_factory: pytest.TempPathFactory, data: some.DataObject
) -> None:
    """As a drive leaves it that has lost a page."""
    files = Files(tmp_path_factory.mktemp("zeros"))
    written = group(1, 2) + group(3, 5) + group(6, 6) + group(7, 8)
    start = data.draw(some.integers(0, len(written) - 1))
    end = data.draw(some.integers(start + 1, len(written)))
    files.put(written[:start] + bytes(end - start) + written[end:])
    whole_before = written[:start].count(b"\n")
    durable_behind = max((line.durable for _, line in find_lines(written[end:])), default=0)
    damage = files.damage()
    if durable_behind > whole_before:
        assert damage
        assert damage.offset <= start
    else:
        assert not damage
        assert files.found()[1] == after(whole_before)
