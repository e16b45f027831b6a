"""How everything that happens can be waited for: by tests for a condition, by a page for what to draw again."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Changes:
    """Counts what has changed. `version` only grows."""

    def __init__(self) -> None:
        self.version = 0
        self._next = asyncio.Event()

    def note(self) -> None:
        self.version += 1
        waiting, self._next = self._next, asyncio.Event()
        waiting.set()

    async def after(self, version: int) -> int:
        """Waits until there is a newer version than this, and returns it."""
        while self.version <= version:
            await self._next.wait()
        return self.version

    async def until(
        self, found: Callable[[], T | None], *, within: float = 30, otherwise: Callable[[], str] = str
    ) -> T:
        """The first true answer of `found`, asked again after each change.

        Raises AssertionError with the words of `otherwise` after `within` real seconds.
        """
        try:
            async with asyncio.timeout(within):
                while not (result := found()):
                    await self.after(self.version)
        except TimeoutError:
            message = f"waited {within:g} s in vain. {otherwise()}".rstrip()
            raise AssertionError(message) from None
        return result
