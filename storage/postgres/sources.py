"""Where a reader reads outside of a transaction: what is committed, a statement at a time."""

import json
from collections.abc import Callable
from time import monotonic

from storage.postgres.attempt import head_beside, with_head
from storage.postgres.database import Database
from storage.postgres.driver import Found, Rows
from storage.postgres.known import Head, Known, KnownWorkspaces, Place, Version

_LOOK = with_head("SELECT json_object_agg(kind, version) AS versions FROM deskhand.versions")


class Committed:
    """The source of a reader of one workspace. `is_use`: whether what it reads keeps in memory what is known of it."""

    def __init__(
        self, database: Database, workspace: str, workspaces: KnownWorkspaces, *, is_use: bool = True
    ) -> None:
        self._database = database
        self._workspace = workspace
        self._workspaces = workspaces
        self._is_use = is_use

    @property
    def known(self) -> Known:
        return self._workspaces.of(self._workspace, is_use=self._is_use)

    async def head(self) -> Head:
        """As of the last look, where that was less than two seconds ago."""
        known = self.known
        return known.head if known.is_fresh else await self.look()

    async def look(self) -> Head:
        """As it is now, and what belongs to the deployment with it."""
        began = monotonic()
        [row] = await self._database.fetch(_LOOK, self._workspace)
        found = head_beside(row)
        self._workspaces.look(self._workspace, found, began, is_use=self._is_use)
        self._database.versions.look(json.loads(row["versions"] or "{}"), began)
        return found

    async def fetch(self, sql: str, *args: object) -> Rows:
        """The workspace is $1."""
        return await self._database.fetch(sql, self._workspace, *args)

    async def fetch_rows(self, sql: str, *args: object, place: Callable[[Found], Place]) -> Rows:
        """As `fetch`. The rows are kept in mind for the transactions until the next commit. `place`: where each stands."""
        began = monotonic()
        rows = await self._database.fetch(with_head(sql), self._workspace, *args)
        head, found = head_beside(rows[0]), rows if rows[0]["_found"] else []
        self._workspaces.look(self._workspace, head, began, is_use=self._is_use)
        known = self.known
        for row in found:
            known.keep_row(Version(head.born, head.version), place(row), row)
        return found

    def recalled(self, place: Place) -> Found | None:
        """Nothing: who reads outside a transaction wants what is committed by now."""

    async def fetch_list(self, sql: str, *args: object) -> Rows:
        """As `Database.fetch_list`. The workspace is $1."""
        return await self._database.fetch_list(sql, self._workspace, *args)
