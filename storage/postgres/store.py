"""The Store port on PostgreSQL: any number of processes share it, each of them a replica with a name of its own."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from time import monotonic
from typing import TypeVar
from uuid import uuid4

from bot.domain.errors import DeskError, StoreUnavailable
from bot.domain.outbox import Job
from bot.domain.workspace import Workspace
from bot.services.ports.store import EITHER, Due, Hold, Transaction
from bot.services.ports.store_url import MOST_OPEN, OnCommit
from storage.postgres.changing import Changing
from storage.postgres.database import Database
from storage.postgres.due import DueWorkspaces
from storage.postgres.errors import reason
from storage.postgres.forgetting import forget
from storage.postgres.holds import Holds
from storage.postgres.known import Head, KnownWorkspaces
from storage.postgres.listed import ListedWorkspaces
from storage.postgres.migrations import newest
from storage.postgres.reader import PostgresReader
from storage.postgres.signals import Kind, Signals
from storage.postgres.sources import Committed
from storage.postgres.transaction import PostgresTransaction

T = TypeVar("T")

Wake = Callable[[Workspace, Sequence[Job]], None]
"""Told of the jobs that a commit has enqueued; of none where others have, and it is to look itself."""

_IDLE = 600.0  # seconds after which what is known of a workspace is forgotten
_FULL = 1.0  # seconds until it is looked again for one that is needed no more
_LOOK = 30.0  # seconds until it is looked again for such
_STARTING_OVER = (
    "Deskhand is stopping or starting over, and nothing was changed. Please try again in a minute."
)
_SWEEP = 3600.0  # seconds between two looks for what replicas left that are gone
_OLD_COMMITS = "DELETE FROM deskhand.commits WHERE at < now() - interval '1 day'"
_STATE = (
    "SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean AS is_read_only,"
    " (SELECT COALESCE(max(oldest), 0) FROM deskhand.migrations) AS oldest"
)
_ASK_RETRY = (
    "INSERT INTO deskhand.versions AS v (kind, version) VALUES ('retry', 1)"
    " ON CONFLICT (kind) DO UPDATE SET version = v.version + 1"
)


class PostgresStore:
    """Nothing is open or closed there: "open" is what this process has used lately, and keeps something of in memory."""

    is_shared = True

    def __init__(
        self, database: Database, on_commit: OnCommit | None = None, most_open: int = MOST_OPEN
    ) -> None:
        self.replica = uuid4()
        self.database = database
        self.signals = Signals(self.database, self.replica, self._heard, self._ask)
        self.workspaces_known = KnownWorkspaces(most_open, self._forgotten)
        self._on_commit = on_commit
        self._most_open = most_open
        self._changing = Changing(self.database, self.replica, self.workspaces_known, self._committed)
        self._holds = Holds(self.database)
        self._due = DueWorkspaces(self.database)
        self._listed = ListedWorkspaces(self.database)
        self._wake: Wake = lambda *_: None
        self._wake_clock: Callable[[Workspace], None] = lambda _: None
        self._tell_closed: list[Callable[[Workspace], None]] = []
        self._needed: list[Callable[[Workspace], bool]] = []
        self._told: dict[Kind, list[Callable[[], None]]] = {}
        self._swept_at = monotonic()
        self._full_until = 0.0
        self._under_way = 0
        self._is_idle = asyncio.Event()
        self._is_closed = False

    async def workspaces(self) -> Sequence[Workspace]:
        return await self._listed.all()

    def workspace_of(self, team_id: str) -> Workspace | None:
        return self._listed.get(team_id)

    async def awake(self, now: datetime, due: Collection[Due] = EITHER) -> Sequence[Workspace]:
        self.signals.start()
        found = await self._due.look(now, due)
        used = self.workspaces_known.ids() if {*due} == {*EITHER} else ()
        ids = [*used, *(each for kind in due for each in found[kind])]
        return await self._listed.some(dict.fromkeys(ids))

    def next_due(self, *, after: datetime, due: Collection[Due] = EITHER) -> datetime | None:
        return self._due.next(after, due)

    def set_aside(self) -> Mapping[Workspace, Mapping[str, int]]:
        counts = self._due.set_aside
        return {each: counts[each.id] for each in map(self._listed.get, counts) if each}

    def let_jobs_wait(self, workspace: Workspace, *, until: datetime | None) -> None:
        self._due.let_jobs_wait(workspace.id, until)

    def read(self, workspace: Workspace, *, is_use: bool = True) -> PostgresReader:
        return PostgresReader(self._source(workspace, is_use=is_use), workspace)

    async def open(self, workspace: Workspace) -> None:
        """Looks at it: what is decided from then on is decided by what was committed before."""
        self.signals.start()
        head = await self._source(workspace).look()
        self._listed.note(workspace, is_there=head.version > head.born)
        self._make_room(workspace.id)

    def is_open(self, workspace: Workspace) -> bool:  # noqa: ARG002  (the port's)
        return True

    async def close_idle(self) -> float:
        self._drop_idle(self._is_needed)
        if monotonic() - self._swept_at > _SWEEP:
            self._swept_at = monotonic()
            await self.database.execute(_OLD_COMMITS)
        return _LOOK

    def room(self) -> int:
        return self._most_open

    def on_closed(self, tell: Callable[[Workspace], None]) -> None:
        self._tell_closed.append(tell)

    def keep_open(self, needed: Callable[[Workspace], bool]) -> None:
        self._needed.append(needed)

    def on_jobs(self, wake: Wake) -> None:
        self._wake = wake

    def on_timers(self, wake: Callable[[Workspace], None]) -> None:
        self._wake_clock = wake

    def on_news(self, kind: Kind, tell: Callable[[], None]) -> None:
        """Calls `tell` where another replica has changed something of the deployment's."""
        self._told.setdefault(kind, []).append(tell)

    async def change(self, workspace: Workspace, work: Callable[[Transaction], Awaitable[T]]) -> T:
        if self._is_closed:
            raise StoreUnavailable(_STARTING_OVER)
        self.signals.start()
        self._under_way += 1
        try:
            return await self._changing.change(workspace, work)
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._is_idle.set()

    async def hold(self, name: str, holder: str, seconds: float) -> Hold | None:
        return await self._holds.take(name, holder, seconds)

    async def renew(self, holds: Sequence[Hold], seconds: float) -> Sequence[Hold]:
        return await self._holds.renew(holds, seconds)

    async def let_go(self, hold: Hold) -> None:
        await self._holds.let_go(hold)

    async def ask_retry(self) -> None:
        await self.database.execute(_ASK_RETRY)
        self.signals.tell("retry")

    def on_retry(self, tell: Callable[[], None]) -> None:
        self.on_news("retry", tell)

    async def holds(self, beginning: str) -> Sequence[Hold]:
        return await self._holds.all(beginning)

    async def forget(self, workspace: Workspace) -> None:
        async with self._changing.lock(workspace.id):
            await forget(self.database, workspace.id)
            self.workspaces_known.drop(workspace.id)
        self._due.let_jobs_wait(workspace.id, None)
        self._listed.note(workspace, is_there=False)
        self.signals.tell("workspaces", workspace.id)
        self._closed(workspace)

    async def fault(self) -> str | None:
        try:
            rows = await self.database.fetch(_STATE)
        except StoreUnavailable as error:
            return f"The database cannot be used ({reason(error.__cause__ or error)})."
        except DeskError as error:
            return error.message
        name = self.database.address.describe()
        if rows[0]["oldest"] > newest():
            return f"{name} was changed by a newer Deskhand: start that version, or a later one."
        return f"{name} is read-only at the moment." if rows[0]["is_read_only"] else None

    def troubles(self) -> Mapping[str, str]:
        return {}

    async def close(self) -> None:
        """Waits for the transactions under way; those that come later are refused."""
        if self._is_closed:
            return
        self._is_closed = True
        while self._under_way:
            self._is_idle.clear()
            await self._is_idle.wait()
        with suppress(Exception):
            await self.signals.close()
        await self.database.close()

    def _source(self, workspace: Workspace, *, is_use: bool = True) -> Committed:
        return Committed(self.database, workspace.id, self.workspaces_known, is_use=is_use)

    def _make_room(self, for_it: str) -> None:
        """At once where many are used: what is known of one may be megabytes. Where all are needed it is looked now and then."""
        if len(self.workspaces_known) <= self._most_open or monotonic() < self._full_until:
            return
        if not self._drop_idle(lambda each: each == for_it or self._is_needed(each)):
            self._full_until = monotonic() + _FULL

    def _drop_idle(self, needed: Callable[[str], bool]) -> bool:
        dropped = self.workspaces_known.drop_idle(monotonic() - _IDLE, needed)
        for workspace in filter(None, map(self._listed.get, dropped)):
            self._closed(workspace)
        return bool(dropped)

    def _is_needed(self, workspace: str) -> bool:
        known = self._listed.get(workspace)
        return known is not None and any(needed(known) for needed in self._needed)

    def _closed(self, workspace: Workspace) -> None:
        for tell in self._tell_closed:
            tell(workspace)

    def _forgotten(self, workspace_id: str) -> None:
        """Another replica has forgotten it, whether it is used again or not."""
        if workspace := self._listed.get(workspace_id):
            self._closed(workspace)

    def _committed(
        self, workspace: Workspace, tx: PostgresTransaction, head: Head | None, seconds: float
    ) -> None:
        """Tells this process and the others."""
        if head:
            if not self._listed.get(workspace.id):
                self._listed.note(workspace, is_there=True)
                self.signals.tell("workspaces", workspace.id)
            if self._on_commit:
                self._on_commit(seconds)
            if head.version in {head.people_at, head.items_at, head.settings_at}:
                self.signals.tell("known", workspace.id)
        if tx.enqueued:
            if not self._holds.has(f"courier:{workspace.id}"):
                self.signals.tell("jobs", workspace.id)
            self._wake(workspace, tx.enqueued if head else ())
        if tx.has_timers:
            self.signals.tell("timers", workspace.id)
            self._wake_clock(workspace)

    def _heard(self, kind: Kind, workspace_id: str) -> None:
        """What another replica has committed."""
        workspace = self._listed.get(workspace_id)
        if kind == "workspaces" or (workspace_id and not workspace):
            self.workspaces_known.stale(workspace_id)
            self.signals.ask_soon()
        elif workspace and kind == "jobs":
            self._wake(workspace, ())
        elif workspace and kind == "timers":
            self._wake_clock(workspace)
        elif kind == "known":
            self.workspaces_known.stale(workspace_id)
        elif kind == "retry":
            self.signals.ask_soon()  # which finds it once
        else:
            for tell in self._told.get(kind, ()):
                tell()

    async def _ask(self) -> None:
        """For all that signals would have told."""
        news = await self._listed.ask()
        for gone in news.gone:
            self.workspaces_known.drop(gone.id)
            self._closed(gone)
        for kind in news.kinds:
            for tell in self._told.get(kind, ()):
                tell()
        found = await self._due.look(datetime.now(UTC), ())
        for workspace in filter(None, map(self._listed.get, found["jobs"])):
            self._wake(workspace, ())
        for workspace in filter(None, map(self._listed.get, found["timers"])):
            self._wake_clock(workspace)
