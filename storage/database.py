"""One workspace in TinyDB: its tables, and what is kept in memory beside them to find things at once."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tinydb import TinyDB
from tinydb.queries import QueryLike
from tinydb.table import Document, Table

from bot.domain.directory import Directory
from bot.domain.outbox import Job
from bot.domain.workspace import Workspace
from storage.errors import StoreOpenError
from storage.file_names import file_name, shown
from storage.whole_file import Tables, WholeFile, unreadable

Changes = dict[str, dict[int, dict[str, object] | None]]
"""New documents by table and row; null removes the row."""

SCHEMA = 1
DIRECTORY = tuple(Directory.model_fields)
"""The tables of the directory, which is read and replaced as a whole."""

_NAMED_BY = {"tickets": "id", "keys": "key", "jobs": "id", "drafts": "nonce"}  # what rows are looked up by


class Database:
    """The committed state of one workspace. Committed documents are never changed, only replaced.

    `lock` is held by the transaction under way. `outbox` holds the jobs by row, in the order of enqueuing.
    """

    def __init__(self, path: Path, workspace: Workspace | None = None) -> None:
        """Opens a file; where there is none, it is made for `workspace` by the first commit.

        Raises StoreOpenError where the file is not what Deskhand wrote.
        """
        self.lock = asyncio.Lock()
        self.outbox: dict[int, Job] = {}
        self.directory = Directory()
        self.deleted = False
        self._rows: dict[str, dict[str, int]] = {table: {} for table in _NAMED_BY}
        self._last = dict.fromkeys(_NAMED_BY, 0)
        self._file = WholeFile(path)
        self._db = TinyDB(storage=lambda: self._file)
        if workspace is not None and self.is_new:
            self.workspace = workspace
            return
        try:
            self._load(path)
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise unreadable(path, "it is not a store of Deskhand") from error

    @property
    def is_new(self) -> bool:
        """Whether nothing was ever committed."""
        return not self._file.read()

    def document(self, table: str, row: int) -> Document | None:
        return self._table(table).get(doc_id=row)

    def row(self, table: str, name: str) -> int | None:
        return self._rows[table].get(name)

    def last(self, table: str) -> int:
        """The highest row of a table so far: the next new one follows it."""
        return self._last[table]

    def search(self, table: str, wanted: QueryLike) -> list[Document]:
        """The documents that are wanted, highest row first."""
        return sorted(self._table(table).search(wanted), key=_row, reverse=True)

    def stage(self, changes: Changes) -> Tables:
        """What the tables would be with these changes; `persist` and `adopt` make it so."""
        return self._file.stage(lambda: self._apply(changes))

    def persist(self, tables: Tables) -> None:
        """Blocks until the disk has them. Raises OSError, and then nothing was changed."""
        self._file.persist(tables)

    def adopt(self, tables: Tables, changes: Changes) -> None:
        """Lets everybody read what was persisted."""
        for table in changes.keys() & _NAMED_BY.keys():
            for row, document in changes[table].items():
                if document is None:
                    self._forget(table, row)
                else:
                    self._note(table, row, document)
        self._file.adopt(tables)
        if not changes.keys().isdisjoint(DIRECTORY):
            self.directory = self._read_directory()

    def delete(self) -> None:
        """Deletes the file; what still waits for `lock` finds `deleted`. Blocks until the disk has done it."""
        self._file.delete()
        self.deleted = True

    def close(self) -> None:
        self._db.close()

    def _table(self, name: str) -> Table:
        # No query cache: it would hold results of before an `adopt`, which TinyDB does not see.
        return self._db.table(name, cache_size=0)

    def _apply(self, changes: Changes) -> None:
        if self.is_new:
            meta = {"schema": SCHEMA, "workspace": self.workspace.to_wire()}
            self._table("meta").insert(Document(meta, doc_id=1))
        for name, rows in changes.items():
            table = self._table(name)
            if known := [row for row in rows if table.contains(doc_id=row)]:
                table.remove(doc_ids=known)  # and not update(): that changes committed documents in place
            table.insert_multiple(Document(new, row) for row, new in rows.items() if new is not None)

    def _load(self, path: Path) -> None:
        meta = self._table("meta").all()[0]
        if meta["schema"] != SCHEMA:
            message = f"{shown(path)} was written by a newer Deskhand: start that version, or a later one."
            raise StoreOpenError(message)
        self.workspace = Workspace.model_validate(meta["workspace"])
        if path.name != file_name(self.workspace):
            message = (
                f"{shown(path)} is a copy: its workspace belongs in {file_name(self.workspace)}."
                " Move it out of the folder, or give it that name."
            )
            raise StoreOpenError(message)
        for table in _NAMED_BY:
            for document in sorted(self._table(table), key=_row):
                self._note(table, document.doc_id, document)
        self.directory = self._read_directory()

    def _note(self, table: str, row: int, document: Mapping[str, Any]) -> None:
        self._rows[table][document[_NAMED_BY[table]]] = row
        self._last[table] = max(self._last[table], row)
        if table == "jobs":
            self.outbox[row] = Job.model_validate(document)

    def _forget(self, table: str, row: int) -> None:
        if document := self.document(table, row):
            del self._rows[table][document[_NAMED_BY[table]]]
            if table == "jobs":
                del self.outbox[row]

    def _read_directory(self) -> Directory:
        return Directory.model_validate({table: sorted(self._table(table), key=_row) for table in DIRECTORY})


def _row(document: Document) -> int:
    return document.doc_id
