"""The courier delivers the outbox: what was saved is shown in Slack, later, and whatever happens on the way.

What is promised:

- A job stays in the outbox until Slack has its card, or until it is set aside with the reason, which `deskhand doctor`
  and /metrics tell and `deskhand courier retry` undoes. A crash at any instant loses none.
- A card is posted once, but for one case in which nobody can know: Slack's answer was lost, or the process ended,
  after a post was begun and before its end was on disk. Then the card is looked for by the delivery id it carries, and
  posted again only where it is not found: Slack never had it, or the bot may not read there. What a response_url
  shows to one user alone cannot be looked for, and may then come twice.
- A card shows the newest state of its ticket in the end, and on the way there never goes back to an older one. Changes
  that come faster than they can be shown are one update for each message.
- The jobs of a channel go out oldest first, at most one message a second. A channel that is slow or broken holds up no
  other, but where AT_ONCE of a workspace are slow together: then its others wait until Slack answers one of them or its
  call times out. No workspace holds up another. What Slack refuses as too fast waits as long as it says. While Slack is
  down, one job at a time is tried, with back-off up to an hour. A wall clock that is set back or forth holds up nothing.
- A token that is refused stops its workspace, which keeps everything, until a restart or `deskhand courier retry`.

What it costs: the outbox of a workspace is read once, when the courier starts. After that, neither a new job nor a
delivery takes longer the more jobs wait.
"""

import asyncio
from collections.abc import Iterable, Sequence

from bot.domain.outbox import Job, put_back
from bot.domain.workspace import Workspace
from bot.services.outbox.attempt import Deliveries
from bot.services.outbox.queue import Backlog, Outbox, Outcome, outbox
from bot.services.outbox.rate_limits import SteadyClock, exponential, longest
from bot.services.ports.clock import Clock
from bot.services.ports.messenger import Messenger
from bot.services.ports.store import Store
from bot.services.ports.tasks import Backoff, Tasks

DELIVERIES = "deliveries"
"""The group of the tasks that deliver a job."""

_COURIER = "courier"


class Courier:
    """Delivers from `start` to `stop`."""

    def __init__(
        self,
        store: Store,
        messenger: Messenger,
        clock: Clock,
        tasks: Tasks,
        *,
        backoff: Backoff = exponential,
    ) -> None:
        self._store = store
        self._tasks = tasks
        self._clock = SteadyClock(clock)
        self._backoff = backoff
        self._deliveries = Deliveries(store, messenger, self._clock, backoff)
        self._backlogs: dict[Workspace, Backlog] = {}
        self._to_restore: set[Workspace] = set()
        self._woken = asyncio.Event()
        self._idle = asyncio.Event()

    async def start(self) -> None:
        """Begins with what the outbox still holds from before. Takes as long as it takes to read that."""
        for workspace in await self._store.workspaces():
            self._add(workspace, await self._store.read(workspace).jobs())
        self._tasks.keep(_COURIER, self._go_on, woken=self._woken, backoff=self._backoff)

    def wake(self, workspace: Workspace, jobs: Sequence[Job]) -> None:
        """Hands over new jobs. Those that turn out not to be in the outbox are forgotten."""
        self._add(workspace, jobs)
        self._idle.clear()
        self._woken.set()

    def retry(self) -> None:
        """Puts what was set aside back to work, and goes on where a token was refused."""
        for backlog in self._backlogs.values():
            backlog.resume()
        self._to_restore.update(self._backlogs)
        self._idle.clear()
        self._woken.set()

    def outbox(self) -> Outbox:
        """How the outbox stands in all workspaces."""
        return outbox(self._backlogs.values())

    async def idle(self) -> None:
        """Returns once nothing is left to be delivered."""
        await self._idle.wait()

    async def stop(self, grace: float) -> None:
        """Gives the deliveries under way `grace` seconds. What is not delivered stays in the outbox."""
        await self._tasks.end(_COURIER)
        await self._tasks.end(DELIVERIES, grace)

    def _add(self, workspace: Workspace, jobs: Iterable[Job]) -> None:
        backlog = self._backlog(workspace)
        for job in jobs:
            backlog.add(self._in_reason(job))

    def _in_reason(self, job: Job) -> Job:
        """Due no later than it may back off: the clock was wrong where it was put off for longer."""
        latest = self._clock.steady() + longest(job.attempts)
        return job if job.due_at <= latest else job.model_copy(update={"due_at": latest})

    def _backlog(self, workspace: Workspace) -> Backlog:
        if workspace not in self._backlogs:
            self._backlogs[workspace] = Backlog(self._backoff)
        return self._backlogs[workspace]

    async def _go_on(self) -> float | None:
        """A turn of the courier: what is wanted back is put back, and what may go out goes out."""
        await self._restore()
        return self._begin()

    async def _restore(self) -> None:
        """Puts back what was set aside, where somebody wants it."""
        for workspace in list(self._to_restore):
            self._add(workspace, await restore(self._store, workspace, self._clock.wall))
            self._to_restore.discard(workspace)

    def _begin(self) -> float | None:
        """Starts what may go out. Gives the seconds until more may; null where something must happen first."""
        now = self._clock.steady()
        for workspace, backlog in self._backlogs.items():
            while job := backlog.take(now):
                self._tasks.spawn(DELIVERIES, self._deliver(workspace, backlog, job))
        if not any(map(len, self._backlogs.values())):
            self._idle.set()
        times = [at for backlog in self._backlogs.values() if (at := backlog.next_at())]
        return max(0.0, (min(times) - now).total_seconds()) if times else None

    async def _deliver(self, workspace: Workspace, backlog: Backlog, job: Job) -> None:
        left, failure = await self._deliveries.deliver(workspace, job)
        backlog.done(job, Outcome(tuple(map(self._in_reason, left)), failure), self._clock.steady())
        self._woken.set()


async def restore(store: Store, workspace: Workspace, clock: Clock) -> Sequence[Job]:
    """Puts what was set aside back into the outbox of a workspace. Gives the jobs."""
    aside = [job for job in await store.read(workspace).jobs() if job.set_aside]
    if not aside:
        return ()
    async with store.transaction(workspace) as tx:
        now = clock()
        restored = [put_back(job, now) for each in aside if (job := await tx.job(each.id)) and job.set_aside]
        for job in restored:
            await tx.enqueue(job)
    return restored


async def stored(store: Store) -> Outbox:
    """How the outbox of a store stands that no courier works on."""
    backlogs = []
    for workspace in await store.workspaces():
        backlogs.append(backlog := Backlog(exponential))
        for job in await store.read(workspace).jobs():
            backlog.add(job)
    return outbox(backlogs)
