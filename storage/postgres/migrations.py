"""The schema's migrations: numbered SQL files, applied once and in order, forwards only, each in a transaction of its own.

Replicas of the version before may go on while a new one migrates. So a migration only adds: a column with a default, a table,
an index. What nobody uses any more is dropped by a later version's, which says so in its first line: `-- oldest: 3` means that
only a Deskhand that knows the third migration can still work with what it leaves.
"""

import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import asyncpg
import structlog

from bot.domain.errors import DeskError
from storage.postgres.driver import Connection

OLDEST_SERVER = 15

_LOCK = 0x6465736B68616E64  # "deskhand"; others who use the same database have another one
_MIGRATION = re.compile(r"(\d{4})\.sql")
_OLDEST = re.compile(r"-- oldest: (\d{1,4})\n")
_WAIT = 600.0  # seconds: a large table's index takes its time
NO_LIMITS = """SELECT set_config(name, '0', {local}) FROM pg_settings WHERE name IN
    ('statement_timeout', 'lock_timeout', 'transaction_timeout', 'idle_in_transaction_session_timeout')"""
"""Whatever the server or the role says otherwise: what takes its time there must not be broken off, again and again."""
_STATE = "SELECT max(number) AS newest, max(oldest) AS oldest FROM deskhand.migrations"
_PREPARE = """
CREATE SCHEMA IF NOT EXISTS deskhand;
CREATE TABLE IF NOT EXISTS deskhand.migrations (
    number integer PRIMARY KEY,
    oldest integer NOT NULL,                 -- the oldest Deskhand that can still work with it, by what it knows
    at timestamptz NOT NULL DEFAULT now()
);
"""
_log = structlog.get_logger()


class MigrationError(DeskError):
    """The database cannot be used as it is. The message says what to do."""

    code = "store_not_opened"


class Migration(NamedTuple):
    number: int
    oldest: int
    sql: str


def known() -> Sequence[Migration]:
    """All of this version's, the first first."""
    found = []
    for file in files("storage.postgres").joinpath("migrations").iterdir():
        if name := _MIGRATION.fullmatch(file.name):
            sql = file.read_text("utf-8")
            oldest = _OLDEST.match(sql)
            found.append(Migration(int(name[1]), int(oldest[1]) if oldest else 1, sql))
    return sorted(found)


@cache
def newest() -> int:
    """The number of this version's last one."""
    return known()[-1].number


async def at(connection: Connection) -> int:
    """The number of the last one that was applied, by whichever version."""
    state = await connection.fetchrow(_STATE)
    return state["newest"] or 0 if state else 0


async def migrate(
    connection: Connection, migrations: Sequence[Migration] = (), *, name: str = "The database"
) -> Sequence[int]:
    """Applies what is missing, and gives its numbers. Of several who begin at once one does it, and the others wait. `name`: how
    people know the database. Raises MigrationError, and what asyncpg raises."""
    migrations = migrations or known()
    if (version := connection.get_server_version()).major < OLDEST_SERVER:
        raise MigrationError(
            f"{name} is version {version.major}: Deskhand needs {OLDEST_SERVER} or later. Upgrade it, or name another one."
        )
    try:
        if not await _missing(connection, migrations, name):
            return []
        return await _applied(connection, migrations, name)
    except asyncpg.InsufficientPrivilegeError as error:
        raise MigrationError(
            f"{name}: its user may not make Deskhand's tables, or not use those that there are. Run “deskhand migrate” with"
            " DESKHAND_STORE as their owner, or let it: GRANT CREATE ON DATABASE … TO …"
        ) from error


async def _applied(connection: Connection, migrations: Sequence[Migration], name: str) -> Sequence[int]:
    applied = list[int]()
    while True:
        async with connection.transaction():
            await connection.execute(NO_LIMITS.format(local="true"))
            await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK, timeout=_WAIT)
            await connection.execute(_PREPARE)
            missing = await _missing(connection, migrations, name)
            if not missing:
                return applied
            await _apply(connection, missing[0])
        applied.append(missing[0].number)
        _log.info("database_migrated", to=missing[0].number)


async def _missing(connection: Connection, migrations: Sequence[Migration], name: str) -> Sequence[Migration]:
    """Raises MigrationError where the database has gone on without this version."""
    try:
        async with connection.transaction():
            state = await connection.fetchrow(_STATE)
    except (asyncpg.InvalidSchemaNameError, asyncpg.UndefinedTableError):
        return migrations
    newest, oldest = (state["newest"] or 0, state["oldest"] or 0) if state else (0, 0)
    if oldest > migrations[-1].number:
        raise MigrationError(f"{name} was changed by a newer Deskhand: start that version, or a later one.")
    return [each for each in migrations if each.number > newest]


async def _apply(connection: Connection, migration: Migration) -> None:
    await connection.execute(migration.sql, timeout=_WAIT)
    await connection.execute(
        "INSERT INTO deskhand.migrations (number, oldest) VALUES ($1, $2)", migration.number, migration.oldest
    )
