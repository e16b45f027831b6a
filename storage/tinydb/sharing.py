"""What workspaces know of each other, on the deployment's database: the port `services.ports.sharing`.

A ticket has a row for each partner that it is shared with, or one for all that are joined with its home. `reader` says for
whom it is, so that finding costs what somebody may find, whatever others have.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from uuid import UUID

from pydantic import ConfigDict
from pyroaring import BitMap

from bot.domain.clock.service_levels import DueState
from bot.domain.elsewhere import SharedTicket
from bot.domain.mirror_ref import MirrorRef
from bot.domain.partners import Partnership, key_of
from bot.domain.record import Record
from bot.domain.search import COUNTED, TicketFilter
from bot.domain.ticket import Ticket
from bot.services.ports.sharing import FoundTickets, Readers, Sources, Told, ToldTicket
from storage.common.readers import readers_of, sources_of
from storage.journal.indexes import Index, Ordered, Unique, Values, Words
from storage.tinydb.deployment import DeploymentDB, DeploymentTable, DeploymentTransaction
from storage.tinydb.filter_query import page
from storage.tinydb.queries import Is
from storage.tinydb.workspace_db import INDEXES

_FOR_SHARED: Mapping[str, Callable[[], Index]] = {
    **INDEXES["tickets"],
    "id": partial(Values, "id"),  # a ticket has a row for each of its readers
    "key": partial(Unique, "key"),
    "ref": partial(Values, "ref"),
    "home": partial(Values, "home"),
    "reader": partial(Values, "reader"),
    "digits": partial(Ordered, "digits"),
}


class KeptPartnership(Record):
    """`first` and `second` are the teams of its sides."""

    key: str
    first: str
    second: str
    partnership: Partnership


class JoinedTeams(Record):
    teams: tuple[str, ...]


class SharedRow(Ticket):
    """A ticket for one reader, as it has left its home. `ref` names it, `digits` is its number."""

    model_config = ConfigDict(strict=False)

    key: str
    ref: str
    home: str
    reader: str
    digits: str
    people: Mapping[str, str] = {}
    items: Mapping[str, str] = {}
    found_due: DueState = "on_time"


class ToldRow(Record):
    """How far others were told of a ticket."""

    ref: str
    home: str
    number: int
    ticket: str | None = None
    version: int
    teams: tuple[str, ...] = ()
    joined: bool = False
    to_tell: tuple[str, ...] = ()


PARTNERSHIPS = DeploymentTable(
    "partnerships",
    KeptPartnership,
    {"key": partial(Unique, "key"), "first": partial(Values, "first"), "second": partial(Values, "second")},
)
JOINS = DeploymentTable("joins", JoinedTeams)
SHARED = DeploymentTable("shared", SharedRow, _FOR_SHARED)
TOLD = DeploymentTable("told", ToldRow, {"ref": partial(Unique, "ref"), "home": partial(Values, "home")})
TABLES = (PARTNERSHIPS, JOINS, SHARED, TOLD)


class TinyDBSharing:
    """To be used by the event loop's thread."""

    def __init__(self, deployment: DeploymentDB) -> None:
        self._deployment = deployment
        self._shared = _SharedTickets(deployment)

    async def partnerships(self, team: str) -> Sequence[Partnership]:
        with self._deployment.unchanging:
            rows = BitMap()
            for side in ("first", "second"):
                rows |= self._deployment.index(PARTNERSHIPS, side, Values).rows(team)
            found = self._deployment.read(PARTNERSHIPS).get(doc_ids=[*rows])
        return [kept.partnership for kept in found]

    async def partnership(self, one: str, other: str) -> Partnership | None:
        kept = self._deployment.read(PARTNERSHIPS).get(Is("key", key_of(one, other)))
        return kept.partnership if kept else None

    async def change_partnership(
        self, one: str, other: str, work: Callable[[Partnership | None], Partnership | None]
    ) -> Partnership | None:
        key = key_of(one, other)
        first, second = sorted((one, other))

        def change(tx: DeploymentTransaction) -> Partnership | None:
            table, known = tx.table(PARTNERSHIPS), Is("key", key)
            kept = table.get(known)
            before = kept.partnership if kept else None
            after = work(before)
            if after and after != before:
                made = KeptPartnership(key=key, first=first, second=second, partnership=after)
                table.keep_as(made, known)
            return after

        return await self._deployment.change(change)

    async def joins(self) -> Sequence[frozenset[str]]:
        return [frozenset(joined.teams) for joined in self._deployment.read(JOINS)]

    async def join(self, teams: Collection[str]) -> None:
        await self._deployment.change(lambda tx: _join(tx, tuple(sorted(set(teams)))))

    async def part(self, teams: Collection[str]) -> bool:
        joined = tuple(sorted(set(teams)))

        def work(tx: DeploymentTransaction) -> bool:
            table = tx.table(JOINS)
            return bool(table.remove(lambda kept: tuple(kept["teams"]) == joined))

        return await self._deployment.change(work)

    async def forget(self, team: str) -> None:
        def work(tx: DeploymentTransaction) -> None:
            partnerships, joins = tx.table(PARTNERSHIPS), tx.table(JOINS)
            for side in ("first", "second"):
                partnerships.remove(Is(side, team))
            for joined in [*joins]:
                if team in joined.teams:
                    joins.remove(lambda kept, teams=joined.teams: tuple(kept["teams"]) == teams)
                    left = tuple(each for each in joined.teams if each != team)
                    if len(left) > 1:
                        _join(tx, left)
            tx.table(SHARED).remove(Is("home", team))
            tx.table(TOLD).remove(Is("home", team))

        await self._deployment.change(work)

    async def told(self, home: str, number: int) -> Told | None:
        row = self._deployment.read(TOLD).get(Is("ref", MirrorRef(home=home, number=number).key))
        return _told(row) if row else None

    async def put(self, shared: SharedTicket, readers: Readers, to_tell: frozenset[str]) -> bool:
        ref, version = MirrorRef(home=shared.home, number=shared.ticket.number).key, shared.ticket.version
        wanted = {f"{ref}>{reader}": reader for reader in readers_of(shared.home, readers)}

        def work(tx: DeploymentTransaction) -> bool:
            told, rows = tx.table(TOLD), tx.table(SHARED)
            before = told.get(Is("ref", ref))
            if before and before.version > version:
                return False
            known = (
                [f"{ref}>{reader}" for reader in readers_of(shared.home, _told(before).readers)]
                if before
                else []
            )
            for key in known:
                if key not in wanted:
                    rows.remove(Is("key", key))
            for key, reader in wanted.items():
                rows.keep_as(shared_row(key, ref, reader, shared), Is("key", key))
            after = ToldRow(
                ref=ref,
                home=shared.home,
                number=shared.ticket.number,
                ticket=str(shared.ticket.id),
                version=version,
                teams=tuple(sorted(readers.teams)),
                joined=readers.joined,
                to_tell=tuple(sorted(to_tell)),
            )
            if after != before:
                told.keep_as(after, Is("ref", ref))
            return True

        return await self._deployment.change(work)

    async def find(
        self, sources: Sources, wanted: TicketFilter, *, offset: int = 0, limit: int = 10
    ) -> FoundTickets:
        with self._deployment.unchanging:
            among = self._among(sources, wanted.homes)
            rows, total = page(self._shared, wanted, offset, limit, among)
            found = [self._deployment.read(SHARED).get(doc_id=row) for row in rows]
        tickets = [shared_ticket(row) for row in found if row]
        return FoundTickets(tickets, min(total, COUNTED + 1), offset + len(rows) < total)

    async def by_id(self, sources: Sources, ticket_id: UUID) -> SharedTicket | None:
        with self._deployment.unchanging:
            rows = self._shared.values("id").rows(str(ticket_id)) & self._among(sources)
            row = self._deployment.read(SHARED).get(doc_id=rows[0]) if rows else None
        return shared_ticket(row) if row else None

    async def told_of(self, home: str, *, after: int = 0, limit: int) -> Sequence[ToldTicket]:
        with self._deployment.unchanging:
            rows = self._deployment.index(TOLD, "home", Values).rows(home)
            first = rows.rank(after)
            table = self._deployment.read(TOLD)
            found = [(row, told) for row in rows[first : first + limit] if (told := table.get(doc_id=row))]
        return [
            ToldTicket(
                row,
                MirrorRef(home=home, number=told.number, ticket=told.ticket),
                frozenset(told.to_tell),
            )
            for row, told in found
        ]

    def _among(self, sources: Sources, homes: Collection[str] = ()) -> BitMap:
        return self._shared.values("reader").rows(*sources_of(sources, homes))


class _SharedTickets:
    """The rows with their indexes, as `filter_query` asks for them. They stand in no order."""

    def __init__(self, deployment: DeploymentDB) -> None:
        self._deployment = deployment

    def values(self, index: str) -> Values:
        return self._deployment.index(SHARED, index, Values)

    def ordered(self, index: str) -> Ordered:
        return self._deployment.index(SHARED, index, Ordered)

    def words(self, index: str) -> Words:
        return self._deployment.index(SHARED, index, Words)

    def every(self) -> BitMap:
        return self.ordered("created").rows()

    def beginning_with(self, digits: int) -> BitMap:
        return self.ordered("digits").rows(str(digits), f"{digits}:")  # a colon stands behind every digit

    def in_order(self, rows: BitMap, offset: int, limit: int) -> list[int]:
        return self.ordered("created").page(rows, offset, limit)

    def newest(self, rows: BitMap, offset: int, limit: int) -> list[int]:
        end = max(0, len(rows) - offset)
        first = max(0, end - limit)
        return [*reversed(self.ordered("created").page(rows, first, end - first))]


def _join(tx: DeploymentTransaction, teams: tuple[str, ...]) -> None:
    """Once, however often they are joined."""
    table, joined = tx.table(JOINS), JoinedTeams(teams=teams)
    if joined not in [*table]:
        table.keep(joined, table.last_id + 1)


def _told(row: ToldRow) -> Told:
    return Told(row.version, Readers(frozenset(row.teams), row.joined), frozenset(row.to_tell))


def shared_row(key: str, ref: str, reader: str, shared: SharedTicket) -> SharedRow:
    """For one reader. `key`: what names it."""
    ticket = shared.ticket
    return SharedRow.model_validate(
        {
            **ticket.to_wire(),
            "key": key,
            "ref": ref,
            "home": shared.home,
            "reader": reader,
            "digits": str(ticket.number),
            "people": shared.people,
            "items": shared.items,
            "found_due": shared.due_state,
        }
    )


_OURS = {"key", "ref", "home", "reader", "digits", "people", "items", "found_due"}


def shared_ticket(row: SharedRow) -> SharedTicket:
    """What was made a row for a reader."""
    ticket = Ticket.model_validate(row.model_dump(mode="json", exclude=_OURS))
    return SharedTicket(
        home=row.home, ticket=ticket, people=row.people, items=row.items, due_state=row.found_due
    )
