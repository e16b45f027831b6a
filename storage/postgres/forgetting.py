"""All that is kept of a workspace is deleted in one transaction."""

from storage.postgres.database import Database
from storage.postgres.driver import Connection
from storage.postgres.kept import locked
from storage.postgres.tables import PARTIAL, TABLES

_TIME = 600  # seconds: a large one takes its time

_DELETED = [table for table in TABLES if table not in PARTIAL]
_HOLDS = "DELETE FROM deskhand.holds WHERE right(name, length($1) + 1) = ':' || $1"
_VERSION = """
INSERT INTO deskhand.versions AS v (kind, version) VALUES ('workspaces', 1)
ON CONFLICT (kind) DO UPDATE SET version = v.version + 1
"""


async def forget(database: Database, workspace: str) -> None:
    """Its row goes first: a commit under way there has ended by then, and one that comes later finds no version to raise. Raises
    StoreUnavailable, and OutcomeUnknown; it may run again."""

    async def work(connection: Connection) -> None:
        await connection.execute(f"SET LOCAL statement_timeout = '{_TIME}s'")
        for table in ("workspaces", "commits", *_DELETED):
            await connection.execute(
                f"DELETE FROM deskhand.{table} WHERE workspace = $1", workspace, timeout=_TIME
            )
        await connection.execute(_VERSION)

    await locked(database, f"forget {workspace}", work)
    await database.execute(_HOLDS, workspace)  # by itself: a commit has them while it waits for the workspace
