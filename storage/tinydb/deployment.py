"""The database of the deployment, beside those of its workspaces: what belongs to none of them, such as when each is due.

    INVITATIONS = DeploymentTable("invitations", Invitation, {"code": partial(Unique, "code")})

    deployment.read(INVITATIONS).get(Is("code", "x"))        # what is durable, at once

    def work(tx: DeploymentTransaction) -> int:              # reads its own changes, and those of all before it
        tx.table(INVITATIONS).keep_as(invitation, Is("code", "x"))
        return len(tx.table(INVITATIONS))

    await deployment.change(work)                            # durable when it returns

A module has its own tables and hands them to whoever opens the database: `ALL` in `storage.tinydb.deployment_tables`.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar, cast

import orjson

from bot.domain.record import Record
from storage.journal.errors import StoreOpenError
from storage.journal.file_names import shown
from storage.journal.folder import DEPLOYMENT
from storage.journal.indexes import Index
from storage.journal.lock import FolderLock
from storage.tinydb.documents import SCHEMA, RecordTable
from storage.tinydb.journal_db import JournalDB
from storage.tinydb.outcomes import Outcomes, until

R = TypeVar("R", bound=Record)
T = TypeVar("T")
KindOfIndex = TypeVar("KindOfIndex", bound=Index)


class DeploymentTable(NamedTuple, Generic[R]):
    """A table by its name: what its records are, and how they are found."""

    name: str
    record: type[R]
    indexes: Mapping[str, Callable[[], Index]] = {}


class _Meta(Record):
    """One record, with the first change. Beside it stands the schema, as in every document."""

    deployment: bool = True


_META = DeploymentTable("meta", _Meta)


class DeploymentTransaction:
    """The tables as a transaction sees and changes them."""

    def __init__(self, tables: JournalDB) -> None:
        self._tables = tables

    def table(self, table: DeploymentTable[R]) -> RecordTable[R]:
        return cast(RecordTable[R], self._tables.table(table.name, kind=table.record))


class DeploymentDB:
    """In a folder that is locked. It is open as long as the store is. To be used by the event loop's thread."""

    def __init__(self, folder: Path, lock: FolderLock, tables: Iterable[DeploymentTable[Any]]) -> None:
        """Raises StoreOpenError and OSError. Without a file it is empty, and made by the first change."""
        path = folder / DEPLOYMENT
        indexes = {table.name: table.indexes for table in tables}
        self._db = _Tables(path, indexes=indexes, lock=lock)
        self._engine = self._db.storage.engine
        try:
            self._require_known_schema(path)
        except StoreOpenError:
            self.close()
            raise
        self._outcomes = Outcomes()
        self._engine.told = self._outcomes.wake
        self._staged = staged = self._db.storage.staged()
        self._transaction = DeploymentTransaction(_Tables(storage=lambda: staged))
        self._durable = DeploymentTransaction(self._db)

    def read(self, table: DeploymentTable[R]) -> RecordTable[R]:
        """What is durable. It stays what it is: to change something there is `change`."""
        return self._durable.table(table)

    def index(self, table: DeploymentTable[Any], name: str, kind: type[KindOfIndex]) -> KindOfIndex:
        """One of a table's, of what is durable; for whoever holds `unchanging`."""
        return self._engine.index(table.name, name, kind)

    @property
    def unchanging(self) -> AbstractContextManager[object]:
        """While it is held nothing becomes visible: for whoever asks an index and then reads."""
        return self._engine.lock

    async def change(self, work: Callable[[DeploymentTransaction], T]) -> T:
        """Runs `work` as a transaction, and gives what it gave once that is durable. An exception leaves everything as it was.
        Raises StoreUnavailable."""
        self._staged.begin()
        done = work(self._transaction)
        if self._staged.has_changes and self._transaction.table(_META).get(doc_id=1) is None:
            self._transaction.table(_META).keep(_Meta(), 1)
        durable, tell = self._outcomes.awaited()
        self._staged.commit(tell)
        await until(durable)
        return done

    def forget_replaced(self) -> None:
        """Once the next change is on disk, nothing is left there of what was replaced before it."""
        self._engine.compact_next()

    def trouble(self) -> OSError | None:
        """As the engine says."""
        return self._engine.trouble()

    def mend(self) -> OSError | None:
        """Tries whether the disk takes writes again, and gives why not. Blocks."""
        return self._engine.mend()

    def close(self) -> None:
        """Waits for what is under way. Blocks."""
        self._db.close()

    def _require_known_schema(self, path: Path) -> None:
        raw = self._engine.view.get(_META.name, 1)
        if raw and orjson.loads(raw)["schema"] > SCHEMA:
            message = f"{shown(path)} was written by a newer Deskhand: start that version, or a later one."
            raise StoreOpenError(message)


class _Tables(JournalDB):
    table_class = RecordTable
