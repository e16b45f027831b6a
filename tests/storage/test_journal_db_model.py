"""Ours against TinyDB on MemoryStorage, by random operations: each gives the same, and leaves the same behind."""

import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from copy import deepcopy
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from tinydb import Query, TinyDB
from tinydb.operations import set as set_field
from tinydb.queries import QueryInstance
from tinydb.storages import MemoryStorage
from tinydb.table import Document, Table

from storage.journal.indexes import Indexes
from storage.tinydb.journal_db import JournalDB
from tests.storage.boxes import INDEXES, GoBack

Fields = dict[str, Any]
Update = Fields | Callable[[Any], None]

TABLES = ("_default", "groups", "plain")
NAMES = ("Ann", "Bob", "Cid")
CITIES = ("Ålesund", "Bergen", "Oslo", "Oslo 2")

names = st.sampled_from([*NAMES, 1, 1.5, True, None, ["Ann"], {"first": "Ann"}])
cities = st.sampled_from(CITIES)
documents = st.fixed_dictionaries(
    {}, optional={"name": names, "city": cities, "groups": st.lists(names, max_size=2)}
)
doc_ids = st.integers(1, 12)
some_ids = st.lists(doc_ids, max_size=4, unique=True)
tables = st.sampled_from(TABLES)
field = Query()
simple = st.one_of(
    st.builds(lambda value: field.name == value, names),
    st.builds(lambda value: field.name != value, names),
    st.builds(field.name.one_of, st.lists(names, max_size=3)),
    st.builds(lambda value: field.groups == value, st.lists(names, max_size=2)),
    st.builds(field.groups.any, st.lists(names, max_size=2)),
    st.builds(lambda value: field.city < value, cities),
    st.builds(lambda value: field.city <= value, cities),
    st.builds(lambda value: field.city > value, cities),
    st.builds(lambda value: field.city >= value, cities),
    st.just(field.name.exists()),
    st.just(field.name.first == "Ann"),
    st.just(field.noop()),
)
queries = st.recursive(
    simple,
    lambda inner: st.one_of(
        st.builds(lambda one, two: one & two, inner, inner),
        st.builds(lambda one, two: one | two, inner, inner),
        st.builds(lambda one: ~one, inner),
    ),
    max_leaves=4,
)
updates = st.one_of(
    documents,
    st.sampled_from(
        [set_field("name", "Ann"), set_field("city", "Oslo"), lambda each: each.pop("name", None)]
    ),
)


class Ours(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.model = TinyDB(storage=MemoryStorage)
        self.ours = self.opened(INDEXES)
        self.open: list[tuple[AbstractContextManager[None], Any]] = []  # transactions, and what to go back to
        self.there: set[tuple[str, str]] = set()  # the rows of all tables
        self.gone: set[tuple[str, str]] = set()  # those that this transaction has removed

    def opened(self, indexes: Indexes) -> JournalDB:
        return JournalDB(Path(self.folder.name) / "db.json", indexes=indexes, compact_from=2000)

    def teardown(self) -> None:
        while self.open:
            self.roll_back()
        self.ours.close()
        self.folder.cleanup()

    def both(self, table: str, call: Callable[[Table], object]) -> None:
        assert outcome(call, self.ours.table(table)) == outcome(call, self.model.table(table))

    @rule(table=tables, many=st.lists(documents, max_size=3))
    def insert(self, table: str, many: list[Fields]) -> None:
        given = self.ours.table(table).insert_multiple(many)
        assert given == [insert(self.model.table(table), each) for each in many]
        self.both(table, lambda each: each.insert_multiple([]))

    @rule(table=tables, doc_id=doc_ids, document=documents, many=st.booleans())
    def insert_with_an_id(self, table: str, doc_id: int, document: Fields, *, many: bool) -> None:
        new = Document(document, doc_id)
        self.both(table, lambda each: each.insert_multiple([new]) if many else each.insert(new))
        self.model.table(table)._next_id = None  # after many, too

    @rule(table=tables, update=updates, query=st.none() | queries)
    def update(self, table: str, update: Update, query: QueryInstance | None) -> None:
        self.both(table, lambda each: each.update(update, query))

    @rule(table=tables, update=updates, ids=some_ids)
    def update_by_id(self, table: str, update: Update, ids: list[int]) -> None:
        self.both(table, lambda each: each.update(update, doc_ids=ids))

    @rule(table=tables, many=st.lists(st.tuples(updates, queries), max_size=3))
    def update_multiple(self, table: str, many: list[tuple[Update, QueryInstance]]) -> None:
        self.both(table, lambda each: each.update_multiple(many))

    @rule(table=tables, document=documents, query=queries)
    def upsert(self, table: str, document: Fields, query: QueryInstance) -> None:
        self.both(table, lambda each: each.upsert(document, query) if each.contains(query) else None)

    @rule(table=tables, query=queries)
    def remove(self, table: str, query: QueryInstance) -> None:
        self.both(table, lambda each: each.remove(query))

    @rule(table=tables, ids=some_ids)
    def remove_by_id(self, table: str, ids: list[int]) -> None:
        self.both(table, lambda each: each.remove(doc_ids=ids))

    @rule(table=tables)
    def truncate(self, table: str) -> None:
        self.both(table, lambda each: each.truncate())

    @rule(table=tables)
    def drop_table(self, table: str) -> None:
        self.ours.drop_table(table)
        self.model.drop_table(table)

    @rule()
    def drop_tables(self) -> None:
        self.ours.drop_tables()
        self.model.drop_tables()

    @rule(table=tables, query=queries, ids=some_ids)
    def look(self, table: str, query: QueryInstance, ids: list[int]) -> None:
        self.both(table, lambda each: each.search(query))
        self.both(table, lambda each: [each.get(query), each.contains(query), each.count(query)])
        self.both(table, lambda each: [each.get(doc_ids=ids), *(each.get(doc_id=doc_id) for doc_id in ids)])

    @rule()
    def begin(self) -> None:
        transaction = self.ours.transaction()
        transaction.__enter__()
        self.open.append((transaction, deepcopy(self.model.storage.read())))

    @precondition(lambda self: self.open)
    @rule()
    def commit(self) -> None:
        transaction, _ = self.open.pop()
        transaction.__exit__(None, None, None)

    @precondition(lambda self: self.open)
    @rule()
    def roll_back(self) -> None:
        transaction, before = self.open.pop()
        transaction.__exit__(GoBack, GoBack(), None)
        self.model_becomes(before)

    @precondition(lambda self: not self.open)
    @rule(indexed=st.booleans())
    def reopen(self, *, indexed: bool) -> None:
        self.ours.close()
        self.ours = self.opened(INDEXES if indexed else {})
        self.model._tables.clear()  # it counts on from the highest id then, as after opening

    def model_becomes(self, tables: Any) -> None:  # noqa: ANN401  (whatever a storage reads)
        self.model.storage.write(tables)
        for table in TABLES:
            self.model.table(table).clear_cache()

    @invariant()
    def everything_is_the_same(self) -> None:
        ours, model = self.ours.storage.read() or {}, self.model.storage.read() or {}
        assert ours == model
        if self.put_back(model):
            self.model_becomes(
                {table: {row: model[table][row] for row in rows} for table, rows in ours.items()}
            )
        assert self.ours.tables() == self.model.tables()
        for table in TABLES:
            self.both(table, lambda each: [*each])
            self.both(table, len)

    def put_back(self, model: dict[str, Any]) -> bool:
        """Whether something was removed and put back in one transaction: it keeps its place in ours."""
        there = {(table, row) for table, rows in model.items() for row in rows}
        self.gone = (self.gone | (self.there - there)) if self.open else set()
        self.there = there
        return bool(self.gone & there)


def outcome(call: Callable[[Table], object], table: Table) -> str:
    """What a call gives, with the ids of documents, or the error that it raises."""
    try:
        return repr(with_ids(call(table)))
    except ValueError as error:
        return repr(error)


def with_ids(found: object) -> object:
    if isinstance(found, Document):
        return found.doc_id, dict(found)
    return [*map(with_ids, found)] if isinstance(found, list) else found


def insert(table: Table, document: Fields) -> int:
    """Stock TinyDB may give an id that is taken, after a transaction that went back; it takes the next one here."""
    next_id: int | None = table._next_id
    if next_id is not None and table.contains(doc_id=next_id):
        table._next_id = None
    return table.insert(document)


TestOurs = Ours.TestCase
TestOurs.settings = settings(stateful_step_count=30)
