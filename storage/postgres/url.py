"""`postgresql://…` as a DESKHAND_STORE: one database for all replicas."""

from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.domain.errors import DeskError
from bot.services.ports.store import Store
from bot.services.ports.store_url import MOST_OPEN, Finding, Holder, OnCommit
from storage.postgres.address import Address

if TYPE_CHECKING:
    from storage.postgres.database import Database

_DRIVER = "asyncpg"
_HOLDERS = "SELECT DISTINCT holder FROM deskhand.holds WHERE ends_at > now()"
_IS_THERE = "SELECT to_regclass('deskhand.migrations') IS NOT NULL"


class NoDriver(DeskError):
    """The extra that has it is not installed."""

    code = "store_not_opened"

    def __init__(self) -> None:
        super().__init__(
            "PostgreSQL needs its driver, which is not installed: pip install 'deskhand[postgresql]'."
        )


class WrongDirect(DeskError):
    """It shows nothing of the URL: there may be a secret in it."""

    code = "store_not_opened"

    def __init__(self, why: str) -> None:
        super().__init__(
            f"DESKHAND_STORE_DIRECT must be the address of DESKHAND_STORE's database past its pooler. {why}"
        )


class PostgresUrl:
    """What needs the driver is loaded when it is needed: it is an extra."""

    def __init__(self, url: str, direct: str | None, pool: int) -> None:
        """`direct`: the same database past its pooler. Raises ValueError, whose words show no secret, and WrongDirect."""
        self._address = Address(url)
        try:
            self._direct = Address(direct) if direct else None
        except ValueError as error:
            raise WrongDirect(str(error)) from None
        self._pool = pool

    @property
    def is_shared(self) -> bool:
        return True

    def open(self, *, on_commit: OnCommit | None = None, most_open: int = MOST_OPEN) -> Store:
        database = self.database()
        from storage.postgres.store import PostgresStore  # noqa: PLC0415  (needs the driver)

        return PostgresStore(database, on_commit, most_open)

    def database(self) -> "Database":
        """Its connections, of which none is made yet. Raises NoDriver."""
        if find_spec(_DRIVER) is None:
            raise NoDriver
        from storage.postgres.database import Database  # noqa: PLC0415  (needs the driver)

        return Database(self._address, size=self._pool, direct=self._direct)

    async def exists(self) -> bool:
        async with self._connected() as connection, connection.transaction():
            return bool(await connection.fetchval(_IS_THERE))

    def verify(self) -> Sequence[DeskError]:
        return []

    def repair(self) -> Iterator[str]:
        yield (
            "Nothing to repair: PostgreSQL looks after its files itself. Where it says that they are damaged, restore its"
            " backup: docs/deploy.md says how."
        )

    async def migrate(self) -> Sequence[str]:
        async with self._connected() as connection:
            from storage.postgres.migrations import at, migrate  # noqa: PLC0415  (needs the driver)

            applied = await migrate(connection, name=self.describe())
            number = await at(connection)
        if not applied:
            return [f"Nothing to do: {self.describe()} is at {number:04}, which this version can work with."]
        return [f"Applied {number:04} to {self.describe()}." for number in applied]

    def holder(self) -> Holder | None:
        return None

    async def replicas(self) -> Collection[str]:
        async with self._connected() as connection, connection.transaction():
            if not await connection.fetchval(_IS_THERE):
                return ()
            return [row["holder"] for row in await connection.fetch(_HOLDERS)]

    def delivering(self) -> AbstractContextManager[None]:
        return nullcontext()  # the rows of deskhand.holds say it

    async def examine(self) -> Sequence[Finding]:
        try:
            database = self.database()
        except DeskError as error:
            return [Finding("postgresql", "fail", error.message)]
        from storage.postgres.examination import examined  # noqa: PLC0415  (needs the driver)

        return await examined(database, self._pool)

    def beside(self, name: str) -> Path:
        folder = Path("data")
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder / name

    def describe(self) -> str:
        return self._address.describe()

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[Any]:
        """One connection, past a pooler. Raises DeskError."""
        database = self.database()
        from storage.postgres.errors import unavailable  # noqa: PLC0415  (needs the driver)

        try:
            connection = await database.connect_directly()
            try:
                yield connection
            finally:
                await connection.close(timeout=2)
        except Exception as error:
            raise unavailable(error, database.direct.describe()) from error
