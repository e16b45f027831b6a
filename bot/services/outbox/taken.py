"""A delivery: what it begins with, and what came of it."""

from typing import NamedTuple
from uuid import UUID

from bot.domain.outbox import Call, Job
from bot.services.ports.messenger import NotDelivered


class Taken(NamedTuple):
    """A job to deliver now, and what is to be asked of Slack. `is_claimed`: it was saved so, and nobody has begun it; `job`: as it
    was saved, where that is known."""

    job_id: UUID
    call: Call
    is_claimed: bool
    job: Job | None = None


class Outcome(NamedTuple):
    """What came of a delivery: what is to be delivered, or stays set aside, after it; why it failed, if it did.

    `left` is None where it did not begin: the job is in the outbox as it was. `claimed` is what the delivery itself made
    of the job before it began.
    """

    left: tuple[Job, ...] | None = ()
    failure: NotDelivered | None = None
    claimed: Job | None = None
