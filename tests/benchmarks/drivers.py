"""asyncpg against psycopg, on the statements that the desk itself makes for a new ticket.

    python -m tests.benchmarks.drivers [--quick] [--write docs/performance.md]

The desk makes some hundred tickets on PostgreSQL, and every statement of theirs is taken down. Then each driver makes the same
ones, in a workspace of its own for each connection: as the desk does, in one statement that reads and one that writes, each of
which commits by itself; and as one would otherwise, in a transaction with a statement for each table, which psycopg sends as two
pipelines. In an interleaved run each of them has its turn in each round. Needs `pip install -e '.[dev,bench]'`.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import asyncpg
import psycopg
import uvloop

from storage.postgres.attempt import HEAD
from storage.postgres.statement import Statement
from tests.benchmarks.figures import Spread, command, goals, shown_ratio, shown_spread, shown_time, table
from tests.benchmarks.postgresql import durable
from tests.benchmarks.recorded import Transaction, recorded

CONNECTIONS = (1, 16)
OURS = "asyncpg, one statement"
_WARM = 10  # tickets of each connection before it is measured: the first ones prepare their statements


class Turn(NamedTuple):
    """Tickets per second, seconds to half of them, and seconds of this process's CPU for each."""

    per_second: float
    p50: float
    cpu: float


Results = dict[tuple[str, int], list[Turn]]
"""By contestant and number of connections, one for each round."""


def _of(workspace: str, statement: Statement) -> Sequence[object]:
    """The arguments, for another workspace than the one that was recorded."""
    return (workspace, *statement.args[1:])


class Asyncpg:
    """As the desk does it."""

    connection: Any

    async def connect(self, url: str) -> None:
        self.connection = await asyncpg.connect(url)

    async def begin(self, workspace: str, transaction: Transaction) -> None:
        for each in transaction.begin:
            await self.connection.fetch(each.sql, *_of(workspace, each))

    async def make(self, workspace: str, transaction: Transaction) -> None:
        for each in (*transaction.reads, transaction.commit):
            await self.connection.fetch(each.sql, *_of(workspace, each))

    async def close(self) -> None:
        await self.connection.close()


class AsyncpgByTable(Asyncpg):
    async def make(self, workspace: str, transaction: Transaction) -> None:
        async with self.connection.transaction():
            await self.connection.fetch(f"{HEAD} FOR UPDATE", workspace)
            for each in (*transaction.reads, *transaction.by_table):
                await self.connection.fetch(each.sql, *_of(workspace, each))


class Psycopg:
    connection: psycopg.AsyncConnection[Any]

    async def connect(self, url: str) -> None:
        self.connection = await psycopg.AsyncConnection.connect(
            url, autocommit=True, prepare_threshold=0, cursor_factory=psycopg.AsyncRawCursor
        )

    async def begin(self, workspace: str, transaction: Transaction) -> None:
        for each in transaction.begin:
            await self.connection.execute(each.sql.encode(), _of(workspace, each))

    async def make(self, workspace: str, transaction: Transaction) -> None:
        for each in (*transaction.reads, transaction.commit):
            done = await self.connection.execute(each.sql.encode(), _of(workspace, each))
            await done.fetchall()

    async def close(self) -> None:
        await self.connection.close()


class PsycopgByTable(Psycopg):
    async def make(self, workspace: str, transaction: Transaction) -> None:
        async with self.connection.pipeline():
            await self.connection.execute(b"BEGIN")
            locked = await self.connection.execute(f"{HEAD} FOR UPDATE".encode(), (workspace,))
            found = [
                await self.connection.execute(each.sql.encode(), _of(workspace, each))
                for each in transaction.reads
            ]
            for done in (locked, *found):
                await done.fetchall()
        async with self.connection.pipeline():
            for each in transaction.by_table:
                await self.connection.execute(each.sql.encode(), _of(workspace, each))
            await self.connection.execute(b"COMMIT")


CONTESTANTS: Mapping[str, Callable[[], Asyncpg | Psycopg]] = {
    OURS: Asyncpg,
    "asyncpg, one for each table": AsyncpgByTable,
    "psycopg, one statement": Psycopg,
    "psycopg, one for each table, in pipelines": PsycopgByTable,
}


async def turn(url: str, name: str, workspaces: Sequence[str], transactions: Sequence[Transaction]) -> Turn:
    """Makes as many tickets as there are transactions, in as many workspaces as there are connections."""
    share = transactions[_WARM : _WARM + (len(transactions) - _WARM) // len(workspaces)]
    took: list[float] = []
    async with AsyncExitStack() as stack:
        players = []
        for workspace in workspaces:
            player = CONTESTANTS[name]()
            await player.connect(url)
            stack.push_async_callback(player.close)
            for each in transactions[:_WARM]:
                await player.begin(workspace, each)
                await player.make(workspace, each)
            players.append(_play(player.make, workspace, share, took))
        cpu, began = time.process_time(), time.perf_counter()
        await asyncio.gather(*players)
        seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    return Turn(len(took) / seconds, median(took), cpu / len(took))


async def _play(
    make: Callable[[str, Transaction], Awaitable[None]],
    workspace: str,
    transactions: Sequence[Transaction],
    took: list[float],
) -> None:
    for each in transactions:
        began = time.perf_counter()
        await make(workspace, each)
        took.append(time.perf_counter() - began)


async def run(url: str, tickets: int, rounds: int) -> Results:
    results: Results = defaultdict(list)
    transactions = await recorded(url, _WARM + tickets)
    for number in range(rounds):
        for connections in CONNECTIONS:
            for place, name in enumerate(CONTESTANTS):
                workspaces = [f"T{number}C{connections}P{place}N{each}" for each in range(connections)]
                results[name, connections].append(await turn(url, name, workspaces, transactions))
    return results


def ratio(results: Results, name: str, connections: int, of: Callable[[Turn], float]) -> float:
    """For each of ours: of each round, and of all rounds the median."""
    pairs = zip(results[name, connections], results[OURS, connections], strict=True)
    return median(of(each) / of(ours) for each, ours in pairs)


def costs(results: Results) -> str:
    rows = []
    for connections in CONNECTIONS:
        for name in CONTESTANTS:
            known = results[name, connections]
            cpu = shown_spread(Spread.of(each.cpu for each in known))
            times = "" if name == OURS else f" · {shown_ratio(ratio(results, name, connections, _cpu))}"
            rows.append(
                [
                    str(connections),
                    name,
                    f"{median(each.per_second for each in known):,.0f}",
                    shown_time(median(each.p50 for each in known)),
                    f"{cpu}{times}",
                ]
            )
    return table(["connections", "", "tickets/s", "to half of them", "its own CPU for a ticket"], rows)


def _cpu(each: Turn) -> float:
    return each.cpu


def report(pictures: Path | None, *, quick: bool) -> str:  # noqa: ARG001  (it has no picture)
    tickets, rounds = (320, 2) if quick else (1_600, 5)
    with durable() as server:
        results = uvloop.run(run(server.url, tickets, rounds))
    reached = [
        (
            f"CPU of {name}, for each of {OURS}, {connections} connections",
            ratio(results, name, connections, _cpu),
            "at least",
            1.0,
        )
        for name in CONTESTANTS
        for connections in CONNECTIONS
        if name.startswith("psycopg")
    ]
    return f"{goals(reached)}\n\n{costs(results)}"


if __name__ == "__main__":
    command({"drivers": report}, __doc__)
