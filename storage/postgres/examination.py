"""What `deskhand doctor` finds of a PostgreSQL database: whether it is there, keeps what it acknowledges, and has what replicas need."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from bot.services.ports.store_url import Finding
from storage.postgres.database import Database
from storage.postgres.errors import fault, reason
from storage.postgres.migrations import OLDEST_SERVER, known
from storage.postgres.pooler import between

_SCHEMA = """
SELECT to_regclass('deskhand.migrations') IS NOT NULL AS is_there,
    has_database_privilege(current_database(), 'CREATE') AS may_make
"""
_STATE = "SELECT max(number) AS newest, max(oldest) AS oldest FROM deskhand.migrations"
_SETTINGS = """
SELECT current_setting('fsync') AS fsync, current_setting('full_page_writes') AS full_page_writes,
    current_setting('synchronous_commit') AS commits, current_setting('synchronous_standby_names') AS names,
    (SELECT count(*) FROM pg_stat_replication) AS standbys, pg_is_in_recovery() AS is_standby
"""
_CONNECTIONS = """
SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
    - COALESCE(current_setting('reserved_connections', true), '0')::int AS most,
    (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()) AS used
"""
_HELD = "SELECT count(*) FROM deskhand.holds WHERE ends_at > now()"
_PATIENCE = 5.0  # seconds for any of it
_HEARD = 2.0  # seconds until what was said must be heard
_CLOCK_WARN, _CLOCK_FAIL = 1.0, 5.0  # seconds between this machine's clock and the database's
_OWN = 2  # connections beside the pool: one listens, one migrates at the start


async def examined(database: Database, pool: int) -> Sequence[Finding]:
    """Raises nothing."""
    name = database.address.describe()
    try:
        async with asyncio.timeout(_PATIENCE):
            connection = await database.connect_directly()
    except Exception as error:  # noqa: BLE001  (whatever it is, it is told)
        found = fault(error)
        return [Finding("postgresql", "fail", f"{name} cannot be used ({found.reason})", found.remedy)]
    try:
        return [each async for each in _all(connection, database, pool)]
    finally:
        with suppress(Exception):
            await connection.close(timeout=_HEARD)


async def _all(connection: Any, database: Database, pool: int) -> AsyncIterator[Finding]:  # noqa: ANN401
    major = connection.get_server_version().major
    name = database.address.describe()
    if major < OLDEST_SERVER:
        remedy = f"Deskhand needs {OLDEST_SERVER} or later."
        yield Finding("postgresql", "fail", f"{name} is version {major}", remedy)
        return
    yield Finding("postgresql", "ok", f"{name}, version {major}")
    looks: Sequence[Callable[[], Awaitable[Sequence[Finding]]]] = (
        lambda: _schema(connection),
        lambda: _durability(connection),
        lambda: _connections(connection, pool),
        lambda: _pooler(database),
        lambda: _notifications(connection, database),
        lambda: _clock(connection),
    )
    for look in looks:
        try:
            async with asyncio.timeout(_PATIENCE):
                for finding in await look():
                    yield finding
        except Exception as error:  # noqa: BLE001  (one that fails hides no other)
            yield Finding("postgresql", "warn", f"one of the checks ended early ({reason(error)})")


async def _schema(connection: Any) -> Sequence[Finding]:  # noqa: ANN401
    name, newest = "schema", known()[-1].number
    found = await connection.fetchrow(_SCHEMA)
    if not found["is_there"]:
        if not found["may_make"]:
            remedy = "Run `deskhand migrate` as the owner of the database, or GRANT CREATE ON DATABASE … to its user."
            return [Finding(name, "fail", "there is none, and this user may not make one", remedy)]
        return [
            Finding(name, "warn", "there is none yet", "The first start makes it, or `deskhand migrate` now.")
        ]
    state = await connection.fetchrow(_STATE)
    if (state["oldest"] or 0) > newest:
        return [
            Finding(name, "fail", "it was changed by a newer Deskhand", "Start that version, or a later one.")
        ]
    if (state["newest"] or 0) < newest:
        detail = f"it is at {state['newest'] or 0:04}, and this version brings {newest:04}"
        return [Finding(name, "warn", detail, "The next start applies it, or `deskhand migrate` now.")]
    if await connection.fetchval("SELECT EXISTS (SELECT FROM deskhand.copying)"):
        remedy = "Run the same `deskhand copy` again: it goes on where it was."
        return [Finding(name, "fail", "a copy into it is not complete, so no desk starts on it", remedy)]
    held = await connection.fetchval(_HELD)
    at_work = f"replicas at work hold {held} leases" if held else "no replica is at work"
    return [Finding(name, "ok", f"at {state['newest']:04}; {at_work}")]


async def _durability(connection: Any) -> Sequence[Finding]:  # noqa: ANN401
    found = await connection.fetchrow(_SETTINGS)
    name, findings = "durability", []
    for setting in ("fsync", "full_page_writes"):
        if found[setting] == "off":
            remedy = f"Set {setting} = on in postgresql.conf: a crash of its machine damages the database without it."
            findings.append(Finding(name, "fail", f"{setting} is off", remedy))
    if found["commits"] == "off":
        remedy = "Set synchronous_commit = on: what was acknowledged may be lost in a crash without it."
        findings.append(Finding(name, "fail", "synchronous_commit is off", remedy))
    if found["standbys"] and not found["names"]:
        remedy = (
            "Set synchronous_standby_names. Without it a failover loses what the standby had not received yet,"
            " although it was acknowledged."
        )
        detail = "a standby is attached, and synchronous_standby_names is empty"
        findings.append(Finding(name, "warn", detail, remedy))
    elif found["standbys"] and found["commits"] == "local":
        remedy = "Set synchronous_commit = on: with local, nobody waits for the standby."
        findings.append(Finding(name, "warn", "synchronous_commit is local", remedy))
    kept = "on disk and on a standby" if found["standbys"] else "on disk"
    return findings or [Finding(name, "ok", f"what is acknowledged is {kept}")]


async def _connections(connection: Any, pool: int) -> Sequence[Finding]:  # noqa: ANN401
    found = await connection.fetchrow(_CONNECTIONS)
    wanted, most, used = pool + _OWN, found["most"], found["used"]
    detail = f"{used} of {most} are used, and a replica takes up to {wanted} (DESKHAND_POOL)"
    if wanted > most:
        remedy = "Lower DESKHAND_POOL, raise max_connections, or put PgBouncer between."
        return [Finding("connections", "fail", detail, remedy)]
    if used + wanted > most:
        remedy = "Another replica may find none free: lower DESKHAND_POOL, raise max_connections, or put PgBouncer between."
        return [Finding("connections", "warn", detail, remedy)]
    return [Finding("connections", "ok", detail)]


async def _pooler(database: Database) -> Sequence[Finding]:
    name, knows = "pooler", database.address.has_prepared_statements
    found = await between(database.connect)
    if found == "none":
        return []
    if knows and found == "knows prepared statements":
        return [Finding(name, "ok", "there is one, and it knows prepared statements")]
    detail = "there is one, and prepared statements are off: each takes more trips"
    return [
        Finding(name, "ok", detail, "PgBouncer 1.21 or later knows them, with max_prepared_statements = 200.")
    ]


async def _notifications(connection: Any, database: Database) -> Sequence[Finding]:  # noqa: ANN401
    """Said by another connection, as another replica does."""
    name, channel, heard = "notifications", f"deskhand_{uuid4().hex}", asyncio.Event()
    await connection.add_listener(channel, lambda *_: heard.set())
    speaker = await database.connect()
    try:
        await speaker.execute(f"NOTIFY {channel}")
        await asyncio.wait_for(heard.wait(), _HEARD)
    except TimeoutError:
        remedy = (
            "Set DESKHAND_STORE_DIRECT to the database past its pooler. Until then replicas ask every second."
        )
        return [Finding(name, "warn", "LISTEN hears nothing", remedy)]
    finally:
        await speaker.close(timeout=_HEARD)
    return [Finding(name, "ok", "LISTEN hears other replicas")]


async def _clock(connection: Any) -> Sequence[Finding]:  # noqa: ANN401
    name, before = "database clock", datetime.now(UTC)
    theirs: datetime = await connection.fetchval("SELECT clock_timestamp()")
    after = datetime.now(UTC)
    off = max((before - theirs).total_seconds(), (theirs - after).total_seconds(), 0.0)
    detail = f"{off:.1f} s off this machine's"
    if off < _CLOCK_WARN:
        return [Finding(name, "ok", detail)]
    remedy = (
        "Set the clocks of both machines by NTP: what is due is taken by one, and leases end by the other."
    )
    return [Finding(name, "fail" if off >= _CLOCK_FAIL else "warn", detail, remedy)]
