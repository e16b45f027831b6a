"""A PostgreSQL database as one side of a copy: rows go in by COPY, with how far it is in the same transaction, and come out of
one snapshot of all tables. While a copy into the database is under way, `deskhand.copying` keeps every desk from using it.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from time import time
from typing import Any, Self

import orjson

from bot.domain.errors import DeskError
from bot.domain.workspace import Workspace
from storage.common.documents import dumped
from storage.copying.postgres_columns import WORDS, kept_of, key_of, types_of, values_of, words_of
from storage.copying.rows import OF_WORKSPACE, TABLES, Part, Row
from storage.postgres.database import Database
from storage.postgres.errors import unavailable
from storage.postgres.incomplete import require_no_copy
from storage.postgres.migrations import NO_LIMITS, migrate

BATCH = 2000  # rows
_LONG = 600.0  # seconds that one statement may take
_SNAPSHOT = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_HELD = "SELECT EXISTS (SELECT FROM deskhand.holds WHERE ends_at > now())"
_BEGUN = "begun"
"""The kind of the row that says which copy was begun."""


class PostgresSide:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._name = database.address.describe()
        self._is_target = False
        self._version = int(time() * 1_000_000)  # of the workspaces that are made: none before had it
        self._heads: Mapping[str, int] = {}

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as opened:
            self._writing = await self._connected(opened)
            self._reading = await self._connected(opened)
            async with _told():
                await migrate(self._writing, name=self._name)
                await self._require_alone()
                await self._reading.execute(_SNAPSHOT)
                self._heads = await self._versions(self._reading)
            self._opened = opened.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._opened.aclose()

    async def workspaces(self) -> Sequence[Workspace]:
        async with _told():
            found = await self._reading.fetch("SELECT document FROM deskhand.workspaces ORDER BY workspace")
        return [Workspace.model_validate_json(row["document"]) for row in found]

    async def require_whole(self) -> None:
        async with _told():
            await require_no_copy(self._reading, self._name)

    async def count(self, part: Part) -> int:
        where, args = _whose(part)
        async with _told():
            return int(
                await self._reading.fetchval(
                    f"SELECT count(*) FROM deskhand.{part.table}{where}", *args, timeout=_LONG
                )
            )

    async def rows(self, part: Part, skip: int = 0) -> AsyncIterator[Sequence[Row]]:
        table, (where, args) = TABLES[part.table], _whose(part)
        columns = ", ".join(f'"{column}"' for column in (*table.key, *table.kept))
        sql = (
            f"SELECT {columns}, {_place(part)} AS place FROM deskhand.{part.table}{where}"
            f" ORDER BY {_order(part)} OFFSET {skip}"
        )
        async with _told(), self._transaction():
            cursor = await self._reading.cursor(sql, *args, timeout=_LONG)
            while found := await cursor.fetch(BATCH, timeout=_LONG):
                yield [Row(key_of(part, row), kept_of(part, row), row["place"]) for row in found]

    async def begin(self, source: str) -> Mapping[Part, int]:
        async with _told():
            await self._reading.execute("ROLLBACK")  # a target is read as it becomes
            self._is_target = True
            begun = await self._writing.fetchval(
                "SELECT source FROM deskhand.copying WHERE kind = $1", _BEGUN
            )
            if begun is None:
                await self._require_empty()
                await self._writing.execute(
                    "INSERT INTO deskhand.copying (workspace, kind, rows, source) VALUES ('', $1, 0, $2)",
                    _BEGUN,
                    source,
                )
            elif begun != source:
                message = (
                    f"{self._name} holds a copy of {begun} that is not complete. Copy that again to its end, or name"
                    " an empty database."
                )
                raise DeskError(message)
            done = await self._writing.fetch("SELECT * FROM deskhand.copying WHERE kind <> $1", _BEGUN)
        return {_part(row["workspace"], row["kind"]): row["rows"] for row in done}

    async def put(self, part: Part, done: int, rows: Sequence[Row]) -> None:
        async with _told():
            try:
                async with self._writing.transaction():
                    await self._write(part, rows)
                    await self._writing.execute(_MARK, *_named(part), done + len(rows))
            except Exception as error:
                if isinstance(unavailable(error), DeskError):
                    raise
                raise await self._refused(part, rows, error) from error

    async def _write(self, part: Part, rows: Sequence[Row]) -> None:
        records = [[*values_of(part, row, self._version).values()] for row in rows]
        await self._writing.copy_records_to_table(
            part.table, schema_name="deskhand", columns=[*types_of(part)], records=records, timeout=_LONG
        )
        if part.table == "tickets":
            words = [words_of(part, row) for row in rows]
            await self._writing.copy_records_to_table(
                "words", schema_name="deskhand", columns=WORDS, records=words, timeout=_LONG
            )

    async def _refused(self, part: Part, rows: Sequence[Row], error: Exception) -> DeskError:
        """Which row it is that PostgreSQL does not take: each is tried by itself, and put nowhere."""
        row = None
        for row in rows:
            transaction = self._writing.transaction()
            await transaction.start()
            try:
                await self._write(part, [row])
            except Exception as refused:  # noqa: BLE001  (it is told, as what it says of the row)
                error = refused
                break
            finally:
                await transaction.rollback()
        key = " ".join(map(str, row.key)) if row else ""
        return DeskError(
            f"PostgreSQL does not take row {key} of {part.name} ({type(error).__name__}). The source is as it was: start"
            " Deskhand on it, change or delete what that row holds, and copy again."
        )

    async def clear(self, part: Part) -> None:
        where, args = _whose(part)
        async with _told(), self._writing.transaction():
            for table in ("tickets", "words") if part.table == "tickets" else (part.table,):
                await self._writing.execute(f"DELETE FROM deskhand.{table}{where}", *args, timeout=_LONG)
            await self._writing.execute(_MARK, *_named(part), 0)

    async def forget(self, workspace: Workspace) -> None:
        async with _told(), self._writing.transaction():
            for table in (*OF_WORKSPACE, "words", "workspaces", "commits", "copying"):
                await self._writing.execute(
                    f"DELETE FROM deskhand.{table} WHERE workspace = $1", workspace.id, timeout=_LONG
                )

    async def complete(self, workspace: Workspace) -> None:
        kept = orjson.dumps(dumped(workspace)).decode()
        async with _told():
            await self._writing.execute(_WORKSPACE, workspace.id, kept, self._version)

    async def finish(self) -> None:
        async with _told():
            if not self._is_target:
                await self._require_alone()
                if await self._versions(self._writing) != self._heads:
                    message = f"A Deskhand has worked with {self._name} meanwhile. Stop all of them, and copy again."
                    raise DeskError(message)
                return
            async with self._writing.transaction():
                for name in _COUNTED:
                    await self._writing.execute(_NEXT_POSITION.format(name=name))
                await self._writing.execute(_VERSIONS, [*_KEPT_IN_MEMORY], self._version)
                await self._writing.execute("DELETE FROM deskhand.copying")

    async def _connected(self, opened: AsyncExitStack) -> Any:  # noqa: ANN401  (asyncpg has no types)
        async with _told():
            try:
                connection = await self._database.connect_directly()
            except Exception as error:
                raise unavailable(error, self._database.direct.describe()) from error
            opened.push_async_callback(connection.close)
            await connection.execute(NO_LIMITS.format(local="false"))
        return connection

    async def _require_alone(self) -> None:
        if await self._writing.fetchval(_HELD):
            message = (
                f"Deskhand runs on {self._name}. Stop every replica; one that was killed counts as running until its leases"
                " end, some seconds later."
            )
            raise DeskError(message)

    async def _require_empty(self) -> None:
        for table in ("workspaces", *TABLES):
            if await self._writing.fetchval(f"SELECT EXISTS (SELECT FROM deskhand.{table})"):
                message = f"There is something in {self._name} already. Copy into an empty database."
                raise DeskError(message)

    async def _versions(self, connection: Any) -> Mapping[str, int]:  # noqa: ANN401
        found = await connection.fetch("SELECT workspace, version FROM deskhand.workspaces")
        return {row["workspace"]: row["version"] for row in found}

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[None]:
        """For a cursor. A source is in one already."""
        if not self._is_target:
            yield
            return
        async with self._reading.transaction():
            yield


_KEPT_IN_MEMORY = ("workspaces", "installations", "sharing")
_VERSIONS = (
    "INSERT INTO deskhand.versions (kind, version) SELECT kind, $2 FROM unnest($1::text[]) AS k(kind)"
    " ON CONFLICT (kind) DO UPDATE SET version = excluded.version"
)
_COUNTED = [
    *(f"deskhand.{name}" for name, table in TABLES.items() if table.is_ordered and name != "oauth_states")
]
_NEXT_POSITION = "SELECT setval(pg_get_serial_sequence('{name}', 'position'), (SELECT COALESCE(max(position), 1) FROM {name}))"
_MARK = (
    "INSERT INTO deskhand.copying AS c (workspace, kind, rows) VALUES ($1, $2, $3)"
    " ON CONFLICT (workspace, kind) DO UPDATE SET rows = excluded.rows"
)
_WORKSPACE = (
    "INSERT INTO deskhand.workspaces AS w"
    " (workspace, document, version, born, last_number, people_at, items_at, settings_at)"
    " SELECT $1, $2, $3::bigint, $3::bigint - 1, (SELECT COALESCE(max(number), 0) FROM deskhand.tickets WHERE workspace = $1), $3, $3, $3"
    " ON CONFLICT (workspace) DO UPDATE SET document = excluded.document, version = excluded.version,"
    " born = excluded.born, last_number = excluded.last_number, people_at = excluded.people_at,"
    " items_at = excluded.items_at, settings_at = excluded.settings_at"
)


def _place(part: Part) -> str:
    """Which one of its table a row is; in the directory, of its kind."""
    if not TABLES[part.table].is_ordered:
        return "0"
    among = "PARTITION BY kind ORDER BY position" if part.table == "items" else f"ORDER BY {_order(part)}"
    return f"row_number() OVER ({among})"


def _order(part: Part) -> str:
    table = TABLES[part.table]
    key = ", ".join(f'"{column}"' for column in table.key)
    if part.table in {"keys", "oauth_states"}:
        return f"at, {key}"
    if part.table == "items":
        return "kind, position"
    return "position" if table.is_ordered else key


def _whose(part: Part) -> tuple[str, Sequence[object]]:
    return (" WHERE workspace = $1", [part.workspace.id]) if part.workspace else ("", [])


def _named(part: Part) -> tuple[str, str]:
    return part.workspace.id if part.workspace else "", part.table


def _part(workspace: str, kind: str) -> Part:
    return Part(Workspace(team_id=workspace) if workspace else None, kind)


@asynccontextmanager
async def _told() -> AsyncIterator[None]:
    """What goes wrong there as people are told of it."""
    try:
        yield
    except DeskError:
        raise
    except Exception as error:
        wrong = unavailable(error)
        if isinstance(wrong, DeskError):
            raise wrong from error
        message = f"PostgreSQL does not take what is there ({type(error).__name__}). The source is as it was."
        raise DeskError(message) from error
