"""What a courier showed that had been overtaken: it stood still after it had looked at its hold, and another delivers by now.

Its record is refused. What it showed too late is put right by jobs, which whoever holds the workspace delivers as it does all
others, for as long as it takes:

- A card that was changed is changed once more: it may have gone back to an older state.
- A post is taken back, unless it is the one that counts. As long as the job that it is of waits, it counts: that job is told where
  it stands, so it makes no other. Later it counts where it is recorded; of what nothing is recorded of, such as notices, where no
  other one stands.
- Where nobody knows whether there is a post, as Slack's answer was lost as well, it is looked for, for WATCHED seconds.

One that posts too late and is killed before it has said so leaves nobody who knows. So whoever posts again what was begun before
looks for that other post as well.

What Slack does not delete is set aside with the reason, as all that it does not take.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial

from bot.domain.outbox import Job, withdrawal
from bot.domain.ticket import Place
from bot.domain.workspace import Workspace
from bot.services.outbox.commits import Commits
from bot.services.outbox.subject import Subject
from bot.services.ports.messenger import Messenger
from bot.services.ports.store import Reader, Transaction
from bot.services.ports.tasks import Backoff

WATCHED = 60.0
"""Seconds in which it is looked for a post of which nobody knows whether it was made, or is made yet: Slack may be late, and so may
another courier. One that stands still for longer has lost its connection to Slack, as like as not."""

_RARELY = 4
"""As after so many looks does the search begin for a post of which nothing was heard: a crash leaves many to look for."""

_MOST_PAGES = 10
_LONGEST = 8
"""As after so many failures at most does a post wait for the job that it is of."""


async def make_good(job: Job, now: datetime, place: Place | None, tx: Transaction) -> None:
    """Enqueues what puts right that a job was delivered by a courier that had no hold any more. `place`: where its post
    stands; None where that is not known."""
    if job.group or job.place:
        subject = await Subject.of(tx, job)
        stands = job.place and among(job.place, subject.places)
        if again := subject.update(stands, now) if stands else job if job.group else None:
            await tx.enqueue(again)
    else:
        await tx.enqueue(withdrawal(job, place, now))


def watch(job: Job, now: datetime, backoff: Backoff) -> Job:
    """What takes back the post that another courier may make yet of a job that is posted again."""
    due_at = now + backoff(_RARELY)
    return withdrawal(job, None, now).model_copy(update={"attempts": _RARELY, "due_at": due_at})


class Withdrawals:
    """Decides about the posts that are to be taken back."""

    def __init__(self, commits: Commits, messenger: Messenger, backoff: Backoff) -> None:
        self._commits = commits
        self._messenger = messenger
        self._backoff = backoff

    async def decided(self, workspace: Workspace, job: Job, now: datetime) -> Job | Place | None:
        """The post to delete; the job as it is to be tried again; None where all is well as it is."""
        reader, posted = self._commits.read(workspace), job.posted
        if waiting := await reader.job(posted.id):
            if job.place:
                await self._commits.change(workspace, partial(_tell, posted, job.place))
            return None if waiting.set_aside and not job.place else self._later(job, now)
        found = await self._one_too_many(workspace, job, posted, reader)
        is_watched = (now - job.created_at).total_seconds() < WATCHED
        may_come = job.place is None and is_watched
        return self._later(job, now) if may_come and not found else found

    async def _one_too_many(
        self, workspace: Workspace, job: Job, posted: Job, reader: Reader
    ) -> Place | None:
        subject = await Subject.of(reader, posted)
        if subject.state is None:  # nothing is recorded: the one that came too late is the later one
            one = job.place or await self._found(workspace, posted, besides=())
            other = await self._found(workspace, posted, besides=(one,)) if one else None
            return (job.place or max(one, other, key=_when)) if one and other else None
        if job.place:
            return None if among(job.place, subject.places) else job.place
        return await self._found(workspace, posted, besides=subject.places)

    async def _found(self, workspace: Workspace, posted: Job, *, besides: Sequence[Place]) -> Place | None:
        """A post with the id of its delivery that stands there, besides these."""
        for _ in range(_MOST_PAGES):
            place, further = await self._messenger.find(workspace, posted, besides)
            if place or further is None:
                return place
            posted = posted.model_copy(update={"search": further})
        return None

    def _later(self, job: Job, now: datetime) -> Job:
        looks = job.attempts + 1
        due_at = now + self._backoff(min(looks, _LONGEST))
        return job.model_copy(update={"attempts": looks, "due_at": due_at})


def _when(place: Place) -> Decimal:
    return Decimal(place.ts)


async def _tell(posted: Job, place: Place, tx: Transaction) -> None:
    """As `Deliveries.seen`: its job is settled without another post."""
    waiting = await tx.job(posted.id)
    if waiting and not (waiting.place or waiting.seen):
        await tx.enqueue(waiting.model_copy(update={"seen": place, "set_aside": None}))


def among(place: Place, places: Sequence[Place]) -> Place | None:
    """The same message as it is recorded there."""
    return next((each for each in places if (each.channel, each.ts) == (place.channel, place.ts)), None)
