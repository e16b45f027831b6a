"""The Reader and the Transaction of the Store port on one workspace's TinyDB."""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Self
from uuid import UUID

from tinydb import where

from bot.domain.clock.timers import SubjectKind, Timer
from bot.domain.comments import Comment, CommentPage, asked_under, in_order, key_of, threads
from bot.domain.directory import Directory, Item
from bot.domain.draft import Draft
from bot.domain.fields import ItemKind
from bot.domain.home import Home
from bot.domain.lookup import Lookup
from bot.domain.outbox import Job
from bot.domain.people import ChannelMembers, Group, MemberSyncProgress, Person
from bot.domain.search import COUNTED, TicketFilter, TicketPage
from bot.domain.ticket import Entry, Ticket
from bot.domain.workspace_settings import WorkspaceSettings
from bot.services.ports.store import Hold, PeopleVersion
from storage.common.documents import ChannelIds, same_keys, wire_time
from storage.tinydb import ticket_history
from storage.tinydb.documents import KeptKey, RecordTable
from storage.tinydb.filter_query import is_partial, page, queues
from storage.tinydb.holds import Holds
from storage.tinydb.mirrors import TinyDBMirrorReader, TinyDBMirrorTransaction
from storage.tinydb.queries import Is
from storage.tinydb.workspace_db import WorkspaceDB, WorkspaceTables

KEYS_LIVE = timedelta(days=30)

_SLICE = 1000  # ids at a time, before others get their turn


class TinyDBReader(TinyDBMirrorReader):
    """What the tables of one workspace hold, as frozen records: nobody can change the store by them."""

    def __init__(self, database: WorkspaceDB, tables: WorkspaceTables) -> None:
        self._database = database
        self._tables = tables

    async def ticket(self, number: int) -> Ticket | None:
        return self._tables.tickets.get(doc_id=number)

    async def ticket_by_id(self, ticket_id: UUID) -> Ticket | None:
        return self._tables.tickets.get(Is("id", str(ticket_id)))

    async def history(
        self, number: int, *, offset: int = 0, limit: int, without: Collection[str] = ()
    ) -> Sequence[Entry]:
        return ticket_history.page(self._tables, number, offset, limit, without)

    async def last_entry(self, number: int, what: str) -> Entry | None:
        return ticket_history.last(self._tables, number, what)

    async def answered(self, key: str) -> int | None:
        for same in same_keys(key, self._database.renamed):
            for table in (self._tables.keys, self._tables.origins):
                if kept := table.get(Is("key", same)):
                    return kept.number
        return None

    async def ticket_at(self, channel: str, ts: str) -> int | None:
        for key in same_keys(key_of(channel, ts), self._database.renamed):
            if place := self._tables.places.get(Is("key", key)):
                return place.number
        return None

    async def comment(self, key: str) -> Comment | None:
        for same in same_keys(key, self._database.renamed):
            if comment := self._tables.comments.get(Is("key", same)):
                return comment
        return None

    async def comments(
        self, number: int, *, before: int | None = None, limit: int = 10, internal: bool = True
    ) -> CommentPage:
        with self._database.unchanging:
            rows = self._database.values("ticket", "comments").rows(number)
            if not internal:
                rows &= self._database.values("internal", "comments").rows(False)  # noqa: FBT003  (the value)
            rows -= self._database.values("heard", "comments").rows(False)  # noqa: FBT003  (the value)
            end = len(rows) if before is None else min(before, len(rows))
            first = max(end - limit, 0)
            shown = self._database.ordered("at", "comments").page(rows, first, end - first)
            found = self._database.tables.comments.get(doc_ids=shown)
        return CommentPage(in_order(found), first, len(rows))

    async def tickets(self, wanted: TicketFilter, *, offset: int = 0, limit: int = 10) -> TicketPage:
        with self._database.unchanging:
            numbers, total = page(self._database, wanted, offset, limit)
            found = {ticket.number: ticket for ticket in self._database.tables.tickets.get(doc_ids=numbers)}
            partial = is_partial(self._database, wanted)
        return TicketPage(
            tickets=tuple(found[number] for number in numbers),
            offset=offset,
            total=min(total, COUNTED + 1),
            has_more=offset + len(numbers) < total,
            is_partial=partial,
        )

    async def queue_names(self) -> Sequence[str]:
        with self._database.unchanging:
            return queues(self._database)

    async def home(self, user: str) -> Home | None:
        return self._tables.homes.get(Is("user", user))

    async def directory(self, lookups: Iterable[Lookup]) -> Directory:
        with self._database.unchanging:
            return self._database.directory(self._tables).part(lookups)

    async def items_like(
        self, kind: ItemKind, typed: str, *, within: str | None = None, limit: int
    ) -> Sequence[Item]:
        with self._database.unchanging:
            return self._database.directory(self._tables).like(kind, typed, within, limit)

    async def items(self, kind: ItemKind) -> AsyncIterator[Item]:
        with self._database.unchanging:
            every = self._database.directory(self._tables).everything(kind)
        for count, item in enumerate(every, 1):
            yield item
            if count % _SLICE == 0:
                await asyncio.sleep(0)

    async def settings(self) -> WorkspaceSettings:
        return self._database.settings(self._tables)

    async def draft(self, nonce: str) -> Draft | None:
        return self._tables.drafts.get(Is("nonce", nonce))

    async def drafts(self, *, before: datetime) -> Sequence[str]:
        found = self._tables.drafts.search(where("createdAt") <= wire_time(before))
        return [draft.nonce for draft in found if draft.created_at < before]

    async def people(self, *, changed_after: int = 0) -> Sequence[Person]:  # noqa: ARG002
        return tuple(self._tables.people)

    async def groups(self) -> Sequence[Group]:
        return tuple(self._tables.groups)

    async def channels(self) -> Sequence[ChannelMembers]:
        return tuple(self._tables.channels)

    async def people_version(self) -> PeopleVersion:
        return self._database.people_version(self._tables)

    async def member_sync_progress(self) -> MemberSyncProgress:
        return self._tables.roster.get(doc_id=1) or MemberSyncProgress()

    async def jobs(self, *, besides: Collection[UUID] = ()) -> Sequence[Job]:
        if not besides:
            return tuple(self._tables.jobs)
        found = [await self.job(each) async for each in self.job_ids() if each not in besides]
        return tuple(job for job in found if job)

    async def job_ids(self) -> AsyncIterator[UUID]:
        for count, job_id in enumerate(self._database.job_ids(self._tables), 1):
            yield UUID(job_id)
            if count % _SLICE == 0:
                await asyncio.sleep(0)

    async def job(self, job_id: UUID) -> Job | None:
        return self._tables.jobs.get(Is("id", str(job_id)))

    async def timer(self, subject: str) -> Timer | None:
        return self._tables.timers.get(Is("subject", subject))

    async def timers(self, *, limit: int) -> Sequence[Timer]:
        with self._database.unchanging:
            changed = self._tables.timers.changed()
            rows = self._database.ordered("at", "timers").first(limit + len(changed))
            found = self._tables.timers.get(doc_ids=[*rows, *changed])
        return sorted(found, key=lambda timer: timer.at)[:limit]

    async def timers_of(self, kind: SubjectKind) -> Sequence[Timer]:
        with self._database.unchanging:
            rows = self._database.timers_of(kind)
            found = self._tables.timers.get(doc_ids=[*rows, *self._tables.timers.changed()])
        return [timer for timer in found if timer.kind == kind]


class TinyDBTransaction(TinyDBReader, TinyDBMirrorTransaction):
    """Collects changes in tables of its own; nothing happens to the database before the commit."""

    def __init__(self, database: WorkspaceDB, tables: WorkspaceTables, holds: Holds) -> None:
        super().__init__(database, tables)
        self._holds = holds
        self._required: list[Hold] = []
        self.enqueued: list[Job] = []
        self.has_timers = False
        self.renamed: Mapping[str, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        """Raises HoldLost where a hold that was required has been lost since. It is over: its tables are the next's."""
        del self._tables
        if error is None:
            for hold in self._required:
                self._holds.require(hold)

    async def read_ahead(self, **_: object) -> None:
        """All of it is in memory."""

    async def next_number(self) -> int:
        return self._tables.tickets.last_id + 1

    async def save(
        self, ticket: Ticket, *, now: datetime, keys: Sequence[str] = (), origins: Sequence[str] = ()
    ) -> None:
        """Raises ValueError where a number or a key already belongs to another ticket."""
        tickets = self._tables.tickets
        number = tickets.id_of(Is("id", str(ticket.id))) or tickets.last_id + 1
        if ticket.number != number:
            message = f"{ticket.name} would take the place of another ticket: this one's number is {number}"
            raise ValueError(message)
        ticket_history.add(self._tables, ticket, self._tables.storage.view.get(tickets.name, number))
        tickets.keep(ticket, number)
        for key in keys:
            _answer(self._tables.keys, KeptKey(key=key, number=number, at=now))
        for key in origins:
            _answer(self._tables.origins, KeptKey(key=key, number=number))
        self._keep_threads(ticket)
        if keys:
            self._expire(now - KEYS_LIVE, most=2 * len(keys))

    async def keep_cards(self, ticket: Ticket) -> None:
        self._tables.tickets.keep_cards(ticket, ticket.number)
        self._keep_threads(ticket)

    async def release(self, ticket: Ticket, *, origins: Sequence[str]) -> None:
        renamed, places, thread = self._database.renamed, self._tables.places, asked_under(ticket)
        for key in (same for origin in origins for same in same_keys(origin, renamed)):
            self._tables.origins.remove(Is("key", key))
            self._tables.keys.remove(Is("key", key))  # schema 1 had them here
        for key in same_keys(thread, renamed) if thread else ():
            if (kept := places.get(Is("key", key))) and kept.number == ticket.number:
                places.remove(Is("key", key))

    async def enqueue(self, job: Job) -> None:
        self.enqueued.append(job)
        self._tables.jobs.keep_as(job, Is("id", str(job.id)))

    async def dequeue(self, job_id: UUID) -> None:
        self._tables.jobs.remove(Is("id", str(job_id)))

    async def keep_comment(self, comment: Comment) -> None:
        keys = same_keys(comment.key, self._database.renamed)
        rows = (self._tables.comments.id_of(Is("key", key)) for key in keys)
        self._tables.comments.keep(comment, next(filter(None, rows), self._tables.comments.last_id + 1))
        for copy in comment.copies:
            self._keep_place(key_of(copy.channel, copy.ts), comment.number)

    async def keep_home(self, home: Home) -> None:
        self._tables.homes.keep_as(home, Is("user", home.user))

    async def keep_draft(self, draft: Draft) -> None:
        self._tables.drafts.keep_as(draft, Is("nonce", draft.nonce))

    async def drop_draft(self, nonce: str) -> None:
        self._tables.drafts.remove(Is("nonce", nonce))

    async def keep_item(self, item: Item) -> None:
        items = self._tables.items(item.kind)
        row = items.id_of(Is("id", item.id)) or items.last_id + 1
        if items.get(doc_id=row) != item:
            items.keep(item, row)

    async def keep_person(self, person: Person) -> None:
        self._tables.people.keep_as(person, Is("id", person.id))

    async def replace_groups(self, groups: Sequence[Group]) -> None:
        self._tables.groups.replace(groups)

    async def keep_channel(self, channel: ChannelMembers) -> None:
        self._tables.channels.keep_as(channel, Is("channel", channel.channel))

    async def drop_channel(self, channel: str) -> None:
        self._tables.channels.remove(Is("channel", channel))

    async def rename_channel(self, old: str, new: str) -> None:
        before = self._tables.channel_ids.get(doc_id=1) or ChannelIds()
        if (after := before.changed(old, new)) != before:
            self._tables.channel_ids.keep(after, 1)
            self.renamed = after.today

    async def keep_member_sync_progress(self, progress: MemberSyncProgress) -> None:
        self._tables.roster.keep(progress, 1)

    async def require(self, hold: Hold) -> None:
        self._holds.require(hold)
        self._required.append(hold)

    async def keep_settings(self, settings: WorkspaceSettings) -> None:
        self._tables.settings.keep(settings, 1)

    async def keep_timer(self, timer: Timer) -> None:
        timers, known = self._tables.timers, Is("subject", timer.subject)
        if timers.get(known) != timer:
            timers.keep_as(timer, known)
            self.has_timers = True

    async def drop_timer(self, subject: str) -> None:
        self._tables.timers.remove(Is("subject", subject))

    def _keep_threads(self, ticket: Ticket) -> None:
        for key in threads(ticket):  # one stays the first's that was made from it, which knows of the others
            self._keep_place(key, ticket.number)

    def _keep_place(self, key: str, number: int) -> None:
        places = self._tables.places
        if not places.contains(Is("key", key)):
            places.keep(KeptKey(key=key, number=number), places.last_id + 1)

    def _expire(self, before: datetime, most: int) -> None:
        """Forgets the oldest keys: more at a time than come, so that only those of the last days are kept."""
        keys, oldest = self._tables.keys, self._database.oldest_key()
        known = self._database.oldest_kept  # read once, and not with every ticket
        if known and known[0] == oldest and known[1] > before:
            return
        for row in range(oldest, keys.last_id + 1):
            kept = keys.get(doc_id=row)
            if kept is None:  # forgotten by a transaction before this one
                continue
            if kept.at and kept.at > before:
                self._database.oldest_kept = row, kept.at
                return
            if kept.at is None or not most:
                return
            most -= 1
            keys.remove(doc_ids=[row])
            if kept.key.startswith("message:"):  # schema 1 had them here
                _answer(self._tables.origins, KeptKey(key=kept.key, number=kept.number))


def _answer(table: RecordTable[KeptKey], kept: KeptKey) -> None:
    known = table.get(Is("key", kept.key))
    if known is None:
        table.keep(kept, table.last_id + 1)
    elif known.number != kept.number:
        message = f"a key of ticket {known.number} was to answer with ticket {kept.number}"
        raise ValueError(message)
