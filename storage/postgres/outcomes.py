"""What became of a commit whose answer was lost. It is looked up, never guessed."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from time import monotonic
from typing import Any, TypeVar

from bot.domain.errors import StoreUnavailable
from storage.postgres.database import Database
from storage.postgres.errors import OutcomeUnknown
from storage.postgres.statement import Base

T = TypeVar("T")

_PATIENCE = 5.0  # seconds for PostgreSQL to come back
_PAUSE = 0.1

_OURS = "SELECT 1 FROM deskhand.commits WHERE workspace = $1 AND replica = $2 AND version = $3"
_FENCE = "UPDATE deskhand.workspaces SET version = version + 1 WHERE workspace = $1 AND version = $2 RETURNING version"


async def is_committed(database: Database, base: Base) -> bool:
    """Where it was not, it never will be. Raises OutcomeUnknown."""
    end = monotonic() + _PATIENCE
    while True:
        try:
            return await _looked_up(database, base)
        except StoreUnavailable as error:
            if monotonic() > end:
                raise OutcomeUnknown from error
        await asyncio.sleep(_PAUSE)


async def _looked_up(database: Database, base: Base) -> bool:
    ours = base.workspace, base.replica, base.version + 1
    if await database.fetch(_OURS, *ours):
        return True
    if await database.fetch(_FENCE, base.workspace, base.version):  # it waits for a commit under way
        return False
    return bool(await database.fetch(_OURS, *ours))


async def finished(work: Coroutine[Any, Any, T]) -> T:
    """Gives what it gives. A cancellation waits until it has ended: whoever is told that it is over may read what was saved."""
    task = asyncio.get_running_loop().create_task(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        while not task.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait([task])
        if not task.cancelled():
            task.exception()  # nobody is left to be told
        raise
