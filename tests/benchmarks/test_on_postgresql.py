"""The benchmarks on PostgreSQL do the work that they measure. They need what only the extra `bench` brings."""

from pathlib import Path

import pytest

pytest.importorskip("matplotlib", reason="needs pip install '.[bench]'")
pytest.importorskip("psycopg", reason="needs pip install '.[bench]'")

from tests.benchmarks import workspaces
from tests.benchmarks.drivers import CONTESTANTS
from tests.benchmarks.drivers import turn as driven
from tests.benchmarks.listing import HERE, STORES, filled, questions
from tests.benchmarks.recorded import recorded
from tests.benchmarks.replicas import served, sink, turn
from tests.benchmarks.trips import counted
from tests.postgres import connected


async def test_every_driver_makes_the_same_tickets(postgresql_url: str) -> None:
    transactions = await recorded(postgresql_url, 12)
    for number, name in enumerate(CONTESTANTS):
        await driven(postgresql_url, name, [f"T{number}"], transactions)
    async with connected(postgresql_url) as connection:
        for table_name in ("workspaces", "tickets", "history", "keys", "jobs", "commits"):
            kept = f"SELECT count(*) AS rows FROM deskhand.{table_name} GROUP BY workspace"  # noqa: S608  (our own words)
            rows = [row["rows"] for row in await connection.fetch(kept)]
            assert rows == [1 if table_name in {"workspaces", "commits"} else 12] * (1 + len(CONTESTANTS)), (
                table_name
            )
        numbers = await connection.fetch(
            "SELECT DISTINCT last_number, version - born AS commits FROM deskhand.workspaces"
        )
    assert [tuple(row) for row in numbers] == [(12, 12)]


@pytest.mark.slow
async def test_both_stores_give_the_same_lists(postgresql_url: str, tmp_path: Path) -> None:
    stores = await filled(postgresql_url, tmp_path, 300)
    try:
        for question in questions(300):
            found = [await question.ask(stores[name].read(HERE)) for name in STORES]
            assert found[0] == found[1], question.name
    finally:
        for store in stores.values():
            await store.close()


@pytest.mark.slow
async def test_two_replicas_are_measured_by_the_tickets_that_they_made(
    postgresql_url: str,
) -> None:
    await workspaces.prepare(postgresql_url, workspaces.teams(2))
    with sink() as port, served(postgresql_url, 2, port, on_postgresql=True) as desk:
        costs = await turn(desk, 2, 4, 12)
    async with connected(postgresql_url) as connection:
        kept = await connection.fetch("SELECT count(*) AS rows FROM deskhand.tickets GROUP BY workspace")
        assert [row["rows"] for row in kept] == [10 + 6, 10 + 6]  # those that were there before among them
    assert min(costs) > 0


def test_statements_are_counted_by_what_they_are_for() -> None:
    look = "LOG:  duration: 0.030 ms  execute __asyncpg_stmt_5__: SELECT w.* FROM (SELECT max(v) FROM deskhand.versions) w"
    other = "LOG:  duration: 2.000 ms  execute <unnamed>: SELECT 1"
    found = counted([look, "DETAIL:  parameters", other, look], 2)
    assert {name: tuple(each) for name, each in found.items()} == {
        "the look that a request begins with": (1.0, pytest.approx(3e-05)),
        "everything else": (0.5, 0.002),
    }
