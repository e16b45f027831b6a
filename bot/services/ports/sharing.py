"""What workspaces of a deployment know of each other: partnerships, joins, and the tickets that are for others, in one place
where they are found without a look into any other workspace's store. `storage` implements it."""

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple, Protocol
from uuid import UUID

from bot.domain.elsewhere import SharedTicket
from bot.domain.mirror_ref import MirrorRef
from bot.domain.partners import Neighbour, Partnership
from bot.domain.search import TicketFilter


class Readers(NamedTuple):
    """Which workspaces may read a ticket: the partners that it is shared with, by their teams; or, with `joined`, all that are
    joined with its own."""

    teams: frozenset[str] = frozenset()
    joined: bool = False


class Told(NamedTuple):
    """How far others were told of a ticket. `to_tell`: the teams that were told that they may see it, and not since that they may
    not."""

    version: int
    readers: Readers
    to_tell: frozenset[str]


class ToldTicket(NamedTuple):
    """A ticket that others were told of. `order`: in which they were told first."""

    order: int
    ref: MirrorRef
    to_tell: frozenset[str]


class Sources(NamedTuple):
    """Whose tickets somebody finds: those that `partners` share with `team`, and the global ones of those `joined` with it."""

    team: str
    partners: frozenset[str]
    joined: frozenset[str]


class FoundTickets(NamedTuple):
    """A page of what was found; `total` counts all, up to one more than `search.COUNTED`."""

    tickets: Sequence[SharedTicket]
    total: int
    has_more: bool


class SharingStore(Protocol):
    """Raises StoreUnavailable where a change cannot be written. A change is durable when it returns."""

    async def partnerships(self, team: str) -> Sequence[Partnership]:
        """Those that a team is a side of, ended ones included, in no order."""

    async def partnership(self, one: str, other: str) -> Partnership | None: ...
    async def change_partnership(
        self, one: str, other: str, work: Callable[[Partnership | None], Partnership | None]
    ) -> Partnership | None:
        """Keeps what `work` makes of what is kept of the two, and gives it. One change after the other."""

    async def joins(self) -> Sequence[frozenset[str]]:
        """The sets of teams that the operator joined: each with each of its set, and with no other."""

    async def join(self, teams: Collection[str]) -> None:
        """Joins teams; a set that is there already changes nothing."""

    async def part(self, teams: Collection[str]) -> bool:
        """Takes a set of joined teams apart; whether there was exactly this one."""

    async def forget(self, team: str) -> None:
        """Forgets a team's partnerships, its place in joins, and what it has shared."""

    async def told(self, home: str, number: int) -> Told | None: ...
    async def put(self, shared: SharedTicket, readers: Readers, to_tell: frozenset[str]) -> bool:
        """Makes a ticket found by its readers, and by nobody else; with no readers, by nobody. What is kept of a newer version
        stays. Whether it is kept."""

    async def find(
        self, sources: Sources, wanted: TicketFilter, *, offset: int = 0, limit: int = 10
    ) -> FoundTickets:
        """Costs what is found, however many tickets others have that are for nobody else. `wanted.homes` narrows the sources."""

    async def by_id(self, sources: Sources, ticket_id: UUID) -> SharedTicket | None: ...
    async def told_of(self, home: str, *, after: int = 0, limit: int) -> Sequence[ToldTicket]:
        """The tickets of `home` that others were ever told of, a page at a time: those behind the one with the `order` `after`."""


class Neighbours(Protocol):
    """The workspaces in which Deskhand is installed, as others may know them. Look-ups, without waiting."""

    def neighbour(self, team: str) -> Neighbour | None:
        """A workspace; None where Deskhand never was installed there."""

    def called(self, text: str) -> Neighbour | None:
        """The workspace with exactly this team ID or domain. Nobody finds others' workspaces by guessing at their names."""

    def organisation(self, team: str) -> str | None:
        """The ID of the organisation that a team is of."""

    def teams_of(self, organisation: str) -> Collection[str]:
        """The teams of an organisation in which Deskhand is installed."""
