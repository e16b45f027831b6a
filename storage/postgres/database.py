"""The connections to PostgreSQL, and what becomes of their errors.

    await database.fetch("SELECT … WHERE workspace = $1", "T1")       # one statement, by itself
    async with database.session() as connection: …                  # BEGIN … COMMIT

Nothing is connected before the first use, and what breaks is connected again by the next.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import asyncpg
import structlog

from bot.domain.errors import StoreUnavailable
from storage.postgres.address import Address
from storage.postgres.driver import Connection, Pool, Rows
from storage.postgres.errors import is_of_connection, is_read_only, unavailable
from storage.postgres.migrations import migrate

T = TypeVar("T")

POOL = 10
"""Connections of a process, if nobody says otherwise."""

CONNECT = 2.0
"""Seconds for a new connection, or until one is free: Slack waits three for an answer."""

COMMAND = 10.0
"""Seconds that a statement may take."""

_BEGIN = (
    "BEGIN ISOLATION LEVEL READ COMMITTED;"
    " SET LOCAL statement_timeout = '10s'; SET LOCAL idle_in_transaction_session_timeout = '10s'"
)
_log = structlog.get_logger()


class Database:
    """Of one process, and of one event loop. Raises StoreUnavailable wherever PostgreSQL is not to be had; anything else that it
    says is raised as asyncpg has it.

    `direct`: where listening and migrations connect to, past a pooler.
    """

    def __init__(self, address: Address, *, size: int = POOL, direct: Address | None = None) -> None:
        self.address = address
        self.direct = direct or address
        self.trips = 0
        self._size = size
        self._pool: Pool | None = None
        self._is_migrated = False
        self._starting = asyncio.Lock()
        self._is_closed = False

    async def fetch(self, sql: str, *args: object) -> Rows:
        """Runs one statement that may run twice: again where its connection was dead."""
        try:
            return await self.fetch_once(sql, *args)
        except Exception as error:
            if not is_of_connection(error):
                raise unavailable(error) from error
        try:
            return await self.fetch_once(sql, *args)
        except Exception as error:
            raise unavailable(error) from error

    async def execute(self, sql: str, *args: object) -> str:
        """As `fetch`. Gives the command's tag, such as `DELETE 1`."""

        async def run(connection: Connection) -> str:
            return await connection.execute(sql, *args)

        try:
            return await self._with(run)
        except Exception as error:
            if not is_of_connection(error):
                raise unavailable(error) from error
        try:
            return await self._with(run)
        except Exception as error:
            raise unavailable(error) from error

    async def fetch_once(self, sql: str, *args: object) -> Rows:
        """Raises what asyncpg raises: for whoever has to know whether it can have happened. StoreUnavailable where it was not
        even begun."""

        async def run(connection: Connection) -> Rows:
            return await connection.fetch(sql, *args)

        return await self._with(run)

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Connection]:
        """One connection, in a transaction that is committed at the end, or rolled back by an exception. Where its end is lost
        that may have been either."""
        try:
            async with self.session_once() as connection:
                yield connection
        except Exception as error:
            raise unavailable(error) from error

    @asynccontextmanager
    async def session_once(self) -> AsyncIterator[Connection]:
        """As `session`, and raises what asyncpg raises."""
        async with self._acquired() as connection:
            await connection.execute(_BEGIN)
            try:
                yield connection
            except asyncio.CancelledError:
                connection.terminate()
                raise
            except BaseException:
                if not connection.is_closed():
                    await connection.execute("ROLLBACK")
                raise
            if (tag := await connection.execute("COMMIT")) != "COMMIT":
                message = f"a transaction ended with {tag}: a statement in it had failed"
                raise RuntimeError(message)

    async def connect_directly(self) -> Connection:
        """A connection that is nobody else's, past a pooler. Raises what asyncpg raises."""
        return await _connect(self.direct)

    async def close(self) -> None:
        """Waits for what is under way, a while."""
        self._is_closed = True
        if self._pool:
            try:
                await asyncio.wait_for(self._pool.close(), COMMAND)
            except Exception:  # noqa: BLE001  (they are dead or hang)
                self._pool.terminate()

    async def _with(self, run: Callable[[Connection], Awaitable[T]]) -> T:
        async with self._acquired() as connection:
            self.trips += 1
            if self.address.has_prepared_statements:
                return await run(connection)
            async with connection.transaction():  # so that a pooler keeps its parts together
                return await run(connection)

    @asynccontextmanager
    async def _acquired(self) -> AsyncIterator[Connection]:
        try:
            pool = self._pool if self._is_migrated and self._pool else await self._started()
            connection = await pool.acquire(timeout=CONNECT)
        except Exception as error:
            raise unavailable(error) from error
        try:
            yield connection
        except Exception as error:
            if is_read_only(error):  # it is no primary any more: the next ones look for one
                connection.terminate()
                await pool.expire_connections()
            raise
        finally:
            await pool.release(connection)

    async def _started(self) -> Pool:
        async with self._starting:
            if self._is_closed:
                raise StoreUnavailable("Deskhand is starting over. Please try again in a moment.")
            if self._pool is None:
                self._pool = await asyncpg.create_pool(
                    min_size=0, max_size=self._size, reset=_nothing_is_left, **_options(self.address)
                )
            if not self._is_migrated:
                connection = await self.connect_directly()
                try:
                    await migrate(connection)
                finally:
                    await connection.close(timeout=CONNECT)
                self._is_migrated = True
            return self._pool


async def _nothing_is_left(_: object) -> None:
    """On a connection that is given back. What the driver would reset otherwise takes a trip for each statement."""


def _options(address: Address) -> dict[str, Any]:
    return {
        "dsn": address.dsn,
        "timeout": CONNECT,
        "command_timeout": COMMAND,
        "statement_cache_size": 200 if address.has_prepared_statements else 0,
        "max_cached_statement_lifetime": 0,
        "target_session_attrs": address.session_attrs,
        "server_settings": {"application_name": address.application_name},
    }


async def _connect(address: Address) -> Connection:
    connection: Connection = await asyncpg.connect(**_options(address))
    return connection
