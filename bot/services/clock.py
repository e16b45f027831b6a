"""The clock: looks at each subject when its moment has come, exactly once, and sleeps until the next one.

A timer is dropped in the transaction in which its subject acts, which sets the next one: after a crash between two it is there
still, and the same is done. What came due while nothing ran is looked at in the order of its moments; whoever is told of
more than a few of these gets one message, by the tray.

Of several replicas one has the clock: its lease goes to another one where it dies. One that stood still meanwhile finds the
timers gone that the other has acted on, and does nothing twice.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Protocol, runtime_checkable

import structlog

from bot.domain.calendars import lay_out
from bot.domain.clock.timers import SubjectKind, Timer
from bot.domain.errors import StoreUnavailable
from bot.domain.workspace import Workspace
from bot.services.leases import AGAIN, Leases
from bot.services.outbox.holds import RETRY
from bot.services.ports.clock import Clock
from bot.services.ports.store import TIMERS, Reader, Store, Transaction
from bot.services.ports.tasks import Tasks, TurnFailed
from bot.services.queue_timers import look_again, look_in_time
from bot.services.ticket_times import swept_from

LONGEST_SLEEP = 10.0
"""Seconds after which the wall clock is looked at in any case: somebody may have set it."""

_CLOCK = "clock"
_LONGEST = timedelta(seconds=LONGEST_SLEEP)
_AT_START = 1
"""In so many workspaces the clock begins before `start` returns, which does not wait for the others."""
_NEVER = datetime.max.replace(tzinfo=UTC)
_JITTER = timedelta(seconds=2)
"""By so much a wall clock is set back again and again to keep it right."""
_PLANNED_FROM_NOW: tuple[SubjectKind, ...] = ("digest", "page")
"""What is planned by the time that it is, and not by the times of a ticket."""
_IN_A_ROW = 100  # subjects of one workspace
_AGAIN = timedelta(minutes=1)
"""After so long what went wrong is tried again."""

_log = structlog.get_logger()


class Subject(Protocol):
    """Acts on what a timer names, in the transaction in which that timer is gone already. What it must look at again, it sets
    a timer for, later than now."""

    async def strike(self, tx: Transaction, workspace: Workspace, timer: Timer, now: datetime) -> None: ...


@runtime_checkable
class Prepared(Subject, Protocol):
    """A subject that must know first what only Slack can tell, which no transaction waits for."""

    async def prepared(
        self, reader: Reader, workspace: Workspace, timer: Timer, now: datetime
    ) -> Subject: ...


class DeskClock:
    """Runs from `start` to `stop`. `subjects`: who acts, by the kind of a timer's subject."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        tasks: Tasks,
        subjects: Mapping[str, Subject],
        leases: Leases | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._tasks = tasks
        self._subjects = subjects
        self._leases = leases or Leases(store)
        self._was_ours = False
        self._looked_at: dict[Workspace, datetime] = {}
        self._all_looked_at: datetime | None = None
        self._look_at: dict[str, datetime] = {}  # when to look at each that is open, by its id
        self._touched: set[str] = set()  # those with a new timer since
        self._to_begin: set[Workspace] = set()
        self._listed: set[Workspace] = set()  # of a shared store: those that are begun, or are to be
        self._list_at: datetime | None = None
        self._woken = asyncio.Event()
        store.on_timers(self._touch)
        store.on_closed(self._forget)

    async def start(self) -> None:
        self._to_begin = {*await self._store.workspaces()}
        with suppress(StoreUnavailable, TurnFailed):  # its first turn tells
            if await self._leases.is_mine(_CLOCK):
                is_shared, now = self._store.is_shared, self._clock()
                found = self._shared_to_begin(now) if is_shared else self._store.awake(now, TIMERS)
                for workspace in (await found)[:_AT_START]:
                    await self._begin(workspace)
        self._tasks.keep(_CLOCK, self.turn, woken=self._woken, backoff=lambda _: AGAIN)

    async def stop(self) -> None:
        await self._tasks.end(_CLOCK)

    def _touch(self, workspace: Workspace) -> None:
        self._touched.add(workspace.id)
        self._woken.set()

    def _forget(self, workspace: Workspace) -> None:
        self._looked_at.pop(workspace, None)
        self._look_at.pop(workspace.id, None)
        self._touched.discard(workspace.id)

    async def _begin(self, workspace: Workspace) -> None:
        """What was saved before there was a clock has times, too. And loading holidays takes its time, once."""
        if workspace not in self._to_begin:
            return
        clock = (await self._store.read(workspace, is_use=False).settings()).clock
        await asyncio.to_thread(lay_out, clock.calendars, self._clock())
        if not clock.begun:
            await self._begin_clock(workspace)
        self._to_begin.discard(workspace)

    async def _begin_clock(self, workspace: Workspace) -> None:

        async def work(tx: Transaction) -> None:
            settings = await tx.settings()
            clock = settings.clock.model_copy(update={"begun": True})
            await tx.keep_settings(settings.model_copy(update={"clock": clock}))
            await tx.keep_timer(swept_from(1))
            for queue in settings.queues:
                await look_again(tx, queue, self._clock())

        try:
            await self._store.change(workspace, work)
        except StoreUnavailable as error:
            raise TurnFailed(error.code) from error

    async def turn(self) -> float:
        """Acts on what is due, much of it at most. Gives the seconds until there is more. Two at once do nothing twice. Raises
        what went wrong first in a workspace that is open: it is put off, and no other is. Looks whether the clock is free, and
        does nothing, where another replica has it."""
        if not await self._is_ours():
            return RETRY
        now, failed = self._clock(), list[Exception]()
        for workspace in await self._to_look_at(now):
            try:
                await self._begin(workspace)
                await self._act(workspace)
            except Exception as error:  # noqa: BLE001  (it holds up no other, and is raised once they had their turn)
                if self._store.is_open(workspace) or not isinstance(error, StoreUnavailable):
                    failed.append(error)
                self._touched.discard(workspace.id)
                self._look_at[workspace.id] = now + (_LONGEST if self._store.is_shared else _AGAIN)
        if failed:
            raise failed[0]
        if self._touched:
            return 0.0
        times = [now + _LONGEST, *self._look_at.values()]
        if due := self._store.next_due(after=now, due=TIMERS):
            times.append(due)
        return max(timedelta(), min(_LONGEST, min(times) - self._clock())).total_seconds()

    async def _is_ours(self) -> bool:
        """Nothing is known of what another one has done meanwhile."""
        try:
            is_ours = await self._leases.is_mine(_CLOCK)
        except StoreUnavailable as error:
            raise TurnFailed(error.code) from error
        if is_ours and not self._was_ours:
            self._looked_at.clear()
            self._look_at.clear()
            self._all_looked_at = self._list_at = None
        self._was_ours = is_ours
        return is_ours

    async def _to_look_at(self, now: datetime) -> Sequence[Workspace]:
        """Those in which something may be due; now and then all that are open: the wall clock may have been set back."""
        if self._store.is_shared:
            return await self._shared_to_look_at(now)
        since, awake = self._all_looked_at, await self._store.awake(now, TIMERS)
        self._touched &= {each.id for each in awake}
        is_time_for_all = since is None or not timedelta() <= now - since < _LONGEST
        if is_time_for_all:
            self._all_looked_at = now
            self._touched.update(each.id for each in awake if self._store.is_open(each))
        return [each for each in awake if each.id in self._touched or self._look_at.get(each.id, now) <= now]

    async def _shared_to_look_at(self, now: datetime) -> Sequence[Workspace]:
        """Those in which something is due, and some of those to begin; all of them once the wall clock was set back."""
        since, self._all_looked_at = self._all_looked_at, now
        self._touched.clear()
        if since and now < since - _JITTER:
            every = await self._store.workspaces()
            self._looked_at = dict.fromkeys(every, since)
            return every
        awake = await self._store.awake(now, TIMERS)
        wanted = dict.fromkeys((*awake, *await self._shared_to_begin(now)))
        found = [each for each in wanted if self._look_at.get(each.id, now) <= now]
        most = len(awake) + _IN_A_ROW
        self._touched.update(each.id for each in found[most:])
        return found[:most]

    async def _shared_to_begin(self, now: datetime) -> Sequence[Workspace]:
        """Those in which it has not begun, whichever replica they were made by. Nothing need be due in them."""
        if not self._to_begin and self._list_at and self._list_at - _AGAIN <= now < self._list_at:
            return ()
        every = await self._store.workspaces()
        self._to_begin = {each for each in every if each in self._to_begin or each not in self._listed}
        self._listed, self._list_at = {*every}, now + _AGAIN
        return [each for each in every if each in self._to_begin]

    async def _act(self, workspace: Workspace) -> None:
        """After many, the other workspaces have their turn."""
        reader, now = self._store.read(workspace, is_use=False), self._clock()
        if now < self._looked_at.get(workspace, now) - _JITTER:
            await self._look_at_all(workspace, now)
        self._looked_at[workspace] = now
        for _ in range(_IN_A_ROW):
            timer = next(iter(await reader.timers(limit=1)), None)
            if timer is None or timer.at > self._clock():
                self._touched.discard(workspace.id)  # not before: who takes a turn meanwhile is to look, too
                if self._store.is_shared:  # it alone knows what others plan there
                    self._look_at.pop(workspace.id, None)
                else:
                    self._look_at[workspace.id] = timer.at if timer else _NEVER
                return
            await self._strike(workspace, timer)
        self._touched.add(workspace.id)

    async def _look_at_all(self, workspace: Workspace, now: datetime) -> None:
        """The wall clock was set back: what was planned while it was ahead may be far off."""

        async def work(tx: Transaction) -> None:
            for kind in _PLANNED_FROM_NOW:
                for timer in await tx.timers_of(kind):
                    await tx.keep_timer(
                        timer.model_copy(update={"at": min(timer.at, now.replace(microsecond=0))})
                    )
            await look_in_time(tx, now)
            await tx.keep_timer(swept_from(1))

        await self._store.change(workspace, work)

    async def _strike(self, workspace: Workspace, timer: Timer) -> None:
        now, subject = self._clock(), self._subjects.get(timer.kind)

        async def work(tx: Transaction) -> None:
            if await tx.timer(timer.subject) != timer:  # what happened meanwhile has made it needless
                return
            await tx.drop_timer(timer.subject)
            if subject:  # a later version's would be nobody's
                await subject.strike(tx, workspace, timer, now)

        try:
            if isinstance(subject, Prepared):
                subject = await subject.prepared(self._store.read(workspace), workspace, timer, now)
            await self._store.change(workspace, work)
        except StoreUnavailable as error:
            raise TurnFailed(error.code) from error
        except Exception:  # noqa: BLE001  (a fault of ours in one subject may not hold up the others; it is logged)
            _log.exception("clock_failed", workspace=workspace.id, subject=timer.subject)
            await self._put_off(workspace, timer, now + _AGAIN)

    async def _put_off(self, workspace: Workspace, timer: Timer, at: datetime) -> None:
        """One subject that cannot be acted on holds up no other."""

        async def work(tx: Transaction) -> None:
            if await tx.timer(timer.subject) == timer:
                await tx.keep_timer(timer.model_copy(update={"at": at}))

        await self._store.change(workspace, work)
