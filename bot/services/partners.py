"""Partnerships between workspaces: who is invited, who accepts, what each side lets the other do, and where it sees the other's
tickets. What both sides hear of is a PartnerChange; the rest is each side's own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.domain.elsewhere import HomeName
from bot.domain.errors import Forbidden, InvalidInput, NotKnown, Problem
from bot.domain.names import folded
from bot.domain.partners import (
    Neighbour,
    NoSuchPartner,
    PartnerChange,
    PartnerEvent,
    Partnership,
    Right,
    Side,
    checked_slug,
    slug_of,
)
from bot.domain.permissions import Actor
from bot.domain.ticket import Ticket
from bot.domain.visibility import Relation, relation_of
from bot.domain.words import listed, quoted
from bot.domain.workspace import Workspace
from bot.services.partner_changes import PartnerChanges
from bot.services.people import People
from bot.services.ports.clock import Clock
from bot.services.ports.sharing import Neighbours, SharingStore, Sources
from bot.services.workspace_settings import who_to_ask


@dataclass(frozen=True, slots=True)
class Partner:
    """A partnership as one of its sides sees it: `calls` and `name` are the other's, as that is known here; `lets` is what the
    other may do with our tickets, `is_let` what we may do with theirs; `channel` where their cards stand here. `is_ours`:
    whether this side invited."""

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
        self,
        sharing: SharingStore,
        neighbours: Neighbours,
        people: People,
        changes: PartnerChanges,
        clock: Clock,
    ) -> None:
        self._sharing = sharing
        self._neighbours = neighbours
        self._people = people
        self._changes = changes
        self._clock = clock

    async def of(self, workspace: Workspace, actor: Actor) -> Sequence[Partner]:
        """The partnerships that are active or under way, by what they are called here. For admins; agents get the active ones,
        to choose whom to share with."""
        if not (actor.is_member and actor.is_agent):
            await self._refuse_all_but_admins(workspace, actor)
        known = await self._known(workspace)
        return [each for each in known if each.is_active or actor.is_admin]

    async def partner(self, workspace: Workspace, actor: Actor, called: str) -> Partner:
        """The one that is called so here: by its short name, its own name or its team."""
        return _called(called, await self.of(workspace, actor))

    async def active(self, workspace: Workspace) -> Mapping[str, Partner]:
        """The active ones by their teams."""
        return {each.team: each for each in await self._known(workspace) if each.is_active}

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
        """Where the cards of the other's tickets stand from now on, as they are shared or change; None for nowhere. Those that
        stand somewhere go on being kept up to date there."""
        partner = await self._partner(workspace, actor, called)
        chosen = {"channel": channel, "chosen_by": actor.user}
        return await self._choose(workspace, partner.team, chosen)

    async def rename(self, workspace: Workspace, actor: Actor, called: str, calls: str) -> Partner:
        """What the other is called here. Raises InvalidInput for a name that another has."""
        partner = await self._partner(workspace, actor, called)
        taken = [home.calls for home in await self.homes(workspace) if home.team != partner.team]
        return await self._choose(workspace, partner.team, {"calls": checked_slug(calls, taken)})

    async def homes(self, workspace: Workspace) -> Sequence[HomeName]:
        """All workspaces whose tickets somebody here may see some of: active partners, and those joined with it. By names that are
        different from each other."""
        known = await self._known(workspace)
        homes = [HomeName(each.team, each.calls, each.name) for each in known if each.is_active]
        taken = {each.calls for each in known}
        for team in sorted(await self._joined(workspace.id) - {home.team for home in homes}):
            if neighbour := self._neighbours.neighbour(team):
                calls = slug_of(neighbour, taken)
                taken.add(calls)
                homes.append(HomeName(team, calls, neighbour.name))
        return homes

    async def sources(self, workspace: Workspace) -> Sources:
        """Whose tickets somebody here may find."""
        partners = frozenset((await self.active(workspace)).keys())
        return Sources(workspace.id, partners, await self._joined(workspace.id))

    async def partnership(self, workspace: Workspace, team: str) -> Partnership | None:
        return await self._sharing.partnership(workspace.id, team)

    async def relation(self, workspace: Workspace, ticket: Ticket, home: str) -> Relation:
        """How a workspace stands to a ticket of the team `home`."""
        known = await self._sharing.partnership(workspace.id, home)
        joined = home in await self._joined(workspace.id)
        return relation_of(ticket, home, workspace.id, known, joined=joined)

    async def name_of(self, workspace: Workspace, team: str) -> HomeName:
        """What another workspace is called here, whatever it is to this one by now."""
        known = await self._sharing.partnership(workspace.id, team)
        if known:
            return HomeName(team, known.side(workspace.id).calls, known.other(workspace.id).name)
        found = next((home for home in await self.homes(workspace) if home.team == team), None)
        neighbour = self._neighbours.neighbour(team) or Neighbour(team, team)
        return found or HomeName(team, slug_of(neighbour), neighbour.name)

    async def _joined(self, team: str) -> frozenset[str]:
        """The teams that one is joined with: in a set of the operator's, or in its organisation."""
        sets = [joined for joined in await self._sharing.joins() if team in joined]
        organisation = self._neighbours.organisation(team)
        beside = self._neighbours.teams_of(organisation) if organisation else ()
        return frozenset().union(*sets, beside) - {team}

    async def _known(self, workspace: Workspace) -> Sequence[Partner]:
        found = await self._sharing.partnerships(workspace.id)
        there = [_seen(each, workspace.id) for each in found if each.state != "ended"]
        return sorted(there, key=lambda partner: partner.calls)

    async def _any(self, workspace: Workspace, called: str) -> Partner:
        return _called(called, await self._known(workspace))

    async def _partner(self, workspace: Workspace, actor: Actor, called: str) -> Partner:
        """An active one, for an admin."""
        await self._refuse_all_but_admins(workspace, actor)
        return _called(called, [*(await self.active(workspace)).values()])

    async def _change(
        self, workspace: Workspace, actor: Actor, team: str, event: PartnerEvent, key: str, lets: Right
    ) -> Partner:
        change = PartnerChange(
            key=key,
            event=event,
            team=workspace.id,
            other=team,
            by=actor.user,
            by_name=(await self._people.of(workspace)).name(actor.user),
            at=self._clock(),
            lets=lets,
        )
        known = await self._sharing.partnership(workspace.id, team)
        if known is None or key not in known.applied:
            known = await self._changes.begin(workspace, change)
        if known is None:
            raise NoSuchPartner("There is no such partner any more.")
        return _seen(known, workspace.id)

    async def _choose(self, workspace: Workspace, team: str, chosen: Mapping[str, object]) -> Partner:
        def work(known: Partnership | None) -> Partnership | None:
            return known and known.with_side(_chosen(known.side(workspace.id), chosen))

        known = await self._sharing.change_partnership(workspace.id, team, work)
        if known is None:
            raise NoSuchPartner("There is no such partner any more.")
        return _seen(known, workspace.id)

    async def _refuse_all_but_admins(self, workspace: Workspace, actor: Actor) -> None:
        if actor.is_member and actor.is_admin:
            return
        if not actor.is_known:
            raise NotKnown
        admins = (await self._people.of(workspace)).admins
        raise Forbidden(f"Partners are for the workspace's admins. {who_to_ask(admins)}")


def _chosen(side: Side, chosen: Mapping[str, object]) -> Side:
    return side.model_copy(update=chosen)


def _seen(partnership: Partnership, team: str) -> Partner:
    ours, theirs = partnership.side(team), partnership.other(team)
    return Partner(
        partnership=partnership,
        team=theirs.team,
        calls=ours.calls,
        name=theirs.name,
        lets=ours.lets,
        is_let=theirs.lets,
        channel=ours.channel,
        is_ours=partnership.inviter == team,
    )


def _called(text: str, partners: Sequence[Partner]) -> Partner:
    """Raises NoSuchPartner, with those that there are."""
    wanted = folded(text.strip().removesuffix("/"))
    for names in (lambda each: (each.calls, folded(each.team)), lambda each: (folded(each.name),)):
        found = [each for each in partners if wanted in names(each)]
        if len(found) == 1:
            return found[0]
    known = listed([each.calls for each in partners], "and")
    there = (
        f"Your partners are {known}."
        if known
        else "You have none yet. An admin invites one with `/ticket partners`."
    )
    raise NoSuchPartner(f"There is no partner {quoted(text.strip())}. {there}")
