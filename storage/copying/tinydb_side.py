"""A data folder as one side of a copy: below TinyDBStore, its databases are read and written as documents by rows.

Nothing is indexed meanwhile, and many rows are one transaction. While a copy into the folder is under way, a file there says
how far it is, and keeps every desk from using it.
"""

import os
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple, Self

import orjson

from bot.domain.workspace import Workspace
from storage.copying import tinydb_deployment, tinydb_documents
from storage.copying.marker import MARKER, require_no_copy
from storage.copying.rows import Part, Row, parts
from storage.copying.tinydb_documents import Documents, Written
from storage.journal.disk import Disk
from storage.journal.errors import StoreOpenError
from storage.journal.file_names import file_name, shown
from storage.journal.folder import DEPLOYMENT, databases, destroy
from storage.journal.lock import FolderLock
from storage.tinydb.documents import SCHEMA, document
from storage.tinydb.journal_storage import JournalStorage
from storage.tinydb.workspace_db import Meta, whose
from storage.tinydb.workspace_files import workspace_files

BATCH = 2000  # rows
_META = "meta"


class _Open(NamedTuple):
    path: Path
    storage: JournalStorage


class TinyDBSide:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._source = ""
        self._done: dict[str, int] = {}  # rows, by the names of the parts
        self._open: _Open | None = None  # one at a time: the next takes the place of the last
        self._paths: dict[str, Path] = {}  # by the ids of the workspaces
        self._mirrors: dict[str, int] = {}  # their rows, by their keys

    async def __aenter__(self) -> Self:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = FolderLock(self._folder)
        files = workspace_files(self._folder, self._lock)[0]
        self._paths = {each: file.path for each, file in files.items()}
        return self

    async def __aexit__(self, *_: object) -> None:
        self._close()
        self._lock.release()

    async def workspaces(self) -> Sequence[Workspace]:
        owners = (whose(self._storage(path).engine, path) for path in self._paths.values())
        return [*filter(None, owners)]

    async def require_whole(self) -> None:
        require_no_copy(self._folder)

    async def count(self, part: Part) -> int:
        documents = self._documents(part)
        if documents is None:
            return 0
        if part.workspace:
            return tinydb_documents.count(documents, part.table)
        return sum(1 for _ in tinydb_deployment.rows_of(documents, part.table))

    async def rows(self, part: Part, skip: int = 0) -> AsyncIterator[Sequence[Row]]:
        rows = islice(self._read(part), skip, None)
        while batch := [*islice(rows, BATCH)]:
            yield batch

    async def begin(self, source: str) -> Mapping[Part, int]:
        self._source = source
        marker = self._folder / MARKER
        if marker.exists():
            state = orjson.loads(marker.read_bytes())
            if state["source"] != source:
                message = (
                    f"{shown(self._folder)} holds a copy of {state['source']} that is not complete. Copy that again to"
                    " its end, or name an empty folder."
                )
                raise StoreOpenError(message)
            self._done = state["done"]
        elif databases(self._folder):
            message = f"There are workspaces in {shown(self._folder)} already. Copy into an empty folder."
            raise StoreOpenError(message)
        self._mark()
        known = [part for whose in (None, *await self.workspaces()) for part in parts(whose)]
        return {part: self._done[part.name] for part in known if part.name in self._done}

    async def put(self, part: Part, done: int, rows: Sequence[Row]) -> None:
        storage = self._storage(self._path(part.workspace))
        if part.table == "mirror_places":
            mirrors = storage.view.documents("mirrors")
            self._mirrors = {orjson.loads(raw)["key"]: row for row, raw in mirrors.items()}
        with storage.transaction() as changes:
            if storage.view.get(_META, 1) is None:
                changes.put(_META, 1, _meta(part.workspace))
            for nth, row in enumerate(rows, done + 1):
                for written in self._written(part, row, nth):
                    changes.put(written.table, written.row, written.document)
        self._done[part.name] = done + len(rows)
        self._mark()

    async def clear(self, part: Part) -> None:
        storage = self._storage(self._path(part.workspace))
        tables = tinydb_documents.tables_of(part.table) if part.workspace else (part.table,)
        with storage.transaction():
            for table in tables:
                storage.drop(table)
        self._done.pop(part.name, None)
        self._mark()

    async def forget(self, workspace: Workspace) -> None:
        self._close()
        destroy(self._path(workspace), Disk())
        self._done = {
            name: done for name, done in self._done.items() if not name.startswith(f"{workspace.id}:")
        }
        self._mark()

    async def complete(self, workspace: Workspace) -> None:
        storage = self._storage(self._path(workspace))
        with storage.transaction() as changes:
            changes.put(_META, 1, _meta(workspace))

    async def finish(self) -> None:
        self._close()
        (self._folder / MARKER).unlink(missing_ok=True)

    def _path(self, workspace: Workspace | None) -> Path:
        if workspace is None:
            return self._folder / DEPLOYMENT
        return self._paths.setdefault(workspace.id, self._folder / file_name(workspace))

    def _storage(self, path: Path) -> JournalStorage:
        if self._open is None or self._open.path != path:
            self._close()
            self._open = _Open(path, JournalStorage(path, lock=self._lock))
        return self._open.storage

    def _close(self) -> None:
        if self._open:
            self._open.storage.close()
            self._open = None

    def _read(self, part: Part) -> Iterator[Row]:
        documents = self._documents(part)
        read = tinydb_documents.rows_of if part.workspace else tinydb_deployment.rows_of
        return read(documents, part.table) if documents else iter(())

    def _documents(self, part: Part) -> Documents | None:
        """None where nothing was ever kept."""
        path = self._path(part.workspace)
        return Documents(self._storage(path).view) if path in databases(self._folder) else None

    def _written(self, part: Part, row: Row, nth: int) -> Iterator[Written]:
        if part.workspace:
            return tinydb_documents.documents_of(part.table, row, nth, self._mirrors)
        return iter([tinydb_deployment.document_of(part.table, row, nth)])

    def _mark(self) -> None:
        """Durably, and in one step."""
        state = orjson.dumps({"source": self._source, "done": self._done})
        new = self._folder / f"{MARKER}.new"
        with new.open("wb") as file:
            file.write(state)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._folder / MARKER)
        Disk().sync_folder(self._folder)


def _meta(workspace: Workspace | None) -> dict[str, object]:
    return document(Meta(workspace=workspace)) if workspace else {"schema": SCHEMA, "deployment": True}
