"""Repair: what can be read is saved, what cannot is named, and the damaged files stay."""

from contextlib import suppress
from functools import partial
from pathlib import Path

import orjson
import pytest
from tinydb import TinyDB

from bot.domain.errors import StoreUnavailable
from bot.services.ports.store import Transaction
from storage import open_store
from storage.journal.errors import StoreOpenError
from storage.journal.format import BLOCK, write_snapshot
from storage.journal.layers import Tables
from storage.repair.damaged_reader import FOUND, Row
from storage.repair.repair import Report, repair
from storage.tinydb.workspace_db import meta_by_name
from tests.storage.disks import FaultyDisk
from tests.storage.files import Files, after, group
from tests.storage.samples import DESK, NOW, ticket
from tests.storage.scripts import found

JOURNAL = group(6, 7) + group(8, 9) + group(10, 10)


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.journal.journal._GROWTH", 1000)


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


def differences(left: Tables, right: Tables) -> set[Row]:
    return {
        Row(table, row)
        for table in left.keys() | right.keys()
        for row in left.get(table, {}).keys() | right.get(table, {}).keys()
        if left.get(table, {}).get(row) != right.get(table, {}).get(row)
    }


def explains(report: Report, difference: Row, at: int) -> bool:
    """Whether the report names the document, or the bytes that were damaged."""
    named = {*report.doubtful, *(loss.row for loss in report.lost)}
    return difference in named or any(loss.start <= at < loss.end for loss in report.lost)


@pytest.mark.parametrize("name", ["T1.json", "T1.1.journal"])
def test_whatever_byte_is_damaged_all_else_is_saved_and_what_is_not_is_named(files: Files, name: str) -> None:
    files.hold(7)
    files.put(JOURNAL)
    whole = files.whole(name)
    for at in range(0, len(whole), 3):
        files.hold(7)
        files.put(JOURNAL)
        byte = b'\0\n"\t}x '[at % 7]
        files.snapshot.with_name(name).write_bytes(whole[:at] + bytes([byte]) + whole[at + 1 :])
        if not files.damage():
            continue
        report = repair(files.snapshot)
        tables = found(files.snapshot)
        if not tables.keys() <= {"t", "last"}:  # it was the name of a table
            assert {*after(10)["t"].values()} <= {
                value for rows in tables.values() for value in rows.values()
            }
            continue
        different = differences(tables, after(10))
        assert len(different) <= 2
        for difference in different:
            assert explains(report, difference, at)


def test_a_damaged_transaction_is_read_as_far_as_it_can_be_and_the_later_ones_are_applied(
    files: Files,
) -> None:
    torn = group(2, 2).replace(b'{"n":2}', b'{"n":!}', 1)
    wrong = group(3, 3).replace(b'{"n":3}', b'{"n":4}', 1)
    files.put(group(1, 1) + torn + wrong + group(4, 5) + group(6, 6))
    report = repair(files.snapshot)
    tables = found(files.snapshot)
    assert tables["t"] == {1: b'{"n":1}', 3: b'{"n":4}', 4: b'{"n":4}', 5: b'{"n":5}', 6: b'{"n":6}'}
    assert tables["last"] == {1: b'{"n":6}'}
    assert Row("t", 3) in report.doubtful
    assert [loss.transactions for loss in report.lost] == [range(2, 4)]
    assert report.later == range(4, 7)


def test_an_unfinished_write_is_cut_off_as_it_always_is(files: Files) -> None:
    files.put(group(1, 1)[:20] + group(2, 2) + group(3, 4) + b"torn" + group(6, 6)[:-3])
    report = repair(files.snapshot)
    assert found(files.snapshot)["t"].keys() == {2, 3, 4}
    assert report.unfinished == len(b"torn" + group(6, 6)[:-3])


def test_only_what_shares_a_checksum_with_a_lost_page_is_doubtful(tmp_path: Path) -> None:
    tables = {
        "t": {row: b'{"n":%d}' % row for row in range(1, 3 * BLOCK)},
        "u": {1: b"{}"},
        "meta": {1: b"{}"},
    }
    files = Files(tmp_path)
    files.snapshot.write_bytes(b"".join(write_snapshot(5, tables)))
    files.put(group(6, 6))
    whole = files.snapshot.read_bytes()
    at = whole.index(b'"5000":')
    files.snapshot.write_bytes(whole[:at] + bytes(4096) + whole[at + 4096 :])
    report = repair(files.snapshot)
    lost = set(tables["t"]) - found(files.snapshot)["t"].keys()
    assert lost == set(range(min(lost), max(lost) + 1))
    assert 4096 / 22 < len(lost) < 4096 / 20
    assert 5000 in lost
    assert {table for table, _ in report.doubtful} == {"t"}
    assert {row for _, row in report.doubtful} == set(range(BLOCK - 1, 2 * BLOCK - 1)) - lost
    assert [loss.end - loss.start >= 4096 for loss in report.lost] == [True]


def test_documents_that_lost_the_name_of_their_table_are_kept_apart(files: Files) -> None:
    tables = {
        "t": {1: b'{"n":1}', 2: b'{"n":2}'},
        "keys": {1: b'{"key":"a"}', 7: b'{"key":"b"}'},
        "u": {1: b"{}"},
    }
    files.snapshot.write_bytes(b"".join(write_snapshot(5, tables)))
    files.put(b"")
    whole = files.snapshot.read_bytes()
    for lost in (b'},\n"keys":{\n', b'\t\n},\n"keys":{\n', b'"keys":{\n', b"keys"):
        files.snapshot.write_bytes(whole.replace(lost, bytes(len(lost))))
        files.put(b"")
        report = repair(files.snapshot)
        saved = found(files.snapshot)
        assert [*saved[FOUND].values()] == [b'{"key":"a"}', b'{"key":"b"}']
        assert saved["t"].items() <= tables["t"].items()
        assert saved["u"] == tables["u"]
        assert {Row(FOUND, 1), Row(FOUND, 2)} <= {*report.doubtful}


def test_a_snapshot_without_its_seal_is_read_and_its_journal_applied(files: Files) -> None:
    files.hold(3)
    files.put(group(3, 5))
    files.snapshot.write_bytes(files.snapshot.read_bytes()[:-30])
    repair(files.snapshot)
    assert not differences(found(files.snapshot), after(5))


@pytest.mark.parametrize("missing", ["T1.json", "T1.1.journal"])
def test_of_a_pair_that_lost_one_the_other_is_saved(files: Files, missing: str) -> None:
    files.hold(3)
    files.put(group(1, 3))
    files.snapshot.with_name(missing).unlink()
    repair(files.snapshot)
    assert not differences(found(files.snapshot), after(3))
    files.goes_on()


def test_a_snapshot_that_stock_tinydb_has_written_to_becomes_a_database_again(files: Files) -> None:
    files.hold(3)
    files.put(group(3, 4))
    with TinyDB(files.snapshot) as stock:
        stock.table("t").remove(doc_ids=[2])
    report = repair(files.snapshot)
    assert found(files.snapshot)["t"] == {1: b'{"n":1}', 3: b'{"n":3}', 4: b'{"n":4}'}
    assert not report.lost


@pytest.mark.parametrize("content", [b"", b"\0" * 100, b"{", b"[]", b'{"t": {"x": 1}}'])
def test_where_nothing_can_be_read_everything_is_left_alone(files: Files, content: bytes) -> None:
    files.snapshot.write_bytes(content)
    with pytest.raises(StoreOpenError, match="Nothing can be read"):
        repair(files.snapshot)
    assert [path.name for path in files.snapshot.parent.iterdir()] == ["T1.json"]
    assert files.snapshot.read_bytes() == content


def damaged(files: Files) -> dict[str, bytes]:
    files.put(group(1, 1)[:9] + b"?" + group(1, 1)[10:] + group(2, 2) + group(3, 3))
    return {path.name: path.read_bytes() for path in files.snapshot.parent.iterdir()}


def test_the_damaged_files_are_kept_and_not_overwritten_by_the_next_repair(files: Files) -> None:
    before = damaged(files)
    repair(files.snapshot)
    again = damaged(files)
    repair(files.snapshot)
    names = {path.name for path in files.snapshot.parent.iterdir()}
    for number, were in ((1, before), (2, again)):
        for name, content in were.items():
            if f"{name}.damaged-{number}" in names:
                assert files.snapshot.with_name(f"{name}.damaged-{number}").read_bytes() == content
    assert {
        "T1.json.damaged-1",
        "T1.1.journal.damaged-1",
        "T1.json.damaged-2",
        "T1.1.journal.damaged-2",
    } <= names
    files.goes_on()


@pytest.mark.parametrize("late", [False, True])
def test_a_repair_that_fails_anywhere_can_be_done_again(tmp_path: Path, late: bool) -> None:  # noqa: FBT001  (pytest's way)
    disk = FaultyDisk()
    (tmp_path / "well").mkdir()
    files = Files(tmp_path / "well")
    damaged(files)
    repair(files.snapshot, disk)
    expected = found(files.snapshot)
    for first in range(disk.calls):
        (tmp_path / str(first)).mkdir()
        files = Files(tmp_path / str(first))
        damaged(files)
        with suppress(OSError):
            repair(files.snapshot, FaultyDisk(first, 1, late=late))
        if files.damage():
            repair(files.snapshot)
        assert found(files.snapshot) == expected
        files.goes_on()


async def create(number: int, tx: Transaction) -> None:
    await tx.save(ticket(number), now=NOW, keys=[f"key {number}"])


async def test_a_store_is_served_again_after_its_repair(tmp_path: Path) -> None:
    store = open_store(f"tinydb:{tmp_path}")
    for number in range(1, 6):
        await store.change(DESK, partial(create, number))
    await store.close()
    journal = tmp_path / "T111.1.journal"
    written = journal.read_bytes()
    lost = written.index(b"\n") + 100
    journal.write_bytes(written[:lost] + b"!!" + written[lost + 2 :])
    store = open_store(f"tinydb:{tmp_path}")
    with pytest.raises(StoreUnavailable, match="is damaged at byte"):
        await store.open(DESK)
    await store.close()
    report = repair(tmp_path / "T111.json")
    store = open_store(f"tinydb:{tmp_path}")
    read = store.read(DESK)
    for number in (1, 3, 4, 5):
        assert await read.ticket(number) == ticket(number)
        assert await read.answered(f"key {number}") == number
    await store.close()
    assert report.words()[0].startswith(f"{tmp_path}/T111.json is repaired. Saved: ")
    assert any("transaction 2 " in line for line in report.words())


def test_what_follows_a_lost_page_is_still_of_its_table_whatever_fields_it_has(files: Files) -> None:
    """Histories come in any order, and a field without a value is not written."""
    entries = {
        7_000_000_001: b'{"at":1,"actor":"U1","what":"created","changes":[]}',
        3_000_000_002: b'{"at":2,"actor":"U1","what":"noted","changes":[]}',
        4_000_000_001: b'{"at":3,"actor":"U1","what":"noted","changes":[],"note":"x"}',
        1_000_000_002: b'{"at":4,"actor":"U1","what":"edited","changes":[]}',
    }
    files.snapshot.write_bytes(b"".join(write_snapshot(5, {"history": entries, "u": {1: b"{}"}})))
    whole = files.snapshot.read_bytes()
    at = whole.index(b'"3000000002"')
    files.snapshot.write_bytes(whole[:at] + bytes(20) + whole[at + 20 :])
    files.put(b"")
    repair(files.snapshot)
    assert found(files.snapshot)["history"] == {row: entries[row] for row in entries if row != 3_000_000_002}
    assert FOUND not in found(files.snapshot)


async def test_a_store_that_lost_whose_it_is_knows_by_its_name(tmp_path: Path) -> None:
    snapshot = tmp_path / "E111-T111.json"
    tables = {"tickets": {1: orjson.dumps({"schema": 2, **ticket(1).to_wire()})}}
    snapshot.write_bytes(b"".join(write_snapshot(1, tables)))
    report = repair(snapshot, meta=meta_by_name)
    assert Row("meta", 1) in report.doubtful
    store = open_store(f"tinydb:{tmp_path}")
    assert await store.read(DESK).ticket(1) == ticket(1)
    await store.close()
