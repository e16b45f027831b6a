"""How the event loop hears what became of its commits."""

import asyncio
from collections import deque
from functools import partial

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
