"""Holds, as rows of one table. They end by PostgreSQL's clock, so that replicas need not agree on the time."""

from collections.abc import Sequence
from time import monotonic

from bot.services.ports.store import Hold
from storage.postgres.database import Database

_TAKE = """
INSERT INTO deskhand.holds AS h (name, holder, number, ends_at)
VALUES ($1, $2, 1, clock_timestamp() + $3 * interval '1 second')
ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, ends_at = excluded.ends_at,
    number = h.number + CASE WHEN h.holder = excluded.holder THEN 0 ELSE 1 END
WHERE h.holder = excluded.holder OR h.ends_at <= clock_timestamp()
RETURNING number
"""
_RENEW = """
UPDATE deskhand.holds h SET ends_at = clock_timestamp() + $4 * interval '1 second'
FROM unnest($1::text[], $2::text[], $3::bigint[]) AS r(name, holder, number)
WHERE h.name = r.name AND h.holder = r.holder AND h.number = r.number RETURNING h.name
"""
_LET_GO = """
UPDATE deskhand.holds SET ends_at = clock_timestamp() WHERE name = $1 AND holder = $2 AND number = $3
"""


_ALL = """
SELECT name, holder, number FROM deskhand.holds WHERE starts_with(name, $1) AND ends_at > clock_timestamp()
"""
_FORGET = "DELETE FROM deskhand.holds WHERE ends_at < clock_timestamp() - interval '1 day'"


class Holds:
    """Those that somebody has in this process are kept in mind: it need tell nobody else of what concerns them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._is_tidy = False
        self._ends: dict[str, float] = {}  # by `monotonic`, and no later than by PostgreSQL's clock

    def has(self, name: str) -> bool:
        return self._ends.get(name, 0.0) > monotonic()

    async def take(self, name: str, holder: str, seconds: float) -> Hold | None:
        """As `Store.hold`. Asked a second time, because its answer was lost, it says the same."""
        began = monotonic()
        rows = await self._database.fetch(_TAKE, name, holder, seconds)
        if not rows:
            self._ends.pop(name, None)
            return None
        self._ends[name] = began + seconds
        return Hold(name, holder, rows[0]["number"])

    async def renew(self, holds: Sequence[Hold], seconds: float) -> Sequence[Hold]:
        """As `Store.renew`, in one statement, whose commit is one for all."""
        began = monotonic()
        names, holders, numbers = ([each[place] for each in holds] for place in range(3))
        rows = await self._database.fetch(_RENEW, names, holders, numbers, seconds)
        kept = {row["name"] for row in rows}
        for hold in holds:
            if hold.name in kept:
                self._ends[hold.name] = began + seconds
            else:
                self._ends.pop(hold.name, None)
        return [each for each in holds if each.name in kept]

    async def let_go(self, hold: Hold) -> None:
        """As `Store.let_go`. Does nothing where somebody else has it by now."""
        self._ends.pop(hold.name, None)
        await self._database.execute(_LET_GO, *hold)

    async def all(self, beginning: str) -> Sequence[Hold]:
        """As `Store.holds`. Those of processes that ended long ago are forgotten once, for their names come never again."""
        if not self._is_tidy:
            await self._database.execute(_FORGET)
            self._is_tidy = True
        rows = await self._database.fetch(_ALL, beginning)
        return [Hold(row["name"], row["holder"], row["number"]) for row in rows]
