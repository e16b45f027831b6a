"""All that is kept of a workspace is deleted in one transaction."""

from storage.postgres.database import Database
from storage.postgres.driver import Connection
from storage.postgres.kept import locked
from storage.postgres.tables import PARTIAL, TABLES

_TIME = 600  # seconds: a large one takes its time

_DELETED = [table for table in TABLES if table not in PARTIAL]
_BORN = "SELECT born FROM deskhand.workspaces WHERE workspace = $1 FOR UPDATE"
_HOLDS = "DELETE FROM deskhand.holds WHERE right(name, length($1) + 1) = ':' || $1"
_VERSION = """
INSERT INTO deskhand.versions AS v (kind, version) VALUES ('workspaces', 1)
ON CONFLICT (kind) DO UPDATE SET version = v.version + 1
"""


async def forget(database: Database, workspace: str) -> None:
    """Its row goes first: a commit under way there has ended by then, and one that comes later finds no version to raise. What has
    begun since it was deleted, as nobody heard, stays. Raises StoreUnavailable, and OutcomeUnknown."""
    born: list[int | None] = []  # of what each run has found

    async def work(connection: Connection) -> None:
        await connection.execute(f"SET LOCAL statement_timeout = '{_TIME}s'")
        rows = await connection.fetch(_BORN, workspace, timeout=_TIME)
        born.append(rows[0]["born"] if rows else None)
        if born[-1] not in {None, born[0]}:
            return
        for table in ("workspaces", "commits", *_DELETED):
            await connection.execute(
                f"DELETE FROM deskhand.{table} WHERE workspace = $1", workspace, timeout=_TIME
            )
        await connection.execute(_VERSION)

    await locked(database, f"forget {workspace}", work)
    if born[-1] in {None, born[0]}:
        await database.execute(
            _HOLDS, workspace
        )  # by itself: a commit has them while it waits for the workspace
