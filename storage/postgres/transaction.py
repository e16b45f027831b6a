"""The Transaction of the Store port on PostgreSQL: what it changes is gathered, and happens in one statement at its end.

So what it writes is not read from the database again: reads lay its changes over what is committed.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from uuid import UUID

import orjson

from bot.domain.clock.timers import Timer
from bot.domain.comments import Comment, key_of
from bot.domain.directory import Item
from bot.domain.draft import Draft
from bot.domain.home import Home
from bot.domain.outbox import Job
from bot.domain.people import ChannelMembers, Group, MemberSyncProgress, Person
from bot.domain.record import Record
from bot.domain.workspace import Workspace
from bot.domain.workspace_settings import WorkspaceSettings
from bot.services.ports.store import Hold, PeopleVersion
from storage.common.directory_search import TABLES, DirectorySearch
from storage.common.documents import ChannelIds, dumped, json_text
from storage.postgres.changes import Changes, fitting
from storage.postgres.directory import ChangedItems, made_item
from storage.postgres.mirrors import PostgresMirrorTransaction
from storage.postgres.records import Source
from storage.postgres.saving import TicketTransaction

_PEOPLE = ("people", "groups", "channels")


class PostgresTransaction(TicketTransaction, PostgresMirrorTransaction):
    """`enqueued`, `has_timers` and `required` are for whoever commits it."""

    def __init__(self, source: Source, workspace: Workspace, changes: Changes) -> None:
        super().__init__(source, workspace, changes)
        self.enqueued: list[Job] = []
        self.has_timers = False
        self.required: list[Hold] = []
        self._items: dict[str, dict[str, bytes]] = {}  # that it kept, by their tables

    async def enqueue(self, job: Job) -> None:
        self.enqueued.append(job)
        row = {"id": str(job.id), "due_at": job.due_at.isoformat(), "set_aside": job.set_aside}
        self._put("jobs", (str(job.id),), {**row, "document": dumped(job)})

    async def dequeue(self, job_id: UUID) -> None:
        self._put("jobs", (str(job_id),), None)

    async def job_ids(self) -> AsyncIterator[UUID]:
        own = self.changes.tables().get("jobs", {})
        async for job_id in super().job_ids():
            if (str(job_id),) not in own:
                yield job_id
        for row in [*own.values()]:
            if row:
                yield UUID(str(row["id"]))

    async def keep_comment(self, comment: Comment) -> None:
        way, known = await self._found("comments", comment.key) if await self._renamed() else ("", None)
        key = comment.key if known is None else way  # it keeps its place, and is found by each of them
        row = {
            "key": key,
            "number": comment.number,
            "at": comment.at.isoformat(),
            "internal": comment.internal,
            "heard": comment.heard,
            "document": dumped(comment),
        }
        self._put("comments", (key,), row)
        self._keep_places([key_of(copy.channel, copy.ts) for copy in comment.copies], comment.number)

    async def keep_home(self, home: Home) -> None:
        self._keep("homes", home, user=home.user)

    async def keep_draft(self, draft: Draft) -> None:
        row = {"nonce": draft.nonce, "created": draft.created_at.isoformat(), "document": dumped(draft)}
        self._put("drafts", (draft.nonce,), row)

    async def drafts(self, *, before: datetime) -> Sequence[str]:
        own = self.changes.tables().get("drafts", {})
        others = [nonce for nonce in await super().drafts(before=before) if fitting((nonce,)) not in own]
        made = (Draft.model_validate_json(json_text(row["document"])) for row in own.values() if row)
        return [*others, *(draft.nonce for draft in made if draft.created_at < before)]

    async def drop_draft(self, nonce: str) -> None:
        self._put("drafts", (nonce,), None)

    async def keep_item(self, item: Item) -> None:
        known, table = await self._known_items(), TABLES[item.kind].name
        before = self._items.get(table, {}).get(item.id)
        if before is None and (row := known.find(table, "id", item.id)):
            before = known.get(table, row)
        if before is None or made_item(type(item), before) != item:
            kept = item.model_dump_json(exclude_none=True).encode()
            self._items.setdefault(table, {})[item.id] = kept
            row_of_it = {"kind": item.kind, "id": item.id, "document": orjson.Fragment(kept)}
            self._put("items", (item.kind, item.id), row_of_it)

    async def _directory(self) -> DirectorySearch:
        known = await self._known_items()
        return known.search(ChangedItems(known, self._items)) if self._items else known.search()

    async def keep_person(self, person: Person) -> None:
        self._keep("people", person, id=person.id)

    async def replace_groups(self, groups: Sequence[Group]) -> None:
        known = await self.groups()
        if [group.id for group in known] != [group.id for group in groups]:
            for group in (*known, *groups):  # all of them come anew, in this order
                self._put("groups", (group.id,), None)
            known = ()
        for group in groups:
            if group not in known:
                self._keep("groups", group, id=group.id)

    async def keep_channel(self, channel: ChannelMembers) -> None:
        self._keep("channels", channel, channel=channel.channel)

    async def drop_channel(self, channel: str) -> None:
        self._put("channels", (channel,), None)

    async def people_version(self) -> PeopleVersion:
        head = await self._source.head()
        has_changed = any(self.changes.tables().get(table) for table in _PEOPLE)
        return PeopleVersion(head.born, head.version + 1 if has_changed else head.people_at)

    async def rename_channel(self, old: str, new: str) -> None:
        before = (await self._singles()).channels
        if own := self._own("channel_ids"):
            before = ChannelIds.model_validate_json(own)
        if (after := before.changed(old, new)) != before:
            self._keep("singles", after, kind="channel_ids")

    async def settings(self) -> WorkspaceSettings:
        own = self._own("settings")
        return WorkspaceSettings.model_validate_json(own) if own else await super().settings()

    async def keep_settings(self, settings: WorkspaceSettings) -> None:
        self._keep("singles", settings, kind="settings")

    async def member_sync_progress(self) -> MemberSyncProgress:
        own = self._own("roster")
        return MemberSyncProgress.model_validate_json(own) if own else await super().member_sync_progress()

    async def keep_member_sync_progress(self, progress: MemberSyncProgress) -> None:
        self._keep("singles", progress, kind="roster")

    async def require(self, hold: Hold) -> None:
        """It is looked at when the transaction commits."""
        self.required.append(hold)

    async def keep_timer(self, timer: Timer) -> None:
        """Writes it wherever it is not known what is there: to ask for that would cost more."""
        if self._seen.get(("timers", (timer.subject,))) is None or await self.timer(timer.subject) != timer:
            row = {"subject": timer.subject, "at": timer.at.isoformat(), "document": dumped(timer)}
            self._put("timers", (timer.subject,), row)
            self.has_timers = True

    async def drop_timer(self, subject: str) -> None:
        is_known = ("timers", (subject,)) in self._seen
        if not is_known or await self._value("timers", subject) is not None:
            self._put("timers", (subject,), None)

    def _keep(self, table: str, record: Record, **key: str) -> None:
        self._put(table, (*key.values(),), {**key, "document": dumped(record)})

    def _own(self, kind: str) -> str | None:
        """The document of a single that it has changed."""
        row = self.changes.tables().get("singles", {}).get((kind,))
        return json_text(row["document"]) if row else None
