"""Comments: hearing what is said in a ticket's threads, showing it, and answering the requester."""

from collections.abc import Sequence
from uuid import UUID

from bot.domain.comments import Comment, ThreadMessage, comment_of, merged, noticed, replied, sent, shown_by
from bot.domain.errors import InvalidInput, NotFound, Problem
from bot.domain.outbox import Job, updates
from bot.domain.permissions import Actor, may
from bot.domain.ticket import Ticket
from bot.domain.workspace import Workspace
from bot.services.desk import message_key
from bot.services.ports.clock import Clock
from bot.services.ports.store import Reader, Store
from bot.services.work import Forbidden, Wake


class Comments:
    """Raises NotFound, Forbidden, InvalidInput and StoreUnavailable; nothing is changed then."""

    def __init__(self, store: Store, clock: Clock, wake: Wake) -> None:
        self._store = store
        self._clock = clock
        self._wake = wake

    async def record_reply(self, workspace: Workspace, said: ThreadMessage) -> None:
        """What Slack tells of a message in a thread: new, edited or deleted, once or often, in any order."""
        if await _number_at(self._store.read(workspace), said.channel, said.thread_ts) is None:
            return  # most of what people say to each other is about no ticket
        jobs: list[Job] = []
        try:
            await self._keep(workspace, said, jobs)
        finally:
            if jobs:  # even where the event was cut off: its commit may have gone through
                self._wake(workspace, jobs)

    async def _keep(self, workspace: Workspace, said: ThreadMessage, jobs: list[Job]) -> None:
        now = self._clock()
        async with self._store.transaction(workspace) as tx:
            number = await _number_at(tx, said.channel, said.thread_ts)
            ticket = await tx.ticket(number) if number else None
            if ticket is None:
                return
            known = await tx.comment(said.key)
            comment = merged(known, comment_of(said, ticket))
            if comment == known:
                return
            changed = noticed(ticket, known, comment, now)
            jobs += shown_by(changed, known, comment, now)
            jobs += updates(changed, now) if changed is not ticket else ()
            await tx.keep_comment(comment)
            if changed is not ticket:
                await tx.save(changed, now=now)
            for job in jobs:
                await tx.enqueue(job)

    async def of(self, workspace: Workspace, actor: Actor, ticket: Ticket) -> Sequence[Comment]:
        """What the actor may read of a ticket's comments, oldest first."""
        if not may(actor, "see", ticket).allowed:
            return ()
        comments = await self._store.read(workspace).comments(ticket.number)
        reads_all = may(actor, "read_notes", ticket).allowed
        return [comment for comment in comments if reads_all or not comment.internal]

    async def reply(self, workspace: Workspace, number: int, text: str, actor: Actor, nonce: UUID) -> Ticket:
        """Sends an agent's words to the requester, once for a nonce."""
        if not text.strip():
            raise InvalidInput([Problem(field="reply", code="missing", message="Write what to reply.")])
        jobs: list[Job] = []
        try:
            return await self._send(workspace, number, text, (actor, nonce), jobs)
        finally:
            if jobs:
                self._wake(workspace, jobs)

    async def _send(
        self, workspace: Workspace, number: int, text: str, by: tuple[Actor, UUID], jobs: list[Job]
    ) -> Ticket:
        (actor, nonce), now = by, self._clock()
        async with self._store.transaction(workspace) as tx:
            ticket = await tx.ticket(number)
            if ticket is None:
                raise NotFound(f"There is no T-{number} here. `/ticket list` shows what there is.")
            comment = replied(ticket, text.strip(), author=actor.user, nonce=nonce, now=now)
            if await tx.comment(comment.key):
                return ticket
            decision = may(actor, "work", ticket)
            if not decision.allowed:
                raise Forbidden(decision.reason)
            jobs += [sent(ticket, comment, now), *shown_by(ticket, None, comment, now)]
            await tx.keep_comment(comment)
            for job in jobs:
                await tx.enqueue(job)
        return ticket


async def _number_at(reader: Reader, channel: str, ts: str) -> int | None:
    return await reader.answered(message_key(channel, ts)) or await reader.ticket_at(channel, ts)
