"""When something falls due in each workspace whose database is closed: so it need not be opened to know that.

What it says may be early, and is never late. Before a database that is open takes its first change, its row says "at once",
and that is durable: whatever ends the process then, the workspace is looked at when it starts again. What falls due next
is written once the database is closed, with what its files were like then. A workspace without a row, or whose files are
not like that any more (a backup, or an earlier Deskhand, has been at them), is due at once. So a lost index costs nothing
but opening all workspaces once.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial

from sortedcontainers import SortedList

from bot.domain.record import Instant, Record
from bot.services.ports.store import Due
from storage.journal.indexes import Unique
from storage.tinydb.deployment import DeploymentDB, DeploymentTable, DeploymentTransaction
from storage.tinydb.queries import Is
from storage.tinydb.workspace_db import WorkspaceDB
from storage.tinydb.workspace_files import like

AT_ONCE = datetime.min.replace(tzinfo=UTC)
"""When something is due that was begun, or of which nobody knows."""

_LAST = "\U0010ffff"  # behind every id


class DueRow(Record):
    """`id`: the workspace's. When its next job and its next timer are due; None where there are none. `set_aside`: how many jobs
    are, by the reason. `files`: what they were like when it was closed."""

    id: str
    jobs_at: Instant | None = None
    timers_at: Instant | None = None
    set_aside: Mapping[str, int] = {}
    files: str = ""


DUE = DeploymentTable("due", DueRow, {"id": partial(Unique, "id")})
TABLES = (DUE,)


class _Order:
    """Workspaces in the order of a moment that each has, or has not."""

    def __init__(self) -> None:
        self.at: dict[str, datetime] = {}
        self._order: SortedList[tuple[datetime, str]] = SortedList()

    def put(self, workspace: str, at: datetime | None) -> None:
        if before := self.at.pop(workspace, None):
            self._order.remove((before, workspace))
        if at:
            self.at[workspace] = at
            self._order.add((at, workspace))

    def by(self, now: datetime) -> Iterator[tuple[datetime, str]]:
        return self._order.islice(0, self._order.bisect_right((now, _LAST)))

    def next(self, after: datetime) -> datetime | None:
        end = self._order.bisect_right((after, _LAST))
        return self._order[end][0] if end < len(self._order) else None


class DueIndex:
    """Its rows, and in memory the closed workspaces in the order in which they fall due."""

    def __init__(self, deployment: DeploymentDB, files: Mapping[str, str]) -> None:
        """`files`: what the files of each workspace are like, by its id. All of them are closed."""
        self._deployment = deployment
        self._rows = {row.id: row for row in deployment.read(DUE)}
        self._closed_rows: dict[str, DueRow] = {}
        self.orders: Mapping[Due, _Order] = {"jobs": _Order(), "timers": _Order()}
        self._jobs_wait: dict[str, datetime] = {}  # until when
        for workspace, now_like in files.items():
            row = self._rows.get(workspace)
            self._wait(row if row and row.files == now_like else _at_once(workspace))

    def by(self, now: datetime, due: Collection[Due]) -> Sequence[str]:
        """The closed ones in which something of these is due by now, the longest first."""
        found = sorted(each for what in due for each in self.orders[what].by(now))
        return [*dict.fromkeys(workspace for _, workspace in found)]

    def next(self, after: datetime, due: Collection[Due]) -> datetime | None:
        """When the next of the closed ones is."""
        return min(filter(None, (self.orders[what].next(after) for what in due)), default=None)

    def set_aside(self) -> Mapping[str, Mapping[str, int]]:
        """Of the closed ones in which jobs are."""
        return {row.id: row.set_aside for row in self._closed_rows.values() if row.set_aside}

    def opened(self, workspace: str) -> None:
        """It is open: whoever wants to know looks there."""
        self._closed_rows.pop(workspace, None)
        for order in self.orders.values():
            order.put(workspace, None)

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

    async def closed(self, rows: Collection[DueRow]) -> None:
        """Raises StoreUnavailable; they are due at once then."""
        is_kept = False
        try:
            await self._keep(rows)
            is_kept = True
        finally:
            for row in rows:
                self._wait(row if is_kept else _at_once(row.id))

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
        self._closed_rows[row.id] = row
        jobs_at = row.jobs_at and max(row.jobs_at, self._jobs_wait.get(row.id, AT_ONCE))
        self.orders["jobs"].put(row.id, jobs_at)
        self.orders["timers"].put(row.id, row.timers_at)

    async def _keep(self, rows: Iterable[DueRow]) -> None:
        kept = [row for row in rows if self._rows.get(row.id) != row]

        def work(tx: DeploymentTransaction) -> None:
            for row in kept:
                tx.table(DUE).keep_as(row, Is("id", row.id))

        if kept:
            await self._deployment.change(work)
            self._rows.update((row.id, row) for row in kept)


def due_row(database: WorkspaceDB) -> DueRow:
    """Of one that has just been closed: with a job that was begun it is due at once."""
    jobs = [*database.tables.jobs]
    waiting = (AT_ONCE if job.claimed_at else job.due_at for job in jobs if not job.set_aside)
    with database.unchanging:
        first = database.tables.timers.get(doc_ids=database.ordered("at", "timers").first(1))
    return DueRow(
        id=database.workspace.id,
        jobs_at=min(waiting, default=None),
        timers_at=min((timer.at for timer in first), default=None),
        set_aside=Counter(job.set_aside for job in jobs if job.set_aside),
        files=like(database.path),
    )


def _at_once(workspace: str) -> DueRow:
    return DueRow(id=workspace, jobs_at=AT_ONCE, timers_at=AT_ONCE)
