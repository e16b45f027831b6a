"""The outboxes of the workspaces that a courier holds: what comes into them, and in which of them something may go out."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from typing import NamedTuple

from bot.domain.outbox import HELD, Job
from bot.domain.workspace import Workspace
from bot.services.outbox.closed import ClosedOutboxes
from bot.services.outbox.holds import Holds
from bot.services.outbox.queue import JobQueue
from bot.services.outbox.rate_limits import OUT_OF_REACH, SteadyClock, longest
from bot.services.outbox.taken import Outcome, Taken
from bot.services.ports.store import Hold, Reader

_FEW = 200
"""So many jobs are told apart from new ones by one question."""

Elsewhere = Callable[[Workspace, Sequence[Job]], None]
"""Hears of the new jobs of a workspace that is not ours."""


class Outbox(NamedTuple):
    """The outbox of a workspace, as long as we hold it."""

    workspace: Workspace
    hold: Hold
    queue: JobQueue


class Outboxes(dict[str, Outbox]):
    """By the ids of their workspaces. `woken` is set where something may go out that could not before; `idle`, where nothing is
    left of which that may be said."""

    def __init__(
        self, clock: SteadyClock, holds: Holds, closed: ClosedOutboxes, elsewhere: Elsewhere
    ) -> None:
        super().__init__()
        self._closed = closed
        self._refused: dict[str | None, str] = {}  # what others were told of the tokens, by workspace
        self._clock = clock
        self._holds = holds
        self._elsewhere = elsewhere
        self._next_at: dict[str, datetime] = {}  # when something may go out
        self._touched: set[str] = set()  # those of which we do not know that any more
        self._busy: set[str] = set()  # those of which something may still go out
        self.to_look: set[str] = set()  # where others say that there are jobs
        self.woken, self.idle = asyncio.Event(), asyncio.Event()

    @property
    def is_busy(self) -> bool:
        return bool(self.to_look or self._busy)

    def wake(self, workspace: Workspace, jobs: Sequence[Job]) -> None:
        """Hands over new jobs; none where another replica says that there are some. Those that turn out not to be in the outbox
        are forgotten."""
        if outbox := self.get(workspace.id):
            self.add(outbox, jobs)
            if not jobs:
                self.to_look.add(workspace.id)
                self.idle.clear()
                self.woken.set()
        else:
            self._elsewhere(workspace, jobs)

    def claimed(self, workspace: Workspace, job: Job) -> Job:
        """A new post as it is to be saved: claimed at once where its channel is free, which spares the claim its commit.
        Others are claimed when it is their turn: what a crash leaves claimed is looked for in Slack, one by one."""
        outbox = self.get(workspace.id)
        if outbox is None or not self._holds.lasts(workspace):
            return job
        if not outbox.queue.promise(job, self._clock.steady()):
            return job
        return job.model_copy(update={"claimed_at": self._clock.wall()})

    def add(self, outbox: Outbox, jobs: Iterable[Job]) -> None:
        """Those that were known already, such as what a delivery itself has written, change nothing to be done now."""
        self._touched.add(outbox.workspace.id)
        if sum(outbox.queue.add(self._in_reason(job)) for job in jobs):
            self.idle.clear()
            self.woken.set()

    def _in_reason(self, job: Job) -> Job:
        """Due no later than it may be held or back off: the clock was wrong where it was put off for longer."""
        held = HELD if job.told else timedelta()
        failures = max(job.attempts, OUT_OF_REACH) if job.kind == "mirror" else job.attempts
        latest = self._clock.steady() + max(longest(failures), held)
        return job if job.due_at <= latest else job.model_copy(update={"due_at": latest})

    async def look(self, outbox: Outbox, reader: Reader) -> None:
        """Finds the jobs that nobody handed over, those that take the place of one that was set aside among them."""
        self.to_look.discard(outbox.workspace.id)
        queue = outbox.queue
        aside = {*queue.set_aside}
        if len(queue) + len(aside) <= _FEW:
            found = await reader.jobs(besides={*queue.ids()})
        else:
            unknown = [job_id async for job_id in reader.job_ids() if job_id not in queue]
            read = [await reader.job(job_id) for job_id in (*unknown, *aside)]
            found = [job for job in read if job]
        for gone in aside.difference(job.id for job in found):
            queue.set_aside.pop(gone, None)
        new = [job for job in found if job.id not in queue or not job.set_aside]
        self.add(outbox, sorted(new, key=lambda job: job.created_at))

    def take(self) -> Iterator[tuple[Outbox, Taken]]:
        """What may go out now."""
        now = self._clock.steady()
        for identifier in self._touched | {each for each, at in self._next_at.items() if at <= now}:
            self._next_at.pop(identifier, None)
            self._busy.discard(identifier)
            if outbox := self.get(identifier):
                while taken := outbox.queue.take(now):
                    yield outbox, taken
                if at := outbox.queue.next_at():
                    self._next_at[identifier] = at
                if not outbox.queue.is_idle:
                    self._busy.add(identifier)
        self._touched.clear()

    def pause(self) -> float | None:
        """The seconds until more may go out; None where something must happen first."""
        next_at = min(self._next_at.values(), default=None)
        return max(0.0, (next_at - self._clock.steady()).total_seconds()) if next_at else None

    def done(self, outbox: Outbox, taken: Taken, outcome: Outcome) -> None:
        """Ends what `take` began."""
        left = outcome.left and tuple(map(self._in_reason, outcome.left))
        outbox.queue.done(taken.job_id, outcome._replace(left=left), self._clock.steady())
        self._touched.add(outbox.workspace.id)

    def touch(self, *identifiers: str) -> None:
        """What may go out there is looked at again."""
        self._touched.update(identifiers)
        self.woken.set()

    def note_token(self, refused: str | None, workspace: Workspace | None = None) -> None:
        """What somebody else, who has just asked Slack, was told of a token: why it was refused, if it was. Without a
        workspace, of the one that all have."""
        whose = workspace.id if workspace else None
        if refused:
            self._refused[whose] = refused
        else:
            self._refused.pop(whose, None)

    def refused(self, workspace: Workspace) -> str | None:
        """Slack's code for why it takes nothing with the token of a workspace at the moment, where it does not."""
        outbox = self.get(workspace.id)
        stopped = outbox.queue.stopped if outbox else self._closed.stopped(workspace)
        return stopped or self._refused.get(workspace.id) or self._refused.get(None)

    @property
    def refusals(self) -> AbstractSet[str]:
        """What others were told."""
        return {*self._refused.values()}

    def drop(self, identifier: str) -> None:
        """It is ours no more."""
        self.pop(identifier, None)
        self._busy.discard(identifier)
        self._next_at.pop(identifier, None)
        self.to_look.discard(identifier)
