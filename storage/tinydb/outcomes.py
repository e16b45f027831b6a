"""How the event loop hears what became of its commits."""

import asyncio
from collections import deque
from contextlib import suppress
from functools import partial
from typing import Any

from bot.domain.errors import StoreUnavailable
from storage.journal.engine import Done


class Outcomes:
    """Brings them from the writing thread: all that shared a sync with one wake-up."""

    def __init__(self) -> None:
        self._told: deque[tuple[asyncio.Future[None], OSError | None]] = deque()

    def awaited(self) -> tuple[asyncio.Future[None], Done]:
        """What is done, or fails with OSError, once somebody has called `Done` and then `wake`."""
        durable = asyncio.get_running_loop().create_future()
        return durable, partial(self._tell, durable)

    def wake(self) -> None:
        """From any thread."""
        try:
            durable, _ = self._told[0]
            durable.get_loop().call_soon_threadsafe(self._settle)
        except IndexError:  # those who were told have been woken with others
            return
        except RuntimeError:  # the loop is closed: nobody waits any more
            self._told.clear()

    def _tell(self, durable: asyncio.Future[None], error: OSError | None) -> None:
        self._told.append((durable, error))

    def _settle(self) -> None:
        while self._told:
            durable, error = self._told.popleft()
            if error:
                durable.set_exception(error)
            else:
                durable.set_result(None)


async def until(durable: asyncio.Future[None]) -> None:
    """Returns once it is. Raises StoreUnavailable where it will never be."""
    try:
        await asyncio.shield(durable)
    except asyncio.CancelledError:
        await ended(durable)
        raise
    except OSError as error:
        message = f"This could not be saved ({reason(error)}), and nothing was changed. Please try again in a minute."
        raise StoreUnavailable(message) from error


async def ended(durable: asyncio.Future[Any]) -> None:
    """A cancellation waits as well: whoever is told that it is over may read what was saved."""
    while not durable.done():
        with suppress(asyncio.CancelledError):
            await asyncio.wait([durable])
    durable.exception()  # nobody is left to be told


def reason(error: BaseException) -> str:
    """In a few words."""
    return getattr(error, "strerror", None) or str(error)
