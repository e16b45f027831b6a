"""One run of a transaction's work: what it reads, and its commit.

It is optimistic. Its reads are statements by themselves, in READ COMMITTED; the first one brings the workspace's version with it.
Its writes are kept until the end, when one statement makes them where the version is still the one that was read, and raises
it. Every commit in a workspace raises its version under a lock on the workspace's row, so where that statement succeeds nothing
was committed there since the first read: what was read is still true. Where it does not, the work runs again.

It may begin with what this process has read already (`recalled`), where it knows of no commit since: then it reads nothing
again, and commits only if there was none.

Work that collided too often is a transaction of PostgreSQL from its beginning, which locks that row first, so that it cannot
collide.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from time import monotonic
from uuid import UUID

from bot.domain.errors import DeskError
from bot.domain.workspace import Workspace
from bot.services.ports.store import Hold, HoldLost
from storage.postgres import outcomes
from storage.postgres.changes import Changes, taken
from storage.postgres.database import COMMAND, Database, Session
from storage.postgres.driver import Found, Rows
from storage.postgres.errors import code_of, is_collision, is_refused, is_unavailability, unavailable
from storage.postgres.known import COLUMNS, NOTHING, Head, Known, Place, Version
from storage.postgres.statement import Base, Statement, commit
from storage.postgres.tables import TABLES

_SHORT = 1.0  # seconds, of work that needs no more time than others
_LONGER = 10  # times as long as it took before: the machine may be busy
_PATIENT = "SET LOCAL idle_in_transaction_session_timeout = '{seconds}s'"
_ROWS = 1000
"""For so many rows a commit has a second more: an import may have very many."""

HEAD = f"SELECT {', '.join(COLUMNS)} FROM deskhand.workspaces WHERE workspace = $1"

_BORN = """INSERT INTO deskhand.workspaces (workspace, document, version, born)
    SELECT $1, $2::jsonb, now, now FROM (SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint) AS one(now)
    ON CONFLICT (workspace) DO NOTHING RETURNING version"""
"""By PostgreSQL's clock, in microseconds: one clock for all replicas, so versions go on growing when a workspace is forgotten and
used again."""

_HELD = """SELECT count(*) AS held FROM deskhand.holds h
    JOIN unnest($1::text[], $2::text[], $3::bigint[]) AS r(name, holder, number)
    ON h.name = r.name AND h.holder = r.holder AND h.number = r.number"""


class Collided(Exception):
    """Another transaction was faster: nothing was done, and the work is to run again."""


class Attempt:
    """The source of a transaction's reads, `known` among them, and what it changes."""

    def __init__(
        self,
        database: Database,
        replica: UUID,
        workspace: Workspace,
        known: Known,
        *,
        may_assume: bool = False,
    ) -> None:
        """`may_assume`: that nobody has committed since this process looked."""
        self.known = known
        self.changes = Changes()
        self.began = monotonic()
        self._database = database
        self._replica = replica
        self._workspace = workspace
        self._head: Head | None = None
        self._may_assume = may_assume
        self._is_assumed = False
        self._reads = 0
        self._session: Session | None = None

    async def head(self) -> Head:
        if self._head is None:
            self._head = head_of(await self._database.fetch(HEAD, self._workspace.id))
            self._reads += 1
        return self._head

    async def fetch(self, sql: str, *args: object) -> Rows:
        """The workspace is $1."""
        if self._session is None:
            return await self._fetch_by_itself(sql, args)
        try:
            return await self._session.connection.fetch(sql, self._workspace.id, *args)
        except Exception as error:
            raise self._told(error) from error

    async def fetch_rows(self, sql: str, *args: object, place: Callable[[Found], Place]) -> Rows:
        """As `fetch`."""
        del place
        return await self.fetch(sql, *args)

    def recalled(self, place: Place) -> Found | None:
        """A row that this process has read since the last commit that it knows of. If nothing was read yet the transaction
        begins with that commit: where another was faster, it collides."""
        head = self.known.head if self._head is None and self._may_assume else self._head
        row = self.known.row(place, Version(head.born, head.version)) if head else None
        if row and self._head is None:
            self._head, self._is_assumed = head, True
        return row

    async def fetch_list(self, sql: str, *args: object) -> Rows:
        """No transaction that anybody waits for has one."""
        return await self.fetch(sql, *args)

    async def lock(self, seconds: float) -> None:
        """Before anything else: no other one can commit in this workspace until this one has ended. `seconds`: what the work took
        before, which may be longer than a transaction may rest otherwise."""
        self._session = session = await self._database.begin()
        try:
            if seconds > _SHORT:
                await session.connection.execute(_PATIENT.format(seconds=round(_LONGER * seconds)))
            self._head = head_of(await session.connection.fetch(f"{HEAD} FOR UPDATE", self._workspace.id))
        except Exception as error:
            raise self._told(error) from error

    async def is_moved(self) -> bool:
        """Whether it may have seen two states: then what it made of them counts for nothing."""
        if self._session or (self._reads < 2 and not self._is_assumed):  # noqa: PLR2004  (one statement sees one state)
            return False
        return head_of(await self._database.fetch(HEAD, self._workspace.id)) != self._head

    async def end(self, holds: Sequence[Hold]) -> Head | None:
        """Commits, and gives the workspace's new head; None where nothing was changed. Raises Collided, HoldLost, ValueError,
        StoreUnavailable, and OutcomeUnknown."""
        if not self.changes:
            await self._end_reading(holds)
            return None
        head = await self._existing()
        base = Base(self._workspace.id, head.version, self._replica)
        try:
            row = await self._run(commit(base, self.changes, holds, is_first=head.version == head.born))
            if self._session and row["version"]:
                session, self._session = self._session, None
                await session.commit()
        except DeskError:
            raise
        except Exception as error:
            if is_refused(error) or not is_unavailability(error):
                raise self._told(error) from error
            if not await outcomes.is_committed(self._database, base):
                raise Collided from error
        else:
            if row["held"] < len(holds):
                raise HoldLost(holds[0].name)
            if row["version"] is None:
                raise Collided
        return self._new_head(head)

    async def abandon(self) -> None:
        """Leaves everything as it was."""
        session, self._session = self._session, None
        if session:
            await session.roll_back()

    async def _fetch_by_itself(self, sql: str, args: Sequence[object]) -> Rows:
        self._reads += 1
        if self._head is not None:
            return await self._database.fetch(sql, self._workspace.id, *args)
        rows = await self._database.fetch(with_head(sql), self._workspace.id, *args)
        self._head = head_beside(rows[0])
        return rows if rows[0]["_found"] else []

    async def _run(self, statement: Statement) -> Found:
        """Raises what asyncpg raises: it may have happened."""
        time = COMMAND + self.changes.count() / _ROWS
        if self._session:
            connection = self._session.connection
            if time > 2 * COMMAND:
                await connection.execute(f"SET LOCAL statement_timeout = '{round(time)}s'")
            rows = await connection.fetch(statement.sql, *statement.args, timeout=time)
        else:
            rows = await self._database.fetch_once(statement.sql, *statement.args, timeout=time)
        return rows[0]

    async def _ask(self, sql: str, *args: object) -> Rows:
        """By our own connection where we have one: there may be no other."""
        if self._session:
            rows: Rows = await self._session.connection.fetch(sql, *args)
            return rows
        return await self._database.fetch(sql, *args)

    async def _existing(self) -> Head:
        """The head of a workspace that has a row: where there is none, it is made, and counts as none before its first commit."""
        head = await self.head()
        if head != NOTHING:
            return head
        rows = await self._ask(_BORN, self._workspace.id, self._workspace.model_dump_json())
        if not rows:
            raise Collided
        first = rows[0]["version"]
        self._head = Head(version=first, born=first)
        return self._head

    async def _end_reading(self, holds: Sequence[Hold]) -> None:
        if await self.is_moved():
            raise Collided
        if holds:
            args = (
                [each.name for each in holds],
                [each.holder for each in holds],
                [each.number for each in holds],
            )
            if (await self._ask(_HELD, *args))[0]["held"] < len(holds):
                raise HoldLost(holds[0].name)
        await self.abandon()

    def _new_head(self, head: Head) -> Head:
        version, number = head.version + 1, self.changes.last_number
        touched = {TABLES[table].at for table in self.changes.tables()}
        return head._replace(
            version=version,
            last_number=head.last_number if number is None else number,
            **dict.fromkeys(filter(None, touched), version),
        )

    def _told(self, error: Exception) -> Exception:
        """What an error of a statement means for a transaction."""
        self._database.note(error)
        if is_collision(error):
            return Collided()
        if is_refused(error) and code_of(error) in {"23502", "23505"}:
            name = getattr(error, "table_name", None) or ""
            return ValueError(taken(name))
        return unavailable(error)


def head_of(rows: Rows) -> Head:
    return Head(*(rows[0][column] for column in COLUMNS)) if rows else NOTHING


def head_beside(row: Found) -> Head:
    found = tuple(row[f"_{column}"] for column in COLUMNS)
    return NOTHING if found[0] is None else Head(*found)


@lru_cache(maxsize=1024)
def with_head(sql: str) -> str:
    """A statement that gives one row at least: the head's columns in each, and those of `sql` where it finds something."""
    head = ", ".join(f"{column} AS _{column}" for column in COLUMNS)
    return (
        "SELECT w.*, q.* FROM (VALUES (1)) AS one"
        f" LEFT JOIN (SELECT {head} FROM deskhand.workspaces WHERE workspace = $1) w ON true"
        f" LEFT JOIN (SELECT true AS _found, i.* FROM ({sql}) i) q ON true"
    )
