"""Working a ticket: each step one transaction with its history and the updates of its cards."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from uuid import UUID

from pydantic import JsonValue

from bot.domain.clock import alerts, timers
from bot.domain.clock.context import CLOCK
from bot.domain.contract import FIELDS, refuse_unstorable
from bot.domain.errors import InvalidInput, Problem
from bot.domain.lifecycle import (
    NotNow,
    StepContext,
    is_fresh,
    merge,
    restore,
    steps,
    still_working,
    take,
    undo,
    withdraw,
)
from bot.domain.lookup import ids_of
from bot.domain.outbox import updates
from bot.domain.permissions import (
    OF_THE_MAKER,
    OF_THE_REQUESTER,
    Action,
    Actor,
    may,
    permitted,
    refused_fields,
)
from bot.domain.steps import STEPS, StepName
from bot.domain.telling import Happened
from bot.domain.ticket import Ticket
from bot.domain.visibility import chosen
from bot.domain.words import listed
from bot.domain.workspace import Workspace
from bot.services.people import People
from bot.services.ports.clock import Clock
from bot.services.ports.store import Store, Transaction
from bot.services.step_requests import Conflict, StepRequest, Taken
from bot.services.ticket_news import TicketNews
from bot.services.ticket_times import planned
from bot.services.tickets import Related, entries_since, nowhere

StepRule = Callable[[Transaction, Ticket, StepContext], Awaitable[Ticket]]


class TicketSteps:
    """Raises NotFound, Forbidden, NotKnown, NotNow, Taken, Conflict, InvalidInput and StoreUnavailable; nothing is
    changed then."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        people: People | None = None,
        news: TicketNews | None = None,
        *,
        elsewhere: Related = nowhere,
    ) -> None:
        """`people`: who is given no work, where that is known. `elsewhere`: which tickets of other workspaces one may be related
        to."""
        self._elsewhere = elsewhere
        self._news = news or TicketNews(people)
        self._people = people
        self._store = store
        self._clock = clock

    async def take(
        self,
        workspace: Workspace,
        number: int,
        step: StepName,
        fields: Mapping[str, JsonValue],
        request: StepRequest,
    ) -> Ticket:
        row = STEPS[step]
        refuse_unstorable({**fields, "note": request.note})
        if row.action in OF_THE_REQUESTER | OF_THE_MAKER and (stray := [*fields.keys() - {*row.takes}]):
            message = f"{step} does not take {listed(stray)}"  # what only agents decide
            raise ValueError(message)

        async def change(tx: Transaction, ticket: Ticket, context: StepContext) -> Ticket:
            return take(ticket, step, (await tx.settings()).spelled(fields), context)

        return await self.change(workspace, number, row.action, request, change)

    async def claim(self, workspace: Workspace, number: int, request: StepRequest) -> Ticket:
        """“Assign to me”: the first one gets it; the others are told who has it."""

        async def change(_: Transaction, ticket: Ticket, context: StepContext) -> Ticket:
            return _claimed(ticket, context)

        return await self.change(workspace, number, STEPS["claim"].action, request, change)

    async def acknowledge(self, workspace: Workspace, number: int, request: StepRequest) -> Ticket:
        """“I'm on it”: nobody else is told of it any more. Raises OnIt where somebody was first."""

        async def change(_: Transaction, ticket: Ticket, context: StepContext) -> Ticket:
            return alerts.answer(ticket, context)

        return await self.change(workspace, number, "work", request, change)

    async def put_off_warning(self, workspace: Workspace, number: int, request: StepRequest) -> Ticket:
        """“Snooze 1 h”: its warning comes again. Raises OnIt where somebody was first."""

        async def change(_: Transaction, ticket: Ticket, context: StepContext) -> Ticket:
            return alerts.put_off(ticket, context)

        return await self.change(workspace, number, "work", request, change)

    async def merge(
        self,
        workspace: Workspace,
        number: int,
        into: int,
        fields: Mapping[str, JsonValue],
        request: StepRequest,
    ) -> Ticket:
        """“Duplicate of”: closes the one, and shows its requester the other."""

        refuse_unstorable({**fields, "note": request.note})

        async def change(tx: Transaction, ticket: Ticket, context: StepContext) -> Ticket:
            other = await tx.ticket(into)
            if other is None or not may(request.actor, "see", other):
                words = f"There is no T-{into} here. Choose one from the list."
                raise InvalidInput([Problem(field="duplicateOf", code="unknown_ticket", message=words)])
            return merge(ticket, other, (await tx.settings()).spelled(fields), context)

        return await self.change(workspace, number, STEPS["merge"].action, request, change)

    async def still_working(self, workspace: Workspace, number: int, request: StepRequest) -> Ticket:
        """“Still working on it”, of whoever has it."""

        async def change(_: Transaction, ticket: Ticket, context: StepContext) -> Ticket:
            _refuse_others(ticket, context)
            return still_working(ticket, context)

        return await self.change(workspace, number, "work", request, change)

    async def give_back(self, workspace: Workspace, number: int, request: StepRequest) -> Ticket:
        """“Give it back”, of whoever has it: nobody has it then."""

        async def change(_: Transaction, ticket: Ticket, context: StepContext) -> Ticket:
            _refuse_others(ticket, context)
            return take(ticket, "unassign", {}, context)

        return await self.change(workspace, number, STEPS["unassign"].action, request, change)

    async def withdraw(self, workspace: Workspace, number: int, request: StepRequest) -> Ticket:
        refuse_unstorable({"note": request.note})

        async def change(_: Transaction, ticket: Ticket, context: StepContext) -> Ticket:
            return withdraw(ticket, context)

        return await self.change(workspace, number, STEPS["withdraw"].action, request, change)

    async def correctable(self, workspace: Workspace, actor: Actor, number: int) -> Ticket | None:
        """The ticket, for whoever made it and may still correct it; None for everybody else."""
        ticket = _reached(actor, "correct", await self._store.read(workspace).ticket(number), number)
        is_theirs = may(actor, "correct", ticket) and "correct" in steps(ticket)
        return ticket if is_theirs and is_fresh(ticket, self._clock()) else None

    async def undo(self, workspace: Workspace, number: int, request: StepRequest) -> Ticket:
        """Takes back a ticket that was a slip. What it was made from may become another one."""

        async def change(tx: Transaction, ticket: Ticket, context: StepContext) -> Ticket:
            undone = undo(ticket, context)
            await tx.release(undone, origins=undone.origin.keys)
            for other in undone.same_thread:
                if beside := await tx.ticket(other):
                    await tx.save(beside, now=context.at)  # the thread is found by one of these now
            return undone

        return await self.change(workspace, number, STEPS["undo"].action, request, change)

    async def restore(self, workspace: Workspace, number: int, request: StepRequest) -> Ticket:
        async def change(tx: Transaction, ticket: Ticket, context: StepContext) -> Ticket:
            for origin in ticket.origin.keys:
                if (other := await tx.answered(origin)) not in {None, number}:
                    raise NotNow(f"The message of {ticket.name} has become T-{other} since then.")
            gone = STEPS["undo" if ticket.undone_at else "withdraw"].what
            return restore(ticket, await tx.last_entry(number, gone), context)

        return await self.change(workspace, number, STEPS["restore"].action, request, change)

    async def change(
        self, workspace: Workspace, number: int, action: Action, request: StepRequest, change: StepRule
    ) -> Ticket:
        """A change by a rule, for somebody who may do this, once for a request; with all that follows from it."""
        now = self._clock()

        async def work(tx: Transaction) -> Ticket:
            await tx.read_ahead(
                tickets=[number], keys=[request.key], timers=[timers.subject("ticket", number)]
            )
            ticket = _reached(request.actor, action, await tx.ticket(number), number)
            if await tx.answered(request.key):
                return ticket
            permitted(request.actor, action, ticket, number)
            if request.version is not None and await _has_changed(tx, ticket, request.version):
                raise Conflict(ticket, await entries_since(tx, request.actor, ticket, request.version))
            changed = await change(tx, ticket, StepContext(request.actor.user, now, request.note))
            if changed is ticket:
                return ticket
            sees = partial(self._elsewhere, workspace, request.actor)
            await _check(tx, ticket, changed, request.actor, sees)
            await self._check_assignee(workspace, ticket, changed)
            is_corrected = action == "correct" and not changed.undone_at
            if is_corrected and (problems := refused_fields(request.actor, changed, ticket)):
                raise InvalidInput(problems)
            if changed.visibility_mode != ticket.visibility_mode:
                permitted(request.actor, "share", ticket, number)
                changed = chosen(ticket, changed, now)
            origins = () if changed.undone_at else changed.origin.keys
            changed = await planned(tx, ticket, changed, now)
            await tx.save(changed, now=now, keys=[request.key], origins=origins)
            for job in updates(changed, now):
                await tx.enqueue(job)
            told = await self._news.of(tx, workspace, Happened(ticket, changed, request.actor.user))
            if changed.assigned_queue != ticket.assigned_queue:
                queue = (await tx.settings()).queue(changed.assigned_queue)
                await self._news.announce(tx, changed, queue, told, now)
            await self._news.tell(tx, changed, told, now)
            return changed

        return await self._store.change(workspace, work)

    async def _check_assignee(self, workspace: Workspace, before: Ticket, after: Ticket) -> None:
        """Refuses to give it to somebody who can work no ticket."""
        if self._people is None or after.assigned_user_id == before.assigned_user_id:
            return
        if problems := await self._people.refused(workspace, "assignedUserId", [after.assigned_user_id]):
            raise InvalidInput(problems)


async def _has_changed(tx: Transaction, ticket: Ticket, version: int) -> bool:
    """Whether a form that was filled from that version may overwrite something. What the clock has noticed is no field of it."""
    if ticket.version <= version:
        return ticket.version != version
    since = await tx.history(ticket.number, limit=ticket.version - version)
    return any(
        entry.actor != CLOCK or any(change.field in FIELDS for change in entry.changes) for entry in since
    )


def _reached(actor: Actor, action: Action, ticket: Ticket | None, number: int) -> Ticket:
    """The ticket, for an actor who sees it or may do this to it: whoever converted somebody's message takes it back without
    seeing what becomes of it."""
    may_act = ticket is not None and may(actor, action, ticket)
    return permitted(actor, action if may_act else "see", ticket, number)


def _refuse_others(ticket: Ticket, context: StepContext) -> None:
    """The question stays in the messages of whoever was asked, also when somebody else has the ticket."""
    if ticket.assigned_user_id == context.actor:
        return
    holder = ticket.assigned_user_id
    raise NotNow(f"@{holder} has {ticket.name} now." if holder else f"Nobody has {ticket.name} now.")


def _claimed(ticket: Ticket, context: StepContext) -> Ticket:
    holder = ticket.assigned_user_id
    if holder == context.actor:
        return ticket
    if holder:
        raise Taken(ticket, holder)
    return take(ticket, "assign", {"assignedUserId": context.actor}, context)


async def _check(
    tx: Transaction,
    before: Ticket,
    after: Ticket,
    actor: Actor,
    elsewhere: Callable[[UUID], Awaitable[bool]],
) -> None:
    """Refuses a change that names what the directory does not have, or a ticket that the actor may not see."""
    old, new = before.to_wire(), after.to_wire()
    changed = {field for field in FIELDS if old[field] != new[field]}
    if not changed:
        return
    directory = await tx.directory(ids_of(after))
    problems: list[Problem] = [each for each in directory.check(after) if each.field in changed]
    if "relatedTicketId" in changed and (related := after.related_ticket_id):
        if related == after.id:
            words = f"{after.name} cannot be related to itself."
            problems.append(Problem(field="relatedTicketId", code="not_a_choice", message=words))
        elif not ((other := await tx.ticket_by_id(related)) and may(actor, "see", other)) and not (
            other is None and await elsewhere(related)
        ):
            words = "There is no such related ticket here. Choose one from the list."
            problems.append(Problem(field="relatedTicketId", code="unknown_ticket", message=words))
    if problems:
        raise InvalidInput(problems)
