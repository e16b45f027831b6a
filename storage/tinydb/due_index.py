"""When something falls due in each workspace whose database is closed: so it need not be opened to know that.

What it says may be early, and is never late. Before a database that is open takes its first change, its row says "at once",
and that is durable: whatever ends the process then, the workspace is looked at when it starts again. What falls due next
is written once the database is closed, with what its files were like then. A workspace without a row, or whose files are
not like that any more (a backup, or an earlier Deskhand, has been at them), is due at once. So a lost index costs nothing
but opening all workspaces once.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial

from sortedcontainers import SortedList

from bot.domain.record import Instant, Record
from storage.journal.indexes import Unique
from storage.tinydb.deployment import DeploymentDB, DeploymentTable, DeploymentTransaction
from storage.tinydb.queries import Is
from storage.tinydb.workspace_db import AT_ONCE

_LAST = "\U0010ffff"  # behind every id


class DueRow(Record):
    """`id`: the workspace's. When its next job and its next timer are due; None where there are none. `files`: what they
    were like when it was closed."""

    id: str
    jobs_at: Instant | None = None
    timers_at: Instant | None = None
    files: str = ""


DUE = DeploymentTable("due", DueRow, {"id": partial(Unique, "id")})
TABLES = (DUE,)


class DueIndex:
    """Its rows, and in memory the closed workspaces in the order in which they fall due."""

    def __init__(self, deployment: DeploymentDB, files: Mapping[str, str]) -> None:
        """`files`: what the files of each workspace are like, by its id. All of them are closed."""
        self._deployment = deployment
        self._rows = {row.id: row for row in deployment.read(DUE)}
        self._closed_rows: dict[str, DueRow] = {}
        self._at: dict[str, datetime] = {}
        self._closed: SortedList[tuple[datetime, str]] = SortedList()
        self._jobs_wait: dict[str, datetime] = {}  # until when
        for workspace, like in files.items():
            row = self._rows.get(workspace)
            self._wait(row if row and row.files == like else _at_once(workspace))

    def by(self, now: datetime) -> Sequence[str]:
        """The closed ones in which something is due by now, the longest first."""
        return [workspace for _, workspace in self._closed.islice(0, self._end(now))]

    def next(self, after: datetime) -> datetime | None:
        """When the next of the closed ones is."""
        end = self._end(after)
        return self._closed[end][0] if end < len(self._closed) else None

    def opened(self, workspace: str) -> None:
        """It is open: whoever wants to know looks there."""
        self._closed_rows.pop(workspace, None)
        if at := self._at.pop(workspace, None):
            self._closed.remove((at, workspace))

    def says_at_once(self, workspace: str) -> bool:
        """Whether a process that begins now would look at it."""
        row = self._rows.get(workspace)
        return row is None or row == _at_once(workspace)

    def let_jobs_wait(self, workspace: str, *, until: datetime | None) -> None:
        """Or until somebody says otherwise, or the process ends: its jobs make it due no sooner."""
        if until:
            self._jobs_wait[workspace] = until
        else:
            self._jobs_wait.pop(workspace, None)
        if row := self._closed_rows.get(workspace):
            self._wait(row)

    async def say_at_once(self, workspaces: Collection[str]) -> None:
        """Durably. Raises StoreUnavailable."""
        await self._keep(_at_once(each) for each in workspaces if not self.says_at_once(each))

    async def closed(self, row: DueRow) -> None:
        """Raises StoreUnavailable; it is due at once then."""
        try:
            await self._keep([row])
        except BaseException:
            self._wait(_at_once(row.id))
            raise
        self._wait(row)

    async def forget(self, workspace: str) -> None:
        """Raises StoreUnavailable."""
        self.opened(workspace)
        self._jobs_wait.pop(workspace, None)

        def work(tx: DeploymentTransaction) -> None:
            tx.table(DUE).remove(Is("id", workspace))

        if workspace in self._rows:
            await self._deployment.change(work)
            del self._rows[workspace]

    def _wait(self, row: DueRow) -> None:
        self.opened(row.id)
        self._closed_rows[row.id] = row
        jobs_at = row.jobs_at and max(row.jobs_at, self._jobs_wait.get(row.id, AT_ONCE))
        if at := min(filter(None, (jobs_at, row.timers_at)), default=None):
            self._at[row.id] = at
            self._closed.add((at, row.id))

    def _end(self, now: datetime) -> int:
        """How many are due by now."""
        return self._closed.bisect_right((now, _LAST))

    async def _keep(self, rows: Iterable[DueRow]) -> None:
        kept = [row for row in rows if self._rows.get(row.id) != row]

        def work(tx: DeploymentTransaction) -> None:
            for row in kept:
                tx.table(DUE).keep_as(row, Is("id", row.id))

        if kept:
            await self._deployment.change(work)
            self._rows.update((row.id, row) for row in kept)


def _at_once(workspace: str) -> DueRow:
    return DueRow(id=workspace, jobs_at=AT_ONCE, timers_at=AT_ONCE)
