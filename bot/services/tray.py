"""What the clock tells people: all of one turn to one person, or to one channel, is a few messages or one digest."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID, uuid5

from bot.domain.clock.shifts import HandOver
from bot.domain.clock.timers import FEW, Digest, Timer, subject
from bot.domain.news import News
from bot.domain.outbox import Job, Target
from bot.domain.ticket import Ticket
from bot.domain.workspace import Workspace
from bot.services.ports.store import Transaction
from bot.services.ticket_news import TicketNews

# Only tell these ids from all others.
_DIGESTS = UUID("5b1b4a3e-95a5-4a3c-8f6e-1c6a0a2f4d58")
_HAND_OVERS = UUID("e0d7a4c9-1b52-4f3e-8a67-9c3d2b1f0e84")


class Tray:
    """A Subject of the clock: it comes after all that was due before."""

    def __init__(self, news: TicketNews) -> None:
        self._news = news

    async def add(self, tx: Transaction, ticket: Ticket, news: News, now: datetime) -> None:
        await _add(tx, news.to, lambda digest: digest.with_one(ticket.number, news), now)

    async def add_hand_over(self, tx: Transaction, user: str, hand_over: HandOver, now: datetime) -> None:
        """Those of all queues are one message."""
        await _add(tx, user, lambda digest: digest.with_hand_over(hand_over), now)

    async def strike(self, tx: Transaction, workspace: Workspace, timer: Timer, now: datetime) -> None:
        digest = timer.digest
        if digest is None:
            return
        if digest.hand_overs:
            job_id = uuid5(_HAND_OVERS, f"{workspace.id}:{timer.id}:{now.isoformat()}")
            target, handed = Target(user=timer.id), digest.hand_overs
            await tx.enqueue(Job(id=job_id, target=target, hand_overs=handed, created_at=now, due_at=now))
        if digest.tickets <= FEW:
            for each in digest.first:
                if ticket := await tx.ticket(each.number):
                    await self._news.tell_one(tx, workspace, ticket, each.news, now)
            return
        is_channel = any(each.news.role == "team" for each in digest.first)
        target = Target(channel=timer.id if is_channel else None, user=timer.id, internal=is_channel)
        job_id = uuid5(_DIGESTS, f"{workspace.id}:{timer.id}:{now.isoformat()}")
        await tx.enqueue(Job(id=job_id, target=target, digest=digest, created_at=now, due_at=now))


async def _add(tx: Transaction, to: str, more: Callable[[Digest], Digest], now: datetime) -> None:
    name = subject("digest", to)
    waiting = await tx.timer(name)
    digest = waiting.digest if waiting and waiting.digest else Digest()
    at = min(waiting.at, now) if waiting else now
    at = at.replace(microsecond=0)
    await tx.keep_timer(Timer(subject=name, at=at, digest=more(digest)))
