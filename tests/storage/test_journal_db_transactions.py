"""What ours does beyond TinyDB: transactions, documents that nobody can spoil, and files that both can open."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tinydb import TinyDB, where
from tinydb.operations import increment
from tinydb.table import Document

from storage.journal.errors import StoreOpenError
from storage.tinydb.journal_db import JournalDB
from tests.storage.boxes import GoBack


@pytest.fixture
def db(tmp_path: Path) -> Iterator[JournalDB]:
    with JournalDB(tmp_path / "db.json") as db:
        db.insert({"n": 1})
        yield db


def elsewhere(work: Callable[[], Any]) -> Any:  # noqa: ANN401  (whatever the work gives)
    """What another thread sees."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(work).result(10)


def reopened(db: JournalDB, path: Path) -> dict[str, Any] | None:
    db.close()
    with JournalDB(path / "db.json") as again:
        found: dict[str, Any] | None = again.storage.read()
        return found


def test_a_transaction_is_seen_by_others_at_its_end_and_as_a_whole(db: JournalDB, tmp_path: Path) -> None:
    with db.transaction():
        assert db.insert({"n": 2}) == 2
        db.update(increment("n"), doc_ids=[1])
        db.table("other").insert({"n": 3})
        mine = {"_default": {"1": {"n": 2}, "2": {"n": 2}}, "other": {"1": {"n": 3}}}
        assert db.storage.read() == mine
        assert (len(db), db.count(where("n") == 2), db.tables()) == (2, 2, {"_default", "other"})
        assert elsewhere(db.storage.read) == {"_default": {"1": {"n": 1}}}
        assert elsewhere(db.tables) == {"_default"}
    assert elsewhere(db.storage.read) == mine
    assert reopened(db, tmp_path) == mine


def test_an_exception_leaves_memory_and_disk_as_they_were(db: JournalDB, tmp_path: Path) -> None:
    db.insert({"n": 2})
    db.table("other").insert_multiple([{}, {}])
    before = db.storage.read()
    with suppress(GoBack), db.transaction():
        db.insert({"n": 3})
        db.remove(doc_ids=[1])
        db.drop_table("other")
        db.table("new").insert({})
        db.truncate()
        assert db.insert({"n": 4}) == 1
        raise GoBack
    assert db.storage.read() == before
    assert db.insert({"n": 5}) == 3, "2 would come next, and is taken again"
    db.remove(doc_ids=[3])
    assert db.table("other").insert({}) == 3
    db.table("other").remove(doc_ids=[3])
    assert reopened(db, tmp_path) == before


def test_a_transaction_within_another_is_a_part_of_it(db: JournalDB) -> None:
    with suppress(GoBack), db.transaction():
        with db.transaction():
            db.insert({"n": 2})
        assert len(db) == 2
        assert elsewhere(db.all) == [{"n": 1}]
        raise GoBack
    assert db.all() == [{"n": 1}]


def test_what_fails_within_a_transaction_leaves_nothing_of_itself(db: JournalDB, tmp_path: Path) -> None:
    with db.transaction():
        db.insert({"n": 2})
        with pytest.raises(ValueError, match="not a Mapping"):
            db.insert_multiple([{"n": 3}, {"n": 4}, None])
        with suppress(GoBack), db.transaction():
            db.remove(doc_ids=[1])
            raise GoBack
        db.insert(Document({"n": 5}, doc_id=9))
    assert reopened(db, tmp_path) == {"_default": {"1": {"n": 1}, "2": {"n": 2}, "9": {"n": 5}}}


def test_a_table_can_be_dropped_and_filled_again_in_one_transaction(db: JournalDB, tmp_path: Path) -> None:
    with db.transaction():
        db.drop_tables()
        assert db.tables() == set()
        assert db.insert({"n": 7}) == 1
        db.table("gone").insert({})
        db.drop_table("gone")
    assert db.storage.read() == {"_default": {"1": {"n": 7}}}
    assert reopened(db, tmp_path) == {"_default": {"1": {"n": 7}}}


def test_what_is_removed_and_put_back_in_one_transaction_keeps_its_place(
    db: JournalDB, tmp_path: Path
) -> None:
    db.insert_multiple([{"n": 2}, {"n": 3}])
    with db.transaction():
        db.remove(doc_ids=[1, 2])
        db.insert_multiple([{"n": 4}, Document({"n": 1}, doc_id=1)])
        assert [each.doc_id for each in db] == [1, 3, 4]
    assert [each.doc_id for each in db.search(where("n") > 0)] == [1, 3, 4]
    assert list((reopened(db, tmp_path) or {})["_default"]) == ["1", "3", "4"]


def test_an_id_that_is_named_twice_is_removed_once(db: JournalDB) -> None:
    assert db.remove(doc_ids=[1, 1]) == [1]
    assert len(db) == 0


NOT_JSON = [
    float("nan"),
    [{"deep": float("-inf")}],
    {1: "key"},
    {1, 2},
    datetime(2026, 1, 1, tzinfo=UTC),
    b"bytes",
    2**64,
    "\ud800",
]


@pytest.mark.parametrize("value", NOT_JSON, ids=repr)
def test_what_json_cannot_hold_is_refused_before_anything_is_touched(
    db: JournalDB, tmp_path: Path, value: object
) -> None:
    table = db.table("_default")
    attempts: list[Callable[[], object]] = [
        lambda: table.insert({"n": value}),
        lambda: table.insert_multiple([{"n": 2}, {"n": value}]),
        lambda: table.update({"n": value}),
        lambda: table.update(lambda document: document.update(n=value)),
        lambda: table.upsert({"n": value}, where("n") == 1),
        lambda: db.storage.write({"_default": {"1": {"n": 2}, "2": {"n": value}}}),
    ]
    for attempt in attempts:
        with pytest.raises((TypeError, ValueError)):
            attempt()
    assert table.all() == [{"n": 1}]
    assert reopened(db, tmp_path) == {"_default": {"1": {"n": 1}}}


def test_an_operation_that_fails_half_way_changes_nothing(db: JournalDB, tmp_path: Path) -> None:
    db.insert_multiple([{"n": 2}, {}])
    with pytest.raises(KeyError):
        db.update(increment("n"))
    assert reopened(db, tmp_path) == {"_default": {"1": {"n": 1}, "2": {"n": 2}, "3": {}}}


def test_whoever_changes_a_document_changes_nothing_that_is_stored(db: JournalDB) -> None:
    given = {"list": [1]}
    doc_id = db.insert(given)
    given["list"].append(2)
    query = where("list") == [1]
    read = db.storage.read() or {}
    for each in (db.get(doc_id=doc_id), db.get(query), *db.search(query), [*db][-1], read["_default"]["2"]):
        each["list"].append(3)
    assert db.get(doc_id=doc_id) == {"list": [1]}


def test_stock_tinydb_opens_the_snapshot_and_shows_every_table(tmp_path: Path) -> None:
    path = tmp_path / "db.json"
    with JournalDB(path, compact_from=2000) as db:
        db.insert_multiple({"n": n, "text": "“ü”\n"} for n in range(5))
        db.table("other", persist_empty=True)
        db.table("third").insert(Document({"a": [None, {"b": 1.5}]}, doc_id=7))
        db.table("third").insert({"long": 5000 * "x"})  # more than all before: the snapshot is made anew
        whole = db.storage.read() or {}
    with TinyDB(path) as stock:
        assert stock.tables() == {*whole, "_snapshot"}
        for table, rows in whole.items():
            assert {str(each.doc_id): each for each in stock.table(table)} == rows


def test_what_stock_tinydb_wrote_is_opened(tmp_path: Path) -> None:
    with TinyDB(tmp_path / "db.json") as stock:
        stock.insert_multiple([{"n": 1}, {"n": 2}])
        stock.table("other").insert(Document({"n": 3}, doc_id=8))
    with JournalDB(tmp_path / "db.json") as db:
        assert db.tables() == {"_default", "other"}
        assert db.insert({"n": 4}) == 3
        assert db.table("other").insert({"n": 5}) == 9
    with JournalDB(tmp_path / "db.json") as db:
        assert db.all() == [{"n": 1}, {"n": 2}, {"n": 4}]
        assert db.table("other").all() == [{"n": 3}, {"n": 5}]


def test_a_folder_belongs_to_one_database_at_a_time(db: JournalDB, tmp_path: Path) -> None:
    with pytest.raises(StoreOpenError, match="in use"):
        JournalDB(tmp_path / "db.json")
    db.close()
    JournalDB(tmp_path / "db.json").close()


def test_a_file_that_cannot_be_opened_leaves_the_folder_free(tmp_path: Path) -> None:
    (tmp_path / "db.json").write_text("no JSON")
    with pytest.raises(StoreOpenError, match="damaged"):
        JournalDB(tmp_path / "db.json")
    JournalDB(tmp_path / "another.json").close()


def test_the_name_of_a_snapshots_end_is_no_tables(db: JournalDB) -> None:
    with pytest.raises(ValueError, match="_snapshot"):
        db.table("_snapshot").insert({})
