"""The installations of a deployment, in its PostgreSQL. Tokens stand there encrypted, and in no other form.

What an old key opened is gone from the table once it is rekeyed or forgotten; PostgreSQL's log and backups have it until they are
thrown away.
"""

import json
from collections.abc import Callable, Sequence
from datetime import datetime

from bot.domain.installation import Installation
from storage.common.keyring import Keyring
from storage.common.sealing import MOST_STATES, Sealed, digest, opened, sealed
from storage.postgres.database import Connection, Database
from storage.postgres.kept import change

_KIND = "installations"
_ALL = "SELECT id, plain, tokens FROM deskhand.installations"
_KEEP = """
INSERT INTO deskhand.installations (id, plain, tokens) VALUES ($1, $2, $3)
ON CONFLICT (id) DO UPDATE SET plain = excluded.plain, tokens = excluded.tokens
"""
_FORGET = "DELETE FROM deskhand.installations WHERE id = $1"
_CHANGED = """
INSERT INTO deskhand.versions (kind, version) VALUES ($1, 1)
ON CONFLICT (kind) DO UPDATE SET version = versions.version + 1
"""
_VERSION = "SELECT version FROM deskhand.versions WHERE kind = $1"
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
    """Implements the port InstallationStore."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._keyring = keyring

    async def all(self) -> Sequence[Installation]:
        rows = await self._database.fetch(f"{_ALL} ORDER BY position")
        return [self._opened(row["plain"], row["tokens"]) for row in rows]

    async def version(self) -> int:
        rows = await self._database.fetch(_VERSION, _KIND)
        return int(rows[0]["version"]) if rows else 0

    async def change(
        self, installation_id: str, work: Callable[[Installation | None], Installation | None]
    ) -> Installation | None:
        async def read(connection: Connection) -> Installation | None:
            row = await connection.fetchrow(f"{_ALL} WHERE id = $1", installation_id)
            return self._opened(row["plain"], row["tokens"]) if row else None

        async def write(connection: Connection, after: Installation | None) -> None:
            if after is None:
                await connection.execute(_FORGET, installation_id)
            else:
                await self._keep(connection, installation_id, after)
            await connection.execute(_CHANGED, _KIND)

        lock = f"installation {installation_id}"
        _, after = await change(self._database, lock, read, work, write)
        return after

    async def forget(self, installation_id: str) -> None:
        async def read(connection: Connection) -> bool:
            return bool(await connection.fetch(f"{_ALL} WHERE id = $1", installation_id))

        async def write(connection: Connection, _: bool) -> None:  # noqa: FBT001  (what `work` gave)
            await connection.execute(_FORGET, installation_id)
            await connection.execute(_CHANGED, _KIND)

        await change(self._database, f"installation {installation_id}", read, lambda _: False, write)

    async def rekey(self) -> int:
        """The tokens are those of before, in all that anybody reads, so no version grows by it."""
        async with self._database.session() as connection:
            rows = await connection.fetch(f"{_ALL} ORDER BY id FOR UPDATE")
            for row in rows:
                await self._keep(connection, row["id"], self._opened(row["plain"], row["tokens"]))
        return len(rows)

    async def use_state(self, state: str, expires_at: datetime, now: datetime) -> bool:
        return bool(await self._database.fetch(_USE_STATE, digest(state), expires_at, now, MOST_STATES))

    async def _keep(self, connection: Connection, installation_id: str, kept: Installation) -> None:
        plain, tokens = sealed(self._keyring, kept)
        await connection.execute(_KEEP, installation_id, json.dumps(plain), tokens)

    def _opened(self, plain: str, tokens: str) -> Installation:
        """Raises WrongKey and NoKey."""
        return opened(self._keyring, Sealed(json.loads(plain), tokens))
