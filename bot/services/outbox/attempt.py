"""One delivery: claim, send, settle. What is known of it is on disk before Slack is called, and after."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import count
from typing import NamedTuple

import structlog

from bot.domain.comments import Comment, copy_update
from bot.domain.outbox import Job, Step, update
from bot.domain.ticket import Place, Ticket
from bot.domain.workspace import Workspace
from bot.services.outbox.queue import Outcome
from bot.services.outbox.rate_limits import SteadyClock
from bot.services.ports.messenger import (
    Closed,
    Messenger,
    NoAnswer,
    NotDelivered,
    RateLimited,
    Refused,
    Unauthorized,
    Undeliverable,
)
from bot.services.ports.store import Store, Transaction
from bot.services.ports.tasks import Backoff

MOST_ATTEMPTS = 12
"""So often is a job tried that fails by itself, which with back-off takes about an hour."""

log = structlog.get_logger()


class _Shown(NamedTuple):
    """Slack has it, and shows that state of the ticket, or of the comment; null where that is not known."""

    place: Place | None
    state: int | Comment | None


class _Gone(NamedTuple):
    """The card that was to be changed can be changed no more."""

    place: Place


_Result = _Shown | _Gone | Job
"""What is to be written down; a job is what becomes of the one that was tried."""


class Deliveries:
    """Makes deliveries for the courier, who says when."""

    def __init__(self, store: Store, messenger: Messenger, clock: SteadyClock, backoff: Backoff) -> None:
        self._store = store
        self._messenger = messenger
        self._clock = clock
        self._backoff = backoff

    async def deliver(self, workspace: Workspace, job: Job) -> Outcome:
        """Raises nothing: every way in which it can fail has its place in the outcome."""
        try:
            claimed, step = await self._claim(workspace, job)
        except Exception:
            log.exception("delivery_not_claimed", workspace=workspace.id, ticket=job.number)
            return Outcome((job,), NoAnswer("not_claimed"))
        if claimed is None or claimed.set_aside:
            return Outcome((claimed,) if claimed else ())
        told = log.bind(workspace=workspace.id, ticket=job.number, job=str(job.id), step=step)
        failure: NotDelivered | None = None
        try:
            result = await self._send(workspace, claimed, step)
            told.info("card_delivered" if isinstance(result, _Shown) else "card_not_found")
        except Exception as error:  # noqa: BLE001  (a fault of ours may not hold up the others; it is logged)
            failure = error if isinstance(error, NotDelivered) else Refused(type(error).__name__)
            result = after(claimed, step, failure, self._clock.steady(), self._backoff)
            told.warning("card_not_delivered", reason=str(failure), exc_info=failure is not error)
            if isinstance(failure, Unauthorized):
                told.error("workspace_stopped", reason=str(failure))
            if isinstance(result, Job) and result.set_aside:
                told.error("card_set_aside", reason=result.set_aside)
        return Outcome(await self._write_down(workspace, claimed, result), failure)

    async def _claim(self, workspace: Workspace, job: Job) -> tuple[Job | None, Step]:
        """The job as it is in the outbox, where it may not be any more, and what it needs.

        That a post is begun is on disk before it is: whoever finds such a claim knows that Slack may have a card.
        A change may be made twice, so it needs none.
        """
        async with self._store.transaction(workspace) as tx:
            stored = await tx.job(job.id)
            if stored is None or stored.set_aside or stored.step != "post":
                return stored, stored.step if stored else job.step
            comment = await tx.comment(stored.comment) if stored.comment else None
            if comment and comment.deleted:  # nobody has seen it here: it need not be shown as deleted
                await tx.dequeue(stored.id)
                return None, "post"
            claimed = stored.model_copy(update={"claimed_at": self._clock.wall()})
            await tx.enqueue(claimed)
        return claimed, "post"

    async def _send(self, workspace: Workspace, job: Job, step: Step) -> _Result:
        reader = self._store.read(workspace)
        ticket = await reader.ticket(job.number)
        if ticket is None:
            raise Undeliverable("no_such_ticket")
        if step == "find":
            place = await self._messenger.find(workspace, job)
            return _Shown(place, None) if place else job.model_copy(update={"claimed_at": None})
        if job.comment is None:
            place = await self._messenger.show(workspace, job, ticket, await reader.directory())
            return _Shown(place, ticket.version)
        comment = await reader.comment(job.comment)
        if comment is None:
            raise Undeliverable("no_such_comment")
        return _Shown(await self._messenger.say(workspace, job, ticket, comment), _state(comment))

    async def _write_down(self, workspace: Workspace, job: Job, result: _Result) -> tuple[Job, ...]:
        """Tries until it is written, else it would be delivered again. What is left to be delivered."""
        for attempt in count(1):
            try:
                async with self._store.transaction(workspace) as tx:
                    left = await self._settle(tx, job, result)
            except Exception:
                log.exception("delivery_not_recorded", workspace=workspace.id, ticket=job.number)
                await asyncio.sleep(self._backoff(attempt).total_seconds())
            else:
                break
        return left

    async def _settle(self, tx: Transaction, job: Job, result: _Result) -> tuple[Job, ...]:
        stored = await tx.job(job.id)
        subject = await _Subject.of(tx, job)
        match result:
            case Job():
                if stored != job:  # replaced while it was under way
                    return (stored,) if stored else ()
                await tx.enqueue(result)
                return (result,)
            case _Gone():
                await tx.dequeue(job.id)
                await subject.keep(
                    tx, [each for each in subject.places if each != result.place], self._clock.wall()
                )
                return ()
            case _Shown() if job.place:
                if stored and (stored != job or subject.state not in (None, result.state)):
                    return (stored,)
                await tx.dequeue(job.id)
                return ()
            case _Shown():
                await tx.dequeue(job.id)
                if result.place is None or subject.state is None:
                    return ()
                internal = job.target.internal and not job.direct
                place = result.place.model_copy(update={"internal": internal})
                await subject.keep(tx, [*subject.places, place], self._clock.wall())
                if subject.state == result.state:
                    return ()
                newer = subject.update(place, self._clock.wall())
                await tx.enqueue(newer)
                return (newer,)


class _Subject(NamedTuple):
    """What a job shows: a ticket, or one of its comments. Both are null where there is none any more."""

    ticket: Ticket | None
    comment: Comment | None

    @classmethod
    async def of(cls, tx: Transaction, job: Job) -> "_Subject":
        if job.comment:
            return cls(None, await tx.comment(job.comment))
        return cls(await tx.ticket(job.number), None)

    @property
    def state(self) -> int | Comment | None:
        if self.comment:
            return _state(self.comment)
        return self.ticket.version if self.ticket else None

    @property
    def places(self) -> tuple[Place, ...]:
        """Where it stands."""
        return self.comment.copies if self.comment else self.ticket.cards if self.ticket else ()

    async def keep(self, tx: Transaction, places: Sequence[Place], now: datetime) -> None:
        if self.comment:
            await tx.keep_comment(self.comment.model_copy(update={"copies": tuple(places)}))
        elif self.ticket:
            await tx.save(self.ticket.model_copy(update={"cards": tuple(places)}), now=now)

    def update(self, place: Place, now: datetime) -> Job:
        if self.comment:
            return copy_update(self.comment, place, now)
        assert self.ticket  # noqa: S101  (it has a state)
        return update(self.ticket, place, now)


def _state(comment: Comment) -> Comment:
    """A comment but for where it stands."""
    return comment.model_copy(update={"copies": ()})


def after(job: Job, step: Step, failure: NotDelivered, now: datetime, backoff: Backoff) -> _Gone | Job:
    """What becomes of a job that failed. A post that Slack has refused is known not to have been made."""
    reason = str(failure)
    refused: Mapping[str, object] = {
        "last_error": reason,
        "claimed_at": None if step == "post" else job.claimed_at,
    }
    match failure:
        case NoAnswer():
            return job.model_copy(update={"last_error": reason})
        case RateLimited() | Unauthorized():
            return job.model_copy(update=refused)
        case Closed() if job.place:
            return _Gone(job.place)
        case Closed() if not job.direct and not (job.comment and job.target.internal):
            return job.model_copy(update={**refused, "private": True})
        case Closed() | Undeliverable():
            return job.model_copy(update={**refused, "set_aside": reason})
    attempts = job.attempts + 1
    later = {"last_error": reason, "attempts": attempts, "due_at": now + backoff(attempts)}
    return job.model_copy(update={**later, "set_aside": reason if attempts == MOST_ATTEMPTS else None})
