"""A PostgreSQL to measure, as durable as in production, and workspaces in it with as many tickets as wanted."""

import asyncio
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import asyncpg
import orjson

from storage.postgres.tables import TABLES
from storage.postgres.ticket_columns import BLOCK, origin
from tests.benchmarks.samples import DISTINCT, LATER, MOMENTS, Sample, samples
from tests.postgres import NAMED, Cluster, connected

_LARGE = 50_000  # tickets, from which on it is quicker to make the indexes behind them
_INDEXES = """
SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS made
FROM pg_index i LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid
WHERE i.indrelid = $1::text::regclass AND c.oid IS NULL
"""
_PATIENCE = 600  # seconds for one step
_TIMES = {"due": "t.due + later", "created": "t.created + later"}
_REPEAT: Mapping[str, Mapping[str, str]] = {
    "tickets": {
        **_TIMES,
        "id": "i.id",
        "document": "t.document || jsonb_strip_nulls(jsonb_build_object('id', i.id, 'number', n.number, "
        + ", ".join(
            f"'{name}', to_char((t.document->>'{name}')::timestamptz AT TIME ZONE 'UTC' + later, 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"
            for name in MOMENTS
        )
        + "))",
    },
    "words": {
        **_TIMES,
        "parts": f"ARRAY(SELECT (((($3 + (n.number >> {BLOCK})) & 4294967295) - 2147483648) << 32) | (part & 4294967295)"  # noqa: S608
        " FROM unnest(t.parts) AS part)",
    },
}
"""What is another's than that of the ticket with the same words."""


class Server(NamedTuple):
    """`log`: what it says, where that can be read."""

    url: str
    log: Path | None = None


@contextmanager
def durable() -> Iterator[Server]:
    """One that keeps what it has acknowledged, whatever happens to the machine: a new one, or the one that is named for tests."""
    if named := os.environ.get(NAMED):
        yield Server(named)
        return
    with Cluster(durable=True) as cluster:
        yield Server(cluster.url, cluster._log())  # a test has no use for it


class Processor:
    """The seconds of CPU of all of a server's processes: of those on this machine, and as long as they live."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._before: dict[int, float] = {}

    async def begin(self) -> None:
        self._before = {pid: cpu(pid) for pid in await self._processes()}

    async def used(self) -> float:
        """Since `begin`."""
        return sum(cpu(pid) - self._before.get(pid, 0.0) for pid in await self._processes())

    async def _processes(self) -> Sequence[int]:
        async with connected(self._url) as connection:
            return [row["pid"] for row in await connection.fetch("SELECT pid FROM pg_stat_activity")]


def cpu(process: int) -> float:
    """The seconds of CPU that the threads of a process have had so far, to the nanosecond; 0 where it is gone."""
    seconds = 0.0
    for file in Path(f"/proc/{process}/task").glob("*/schedstat"):
        with suppress(OSError):
            seconds += int(file.read_text().split()[0]) / 1e9
    return seconds


async def written(url: str) -> int:
    """The bytes that its write-ahead log has had so far."""
    async with connected(url) as connection:
        found: int = await connection.fetchval("SELECT (pg_current_wal_lsn() - '0/0')::bigint")
        return found


async def fill(url: str, workspace: str, count: int) -> None:
    """Puts so many tickets into a workspace that is there and has none, while nobody else uses it."""
    async with asyncio.TaskGroup() as group:
        for name in _REPEAT:
            group.create_task(_fill_table(url, workspace, name, count))
    connection = await asyncpg.connect(url, command_timeout=_PATIENCE)
    try:
        for name in _REPEAT:  # once nobody is at work who may yet see it without its rows
            await connection.execute(f"VACUUM ANALYZE deskhand.{name}")
        await connection.execute(
            "UPDATE deskhand.workspaces SET version = version + 1, last_number = $2 WHERE workspace = $1",
            workspace,
            count,
        )
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()


async def _fill_table(url: str, workspace: str, name: str, count: int) -> None:
    connection = await asyncpg.connect(url, command_timeout=_PATIENCE)
    try:
        await connection.execute("SET maintenance_work_mem = '1GB'")
        indexes = await connection.fetch(_INDEXES, f"deskhand.{name}") if count >= _LARGE else []
        for index in indexes:
            await connection.execute(f"DROP INDEX {index['name']}")
        types = {"number": "integer", **TABLES[name].columns}
        await connection.copy_records_to_table(
            name,
            schema_name="deskhand",
            columns=("workspace", *types),
            records=(
                (workspace, number, *_values(name, each, types))
                for number, each in enumerate(samples(min(count, DISTINCT), workspace), 1)
            ),
        )
        if count > DISTINCT:
            args = [workspace, count, *([origin(workspace)] if name == "words" else [])]
            await connection.execute(_repeated(name), *args)
        for index in indexes:
            await connection.execute(index["made"])
    finally:
        await connection.close()


def _repeated(name: str) -> str:
    """As `samples` does it."""
    values = {**{column: f"t.{column}" for column in TABLES[name].columns}, **_REPEAT[name]}
    return (
        f"INSERT INTO deskhand.{name} (workspace, number, {', '.join(values)})"  # noqa: S608  (our own words)
        f" SELECT t.workspace, n.number, {', '.join(values.values())}"
        f" FROM generate_series(1, $2 / {DISTINCT}) AS again"
        f" CROSS JOIN LATERAL (SELECT again * interval '{LATER.total_seconds():.0f} s' AS later) l"
        f" JOIN deskhand.{name} t ON t.workspace = $1 AND t.number <= {DISTINCT}"
        f" CROSS JOIN LATERAL (SELECT t.number + again * {DISTINCT} AS number) n"
        " CROSS JOIN LATERAL ("
        " SELECT ('00000000-0000-4000-8000-' || lpad(to_hex(n.number), 12, '0'))::uuid AS id"
        " ) i WHERE n.number <= $2 ORDER BY n.number"
    )


def _values(table: str, sample: Sample, types: Mapping[str, str]) -> Iterator[object]:
    """What stands behind the number, as the driver takes it."""
    document = {name: value for name, value in sample.document.items() if name != "schema"}
    columns = {**sample.columns, "document": document} if table == "tickets" else sample.words
    for name, kind in types.items():
        if name != "number":
            yield _value(columns[name], kind)


def _value(value: object, kind: str) -> object:
    if value is None:
        return None
    match kind:
        case "timestamptz":
            return datetime.fromisoformat(str(value))
        case "uuid":
            return UUID(str(value))
        case "jsonb":
            return orjson.dumps(value).decode()
        case _:
            return value
