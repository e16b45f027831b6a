"""TinyDB on the journal: the same public API, where an operation costs what it changes or finds, not what exists.

    db = JournalDB("data/desk.json", indexes={"tickets": {"status": partial(Values, "status")}})
    with db.transaction():
        db.table("tickets").insert({"status": "new"})
        db.table("jobs").insert({"ticket": 1})

Each document handed out is read anew: whoever changes it changes nothing here.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any, cast

import orjson
from tinydb import TinyDB
from tinydb.queries import QueryLike
from tinydb.storages import Storage
from tinydb.table import Document, Table

from storage.journal.layers import JournalTransaction
from storage.tinydb.journal_storage import JournalStorage, Json, as_json
from storage.tinydb.queries import Is

Fields = Mapping[str, object] | Callable[[MutableMapping[str, object]], None]
"""What `update` does to a document: the fields to set, or an operation that changes it in place."""


class JournalTable(Table):
    """No query is cached: that would keep documents in memory twice, and miss what has changed since."""

    def __init__(
        self,
        storage: JournalStorage,
        name: str,
        cache_size: int = Table.default_query_cache_capacity,
        persist_empty: bool = False,  # noqa: FBT001, FBT002  (as TinyDB has it)
    ) -> None:
        super().__init__(storage, name, cache_size)
        self._journal = storage
        self._unique = storage.unique(name)
        self._next: int | None = None  # an id once given is not given again, until the table is opened anew
        if persist_empty:
            storage.make(name)

    def insert(self, document: Mapping[str, object]) -> int:
        return self.insert_multiple([document])[0]

    def insert_multiple(self, documents: Iterable[Mapping[str, object]]) -> list[int]:
        with self._changes() as changes:
            return [self._add(changes, document) for document in documents]

    def search(self, cond: QueryLike) -> list[Document]:
        return [self._made(row, raw) for row, raw in self._matching(cond)]

    def get(
        self, cond: QueryLike | None = None, doc_id: int | None = None, doc_ids: list[int] | None = None
    ) -> Any:  # noqa: ANN401  (a document or None; with `doc_ids` a list of documents, as TinyDB's overloads say)
        if doc_id is not None:
            raw = self._journal.view.get(self.name, doc_id)
            return None if raw is None else self._made(doc_id, raw)
        if doc_ids is not None:
            return [self._made(row, raw) for row, raw in self._journal.some(self.name, doc_ids).items()]
        if cond is not None:
            found = self._first(cond)
            return found and self._made(*found)
        message = "You have to pass either cond or doc_id or doc_ids"
        raise RuntimeError(message)

    def update(
        self, fields: Fields, cond: QueryLike | None = None, doc_ids: Iterable[int] | None = None
    ) -> list[int]:
        updated = []
        with self._changes() as changes:
            for row in self._wanted(cond, doc_ids):
                if (raw := changes.get(self.name, row)) is not None:
                    self._change(changes, row, orjson.loads(raw), fields)
                    updated.append(row)
        return updated

    def update_multiple(self, updates: Iterable[tuple[Fields, QueryLike]]) -> list[int]:
        updates, updated = list(updates), []
        with self._changes() as changes:
            rows = {row for _, cond in updates for row in self._journal.candidates(self.name, cond)}
            for row, raw in self._journal.some(self.name, rows).items():
                document = orjson.loads(raw)
                for fields, cond in updates:  # each query is asked of what the updates before have made
                    if cond(document):
                        self._change(changes, row, document, fields)
                        updated.append(row)
        return updated

    def upsert(self, document: Mapping[str, object], cond: QueryLike | None = None) -> list[int]:
        if not isinstance(document, self.document_class):
            with self._journal.transaction():
                return super().upsert(document, cond)
        with self._changes() as changes:
            row, (fields, _) = int(document.doc_id), self._as_json(document)
            if (before := changes.get(self.name, row)) is None:
                self._next = None  # as after the insert that it is
            else:
                kept = orjson.loads(before)
                fields = fields | {name: kept[name] for name in kept.keys() - fields.keys()}
            changes.put(self.name, row, fields)
        return [row]

    def remove(self, cond: QueryLike | None = None, doc_ids: Iterable[int] | None = None) -> list[int]:
        if cond is None and doc_ids is None:
            message = "Use truncate() to remove all documents"
            raise RuntimeError(message)
        with self._changes() as changes:
            wanted = dict.fromkeys(self._wanted(cond, doc_ids))
            removed = [row for row in wanted if changes.get(self.name, row) is not None]
            for row in removed:
                changes.remove(self.name, row)
        return removed

    def truncate(self) -> None:
        with self._changes() as changes:
            for row in self._journal.documents(self.name):
                changes.remove(self.name, row)
            self._next = None

    def __len__(self) -> int:
        return self._journal.count(self.name)

    def __iter__(self) -> Iterator[Document]:
        """As of the first step: what happens later is not seen."""
        for row, raw in self._journal.documents(self.name).items():
            yield self._made(row, raw)

    def id_of(self, cond: QueryLike) -> int | None:
        """The id of a document that meets a query."""
        found = self._first(cond)
        return found and found[0]

    @property
    def last_id(self) -> int:
        """The highest id there is; 0 in an empty table."""
        return self._journal.last(self.name)

    def _changes(self) -> AbstractContextManager[JournalTransaction]:
        return self._making()

    @contextmanager
    def _making(self) -> Iterator[JournalTransaction]:
        """TinyDB makes the table with any call that may change it."""
        with self._journal.transaction() as changes:
            if not changes.has(self.name):
                self._journal.make(self.name)
            yield changes

    def _add(self, changes: JournalTransaction, document: object) -> int:
        if not isinstance(document, Mapping):
            message = "Document is not a Mapping"
            raise ValueError(message)  # noqa: TRY004  (as TinyDB has it)
        if isinstance(document, self.document_class):
            self._next, row = None, int(document.doc_id)
            if changes.get(self.name, row) is not None:
                message = f"Document with ID {row} already exists"
                raise ValueError(message)
        else:
            row = self._next_row(changes)
            self._next = row + 1
        changes.put(self.name, row, *self._as_json(document))
        return row

    def _next_row(self, changes: JournalTransaction) -> int:
        if self._next is None or changes.get(self.name, self._next) is not None:
            return self._journal.last(self.name) + 1
        return self._next

    def _change(self, changes: JournalTransaction, row: int, document: Json, fields: Fields) -> None:
        if callable(fields):
            fields(document)
        else:
            document.update(fields)
        changes.put(self.name, row, *self._as_json(document))

    def _wanted(self, cond: QueryLike | None, doc_ids: Iterable[int] | None) -> Iterable[int]:
        """The rows with these ids, else those that meet the query, else all."""
        if doc_ids is not None:
            return doc_ids
        if cond is not None:
            return [row for row, _ in self._matching(cond)]
        return self._journal.documents(self.name)

    def _first(self, cond: QueryLike) -> tuple[int, bytes] | None:
        if isinstance(cond, Is) and cond.field in self._unique:
            return self._journal.named(self.name, self._unique[cond.field], cond.wanted)
        return next(self._looked_through(cond), None)

    def _matching(self, cond: QueryLike) -> Iterable[tuple[int, bytes]]:
        if isinstance(cond, Is) and cond.field in self._unique:
            found = self._first(cond)
            return [found] if found else []
        return self._looked_through(cond)

    def _looked_through(self, cond: QueryLike) -> Iterator[tuple[int, bytes]]:
        for row, raw in self._journal.candidates(self.name, cond).items():
            if cond(orjson.loads(raw)):
                yield row, raw

    def _made(self, row: int, raw: bytes) -> Any:  # noqa: ANN401  (what a subclass hands out instead of Documents)
        """What is handed out of a document."""
        return self.document_class(orjson.loads(raw), row)

    def _as_json(self, document: Mapping[str, object]) -> tuple[Json, bytes]:
        """What is kept of a document, and its JSON. Raises TypeError and ValueError for what JSON cannot hold."""
        return as_json(document)


class JournalDB(TinyDB):
    """`JournalDB(path, indexes=...)`: the arguments are those of JournalStorage."""

    table_class: type[Table] = JournalTable
    default_storage_class: type[Storage] = JournalStorage  # type: ignore[assignment]  # TinyDB says JSONStorage

    @property
    def storage(self) -> JournalStorage:
        return cast(JournalStorage, super().storage)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """As `JournalStorage.transaction`: what this thread does within, in any table, happens as a whole or not."""
        with self.storage.transaction():
            yield

    def tables(self) -> set[str]:
        return self.storage.tables()

    def drop_table(self, name: str) -> None:
        self._tables.pop(name, None)  # as TinyDB: whoever asks for the table then gets a new one
        self.storage.drop(name)
