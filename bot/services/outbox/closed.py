"""What a courier remembers of the workspaces whose stores are closed: how their outboxes stand, and how long Slack is left
alone there. A restart forgets the latter."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from bot.domain.workspace import Workspace
from bot.services.outbox.queue import JobQueue
from bot.services.outbox.status import OutboxStatus, status
from bot.services.outbox.waiting import Rests
from bot.services.ports.store import Store

_UNTIL_RESUMED = datetime.max.replace(tzinfo=UTC)


class _Closed(NamedTuple):
    """`rests`: None where nothing waits, and no token was refused."""

    status: OutboxStatus
    rests: Rests | None


class ClosedOutboxes:
    """Those in which something waits, is set aside, or was stopped. The store is told until when jobs may wait: nobody opens it
    before that for what would not be taken."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept: dict[Workspace, _Closed] = {}

    def __iter__(self) -> Iterator[Workspace]:
        return iter([*self._kept])

    def statuses(self) -> Iterator[OutboxStatus]:
        return (each.status for each in self._kept.values())

    def load(self) -> None:
        """What was set aside before this process began."""
        for workspace, counts in self._store.set_aside().items():
            self._kept[workspace] = _Closed(status([])._replace(set_aside=counts), None)

    def keep(self, workspace: Workspace, queue: JobQueue) -> None:
        """It is about to close."""
        stands = status([queue])
        until = (queue.next_at() or _UNTIL_RESUMED) if stands.waiting else None
        self._store.let_jobs_wait(workspace, until=until)
        if stands.waiting or stands.set_aside or stands.stopped:
            rests = queue.rests() if stands.waiting or stands.stopped else None
            self._kept[workspace] = _Closed(stands, rests)

    def drop(self, workspace: Workspace) -> None:
        """A courier has taken it over again, or there is none any more."""
        self._kept.pop(workspace, None)

    def rests(self, workspace: Workspace) -> Rests | None:
        closed = self._kept.get(workspace)
        return closed.rests if closed else None

    def stopped(self, workspace: Workspace) -> str | None:
        """Why Slack took nothing there with its token."""
        rests = self.rests(workspace)
        return rests.stopped if rests else None

    def resume(self, workspace: Workspace) -> None:
        """As the queue's. It is due then when its next job is."""
        self._store.let_jobs_wait(workspace, until=None)
        if closed := self._kept.get(workspace):
            rests = closed.rests and closed.rests.resumed()
            self._kept[workspace] = _Closed(closed.status._replace(stopped={}), rests)
