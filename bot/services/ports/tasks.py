"""Background tasks, as use cases and handlers need them. `bot.tasks` implements it."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from datetime import timedelta
from typing import Protocol

Turn = Callable[[], Awaitable[float | None]]
"""What a task does again and again. Gives the seconds until its next turn, or None where it waits to be woken."""

Backoff = Callable[[int], timedelta]
"""Failures in a row, from 1 -> how long to wait before the next try."""


class TurnFailed(Exception):
    """A turn could not be done, for a reason from outside. The message is its code: a traceback would tell no more. A
    StoreUnavailable is such a reason by itself."""


class Tasks(Protocol):
    """Owns all that runs in the background: no failure is lost, and nothing is left over at the end."""

    def keep(
        self,
        name: str,
        turn: Turn,
        *,
        whose: str = "",
        woken: asyncio.Event | None = None,
        backoff: Backoff | None = None,
    ) -> None:
        """Takes turns from now on, also after one has failed. `woken` begins the next one early. `whose`: of several by one
        name, such as one for each workspace, this one's; only the log tells them apart."""

    def end(self, name: str, grace: float = 0, *, whose: str = "") -> Coroutine[object, object, None]:
        """Ends a task that is kept, at once, or what is under way of a group, which has `grace` seconds for it. What is kept by
        this name from the call on is another one."""

    def spawn(self, group: str, work: Coroutine[object, object, None]) -> None:
        """Does this once, beside others of the group."""

    async def idle(self, group: str) -> None:
        """Returns once nothing of the group is under way."""
