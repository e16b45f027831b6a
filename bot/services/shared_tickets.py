"""Tickets of other workspaces, for an actor of one: what `visibility` lets them see, under the home's name (`acme/T-42`).

What somebody may not see is answered like what does not exist. A single ticket is read where it lives, and is as it is at this
moment; lists are read from the shared index.
"""

from collections.abc import Mapping, Sequence
from typing import NoReturn
from uuid import UUID

from bot.domain.elsewhere import (
    HomeName,
    SeenComment,
    SeenComments,
    SeenPage,
    SeenTicket,
    SharedTicket,
    named,
)
from bot.domain.errors import NotFound, NotKnown
from bot.domain.mirror_ref import MirrorRef
from bot.domain.partners import NoSuchPartner
from bot.domain.permissions import Actor
from bot.domain.search import TicketFilter
from bot.domain.visibility import leaves, may, may_workspace
from bot.domain.words import listed, quoted
from bot.domain.workspace import Workspace
from bot.services.elsewhere import Elsewhere, Reached, outward
from bot.services.neighbourhood import Neighbourhood
from bot.services.people import People
from bot.services.ports.sharing import SharingStore
from bot.services.ports.store import Store

_NOTHING = SeenPage((), 0, 0, has_more=False)


class SharedTickets:
    """Raises NotFound, NotKnown, NoSuchPartner and StoreUnavailable."""

    def __init__(
        self, store: Store, sharing: SharingStore, neighbourhood: Neighbourhood, people: People
    ) -> None:
        self._store = store
        self._sharing = sharing
        self._neighbourhood = neighbourhood
        self._people = people
        self._elsewhere = Elsewhere(store, people, neighbourhood)

    async def seen(self, workspace: Workspace, actor: Actor, name: str) -> SeenTicket:
        """The ticket that `acme/T-42` names. Raises NotFound, in the same words whether there is no such workspace, no such
        ticket, or it is not for this one."""
        calls, number = named(name) or ("", 0)
        homes = await self._neighbourhood.homes(workspace)
        home = next((each for each in homes if each.calls == calls), None)
        ref = MirrorRef(home=home.team, number=number) if home else None
        seen = await self.at(workspace, actor, ref) if ref else None
        return seen or _refuse(actor, name.strip())

    async def by_id(self, workspace: Workspace, actor: Actor, ticket_id: UUID) -> SeenTicket | None:
        """A ticket that another one is related to."""
        if not actor.may_look_elsewhere:
            return None
        found = await self._sharing.by_id(await self._neighbourhood.sources(workspace), ticket_id)
        if found is None:
            return None
        return await self.at(workspace, actor, MirrorRef(home=found.home, number=found.ticket.number))

    async def sees(self, workspace: Workspace, actor: Actor, ticket_id: UUID) -> bool:
        """Whether an own ticket may be related to this one of another workspace. It is asked in a transaction, and so looks into no
        other store."""
        if not actor.may_look_elsewhere:
            return False
        found = await self._sharing.by_id(await self._neighbourhood.sources(workspace), ticket_id)
        names = await self._neighbourhood.names(workspace) if found else {}
        return found is not None and await self._listed(workspace, names, found) is not None

    async def at(self, workspace: Workspace, actor: Actor, ref: MirrorRef) -> SeenTicket | None:
        """The ticket where it lives, as far as the actor may see it."""
        reached = await self._reached(workspace, actor, ref)
        if reached is None:
            return None
        return await self._shown(await self._neighbourhood.name_of(workspace, ref.home), reached)

    async def mirror_at(self, workspace: Workspace, actor: Actor, channel: str, ts: str) -> SeenTicket | None:
        """The ticket of another workspace whose card here this message is."""
        mirror = await self._store.read(workspace).mirror_at(channel, ts)
        return await self.at(workspace, actor, mirror.ref) if mirror else None

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
        """A page of what others share with this workspace. `called`: only of these, by what they are called here. Empty for who
        may see none."""
        homes = {home.calls: home for home in await self._neighbourhood.homes(workspace)}
        if unknown := [name for name in called if name not in homes]:
            there = f"I know {listed([*homes], 'and')}." if homes else "Nobody shares tickets with you yet."
            raise NoSuchPartner(f"There is no workspace {quoted(unknown[0])}. {there}")
        if not actor.may_look_elsewhere:
            return _NOTHING
        asked = [homes[name].team for name in called] or wanted.homes
        found = await self._sharing.find(
            await self._neighbourhood.sources(workspace),
            wanted.model_copy(update={"homes": tuple(asked)}),
            offset=offset,
            limit=limit,
        )
        by_team = {home.team: home for home in homes.values()}
        seen = [await self._listed(workspace, by_team, shared) for shared in found.tickets]
        return SeenPage([each for each in seen if each], offset, found.total, found.has_more)

    async def like(
        self, workspace: Workspace, actor: Actor, typed: str, *, limit: int
    ) -> Sequence[SeenTicket]:
        """What somebody may mean who has typed this much of a name (`acme/T-4`), a number or a summary."""
        begun, slash, rest = typed.strip().partition("/")
        homes = [home.calls for home in await self._neighbourhood.homes(workspace)] if slash else []
        called = [name for name in homes if name.startswith(begun.casefold())]
        if slash and not called:
            return ()
        words = tuple((rest if slash else typed).split())
        page = await self.find(workspace, actor, TicketFilter(words=words), called=called, limit=limit)
        return page.tickets

    async def comments(
        self,
        workspace: Workspace,
        actor: Actor,
        ref: MirrorRef,
        *,
        before: int | None = None,
        limit: int = 10,
    ) -> SeenComments:
        """The last of its public comments; with `before`, the last of that many. Raises NotFound as `seen` does."""
        home, reached = await self._opened(workspace, actor, ref)
        page = await self._store.read(reached.home).comments(
            reached.ticket.number, before=before, limit=limit, internal=False
        )
        known = await self._people.of(reached.home)
        shown = [
            SeenComment(
                outward(each, known.name),
                each.author_name or known.name(each.author),
                None if each.team == workspace.id else each.team_name if each.team else home.calls,
            )
            for each in page.comments
            if leaves(each)
        ]
        return SeenComments(shown, page.offset, page.total)

    async def _reached(self, workspace: Workspace, actor: Actor, ref: MirrorRef) -> Reached | None:
        """None where the actor may not see it."""
        reached = await self._elsewhere.reach(workspace, ref)
        return reached if reached and may(actor, "see", reached.ticket, reached.relation) else None

    async def _opened(self, workspace: Workspace, actor: Actor, ref: MirrorRef) -> tuple[HomeName, Reached]:
        """Raises NotFound where the actor may not see it."""
        home = await self._neighbourhood.name_of(workspace, ref.home)
        reached = await self._reached(workspace, actor, ref)
        return home, reached or _refuse(actor, f"{home.calls}/T-{ref.number}")

    async def _shown(self, home: HomeName, reached: Reached) -> SeenTicket:
        shared = await self._elsewhere.cut_out(reached.home, reached.ticket)
        return SeenTicket(home, reached.ticket.number, reached.relation, shared)

    async def _listed(
        self, workspace: Workspace, homes: Mapping[str, HomeName], shared: SharedTicket
    ) -> SeenTicket | None:
        """One of a page. The index may be a moment behind what a partnership has become, and the rule is not. That it was shared
        with this workspace is why it was found."""
        home, ticket = homes.get(shared.home), shared.ticket
        if home is None:
            return None
        found = ticket.model_copy(update={"shared_with": (workspace.id,)})
        relation = await self._neighbourhood.relation(workspace, found, shared.home)
        if not may_workspace("see", ticket, relation):
            return None
        return SeenTicket(home, ticket.number, relation, shared)


def _refuse(actor: Actor, name: str) -> NoReturn:
    """In the same words whether there is none, or the actor may not see it. Raises NotKnown where we do not know yet whether they may."""
    if not actor.is_known:
        raise NotKnown
    raise NotFound(f"There is no {name} that you can see. `/ticket list from:any` shows what others share.")
