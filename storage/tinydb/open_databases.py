"""The databases of a folder that are open: opened when they are first used, and closed when nobody uses them any more.

A workspace is opened by one thread, however many wait for it; a closed one is waited for until it is closed. Neither
holds up the event loop. Where more are open than so many, the one that was used longest ago is closed. One that
nobody has used for IDLE seconds is closed anyway, but for those that take long to open. None is closed while a transaction,
or the journal's own work, is under way in it, nor while somebody needs it.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, partial
from math import inf
from pathlib import Path
from time import monotonic, perf_counter
from typing import Any, TypeVar

import structlog

from bot.domain.errors import StoreUnavailable
from bot.domain.workspace import Workspace
from storage.journal.disk import Disk
from storage.journal.errors import StoreOpenError
from storage.journal.file_names import file_name, shown
from storage.journal.folder import destroy
from storage.journal.lock import FolderLock
from storage.tinydb.due_index import DueIndex, DueRow, due_row
from storage.tinydb.outcomes import ended, reason
from storage.tinydb.transaction import TinyDBReader
from storage.tinydb.workspace_db import WorkspaceDB
from storage.tinydb.workspace_files import Second, WorkspaceFile

T = TypeVar("T")

IDLE = 600.0
"""Seconds. Who waits for an answer in a thread, or goes through a list, comes back sooner; and to be wrong costs the next
request some milliseconds."""

SLOW = 0.5
"""Seconds. One that took longer to open is closed for the room alone: somebody would have to wait for it."""

STARTING_OVER = "Deskhand is stopping or starting over. Please try again in a minute."
_ROWS = 0.5
"""Seconds in which the last close of all looks what is due in each: those that it does not come to are opened at the start."""
_THREADS = 4  # that open and close: a large one holds up no small one
_TRY_AGAIN = 30.0  # seconds after which one that could not be opened is tried without anybody's asking
_log = structlog.get_logger()


@dataclass(eq=False, slots=True)
class Opened:
    """A database that is open. `took`: seconds to open it. `used`: when it was last, by `monotonic`; 0 where nobody has. `under_way`: how many
    change it, or wait for that. `is_marked`: whether the due index says that it may have something due at once."""

    database: WorkspaceDB
    reader: TinyDBReader
    took: float
    used: float = 0.0
    under_way: int = 0
    is_marked: bool = False


class OpenDatabases:
    """Used by the event loop's thread. `files`: the workspaces that have one, by their ids. `seconds`: the files beside
    those that are not used."""

    def __init__(
        self,
        folder: Path,
        lock: FolderLock,
        files: dict[str, WorkspaceFile],
        seconds: Sequence[Second],
        due: DueIndex,
        most: int,
    ) -> None:
        self.open: dict[str, Opened] = {}
        self.files = files
        self._seconds = seconds
        self._not_opened: dict[str, tuple[str, float]] = {}  # why, and when that was, by `monotonic`
        self.needed: list[Callable[[Workspace], bool]] = []
        self.tell_closed: list[Callable[[Workspace], None]] = []
        self._folder = folder
        self._lock = lock
        self._due = due
        self.most = most
        self._under_way: dict[str, asyncio.Task[object]] = {}  # what is being opened, closed or destroyed
        self._wanted = Counter[str]()  # how many wait for each to be open
        self._is_over = False
        self._going = set[str]()  # what is being destroyed
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="store")

    @cached_property
    def nothing(self) -> TinyDBReader:
        """What is read where nothing was ever kept."""
        empty = WorkspaceDB.open(self._folder / ".nothing.json", self._lock, Workspace(team_id="T"))
        assert empty  # noqa: S101  (it is whose we say)
        return TinyDBReader(empty, empty.tables)

    async def opened(self, workspace: Workspace, *, is_use: bool = True) -> Opened | None:
        """For reading; None where there is no file. Raises StoreUnavailable with what is wrong with that."""
        if (known := self.open.get(workspace.id)) or workspace.id not in self.files:
            return known
        return await self.to_change(workspace, is_use=is_use)

    async def to_change(self, workspace: Workspace, *, is_use: bool = True) -> Opened:
        """Opens it also where there is no file. Raises StoreUnavailable."""
        self._wanted[workspace.id] += 1
        try:
            while (opened := self.open.get(workspace.id)) is None:
                if self._is_over or workspace.id in self._going:
                    raise StoreUnavailable(STARTING_OVER)
                opening = self._under_way.get(workspace.id) or self._begin(
                    workspace.id, self._open(workspace)
                )
                await asyncio.shield(opening)
        finally:
            self._wanted[workspace.id] -= 1
            if not self._wanted[workspace.id]:
                del self._wanted[workspace.id]
        if is_use:
            opened.used = monotonic()
        self._make_room()
        return opened

    def close_soon(self, opened: Opened) -> None:
        """Closes one that nobody is changing. Whoever wants it meanwhile waits, and opens it again."""
        workspace = opened.database.workspace
        del self.open[workspace.id]
        self._begin(workspace.id, self._close(opened))
        for tell in self.tell_closed:
            tell(workspace)

    def tidy(self, opened: Opened) -> None:
        """After a change: closes what is too much, and a stranger's, in which nothing was ever committed."""
        self._make_room()
        database = opened.database
        is_dropped = database.is_new and not (opened.under_way or database.deleted)
        if is_dropped and database.is_at_rest and self.open.get(database.workspace.id) is opened:
            self.close_soon(opened)

    def close_idle(self) -> None:
        """Closes what nobody has used for long, and what is too much."""
        for opened in [*self.open.values()]:
            is_idle = opened.took < SLOW and opened.used < monotonic() - IDLE
            if is_idle and self._may_be_closed(opened):
                self.close_soon(opened)
        self._make_room()

    def room(self) -> int:
        """How many more may be kept open."""
        return self.most - sum(self._is_needed(each) for each in self.open.values())

    async def forget(self, workspace: Workspace) -> None:
        """Deletes its files. Raises OSError and StoreUnavailable. Goes on to its end where it is cancelled."""
        while under_way := self._under_way.get(workspace.id):
            await asyncio.wait([under_way])
        opened = self.open.get(workspace.id)
        if opened is None and workspace.id not in self.files:
            return
        if opened:
            opened.under_way += 1
            async with opened.database.lock:
                if opened.database.deleted:
                    return
                opened.database.deleted = True
                del self.open[workspace.id]
        path = opened.database.path if opened else self.files[workspace.id].path
        self.files.pop(workspace.id, None)
        self._going.add(workspace.id)
        destroying = self._begin(workspace.id, self._destroy(workspace, path, opened))
        try:
            error = await asyncio.shield(destroying)
        finally:
            await ended(destroying)
        if isinstance(error, Exception):
            raise error

    def troubles(self) -> Mapping[str, str]:
        """As the store's."""
        not_opened = {identifier: why for identifier, (why, _) in self._not_opened.items()}
        written = ((each.database, each.database.trouble()) for each in self.open.values())
        return not_opened | {
            database.workspace.id: f"{shown(database.path)} cannot be written: {reason(error)}."
            for database, error in written
            if error
        }

    async def try_again(self) -> None:
        """Those that could not be opened, now and then."""
        for identifier, (_, since) in [*self._not_opened.items()]:
            if since < monotonic() - _TRY_AGAIN and (file := self.files.get(identifier)):
                with suppress(StoreUnavailable):
                    await self.to_change(file.workspace, is_use=False)

    async def close(self) -> None:
        """All of them, once what is under way is over. None is opened any more; what is open can still be read."""
        self._is_over = True
        while self._under_way:
            await asyncio.wait([*self._under_way.values()])
        everything = [*self.open.values()]
        for opened in everything:
            async with opened.database.lock:  # what waits for it after this is refused
                pass
        until = monotonic() + _ROWS
        rows = await asyncio.gather(*(self._closed_by(each.database, until) for each in everything))
        await self._say_due([row for row in rows if row])
        self._threads.shutdown(wait=False)

    async def _open(self, workspace: Workspace) -> None:
        file = self.files.get(workspace.id)
        path = file.path if file else self._folder / file_name(workspace)
        try:
            database, took = await self._in_thread(partial(_timed, path, self._lock, workspace))
        except (StoreOpenError, OSError) as error:
            why = error.message if isinstance(error, StoreOpenError) else f"{path}: {reason(error)}"
            self._not_opened[workspace.id] = why, monotonic()
            _log.error("workspace_not_opened", workspace=workspace.id, reason=why)
            raise StoreUnavailable(f"The tickets of this workspace cannot be opened. {why}") from error
        self._not_opened.pop(workspace.id, None)
        if database.is_new:  # a crash while it was made leaves files with nothing in them
            self.files.pop(workspace.id, None)
        elif file:
            self.files[workspace.id] = file._replace(workspace=database.workspace)
        self.open[workspace.id] = Opened(database, TinyDBReader(database, database.tables), took)
        self._due.opened(workspace.id)
        self._make_room()

    async def _close(self, opened: Opened) -> None:
        """What falls due next is known for sure only once nothing is under way any more."""
        row = await self._closed_by(opened.database, inf)
        await self._say_due([row] if row else [])

    async def _closed_by(self, database: WorkspaceDB, moment: float) -> DueRow | None:
        """Closes one, and gives what is due in it. After that moment, by `monotonic`, it is left as the index has it: it is due
        at once, if it was changed."""

        def close() -> DueRow | None:
            database.close()
            return None if database.is_new or monotonic() > moment else due_row(database)

        return await self._in_thread(close)

    async def _say_due(self, rows: Sequence[DueRow]) -> None:
        try:
            await self._due.closed(rows)
        except StoreUnavailable as error:
            _log.warning("due_index_not_written", reason=error.message)

    async def _destroy(self, workspace: Workspace, path: Path, opened: Opened | None) -> Exception | None:
        """Gives what went wrong: who waits for it to be over does not want to know. What another start would take for the
        workspace's own goes first: a crash brings nothing back that was not there before."""
        work = opened.database.destroy if opened else partial(destroy, path, Disk())
        try:
            for second in self._seconds:
                if second.used == path:
                    await self._in_thread(partial(destroy, second.path, Disk()))
            await self._in_thread(work)
            await self._due.forget(workspace.id)
        except (OSError, StoreUnavailable) as error:
            return error
        finally:
            self._going.discard(workspace.id)
            self._not_opened.pop(workspace.id, None)
            for tell in self.tell_closed:
                tell(workspace)
        return None

    def _make_room(self) -> None:
        surplus = len(self.open) - self.most
        if surplus <= 0:
            return
        for opened in sorted(self.open.values(), key=lambda each: each.used)[:-1]:  # the last is wanted now
            if surplus > 0 and self._may_be_closed(opened):
                self.close_soon(opened)
                surplus -= 1

    def _may_be_closed(self, opened: Opened) -> bool:
        database = opened.database
        return not (
            opened.under_way
            or self._wanted[database.workspace.id]
            or database.lock.locked()
            or not database.is_at_rest
            or self._is_needed(opened)
        )

    def _is_needed(self, opened: Opened) -> bool:
        return any(needs(opened.database.workspace) for needs in self.needed)

    def _begin(self, identifier: str, work: Coroutine[Any, Any, object]) -> asyncio.Task[object]:
        """Opens, closes or destroys a database: one at a time for each workspace, and to its end."""

        async def alone() -> object:
            try:
                return await work
            finally:
                del self._under_way[identifier]

        task = asyncio.create_task(alone(), name=f"store {identifier}")
        task.add_done_callback(lambda _: task.cancelled() or task.exception())  # those who wait are told
        self._under_way[identifier] = task
        return task

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


def _timed(path: Path, lock: FolderLock, workspace: Workspace) -> tuple[WorkspaceDB, float]:
    """Opens it in a thread. The seconds do not count how long it waited for that."""
    began = perf_counter()
    database = WorkspaceDB.open(path, lock, workspace)
    assert database  # noqa: S101  (it is whose we say)
    return database, perf_counter() - began
