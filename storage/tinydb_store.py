"""The Store port on TinyDB: one database, and one file, for each workspace in a data folder."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from pathlib import Path
from time import perf_counter
from typing import Any
from uuid import UUID

from bot.domain.directory import Directory
from bot.domain.draft import Draft
from bot.domain.errors import StoreUnavailable
from bot.domain.outbox import Job
from bot.domain.search import Page, TicketFilter
from bot.domain.ticket import Ticket
from bot.domain.workspace import Workspace
from storage.database import DIRECTORY, Changes, Database
from storage.errors import StoreOpenError
from storage.file_names import file_name, shown
from storage.lock import FolderLock
from storage.whole_file import probe

OnCommit = Callable[[float], None]
"""Told of every commit: how many seconds it took."""


class TinyDBReader:
    """What has been committed in one workspace, as frozen records: nobody can change the store by them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def ticket(self, number: int) -> Ticket | None:
        document = self._database.document("tickets", number)
        return Ticket.model_validate(document) if document else None

    async def ticket_by_id(self, ticket_id: UUID) -> Ticket | None:
        number = self._database.row("tickets", str(ticket_id))
        return await self.ticket(number) if number else None

    async def answered(self, key: str) -> int | None:
        document = self._named("keys", key)
        return document["number"] if document else None

    async def tickets(self, wanted: TicketFilter, *, offset: int = 0, limit: int = 10) -> Page:
        found = self._database.search("tickets", lambda value: _matches(value, wanted))
        page = tuple(Ticket.model_validate(document) for document in found[offset : offset + limit])
        return Page(tickets=page, offset=offset, total=len(found))

    async def directory(self) -> Directory:
        return self._database.directory

    async def draft(self, nonce: str) -> Draft | None:
        document = self._named("drafts", nonce)
        return Draft.model_validate(document) if document else None

    async def drafts(self, *, before: datetime) -> Sequence[str]:
        made = self._database.search(
            "drafts", lambda each: datetime.fromisoformat(each["createdAt"]) < before
        )
        return [each["nonce"] for each in made]

    async def jobs(self) -> Sequence[Job]:
        return tuple(self._database.outbox.values())

    async def job(self, job_id: UUID) -> Job | None:
        row = self._database.row("jobs", str(job_id))
        return self._database.outbox[row] if row else None

    def _named(self, table: str, name: str) -> Mapping[str, Any] | None:
        row = self._database.row(table, name)
        return self._database.document(table, row) if row else None


class TinyDBTransaction(TinyDBReader):
    """Collects changes; nothing happens to the database before the commit."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.changes: Changes = defaultdict(dict)
        self._named_here: dict[tuple[str, str], int] = {}

    async def next_number(self) -> int:
        return self._next("tickets")

    async def save(self, ticket: Ticket, *, now: datetime, keys: Sequence[str] = ()) -> None:
        """Raises ValueError where a number or a key already belongs to another ticket."""
        number = self._place("tickets", str(ticket.id))
        if ticket.number != number:
            message = f"{ticket.name} would take the place of another ticket: this one's number is {number}"
            raise ValueError(message)
        self.changes["tickets"][number] = ticket.to_wire()
        for key in keys:
            await self._answer(key, number, now)

    async def enqueue(self, job: Job) -> None:
        self.changes["jobs"][self._place("jobs", str(job.id))] = job.to_wire()

    async def dequeue(self, job_id: UUID) -> None:
        self._remove("jobs", str(job_id))

    async def keep_draft(self, draft: Draft) -> None:
        self.changes["drafts"][self._place("drafts", draft.nonce)] = draft.to_wire()

    async def drop_draft(self, nonce: str) -> None:
        self._remove("drafts", nonce)

    async def replace_directory(self, directory: Directory) -> None:
        for table in DIRECTORY:
            old, new = getattr(self._database.directory, table), getattr(directory, table)
            gone = dict.fromkeys(range(len(new) + 1, len(old) + 1))
            self.changes[table] = gone | {row: item.to_wire() for row, item in enumerate(new, 1)}

    async def _answer(self, key: str, number: int, now: datetime) -> None:
        row = self._place("keys", key)
        known = self.changes["keys"].get(row) or self._database.document("keys", row)
        if known is None:
            self.changes["keys"][row] = {"key": key, "number": number, "at": now.isoformat()}
        elif known["number"] != number:
            message = f"a key of ticket {known['number']} was to answer with ticket {number}"
            raise ValueError(message)

    def _next(self, table: str) -> int:
        return max(self._database.last(table), *self.changes[table], 0) + 1

    def _place(self, table: str, name: str) -> int:
        """The row of a name: where it stands, or the next free one."""
        known = self._database.row(table, name) or self._named_here.get((table, name))
        return known or self._named_here.setdefault((table, name), self._next(table))

    def _remove(self, table: str, name: str) -> None:
        if row := self._database.row(table, name) or self._named_here.get((table, name)):
            self.changes[table][row] = None


class TinyDBStore:
    """All workspaces of one data folder, which is locked from construction until `close`."""

    def __init__(self, folder: Path, on_commit: OnCommit | None = None) -> None:
        """Makes the folder where it is missing. Raises StoreOpenError where it cannot be used."""
        self._folder = folder
        self._on_commit = on_commit
        self._fault: str | None = None
        self._closed = False
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = FolderLock(folder)
        except OSError as error:
            message = (
                f"The data folder {shown(folder)} cannot be used ({error.strerror})."
                " Make it writable, or set DESKHAND_STORE to another folder."
            )
            raise StoreOpenError(message) from error
        try:
            opened = [Database(path) for path in sorted(folder.glob("*.json"))]
        except StoreOpenError:
            self._lock.release()
            raise
        self._databases = {database.workspace: database for database in opened}

    def workspaces(self) -> Sequence[Workspace]:
        return [workspace for workspace, database in self._databases.items() if not database.is_new]

    def read(self, workspace: Workspace) -> TinyDBReader:
        return TinyDBReader(self._database(workspace))

    @asynccontextmanager
    async def transaction(self, workspace: Workspace) -> AsyncIterator[TinyDBTransaction]:
        database = self._database(workspace)
        async with database.lock:
            if self._closed or database.deleted:  # the folder may be another process's by now
                message = "Deskhand is stopping or starting over. Please try again in a minute."
                raise StoreUnavailable(message)
            transaction = TinyDBTransaction(database)
            yield transaction
            if any(transaction.changes.values()):
                await self._commit(database, transaction.changes)

    async def forget(self, workspace: Workspace) -> None:
        database = self._database(workspace)
        async with database.lock:
            await asyncio.to_thread(database.delete)
            del self._databases[workspace]

    async def fault(self) -> str | None:
        if self._fault:
            with suppress(OSError):
                await asyncio.to_thread(probe, self._folder)
                self._fault = None
        return self._fault

    async def close(self) -> None:
        """Waits for the transactions under way; those that come later are refused."""
        if self._closed:
            return
        self._closed = True
        for database in list(self._databases.values()):
            async with database.lock:
                database.close()
        self._lock.release()

    def _database(self, workspace: Workspace) -> Database:
        if workspace not in self._databases:
            self._databases[workspace] = Database(self._folder / file_name(workspace), workspace)
        return self._databases[workspace]

    async def _commit(self, database: Database, changes: Changes) -> None:
        began = perf_counter()
        tables = database.stage(changes)
        writing = asyncio.get_running_loop().run_in_executor(None, database.persist, tables)
        cancelled = await _ended(writing)
        try:
            writing.result()
        except OSError as error:
            reason = error.strerror or str(error)
            self._fault = f"The data folder {shown(self._folder)} cannot be written: {reason}."
            message = (
                f"This could not be saved ({reason}), and nothing was changed. Please try again in a minute."
            )
            raise cancelled or StoreUnavailable(message) from error
        database.adopt(tables, changes)
        self._fault = None
        if self._on_commit:
            self._on_commit(perf_counter() - began)
        if cancelled:
            raise cancelled


async def _ended(writing: asyncio.Future[None]) -> asyncio.CancelledError | None:
    """Waits for the disk to the end: stopping between disk and memory would leave the two different.

    Gives the cancellation that came meanwhile, for the caller to let through.
    """
    cancelled = None
    while not writing.done():
        try:
            await asyncio.wait([writing])
        except asyncio.CancelledError as error:
            cancelled = error
    return cancelled


def _matches(document: Mapping[str, Any], wanted: TicketFilter) -> bool:
    if wanted.open_only and document["status"] in {"resolved", "closed"}:
        return False
    number, summary = f"t-{document['number']}", document["summary"].casefold()
    return all(word.casefold() in number or word.casefold() in summary for word in wanted.words)
