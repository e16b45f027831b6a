"""The thread that writes the journal goes on, whatever one call does."""

from queue import SimpleQueue

from structlog.testing import capture_logs

from storage.journal.worker import Worker


def test_a_call_that_fails_is_logged_and_the_next_is_done() -> None:
    done = SimpleQueue[int]()
    calls = iter((1, 0, 2))

    def work() -> None:
        done.put(2 // next(calls))

    worker = Worker(work, "tried")
    with capture_logs() as logs:
        for _ in range(3):
            worker.call()
        worker.close()
    assert [done.get(), done.get()] == [2, 1]
    assert [log["event"] for log in logs] == ["a call was not done"]
