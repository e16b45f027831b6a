"""The bytes of a database: what is written is what is read, and what is not as it was written is noticed."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as some
from tinydb import TinyDB

from storage.journal.format import (
    SEAL,
    Changes,
    NotASnapshotError,
    SnapshotReader,
    find_lines,
    read_changes,
    read_line,
    write_line,
    write_snapshot,
)

T = TypeVar("T")
Tables = dict[str, dict[int, bytes]]

scalars = (
    some.none()
    | some.booleans()
    | some.integers(-(2**63), 2**64 - 1)
    | some.floats(allow_nan=False, allow_infinity=False)
    | some.text()
    | some.sampled_from(["a\tb", "a\nb\r\n", "\0", "\u2028", "}}\n", '\t{"1":\t', "🔥"])
)
values = some.recursive(
    scalars, lambda inner: some.lists(inner) | some.dictionaries(some.text(), inner), max_leaves=4
)
raw_documents = some.dictionaries(some.text(), values, max_size=3).map(orjson.dumps)
names = some.text(max_size=5) | some.sampled_from(["tickets", "a\tb", "a\nb", '"', "\\"])
rows = some.integers(-(2**40), 2**40)


def rows_of(documents: some.SearchStrategy[T]) -> some.SearchStrategy[dict[int, T]]:
    return some.dictionaries(rows, documents, max_size=3)


changes = some.dictionaries(names, some.none() | rows_of(some.none() | raw_documents), max_size=3)
tables = some.dictionaries(names.filter(lambda name: name != SEAL), rows_of(raw_documents), max_size=3)
numbers = some.integers(1, 10**18 - 1)


@given(numbers, numbers, changes)
@example(1, 0, {"t": {1: b"{}", 2: b'{"a":1}'}})
@example(1, 0, {"t": {}, "u": None})
def test_a_transaction_is_read_as_it_was_written(sequence: int, durable: int, written: Changes) -> None:
    line = read_line(write_line(sequence, durable, written))
    assert line
    assert (line.sequence, line.durable) == (sequence, durable)
    read = read_changes(line.changes)
    assert {
        table: rows and {int(row): raw for row, raw in rows.items()} for table, rows in read.items()
    } == written


def flips(whole: bytes) -> Iterator[tuple[int, bytes]]:
    """Everything that one changed byte can make of it, as far as the reader could care, and where that byte is."""
    for at, byte in enumerate(whole):
        for new in {0, *b'\n\t "}0a', byte ^ 1, byte ^ 0x20, byte ^ 0x80} - {byte}:
            yield at, whole[:at] + bytes([new]) + whole[at + 1 :]


def test_a_line_with_any_byte_changed_is_no_line() -> None:
    line = write_line(7, 5, {"tickets": {1: b'{"a":"b"}', 2: None}, "gone": None})
    for _, changed in flips(line):
        assert read_line(changed) is None
    for length in range(len(line)):
        assert read_line(line[:length]) is None


def test_whole_lines_are_found_among_damage_even_behind_a_line_that_lost_its_end() -> None:
    first, second, third = (write_line(number, 1, {"t": {number: b'{"a":1}'}}) for number in (2, 3, 4))
    damaged = first[:-1] + b"?" + second + bytes(700) + b"junk\n" + third + first[:-1]
    found = [
        (line.sequence, damaged[start:].startswith((second, third))) for start, line in find_lines(damaged)
    ]
    assert found == [(3, True), (4, True)]


def test_what_people_write_is_never_taken_for_a_line() -> None:
    forged = write_line(9, 8, {"t": None}).decode()
    line = write_line(2, 1, {"t": {1: orjson.dumps({"summary": forged})}})
    assert list(find_lines(b"?" + line[1:])) == []


def snapshot(sequence: int, kept: Tables) -> bytes:
    return b"".join(write_snapshot(sequence, kept))


def read_back(whole: bytes) -> tuple[int, Tables]:
    reader = SnapshotReader(whole.splitlines(keepends=True))
    read: Tables = {}
    for table, row, raw in reader:
        if row is None:
            read[table] = {}
        else:
            read[table][row] = raw
    return reader.sequence, read


@given(numbers, tables)
def test_a_snapshot_is_read_as_it_was_written(sequence: int, written: Tables) -> None:
    assert read_back(snapshot(sequence, written)) == (sequence, written)


@given(tables)
def test_a_snapshot_is_the_json_of_its_tables(written: Tables) -> None:
    stock = json.loads(snapshot(1, written))
    del stock[SEAL]
    assert stock == {
        table: {str(row): orjson.loads(raw) for row, raw in rows.items()} for table, rows in written.items()
    }


def test_stock_tinydb_opens_a_snapshot(tmp_path: Path) -> None:
    (tmp_path / "T1.json").write_bytes(snapshot(3, {"tickets": {4: b'{"a":1}', 9: b"{}"}, "none": {}}))
    with TinyDB(tmp_path / "T1.json") as stock:
        assert {document.doc_id: dict(document) for document in stock.table("tickets")} == {
            4: {"a": 1},
            9: {},
        }
        assert stock.tables() == {"tickets", "none", SEAL}


def test_a_snapshot_with_any_byte_changed_or_cut_off_is_refused_with_a_byte_near_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("storage.journal.format.BLOCK", 4)
    kept = {"tickets": {row: b'{"n":"%d"}' % row for row in range(1, 8)}, "empty": {}, "a": {1: b"{}"}}
    whole = snapshot(12, kept)
    block = max(map(len, write_snapshot(12, kept)))
    for at, changed in flips(whole):
        with pytest.raises(NotASnapshotError) as refused:
            read_back(changed)
        assert at - block < refused.value.offset <= at
    for length in range(len(whole)):
        with pytest.raises(NotASnapshotError) as refused:
            read_back(whole[:length])
        assert refused.value.offset <= length
    with pytest.raises(NotASnapshotError):
        read_back(whole + b"\n")


def test_a_snapshot_with_lines_missing_or_moved_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.journal.format.BLOCK", 4)
    written = snapshot(12, {"t": {row: b'{"n":%d}' % row for row in range(9)}}).splitlines(keepends=True)
    for at in range(len(written) - 1):
        with pytest.raises(NotASnapshotError):
            read_back(b"".join(written[:at] + written[at + 1 :]))
        with pytest.raises(NotASnapshotError):
            read_back(b"".join([*written[:at], written[at + 1], written[at], *written[at + 2 :]]))
