"""The courier delivers the outbox: what was saved is shown in Slack, later, and whatever happens on the way.

What is promised: the jobs of one ticket are delivered in the order they were made, those of different tickets
side by side. A job stays in the outbox until Slack has accepted it, or never will. So it is delivered at
least once; and exactly once but for two cases in which nobody can know: the process ended between Slack's
acceptance and our record of it, or Slack's answer was lost on the way. Then it is delivered again.
"""

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from itertools import count

import structlog

from bot.domain.outbox import Job
from bot.domain.ticket import Place
from bot.domain.workspace import Workspace
from bot.services.ports import Clock, Messenger, Store, Transaction, TryAgain, Undeliverable

AT_ONCE = 8
"""How many deliveries may be under way at the same time."""

log = structlog.get_logger()


def exponential(attempts: int) -> float:
    """Seconds to wait after so many attempts: 1, 2, 4 … 3,600, less up to a fifth so that retries spread."""
    return min(2.0 ** min(attempts - 1, 12), 3600.0) * random.uniform(0.8, 1)  # noqa: S311  (no secret)


class Courier:
    """Owns the tasks of delivery, from `start` to `stop`. `backoff`: attempts so far -> seconds to wait."""

    def __init__(
        self,
        store: Store,
        messenger: Messenger,
        clock: Clock,
        *,
        backoff: Callable[[int], float] = exponential,
    ) -> None:
        self._store = store
        self._messenger = messenger
        self._clock = clock
        self._backoff = backoff
        self._woken = asyncio.Event()
        self._idle = asyncio.Event()
        self._changed: set[Workspace] = set()
        self._next: dict[Workspace, dict[int, Job]] = {}  # the first job of each ticket
        self._under_way: dict[tuple[Workspace, int], asyncio.Task[None]] = {}  # one for each ticket
        self._dispatching: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins with what the outbox still holds from before."""
        self._changed.update(self._store.workspaces())
        self._dispatching = asyncio.create_task(self._dispatch_forever())

    def wake(self, workspace: Workspace) -> None:
        """Says that the outbox of a workspace has grown."""
        self._changed.add(workspace)
        self._idle.clear()
        self._woken.set()

    async def idle(self) -> None:
        """Returns once the outbox is empty."""
        await self._idle.wait()

    async def stop(self, grace: float) -> None:
        """Gives the deliveries under way `grace` seconds. What is not delivered stays in the outbox."""
        if self._dispatching:
            self._dispatching.cancel()
            await asyncio.wait([self._dispatching])
        if self._under_way:
            _, late = await asyncio.wait(self._under_way.values(), timeout=grace)
            for delivery in late:
                delivery.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def depth(self) -> int:
        """How many jobs wait."""
        return len(await self._jobs())

    async def oldest(self) -> datetime | None:
        """When the job was made that has waited longest."""
        return min((job.created_at for job in await self._jobs()), default=None)

    async def _jobs(self) -> list[Job]:
        return [job for each in self._store.workspaces() for job in await self._store.read(each).jobs()]

    async def _dispatch_forever(self) -> None:
        failures = 0
        while True:
            self._woken.clear()
            try:
                await self._look()
                pause = self._dispatch()
                failures = 0
            except Exception:
                log.exception("outbox_not_read")
                failures += 1
                pause = self._backoff(failures)
            await self._sleep(pause)

    async def _look(self) -> None:
        """Reads the outboxes that changed; again if they change meanwhile, lest a job be delivered twice."""
        while self._changed:
            workspace = self._changed.pop()
            try:
                jobs = await self._store.read(workspace).jobs()
            except BaseException:
                self._changed.add(workspace)
                raise
            self._next[workspace] = {}
            for job in jobs:
                self._next[workspace].setdefault(job.number, job)

    def _dispatch(self) -> float | None:
        """Starts what is due. Gives the seconds until more will be; null where a wake comes first."""
        now = self._clock()
        waiting = [
            (workspace, job)
            for workspace, jobs in self._next.items()
            for job in jobs.values()
            if (workspace, job.number) not in self._under_way
        ]
        if not waiting and not self._under_way:
            self._idle.set()
        for workspace, job in sorted(waiting, key=lambda each: each[1].due_at):
            if job.due_at > now:
                return (job.due_at - now).total_seconds()
            if len(self._under_way) == AT_ONCE:
                return None
            delivery = asyncio.create_task(self._deliver(workspace, job))
            self._under_way[workspace, job.number] = delivery
            delivery.add_done_callback(partial(self._ended, workspace, job.number))
        return None

    def _ended(self, workspace: Workspace, number: int, _: asyncio.Task[None]) -> None:
        del self._under_way[workspace, number]
        self.wake(workspace)

    async def _sleep(self, seconds: float | None) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._woken.wait()

    async def _deliver(self, workspace: Workspace, job: Job) -> None:
        told = log.bind(workspace=workspace.id, ticket=job.number, job=str(job.id), attempt=job.attempts + 1)
        place = later = None
        try:
            place = await self._show(workspace, job)
            told.info("card_delivered")
        except TryAgain as reason:
            later = self._postponed(job, str(reason), reason.after)
            told.warning("card_postponed", reason=str(reason), until=later.due_at.isoformat())
        except Undeliverable as reason:
            told.error("card_undeliverable", reason=str(reason))
        except Exception as error:  # noqa: BLE001  (whatever it is, the next job must go out)
            later = self._postponed(job, type(error).__name__, None)
            told.exception("card_failed", until=later.due_at.isoformat())
        await self._record(workspace, job, later, place)

    async def _show(self, workspace: Workspace, job: Job) -> Place | None:
        reader = self._store.read(workspace)
        ticket = await reader.ticket(job.number)
        if ticket is None:
            reason = "there is no such ticket"
            raise Undeliverable(reason)
        return await self._messenger.show_card(workspace, job.target, ticket, await reader.directory())

    def _postponed(self, job: Job, reason: str, after: float | None) -> Job:
        attempts = job.attempts + 1
        due_at = self._clock() + timedelta(seconds=after or self._backoff(attempts))
        return job.model_copy(update={"attempts": attempts, "due_at": due_at, "last_error": reason})

    async def _record(self, workspace: Workspace, job: Job, later: Job | None, place: Place | None) -> None:
        """Writes down what came of a job, and tries until it is written: else it would be delivered again."""
        for attempt in count(1):
            try:
                async with self._store.transaction(workspace) as transaction:
                    await self._settle(transaction, job, later, place)
            except Exception:
                log.exception("delivery_not_recorded", workspace=workspace.id, ticket=job.number)
                await asyncio.sleep(self._backoff(attempt))
            else:
                return

    async def _settle(
        self, transaction: Transaction, job: Job, later: Job | None, place: Place | None
    ) -> None:
        if later:
            await transaction.enqueue(later)
            return
        await transaction.dequeue(job.id)
        ticket = await transaction.ticket(job.number)
        if place and ticket:
            shown = ticket.model_copy(update={"cards": (*ticket.cards, place)})
            await transaction.save(shown, now=self._clock())
