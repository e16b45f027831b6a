"""What was said in a ticket's thread before we heard of it, as the courier fetches it."""

from collections.abc import Sequence

from bot.domain.comments import ThreadMessage, comment_of, merged
from bot.domain.outbox import Job, updates
from bot.domain.ticket import Ticket, message_key
from bot.services.ports.clock import Clock
from bot.services.ports.store import Transaction


class EarlierReplies:
    """Nothing is reopened by them, and nobody is shown them anew."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def keep(self, tx: Transaction, job: Job, replies: Sequence[ThreadMessage]) -> None:
        """A page of them becomes comments, but for what is a ticket, or another one's comment, already."""
        ticket = await tx.ticket(job.number) if job.number else None
        if ticket is None:
            return
        for reply in replies:
            known = await tx.comment(reply.key)
            is_elsewhere = known and known.heard and known.number != ticket.number
            if is_elsewhere or await tx.answered(message_key(reply.channel, reply.ts)):
                continue
            comment = merged(known, comment_of(reply, ticket))
            if comment != known:
                await tx.keep_comment(comment)
        await self._tell(tx, ticket, is_unread=False)

    async def cannot_read(self, tx: Transaction, job: Job) -> None:
        """Slack does not let us read them, which the ticket's cards say then."""
        if ticket := await tx.ticket(job.number) if job.number else None:
            await self._tell(tx, ticket, is_unread=True)

    async def _tell(self, tx: Transaction, ticket: Ticket, *, is_unread: bool) -> None:
        if ticket.thread_unread is is_unread:
            return
        told, now = ticket.model_copy(update={"thread_unread": is_unread}), self._clock()
        await tx.save(told, now=now)
        for job in updates(told, now):
            await tx.enqueue(job)
