"""Working a ticket: steps, edits and links, each one transaction with its history and the updates of its cards."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import uuid4

from pydantic import JsonValue

from bot.domain.contract import FIELDS
from bot.domain.errors import DeskError, InvalidInput, NotFound, Problem
from bot.domain.lifecycle import NotNow, StepContext, merge, restore, take, withdraw
from bot.domain.outbox import Job, Target, announcement, updates
from bot.domain.permissions import Action, Actor, may
from bot.domain.steps import STEPS, StepName
from bot.domain.ticket import Entry, Ticket
from bot.domain.workspace import Workspace
from bot.services.desk import message_key
from bot.services.ports.clock import Clock
from bot.services.ports.store import Store, Transaction
from bot.services.workspace_settings import Preferences

Change = Callable[[Transaction, Ticket, StepContext], Awaitable[Ticket]]
Wake = Callable[[Workspace, Sequence[Job]], None]


@dataclass(frozen=True, slots=True)
class Command:
    """Who acts. `key` names this request: its repetition does nothing more.

    `seen`: the version of the ticket that was looked at, where somebody typed for a while. `note` is for agents.
    """

    actor: Actor
    key: str
    seen: int | None = None
    note: str | None = None


class Forbidden(DeskError):
    code = "forbidden"


class Conflict(DeskError):
    """Somebody changed the ticket while a form was open. `ticket` is how it is now, `since` what happened."""

    code = "conflict"

    def __init__(self, ticket: Ticket, since: tuple[Entry, ...]) -> None:
        super().__init__(f"{ticket.name} has changed while you were typing. Look again, and save once more.")
        self.ticket = ticket
        self.since = since


class Taken(NotNow):
    """Somebody else was first: `holder`, a Slack user ID."""

    code = "taken"

    def __init__(self, ticket: Ticket, holder: str) -> None:
        super().__init__(f"@{holder} has {ticket.name} already. “Assign…” gives it to somebody else.")
        self.ticket = ticket
        self.holder = holder


class Work:
    """Raises NotFound, Forbidden, NotNow, Taken, Conflict, InvalidInput and StoreUnavailable; nothing is changed then."""

    def __init__(self, store: Store, clock: Clock, wake: Wake, preferences: Preferences) -> None:
        self._store = store
        self._clock = clock
        self._wake = wake
        self._preferences = preferences

    async def actor(self, workspace: Workspace, user: str, *, outsider: bool = False) -> Actor:
        """`outsider`: a guest, a bot, or somebody of another organisation, as far as the request tells."""
        return await self._preferences.actor(workspace, user, outsider=outsider)

    async def ticket_for(self, workspace: Workspace, number: int, action: Action, actor: Actor) -> Ticket:
        """A ticket, for somebody who is about to do something to it."""
        ticket = await self._store.read(workspace).ticket(number)
        if ticket is None:
            raise _no_ticket(number)
        _refuse(ticket, action, actor)
        return ticket

    async def ticket_around(self, workspace: Workspace, channel: str, *messages: str | None) -> Ticket | None:
        """The ticket that was made from one of these messages, that shows its card there, or whose thread it is."""
        reader = self._store.read(workspace)
        for ts in messages:
            if ts is None:
                continue
            number = await reader.answered(message_key(channel, ts)) or await reader.ticket_at(channel, ts)
            if number:
                return await reader.ticket(number)
        return None

    async def step(
        self, workspace: Workspace, number: int, step: StepName, fields: Mapping[str, JsonValue], by: Command
    ) -> Ticket:
        async def change(tx: Transaction, ticket: Ticket, act: StepContext) -> Ticket:
            return take(ticket, step, (await tx.settings()).spelled(fields), act)

        return await self._change(workspace, number, STEPS[step].action, by, change)

    async def claim(self, workspace: Workspace, number: int, by: Command) -> Ticket:
        """“Assign to me”: whoever is first has it; the others are told who."""

        async def change(_: Transaction, ticket: Ticket, act: StepContext) -> Ticket:
            return _claimed(ticket, act)

        return await self._change(workspace, number, STEPS["claim"].action, by, change)

    async def merge(
        self, workspace: Workspace, number: int, into: int, fields: Mapping[str, JsonValue], by: Command
    ) -> Ticket:
        """“Duplicate of”: closes the one, and points whoever asked for it to the other."""

        async def change(tx: Transaction, ticket: Ticket, act: StepContext) -> Ticket:
            other = await tx.ticket(into)
            if other is None:
                words = f"There is no T-{into} here. Choose one from the list."
                raise InvalidInput([Problem(field="duplicateOf", code="unknown_ticket", message=words)])
            return merge(ticket, other, (await tx.settings()).spelled(fields), act)

        return await self._change(workspace, number, STEPS["merge"].action, by, change)

    async def withdraw(self, workspace: Workspace, number: int, by: Command) -> Ticket:
        async def change(_: Transaction, ticket: Ticket, act: StepContext) -> Ticket:
            return withdraw(ticket, act)

        return await self._change(workspace, number, STEPS["withdraw"].action, by, change)

    async def restore(self, workspace: Workspace, number: int, by: Command) -> Ticket:
        async def change(_: Transaction, ticket: Ticket, act: StepContext) -> Ticket:
            return restore(ticket, act)

        return await self._change(workspace, number, STEPS["restore"].action, by, change)

    async def _change(
        self, workspace: Workspace, number: int, action: Action, by: Command, change: Change
    ) -> Ticket:
        jobs: list[Job] = []
        try:
            return await self._commit(workspace, number, action, by, change, jobs)
        finally:
            if jobs:  # even where the request was cut off: its commit may have gone through
                self._wake(workspace, jobs)

    async def _commit(
        self, workspace: Workspace, number: int, action: Action, by: Command, change: Change, jobs: list[Job]
    ) -> Ticket:
        now = self._clock()
        async with self._store.transaction(workspace) as tx:
            ticket = await tx.ticket(number)
            if ticket is None:
                raise _no_ticket(number)
            if await tx.answered(by.key):
                return ticket
            _refuse(ticket, action, by.actor)
            if by.seen is not None and ticket.version != by.seen:
                raise Conflict(ticket, ticket.history[by.seen :])
            changed = await change(tx, ticket, StepContext(by.actor.user, now, by.note))
            if changed is ticket:
                return ticket
            await _check(tx, ticket, changed)
            jobs += [*updates(changed, now), *_told(ticket, changed, by.actor.user)]
            if changed.assigned_queue != ticket.assigned_queue:
                queue = (await tx.settings()).queue(changed.assigned_queue)
                jobs += announcement(changed, queue, now)
            await tx.save(changed, now=now, keys=[by.key])
            for job in jobs:
                await tx.enqueue(job)
        return changed


def _no_ticket(number: int) -> NotFound:
    return NotFound(f"There is no T-{number} here. `/ticket list` shows what there is.")


def _refuse(ticket: Ticket, action: Action, actor: Actor) -> None:
    decision = may(actor, action, ticket)
    if not decision.allowed:
        raise Forbidden(decision.reason)


def _claimed(ticket: Ticket, act: StepContext) -> Ticket:
    holder = ticket.assigned_user_id
    if holder == act.actor:
        return ticket
    if holder:
        raise Taken(ticket, holder)
    return take(ticket, "assign", {"assignedUserId": act.actor}, act)


async def _check(tx: Transaction, before: Ticket, after: Ticket) -> None:
    """What changed is held to what there is: to the directory, and to the other tickets."""
    old, new = before.to_wire(), after.to_wire()
    changed = {field for field in FIELDS if old[field] != new[field]}
    if not changed:
        return
    directory = await tx.directory()
    problems: list[Problem] = [each for each in directory.check(after) if each.field in changed]
    if "relatedTicketId" in changed and (related := after.related_ticket_id):
        if related == after.id:
            words = f"{after.name} cannot be related to itself."
            problems.append(Problem(field="relatedTicketId", code="not_a_choice", message=words))
        elif not await tx.ticket_by_id(related):
            words = "There is no such related ticket here. Choose one from the list."
            problems.append(Problem(field="relatedTicketId", code="unknown_ticket", message=words))
    if problems:
        raise InvalidInput(problems)


def _told(before: Ticket, after: Ticket, actor: str) -> list[Job]:
    """Whoever gets a ticket hears of it, and whoever asked for what is a duplicate; unless by their own hand."""
    told = set[str]()
    if after.assigned_user_id and after.assigned_user_id != before.assigned_user_id and after.is_open:
        told.add(after.assigned_user_id)
    if after.duplicate_of and not before.duplicate_of:
        told.add(after.created_by)
    at = after.updated_at
    return [
        Job(id=uuid4(), number=after.number, target=Target(user=user), created_at=at, due_at=at)
        for user in told - {actor}
    ]
