"""Partnerships between workspaces: who is invited, who accepts, what each side lets the other do, and where it sees the other's
tickets. What both sides hear of is a PartnerChange; the rest is each side's own.
"""

from collections.abc import Mapping, Sequence
from uuid import uuid4

from bot.domain.elsewhere import HomeName
from bot.domain.errors import Forbidden, InvalidInput, NotKnown, Problem
from bot.domain.partners import (
    NoSuchPartner,
    Partner,
    PartnerChange,
    PartnerEvent,
    Partnership,
    Right,
    Side,
    checked_slug,
    seen_by,
)
from bot.domain.permissions import Actor
from bot.domain.words import quoted
from bot.domain.workspace import Workspace
from bot.services.neighbourhood import Neighbourhood, called_so
from bot.services.partner_changes import PartnerChanges
from bot.services.people import People
from bot.services.ports.clock import Clock
from bot.services.ports.sharing import Neighbours, SharingStore
from bot.services.workspace_settings import who_to_ask


class Partners:
    """Raises Forbidden for who is no admin, NotKnown, NoSuchPartner and InvalidInput; nothing is changed then. On StoreUnavailable
    what was asked for may still happen, once the store can be written, unless somebody has gone on by then."""

    def __init__(
        self,
        sharing: SharingStore,
        neighbours: Neighbours,
        neighbourhood: Neighbourhood,
        people: People,
        changes: PartnerChanges,
        clock: Clock,
    ) -> None:
        self._sharing = sharing
        self._neighbours = neighbours
        self._neighbourhood = neighbourhood
        self._people = people
        self._changes = changes
        self._clock = clock

    async def of(self, workspace: Workspace, actor: Actor) -> Sequence[Partner]:
        """The partnerships that are active or under way, by what they are called here. For admins; agents get the active ones,
        to choose whom to share with."""
        if not (actor.is_member and actor.is_agent):
            await self._refuse_all_but_admins(workspace, actor)
        known = await self._neighbourhood.known(workspace)
        return [each for each in known if each.is_active or actor.is_admin]

    async def partner(self, workspace: Workspace, actor: Actor, called: str) -> Partner:
        """The one that is called so here: by its short name, its own name or its team."""
        return called_so(called, await self.of(workspace, actor))

    async def invite(
        self, workspace: Workspace, actor: Actor, text: str, *, lets: Right, key: str
    ) -> Partner:
        """Invites the workspace with this team ID or domain, once for a `key`. Where that one has invited us, this accepts. Its
        admins hear of it in a direct message. One that is a partner stays as it is."""
        await self._refuse_all_but_admins(workspace, actor)
        other = self._neighbours.called(text.strip())
        if other is None or other.team == workspace.id:
            words = (
                "That is this workspace itself."
                if other
                else f"I am not installed in {quoted(text.strip())}. Ask for its address (what stands before .slack.com)"
                " or its team ID, and for Deskhand to be installed there."
            )
            raise InvalidInput([Problem(field="partner", code="unknown_workspace", message=words)])
        known = await self._sharing.partnership(workspace.id, other.team)
        is_theirs = known is not None and known.state == "invited" and known.inviter == other.team
        event: PartnerEvent = "accepted" if is_theirs else "invited"
        return await self._change(workspace, actor, other.team, event, key, lets)

    async def accept(
        self, workspace: Workspace, actor: Actor, called: str, *, lets: Right, key: str
    ) -> Partner:
        """Accepts an invitation; whoever invited hears of it. Raises InvalidInput where there is none (any more)."""
        await self._refuse_all_but_admins(workspace, actor)
        partner = await self._any(workspace, called)
        after = await self._change(workspace, actor, partner.team, "accepted", key, lets)
        if not after.is_active:
            words = f"There is no invitation from {partner.name} any more. Invite them: /ticket partners invite {partner.calls}"
            raise InvalidInput([Problem(field="partner", code="not_invited", message=words)])
        return after

    async def end(self, workspace: Workspace, actor: Actor, called: str, *, key: str) -> Partner:
        """Ends a partnership, takes an invitation back, or refuses one. Whom it concerns hears of it once; what was shared is
        gone from the other side at once."""
        await self._refuse_all_but_admins(workspace, actor)
        partner = await self._any(workspace, called)
        event: PartnerEvent = "ended"
        if partner.partnership.state == "invited":
            event = "withdrawn" if partner.is_ours else "refused"
        return await self._change(workspace, actor, partner.team, event, key, partner.lets)

    async def let(self, workspace: Workspace, actor: Actor, called: str, lets: Right, *, key: str) -> Partner:
        """What the other side may do with our tickets."""
        partner = await self._partner(workspace, actor, called)
        return await self._change(workspace, actor, partner.team, "let", key, lets)

    async def choose_channel(
        self, workspace: Workspace, actor: Actor, called: str, channel: str | None
    ) -> Partner:
        """Where the cards of the other's tickets stand from now on: of the open ones that are shared, and of others as they change;
        None for nowhere. Those that stand somewhere go on being kept up to date there."""
        partner = await self._partner(workspace, actor, called)
        chosen = {"channel": channel, "chosen_by": actor.user}
        await self._choose(workspace, partner.team, chosen)
        return await self._change(workspace, actor, partner.team, "placed", f"placed:{uuid4()}", partner.lets)

    async def rename(self, workspace: Workspace, actor: Actor, called: str, calls: str) -> Partner:
        """What the other is called here. Raises InvalidInput for a name that another has."""
        partner = await self._partner(workspace, actor, called)
        homes, known = await self._neighbourhood.homes(workspace), await self._neighbourhood.known(workspace)
        beside = {each.team: each.calls for each in known} | {each.team: each.calls for each in homes}
        taken = [calls for team, calls in beside.items() if team != partner.team]
        return await self._choose(workspace, partner.team, {"calls": checked_slug(calls, taken)})

    async def homes(self, workspace: Workspace, _: Actor) -> Sequence[HomeName]:
        """All workspaces whose tickets somebody here may see some of, by what they are called here: for who may type one."""
        return await self._neighbourhood.homes(workspace)

    async def _any(self, workspace: Workspace, called: str) -> Partner:
        return called_so(called, await self._neighbourhood.known(workspace))

    async def _partner(self, workspace: Workspace, actor: Actor, called: str) -> Partner:
        """An active one, for an admin."""
        await self._refuse_all_but_admins(workspace, actor)
        return called_so(called, [*(await self._neighbourhood.active(workspace)).values()])

    async def _change(
        self, workspace: Workspace, actor: Actor, team: str, event: PartnerEvent, key: str, lets: Right
    ) -> Partner:
        known, now = await self._sharing.partnership(workspace.id, team), self._clock()
        change = PartnerChange(
            key=key,
            event=event,
            team=workspace.id,
            other=team,
            by=actor.user,
            by_name=(await self._people.of(workspace)).name(actor.user),
            at=max(now, known.since) if known else now,  # a clock may be set back
            lets=lets,
        )
        if known is None or key not in known.applied:
            known = await self._changes.begin(workspace, change)
        if known is None:
            raise NoSuchPartner("There is no such partner any more.")
        return seen_by(known, workspace.id)

    async def _choose(self, workspace: Workspace, team: str, chosen: Mapping[str, object]) -> Partner:
        def work(known: Partnership | None) -> Partnership | None:
            return known and known.with_side(_chosen(known.side(workspace.id), chosen))

        known = await self._sharing.change_partnership(workspace.id, team, work)
        if known is None:
            raise NoSuchPartner("There is no such partner any more.")
        return seen_by(known, workspace.id)

    async def _refuse_all_but_admins(self, workspace: Workspace, actor: Actor) -> None:
        if actor.is_member and actor.is_admin:
            return
        if not actor.is_known:
            raise NotKnown
        admins = (await self._people.of(workspace)).admins
        raise Forbidden(f"Partners are for the workspace's admins. {who_to_ask(admins)}")


def _chosen(side: Side, chosen: Mapping[str, object]) -> Side:
    return side.model_copy(update=chosen)
