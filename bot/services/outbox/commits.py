"""What deliveries write at about the same time, as one transaction: one line in the journal, and one sync."""

import asyncio
from collections.abc import Awaitable, Callable
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
        """As the store's, in one transaction with what others ask for until it begins. None fails because of another."""
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        if workspace not in self._asked:
            self._asked[workspace] = []
            self._tasks.spawn(DELIVERIES, self._write(workspace, self._asked[workspace]))
        self._asked[workspace].append(_Asked(work, done))
        return await done

    async def _write(self, workspace: Workspace, asked: list[_Asked]) -> None:
        async def work(tx: Transaction) -> list[object]:
            self._end(workspace, asked)
            return [await each.work(tx) for each in asked]

        try:
            made = await self._store.change(workspace, work)
        except Exception as error:  # noqa: BLE001  (it is handed on)
            self._end(workspace, asked)
            if len(asked) == 1:
                _fail(asked[0], error)
            else:
                for each in asked:
                    await self._write_alone(workspace, each)
        else:
            for each, result in zip(asked, made, strict=True):
                _finish(each, result)
                await asyncio.sleep(0)  # an answer waits for one of them to go on, and not for all
        finally:
            self._end(workspace, asked)
            for each in asked:
                each.done.cancel()  # where this was cut off

    def _end(self, workspace: Workspace, asked: list[_Asked]) -> None:
        """What is asked for from now on is written by the next transaction."""
        if self._asked.get(workspace) is asked:
            del self._asked[workspace]

    async def _write_alone(self, workspace: Workspace, asked: _Asked) -> None:
        try:
            _finish(asked, await self._store.change(workspace, asked.work))
        except Exception as error:  # noqa: BLE001  (as above)
            _fail(asked, error)


def _finish(asked: _Asked, result: object) -> None:
    if not asked.done.done():
        asked.done.set_result(result)


def _fail(asked: _Asked, error: Exception) -> None:
    if not asked.done.done():
        asked.done.set_exception(error)
