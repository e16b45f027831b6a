"""Tickets across workspaces, for an actor of one of them: sharing its own, and seeing and discussing what others share.

What somebody may not see of another workspace is answered like what does not exist.
"""

from collections.abc import Sequence
from uuid import UUID

from bot.domain.contract import VisibilityMode
from bot.domain.elsewhere import SeenComments, SeenPage, SeenTicket
from bot.domain.permissions import Actor
from bot.domain.search import TicketFilter
from bot.domain.ticket import Ticket
from bot.domain.workspace import Workspace
from bot.services.partners import Partners
from bot.services.ports.clock import Clock
from bot.services.ports.sharing import SharingStore
from bot.services.ports.store import Store
from bot.services.ticket_steps import StepRequest, TicketSteps


class Sharing:
    """Raises NotFound, Forbidden, NotKnown, NoSuchPartner, NotNow, Conflict, InvalidInput and StoreUnavailable; nothing is changed
    then."""

    def __init__(
        self, store: Store, sharing: SharingStore, partners: Partners, steps: TicketSteps, clock: Clock
    ) -> None:
        self._store = store
        self._sharing = sharing
        self._partners = partners
        self._steps = steps
        self._clock = clock

    # Own tickets: for agents of their queue.

    async def share(
        self, workspace: Workspace, number: int, called: Sequence[str], request: StepRequest
    ) -> Ticket:
        """Shares a ticket with these partners as well, by what they are called here. Its mode becomes `shared`."""
        raise NotImplementedError

    async def unshare(
        self, workspace: Workspace, number: int, called: Sequence[str], request: StepRequest
    ) -> Ticket:
        """Takes these partners off; all of them where none is named. With none left its mode becomes `workspace_local`."""
        raise NotImplementedError

    async def choose(
        self,
        workspace: Workspace,
        number: int,
        mode: VisibilityMode,
        called: Sequence[str],
        request: StepRequest,
    ) -> Ticket:
        """What a form says: the mode and, of `shared`, exactly these partners."""
        raise NotImplementedError

    async def shared_with(self, workspace: Workspace, ticket: Ticket) -> Sequence[str]:
        """What the partners are called here that see it now."""
        raise NotImplementedError

    async def unconfirmed(self, workspace: Workspace) -> int:
        """How many tickets name a mode other than local that nobody has confirmed, so that they stay local."""
        raise NotImplementedError

    async def confirm(self, workspace: Workspace, actor: Actor, *, limit: int = 100) -> int:
        """Confirms the mode of so many of these, as far as the actor is an agent of their queues; how many are left that they
        may confirm. For admins who are agents, in steps."""
        raise NotImplementedError

    # Others' tickets: for agents and admins.

    async def seen(self, workspace: Workspace, actor: Actor, name: str) -> SeenTicket:
        """The ticket that `acme/T-42` names, as it is at this moment. Raises NotFound, in the same words whether there is no such
        workspace, no such ticket, or it is not for this one."""
        raise NotImplementedError

    async def by_id(self, workspace: Workspace, actor: Actor, ticket_id: UUID) -> SeenTicket | None:
        """A related ticket of another workspace."""
        raise NotImplementedError

    async def find(
        self,
        workspace: Workspace,
        actor: Actor,
        wanted: TicketFilter,
        *,
        called: Sequence[str] = (),
        offset: int = 0,
        limit: int = 10,
    ) -> SeenPage:
        """A page of what others share with this workspace. `called`: only of these, by what they are called here (raises
        NoSuchPartner). Empty for who may see none."""
        raise NotImplementedError

    async def like(
        self, workspace: Workspace, actor: Actor, typed: str, *, limit: int
    ) -> Sequence[SeenTicket]:
        """What somebody may mean who has typed this much of a name (`acme/T-4`), a number or a summary."""
        raise NotImplementedError

    async def comments(
        self, workspace: Workspace, actor: Actor, name: str, *, before: int | None = None, limit: int = 10
    ) -> SeenComments:
        """The last of its public comments; with `before`, the last of that many."""
        raise NotImplementedError

    async def comment(
        self, workspace: Workspace, actor: Actor, name: str, text: str, nonce: UUID
    ) -> SeenTicket:
        """Writes a comment to another workspace's ticket, once for a nonce. It stands in the thread there, and below the card
        here."""
        raise NotImplementedError

    async def mirror_at(self, workspace: Workspace, actor: Actor, channel: str, ts: str) -> SeenTicket | None:
        """The ticket of another workspace whose card here this message is."""
        raise NotImplementedError
