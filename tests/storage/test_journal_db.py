"""What TinyDB's documentation says of documents and their ids, on stock TinyDB and on ours."""

from collections.abc import Callable, MutableMapping
from types import MappingProxyType
from typing import Any

import pytest
from tinydb import Query, TinyDB
from tinydb.operations import add, decrement, delete, increment, subtract
from tinydb.operations import set as set_field
from tinydb.table import Document

from tests.storage.boxes import Box

User = Query()
JOHN = {"name": "John", "age": 22}
JANE = {"name": "Jane", "age": 37, "city": "Oslo"}
BOB = {"name": "Bob", "age": 40, "city": "Bergen"}


@pytest.fixture
def people(box: Box) -> TinyDB:
    box.db.insert_multiple([JOHN, JANE, BOB])
    return box.again()


def ids(documents: list[Document]) -> list[int]:
    return [document.doc_id for document in documents]


def test_a_new_database_is_empty(box: Box) -> None:
    db = box.again()
    assert (len(db), db.all(), list(db), db.tables()) == (0, [], [], set())
    assert db.get(User.name == "John") is None
    assert db.search(User.name == "John") == []


def test_insert_gives_the_id(box: Box) -> None:
    assert box.db.insert(JOHN) == 1
    assert box.db.insert({}) == 2
    assert box.again().insert(JANE) == 3
    assert box.again().all() == [JOHN, {}, JANE]


def test_insert_multiple_takes_any_iterable_and_gives_the_ids(box: Box) -> None:
    assert box.db.insert_multiple([JOHN, JANE]) == [1, 2]
    assert box.db.insert_multiple({"int": 1, "value": i} for i in range(2)) == [3, 4]
    assert box.db.insert_multiple([]) == []
    assert box.again().all() == [JOHN, JANE, {"int": 1, "value": 0}, {"int": 1, "value": 1}]


def test_any_mapping_is_a_document_and_nothing_else_is(box: Box) -> None:
    box.db.insert(MappingProxyType(JOHN))
    for wrong in (None, 1, "text", [JOHN], {"a set"}):
        with pytest.raises(ValueError, match="not a Mapping"):
            box.db.insert(wrong)
        with pytest.raises(ValueError, match="not a Mapping"):
            box.db.insert_multiple([JANE, wrong])
    assert box.again().all() == [JOHN], "a part of them is not inserted either"


def test_a_document_carries_its_own_id(box: Box) -> None:
    assert box.db.insert({}) == 1
    assert box.db.insert(Document(JOHN, doc_id=7)) == 7
    assert box.db.insert(JANE) == 8
    assert box.db.insert_multiple([Document(BOB, doc_id=20), Document({}, doc_id=3)]) == [20, 3]
    assert ids(box.again().all()) == [1, 7, 8, 20, 3]
    assert box.db.get(doc_id=7) == JOHN


def test_an_id_that_is_taken_is_refused(box: Box) -> None:
    box.db.insert(JOHN)
    with pytest.raises(ValueError, match="Document with ID 1 already exists"):
        box.db.insert(Document(JANE, doc_id=1))
    with pytest.raises(ValueError, match="Document with ID 1 already exists"):
        box.db.insert_multiple([Document(JANE, doc_id=2), Document(JANE, doc_id=1)])
    assert box.again().all() == [JOHN]
    assert box.db.insert(JANE) == 2


def test_documents_keep_the_order_in_which_they_came(box: Box) -> None:
    for doc_id in (5, 2, 9, 1):
        box.db.insert(Document({"name": "x"}, doc_id=doc_id))
    box.db.remove(doc_ids=[2])
    box.db.update({"age": 1}, doc_ids=[9])
    box.db.insert(Document({"name": "x"}, doc_id=2))
    order = [5, 9, 1, 2]
    assert ids(box.again().all()) == order
    assert ids(box.db.search(User.name == "x")) == order
    assert ids(box.db.get(doc_ids=[1, 2, 9])) == [9, 1, 2]
    assert box.db.update({"age": 2}, User.name == "x") == order


def test_an_id_is_not_given_twice_while_the_table_is_open(box: Box) -> None:
    box.db.insert_multiple([JOHN, JANE])
    box.db.remove(doc_ids=[2])
    assert box.db.insert(BOB) == 3


def test_ids_begin_anew_in_a_table_without_documents(box: Box) -> None:
    box.db.insert_multiple([JOHN, JANE])
    box.db.truncate()
    assert box.again().insert(BOB) == 1
    box.db.drop_table("_default")
    assert box.again().insert(BOB) == 1
    box.db.drop_tables()
    assert box.again().insert(BOB) == 1


def test_documents_are_read_by_id_by_ids_or_by_a_query(people: TinyDB) -> None:
    assert people.get(doc_id=2) == JANE
    assert people.get(doc_id=2).doc_id == 2
    assert people.get(doc_id=9) is None
    assert people.get(doc_ids=[3, 1, 9, 1]) == [JOHN, BOB]
    assert people.get(doc_ids=[]) == []
    assert people.get(User.age > 30) == JANE, "the first that meets it"
    assert people.get(User.age > 50) is None
    assert people.get(User.age > 50, doc_id=1) == JOHN, "the id goes first"
    with pytest.raises(RuntimeError, match="cond or doc_id or doc_ids"):
        people.get()


def test_contains_takes_an_id_or_a_query(people: TinyDB) -> None:
    assert people.contains(doc_id=3)
    assert not people.contains(doc_id=4)
    assert people.contains(User.name == "John")
    assert not people.contains(User.name == "Bobby")
    with pytest.raises(RuntimeError, match="cond or doc_id"):
        people.contains()


def test_documents_are_counted(people: TinyDB) -> None:
    assert len(people) == 3
    assert people.count(User.age >= 37) == 2
    assert people.count(User.name == "Bobby") == 0


def test_iteration_gives_what_was_there_at_its_first_step(people: TinyDB) -> None:
    every = iter(people)
    assert next(every) == JOHN
    people.remove(doc_ids=[3])
    assert [*every] == [JANE, BOB]
    assert [*people] == [JOHN, JANE]


UPDATES: list[tuple[Any, dict[str, Any]]] = [
    ({"age": 5, "new": [1, {"a": None}]}, {"name": "John", "age": 5, "new": [1, {"a": None}]}),
    (delete("age"), {"name": "John"}),
    (increment("age"), {"name": "John", "age": 23}),
    (decrement("age"), {"name": "John", "age": 21}),
    (add("age", 5), {"name": "John", "age": 27}),
    (
        add("name", "ny"),  # type: ignore[arg-type]  # it says numbers, and does both
        {"name": "Johnny", "age": 22},
    ),
    (subtract("age", 5), {"name": "John", "age": 17}),
    (set_field("age", "old"), {"name": "John", "age": "old"}),
    (lambda document: document.clear(), {}),
]


@pytest.mark.parametrize(("update", "expected"), UPDATES)
def test_update_sets_fields_or_runs_an_operation(
    box: Box, update: dict[str, Any] | Callable[[MutableMapping[str, Any]], None], expected: dict[str, Any]
) -> None:
    box.db.insert_multiple([JANE, JOHN])
    assert box.db.update(update, User.name == "John") == [2]
    assert box.again().all() == [JANE, expected]


def test_update_takes_ids_or_a_query_or_every_document(people: TinyDB) -> None:
    assert people.update({"a": 1}) == [1, 2, 3]
    assert people.update({"b": 1}, User.age < 40) == [1, 2]
    assert people.update({"c": 1}, doc_ids=[3, 9, 1]) == [3, 1], "what is not there is passed over"
    assert people.update({"d": 1}, User.age < 40, doc_ids=[]) == [], "ids go first"
    assert people.update({"e": 1}, User.name == "Bobby") == []
    assert people.update(increment("c"), doc_ids=(1, 1)) == [1, 1]
    assert people.all() == [
        {**JOHN, "a": 1, "b": 1, "c": 3},
        {**JANE, "a": 1, "b": 1},
        {**BOB, "a": 1, "c": 1},
    ]


def test_update_multiple_runs_each_update_where_its_own_query_is_met(people: TinyDB) -> None:
    updates = [
        ({"age": 50}, User.name == "John"),
        ({"city": "Tromsø"}, User.age == 50),
        (delete("age"), User.name == "Bob"),
    ]
    assert people.update_multiple(updates) == [1, 1, 3]
    assert people.all() == [
        {"name": "John", "age": 50, "city": "Tromsø"},
        JANE,
        {"name": "Bob", "city": "Bergen"},
    ]
    assert people.update_multiple([]) == []


def test_upsert_updates_all_that_meet_the_query_or_inserts(people: TinyDB) -> None:
    assert people.upsert({"name": "John", "logged-in": True}, User.name == "John") == [1]
    assert people.upsert({"old": True}, User.age >= 37) == [2, 3]
    assert people.upsert({"name": "Eve"}, User.name == "Eve") == [4]
    assert people.upsert(Document({"old": False}, doc_id=2)) == [2]
    assert people.upsert(Document({"name": "Zoë"}, doc_id=12)) == [12]
    with pytest.raises(ValueError, match="must specify a doc_id"):
        people.upsert({"name": "nobody"})
    assert people.all() == [
        {**JOHN, "logged-in": True},
        {**JANE, "old": False},
        {**BOB, "old": True},
        {"name": "Eve"},
        {"name": "Zoë"},
    ]


def test_remove_takes_ids_or_a_query(box: Box) -> None:
    box.db.insert_multiple([JOHN, JANE, BOB, JOHN])
    assert box.db.remove(User.name == "John") == [1, 4]
    assert box.db.remove(User.name == "John") == []
    assert box.db.remove(doc_ids=[9, 3]) == [3]
    with pytest.raises(RuntimeError, match="truncate"):
        box.db.remove()
    assert box.again().all() == [JANE]


def test_truncate_leaves_an_empty_table(box: Box) -> None:
    box.db.insert_multiple([JOHN, JANE])
    box.db.truncate()
    assert box.again().all() == []
    assert box.db.tables() == {"_default"}
