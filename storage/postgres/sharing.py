"""What workspaces know of each other, in their PostgreSQL: the port `services.ports.sharing`.

A ticket has a row for each partner that it is shared with, or one for all that are joined with its home. `reader` says for
whom it is, so that finding costs what somebody may find, whatever others have.
"""

import json
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from bot.domain.elsewhere import SharedTicket
from bot.domain.mirror_ref import MirrorRef
from bot.domain.names import folded
from bot.domain.partners import Partnership, key_of
from bot.domain.search import TicketFilter
from bot.services.ports.sharing import FoundTickets, Readers, Sources, Told, ToldTicket
from storage.common.documents import json_text
from storage.common.readers import readers_of, sources_of
from storage.postgres.database import Database
from storage.postgres.driver import Connection
from storage.postgres.kept import change, locked
from storage.postgres.tables import TICKET_COLUMNS, WORD_COLUMNS, Row
from storage.postgres.ticket_columns import shared_columns
from storage.postgres.ticket_query import Fetch, Tickets, page

_OF_TEAM = """
SELECT document FROM deskhand.partnerships WHERE first = $1
UNION ALL SELECT document FROM deskhand.partnerships WHERE second = $1 AND first <> $1
"""
_KEEP_PARTNERSHIP = """
INSERT INTO deskhand.partnerships (key, first, second, document) VALUES ($1, $2, $3, $4)
ON CONFLICT (key) DO UPDATE SET document = excluded.document
"""
_JOINS = "SELECT teams FROM deskhand.joins"
_JOIN = "INSERT INTO deskhand.joins (teams) VALUES ($1) ON CONFLICT (teams) DO NOTHING"
_PART = "DELETE FROM deskhand.joins WHERE teams = $1"
_FORGET = (
    "DELETE FROM deskhand.partnerships WHERE first = $1 OR second = $1",
    "DELETE FROM deskhand.shared WHERE home = $1",
    "DELETE FROM deskhand.told WHERE home = $1",
)
_CHANGED = """
INSERT INTO deskhand.versions (kind, version) VALUES ('sharing', 1) ON CONFLICT (kind) DO UPDATE SET version = versions.version + 1
"""
"""Whoever keeps partnerships and joins in memory reads them anew."""

_TOLD = "SELECT version, document FROM deskhand.told WHERE home = $1 AND number = $2"
_TELL = """
INSERT INTO deskhand.told (home, number, version, document) VALUES ($1, $2, $3, $4)
ON CONFLICT (home, number) DO UPDATE SET version = excluded.version, document = excluded.document
"""
_TOLD_OF = """
SELECT position, number, document FROM deskhand.told WHERE home = $1 AND position > $2 ORDER BY position LIMIT $3
"""
_COLUMNS = {**TICKET_COLUMNS, **WORD_COLUMNS, "document": "jsonb"}
_NAMES = tuple(_COLUMNS)
_SHARE = f"""
INSERT INTO deskhand.shared (reader, home, number, {", ".join(_NAMES)})
SELECT reader, $1, $2, {", ".join(_NAMES)} FROM jsonb_to_recordset($3::jsonb) AS row (
    reader text, {", ".join(f"{name} {kind}" for name, kind in _COLUMNS.items())}
)
ON CONFLICT (reader, number) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in _NAMES)}
"""
_TAKE_BACK = "DELETE FROM deskhand.shared WHERE home = $1 AND number = $2 AND NOT reader = ANY($3::text[])"
_MOST_KNOWN = 10_000  # teams
_BY_ID = "SELECT document FROM deskhand.shared WHERE id = $1 AND reader = ANY($2::text[]) LIMIT 1"


class PostgresSharing:
    """Implements the port SharingStore. Partnerships and joins are kept in memory at their version, as of a look at it that is
    younger than two seconds: each request looks as it begins."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known = _Known(0)

    async def partnerships(self, team: str) -> Sequence[Partnership]:
        known = await self._known_now()
        if (found := known.partnerships.get(team)) is None:
            rows = await self._database.fetch(_OF_TEAM, team)
            found = [Partnership.model_validate_json(row["document"]) for row in rows]
            known.partnerships[team] = found
        return found

    async def partnership(self, one: str, other: str) -> Partnership | None:
        return await _partnership(self._database.fetch, key_of(one, other))

    async def change_partnership(
        self, one: str, other: str, work: Callable[[Partnership | None], Partnership | None]
    ) -> Partnership | None:
        key = key_of(one, other)
        first, second = sorted((one, other))

        async def write(connection: Connection, after: Partnership | None) -> None:
            if after:
                kept = json_text(after.to_wire())
                await connection.execute(_KEEP_PARTNERSHIP, key, first, second, kept)
                await connection.execute(_CHANGED)

        async def read(connection: Connection) -> Partnership | None:
            return await _partnership(connection.fetch, key)

        try:
            _, after = await change(self._database, f"partnership {key}", read, work, write)
        finally:
            self._forget_known()
        return after

    async def joins(self) -> Sequence[frozenset[str]]:
        known = await self._known_now()
        if known.joins is None:
            rows = await self._database.fetch(f"{_JOINS} ORDER BY position")
            known.joins = [frozenset(row["teams"]) for row in rows]
        return known.joins

    async def join(self, teams: Collection[str]) -> None:
        async def work(connection: Connection) -> None:
            await connection.execute(_JOIN, _sorted(teams))
            await connection.execute(_CHANGED)

        await self._joins_changed(work)

    async def part(self, teams: Collection[str]) -> bool:
        async def read(connection: Connection) -> bool:
            return bool(await connection.fetch(f"{_JOINS} WHERE teams = $1", _sorted(teams)))

        async def write(connection: Connection, _: bool) -> None:  # noqa: FBT001  (what `work` gave)
            await connection.execute(_PART, _sorted(teams))
            await connection.execute(_CHANGED)

        try:
            was_there, _ = await change(self._database, "joins", read, lambda _: False, write)
        finally:
            self._forget_known()
        return was_there

    async def forget(self, team: str) -> None:
        async def work(connection: Connection) -> None:
            for row in await connection.fetch(f"{_JOINS} WHERE $1 = ANY(teams) ORDER BY position", team):
                await connection.execute(_PART, row["teams"])
                if len(left := [each for each in row["teams"] if each != team]) > 1:
                    await connection.execute(_JOIN, left)
            for sql in _FORGET:
                await connection.execute(sql, team)
            await connection.execute(_CHANGED)

        await self._joins_changed(work)

    async def told(self, home: str, number: int) -> Told | None:
        return await _told(self._database.fetch, home, number)

    async def put(self, shared: SharedTicket, readers: Readers, to_tell: frozenset[str]) -> bool:
        home, number, version = shared.home, shared.ticket.number, shared.ticket.version
        found_by = readers_of(home, readers)
        rows = json_text([_row(reader, shared) for reader in found_by])
        document = json_text(_told_document(shared, readers, to_tell))

        async def work(connection: Connection) -> bool:
            before = await _told(connection.fetch, home, number)
            if before and before.version > version:
                return False
            await connection.execute(_TAKE_BACK, home, number, found_by)
            await connection.execute(_SHARE, home, number, rows)
            await connection.execute(_TELL, home, number, version, document)
            return True

        # Under one lock for all of a home: so they get their order as they are committed, and no page of them leaves one out.
        return await locked(self._database, f"shared {home}", work)

    async def find(
        self, sources: Sources, wanted: TicketFilter, *, offset: int = 0, limit: int = 10
    ) -> FoundTickets:
        found_by = sources_of(sources, wanted.homes)
        if not found_by:
            return FoundTickets([], 0, has_more=False)

        async def fetch(sql: str, *args: object) -> Sequence[Mapping[str, Any]]:
            return await self._database.fetch_list(sql, found_by, *args)

        found = await page(
            fetch, _tickets(found_by), wanted, offset=offset, limit=limit, queues=_queues(wanted)
        )
        return FoundTickets([_shared(row["document"]) for row in found.rows], found.total, found.has_more)

    async def by_id(self, sources: Sources, ticket_id: UUID) -> SharedTicket | None:
        rows = await self._database.fetch(_BY_ID, ticket_id, sources_of(sources))
        return _shared(rows[0]["document"]) if rows else None

    async def told_of(self, home: str, *, after: int = 0, limit: int) -> Sequence[ToldTicket]:
        found = []
        for row in await self._database.fetch(_TOLD_OF, home, after, limit):
            kept = json.loads(row["document"])
            ref = MirrorRef(home=home, number=row["number"], ticket=kept["ticket"])
            found.append(ToldTicket(row["position"], ref, frozenset(kept["toTell"])))
        return found

    async def _joins_changed(self, work: Callable[[Connection], Awaitable[None]]) -> None:
        try:
            await locked(self._database, "joins", work)
        finally:
            self._forget_known()

    async def _known_now(self) -> "_Known":
        version = await self._database.versions.of("sharing", self._database.fetch)
        if version != self._known.version or len(self._known.partnerships) > _MOST_KNOWN:
            self._known = _Known(version)
        return self._known

    def _forget_known(self) -> None:
        """What is being read meanwhile may be older than what was changed, and is kept for nobody."""
        self._known = _Known(self._known.version)


class _Known:
    """What was read at a version; by teams, of those that were asked for."""

    def __init__(self, version: int) -> None:
        self.version = version
        self.partnerships: dict[str, Sequence[Partnership]] = {}
        self.joins: Sequence[frozenset[str]] | None = None


async def _partnership(fetch: Fetch, key: str) -> Partnership | None:
    rows = await fetch("SELECT document FROM deskhand.partnerships WHERE key = $1", key)
    return Partnership.model_validate_json(rows[0]["document"]) if rows else None


async def _told(fetch: Fetch, home: str, number: int) -> Told | None:
    for row in await fetch(_TOLD, home, number):
        kept = json.loads(row["document"])
        readers = Readers(frozenset(kept["teams"]), kept["joined"])
        return Told(row["version"], readers, frozenset(kept["toTell"]))
    return None


def _told_document(shared: SharedTicket, readers: Readers, to_tell: Collection[str]) -> Mapping[str, object]:
    return {
        "ticket": str(shared.ticket.id),
        "teams": sorted(readers.teams),
        "joined": readers.joined,
        "toTell": sorted(to_tell),
    }


def _tickets(found_by: Sequence[str]) -> Tickets:
    """Those that one of these may read. They stand in no order but that of when they were made."""
    return Tickets(
        table="deskhand.shared",
        whose="reader = ANY($1::text[])",
        owners=found_by,
        has_blocks=False,
        names=["reader", "number"],
        age=["created", "reader", "number"],
        shown=["document"],
    )


def _row(reader: str, shared: SharedTicket) -> Row:
    return {"reader": reader, **shared_columns(reader, shared.ticket), "document": shared.to_wire()}


def _queues(wanted: TicketFilter) -> Sequence[str]:
    within = _queues(wanted.within) if wanted.within else ()
    return [*map(folded, wanted.queues), *within]


def _shared(document: str) -> SharedTicket:
    return SharedTicket.model_validate_json(document)


def _sorted(teams: Collection[str]) -> Sequence[str]:
    return sorted(set(teams))
