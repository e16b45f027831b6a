"""The connections to PostgreSQL, and what becomes of their errors.

    await database.fetch("SELECT … WHERE workspace = $1", "T1")       # one statement, by itself
    async with database.session_once() as connection: …             # BEGIN … COMMIT

Nothing is connected before the first use, and what breaks is connected again by the next.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any, TypeVar

import asyncpg
import structlog

from bot.domain.errors import DeskError, StoreUnavailable
from storage.postgres.address import Address
from storage.postgres.driver import Connection, Rows
from storage.postgres.errors import is_of_connection, is_read_only, is_refused, unavailable
from storage.postgres.incomplete import require_no_copy
from storage.postgres.known import DeploymentVersions
from storage.postgres.migrations import migrate
from storage.postgres.pool import Pool
from storage.postgres.pooler import between
from storage.postgres.turns import Turns

T = TypeVar("T")

POOL = 10
"""Connections of a process, if nobody says otherwise."""

CONNECT = 2.0
"""Seconds for a new connection, or until one is free: Slack waits three for an answer."""

_SILENT = 1.0  # seconds in which who did not answer is not asked again
COMMAND = 10.0
"""Seconds that a statement may take."""

_BEGIN = (
    "BEGIN ISOLATION LEVEL READ COMMITTED;"
    " SET LOCAL statement_timeout = '10s'; SET LOCAL idle_in_transaction_session_timeout = '10s'"
)
_BEGIN_LIST = "BEGIN READ ONLY; SET LOCAL jit = off"  # a pooler takes these, too
_SETTINGS = {"jit": "off"}  # to compile a list takes ten times as long as to read it
_log = structlog.get_logger()
_STARTING_OVER = "Deskhand is stopping or starting over. Please try again in a minute."


class Database:
    """Of one process, and of one event loop. Raises StoreUnavailable wherever PostgreSQL is not to be had; anything else that it
    says is raised as asyncpg has it.

    `direct`: where listening and migrations connect to, past a pooler.
    """

    def __init__(self, address: Address, *, size: int = POOL, direct: Address | None = None) -> None:
        self.address = address
        self.direct = direct or address
        self.versions = DeploymentVersions()
        self.trips = 0
        self._pool = Pool(self.connect, size, CONNECT)
        self._has_settings = True  # until somebody between refuses them
        self._turns = Turns()
        self._silent_at: dict[Address, float] = {}  # by `monotonic`
        self._is_migrated = self._has_looked = False
        self._starting = asyncio.Lock()
        self._is_closed = False

    async def fetch(self, sql: str, *args: object) -> Rows:
        """Runs one statement that may run twice: again where its connection was dead."""
        return await self._twice(lambda: self._with(lambda connection: connection.fetch(sql, *args)))

    async def fetch_list(self, sql: str, *args: object) -> Rows:
        """As `fetch`, planned for just these arguments: after five times PostgreSQL would take one plan for all, and what is right
        for a rare value reads the whole table for a common one. So it is another statement by then."""
        if not self.address.has_prepared_statements:
            return await self.fetch(sql, *args)
        text = f"{sql} -- {self._turns.of(sql)}"
        if self._has_settings:
            return await self.fetch(text, *args)
        return await self._twice(lambda: self._with(lambda connection: _listed(connection, text, args)))

    async def execute(self, sql: str, *args: object) -> str:
        """As `fetch`. Gives the command's tag, such as `DELETE 1`."""
        return await self._twice(lambda: self._with(lambda connection: connection.execute(sql, *args)))

    async def fetch_once(self, sql: str, *args: object, timeout: float = COMMAND) -> Rows:  # noqa: ASYNC109  (asyncpg's)
        """Raises what asyncpg raises: for whoever has to know whether it can have happened. StoreUnavailable where it was not
        even begun."""
        return await self._with(lambda connection: connection.fetch(sql, *args, timeout=timeout))

    async def begin(self) -> "Session":
        """A transaction of several statements. Raises StoreUnavailable."""
        return await self._twice(self._begun)

    @asynccontextmanager
    async def session_once(self) -> AsyncIterator[Connection]:
        """One connection, in a transaction that is committed at the end, or rolled back by an exception. Where its end is lost
        that may have been either. Raises what asyncpg raises."""
        session = await self.begin()
        try:
            yield session.connection
        except BaseException as error:
            self.note(error)
            await session.roll_back()
            raise
        await session.commit()

    def note(self, error: BaseException) -> None:
        """Where it is no primary any more, the next statements look for one."""
        if is_read_only(error):
            self._pool.expire()

    async def connect(self) -> Connection:
        """A connection that is nobody else's, as the pool's are. Raises what asyncpg raises."""
        return await self._connected(self.address)

    async def connect_directly(self) -> Connection:
        """A connection that is nobody else's, past a pooler where we know how. Raises what asyncpg raises."""
        if self.direct is self.address:
            await self._look_for_pooler()
        return await self._connected(self.direct)

    async def _connected(self, address: Address) -> Connection:
        """Where nobody has answered a moment ago it is not waited again: those who queue would wait one after the other."""
        if monotonic() - self._silent_at.get(address, float("-inf")) < _SILENT:
            raise TimeoutError
        try:
            if self._has_settings:
                try:
                    return await _connect(address, _SETTINGS)
                except asyncpg.ProtocolViolationError:  # a pooler, which is made for those that it knows
                    self._has_settings = False
            return await _connect(address)
        except TimeoutError:
            self._silent_at[address] = monotonic()
            raise

    async def close(self) -> None:
        """What is under way ends first, or else in its own time."""
        self._is_closed = True
        await self._pool.close()

    async def _twice(self, run: Callable[[], Awaitable[T]]) -> T:
        try:
            return await run()
        except DeskError:
            raise
        except Exception as error:
            if not is_of_connection(error):
                raise self._told(error) from error
        self._pool.drop_idle()  # what has cut one of them has cut the others
        try:
            return await run()
        except DeskError:
            raise
        except Exception as error:
            raise self._told(error) from error

    async def _begun(self) -> "Session":
        pool, connection = await self._acquired()
        try:
            await connection.execute(_BEGIN)
        except BaseException:
            pool.release(connection, is_sound=False)
            raise
        return Session(pool, connection)

    async def _with(self, run: Callable[[Connection], Awaitable[T]]) -> T:
        pool, connection = await self._acquired()
        self.trips += 1
        is_sound = False
        try:
            if self.address.has_prepared_statements:
                done = await run(connection)
            else:
                async with connection.transaction():  # so that a pooler keeps its parts together
                    done = await run(connection)
            is_sound = True
        except Exception as error:
            is_sound = is_refused(error)
            self.note(error)
            raise
        finally:
            pool.release(connection, is_sound=is_sound)
        return done

    async def _acquired(self) -> tuple[Pool, Connection]:
        if self._is_migrated and (connection := self._pool.take()):
            return self._pool, connection
        try:
            await self._start()
            return self._pool, await self._pool.acquire()
        except DeskError:
            raise
        except Exception as error:
            raise self._told(error) from error

    def _told(self, error: Exception) -> Exception:
        return unavailable(error, self.address.describe())

    async def _start(self) -> None:
        if self._is_closed:
            raise StoreUnavailable(_STARTING_OVER)
        if self._is_migrated:
            return
        async with asyncio.timeout(CONNECT):  # for one of them: they would wait for each other's
            await self._starting.acquire()
        try:
            await self._migrate()
        finally:
            self._starting.release()

    async def _migrate(self) -> None:
        if self._is_migrated:
            return
        await self._look_for_pooler()
        try:
            connection = await self.connect_directly()
        except Exception as error:
            raise unavailable(error, self.direct.describe()) from error
        try:
            await migrate(connection, name=self.direct.describe())
            await require_no_copy(connection, self.address.describe())
        finally:
            await connection.close(timeout=CONNECT)
        self._is_migrated = True

    async def _look_for_pooler(self) -> None:
        """Prepared statements are off from then on where one stands between that does not know them."""
        if self._has_looked or not self.address.may_be_pooled:
            return
        if await between(self.connect) == "does not know them":
            self.address.has_prepared_statements = False
            _log.warning(
                "prepared_statements_off", why="a pooler does not know them: docs/deploy.md, PgBouncer"
            )


class Session:
    """A transaction of several statements, in a connection of its own. One of `commit` and `roll_back` ends it."""

    def __init__(self, pool: Pool, connection: Connection) -> None:
        self.connection = connection
        self._pool = pool

    async def commit(self) -> None:
        """Raises what asyncpg raises."""
        is_sound = False
        try:
            tag = await self.connection.execute("COMMIT")
            is_sound = True
        except Exception as error:
            is_sound = is_refused(error)
            raise
        finally:
            self._pool.release(self.connection, is_sound=is_sound)
        if tag != "COMMIT":
            message = f"a transaction ended with {tag}: a statement in it had failed"
            raise RuntimeError(message)

    async def roll_back(self) -> None:
        is_sound = False
        try:
            await self.connection.execute("ROLLBACK")
            is_sound = True
        except Exception:  # noqa: BLE001, S110  (it is cut, or a statement that was broken off is still under way)
            pass
        finally:
            self._pool.release(self.connection, is_sound=is_sound)


async def _listed(connection: Connection, sql: str, args: Sequence[object]) -> Rows:
    await connection.execute(_BEGIN_LIST)
    try:
        rows = await connection.fetch(sql, *args)
    except asyncpg.PostgresError:
        await connection.execute("ROLLBACK")
        raise
    await connection.execute("COMMIT")
    return rows


def _options(address: Address, settings: Mapping[str, str]) -> dict[str, Any]:
    return {
        "dsn": address.dsn,
        "timeout": CONNECT,
        "command_timeout": COMMAND,
        "statement_cache_size": 200 if address.has_prepared_statements else 0,
        "max_cached_statement_lifetime": 0,
        "target_session_attrs": address.session_attrs,
        "server_settings": {"application_name": address.application_name, **settings},
    }


async def _connect(address: Address, settings: Mapping[str, str] | None = None) -> Connection:
    connection: Connection = await asyncpg.connect(**_options(address, settings or {}))
    return connection
