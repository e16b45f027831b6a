"""Comments: recording what people write in a ticket's threads, showing it, and answering the requester."""

from collections.abc import Sequence
from uuid import UUID

from bot.domain.comments import (
    Comment,
    ThreadMessage,
    comment_of,
    merged,
    noticed,
    reply_comment,
    sent,
    shown_by,
)
from bot.domain.errors import InvalidInput, Problem
from bot.domain.outbox import updates
from bot.domain.permissions import Actor, may, permitted
from bot.domain.ticket import Ticket
from bot.domain.workspace import Workspace
from bot.services.ports.clock import Clock
from bot.services.ports.store import Store, Transaction
from bot.services.tickets import number_at


class TicketComments:
    """Raises NotFound, Forbidden, NotKnown, InvalidInput and StoreUnavailable; nothing is changed then."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def record_reply(self, workspace: Workspace, message: ThreadMessage) -> None:
        """What Slack tells of a message in a thread: new, edited or deleted, once or often, in any order."""
        if await number_at(self._store.read(workspace), message.channel, message.thread_ts) is None:
            return  # most of what people say to each other is about no ticket
        now = self._clock()

        async def work(tx: Transaction) -> None:
            number = await number_at(tx, message.channel, message.thread_ts)
            ticket = await tx.ticket(number) if number else None
            if ticket is None:
                return
            known = await tx.comment(message.key)
            comment = merged(known, comment_of(message, ticket))
            if comment == known:
                return
            changed = noticed(ticket, known, comment, now)
            await tx.keep_comment(comment)
            for job in shown_by(changed, known, comment, now):
                await tx.enqueue(job)
            if changed is not ticket:
                await tx.save(changed, now=now)
                for job in updates(changed, now):
                    await tx.enqueue(job)

        await self._store.change(workspace, work)

    async def of(self, workspace: Workspace, actor: Actor, ticket: Ticket) -> Sequence[Comment]:
        """What the actor may read of a ticket's comments, oldest first."""
        if not may(actor, "see", ticket):
            return ()
        comments = await self._store.read(workspace).comments(ticket.number)
        reads_all = may(actor, "read_notes", ticket)
        return [comment for comment in comments if reads_all or not comment.internal]

    async def reply(self, workspace: Workspace, actor: Actor, number: int, text: str, nonce: UUID) -> Ticket:
        """Sends an agent's words to the requester, once for a nonce."""
        if not text.strip():
            raise InvalidInput([Problem(field="reply", code="missing", message="Write what to reply.")])
        now = self._clock()

        async def work(tx: Transaction) -> Ticket:
            ticket = permitted(actor, "work", await tx.ticket(number), number)
            comment = reply_comment(ticket, text.strip(), author=actor.user, nonce=nonce, now=now)
            if await tx.comment(comment.key):
                return ticket
            await tx.keep_comment(comment)
            for job in (sent(ticket, comment, now), *shown_by(ticket, None, comment, now)):
                await tx.enqueue(job)
            return ticket

        return await self._store.change(workspace, work)
