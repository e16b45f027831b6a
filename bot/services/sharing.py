"""Tickets across workspaces, for an actor of one of them: sharing its own, and seeing and discussing what others share."""

from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

from bot.domain import visibility
from bot.domain.characters import is_blank
from bot.domain.comments import typed_comment
from bot.domain.contract import VisibilityMode, refuse_unstorable
from bot.domain.elsewhere import SeenTicket
from bot.domain.errors import Forbidden, InvalidInput, Problem
from bot.domain.lifecycle import StepContext
from bot.domain.mirror_ref import MirrorRef
from bot.domain.mirrors import MirrorCopy, WrittenHere, carry_home, copy_job, copy_key, ref_of, revision_of
from bot.domain.outbox import updates
from bot.domain.partners import Partner
from bot.domain.permissions import Actor, may
from bot.domain.ticket import Ticket
from bot.domain.visibility import LOCAL, is_shared_with, shared
from bot.domain.workspace import Workspace
from bot.services.neighbourhood import Neighbourhood, called_so
from bot.services.people import People
from bot.services.ports.clock import Clock
from bot.services.ports.sharing import SharingStore
from bot.services.ports.store import Store, Transaction
from bot.services.shared_tickets import SharedTickets
from bot.services.step_requests import StepRequest
from bot.services.ticket_steps import TicketSteps


class Sharing(SharedTickets):
    """Raises NotFound, Forbidden, NotKnown, NoSuchPartner, Conflict, InvalidInput and StoreUnavailable; nothing is changed then."""

    def __init__(
        self,
        store: Store,
        sharing: SharingStore,
        neighbourhood: Neighbourhood,
        people: People,
        steps: TicketSteps,
        clock: Clock,
    ) -> None:
        super().__init__(store, sharing, neighbourhood, people)
        self._steps = steps
        self._clock = clock

    async def share(
        self, workspace: Workspace, number: int, called: Sequence[str], request: StepRequest
    ) -> Ticket:
        """Shares a ticket with these partners as well, by what they are called here. Its mode becomes `shared`."""
        partners = await self._neighbourhood.active(workspace)
        new = _teams(called, partners)
        return await self._choose(
            workspace, number, request, partners, lambda there: ("shared", (*there, *new))
        )

    async def unshare(
        self, workspace: Workspace, number: int, called: Sequence[str], request: StepRequest
    ) -> Ticket:
        """Takes these partners off; all of them where none is named. With none left it is for this workspace alone."""
        partners = await self._neighbourhood.active(workspace)
        gone = _teams(called, partners)

        def without(there: Sequence[str]) -> tuple[VisibilityMode, Sequence[str]]:
            left = [team for team in there if called and team not in gone]
            return ("shared", left) if left else (LOCAL, ())

        return await self._choose(workspace, number, request, partners, without)

    async def choose(
        self,
        workspace: Workspace,
        number: int,
        mode: VisibilityMode,
        called: Sequence[str],
        request: StepRequest,
    ) -> Ticket:
        """What a form says: the mode and, of `shared`, exactly these partners."""
        partners = await self._neighbourhood.active(workspace)
        teams = _teams(called, partners)
        return await self._choose(workspace, number, request, partners, lambda _: (mode, teams))

    async def shared_with(self, workspace: Workspace, _: Actor, ticket: Ticket) -> Sequence[str]:
        """What the partners are called here that see it now."""
        partners = await self._neighbourhood.active(workspace)
        return [partners[team].calls for team in _still_shared_with(ticket, partners)]

    async def unconfirmed(self, workspace: Workspace, _: Actor) -> int:
        """How many tickets name a mode other than local that nobody has confirmed, so that they stay local."""
        return (await self._store.read(workspace).unconfirmed()).total

    async def confirm(self, workspace: Workspace, actor: Actor, *, limit: int = 100) -> int:
        """Confirms the mode of so many of these, as far as the actor is an agent of their queues. How many it were: fewer than
        the limit once there are no more that they may confirm."""
        now, confirmed, seen = self._clock(), 0, 0

        async def work(tx: Transaction) -> tuple[int, int]:
            numbers = (await tx.unconfirmed(after=seen, limit=limit - confirmed)).numbers
            tickets = [ticket for number in numbers if (ticket := await tx.ticket(number))]
            theirs = [ticket for ticket in tickets if may(actor, "share", ticket)]
            for ticket in theirs:
                told = shared(ticket, ticket.visibility_mode, (), {}, StepContext(actor.user, now))
                await tx.save(told, now=now)
                for job in updates(told, now):
                    await tx.enqueue(job)
            return len(theirs), max(numbers, default=0)

        while confirmed < limit:
            more, seen = await self._store.change(workspace, work)
            confirmed += more
            if not seen:
                break
        return confirmed

    async def comment(
        self, workspace: Workspace, actor: Actor, ref: MirrorRef, text: str, nonce: UUID
    ) -> SeenTicket:
        """Writes a comment to another workspace's ticket, once for a nonce. It stands in the thread there, and below the card
        here."""
        home, reached = await self._opened(workspace, actor, ref)
        seen, now = await self._shown(home, reached), self._clock()
        if not visibility.may(actor, "comment", reached.ticket, reached.relation):
            raise Forbidden(f"{home.name} lets you see {seen.name}, and not comment on it.")
        if is_blank(text):
            raise InvalidInput([Problem(field="comment", code="missing", message="Write what to say.")])
        refuse_unstorable({"comment": text})
        ticket, ref = reached.ticket, ref_of(ref.home, reached.ticket)

        async def work(tx: Transaction) -> None:
            said = typed_comment(ticket, text.strip(), author=actor.user, nonce=nonce, now=now)
            if await tx.written_here(said.key):
                return
            written = WrittenHere(key=said.key, ref=ref, comment=said)
            await tx.keep_written_here(written)
            await tx.enqueue(carry_home(written, now))
            if mirror := await tx.mirror(ref):
                copy = MirrorCopy(
                    key=copy_key(ref, said.key), of=ref.key, comment=said.key, revision=revision_of(said)
                )
                await tx.keep_mirror_copy(copy)
                if job := copy_job(mirror, copy, now):
                    await tx.enqueue(job)

        await self._store.change(workspace, work)
        return seen

    async def _choose(
        self,
        workspace: Workspace,
        number: int,
        request: StepRequest,
        partners: Mapping[str, Partner],
        chosen: "Chosen",
    ) -> Ticket:
        """By a rule that says, for the partners that see the ticket now, its mode and its partners then."""
        names = {team: partner.calls for team, partner in partners.items()}

        async def change(_: Transaction, ticket: Ticket, context: StepContext) -> Ticket:
            mode, teams = chosen(_still_shared_with(ticket, partners))
            kept = tuple(dict.fromkeys(teams))
            begun = max((partners[team].partnership.since for team in kept), default=None)
            return shared(ticket, mode, kept, names, context, begun)

        return await self._steps.change(workspace, number, "share", request, change)


Chosen = Callable[[Sequence[str]], tuple[VisibilityMode, Sequence[str]]]
"""Gives a ticket's mode and its partners' teams, for the teams that it is shared with."""


def _still_shared_with(ticket: Ticket, partners: Mapping[str, Partner]) -> list[str]:
    """The teams of partners that see it: what was shared before a partnership began anew is not shared any more."""
    return [
        team
        for team in ticket.shared_with
        if team in partners and is_shared_with(ticket, team, partners[team].partnership)
    ]


def _teams(called: Sequence[str], partners: Mapping[str, Partner]) -> list[str]:
    """The teams of partners by what they are called. Raises NoSuchPartner."""
    return [called_so(name, partners.values()).team for name in called]
