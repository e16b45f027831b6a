"""What a workspace knows of the others: who its partners are, with whom it is joined, and how it stands to their tickets."""

from collections.abc import Collection, Mapping, Sequence

from bot.domain.elsewhere import HomeName
from bot.domain.names import folded
from bot.domain.partners import (
    Neighbour,
    NoSuchPartner,
    Partner,
    Partnership,
    PartnershipState,
    seen_by,
    slug_of,
    unlike,
)
from bot.domain.ticket import Ticket
from bot.domain.visibility import Relation, relation_of
from bot.domain.words import listed, quoted
from bot.domain.workspace import Workspace
from bot.services.ports.sharing import Neighbours, SharingStore, Sources

_NAMED_FIRST: Sequence[PartnershipState] = ("active", "invited", "ended")


class Neighbourhood:
    """For the services, which say who may ask."""

    def __init__(self, sharing: SharingStore, neighbours: Neighbours) -> None:
        self._sharing = sharing
        self._neighbours = neighbours

    async def known(self, workspace: Workspace) -> Sequence[Partner]:
        """The partnerships that are active or under way, by what they are called here."""
        found = await self._sharing.partnerships(workspace.id)
        there = [seen_by(each, workspace.id) for each in found if each.state != "ended"]
        return sorted(there, key=lambda partner: partner.calls)

    async def active(self, workspace: Workspace) -> Mapping[str, Partner]:
        """The active ones by their teams."""
        return {each.team: each for each in await self.known(workspace) if each.is_active}

    async def homes(self, workspace: Workspace) -> Sequence[HomeName]:
        """All workspaces whose tickets somebody here may see some of: active partners, and those joined with it. By names that are
        different from each other."""
        active, joined = await self.active(workspace), await self._joined(workspace.id)
        named = await self.names(workspace)
        return [home for home in named.values() if home.team in active or home.team in joined]

    async def names(self, workspace: Workspace) -> Mapping[str, HomeName]:
        """What this one calls its partners, whoever was one, and those joined with it, by their teams. The name of a partner stays,
        and whoever was one goes by another where somebody has it by now."""
        found = await self._sharing.partnerships(workspace.id)
        named, taken = dict[str, HomeName](), set[str]()
        for each in sorted(found, key=lambda each: (_NAMED_FIRST.index(each.state), each.key)):
            ours, other = each.side(workspace.id), each.other(workspace.id)
            calls = unlike(ours.calls, other.team, taken)
            named[other.team] = HomeName(other.team, calls, other.name)
            taken.add(calls)
        for team in sorted(await self._joined(workspace.id) - named.keys()):
            if neighbour := self._neighbours.neighbour(team):
                named[team] = HomeName(team, slug_of(neighbour, taken), neighbour.name)
                taken.add(named[team].calls)
        return named

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
        found = (await self.names(workspace)).get(team)
        neighbour = self._neighbours.neighbour(team) or Neighbour(team, team)
        return found or HomeName(team, slug_of(neighbour), neighbour.name)

    async def _joined(self, team: str) -> frozenset[str]:
        """The teams that one is joined with: in a set of the operator's, or in its organisation."""
        sets = [joined for joined in await self._sharing.joins() if team in joined]
        organisation = self._neighbours.organisation(team)
        beside = self._neighbours.teams_of(organisation) if organisation else ()
        return frozenset().union(*sets, beside) - {team}


def called_so(text: str, partners: Collection[Partner]) -> Partner:
    """The partner with this short name, own name or team. Raises NoSuchPartner, with those that there are."""
    wanted = folded(text.strip().removesuffix("/"))
    for names in (lambda each: (each.calls, folded(each.team)), lambda each: (folded(each.name),)):
        found = [each for each in partners if wanted in names(each)]
        if len(found) == 1:
            return found[0]
    known = listed(sorted(each.calls for each in partners), "and")
    there = (
        f"Your partners are {known}."
        if known
        else "You have no partners yet. An admin invites one with `/ticket partners`."
    )
    raise NoSuchPartner(f"There is no partner {quoted(text.strip())}. {there}")
