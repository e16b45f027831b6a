"""What is written of a delivery: that a post is begun, what was read, and what came of it."""

from typing import NamedTuple
from uuid import UUID

from bot.domain.outbox import Call, Job
from bot.domain.ticket import Place
from bot.services.outbox.failures import Gone
from bot.services.outbox.listeners import OnReplies, OnUnreadable
from bot.services.outbox.overtaken import among, watch
from bot.services.outbox.rate_limits import SteadyClock
from bot.services.outbox.subject import State, Subject
from bot.services.ports.messenger import Replies
from bot.services.ports.store import Hold, Transaction
from bot.services.ports.tasks import Backoff


class Shown(NamedTuple):
    """Slack has it, and shows that state of the ticket, or of the comment; None where that is not known."""

    place: Place | None
    state: State


class NotFound(NamedTuple):
    """Slack has no such post, so the job makes another. `may_come`: whoever had begun it stands still perhaps, and makes it yet."""

    again: Job
    may_come: bool


Result = Shown | NotFound | Gone | Job
"""What is to be written down; a job is what becomes of the one that was tried."""


class Records:
    """Each carries the number of its courier's hold: it raises HoldLost where another courier has taken over."""

    def __init__(
        self,
        clock: SteadyClock,
        backoff: Backoff,
        on_replies: OnReplies,
        on_unreadable: OnUnreadable,
    ) -> None:
        self._clock = clock
        self._backoff = backoff
        self._on_replies = on_replies
        self._on_unreadable = on_unreadable

    async def claim(self, job_id: UUID, hold: Hold, tx: Transaction) -> tuple[Job | None, Call]:
        await tx.require(hold)
        stored = await tx.job(job_id)
        if stored is None or stored.set_aside or stored.call != "post":
            return stored, stored.call if stored else "post"
        if await _is_over(tx, stored):  # nobody has seen it here: it need not be shown as deleted
            await tx.dequeue(stored.id)
            return None, "post"
        claimed = stored.model_copy(update={"claimed_at": self._clock.wall()})
        await tx.enqueue(claimed)
        return claimed, "post"

    async def keep(self, job: Job, hold: Hold, replies: Replies, tx: Transaction) -> tuple[Job, ...]:
        """Keeps a page of replies, and where the next begins. What is left to be done."""
        await tx.require(hold)
        stored = await tx.job(job.id)
        if stored is None or stored != job:  # replaced while it was under way
            return (stored,) if stored else ()
        await self._on_replies(tx, job, replies.messages)
        if replies.cursor is None or job.fetch is None:
            await tx.dequeue(job.id)
            return ()
        fetch = job.fetch.model_copy(update={"cursor": replies.cursor})
        further = job.model_copy(update={"fetch": fetch, "attempts": 0, "last_error": None})
        await tx.enqueue(further)
        return (further,)

    async def settle(self, job: Job, hold: Hold, result: Result, tx: Transaction) -> tuple[Job, ...]:
        await tx.require(hold)
        is_change = job.place or job.group or job.hands_on
        stored = await tx.job(job.id) if is_change or isinstance(result, Job | NotFound) else None
        subject = await Subject.of(tx, job)
        match result:
            case Job() | NotFound():
                if stored != job:  # replaced while it was under way
                    return (stored,) if stored else ()
                left = self._left(job, result)
                for each in left:
                    await tx.enqueue(each)
                if job.fetch and left[0].set_aside:
                    await self._on_unreadable(tx, left[0])
                return left
            case Gone():
                await tx.dequeue(job.id)
                if result.place:
                    places = [each for each in subject.places if each != result.place]
                    await subject.keep(tx, places, self._clock.wall())
                return ()
            case Shown() if is_change:
                if stored and (stored != job or subject.state not in (None, result.state)):
                    return (stored,)
                await tx.dequeue(job.id)
                return ()
            case Shown():
                await tx.dequeue(job.id)
                return await self._stands(job, result, subject, tx)

    async def _stands(self, job: Job, shown: Shown, subject: Subject, tx: Transaction) -> tuple[Job, ...]:
        """Records where a post stands, and has it changed where there is something newer to show."""
        if shown.place is None or subject.state is None:
            return ()
        if among(shown.place, subject.places):  # its last holder recorded it as we took over
            return ()
        internal = job.target.internal and not job.direct
        user = job.target.user if job.direct else None
        place = shown.place.model_copy(update={"internal": internal, "user": user, "told": job.told})
        await subject.keep(tx, [*subject.places, place], self._clock.wall())
        if subject.state == shown.state:
            return ()
        newer = subject.update(place, self._clock.wall())
        await tx.enqueue(newer)
        return (newer,)

    def _left(self, job: Job, result: Job | NotFound) -> tuple[Job, ...]:
        if isinstance(result, Job):
            return (result,)
        watching = (watch(job, self._clock.wall(), self._backoff),) if result.may_come else ()
        return result.again, *watching


async def _is_over(tx: Transaction, job: Job) -> bool:
    """Whether what was to be posted has been deleted, may not be seen any more, or is wanted nowhere."""
    if job.mirror is None:
        comment = await tx.comment(job.comment) if job.comment else None
        return comment is not None and comment.deleted
    mirror = await tx.mirror(job.mirror)
    if mirror is None or not mirror.visible:
        return True
    if job.comment is None:
        return mirror.wanted is None
    copy = await tx.mirror_copy(job.mirror, job.comment)
    return copy is not None and copy.deleted
