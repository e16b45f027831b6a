"""A few threads that wait to be called, and serve all databases of the process: a workspace costs no thread of its own."""

from collections.abc import Callable
from queue import SimpleQueue
from threading import Lock, Thread

import structlog

_log = structlog.get_logger()


class Workers:
    """Do each call once, in the order in which they came. A call costs one wake-up and no more: an executor's has a
    future, a lock and a condition to tell of, which take as long as the work.

    The threads end with the program, whatever they do: who needs what is under way waits for it.
    """

    def __init__(self, name: str, count: int) -> None:
        self._name = name
        self._count = count
        self._calls: SimpleQueue[Callable[[], object]] = SimpleQueue()
        self._starting = Lock()
        self._started = False

    def call(self, work: Callable[[], object]) -> None:
        """Returns at once. From any thread."""
        if not self._started:
            self._start()
        self._calls.put(work)

    @property
    def has_waiting(self) -> bool:
        """Whether a call waits for a thread."""
        return not self._calls.empty()

    def _start(self) -> None:
        with self._starting:
            if not self._started:
                for number in range(self._count):
                    Thread(target=self._run, name=f"{self._name}-{number}", daemon=True).start()
                self._started = True

    def _run(self) -> None:
        while True:
            work = self._calls.get()
            try:
                work()
            except Exception:  # noqa: BLE001  (the calls after it are done, and the log has the traceback)
                _log.exception("a call was not done")
            del work  # else what it belongs to would stay in memory until the next call


WRITERS = Workers("journal", 4)
"""Write what is queued. As many databases may wait for a disk that hangs before the others wait for it, too."""

BACKGROUND = Workers("journal-background", 2)
"""For what nobody waits for: compaction, and texts that are taken apart after opening."""
