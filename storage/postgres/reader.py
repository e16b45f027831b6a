"""The Reader of the Store port on PostgreSQL."""

from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from bot.domain.clock.timers import SubjectKind, Timer
from bot.domain.comments import Comment, CommentPage, in_order, key_of
from bot.domain.directory import Directory, Item
from bot.domain.draft import Draft
from bot.domain.fields import ItemKind
from bot.domain.home import Home
from bot.domain.lookup import Lookup
from bot.domain.outbox import Job
from bot.domain.people import ChannelMembers, Group, MemberSyncProgress, Person
from bot.domain.search import TicketFilter, TicketPage
from bot.domain.ticket import Entry, Ticket
from bot.domain.workspace_settings import WorkspaceSettings
from bot.services.ports.store import PeopleVersion
from storage.common.directory_search import DirectorySearch
from storage.common.documents import index_text, same_keys
from storage.postgres import ticket_query
from storage.postgres.mirrors import PostgresMirrorReader
from storage.postgres.records import document_of, made
from storage.postgres.ticket_conditions import LAST_NUMBER

_SLICE = 1000  # rows at a time, of what may be very many
_LAST = UUID(int=0)

_ANSWERS = """
SELECT asked.key, k.number AS of_key, o.number AS of_origin FROM unnest($2::text[]) AS asked(key)
LEFT JOIN deskhand.keys k ON k.workspace = $1 AND k.key = asked.key
LEFT JOIN deskhand.origins o ON o.workspace = $1 AND o.key = asked.key
"""
_HISTORY = (
    "SELECT document FROM deskhand.history WHERE workspace = $1 AND number = $2 AND what <> ALL($3::text[])"
    " ORDER BY version DESC OFFSET $4 LIMIT $5"
)
_LAST_ENTRY = (
    "SELECT document FROM deskhand.history WHERE workspace = $1 AND number = $2 AND what = $3"
    " ORDER BY version DESC LIMIT 1"
)
_COMMENTS = """
WITH c AS (
    SELECT key, document, row_number() OVER (ORDER BY at, position) AS place FROM deskhand.comments
    WHERE workspace = $1 AND number = $2 AND heard AND (NOT internal OR $5::boolean)
), e AS (
    SELECT count(*) AS total, least(coalesce($3::bigint, count(*)), count(*)) AS ending FROM c
)
SELECT e.total, e.ending, c.key, c.document FROM e
LEFT JOIN c ON c.place > e.ending - $4::bigint AND c.place <= e.ending ORDER BY c.place
"""
_DRAFTS = "SELECT document->>'nonce' AS nonce FROM deskhand.drafts WHERE workspace = $1 AND created < $2"
_TIMERS = "SELECT subject, document FROM deskhand.timers WHERE workspace = $1 ORDER BY at, position LIMIT $2"
_TIMERS_AND_OWN = f"""
SELECT subject, document FROM deskhand.timers
WHERE workspace = $1 AND (subject = ANY($3::text[]) OR subject IN (SELECT subject FROM ({_TIMERS}) first)) ORDER BY position
"""
"""As they were first kept; among them those that the transaction has changed."""

_TIMERS_OF = "SELECT subject, document FROM deskhand.timers WHERE workspace = $1 AND starts_with(subject, $2)"
_JOBS = (
    "SELECT id, document FROM deskhand.jobs WHERE workspace = $1 AND id <> ALL($2::uuid[]) ORDER BY position"
)
_JOB_IDS = "SELECT id FROM deskhand.jobs WHERE workspace = $1 AND id > $2 ORDER BY id LIMIT $3"


class PostgresReader(PostgresMirrorReader):
    """What the tables hold of one workspace. Each read is one statement at most, where it is no iterator."""

    async def ticket(self, number: int) -> Ticket | None:
        if number > LAST_NUMBER:  # what was typed or forged may be as long as it likes
            return None
        return await self._record(Ticket, "tickets", number)

    async def ticket_by_id(self, ticket_id: UUID) -> Ticket | None:
        sql = "SELECT document, cards FROM deskhand.tickets WHERE workspace = $1 AND id = $2"
        rows = await self._source.fetch(sql, ticket_id)
        return made(Ticket, document_of(rows[0]), await self._renamed()) if rows else None

    async def history(
        self, number: int, *, offset: int = 0, limit: int, without: Collection[str] = ()
    ) -> Sequence[Entry]:
        rows = await self._source.fetch(_HISTORY, number, [*without], min(offset, LAST_NUMBER), limit)
        return await self._made(Entry, map(document_of, rows))

    async def last_entry(self, number: int, what: str) -> Entry | None:
        rows = await self._source.fetch(_LAST_ENTRY, number, what)
        return next(iter(await self._made(Entry, map(document_of, rows))), None)

    async def answered(self, key: str) -> int | None:
        key, renamed = index_text(key), self._renamed_once()
        while True:
            ways = same_keys(key, renamed)
            answers = await self._answers(ways)
            today = await self._renamed()
            if today == renamed:
                return next((number for way in ways if (number := answers.get(way)) is not None), None)
            renamed = today

    async def _answers(self, keys: Sequence[str]) -> Mapping[str, int]:
        """The tickets that keys and origins answer with, of those that do."""
        found = await self._answers_by_table(keys)
        return {key: number for key, numbers in found.items() if (number := _either(*numbers)) is not None}

    async def _answers_by_table(self, keys: Sequence[str]) -> Mapping[str, tuple[int | None, int | None]]:
        """What each says as an idempotency key, and as an origin; of those that say anything."""
        rows = await self._source.fetch(_ANSWERS, [*keys])
        return {row["key"]: (row["of_key"], row["of_origin"]) for row in rows}

    async def ticket_at(self, channel: str, ts: str) -> int | None:
        _, number = await self._found("places", key_of(channel, ts))
        return number if isinstance(number, int) else None

    async def comment(self, key: str) -> Comment | None:
        _, raw = await self._found("comments", key)
        return None if raw is None else made(Comment, raw, await self._renamed())

    async def comments(
        self, number: int, *, before: int | None = None, limit: int = 10, internal: bool = True
    ) -> CommentPage:
        rows = await self._source.fetch(_COMMENTS, number, before, limit, internal)
        found = await self._made(Comment, [document_of(row) for row in rows if row["key"] is not None])
        return CommentPage(in_order(found), rows[0]["ending"] - len(found), rows[0]["total"])

    async def tickets(self, wanted: TicketFilter, *, offset: int = 0, limit: int = 10) -> TicketPage:
        queues = await self.queue_names() if ticket_query.names_queues(wanted) else ()
        tickets = ticket_query.of_workspace(self._workspace.id)
        found = await ticket_query.page(
            self._source.fetch_list, tickets, wanted, offset=offset, limit=limit, queues=queues
        )
        return TicketPage(
            tickets=tuple(await self._made(Ticket, map(document_of, found.rows))),
            offset=offset,
            total=found.total,
            has_more=found.has_more,
        )

    async def queue_names(self) -> Sequence[str]:
        return await ticket_query.queue_names(self._source.fetch)

    async def home(self, user: str) -> Home | None:
        return await self._record(Home, "homes", user)

    async def directory(self, lookups: Iterable[Lookup]) -> Directory:
        return (await self._directory()).part(lookups)

    async def items_like(
        self, kind: ItemKind, typed: str, *, within: str | None = None, limit: int
    ) -> Sequence[Item]:
        return (await self._directory()).like(kind, typed, within, limit)

    async def items(self, kind: ItemKind) -> AsyncIterator[Item]:
        for item in (await self._directory()).everything(kind):
            yield item

    async def _directory(self) -> DirectorySearch:
        return (await self._known_items()).search()

    async def settings(self) -> WorkspaceSettings:
        return (await self._singles()).settings

    async def draft(self, nonce: str) -> Draft | None:
        return await self._record(Draft, "drafts", nonce)

    async def drafts(self, *, before: datetime) -> Sequence[str]:
        return [row["nonce"] for row in await self._source.fetch(_DRAFTS, before)]

    async def people(self, *, changed_after: int = 0) -> Sequence[Person]:
        sql = (
            "SELECT id, document FROM deskhand.people WHERE workspace = $1 AND changed > $2 ORDER BY position"
        )
        return await self._everything(Person, "people", sql, changed_after)

    async def groups(self) -> Sequence[Group]:
        sql = "SELECT id, document FROM deskhand.groups WHERE workspace = $1 ORDER BY position"
        return await self._everything(Group, "groups", sql)

    async def channels(self) -> Sequence[ChannelMembers]:
        sql = "SELECT channel, document FROM deskhand.channels WHERE workspace = $1 ORDER BY position"
        return await self._everything(ChannelMembers, "channels", sql)

    async def people_version(self) -> PeopleVersion:
        head = await self._source.head()
        return PeopleVersion(head.born, head.people_at)

    async def member_sync_progress(self) -> MemberSyncProgress:
        return (await self._singles()).progress

    async def jobs(self, *, besides: Collection[UUID] = ()) -> Sequence[Job]:
        found = await self._everything(Job, "jobs", _JOBS, [*besides])
        return tuple(job for job in found if job.id not in besides)

    async def job_ids(self) -> AsyncIterator[UUID]:
        last = _LAST
        while True:
            rows = await self._source.fetch(_JOB_IDS, last, _SLICE)
            for row in rows:
                yield row["id"]
            if len(rows) < _SLICE:
                break
            last = rows[-1]["id"]

    async def job(self, job_id: UUID) -> Job | None:
        return await self._record(Job, "jobs", str(job_id))

    async def timer(self, subject: str) -> Timer | None:
        return await self._record(Timer, "timers", subject)

    async def timers(self, *, limit: int) -> Sequence[Timer]:
        if own := self.changes.tables().get("timers"):
            subjects = [subject for (subject,) in own]
            found = await self._everything(Timer, "timers", _TIMERS_AND_OWN, limit + len(own), subjects)
        else:
            found = await self._everything(Timer, "timers", _TIMERS, limit)
        return sorted(found, key=lambda timer: timer.at)[:limit]

    async def timers_of(self, kind: SubjectKind) -> Sequence[Timer]:
        found = await self._everything(Timer, "timers", _TIMERS_OF, f"{kind}:")
        return [timer for timer in found if timer.kind == kind]


def _either(of_key: int | None, of_origin: int | None) -> int | None:
    return of_origin if of_key is None else of_key
