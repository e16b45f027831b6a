"""The installations of a deployment, in its PostgreSQL. Tokens stand there encrypted, and in no other form.

What an old key opened is gone from the table once it is rekeyed or forgotten; PostgreSQL's log and backups have it until they are
thrown away.
"""

import json
from collections.abc import Callable, Sequence
from datetime import datetime

from bot.domain.installation import Installation
from bot.services.ports.installations import ChangedInstallations
from storage.common.documents import json_text
from storage.common.keyring import Keyring
from storage.common.sealing import MOST_STATES, Sealed, digest, opened, sealed
from storage.postgres.database import Database
from storage.postgres.driver import Connection
from storage.postgres.kept import change, locked
from storage.postgres.signals import Kind

_KIND: Kind = "installations"
_ALL = "SELECT id, plain, tokens FROM deskhand.installations"
_KEEP = """
INSERT INTO deskhand.installations (id, plain, tokens, changed) VALUES ($1, $2, $3, $4)
ON CONFLICT (id) DO UPDATE SET plain = excluded.plain, tokens = excluded.tokens, changed = excluded.changed
"""
_REKEY = "UPDATE deskhand.installations SET tokens = $2 WHERE id = $1"
_FORGET = "DELETE FROM deskhand.installations WHERE id = $1"
_CHANGED = """
INSERT INTO deskhand.versions (kind, version) VALUES ($1, 1)
ON CONFLICT (kind) DO UPDATE SET version = versions.version + 1
RETURNING version
"""
"""Whoever else changes one waits here until it is committed, so versions become visible in their order."""

_VERSION = "SELECT coalesce(max(version), 0) AS version FROM deskhand.versions WHERE kind = $1"
_SINCE = f"""
SELECT v.version, a.*, a.changed > $2 AS is_changed FROM ({_VERSION}) v LEFT JOIN deskhand.installations a ON true
ORDER BY a.position
"""
_USE_STATE = """
WITH used AS (
    INSERT INTO deskhand.oauth_states (digest, expires_at) VALUES ($1, $2) ON CONFLICT (digest) DO NOTHING RETURNING digest
), too_old AS (
    SELECT at FROM deskhand.oauth_states ORDER BY at DESC OFFSET $4 - 1 LIMIT 1
), swept AS (
    DELETE FROM deskhand.oauth_states WHERE digest IN (
        SELECT digest FROM deskhand.oauth_states
        WHERE digest <> $1 AND (expires_at <= $3 OR at <= (SELECT at FROM too_old)) FOR UPDATE SKIP LOCKED
    ) AND EXISTS (SELECT FROM used)
)
SELECT FROM used
"""


class PostgresInstallations:
    """Implements the port InstallationStore. `tell` lets the other replicas know that something has changed."""

    def __init__(self, database: Database, keyring: Keyring, tell: Callable[[Kind], None]) -> None:
        self._database = database
        self._keyring = keyring
        self._tell = tell

    async def all(self) -> Sequence[Installation]:
        rows = await self._database.fetch(f"{_ALL} ORDER BY position")
        return [self._opened(row["plain"], row["tokens"]) for row in rows]

    async def version(self, *, since: float | None = None) -> int:
        looked = None if since is None else self._database.versions.looked_up(_KIND, since)
        if looked is not None:
            return looked
        rows = await self._database.fetch(_VERSION, _KIND)
        return int(rows[0]["version"])

    async def changed(self, after: int) -> ChangedInstallations:
        rows = await self._database.fetch(_SINCE, _KIND, after)
        found = [self._opened(row["plain"], row["tokens"]) for row in rows if row["is_changed"]]
        return ChangedInstallations(
            rows[0]["version"], found, frozenset(row["id"] for row in rows if row["id"])
        )

    async def change(
        self, installation_id: str, work: Callable[[Installation | None], Installation | None]
    ) -> Installation | None:
        async def read(connection: Connection) -> Installation | None:
            row = await connection.fetchrow(f"{_ALL} WHERE id = $1", installation_id)
            return self._opened(row["plain"], row["tokens"]) if row else None

        async def write(connection: Connection, after: Installation | None) -> None:
            version = await connection.fetch(_CHANGED, _KIND)
            if after is None:
                await connection.execute(_FORGET, installation_id)
            else:
                plain, tokens = sealed(self._keyring, after)
                kept = json_text(plain)
                await connection.execute(_KEEP, installation_id, kept, tokens, version[0]["version"])

        lock = f"installation {installation_id}"
        _, after = await change(self._database, lock, read, work, write)
        self._tell(_KIND)
        return after

    async def forget(self, installation_id: str) -> None:
        async def read(connection: Connection) -> bool:
            return bool(await connection.fetch(f"{_ALL} WHERE id = $1", installation_id))

        async def write(connection: Connection, _: bool) -> None:  # noqa: FBT001  (what `work` gave)
            await connection.execute(_CHANGED, _KIND)
            await connection.execute(_FORGET, installation_id)

        await change(self._database, f"installation {installation_id}", read, lambda _: False, write)
        self._tell(_KIND)

    async def rekey(self) -> int:
        """The tokens are those of before, in all that anybody reads, so no version grows by it."""

        async def work(connection: Connection) -> int:
            rows = await connection.fetch(f"{_ALL} ORDER BY id FOR UPDATE")
            for row in rows:
                kept = self._opened(row["plain"], row["tokens"])
                await connection.execute(_REKEY, row["id"], sealed(self._keyring, kept).tokens)
            return len(rows)

        return await locked(self._database, "rekey", work)

    async def use_state(self, state: str, expires_at: datetime, now: datetime) -> bool:
        return bool(await self._database.fetch(_USE_STATE, digest(state), expires_at, now, MOST_STATES))

    def _opened(self, plain: str, tokens: str) -> Installation:
        """Raises WrongKey and NoKey."""
        return opened(self._keyring, Sealed(json.loads(plain), tokens))
