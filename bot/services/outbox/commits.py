"""What deliveries write in one turn of the event loop, as one transaction: one line in the journal, and one sync."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple, TypeVar

from bot.domain.workspace import Workspace
from bot.services.ports.store import Reader, Store, Transaction
from bot.services.ports.tasks import Tasks

T = TypeVar("T")

DELIVERIES = "deliveries"
"""The group of the tasks that deliver a job, or write what became of some."""


class _Asked(NamedTuple):
    work: Callable[[Transaction], Awaitable[Any]]
    done: asyncio.Future[Any]


class Commits:
    """The changes of several deliveries to one store."""

    def __init__(self, store: Store, tasks: Tasks) -> None:
        self._store = store
        self._tasks = tasks
        self._asked: dict[Workspace, list[_Asked]] = {}

    def read(self, workspace: Workspace) -> Reader:
        """As the store's."""
        return self._store.read(workspace)

    async def change(self, workspace: Workspace, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """As the store's, in one transaction with what others ask for in this turn. None fails because of another."""
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        if workspace not in self._asked:
            self._asked[workspace] = []
            self._tasks.spawn(DELIVERIES, self._write(workspace))
        self._asked[workspace].append(_Asked(work, done))
        return await done

    async def _write(self, workspace: Workspace) -> None:
        asked = self._asked.pop(workspace)
        try:
            if len(asked) == 1 or not await self._written(workspace, asked):
                for each in asked:
                    await self._written(workspace, [each])
        finally:
            for each in asked:
                each.done.cancel()  # where this was cut off

    async def _written(self, workspace: Workspace, asked: Sequence[_Asked]) -> bool:
        """Whether all of it is; the error of one alone is told to who asked for it."""

        async def work(tx: Transaction) -> list[object]:
            return [await each.work(tx) for each in asked]

        try:
            made = await self._store.change(workspace, work)
        except Exception as error:  # noqa: BLE001  (it is handed on)
            if len(asked) == 1 and not asked[0].done.done():
                asked[0].done.set_exception(error)
            return False
        for each, result in zip(asked, made, strict=True):
            if not each.done.done():
                each.done.set_result(result)
            await asyncio.sleep(0)  # an answer waits for one of them to go on, and not for all
        return True
