"""TinyDB's documented queries on stock TinyDB and on ours, and what indexes tell of them."""

import re
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from pyroaring import BitMap
from tinydb import Query, where
from tinydb.queries import QueryInstance, QueryLike
from tinydb.table import Document

from storage.journal.indexes import Index, Ordered, Unique, Values
from storage.tinydb.journal_db import JournalDB
from storage.tinydb.queries import rows_of
from tests.storage.boxes import Box

User = Query()
PEOPLE: list[dict[str, Any]] = [
    {"name": "John", "age": 22, "groups": ["user"], "birthday": {"year": 1990}},
    {"name": "Jane", "age": 37, "groups": ["admin", "user"], "city": "Oslo", "country-code": "NO"},
    {"name": "Bob", "groups": [], "city": "Bergen", "email": "bob@example.com"},
    {"name": None, "city": "Ålesund"},
    {"name": ["John"], "roles": [{"type": "read"}, {"type": "sudo"}]},
    {"name": 1, "roles": [{"type": "read"}]},
]


def between(value: int, low: int, high: int) -> bool:
    return low <= value <= high


QUERIES: list[tuple[QueryLike, list[int]]] = [
    (User.name == "John", [1]),
    (where("name") == "John", [1]),
    (User["country-code"] == "NO", [2]),
    (User.birthday.year == 1990, [1]),
    (where("birthday")["year"] == 1990, [1]),
    (User.name == None, [4]),  # noqa: E711  (builds a query)
    (User.name == ["John"], [5]),
    (User.name == 1, [6]),
    (User.name == True, [6]),  # noqa: E712
    (User.name == "nobody", []),
    (User.nothing == None, []),  # noqa: E711
    (User.name != "John", [2, 3, 4, 5, 6]),
    (User.age < 37, [1]),
    (User.age <= 37, [1, 2]),
    (User.age > 22, [2]),
    (User.age >= 22, [1, 2]),
    (User.city < "Oslo", [3]),
    (User.city <= "Oslo", [2, 3]),
    (User.city > "Oslo", [4]),
    (User.city >= "Oslo", [2, 4]),
    (User.city.exists(), [2, 3, 4]),
    (User.name.matches("J.*n"), [1, 2]),
    (User.name.matches("jOHN", flags=re.IGNORECASE), [1]),
    (User.name.search("o"), [1, 3]),
    (User.name.test(lambda name: name == "Bob"), [3]),
    (User.age.test(between, 30, 40), [2]),
    (User.groups.any(["admin", "sudo"]), [2]),
    (User.groups.all(["admin", "user"]), [2]),
    (User.groups.any([]), []),
    (User.roles.any(Query().type == "sudo"), [5]),
    (User.roles.all(Query().type == "read"), [6]),
    (User.name.one_of(["Bob", "Jane", None]), [2, 3, 4]),
    (User.name.one_of([]), []),
    (User.name.one_of([["John"], 1]), [5, 6]),
    (User.city.one_of("Bergen, Oslo"), [2, 3]),
    (User.email.one_of(["bob@example.com", "nobody@example.com"]), [3]),
    (User.email == "bob@example.com", [3]),
    (~(User.name == "John"), [2, 3, 4, 5, 6]),
    ((User.name == "Jane") & (User.age <= 40), [2]),
    ((User.name == "Jane") & (User.city == "Bergen"), []),
    ((User.name == "John") | (User.name == "Bob"), [1, 3]),
    ((User.name == "John") | (User.groups == []), [1, 3]),
    ((User.city > "B") & (User.city < "P") & ~(User.name == "Bob"), [2]),
    (User.fragment({"name": "Jane", "age": 37}), [2]),
    (Query().fragment({"city": "Oslo"}), [2]),
    (Query().noop() & (User.name == "Bob"), [3]),
    (User.groups.map(len) == 2, [2]),
    (lambda person: "email" in person, [3]),
]


@pytest.mark.parametrize(("query", "expected"), QUERIES)
def test_a_query_finds_the_same_whatever_the_store(box: Box, query: QueryLike, expected: list[int]) -> None:
    box.db.insert_multiple({**each} for each in PEOPLE[:3])
    db = box.again()
    db.insert_multiple(PEOPLE[3:])
    assert [each.doc_id for each in db.search(query)] == expected
    assert db.count(query) == len(expected)
    assert db.contains(query) is bool(expected)
    assert db.get(query) == (PEOPLE[expected[0] - 1] if expected else None)


def test_a_query_that_asks_nothing_is_refused(box: Box) -> None:
    box.db.insert({})
    with pytest.raises(RuntimeError, match="Empty query"):
        box.db.search(Query())
    with pytest.raises(ValueError, match="no path"):
        box.db.search(Query() == 1)


class Caseless(str):
    """A text with a mind of its own."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and self.casefold() == other.casefold()

    def __hash__(self) -> int:
        return hash(self.casefold())


class Subclass(QueryInstance):
    """A query that may mean something else by the same description."""


INDEXES: list[Index] = [Values("name"), Ordered("city"), Unique("email"), Values("groups")]
for row, person in enumerate(PEOPLE, 1):
    for index in INDEXES:
        index.add(row, person.get(index.field))

RULED_OUT: list[tuple[QueryLike, set[int] | None]] = [
    (User.name == "John", {1, 5}),  # a list is kept aside, and belongs to every answer
    (User.name == None, {4, 5}),  # noqa: E711
    (User.name == 1.0, {5, 6}),
    (User.name.one_of(["John", "Jane", "nobody"]), {1, 2, 5}),
    (User.name.one_of([]), {5}),
    (User.city < "Oslo", {2, 3}),
    (User.city >= "Oslo", {2, 4}),
    (User.email == "bob@example.com", {3}),
    (User.email.one_of(["bob@example.com", "nobody@example.com"]), {3}),
    ((User.name == "Jane") & (User.city < "Oslo"), {2}),
    ((User.name == "Jane") & (User.age == 37), {2, 5}),
    ((User.name == "Jane") & (User.name == "Jane"), {2, 5}),
    ((User.name == "John") | (User.email == "bob@example.com"), {1, 3, 5}),
    # Nothing is known of these.
    (User.name == ["John"], None),
    (User.name.one_of(["John", ["John"]]), None),
    (User.name.one_of("John"), None),
    (User.name != "John", None),
    (~(User.name == "John"), None),
    (User.name.first == "John", None),
    (User.name.map(str) == "John", None),
    (User.name == Caseless("John"), None),
    (User.name >= "John", None),
    (User.city == "Oslo", None),
    (User.city < 5, None),
    (User.email == None, None),  # noqa: E711
    (User.email.one_of([None]), None),
    (User.age == 37, None),
    ((User.name == "John") | (User.age == 37), None),
    (Query().noop(), None),
    (lambda _: True, None),
    (Subclass(lambda _: True, ("==", ("name",), "John")), None),
    (QueryInstance(lambda _: True, None), None),
    (QueryInstance(lambda _: True, ("==", "unheard of")), None),
]


@pytest.mark.parametrize(("query", "rows"), RULED_OUT)
def test_an_index_rules_out_what_a_query_cannot_find(query: QueryLike, rows: set[int] | None) -> None:
    assert rows_of(query, INDEXES) == (None if rows is None else BitMap(rows))


def test_nothing_is_known_without_an_index() -> None:
    assert rows_of(User.name == "John", []) is None


def test_a_query_is_asked_only_of_what_no_index_rules_out(tmp_path: Path) -> None:
    asked: list[int] = []

    def ask(age: int) -> bool:
        asked.append(age)
        return True

    query = User.age.test(ask) & (User.name == "n 7")
    with JournalDB(tmp_path / "db.json", indexes={"people": {"name": partial(Values, "name")}}) as db:
        table = db.table("people")
        table.insert_multiple({"name": f"n {n}", "age": n} for n in range(20))
        with db.transaction():
            table.insert({"name": "n 8", "age": 100})
            assert table.update({"name": "new"}, query) == [8]
            assert asked == [7, 100], "and of what the transaction has changed"
        asked.clear()
        assert (table.search(query), asked) == ([], [])


def test_what_an_index_finds_has_the_order_in_which_it_came(tmp_path: Path) -> None:
    with JournalDB(tmp_path / "db.json", indexes={"people": {"name": partial(Values, "name")}}) as db:
        table = db.table("people")
        with db.transaction():
            table.insert_multiple(Document({"name": "Ann"}, doc_id=doc_id) for doc_id in (9, 3))
            assert [each.doc_id for each in table.search(User.name == "Ann")] == [9, 3]
        assert [each.doc_id for each in table.search(User.name == "Ann")] == [9, 3]
        assert not db.storage.view.in_order("people")
        table.truncate()
        table.insert_multiple([{}, {}])
        assert db.storage.view.in_order("people"), "or every search would go through all rows for ever"
