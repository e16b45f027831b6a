"""What a card says of other workspaces: who sees its ticket, and whether there is anybody to share it with."""

from collections.abc import Awaitable, Callable

from bot.domain.permissions import THE_DESK
from bot.domain.ticket import Ticket
from bot.domain.workspace import Workspace
from bot.services.partners import Partners
from bot.services.sharing import Sharing
from handlers.blocks.card import ALONE, Shared

SharedOf = Callable[[Workspace, Ticket], Awaitable[Shared]]


async def alone(_: Workspace, __: Ticket) -> Shared:
    """Where there are no other workspaces."""
    return ALONE


def shared_of(partners: Partners, sharing: Sharing) -> SharedOf:
    async def found(workspace: Workspace, ticket: Ticket) -> Shared:
        if not await partners.homes(workspace, THE_DESK):
            return ALONE
        names = await sharing.shared_with(workspace, THE_DESK, ticket) if ticket.shared_with else ()
        return Shared(names, offered=True)

    return found
