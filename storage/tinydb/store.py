"""The Store port on TinyDB: one database for each workspace in a data folder, and one for the deployment."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Coroutine, Mapping, Sequence
from datetime import datetime
from inspect import getmembers, iscoroutinefunction
from pathlib import Path
from time import monotonic, perf_counter
from typing import Any, TypeVar
from uuid import UUID

import structlog

from bot.domain.directory import Item
from bot.domain.errors import StoreUnavailable
from bot.domain.fields import ItemKind
from bot.domain.outbox import Job
from bot.domain.workspace import Workspace
from bot.services.ports.store import EITHER, Due, Hold, Transaction
from bot.services.ports.store_url import MOST_OPEN, OnCommit
from storage.journal.disk import Disk, MovedError
from storage.journal.errors import StoreOpenError
from storage.journal.file_names import shown
from storage.journal.folder import DESTROYED, finish_destroying
from storage.journal.lock import FolderLock
from storage.tinydb import deployment_tables
from storage.tinydb.deployment import DeploymentDB
from storage.tinydb.due_index import DueIndex
from storage.tinydb.holds import Holds
from storage.tinydb.open_databases import STARTING_OVER, OpenDatabases, Opened
from storage.tinydb.outcomes import reason, until
from storage.tinydb.transaction import TinyDBReader, TinyDBTransaction
from storage.tinydb.workspace_db import WorkspaceDB
from storage.tinydb.workspace_files import WorkspaceFile, workspace_files

T = TypeVar("T")

Wake = Callable[[Workspace, Sequence[Job]], None]
"""Told of the jobs that a commit has enqueued."""

_LOOK = 30.0  # seconds after which it is looked again for databases that nobody uses
_log = structlog.get_logger()


class LazyReader(TinyDBReader):
    """It asks for the open database of its workspace at each call, and has it opened where it is closed. It holds none: what
    it gives is never older than the last commit, and a closed one leaves memory.

    `is_use`: whether what it reads keeps the database open for longer.
    """

    def __init__(self, databases: OpenDatabases, workspace: Workspace, *, is_use: bool) -> None:
        self._open = databases.open
        self._id = workspace.id
        self._databases = databases
        self._workspace = workspace
        self._is_use = is_use

    async def items(self, kind: ItemKind) -> AsyncIterator[Item]:
        async for item in (await self._reader()).items(kind):
            yield item

    async def job_ids(self) -> AsyncIterator[UUID]:
        async for job_id in (await self._reader()).job_ids():
            yield job_id

    async def _reader(self) -> TinyDBReader:
        opened = await self._databases.opened(self._workspace, is_use=self._is_use)
        if opened is None:
            return self._databases.nothing
        if self._is_use:
            opened.used = monotonic()
        return opened.reader


Read = Callable[..., Coroutine[Any, Any, Any]]


def _opening(method: Read) -> Callable[..., Awaitable[Any]]:
    """No coroutine of its own where the database is open: that would take as long as a look-up itself."""

    async def later(self: LazyReader, arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:  # noqa: ANN401
        return await method(await self._reader(), *arguments, **named)

    def call(self: LazyReader, *arguments: Any, **named: Any) -> Awaitable[Any]:  # noqa: ANN401
        opened = self._open.get(self._id)
        if opened is None:
            return later(self, arguments, named)
        if self._is_use:
            opened.used = monotonic()
        return method(opened.reader, *arguments, **named)

    return call


for _name, _method in getmembers(TinyDBReader, iscoroutinefunction):  # what it inherits is among them
    setattr(LazyReader, _name, _opening(_method))


class TinyDBStore:
    """All workspaces of one data folder, which is locked from construction until `close`. None is opened before it is used."""

    is_shared = False

    def __init__(self, folder: Path, on_commit: OnCommit | None = None, most_open: int = MOST_OPEN) -> None:
        """Makes the folder where it is missing. Raises StoreOpenError where it cannot be used."""
        self._folder = folder
        self._on_commit = on_commit
        self._closed = False
        self._wake: Wake = lambda *_: None
        self._wake_clock: Callable[[Workspace], None] = lambda _: None
        self._holds = Holds()
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = FolderLock(folder)
        except OSError as error:
            raise _unusable(folder, error) from error
        try:
            for destroyed in folder.glob(f"*{DESTROYED}"):
                finish_destroying(destroyed.with_suffix(".json"), Disk())
            files, seconds = workspace_files(folder, self._lock)
            self.deployment = DeploymentDB(folder, self._lock, deployment_tables.ALL)
        except (StoreOpenError, OSError) as error:
            self._lock.release()
            raise error if isinstance(error, StoreOpenError) else _unusable(folder, error) from error
        for second in seconds:
            _log.warning("two_stores_of_a_team", used=shown(second.used), left_alone=shown(second.path))
        self._due = DueIndex(self.deployment, {each: file.like for each, file in files.items()})
        self._databases = OpenDatabases(folder, self._lock, files, seconds, self._due, most_open)

    async def workspaces(self) -> Sequence[Workspace]:
        return [file.workspace for file in self._databases.files.values()]

    async def awake(self, now: datetime, due: Collection[Due] = EITHER) -> Sequence[Workspace]:
        files = self._databases.files
        ids = [*self._databases.open, *self._due.by(now, due)]
        return [files[each].workspace for each in ids if each in files]

    def next_due(self, *, after: datetime, due: Collection[Due] = EITHER) -> datetime | None:
        return self._due.next(after, due)

    def workspace_of(self, team_id: str) -> Workspace | None:
        file = self._databases.files.get(team_id)
        return file and file.workspace

    def read(self, workspace: Workspace, *, is_use: bool = True) -> LazyReader:
        return LazyReader(self._databases, workspace, is_use=is_use)

    async def open(self, workspace: Workspace) -> None:
        await self._databases.opened(workspace)

    def is_open(self, workspace: Workspace) -> bool:
        return workspace.id in self._databases.open or workspace.id not in self._databases.files

    async def close_idle(self) -> float:
        self._databases.close_idle()
        return _LOOK

    def on_jobs(self, wake: Wake) -> None:
        self._wake = wake

    def on_timers(self, wake: Callable[[Workspace], None]) -> None:
        self._wake_clock = wake

    def on_closed(self, tell: Callable[[Workspace], None]) -> None:
        self._databases.tell_closed.append(tell)

    def keep_open(self, needed: Callable[[Workspace], bool]) -> None:
        self._databases.needed.append(needed)

    def set_aside(self) -> Mapping[Workspace, Mapping[str, int]]:
        files = self._databases.files
        return {
            files[each].workspace: counts for each, counts in self._due.set_aside().items() if each in files
        }

    def room(self) -> int:
        return self._databases.room()

    def let_jobs_wait(self, workspace: Workspace, *, until: datetime | None) -> None:
        self._due.let_jobs_wait(workspace.id, until=until)

    async def change(self, workspace: Workspace, work: Callable[[Transaction], Awaitable[T]]) -> T:
        self._require_running()
        opened = self._databases.open.get(workspace.id) or await self._databases.to_change(workspace)
        opened.under_way += 1
        try:
            return await self._changed(opened, work)
        finally:
            opened.under_way -= 1
            opened.used = monotonic()
            databases = self._databases
            if workspace.id not in databases.files or len(databases.open) > databases.most:
                databases.tidy(opened)

    async def _changed(self, opened: Opened, work: Callable[[Transaction], Awaitable[T]]) -> T:
        database = opened.database
        async with database.lock:  # until it is staged: the next may begin while the disk is waited for
            self._require_running(database)
            if not opened.is_marked:
                await self._due.say_at_once([database.workspace.id])
                opened.is_marked = True
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

    def _require_running(self, database: WorkspaceDB | None = None) -> None:
        """The folder may be another process's by now."""
        if self._closed or (database and database.deleted):
            raise StoreUnavailable(STARTING_OVER)

    async def hold(self, name: str, holder: str, seconds: float) -> Hold | None:
        return self._holds.take(name, holder, seconds)

    async def renew(self, holds: Sequence[Hold], seconds: float) -> Sequence[Hold]:
        return [each for each in holds if self._holds.renew(each, seconds)]

    async def let_go(self, hold: Hold) -> None:
        self._holds.let_go(hold)

    async def ask_retry(self) -> None:
        """There is no other process."""

    def on_retry(self, tell: Callable[[], None]) -> None:
        """Nobody asks."""

    async def holds(self, beginning: str) -> Sequence[Hold]:
        return self._holds.all(beginning)

    def _committed(self, database: WorkspaceDB, tx: TinyDBTransaction, seconds: float) -> None:
        database.renamed.update(tx.renamed)
        if not database.deleted:
            file = WorkspaceFile(database.workspace, database.path, "")
            self._databases.files.setdefault(database.workspace.id, file)
        if self._on_commit:
            self._on_commit(seconds)
        if tx.enqueued:
            self._wake(database.workspace, tx.enqueued)
        if tx.has_timers:
            self._wake_clock(database.workspace)

    async def forget(self, workspace: Workspace) -> None:
        await self._databases.forget(workspace)

    async def fault(self) -> str | None:
        """What a disk does not take in one workspace, it will not take in another; a file that was moved is one alone."""
        error: OSError | None = None if self._lock.is_held() else MovedError("the lock file")
        if not error and self.deployment.trouble():
            error = await asyncio.to_thread(self.deployment.mend)
        for database in [each.database for each in self._databases.open.values()]:
            if not error and database.trouble():
                found = await asyncio.to_thread(database.mend)
                error = None if isinstance(found, MovedError) else found
        if error:
            return f"The data folder {shown(self._folder)} cannot be written: {reason(error)}."
        await self._databases.try_again()
        return None

    def troubles(self) -> Mapping[str, str]:
        return self._databases.troubles()

    async def close(self) -> None:
        """Waits for the transactions under way; those that come later are refused."""
        if self._closed:
            return
        self._closed = True
        await self._databases.close()
        await asyncio.to_thread(self.deployment.close)
        self._lock.release()


def _unusable(folder: Path, error: OSError) -> StoreOpenError:
    return StoreOpenError(
        f"The data folder {shown(folder)} cannot be used ({reason(error)})."
        " Make it writable, or set DESKHAND_STORE to another folder."
    )
