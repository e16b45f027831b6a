"""The server that tests are given."""

import asyncpg
import pytest

from tests.postgres import Cluster, Databases, connected


async def test_a_database_comes_back_empty_whoever_was_still_in_it(postgresql: Databases) -> None:
    first = postgresql.take()
    async with connected(first) as connection:
        await connection.execute("CREATE SCHEMA IF NOT EXISTS deskhand")
        await connection.execute("CREATE TABLE deskhand.of_a_test (number int)")
        await connection.execute("INSERT INTO deskhand.of_a_test VALUES (1)")
    late = await asyncpg.connect(first)
    postgresql.give_back(first)
    assert postgresql.take() == first
    async with connected(first) as connection:
        assert await connection.fetch("SELECT * FROM deskhand.of_a_test") == []
        await connection.execute("DROP TABLE deskhand.of_a_test")
    postgresql.give_back(first)
    assert late.is_closed()


@pytest.mark.slow
async def test_a_cluster_that_is_killed_or_stopped_has_what_was_committed() -> None:
    with Cluster(durable=True) as cluster:
        async with connected(cluster.url) as connection:
            await connection.execute("CREATE TABLE kept (number int)")
        for number, ends in enumerate((cluster.kill, cluster.stop, cluster.kill)):
            async with connected(cluster.url) as connection:
                await connection.execute("INSERT INTO kept VALUES ($1)", number)
            ends()
            cluster.start()
        async with connected(cluster.url) as connection:
            assert await connection.fetchval("SELECT count(*) FROM kept") == 3
