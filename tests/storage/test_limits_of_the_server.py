"""A server may break off what takes long, or a role may: not migrations and copies, which would never come to their end."""

from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest

from storage.copying.postgres_side import PostgresSide
from storage.postgres.address import Address
from storage.postgres.database import Database
from storage.postgres.migrations import Migration, migrate
from tests import postgres

LIMITS = ("statement_timeout", "lock_timeout", "transaction_timeout", "idle_in_transaction_session_timeout")
LONG = Migration(9998, 1, "SELECT pg_sleep(0.5); CREATE TABLE deskhand.of_a_test (x int)")


@pytest.fixture
async def database(postgresql_url: str) -> AsyncIterator[Database]:
    """Nothing may take longer than 0.2 seconds there."""
    async with postgres.database(postgresql_url) as url:
        async with postgres.connected(postgresql_url) as connection:
            for limit in LIMITS:
                await connection.execute(f"ALTER DATABASE {urlsplit(url).path[1:]} SET {limit} = '200ms'")
        database = Database(Address(url))
        yield database
        await database.close()


async def test_a_migration_takes_its_time(database: Database) -> None:
    connection = await database.connect_directly()
    assert await migrate(connection, [LONG]) == [9998]
    await connection.close()


async def test_a_copy_takes_its_time(database: Database) -> None:
    async with PostgresSide(database) as side:
        for connection in (side._reading, side._writing):
            assert [await connection.fetchval(f"SHOW {limit}") for limit in LIMITS] == ["0"] * len(LIMITS)
