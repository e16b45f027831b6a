"""One workspace in TinyDB: which tables there are, how they are found, and how records become documents and back."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

import orjson
from pydantic import ValidationError

from bot.domain.directory import Directory
from bot.domain.record import Instant, Record
from bot.domain.workspace import Workspace
from bot.domain.workspace_settings import WorkspaceSettings
from storage.journal.engine import Done, Engine
from storage.journal.errors import StoreOpenError
from storage.journal.file_names import file_name, shown
from storage.journal.indexes import Index, Indexes, Ordered, Unique, Values, Words
from storage.journal.layers import Transaction, View
from storage.tinydb.journal_db import JournalDB

R = TypeVar("R", bound=Record)

SCHEMA = 2
"""1 was one file, rewritten by every commit. 2 keeps the keys of messages, which never expire, as `origins`."""

DIRECTORY = tuple(Directory.model_fields)
"""The tables of the directory, which is read and replaced as a whole."""

SETUP = "setup"
"""The table of the one record that holds what the workspace's admins have chosen."""

ROSTER = "roster"
"""The table of the one record that says how far the people have been read."""

INDEXES: Indexes = {
    "tickets": {
        "id": partial(Unique, "id"),
        "status": partial(Values, "status"),
        "priority": partial(Values, "priority"),
        "type": partial(Values, "ticketType"),
        "assignee": partial(Values, "assignedUserId"),
        "queue": partial(Values, "assignedQueue"),
        "customer": partial(Values, "customerId"),
        "requester": partial(Values, "createdBy"),
        "due": partial(Ordered, "slaDueAt"),
        "created": partial(Ordered, "createdAt"),
        "summary": partial(Words, "summary"),
        "description": partial(Words, "symptomDescription"),
    },
    "keys": {"key": partial(Unique, "key")},
    "origins": {"key": partial(Unique, "key")},
    "jobs": {"id": partial(Unique, "id")},
    "places": {"key": partial(Unique, "key")},
    "comments": {"key": partial(Unique, "key"), "ticket": partial(Values, "number")},
    "homes": {"user": partial(Unique, "user")},
    "people": {"id": partial(Unique, "id")},
    "channels": {"channel": partial(Unique, "channel")},
    "drafts": {"nonce": partial(Unique, "nonce"), "created": partial(Ordered, "createdAt")},
}

_MARK = b'{"schema":%d,' % SCHEMA  # how a document of this version begins


class Database:
    """The database of one workspace. `lock` is held by the transaction under way, until it is staged."""

    def __init__(self, tables: JournalDB, workspace: Workspace) -> None:
        self.lock = asyncio.Lock()
        self.deleted = False
        self._tables = tables
        self.engine = engine = (
            tables.storage.engine
        )  # TinyDB's API blocks until the disk has it; this can be awaited
        self.workspace = workspace
        self._directory = (-1, Directory())
        self._settings: tuple[bytes | None, WorkspaceSettings] = (None, WorkspaceSettings())
        self._oldest_key = min(engine.view.documents("keys"), default=1)
        self._meta = orjson.dumps({"schema": SCHEMA, "workspace": workspace.to_wire()})

    @classmethod
    def open(cls, path: Path, workspace: Workspace | None = None) -> "Database | None":
        """Opens a file. Where there is none, or nobody has committed anything, it is made for `workspace` by the
        first commit; null without a workspace.

        Raises StoreOpenError where the file is not what Deskhand wrote.
        """
        tables = JournalDB(path, indexes=INDEXES, locked=True)
        try:
            whose = _whose(tables.storage.engine, path) or workspace
        except StoreOpenError:
            tables.close()
            raise
        if whose is None:
            tables.close()
            return None
        return cls(tables, whose)

    @property
    def is_new(self) -> bool:
        """Whether nothing was ever committed."""
        return self.engine.view.get("meta", 1) is None

    def close(self) -> None:
        """Waits for what is under way. Blocks."""
        self._tables.close()

    def commit(self, changes: Transaction, done: Done) -> None:
        """Stages them, and with the first ones whose they are and in which schema."""
        if changes.layer and changes.get("meta", 1) != self._meta:
            changes.put("meta", 1, orjson.loads(self._meta))
        self.engine.commit(changes, done)

    def oldest_key(self) -> int:
        """The row of the oldest idempotency key: they come and go in the order of their rows."""
        view = self.engine.view
        while self._oldest_key < view.last("keys") and view.get("keys", self._oldest_key) is None:
            self._oldest_key += 1
        return self._oldest_key

    def values(self, index: str, table: str = "tickets") -> Values:
        return _checked(self.engine.index(table, index), Values)

    def unique(self, table: str, index: str) -> Sequence[str]:
        """All that a field is in a table, at this moment."""
        return [str(value) for value in _checked(self.engine.index(table, index), Unique).rows]

    def words(self, index: str) -> Words:
        return _checked(self.engine.index("tickets", index), Words)

    def ordered(self, table: str, index: str) -> Ordered:
        return _checked(self.engine.index(table, index), Ordered)

    def settings(self, view: View) -> WorkspaceSettings:
        """Read again only where it has changed."""
        raw = view.get(SETUP, 1)
        if raw != self._settings[0]:
            self._settings = raw, read(WorkspaceSettings, raw) if raw else WorkspaceSettings()
        return self._settings[1]

    def directory(self, view: View) -> Directory:
        """Read again only where one of its tables has changed."""
        with self.engine.lock:
            if view is not self.engine.view and any(view.changed(table) for table in DIRECTORY):
                return _directory(view)
            changes = sum(self.engine.changes(table) for table in DIRECTORY)
            if changes != self._directory[0]:
                self._directory = changes, _directory(view)
            return self._directory[1]


def _whose(engine: Engine, path: Path) -> Workspace | None:
    """Whose file this is; null where nobody has committed anything yet."""
    raw = engine.view.get("meta", 1)
    if raw is None and not engine.view.tables() and not engine.was_plain:
        return None
    try:
        meta = orjson.loads(raw or b"{}")
        newer = meta["schema"] > SCHEMA
        workspace = Workspace.model_validate(meta["workspace"])
    except (LookupError, TypeError, ValidationError):
        message = (
            f"{shown(path)} cannot be read (it is not a store of Deskhand). Deskhand has left it as it is:"
            " restore it from a backup, or move it out of the folder to start that workspace empty."
        )
        raise StoreOpenError(message) from None
    if newer:
        message = f"{shown(path)} was written by a newer Deskhand: start that version, or a later one."
        raise StoreOpenError(message)
    if path.name != file_name(workspace):
        message = (
            f"{shown(path)} is a copy: its workspace belongs in {file_name(workspace)}."
            " Move it out of the folder, or give it that name."
        )
        raise StoreOpenError(message)
    return workspace


def document(record: Record) -> Mapping[str, object]:
    """What is kept of a record."""
    return {"schema": SCHEMA, **record.to_wire()}


def read(kind: type[R], raw: bytes) -> R:
    """The record that a document of this version or of an earlier one holds."""
    if raw.startswith(_MARK):
        return kind.model_validate_json(b"{" + raw[len(_MARK) :])
    kept = orjson.loads(raw)
    kept.pop("schema", None)  # what 1 wrote had none, and new fields have defaults
    return kind.model_validate(kept)


def wire_time(moment: datetime) -> str:
    """As records write it, so that the order of texts is that of times."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


class Kept(Record):
    """An idempotency key and the number of the ticket it made; those without a time are kept for ever."""

    key: str
    number: int
    at: Instant | None = None


def _directory(view: View) -> Directory:
    tables = {}
    for table in DIRECTORY:
        rows = view.documents(table)
        tables[table] = [orjson.loads(rows[row]) for row in sorted(rows)]
    return Directory.model_validate(tables)


Kind = TypeVar("Kind", bound=Index)


def _checked(index: Index, kind: type[Kind]) -> Kind:
    if not isinstance(index, kind):
        message = f"{index.field} is not indexed so"
        raise TypeError(message)
    return index
