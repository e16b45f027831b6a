"""TinyDB's Storage on the journal, and what its tables need of it: transactions, and the documents that are asked for.

There are two: `JournalStorage` is a file, and each call of a table returns once the disk has what it changed.
`begin()` gives a `StagedStorage`: a TinyDB on that one changes nothing until `commit`, which calls back, so that who
commits can `await` it. That is all that is added to TinyDB's own interface for the sake of the product.

Documents are what JSON makes of them: a tuple comes back as a list. What JSON cannot hold is refused before anything
is touched. Safe to use from any thread; what one reads of another's is on disk, and never half of a transaction.
"""

import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from copy import copy
from math import isfinite
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import orjson
from pyroaring import BitMap
from tinydb.queries import QueryLike
from tinydb.storages import Storage

from storage.journal.disk import Disk
from storage.journal.engine import COMPACT_FROM, Done, Engine
from storage.journal.format import SEAL
from storage.journal.indexes import Indexes
from storage.journal.layers import STRICTLY, JournalTransaction, ReadView
from storage.journal.lock import FolderLock
from storage.tinydb.queries import rows_of

Json = dict[str, object]


class JournalStorage(Storage):
    """One database in a folder that is locked until `close`."""

    def __init__(
        self,
        path: str | Path,
        *,
        indexes: Indexes | None = None,
        disk: Disk | None = None,
        compact_from: int = COMPACT_FROM,
        lock: FolderLock | None = None,
    ) -> None:
        """Opens a file of this kind or of stock TinyDB, or makes one. Raises StoreOpenError and OSError.

        `lock`: the folder's, of a caller who keeps several databases in it; else it is locked until `close`.
        """
        path = Path(path)
        self._one_at_a_time = threading.RLock()
        self._under_way = _UnderWay()
        with ExitStack() as opened:
            if lock is None:
                lock = FolderLock(path.parent)
                opened.callback(lock.release)
            self._engine = Engine(path, indexes, disk=disk, compact_from=compact_from, lock=lock)
            opened.callback(self._engine.close)
            self._opened = opened.pop_all()

    @property
    def engine(self) -> Engine:
        """For whoever knows an index by its name."""
        return self._engine

    def staged(self) -> "StagedStorage":
        """For transactions one after the other: the caller sees to it that one is over before the next begins."""
        return StagedStorage(self._engine)

    def read(self) -> dict[str, dict[str, Any]] | None:
        """Everything, by table and row; None where there is no table. A copy of all there is: tables do without."""
        with self._engine.lock:
            tables = {table: self.view.documents(table) for table in self.view.tables()}
        return {
            table: {str(row): orjson.loads(raw) for row, raw in documents.items()}
            for table, documents in tables.items()
        } or None

    def write(self, data: dict[str, dict[str, Any]]) -> None:
        """Makes everything as given, in one transaction; what is so already is not written again."""
        with self.transaction() as changes:
            for table in self.tables() - data.keys():
                self.drop(table)
            for table, given in data.items():
                self.make(table)
                kept = self.documents(table)
                rows = {int(row): document for row, document in given.items()}
                for row in kept.keys() - rows.keys():
                    changes.remove(table, row)
                for row, document in rows.items():
                    plain, raw = as_json(document)
                    if kept.get(row) != raw:
                        changes.put(table, row, plain, raw)

    def close(self) -> None:
        """Waits for what is under way."""
        self._opened.close()

    def transaction(self) -> AbstractContextManager[JournalTransaction]:
        """All that happens within becomes visible and durable at the end, or none of it.

        One at a time; another one inside it becomes part of it, unless that one fails. Returns once the disk has it,
        and others may begin before that. Raises OSError where the disk does not take it; nothing was changed then.
        A document that is removed and put back under its id within keeps its place among the others.
        """
        return self._transaction()

    @contextmanager
    def _transaction(self) -> Iterator[JournalTransaction]:
        outer = self._under_way.transaction
        outcome: SimpleQueue[OSError | None] = SimpleQueue()
        with self._one_at_a_time:
            changes = outer.nested() if outer else self._engine.begin()
            self._under_way.transaction = changes
            try:
                yield changes
            finally:
                self._under_way.transaction = outer
            if outer:
                outer.layer.lay(changes.layer)
                return
            turn = self._engine.stage(changes, outcome.put)
        if turn:
            turn()  # whoever waits for the disk anyway may as well write: no other thread need wake up for it
        if error := outcome.get():
            raise copy(error) from error  # a traceback belongs to one thread

    def make(self, table: str) -> None:
        """An empty table, where there is none. Raises ValueError for the name of the journal's own."""
        if table == SEAL:
            message = f"a table cannot be called “{SEAL}”: snapshots end with one of that name"
            raise ValueError(message)
        with self.transaction() as changes, self._engine.lock:
            if table not in changes.tables():
                changes.make(table)

    def drop(self, table: str) -> None:
        """Does nothing where there is no such table."""
        with self.transaction() as changes, self._engine.lock:
            if table in changes.tables():
                changes.drop(table)

    @property
    def view(self) -> ReadView:
        """What this thread may see: its own transaction, or else what is durable."""
        return self._under_way.transaction or self._engine.view

    def tables(self) -> set[str]:
        with self._engine.lock:
            return self.view.tables()

    def documents(self, table: str) -> dict[int, bytes]:
        """All of a table, in their order."""
        with self._engine.lock:
            return self.view.documents(table)

    def some(self, table: str, rows: Iterable[int]) -> dict[int, bytes]:
        """Those of these documents that there are, in the table's order."""
        with self._engine.lock:
            if not self.view.in_order(table):
                wanted = set(rows)
                return {row: raw for row, raw in self.view.documents(table).items() if row in wanted}
            found = ((row, self.view.get(table, row)) for row in sorted(set(rows)))
            return {row: raw for row, raw in found if raw is not None}

    def candidates(self, table: str, query: QueryLike) -> dict[int, bytes]:
        """The documents that may meet a query: all but those that an index rules out. In the table's order."""
        with self._engine.lock:
            rows = rows_of(query, self._engine.indexes(table))
            if rows is None:
                return self.view.documents(table)
            changed = self.view.changed(table)
            return self.some(table, rows | BitMap(changed) if changed else rows)

    def count(self, table: str) -> int:
        with self._engine.lock:
            return self.view.count(table)

    def last(self, table: str) -> int:
        """The highest row there is."""
        with self._engine.lock:
            return self.view.last(table)

    def unique(self, table: str) -> Mapping[str, str]:
        """The names of a table's unique indexes, by their fields."""
        return self._engine.unique(table)

    def named(self, table: str, index: str, value: object) -> tuple[int, bytes] | None:
        """The row and the document with this value of a unique index."""
        view = self.view
        with self._engine.lock:  # rows are used again: between two looks it may be another's
            row = view.find(table, index, value)
            raw = None if row is None else view.get(table, row)
        return None if row is None or raw is None else (row, raw)


class StagedStorage(JournalStorage):
    """What a transaction sees and changes, as a Storage. Nothing becomes of it without `commit`.

    What is done to it is a part of the transaction at once. A call that fails half-way leaves its half there, so its
    error has to end the transaction. It serves the next one after `begin`, and the tables on it do, too: making them
    anew for each took a tenth of the time of a small one.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.begin()

    def begin(self) -> None:
        """Begins a transaction, and forgets what is left of the one before."""
        self._changes = self._engine.begin()

    @property
    def view(self) -> JournalTransaction:
        return self._changes

    def transaction(self) -> AbstractContextManager[JournalTransaction]:
        return nullcontext(self._changes)

    @property
    def has_changes(self) -> bool:
        return bool(self._changes.layer)

    def commit(self, done: Done) -> None:
        """Returns at once. `done` is called once it is durable, and so is all that it read; or once that has failed."""
        self._engine.commit(self._changes, done)

    def close(self) -> None:
        """Leaves the file open: it is not this one's."""


class _UnderWay(threading.local):
    """The transaction that a thread is in."""

    transaction: JournalTransaction | None = None


def as_json(document: Mapping[str, object]) -> tuple[Json, bytes]:
    """What will be read of it, and its JSON. Raises TypeError and ValueError for what JSON cannot hold."""
    given = dict(document)
    raw = orjson.dumps(given, option=STRICTLY)
    plain: Json = orjson.loads(raw)
    if plain != given:  # a tuple has become a list, or something else what it is not
        _refuse_others(given)
    return plain, raw


def _refuse_others(value: object) -> None:
    """Raises ValueError and TypeError for what orjson writes as something else: NaN as null, a UUID as text."""
    if isinstance(value, float) and not isfinite(value):
        message = f"{value} is not JSON"
        raise ValueError(message)
    if isinstance(value, Mapping):
        for each in value.values():
            _refuse_others(each)
    elif isinstance(value, list | tuple):
        for each in value:
            _refuse_others(each)
    elif value is not None and not isinstance(value, str | int | float):
        message = f"{type(value).__name__} is not JSON"
        raise TypeError(message)
