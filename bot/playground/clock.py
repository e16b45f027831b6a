"""The stand-in's time: real time that a test, or somebody at the page, moves forward, so that nothing has to be waited for."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Literal

from dateutil import tz

Move = Literal["hour", "morning", "week"]


def utc_now() -> datetime:
    return datetime.now(UTC)


class Clock:
    """`read` gives the real time, aware; a fixed one makes time stand still until it is moved. It is never moved back."""

    def __init__(self, read: Callable[[], datetime] = utc_now) -> None:
        self._read = read
        self._moved = asyncio.Event()
        self.ahead = timedelta()
        """Of the real time."""

    def now(self) -> datetime:
        return self._read() + self.ahead

    def advance(self, seconds: float) -> None:
        """Moves time forward and wakes who slept until then."""
        self.ahead += timedelta(seconds=seconds)
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()

    def move(self, move: Move, zone: str) -> None:
        """By an hour, to nine o'clock of the next day in a zone (an IANA name), or to the same time a week later there."""
        now = self.now()
        self.advance((after(now, move, zone) - now).total_seconds())

    async def sleep(self, seconds: float) -> None:
        await self._sleep_until(self.now() + timedelta(seconds=seconds))

    async def _sleep_until(self, due: datetime) -> None:
        while (left := (due - self.now()).total_seconds()) > 0:
            moved = self._moved
            with suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await moved.wait()

    async def wait(self, woken: asyncio.Event, seconds: float | None) -> None:
        """Until the event or, where it is not None, for so many seconds of this time."""
        if seconds is None:
            await woken.wait()
            return
        due = self.now() + timedelta(
            seconds=seconds
        )  # whoever moves the time before a task has begun moves it past this
        ends: list[asyncio.Task[object]] = [
            asyncio.create_task(woken.wait()),
            asyncio.create_task(self._sleep_until(due)),
        ]
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in ends:
                each.cancel()


class Stamps:
    """Times as ids of messages, each greater than the last."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = 0  # microseconds

    def next(self) -> str:
        self._last = max(self._last + 100, int(self._clock.now().timestamp() * 1_000_000))
        return self.latest

    @property
    def latest(self) -> str:
        """What comes from now on has a greater one."""
        return f"{self._last // 1_000_000}.{self._last % 1_000_000:06d}"

    def follow(self, ts: str) -> None:
        """What comes from now on is newer than this."""
        self._last = max(self._last, int(ts.replace(".", "")))


def after(now: datetime, move: Move, zone: str) -> datetime:
    """The time to which a move leads."""
    local = now.astimezone(tz.gettz(zone) or UTC)
    match move:
        case "hour":
            return now + timedelta(hours=1)
        case "morning":
            return (local + timedelta(days=1)).replace(hour=9, minute=0, second=0, microsecond=0)
        case "week":
            return local + timedelta(days=7)
