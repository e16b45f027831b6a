"""A thread that waits to be called."""

from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread

import structlog

_log = structlog.get_logger()


class Worker:
    """Does its work once for each call, in a thread of its own. A call costs one wake-up and no more: an executor's has
    a future, a lock and a condition to tell of, which take as long as the work.

    The thread ends with the program, whatever it does: who needs what is under way calls `close`.
    """

    def __init__(self, work: Callable[[], None], name: str) -> None:
        self._work = work
        self._calls: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._thread = Thread(target=self._run, name=name, daemon=True)

    def call(self) -> None:
        """Returns at once. From one thread at a time."""
        if self._thread.ident is None:
            self._thread.start()
        self._calls.put(self._work)

    def close(self) -> None:
        """Waits for what was called. Blocks."""
        if self._thread.ident is not None:
            self._calls.put(None)
            self._thread.join()

    def _run(self) -> None:
        while work := self._calls.get():
            try:
                work()
            except Exception:  # noqa: BLE001  (the calls after it are done, and the log has the traceback)
                _log.exception("a call was not done")
