"""The Store port on TinyDB: one database for each workspace in a data folder."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from time import perf_counter
from typing import TypeVar

from bot.domain.errors import StoreUnavailable
from bot.domain.outbox import Job
from bot.domain.workspace import Workspace
from bot.services.ports.store import Hold, Transaction
from bot.services.ports.store_url import OnCommit
from storage.journal.disk import Disk, MovedError
from storage.journal.errors import StoreOpenError
from storage.journal.file_names import file_name, shown
from storage.journal.folder import DESTROYED, databases, finish_destroying
from storage.journal.lock import FolderLock
from storage.tinydb.holds import Holds
from storage.tinydb.outcomes import ended, reason, until
from storage.tinydb.transaction import TinyDBReader, TinyDBTransaction
from storage.tinydb.workspace_db import WorkspaceDB

T = TypeVar("T")

Wake = Callable[[Workspace, Sequence[Job]], None]
"""Told of the jobs that a commit has enqueued."""


class TinyDBStore:
    """All workspaces of one data folder, which is locked from construction until `close`."""

    def __init__(self, folder: Path, on_commit: OnCommit | None = None) -> None:
        """Makes the folder where it is missing. Raises StoreOpenError where it cannot be used."""
        self._folder = folder
        self._on_commit = on_commit
        self._closed = False
        self._databases: dict[Workspace, WorkspaceDB] = {}
        self._teams: dict[str, Workspace] = {}  # those with something committed
        self._wake: Wake = lambda *_: None
        self._wake_clock: Callable[[Workspace], None] = lambda _: None
        self._holds = Holds()
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = FolderLock(folder)
        except OSError as error:
            raise _unusable(folder, error) from error
        try:
            self._open_all()
        except (StoreOpenError, OSError) as error:
            for database in self._databases.values():
                database.close()
            self._lock.release()
            raise error if isinstance(error, StoreOpenError) else _unusable(folder, error) from error

    async def workspaces(self) -> Sequence[Workspace]:
        return [workspace for workspace, database in self._databases.items() if not database.is_new]

    def workspace_of(self, team_id: str) -> Workspace | None:
        return self._teams.get(team_id)

    def read(self, workspace: Workspace) -> TinyDBReader:
        database = self._database(workspace)
        return TinyDBReader(database, database.tables)

    def on_jobs(self, wake: Wake) -> None:
        self._wake = wake

    def on_timers(self, wake: Callable[[Workspace], None]) -> None:
        self._wake_clock = wake

    async def change(self, workspace: Workspace, work: Callable[[Transaction], Awaitable[T]]) -> T:
        database = self._database(workspace)
        async with database.lock:  # until it is staged: the next may begin while the disk is waited for
            if self._closed or database.deleted:  # the folder may be another process's by now
                message = "Deskhand is stopping or starting over. Please try again in a minute."
                raise StoreUnavailable(message)
            with TinyDBTransaction(database, database.begin(), self._holds) as tx:
                done = await work(tx)
            began = perf_counter()
            durable, has_changes = database.commit()
        try:
            await until(durable)
        finally:  # where the caller was cut off, too: it is over by now, and may have gone through
            if has_changes and not durable.exception():
                self._committed(database, tx, perf_counter() - began)
        return done

    async def hold(self, name: str, holder: str, seconds: float) -> Hold | None:
        return self._holds.take(name, holder, seconds)

    async def let_go(self, hold: Hold) -> None:
        self._holds.let_go(hold)

    def _committed(self, database: WorkspaceDB, tx: TinyDBTransaction, seconds: float) -> None:
        database.renamed.update(tx.renamed)
        if database.workspace.team_id and not database.deleted:
            self._teams.setdefault(database.workspace.team_id, database.workspace)
        if self._on_commit:
            self._on_commit(seconds)
        if tx.enqueued:
            self._wake(database.workspace, tx.enqueued)
        if tx.has_timers:
            self._wake_clock(database.workspace)

    async def forget(self, workspace: Workspace) -> None:
        database = self._database(workspace)
        async with database.lock:
            if database.deleted:
                return
            database.deleted = True
            destroying = asyncio.ensure_future(asyncio.to_thread(database.destroy))
            try:
                await asyncio.shield(destroying)
            finally:
                await ended(destroying)  # else a new database would stand in the middle of it
                del self._databases[workspace]
                self._know_teams()

    async def fault(self) -> str | None:
        error: OSError | None = None if self._lock.is_held() else MovedError("the lock file")
        for database in list(self._databases.values()):
            if not error and not database.is_well():
                error = await asyncio.to_thread(database.mend)
        return f"The data folder {shown(self._folder)} cannot be written: {reason(error)}." if error else None

    async def close(self) -> None:
        """Waits for the transactions under way; those that come later are refused."""
        if self._closed:
            return
        self._closed = True
        for database in list(self._databases.values()):
            async with database.lock:
                await asyncio.to_thread(database.close)
        self._lock.release()

    def _open_all(self) -> None:
        for destroyed in self._folder.glob(f"*{DESTROYED}"):
            finish_destroying(destroyed.with_suffix(".json"), Disk())
        for path in databases(self._folder):
            if database := WorkspaceDB.open(path, self._lock):
                self._databases[database.workspace] = database
        self._know_teams()

    def _know_teams(self) -> None:
        """Of two stores of one team, whose organisation was named differently, the first is the team's."""
        self._teams.clear()
        for workspace, database in self._databases.items():
            if workspace.team_id and not database.is_new:
                self._teams.setdefault(workspace.team_id, workspace)

    def _database(self, workspace: Workspace) -> WorkspaceDB:
        database = self._databases.get(workspace)
        if database is None:
            database = WorkspaceDB.open(self._folder / file_name(workspace), self._lock, workspace)
            assert database  # noqa: S101  (it is whose we say)
            self._databases[workspace] = database
        return database


def _unusable(folder: Path, error: OSError) -> StoreOpenError:
    return StoreOpenError(
        f"The data folder {shown(folder)} cannot be used ({reason(error)})."
        " Make it writable, or set DESKHAND_STORE to another folder."
    )
