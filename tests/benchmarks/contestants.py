"""Stores that do the same five things, each as well as a good engineer would have it do them.

All get the documents of `tickets.py`. What is durable is on disk before `insert` and `update` return.
"""

import os
import sqlite3
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Protocol, cast

import orjson
from tinydb import TinyDB, where
from tinydb.middlewares import CachingMiddleware
from tinydb.storages import JSONStorage, MemoryStorage

from storage.journal.engine import Engine
from storage.journal.indexes import Indexes, Ordered, Unique, Values
from storage.tinydb.journal_db import JournalDB, JournalTable
from storage.tinydb.journal_storage import JournalStorage
from storage.tinydb.outcomes import Outcomes

Document = dict[str, object]

INDEXED = ("status", "assignedUserId", "assignedQueue", "customerId", "createdBy")
INDEXES: Indexes = {
    "tickets": {
        "id": partial(Unique, "id"),
        **{field: partial(Values, field) for field in INDEXED},
        "slaDueAt": partial(Ordered, "slaDueAt"),
    }
}
FIRST = 10


class Contestant(Protocol):
    """A store in a folder of its own."""

    def fill(self, documents: Sequence[Document]) -> None:
        """Begins with these."""

    def insert(self, document: Document) -> int:
        """Gives its row."""

    def get(self, ticket_id: str) -> object: ...
    def first(self, status: str, queue: str) -> Sequence[object]:
        """The first ten of that status and queue, newest first."""

    def search(self, requester: str) -> Sequence[object]:
        """All that somebody has asked for."""

    def update(self, ticket_id: str, status: str) -> object: ...
    def forget(self, rows: Sequence[int]) -> None:
        """Removes what was inserted, so that it has its size again."""

    def close(self) -> None: ...


class OnTinyDB:
    """What needs no more than TinyDB's own interface."""

    def __init__(self, database: TinyDB) -> None:
        self.database = database
        self.tickets = database.table("tickets")

    def fill(self, documents: Sequence[Document]) -> None:
        self.tickets.insert_multiple(documents)

    def insert(self, document: Document) -> int:
        return self.tickets.insert(document)

    def get(self, ticket_id: str) -> object:
        return self.tickets.get(where("id") == ticket_id)

    def first(self, status: str, queue: str) -> Sequence[object]:
        found = self.tickets.search((where("status") == status) & (where("assignedQueue") == queue))
        return found[: -FIRST - 1 : -1]

    def search(self, requester: str) -> Sequence[object]:
        return self.tickets.search(where("createdBy") == requester)

    def update(self, ticket_id: str, status: str) -> object:
        return self.tickets.update({"status": status}, where("id") == ticket_id)

    def forget(self, rows: Sequence[int]) -> None:
        self.tickets.remove(doc_ids=rows)

    def close(self) -> None:
        self.database.close()


class Ours(OnTinyDB):
    """TinyDB's interface on the journal. A list is cut out of the indexes, as the product's lists are."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "ours.json"
        self._open()

    def fill(self, documents: Sequence[Document]) -> None:
        super().fill(documents)
        self._open_again()

    def forget(self, rows: Sequence[int]) -> None:
        super().forget(rows)
        self._open_again()

    def _open_again(self) -> None:
        """What it did in the background is over then, and rows are given anew from the last one on."""
        self.database.close()
        self._open()

    def _open(self) -> None:
        super().__init__(JournalDB(self._file, indexes=INDEXES))
        self._outcomes = Outcomes()
        self._engine.told = self._outcomes.wake
        self._staged = cast(JournalStorage, self.database.storage).staged()
        self._staged_tickets = JournalTable(self._staged, "tickets")

    @property
    def _engine(self) -> Engine:
        """What the product's own store stands on, too."""
        engine: Engine = self.database.storage._engine  # type: ignore[attr-defined]
        return engine

    def first(self, status: str, queue: str) -> Sequence[object]:
        engine = self._engine
        with engine.lock:
            by_status = engine.index("tickets", "status", Values)
            by_queue = engine.index("tickets", "assignedQueue", Values)
            rows = by_status.rows(status) & by_queue.rows(queue)
            found = [engine.view.get("tickets", row) for row in reversed(rows[-FIRST:])]
        return [orjson.loads(raw) for raw in found if raw]

    async def insert_soon(self, document: Document) -> int:
        """As the product's store does it: the event loop goes on while the disk is waited for."""
        self._staged.begin()
        row: int = self._staged_tickets.insert(document)
        durable, done = self._outcomes.awaited()
        self._staged.commit(done)
        await durable
        return row


class OnJson(OnTinyDB):
    """TinyDB as it comes: the whole file is written anew by every change, and left to the system's cache."""

    def __init__(self, folder: Path) -> None:
        super().__init__(TinyDB(folder / "json.json", storage=JSONStorage))


class Cached(OnTinyDB):
    """Written once in a thousand changes: what comes between is in memory only."""

    def __init__(self, folder: Path) -> None:
        super().__init__(TinyDB(folder / "cached.json", storage=CachingMiddleware(JSONStorage)))  # type: ignore[no-untyped-call]


class InMemory(OnTinyDB):
    """Written never."""

    def __init__(self, folder: Path) -> None:
        del folder
        super().__init__(TinyDB(storage=MemoryStorage))


class Sqlite:
    """JSON in a column and what is indexed in others; WAL, and a sync for every transaction.

    Threads share one connection under a lock: quicker than one each, which poll for the file's lock.
    """

    def __init__(self, folder: Path) -> None:
        self._lock = Lock()
        self._connection = sqlite3.connect(
            folder / "sqlite.db", isolation_level=None, check_same_thread=False
        )
        columns = ", ".join(("id", *INDEXED, "slaDueAt"))
        self._connection.executescript(
            f"PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -262144;"
            f"CREATE TABLE tickets (row INTEGER PRIMARY KEY, document TEXT, {columns});"
            "CREATE UNIQUE INDEX by_id ON tickets (id);"
            "CREATE INDEX by_status_and_queue ON tickets (status, assignedQueue);"
            + "".join(f"CREATE INDEX by_{field} ON tickets ({field});" for field in (*INDEXED, "slaDueAt"))
        )
        self._insert = f"INSERT INTO tickets (document, {columns}) VALUES ({', '.join('?' * 8)})"  # noqa: S608

    def fill(self, documents: Sequence[Document]) -> None:
        self._connection.execute("BEGIN")
        self._connection.executemany(self._insert, map(self._columns, documents))
        self._connection.execute("COMMIT")

    def insert(self, document: Document) -> int:
        columns = self._columns(document)
        with self._lock:
            return self._connection.execute(self._insert, columns).lastrowid or 0

    def get(self, ticket_id: str) -> object:
        return self._read("WHERE id = ?", ticket_id)[0]

    def first(self, status: str, queue: str) -> Sequence[object]:
        newest = f"WHERE status = ? AND assignedQueue = ? ORDER BY row DESC LIMIT {FIRST}"
        return self._read(newest, status, queue)

    def search(self, requester: str) -> Sequence[object]:
        return self._read("WHERE createdBy = ? ORDER BY row", requester)

    def update(self, ticket_id: str, status: str) -> object:
        change = "UPDATE tickets SET status = ?1, document = json_set(document, '$.status', ?1) WHERE id = ?2"
        with self._lock:
            return self._connection.execute(change, (status, ticket_id))

    def forget(self, rows: Sequence[int]) -> None:
        self._connection.execute("DELETE FROM tickets WHERE row BETWEEN ? AND ?", (min(rows), max(rows)))

    def close(self) -> None:
        self._connection.close()

    def _read(self, which: str, *values: str) -> list[object]:
        rows = self._connection.execute(f"SELECT document FROM tickets {which}", values)  # noqa: S608
        return [orjson.loads(document) for (document,) in rows]

    def _columns(self, document: Document) -> list[object]:
        fields = ("id", *INDEXED, "slaDueAt")
        return [orjson.dumps(document).decode(), *map(document.get, fields)]


class Append:
    """The floor: the same bytes at the end of a file, and `fdatasync`. Nothing can be found again."""

    def __init__(self, folder: Path) -> None:
        self._file = os.open(folder / "append", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def fill(self, documents: Sequence[Document]) -> None:
        os.write(self._file, b"\n".join(map(orjson.dumps, documents)))

    def insert(self, document: Document) -> int:
        os.write(self._file, orjson.dumps(document) + b"\n")
        os.fdatasync(self._file)
        return 0

    def forget(self, rows: Sequence[int]) -> None:
        """Leaves them: nothing depends on how many there are."""

    def close(self) -> None:
        os.close(self._file)
