"""What one process of a deployment does at a time, for a moment, such as asking Slack for a new token."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Protocol
from uuid import uuid4

from bot.domain.errors import StoreUnavailable
from bot.services.ports.store import Hold

_AGAIN = 0.25  # seconds after which somebody who waits looks whether it is free


class Holds(Protocol):
    """What of a Store this needs."""

    is_shared: bool

    async def hold(self, name: str, holder: str, seconds: float) -> Hold | None: ...
    async def let_go(self, hold: Hold) -> None: ...


class OneAtATime:
    """`is_shared`: whether there may be other processes. Where there are none, nobody is waited for."""

    def __init__(self, holds: Holds | None = None) -> None:
        self._holds = holds if holds and holds.is_shared else None
        self.is_shared = self._holds is not None

    @asynccontextmanager
    async def alone(self, name: str, seconds: float) -> AsyncIterator[None]:
        """The block is in no other process meanwhile: they wait, `seconds` at most where this one ends or stands still within it.
        Raises StoreUnavailable.
        """
        if self._holds is None:
            yield
            return
        holder = uuid4().hex
        while not (hold := await self._holds.hold(name, holder, seconds)):  # noqa: ASYNC110  (nobody tells)
            await asyncio.sleep(_AGAIN)
        try:
            yield
        finally:
            with suppress(StoreUnavailable):  # it ends by itself
                await self._holds.let_go(hold)
