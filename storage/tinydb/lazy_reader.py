"""A Reader that asks for the open database of its workspace at each call, and has it opened where it is closed."""

from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from inspect import iscoroutinefunction
from time import monotonic
from typing import Any
from uuid import UUID

from bot.domain.directory import Item
from bot.domain.fields import ItemKind
from bot.domain.workspace import Workspace
from storage.tinydb.open_databases import OpenDatabases
from storage.tinydb.transaction import TinyDBReader


class LazyReader(TinyDBReader):
    """It holds no database: what it gives is never older than the last commit, and a closed one leaves memory.

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
        opened = await self._databases.opened(self._workspace)
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


for _name, _method in vars(TinyDBReader).items():
    if iscoroutinefunction(_method):
        setattr(LazyReader, _name, _opening(_method))
