"""The supervisor of what runs in the background: it keeps tasks alive, tells of their failures, and ends them all."""

import asyncio
import gc
import weakref
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from bot.domain.errors import StoreUnavailable
from bot.services.ports.tasks import TurnFailed
from bot.tasks import Supervisor, TaskState, TaskStatus, doubling

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def supervisor() -> Supervisor:
    return Supervisor(lambda: NOW)


class Work:
    """Takes a turn for each thing in its script: raises it, or gives it as its pause. Then it waits for ever."""

    def __init__(self, *script: BaseException | float | None) -> None:
        self.script = list(script)
        self.turns = 0
        self.done = asyncio.Event()

    async def turn(self) -> float | None:
        self.turns += 1
        if not self.script:
            self.done.set()
            await asyncio.Event().wait()
        each = self.script.pop(0)
        if isinstance(each, BaseException):
            raise each
        return each


def at_once(_: int) -> timedelta:
    return timedelta()


def one(supervisor: Supervisor) -> TaskStatus:
    (status,) = supervisor.status()
    return status


async def until(supervisor: Supervisor, state: TaskState) -> TaskStatus:
    while one(supervisor).state is not state:  # noqa: ASYNC110  (a turn or two of the loop)
        await asyncio.sleep(0)
    return one(supervisor)


async def test_a_task_that_fails_takes_its_next_turn_and_its_failures_are_told(
    supervisor: Supervisor,
) -> None:
    work = Work(
        OSError("no disk"), OSError("no disk"), TurnFailed("ratelimited"), StoreUnavailable("away"), 0
    )
    with capture_logs() as logs:
        supervisor.keep("courier", work.turn, backoff=at_once)
        await work.done.wait()
    assert one(supervisor) == TaskStatus(
        "courier", TaskState.RUNNING, NOW, 1, {"OSError": 2, "ratelimited": 1, "store_unavailable": 1}
    )
    first, _, *plain = logs
    assert (first["task"], first["log_level"]) == ("courier", "error")
    assert isinstance(first["exc_info"], OSError)
    assert [(line["why"], line["log_level"]) for line in plain] == [
        ("ratelimited", "warning"),
        ("store_unavailable", "warning"),
    ]
    assert not [line for line in plain if "exc_info" in line]
    await supervisor.stop(1)


async def test_failures_in_a_row_wait_longer_and_a_good_turn_ends_the_row(supervisor: Supervisor) -> None:
    asked: list[int] = []

    def backoff(failures: int) -> timedelta:
        asked.append(failures)
        return timedelta()

    work = Work(OSError(), OSError(), 0, OSError())
    supervisor.keep("courier", work.turn, backoff=backoff)
    await work.done.wait()
    assert asked == [1, 2, 1]
    assert [doubling(number).total_seconds() for number in (1, 2, 3, 6, 7, 5000)] == [1, 2, 4, 32, 60, 60]
    await supervisor.stop(1)


@pytest.mark.parametrize(
    ("outcome", "state"),
    [(None, TaskState.IDLE), (3600, TaskState.WAITING), (OSError(), TaskState.RESTARTING)],
    ids=["nothing to do", "later", "failed"],
)
async def test_between_two_turns_the_state_says_what_it_waits_for_and_it_can_be_woken(
    supervisor: Supervisor, outcome: BaseException | float | None, state: TaskState
) -> None:
    work, woken = Work(outcome), asyncio.Event()
    supervisor.keep("courier", work.turn, woken=woken)
    await until(supervisor, state)
    woken.set()
    await work.done.wait()
    assert work.turns == 2
    await supervisor.stop(1)
    assert one(supervisor).state is TaskState.STOPPED


async def test_one_task_is_ended_and_the_others_go_on(supervisor: Supervisor) -> None:
    ended, other = Work(), Work()
    supervisor.keep("socket_mode", ended.turn)
    supervisor.keep("courier", other.turn)
    await other.done.wait()
    await supervisor.end("socket_mode")
    await supervisor.end("never begun")
    assert [(each.name, each.state, each.under_way) for each in supervisor.status()] == [
        ("socket_mode", TaskState.STOPPED, 0),
        ("courier", TaskState.RUNNING, 1),
    ]
    await supervisor.stop(1)


async def test_what_has_ended_leaves_memory(supervisor: Supervisor) -> None:
    work = Work()
    supervisor.keep("courier", work.turn, whose="T1")
    await work.done.wait()
    await supervisor.end("courier", whose="T1")
    left = weakref.ref(work)
    del work
    gc.collect()
    assert left() is None


async def test_a_turn_whose_wait_is_cancelled_by_somebody_else_is_a_failure_and_not_the_end(
    supervisor: Supervisor,
) -> None:
    work = Work(asyncio.CancelledError())
    supervisor.keep("courier", work.turn, backoff=at_once)
    await work.done.wait()
    assert one(supervisor).failures == {"CancelledError": 1}
    await supervisor.stop(1)


async def test_a_group_counts_what_is_under_way_and_tells_of_what_failed(supervisor: Supervisor) -> None:
    go_on = asyncio.Event()

    async def work(error: BaseException | None = None) -> None:
        await go_on.wait()
        if error:
            raise error

    with capture_logs() as logs:
        for error in (None, ValueError("bad"), asyncio.CancelledError()):
            supervisor.spawn("deliveries", work(error))
        assert one(supervisor) == TaskStatus("deliveries", TaskState.RUNNING, NOW, 3, {})
        go_on.set()
        await supervisor.idle("deliveries")
    failures = {"ValueError": 1, "CancelledError": 1}
    assert one(supervisor) == TaskStatus("deliveries", TaskState.IDLE, NOW, 0, failures)
    assert [type(each["exc_info"]).__name__ for each in logs] == list(failures)


async def test_the_end_waits_for_what_is_under_way_and_for_what_that_begins(supervisor: Supervisor) -> None:
    done: list[str] = []

    async def first() -> None:
        await asyncio.sleep(0)
        done.append("first")
        supervisor.spawn("follow_ups", second())

    async def second() -> None:
        await asyncio.sleep(0)
        done.append("second")

    supervisor.spawn("follow_ups", first())
    await supervisor.stop(5)
    assert done == ["first", "second"]


async def test_what_takes_longer_than_the_grace_is_cancelled_and_named(supervisor: Supervisor) -> None:
    never, cancelled = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        try:
            await never.wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    supervisor.spawn("deliveries", slow())
    await asyncio.sleep(0)
    with capture_logs() as logs:
        await supervisor.stop(0)
    assert cancelled.is_set()
    assert logs == [{"event": "tasks_cut_off", "log_level": "warning", "tasks": ["deliveries"]}]
    assert one(supervisor).failures == {}
    await supervisor.stop(0)  # a second time it has nothing to do


async def test_what_comes_after_the_end_is_not_begun_and_told(supervisor: Supervisor) -> None:
    async def work() -> None:
        pytest.fail("it was begun")

    await supervisor.stop(1)
    with capture_logs() as logs:
        supervisor.spawn("deliveries", work())
    assert logs == [{"event": "task_not_begun", "log_level": "error", "task": "deliveries"}]
