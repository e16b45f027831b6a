"""The Reader and the Transaction of the Store port on one workspace's database."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

import orjson

from bot.domain.comments import Comment, in_order, key_of, threads
from bot.domain.directory import Directory
from bot.domain.draft import Draft
from bot.domain.home import Home
from bot.domain.outbox import Job
from bot.domain.people import ChannelMembers, Group, Person, RosterProgress
from bot.domain.record import Record
from bot.domain.search import Page, TicketFilter
from bot.domain.ticket import Ticket
from bot.domain.workspace_settings import WorkspaceSettings
from bot.services.ports.store import Hold, HoldLost
from storage.journal.layers import Transaction, View
from storage.tinydb.documents import DIRECTORY, ROSTER, SETUP, Database, Kept, document, read, wire_time
from storage.tinydb.filter_query import page, queues

R = TypeVar("R", bound=Record)

KEYS = ("keys", "origins")
KEYS_LIVE = timedelta(days=30)

_SLICE = 500
"""So many ids are read at a stretch: less than a millisecond."""


class TinyDBReader:
    """What is durable in one workspace, as frozen records: nobody can change the store by them."""

    def __init__(self, database: Database, view: View) -> None:
        self._database = database
        self._view = view

    async def ticket(self, number: int) -> Ticket | None:
        return self._record("tickets", number, Ticket)

    async def ticket_by_id(self, ticket_id: UUID) -> Ticket | None:
        return self._found("tickets", "id", str(ticket_id), Ticket)

    async def answered(self, key: str) -> int | None:
        for table in KEYS:
            if kept := self._found(table, "key", key, Kept):
                return kept.number
        return None

    async def ticket_at(self, channel: str, ts: str) -> int | None:
        place = self._found("places", "key", key_of(channel, ts), Kept)
        return place.number if place else None

    async def comment(self, key: str) -> Comment | None:
        return self._found("comments", "key", key, Comment)

    async def comments(self, number: int) -> Sequence[Comment]:
        with self._database.engine.lock:
            rows = [*self._database.values("ticket", "comments").rows(number)]
        found = [self._record("comments", row, Comment) for row in rows]
        return in_order(each for each in found if each and each.number == number)

    async def tickets(self, wanted: TicketFilter, *, offset: int = 0, limit: int = 10) -> Page:
        with self._database.engine.lock:
            numbers, total = page(self._database, wanted, offset, limit)
            raw = [self._view.get("tickets", number) for number in numbers]
        tickets = tuple(read(Ticket, each) for each in raw if each is not None)
        return Page(tickets=tickets, offset=offset, total=total)

    async def queue_names(self) -> Sequence[str]:
        with self._database.engine.lock:
            return queues(self._database)

    async def home(self, user: str) -> Home | None:
        return self._found("homes", "user", user, Home)

    async def directory(self) -> Directory:
        return self._database.directory(self._view)

    async def settings(self) -> WorkspaceSettings:
        return self._database.settings(self._view)

    async def draft(self, nonce: str) -> Draft | None:
        return self._found("drafts", "nonce", nonce, Draft)

    async def drafts(self, *, before: datetime) -> Sequence[str]:
        with self._database.engine.lock:
            rows = [*self._database.ordered("drafts", "created").rows(most=wire_time(before))]
        drafts = [self._record("drafts", row, Draft) for row in rows]
        return [draft.nonce for draft in drafts if draft and draft.created_at < before]

    async def people(self) -> Sequence[Person]:
        return self._all("people", Person)

    async def groups(self) -> Sequence[Group]:
        return self._all("groups", Group)

    async def channels(self) -> Sequence[ChannelMembers]:
        return self._all("channels", ChannelMembers)

    async def roster_progress(self) -> RosterProgress:
        return self._record(ROSTER, 1, RosterProgress) or RosterProgress()

    async def jobs(self) -> Sequence[Job]:
        return self._all("jobs", Job)

    async def job_ids(self) -> AsyncIterator[UUID]:
        with self._database.engine.lock:
            ids = self._database.unique("jobs", "id")
        for count, job_id in enumerate(ids, 1):
            yield UUID(job_id)
            if count % _SLICE == 0:
                await asyncio.sleep(0)

    async def job(self, job_id: UUID) -> Job | None:
        return self._found("jobs", "id", str(job_id), Job)

    def _all(self, table: str, kind: type[R]) -> Sequence[R]:
        """In the order of their rows."""
        with self._database.engine.lock:
            documents = self._view.documents(table)
        return tuple(read(kind, documents[row]) for row in sorted(documents))

    def _row(self, table: str, index: str, value: str) -> int | None:
        return self._view.find(table, index, value)

    def _found(self, table: str, index: str, value: str, kind: type[R]) -> R | None:
        with self._database.engine.lock:  # rows are used again: between two looks it may be another's
            row = self._row(table, index, value)
            raw = None if row is None else self._view.get(table, row)
        return None if raw is None else read(kind, raw)

    def _record(self, table: str, row: int, kind: type[R]) -> R | None:
        raw = self._view.get(table, row)
        return None if raw is None else read(kind, raw)


class TinyDBTransaction(TinyDBReader):
    """Collects changes; nothing happens to the database before the commit."""

    def __init__(self, database: Database, changes: Transaction, holds: Mapping[str, Hold]) -> None:
        super().__init__(database, changes)
        self._changes = changes
        self._holds = holds
        self.enqueued: list[Job] = []

    async def next_number(self) -> int:
        return self._changes.last("tickets") + 1

    async def save(
        self, ticket: Ticket, *, now: datetime, keys: Sequence[str] = (), origins: Sequence[str] = ()
    ) -> None:
        """Raises ValueError where a number or a key already belongs to another ticket."""
        number = self._place("tickets", "id", str(ticket.id))
        if ticket.number != number:
            message = f"{ticket.name} would take the place of another ticket: this one's number is {number}"
            raise ValueError(message)
        self._changes.put("tickets", number, document(ticket))
        for key in keys:
            self._answer("keys", Kept(key=key, number=number, at=now))
        for key in origins:
            self._answer("origins", Kept(key=key, number=number))
        for key in threads(ticket):
            if self._row("places", "key", key) is None:  # a thread stays the first's that was made from it
                self._answer("places", Kept(key=key, number=number))
        if keys:
            self._expire(now - KEYS_LIVE, most=2 * len(keys))

    async def enqueue(self, job: Job) -> None:
        self.enqueued.append(job)
        self._changes.put("jobs", self._place("jobs", "id", str(job.id)), document(job))

    async def dequeue(self, job_id: UUID) -> None:
        self._remove("jobs", self._row("jobs", "id", str(job_id)))

    async def keep_comment(self, comment: Comment) -> None:
        self._changes.put("comments", self._place("comments", "key", comment.key), document(comment))

    async def keep_home(self, home: Home) -> None:
        self._changes.put("homes", self._place("homes", "user", home.user), document(home))

    async def keep_draft(self, draft: Draft) -> None:
        self._changes.put("drafts", self._place("drafts", "nonce", draft.nonce), document(draft))

    async def drop_draft(self, nonce: str) -> None:
        self._remove("drafts", self._row("drafts", "nonce", nonce))

    async def keep_person(self, person: Person) -> None:
        self._changes.put("people", self._place("people", "id", person.id), document(person))

    async def replace_groups(self, groups: Sequence[Group]) -> None:
        for row, group in enumerate(groups, 1):
            if self._record("groups", row, Group) != group:
                self._changes.put("groups", row, document(group))
        for row in range(len(groups) + 1, self._changes.last("groups") + 1):
            self._changes.remove("groups", row)

    async def keep_channel(self, channel: ChannelMembers) -> None:
        row = self._place("channels", "channel", channel.channel)
        self._changes.put("channels", row, document(channel))

    async def drop_channel(self, channel: str) -> None:
        self._remove("channels", self._row("channels", "channel", channel))

    async def keep_roster_progress(self, progress: RosterProgress) -> None:
        self._changes.put(ROSTER, 1, document(progress))

    async def require(self, hold: Hold) -> None:
        if self._holds.get(hold.name) != hold:
            raise HoldLost(hold.name)

    async def keep_settings(self, settings: WorkspaceSettings) -> None:
        self._changes.put(SETUP, 1, document(settings))

    async def replace_directory(self, directory: Directory) -> None:
        """Writes what differs."""
        for table in DIRECTORY:
            records = getattr(directory, table)
            for row, record in enumerate(records, 1):
                wire = record.to_wire()
                if self._changes.get(table, row) != orjson.dumps(wire):
                    self._changes.put(table, row, wire)
            for row in range(len(records) + 1, self._changes.last(table) + 1):
                self._changes.remove(table, row)

    def _answer(self, table: str, kept: Kept) -> None:
        row = self._place(table, "key", kept.key)
        known = self._record(table, row, Kept)
        if known is None:
            self._changes.put(table, row, document(kept))
        elif known.number != kept.number:
            message = f"a key of ticket {known.number} was to answer with ticket {kept.number}"
            raise ValueError(message)

    def _expire(self, before: datetime, most: int) -> None:
        """Forgets the oldest keys: more at a time than come, so that only those of the last days are kept."""
        row, last = self._database.oldest_key(), self._changes.last("keys")
        while most and row <= last:
            kept = self._record("keys", row, Kept)
            row += 1
            if kept is None:  # forgotten by a transaction before this one
                continue
            if kept.at is None or kept.at > before:
                return
            most -= 1
            self._changes.remove("keys", row - 1)
            if kept.key.startswith("message:"):  # schema 1 had them here
                self._answer("origins", Kept(key=kept.key, number=kept.number))

    def _place(self, table: str, index: str, name: str) -> int:
        """The row of a name: where it stands, or the next free one."""
        return self._row(table, index, name) or self._changes.last(table) + 1

    def _remove(self, table: str, row: int | None) -> None:
        if row is not None:
            self._changes.remove(table, row)
