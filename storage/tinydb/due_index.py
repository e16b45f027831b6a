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


class DueRow(Record):
    """`id`: the workspace's. `at`: None where nothing falls due. `files`: what they were like when it was closed."""

    id: str
    at: Instant | None = None
    files: str = ""


DUE = DeploymentTable("due", DueRow, {"id": partial(Unique, "id")})
TABLES = (DUE,)


class DueIndex:
    """Its rows, and in memory the closed workspaces in the order in which they fall due."""

    def __init__(self, deployment: DeploymentDB, files: Mapping[str, str]) -> None:
        """`files`: what the files of each workspace are like, by its id. All of them are closed."""
        self._deployment = deployment
        self._rows = {row.id: row for row in deployment.read(DUE)}
        self._at: dict[str, datetime] = {}
        self._closed: SortedList[tuple[datetime, str]] = SortedList()
        for workspace, like in files.items():
            row = self._rows.get(workspace)
            self._wait(workspace, row.at if row and row.files == like else AT_ONCE)

    def by(self, now: datetime) -> Sequence[str]:
        """The closed ones in which something is due by now, the longest first."""
        end = self._closed.bisect_right((now, "\U0010ffff"))
        return [workspace for _, workspace in self._closed.islice(0, end)]

    def next(self) -> datetime | None:
        """When the next of the closed ones is."""
        return self._closed[0][0] if self._closed else None

    def opened(self, workspace: str) -> None:
        """It is open: whoever wants to know looks there."""
        if at := self._at.pop(workspace, None):
            self._closed.remove((at, workspace))

    def says_at_once(self, workspace: str) -> bool:
        """Whether a process that begins now would look at it."""
        row = self._rows.get(workspace)
        return row is None or row.at == AT_ONCE

    async def say_at_once(self, workspaces: Collection[str]) -> None:
        """Durably. Raises StoreUnavailable."""
        await self._keep(
            DueRow(id=workspace, at=AT_ONCE) for workspace in workspaces if not self.says_at_once(workspace)
        )

    async def closed(self, workspace: str, at: datetime | None, files: str) -> None:
        """Raises StoreUnavailable; it is due at once then."""
        try:
            await self._keep([DueRow(id=workspace, at=at, files=files)])
        except BaseException:
            self._wait(workspace, AT_ONCE)
            raise
        self._wait(workspace, at)

    async def forget(self, workspace: str) -> None:
        """Raises StoreUnavailable."""
        self.opened(workspace)

        def work(tx: DeploymentTransaction) -> None:
            tx.table(DUE).remove(Is("id", workspace))

        if workspace in self._rows:
            await self._deployment.change(work)
            del self._rows[workspace]

    def _wait(self, workspace: str, at: datetime | None) -> None:
        self.opened(workspace)
        if at:
            self._at[workspace] = at
            self._closed.add((at, workspace))

    async def _keep(self, rows: Iterable[DueRow]) -> None:
        kept = [row for row in rows if self._rows.get(row.id) != row]

        def work(tx: DeploymentTransaction) -> None:
            for row in kept:
                tx.table(DUE).keep_as(row, Is("id", row.id))

        if kept:
            await self._deployment.change(work)
            self._rows.update((row.id, row) for row in kept)
