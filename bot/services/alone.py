"""Where a desk knows of one workspace, and of no others: nothing is shared, and nobody is a partner."""

from collections.abc import Callable, Collection, Sequence
from uuid import UUID

from bot.domain.elsewhere import SharedTicket
from bot.domain.errors import DeskError
from bot.domain.partners import Neighbour, Partnership
from bot.domain.search import TicketFilter
from bot.services.ports.sharing import FoundTickets, Readers, Sources, Told, ToldTicket


class Alone:
    """The ports SharingStore and Neighbours. What would change something raises DeskError."""

    async def partnerships(self, _team: str) -> Sequence[Partnership]:
        return ()

    async def partnership(self, _one: str, _other: str) -> Partnership | None:
        return None

    async def change_partnership(
        self, _one: str, _other: str, _work: Callable[[Partnership | None], Partnership | None]
    ) -> Partnership | None:
        raise _alone()

    async def joins(self) -> Sequence[frozenset[str]]:
        return ()

    async def join(self, _teams: Collection[str]) -> None:
        raise _alone()

    async def part(self, _teams: Collection[str]) -> bool:
        return False

    async def forget(self, _team: str) -> None:
        """There is nothing to forget."""

    async def told(self, _home: str, _number: int) -> Told | None:
        return None

    async def put(self, _shared: SharedTicket, _readers: Readers, _to_tell: frozenset[str]) -> bool:
        return False

    async def find(
        self, _sources: Sources, _wanted: TicketFilter, *, offset: int = 0, limit: int = 10
    ) -> FoundTickets:
        del offset, limit
        return FoundTickets((), 0, has_more=False)

    async def by_id(self, _sources: Sources, _ticket_id: UUID) -> SharedTicket | None:
        return None

    async def told_of(self, _home: str, *, after: int = 0, limit: int) -> Sequence[ToldTicket]:
        del after, limit
        return ()

    def neighbour(self, _team: str) -> Neighbour | None:
        return None

    def called(self, _text: str) -> Neighbour | None:
        return None

    def organisation(self, _team: str) -> str | None:
        return None

    def teams_of(self, _organisation: str) -> Collection[str]:
        return ()


def _alone() -> DeskError:
    return DeskError("This Deskhand serves one workspace alone.")
