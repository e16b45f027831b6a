"""One supervisor for all background tasks: it knows how each one is, tells of its failures, and ends them all.

A task that is kept takes one turn after the other, for ever. A group is short tasks of one kind, such as deliveries.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

import structlog

from bot.domain.errors import StoreUnavailable
from bot.services.ports.clock import Clock
from bot.services.ports.tasks import Backoff, Turn, TurnFailed

_LONGEST_WAIT = 60  # seconds
_log = structlog.get_logger()


class TaskState(StrEnum):
    RUNNING = "running"
    WAITING = "waiting"  # for the time of its next turn
    IDLE = "idle"  # nothing to do until somebody asks
    RESTARTING = "restarting"  # the last turn failed, and the next comes after a pause
    STOPPED = "stopped"


class TaskStatus(NamedTuple):
    """How a task, or a group, is. `under_way` is how many tasks it has now, `failures` their number by kind of error."""

    name: str
    state: TaskState
    since: datetime
    under_way: int
    failures: Mapping[str, int]


Wait = Callable[[asyncio.Event, float | None], Awaitable[None]]
"""Until the event, or for so many seconds."""


async def woken_or_over(woken: asyncio.Event, pause: float | None) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(pause):
            await woken.wait()


def doubling(failures: int) -> timedelta:
    """1, 2, 4 … 60 seconds."""
    return timedelta(seconds=min(2 ** min(failures - 1, 10), _LONGEST_WAIT))


class _Supervised:
    """A task that is kept, or a group."""

    def __init__(self, name: str, whose: str, clock: Clock) -> None:
        self.tasks: set[asyncio.Task[None]] = set()
        self._name = name
        self._about = {"task": name, "whose": whose} if whose else {"task": name}
        self._clock = clock
        self._failures = Counter[str]()
        self.enter(TaskState.IDLE)

    def start(self, work: Coroutine[object, object, None]) -> asyncio.Task[None]:
        if not self.tasks:
            self.enter(TaskState.RUNNING)
        task = asyncio.create_task(work, name=self._name)
        self.tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def enter(self, state: TaskState) -> None:
        self._state, self._since = state, self._clock()

    def failed(self, error: BaseException, **more: object) -> None:
        kind = type(error).__name__
        is_expected = isinstance(error, TurnFailed | StoreUnavailable)
        if is_expected:
            kind = error.code if isinstance(error, StoreUnavailable) else str(error)
        self._failures[kind] += 1
        if is_expected:
            _log.warning("task_failed", **self._about, why=kind, **more)
        else:
            _log.error("task_failed", **self._about, exc_info=error, **more)

    def status(self) -> TaskStatus:
        return TaskStatus(self._name, self._state, self._since, len(self.tasks), dict(self._failures))

    def _ended(self, task: asyncio.Task[None]) -> None:
        self.tasks.discard(task)
        if not self.tasks:
            self.enter(TaskState.IDLE)
        if not task.cancelled():
            if error := task.exception():
                self.failed(error)
        elif not task.cancelling():  # what it waited for was cancelled, and nobody wanted the task to end
            self.failed(asyncio.CancelledError())


class Supervisor:
    """Implements the port `Tasks`."""

    def __init__(self, clock: Clock, wait: Wait | None = None) -> None:
        """`wait`: how a task waits between two turns."""
        self._clock = clock
        self._wait = wait or woken_or_over
        self._all: dict[tuple[str, str], _Supervised] = {}  # by name, and whose it is
        self._kept: set[asyncio.Task[None]] = set()
        self._stopped = False

    def keep(
        self,
        name: str,
        turn: Turn,
        *,
        whose: str = "",
        woken: asyncio.Event | None = None,
        backoff: Backoff | None = None,
    ) -> None:
        if self._stopped:
            return
        supervised = self._named(name, whose)
        turns = _turns(supervised, turn, woken or asyncio.Event(), backoff or doubling, self._wait)
        task = supervised.start(turns)
        self._kept.add(task)
        task.add_done_callback(self._kept.discard)

    def end(self, name: str, grace: float = 0, *, whose: str = "") -> Coroutine[object, object, None]:
        key = name, whose
        # There may be ever others with a `whose`; and one that begins while this one ends is another one.
        supervised = self._all.pop(key, None) if whose else self._all.get(key)
        return self._end([supervised] if supervised else [], grace)

    def spawn(self, group: str, work: Coroutine[object, object, None]) -> None:
        if self._stopped:
            work.close()
            _log.error("task_not_begun", task=group)
            return
        self._named(group).start(work)

    async def idle(self, group: str) -> None:
        while (members := self._all.get((group, ""))) and members.tasks:
            await asyncio.wait(members.tasks)

    def status(self) -> list[TaskStatus]:
        """Of several by one name, one: all that is under way, all that failed, and the state of the one that is worst off."""
        together: dict[str, TaskStatus] = {}
        for each in self._all.values():
            status = each.status()
            before = together.get(status.name)
            together[status.name] = _together(before, status) if before else status
        return list(together.values())

    async def stop(self, grace: float) -> None:
        """Ends all of them; what is under way has `grace` seconds for it."""
        await self._end(self._all.values(), grace)
        self._stopped = True

    async def _end(self, ending: Iterable[_Supervised], grace: float) -> None:
        if kept := _tasks_of(ending) & self._kept:
            _cancel(kept)
            await asyncio.wait(kept)
        with suppress(TimeoutError):
            async with asyncio.timeout(grace):
                while under_way := _tasks_of(ending):  # which may begin others
                    await asyncio.wait(under_way)
        if late := _tasks_of(ending):
            _log.warning("tasks_cut_off", tasks=sorted(task.get_name() for task in late))
            _cancel(late)
            await asyncio.wait(late)
        for each in ending:
            each.enter(TaskState.STOPPED)

    def _named(self, name: str, whose: str = "") -> _Supervised:
        key = name, whose
        return self._all.get(key) or self._all.setdefault(key, _Supervised(name, whose, self._clock))


_WORST_FIRST = (
    TaskState.RESTARTING,
    TaskState.RUNNING,
    TaskState.WAITING,
    TaskState.IDLE,
    TaskState.STOPPED,
)


def _together(one: TaskStatus, other: TaskStatus) -> TaskStatus:
    worst = min(one, other, key=lambda each: _WORST_FIRST.index(each.state))
    failures = Counter(one.failures) + Counter(other.failures)
    return worst._replace(under_way=one.under_way + other.under_way, failures=dict(failures))


def _tasks_of(those: Iterable[_Supervised]) -> set[asyncio.Task[None]]:
    return {task for each in those for task in each.tasks}


def _cancel(tasks: Iterable[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()


async def _turns(
    supervised: _Supervised, turn: Turn, woken: asyncio.Event, backoff: Backoff, wait: Wait
) -> None:
    """Takes turns until it is cancelled."""
    me, failures = asyncio.current_task(), 0
    assert me  # noqa: S101  (a coroutine that runs has one)
    while not me.cancelling():
        woken.clear()
        supervised.enter(TaskState.RUNNING)
        try:
            pause = await turn()
        except (Exception, asyncio.CancelledError) as error:
            if me.cancelling():
                raise
            failures += 1
            pause = backoff(failures).total_seconds()
            supervised.failed(error, again_in=pause)
            supervised.enter(TaskState.RESTARTING)
        else:
            failures = 0
            supervised.enter(TaskState.IDLE if pause is None else TaskState.WAITING)
        await wait(woken, pause)
