"""One workspace's TinyDB: which tables there are, how they are found, and whose file it is."""

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from functools import cached_property, partial
from pathlib import Path
from typing import Generic, TypeVar, cast

import orjson
from pydantic import ValidationError
from pyroaring import BitMap

from bot.domain.clock.timers import Timer
from bot.domain.comments import Comment
from bot.domain.directory import Item
from bot.domain.draft import Draft
from bot.domain.fields import ItemKind
from bot.domain.home import Home
from bot.domain.mirrors import Mirror, MirrorCopy, WrittenHere
from bot.domain.outbox import Job
from bot.domain.people import ChannelMembers, Group, MemberSyncProgress, Person
from bot.domain.record import Record
from bot.domain.ticket import Entry, Ticket
from bot.domain.workspace import Workspace
from bot.domain.workspace_settings import WorkspaceSettings
from bot.services.ports.store import PeopleVersion
from storage.common.directory_search import TABLES, DirectorySearch
from storage.common.documents import ChannelIds
from storage.journal.engine import Engine
from storage.journal.errors import StoreOpenError
from storage.journal.file_names import file_name, shown, workspace_named
from storage.journal.indexes import Indexes, Ordered, Unique, Values, Words
from storage.journal.lock import FolderLock
from storage.tinydb import directory_rows
from storage.tinydb.directory_rows import DirectoryIndexes
from storage.tinydb.documents import SCHEMA, KeptKey, RecordTable, TicketTable, document, read
from storage.tinydb.filter_query import newest, numbers_beginning_with
from storage.tinydb.journal_db import JournalDB
from storage.tinydb.outcomes import Outcomes

R = TypeVar("R", bound=Record)
T = TypeVar("T")

INDEXES: Indexes = {
    **directory_rows.indexes(),  # before the tickets': somebody may be typing a name already
    "tickets": {
        "id": partial(Unique, "id"),
        "status": partial(Values, "status"),
        "priority": partial(Values, "priority"),
        "type": partial(Values, "ticketType"),
        "assignee": partial(Values, "assignedUserId"),
        "queue": partial(Values, "assignedQueue"),
        "customer": partial(Values, "customerId"),
        "requester": partial(Values, "createdBy"),
        "due": partial(Ordered, "slaDueAt", otherwise="computedDueAt"),
        "response_late": partial(Values, "responseLate", seldom=True),
        "visibility": partial(Values, "visibilityMode"),
        "visible_since": partial(Ordered, "visibleSince", seldom=True),
        "created": partial(Ordered, "createdAt"),
        "summary": partial(Words, "summary"),
        "description": partial(Words, "symptomDescription"),
    },
    "keys": {"key": partial(Unique, "key")},
    "origins": {"key": partial(Unique, "key")},
    "jobs": {"id": partial(Unique, "id")},
    "places": {"key": partial(Unique, "key")},
    "comments": {
        "key": partial(Unique, "key"),
        "ticket": partial(Values, "number"),
        "internal": partial(Values, "internal"),
        "heard": partial(Values, "heard"),
        "at": partial(Ordered, "at"),
    },
    "homes": {"user": partial(Unique, "user")},
    "people": {"id": partial(Unique, "id")},
    "channels": {"channel": partial(Unique, "channel")},
    "drafts": {"nonce": partial(Unique, "nonce"), "created": partial(Ordered, "createdAt")},
    "mirrors": {"key": partial(Unique, "key")},
    "mirror_places": {"key": partial(Unique, "key")},
    "mirror_copies": {"key": partial(Unique, "key"), "of": partial(Values, "of")},
    "written_here": {"key": partial(Unique, "key")},
    "taken_over": {"key": partial(Unique, "key")},
    "timers": {"subject": partial(Unique, "subject"), "at": partial(Ordered, "at")},
}

_PEOPLE = ("people", "groups", "channels")


class Meta(Record):
    """Whose file it is. Beside it stands the schema, as in every document."""

    workspace: Workspace


class _Records(Generic[R]):
    """An attribute that is a table of such records."""

    def __init__(self, name: str, kind: type[R]) -> None:
        self._name = name
        self._kind = kind

    def __set_name__(self, owner: type, attribute: str) -> None:
        self._attribute = attribute

    def __get__(self, database: "WorkspaceTables", owner: type) -> RecordTable[R]:
        table = RecordTable(database.storage, self._name, self._kind)
        table.renamed = database.renamed
        database.__dict__[self._attribute] = table  # found there from now on
        return table


class WorkspaceTables(JournalDB):
    """The TinyDB of a workspace, each table with one kind of record: on its file, or within a transaction on it."""

    table_class = RecordTable
    renamed: Mapping[str, str] = {}
    """As RecordTable has it, for each of them."""

    @cached_property
    def tickets(self) -> TicketTable:
        table = TicketTable(self.storage, "tickets", Ticket)
        table.renamed = self.renamed
        return table

    history = _Records("history", Entry)
    """What happened to tickets, in rows that `ticket_history` names."""
    keys = _Records("keys", KeptKey)
    """Idempotency keys, which are forgotten after a time."""
    origins = _Records("origins", KeptKey)
    """The messages that tickets were made from."""
    places = _Records("places", KeptKey)
    """The messages that tickets' threads hang on."""
    jobs = _Records("jobs", Job)
    comments = _Records("comments", Comment)
    homes = _Records("homes", Home)
    drafts = _Records("drafts", Draft)
    timers = _Records("timers", Timer)
    mirrors = _Records("mirrors", Mirror)
    """The cards here of other workspaces' tickets."""
    mirror_places = _Records("mirror_places", KeptKey)
    """The row of its mirror for each card of another workspace's ticket."""
    mirror_copies = _Records("mirror_copies", MirrorCopy)
    """The comments below those."""
    written_here = _Records("written_here", WrittenHere)
    """What people here wrote to other workspaces' tickets."""
    taken_over = _Records("taken_over", KeptKey)
    """What other workspaces have handed on to this one."""
    people = _Records("people", Person)
    groups = _Records("groups", Group)
    channels = _Records("channels", ChannelMembers)
    roster = _Records("roster", MemberSyncProgress)
    """One record: how far the people have been read."""
    settings = _Records("setup", WorkspaceSettings)
    """One record: what the workspace's admins have chosen."""
    channel_ids = _Records("channel_ids", ChannelIds)
    """One record."""
    meta = _Records("meta", Meta)
    """One record: whose file this is."""

    def items(self, kind: ItemKind) -> RecordTable[Item]:
        """Those of the directory."""
        table = TABLES[kind]
        return cast(RecordTable[Item], self.table(table.name, kind=table.record))


class WorkspaceDB:
    """The database of one workspace: its tables, and what is kept of them ready for use.

    `lock` is held by the transaction under way, until it is committed.
    """

    def __init__(self, path: Path, tables: WorkspaceTables, workspace: Workspace) -> None:
        self.path = path
        self.tables = tables
        self.workspace = workspace
        self.lock = asyncio.Lock()
        self.deleted = False
        self._engine = tables.storage.engine
        self._outcomes = Outcomes()
        self._engine.told = self._outcomes.wake
        self._staged = staged = tables.storage.staged()
        self._staged_tables = WorkspaceTables(storage=lambda: staged)
        self.renamed: dict[str, str] = {}
        """The IDs of channels that have changed, with those of today. It grows with the commits."""
        tables.renamed = self._staged_tables.renamed = self.renamed
        self.renamed |= (tables.channel_ids.get(doc_id=1) or ChannelIds()).today
        self._directory_indexes = DirectoryIndexes(self._engine)
        self._settings = _Cached(self._engine, ("setup",), _settings)
        self._oldest_key = min(self._engine.view.documents("keys"), default=1)
        self.oldest_kept: tuple[int, datetime] | None = None
        """The row and the time of the oldest key that lives, as far as somebody has looked."""
        self._meta = orjson.dumps(document(Meta(workspace=workspace)))
        self._has_meta = False  # durably

    @classmethod
    def open(cls, path: Path, lock: FolderLock, workspace: Workspace | None = None) -> "WorkspaceDB | None":
        """Opens a file in a folder that is locked. Where there is none, or nobody has committed anything, it is made
        for `workspace` by the first commit; None without a workspace.

        Raises StoreOpenError where the file is not what Deskhand wrote.
        """
        tables = WorkspaceTables(path, indexes=INDEXES, lock=lock)
        try:
            owner = whose(tables.storage.engine, path) or workspace
        except StoreOpenError:
            tables.close()
            raise
        if owner is None:
            tables.close()
            return None
        return cls(path, tables, owner)

    @property
    def is_new(self) -> bool:
        """Whether nothing was ever committed."""
        return self._engine.view.get("meta", 1) is None

    def begin(self) -> WorkspaceTables:
        """The tables as a transaction sees and changes them. They are the next one's, too, once this one is over."""
        self._staged.begin()
        return self._staged_tables

    def commit(self) -> tuple[asyncio.Future[None], bool]:
        """Stages the changes, and with the first ones whose they are and in which schema. Done once the disk has them,
        and all that they rest on; fails with OSError. And whether there are any.
        """
        durable, done = self._outcomes.awaited()
        staged = self._staged
        has_changes = staged.has_changes
        if has_changes and not self._has_meta:
            self._has_meta = self._engine.view.get("meta", 1) == self._meta
            if staged.view.get("meta", 1) != self._meta:
                self._staged_tables.meta.keep_exactly(Meta(workspace=self.workspace), 1)
        staged.commit(done)
        return durable, has_changes

    def trouble(self) -> OSError | None:
        """As the engine says."""
        return self._engine.trouble()

    @property
    def is_at_rest(self) -> bool:
        """Whether nothing is under way in it, and its last write succeeded."""
        return not self._engine.is_busy and self._engine.fault is None

    def mend(self) -> OSError | None:
        """Tries whether the disk takes writes again, and gives why not. Blocks."""
        return self._engine.mend()

    def close(self) -> None:
        """Waits for what is under way. Blocks."""
        self.tables.close()

    def destroy(self) -> None:
        """Closes, and removes every file. Blocks. Raises OSError; opening the folder anew then does the rest."""
        self._engine.destroy()

    def directory(self, tables: WorkspaceTables) -> DirectorySearch:
        """For whoever holds `unchanging`."""
        indexes = self._directory_indexes
        return DirectorySearch(indexes.whole, indexes.parts, tables.storage.view, read)

    def settings(self, tables: WorkspaceTables) -> WorkspaceSettings:
        """What these tables hold, from memory where nothing has changed."""
        return self._settings.of(tables)

    def people_version(self, tables: WorkspaceTables) -> PeopleVersion:
        """How often people, groups and channels have changed since this was opened, as these tables see it."""
        view = tables.storage.view
        with self.unchanging:
            durable = sum(self._engine.changes(name) for name in _PEOPLE)
            return PeopleVersion(0, durable + sum(len(view.changed(name)) for name in _PEOPLE))

    def oldest_key(self) -> int:
        """The row of the oldest idempotency key: they come and go in the order of their rows."""
        view = self._engine.view
        while self._oldest_key < view.last("keys") and view.get("keys", self._oldest_key) is None:
            self._oldest_key += 1
        return self._oldest_key

    def job_ids(self, tables: WorkspaceTables) -> list[str]:
        """Those of all jobs, as these tables see them at this moment."""
        with self.unchanging:
            changed = {row: tables.jobs.get(doc_id=row) for row in tables.jobs.changed()}
            known = self._engine.index("jobs", "id", Unique).rows
            ids = [str(job_id) for job_id, row in known.items() if row not in changed]
            return [*ids, *(str(job.id) for job in changed.values() if job)]

    def timers_of(self, kind: str) -> list[int]:
        """The rows of those of all subjects of a kind, for whoever holds `unchanging`."""
        known = self._engine.index("timers", "subject", Unique).rows
        return [row for subject, row in known.items() if str(subject).startswith(f"{kind}:")]

    @property
    def unchanging(self) -> AbstractContextManager[object]:
        """While it is held nothing becomes visible: for whoever asks an index and then reads."""
        return self._engine.lock

    def values(self, index: str, table: str = "tickets") -> Values:
        return self._engine.index(table, index, Values)

    def words(self, index: str) -> Words:
        return self._engine.index("tickets", index, Words)

    def every(self) -> BitMap:
        """The numbers of all tickets."""
        return BitMap(range(1, self.tables.tickets.last_id + 1))

    def beginning_with(self, digits: int) -> BitMap:
        return numbers_beginning_with(digits, self.tables.tickets.last_id)

    def in_order(self, rows: BitMap, offset: int, limit: int) -> list[int]:
        """Tickets are numbered as they come."""
        return [*rows[offset : offset + limit]]

    def newest(self, rows: BitMap, offset: int, limit: int) -> list[int]:
        return newest(rows, offset, limit)

    def ordered(self, index: str, table: str = "tickets") -> Ordered:
        return self._engine.index(table, index, Ordered)


class _Cached(Generic[T]):
    """What some tables hold together, read again only where one of them has changed, or what a channel is called."""

    def __init__(self, engine: Engine, names: Sequence[str], read: Callable[[WorkspaceTables], T]) -> None:
        self._engine = engine
        self._names = names
        self._read = read
        self._known: tuple[object, T] | None = None

    def of(self, tables: WorkspaceTables) -> T:
        view = tables.storage.view
        with self._engine.lock:
            if view is not self._engine.view and any(view.changed(name) for name in self._names):
                return self._read(tables)
            state = sum(self._engine.changes(name) for name in self._names), {**tables.renamed}
            if self._known is None or self._known[0] != state:
                self._known = state, self._read(tables)
            return self._known[1]


def _settings(tables: WorkspaceTables) -> WorkspaceSettings:
    return tables.settings.get(doc_id=1) or WorkspaceSettings()


def whose(engine: Engine, path: Path) -> Workspace | None:
    """Whose file this is; None where nobody has committed anything yet. Raises StoreOpenError."""
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
    named = workspace_named(path.name)
    if named != workspace if named else path.name != file_name(workspace):
        message = (
            f"{shown(path)} is a copy: its workspace belongs in {file_name(workspace)}."
            " Move it out of the folder, or give it that name."
        )
        raise StoreOpenError(message)
    return workspace


def meta_by_name(path: Path) -> bytes | None:
    """The document of `meta`, for a file that has lost it: Slack's ids stand in its name; of others nothing is guessed."""
    if not re.fullmatch(r"(?:E[A-Z0-9]*-)?T[A-Z0-9]*", path.stem):
        return None
    workspace = workspace_named(path.name)
    return orjson.dumps(document(Meta(workspace=workspace))) if workspace else None
