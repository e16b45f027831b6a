"""`Store.change`: work runs until it commits, one transaction of a process after the other in each workspace."""

import asyncio
from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import TypeVar
from uuid import UUID
from weakref import WeakValueDictionary

import structlog

from bot.domain.errors import StoreUnavailable
from bot.domain.workspace import Workspace
from bot.services.ports.store import Transaction
from storage.postgres.attempt import Attempt, Collided
from storage.postgres.database import Database
from storage.postgres.errors import OutcomeUnknown
from storage.postgres.known import Head, KnownWorkspaces
from storage.postgres.outcomes import finished
from storage.postgres.transaction import PostgresTransaction

T = TypeVar("T")

Committed = Callable[[Workspace, PostgresTransaction, Head | None, float], None]
"""Told of a commit: the head that it left, None where nobody can tell, and the seconds that it took."""

_OPTIMISTIC = 3  # attempts before no other may commit meanwhile
_MOST = 20  # attempts in all
_BUSY = (
    "Too many people are changing things here at once, and nothing was changed. Please try again in a moment."
)
_log = structlog.get_logger()


class Changing:
    def __init__(
        self, database: Database, replica: UUID, workspaces: KnownWorkspaces, committed: Committed
    ) -> None:
        self._database = database
        self._replica = replica
        self._workspaces = workspaces
        self._committed = committed
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self.collisions = 0

    def lock(self, workspace: str) -> asyncio.Lock:
        """Held by whoever changes it, in this process."""
        lock = self._locks.get(workspace)
        if lock is None:
            self._locks[workspace] = lock = asyncio.Lock()
        return lock

    async def change(self, workspace: Workspace, work: Callable[[Transaction], Awaitable[T]]) -> T:
        async with self.lock(workspace.id):
            longest = 0.0
            for count in range(_MOST):
                began = perf_counter()
                try:
                    locked = longest if count >= _OPTIMISTIC else None
                    return await self._attempt(workspace, work, locked, is_first=not count)
                except Collided:
                    longest = max(longest, perf_counter() - began)
                    self.collisions += 1
                    await asyncio.sleep(0.001 * max(count - _OPTIMISTIC, 0))
        _log.warning("workspace_is_busy", workspace=workspace.id)
        raise StoreUnavailable(_BUSY)

    async def _attempt(
        self,
        workspace: Workspace,
        work: Callable[[Transaction], Awaitable[T]],
        locked: float | None,
        *,
        is_first: bool,
    ) -> T:
        """`locked`: the seconds that it took so far, where no other may commit meanwhile."""
        known = self._workspaces.of(workspace.id)
        attempt = Attempt(self._database, self._replica, workspace, known, may_assume=is_first)
        tx = PostgresTransaction(attempt, workspace, attempt.changes)
        try:
            if locked is not None:
                await attempt.lock(locked)
            done = await self._worked(attempt, work, tx)
        except BaseException:
            await finished(attempt.abandon())
            raise
        if attempt.changes:
            await finished(self._commit(workspace, attempt, tx))
        else:
            await self._commit(workspace, attempt, tx)
        return done

    async def _worked(
        self, attempt: Attempt, work: Callable[[Transaction], Awaitable[T]], tx: PostgresTransaction
    ) -> T:
        try:
            return await work(tx)
        except (Collided, StoreUnavailable):
            raise
        except Exception as error:
            if await attempt.is_moved():
                raise Collided from error
            raise

    async def _commit(self, workspace: Workspace, attempt: Attempt, tx: PostgresTransaction) -> None:
        began = perf_counter()
        try:
            head = await attempt.end(tx.required)
        except OutcomeUnknown:
            self._committed(workspace, tx, None, perf_counter() - began)
            raise
        finally:
            await attempt.abandon()
        if head is not None:
            self._workspaces.look(workspace.id, head, attempt.began)
            self._committed(workspace, tx, head, perf_counter() - began)
