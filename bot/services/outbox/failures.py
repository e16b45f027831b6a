"""What becomes of a job whose delivery failed, by the kind of failure. Pure; the time is passed in."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from bot.domain.outbox import Call, Job
from bot.domain.ticket import Place
from bot.services.outbox.rate_limits import OUT_OF_REACH
from bot.services.ports.messenger import (
    ChannelClosed,
    MessageGone,
    NoAnswer,
    NotDelivered,
    OutOfReach,
    PerhapsTaken,
    RateLimited,
    ReactionRefused,
    Refused,
    Unauthorized,
    Undeliverable,
)
from bot.services.ports.tasks import Backoff

MOST_ATTEMPTS = 12
"""So often is a job tried that fails by itself, which with back-off takes about an hour."""


class Gone(NamedTuple):
    """The message that was to be changed, at `place`, or to be read below, is there no more."""

    place: Place | None


def after(job: Job, call: Call, failure: NotDelivered, now: datetime, backoff: Backoff) -> Gone | Job:
    """What becomes of a job that failed. A post that Slack has refused is known not to have been made.

    A change that a channel is closed to is set aside: the card keeps its place, and the next change takes the job's.
    """
    reason = str(failure)
    refused: Mapping[str, object] = {
        "last_error": reason,
        "claimed_at": None if call == "post" and not isinstance(failure, PerhapsTaken) else job.claimed_at,
    }
    match failure:
        case NoAnswer():
            return job.model_copy(update={"last_error": reason})
        case RateLimited() if call == "find":  # for a minute, as like as not: others may go on there
            return job.model_copy(update={**refused, "search": job.next_search})
        case RateLimited() | Unauthorized() | OutOfReach():
            due = {"due_at": now + backoff(OUT_OF_REACH)} if isinstance(failure, OutOfReach) else {}
            return job.model_copy(update={**refused, **due})
        case MessageGone() if job.place or job.fetch or job.gesture:
            return Gone(job.place)
        case ReactionRefused() if job.answer:
            words = job.answer.model_copy(update={"reaction": None})
            return job.model_copy(update={**refused, "answer": words})
        case ChannelClosed() | MessageGone() if _has_way_round(job):
            return job.model_copy(update={**refused, "private": True, "private_because": reason})
        case ChannelClosed() | MessageGone() | Undeliverable():
            return job.model_copy(update={**refused, "set_aside": reason})
    attempts = job.attempts + 1
    later = {"last_error": reason, "attempts": attempts, "due_at": now + backoff(attempts)}
    return job.model_copy(update={**later, "set_aside": reason if attempts >= MOST_ATTEMPTS else None})


def perhaps_made(failure: NotDelivered) -> bool:
    """Whether Slack may have done all the same what it was asked to."""
    return isinstance(failure, NoAnswer | PerhapsTaken | Refused)


def _has_way_round(job: Job) -> bool:
    """Whether it may be shown to its user alone. What agents say among themselves may not."""
    audience = job.kind == "mirror" or (job.kind == "comment" and job.target.internal)
    return not (job.place or job.fetch or job.gesture or job.withdraws or job.direct or audience)
