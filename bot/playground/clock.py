"""The stand-in's time: real time that a test can move forward, so that nothing has to be waited for."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta


def utc_now() -> datetime:
    return datetime.now(UTC)


class Clock:
    """`read` gives the real time, aware; a fixed one makes time stand still until `advance`."""

    def __init__(self, read: Callable[[], datetime] = utc_now) -> None:
        self._read = read
        self._ahead = timedelta()
        self._moved = asyncio.Event()

    def now(self) -> datetime:
        return self._read() + self._ahead

    def advance(self, seconds: float) -> None:
        """Moves time forward and wakes who slept until then."""
        self._ahead += timedelta(seconds=seconds)
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()

    async def sleep(self, seconds: float) -> None:
        due = self.now() + timedelta(seconds=seconds)
        while (left := (due - self.now()).total_seconds()) > 0:
            moved = self._moved
            with suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await moved.wait()
