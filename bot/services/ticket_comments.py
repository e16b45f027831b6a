"""Comments: recording what people write in a ticket's threads, showing it, and answering the requester."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from bot.domain.characters import is_blank
from bot.domain.comments import (
    Comment,
    CommentPage,
    ThreadMessage,
    closest,
    comment_for,
    comment_of,
    key_of,
    merged,
    noticed,
    reply_comment,
    sent,
    shown_by,
    typed_comment,
)
from bot.domain.contract import refuse_unstorable
from bot.domain.errors import InvalidInput, Problem
from bot.domain.mirrors import WrittenHere, carried_out, carry_home
from bot.domain.news import Event
from bot.domain.outbox import put_back, updates
from bot.domain.permissions import Actor, may, permitted
from bot.domain.steps import STEPS
from bot.domain.telling import Happened
from bot.domain.ticket import Entry, Ticket
from bot.domain.workspace import Workspace
from bot.services.message_tickets import number_at, tickets_at
from bot.services.ports.clock import Clock
from bot.services.ports.store import Reader, Store, Transaction
from bot.services.ticket_news import TicketNews
from bot.services.ticket_times import planned


class TicketComments:
    """Raises NotFound, Forbidden, NotKnown, InvalidInput and StoreUnavailable; nothing is changed then."""

    def __init__(self, store: Store, clock: Clock, news: TicketNews | None = None) -> None:
        self._news = news or TicketNews()
        self._store = store
        self._clock = clock

    async def record_reply(self, workspace: Workspace, message: ThreadMessage) -> None:
        """What Slack tells of a message in a thread: new, edited or deleted, once or often, in any order."""
        reader = self._store.read(workspace)
        if not await _is_of_a_ticket(reader, message):
            if not message.is_head and await reader.mirror_at(message.channel, message.thread_ts):
                await self._store.change(workspace, partial(keep_written, message, self._clock()))
            return  # most of what people say to each other is about no ticket

        async def work(tx: Transaction) -> None:
            known = await tx.comment(message.key)
            tickets = await _tickets_of(tx, message, known)
            if not tickets:
                return
            kept = [ticket for ticket in tickets if known and ticket.number == known.number]
            ticket = kept[0] if kept else closest(tickets, message.text)
            await self.record_in(tx, workspace, ticket, message, alone=len(tickets) == 1)

        await self._store.change(workspace, work)

    async def record_in(
        self,
        tx: Transaction,
        workspace: Workspace,
        ticket: Ticket,
        message: ThreadMessage,
        *,
        alone: bool = True,
    ) -> Ticket:
        """The same as a comment of this ticket, in a transaction that does more. `alone`: no other is in its thread. Gives the
        ticket as it is then."""
        return await self._recorded(tx, workspace, ticket, comment_of(message, ticket), alone=alone)

    async def record_carried(self, workspace: Workspace, comment: Comment) -> None:
        """What somebody has written to a ticket in another workspace, where it is shared: new, edited or deleted, once or often."""

        async def work(tx: Transaction) -> None:
            if ticket := await tx.ticket(comment.number):
                await self._recorded(tx, workspace, ticket, comment)

        await self._store.change(workspace, work)

    async def _recorded(
        self, tx: Transaction, workspace: Workspace, ticket: Ticket, report: Comment, *, alone: bool = True
    ) -> Ticket:
        now, known = self._clock(), await tx.comment(report.key)
        comment = merged(known, report)
        if comment == known:
            return ticket
        await tx.keep_comment(comment)
        if not comment.heard:
            return ticket
        if known and not known.heard:
            known = None
        resolution = await _resolution(tx, ticket)
        changed = noticed(ticket, known, comment, resolution, now, alone=alone)
        if comment.team and known is None and not comment.deleted:  # it stands nowhere here
            await tx.enqueue(sent(changed, comment, now))
        for job in (*shown_by(changed, known, comment, now), *carried_out(changed, comment, now)):
            await tx.enqueue(job)
        is_bystander = await self._is_bystander(tx, workspace, comment, ticket, now)
        changed = await _saved(tx, ticket, changed, comment, now, by_bystander=is_bystander)
        if known is None:
            await self._tell(tx, workspace, ticket, changed, comment, now)
        return changed

    async def _is_bystander(
        self, tx: Transaction, workspace: Workspace, comment: Comment, ticket: Ticket, now: datetime
    ) -> bool:
        """Whether it is known of its author that they may not work the ticket."""
        if comment.team:
            return True
        return await self._news.is_bystander(tx, workspace, comment.author, ticket, now)

    async def fetch_again(self, workspace: Workspace, _: Actor, channel: str) -> None:
        """Brings the earlier replies of a channel that we could not read: somebody has invited us."""
        now = self._clock()
        jobs = await self._store.read(workspace).jobs()
        waiting = [job.id for job in jobs if job.set_aside and job.fetch and job.fetch.channel == channel]

        async def work(tx: Transaction) -> None:
            for job_id in waiting:
                if (job := await tx.job(job_id)) and job.set_aside:
                    await tx.enqueue(put_back(job, now))

        if waiting:
            await self._store.change(workspace, work)

    async def of(
        self, workspace: Workspace, actor: Actor, ticket: Ticket, *, before: int | None, limit: int
    ) -> CommentPage:
        """The last of a ticket's comments that the actor may read; with `before`, the last of that many."""
        if not may(actor, "see", ticket):
            return CommentPage((), 0, 0)
        reads_all = may(actor, "read_notes", ticket)
        return await self._store.read(workspace).comments(
            ticket.number, before=before, limit=limit, internal=reads_all
        )

    async def reply(self, workspace: Workspace, actor: Actor, number: int, text: str, nonce: UUID) -> Ticket:
        """Sends an agent's words to the requester, once for a nonce."""
        now, text = self._clock(), _said(text, "reply", "Write what to reply.")

        async def work(tx: Transaction) -> Ticket:
            ticket = permitted(actor, "work", await tx.ticket(number), number)
            comment = reply_comment(ticket, text, author=actor.user, nonce=nonce, now=now)
            return await self._written(tx, workspace, ticket, comment, now)

        return await self._store.change(workspace, work)

    async def comment(
        self, workspace: Workspace, actor: Actor, number: int, text: str, nonce: UUID
    ) -> Ticket:
        """Writes a comment for all who see the ticket, once for a nonce. The requester's opens a resolved ticket again."""
        now, text = self._clock(), _said(text, "comment", "Write what to say.")

        async def work(tx: Transaction) -> Ticket:
            ticket = permitted(actor, "comment", await tx.ticket(number), number)
            comment = typed_comment(ticket, text, author=actor.user, nonce=nonce, now=now)
            return await self._written(tx, workspace, ticket, comment, now)

        return await self._store.change(workspace, work)

    async def _written(
        self, tx: Transaction, workspace: Workspace, ticket: Ticket, comment: Comment, now: datetime
    ) -> Ticket:
        """Keeps what somebody wrote to us, and shows it where it was not written."""
        if await tx.comment(comment.key):
            return ticket
        resolution = await _resolution(tx, ticket)
        changed = ticket if comment.is_reply else noticed(ticket, None, comment, resolution, now)
        await tx.keep_comment(comment)
        if comment.author != ticket.created_by or comment.is_reply:
            await tx.enqueue(sent(changed, comment, now))
        for job in (*shown_by(changed, None, comment, now), *carried_out(changed, comment, now)):
            await tx.enqueue(job)
        is_bystander = await self._is_bystander(tx, workspace, comment, ticket, now)
        changed = await _saved(tx, ticket, changed, comment, now, by_bystander=is_bystander)
        await self._tell(tx, workspace, ticket, changed, comment, now)
        return changed

    async def _tell(
        self,
        tx: Transaction,
        workspace: Workspace,
        before: Ticket,
        after: Ticket,
        comment: Comment,
        now: datetime,
    ) -> None:
        if comment.internal or comment.deleted:
            return
        is_answer = before.status == "resolved" and after.is_open
        event: Event = "answered" if is_answer else "comment"
        happened = Happened(before, after, comment.author, event, comment.key)
        told = await self._news.of(tx, workspace, happened)
        if where := comment.from_elsewhere:
            told = tuple(news.model_copy(update={"from_elsewhere": where}) for news in told)
        await self._news.tell(tx, after, told, now)


async def keep_written(message: ThreadMessage, now: datetime, tx: Transaction) -> None:
    """Keeps what somebody wrote below the card of another workspace's ticket, and has it carried there."""
    mirror = await tx.mirror_at(message.channel, message.thread_ts)
    if mirror is None:
        return
    known = await tx.written_here(message.key)
    comment = merged(known.comment if known else None, comment_for(message, mirror.ref.number))
    if known and known.comment == comment:
        return
    written = WrittenHere(key=message.key, ref=mirror.ref, comment=comment)
    await tx.keep_written_here(written)
    await tx.enqueue(carry_home(written, now))


async def _is_of_a_ticket(reader: Reader, message: ThreadMessage) -> bool:
    if not message.is_head and await number_at(reader, message.channel, message.thread_ts):
        return True
    return await reader.comment(key_of(message.channel, message.thread_ts)) is not None


async def _tickets_of(tx: Transaction, message: ThreadMessage, known: Comment | None) -> Sequence[Ticket]:
    """Those in whose thread it stands. A message that joined a ticket outside of its threads is of that one, and so is what
    stands below it."""
    if not message.is_head and (there := await tickets_at(tx, message.channel, message.thread_ts)):
        return there
    joined = known or await tx.comment(key_of(message.channel, message.thread_ts))
    ticket = await tx.ticket(joined.number) if joined else None
    return (ticket,) if ticket else ()


async def _saved(
    tx: Transaction, before: Ticket, after: Ticket, comment: Comment, now: datetime, *, by_bystander: bool
) -> Ticket:
    """The ticket after a comment, with what that means for its times. Where nothing of it differs, nothing is saved."""
    ticket = await planned(tx, before, after, now, comment, by_bystander=by_bystander)
    if ticket is not before:
        await tx.save(ticket, now=now)
        for job in updates(ticket, now):
            await tx.enqueue(job)
    return ticket


async def _resolution(tx: Transaction, ticket: Ticket) -> Entry | None:
    """How it was resolved, where it is."""
    is_resolved = ticket.status == "resolved"
    return await tx.last_entry(ticket.number, STEPS["resolve"].what) if is_resolved else None


def _said(text: str, field: str, asks: str) -> str:
    if is_blank(text):
        raise InvalidInput([Problem(field=field, code="missing", message=asks)])
    refuse_unstorable({field: text})
    return text.strip()
