"""Partnerships between workspaces: who is invited, who accepts, what each side lets the other do, and where it sees the other's
tickets.

What both sides must hear of goes through the outbox of the side that does it: a job `partner`, saved before anything else,
applies the change and tells the admins of both sides, each by a job with a fixed id in their own outbox. So a crash
between the two loses nothing and tells nobody twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.elsewhere import HomeName
from bot.domain.partners import Neighbour, Partnership, Right
from bot.domain.permissions import Actor
from bot.domain.workspace import Workspace
from bot.services.people import People
from bot.services.ports.clock import Clock
from bot.services.ports.sharing import Neighbours, SharingStore
from bot.services.ports.store import Store


@dataclass(frozen=True, slots=True)
class Partner:
    """A partnership as one of its sides sees it: `calls` and `name` are the other's, as that is known here; `lets` is what the
    other may do with our tickets, `is_let` what we may do with theirs; `channel` where their cards stand here. `is_ours`:
    whether this side invited; `invited_by`: who did, of the side that did."""

    partnership: Partnership
    team: str
    calls: str
    name: str
    lets: Right
    is_let: Right
    channel: str | None
    is_ours: bool

    @property
    def is_active(self) -> bool:
        return self.partnership.is_active


class Partners:
    """Raises Forbidden for who is no admin, NotKnown, NoSuchPartner, InvalidInput and StoreUnavailable; nothing is changed then."""

    def __init__(
        self, store: Store, sharing: SharingStore, neighbours: Neighbours, people: People, clock: Clock
    ) -> None:
        self._store = store
        self._sharing = sharing
        self._neighbours = neighbours
        self._people = people
        self._clock = clock

    async def of(self, workspace: Workspace, actor: Actor) -> Sequence[Partner]:
        """The partnerships that are active or under way, by what they are called here. For admins; agents get the active ones,
        to choose whom to share with."""
        raise NotImplementedError

    async def partner(self, workspace: Workspace, actor: Actor, called: str) -> Partner:
        """The one that is called so here: its short name, its own name or its team."""
        raise NotImplementedError

    async def invite(
        self, workspace: Workspace, actor: Actor, text: str, *, lets: Right, key: str
    ) -> Partner:
        """Invites the workspace with this team ID or domain, once for a `key`. Where that one has invited us, this accepts. Its
        admins hear of it in a direct message."""
        raise NotImplementedError

    async def accept(
        self, workspace: Workspace, actor: Actor, called: str, *, lets: Right, key: str
    ) -> Partner:
        """Accepts an invitation; whoever invited hears of it."""
        raise NotImplementedError

    async def end(self, workspace: Workspace, actor: Actor, called: str, *, key: str) -> Partner:
        """Ends a partnership, takes an invitation back, or refuses one. Both sides' admins hear of it once; what was shared is
        gone from the other side at once."""
        raise NotImplementedError

    async def let(self, workspace: Workspace, actor: Actor, called: str, lets: Right, *, key: str) -> Partner:
        """What the other side may do with our tickets."""
        raise NotImplementedError

    async def choose_channel(
        self, workspace: Workspace, actor: Actor, called: str, channel: str | None
    ) -> Partner:
        """Where the cards of the other's tickets stand from now on; None for nowhere. Those that stand somewhere go on being
        kept up to date there."""
        raise NotImplementedError

    async def rename(self, workspace: Workspace, actor: Actor, called: str, calls: str) -> Partner:
        """What the other is called here."""
        raise NotImplementedError

    async def homes(self, workspace: Workspace) -> Sequence[HomeName]:
        """All workspaces whose tickets somebody here may see some of: active partners, and those joined with it. By names that are
        different from each other."""
        raise NotImplementedError

    def invitable(self, text: str) -> Neighbour | None:
        """The workspace that an admin means who has typed all of its domain or team ID."""
        return self._neighbours.called(text)
