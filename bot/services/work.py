"""Working a ticket: steps, edits and links, each one transaction with its history and the updates of its cards."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from uuid import uuid4

from pydantic import JsonValue

from bot.domain.contract import FIELDS, parse
from bot.domain.directory import Directory
from bot.domain.errors import DeskError, InvalidInput, NotFound, Problem
from bot.domain.lifecycle import Act, NotNow, Step, edit, restore, take, withdraw
from bot.domain.outbox import Job, Target, updates
from bot.domain.permissions import Action, Actor, may
from bot.domain.ticket import Entry, Ticket, What
from bot.domain.workspace import Workspace
from bot.services.ports import Clock, Store

Wake = Callable[[Workspace, Sequence[Job]], None]

_ASKS: Mapping[Step, Action] = {
    "triage": "triage",
    "assign": "assign",
    "unassign": "assign",
    "close": "close",
    "reopen": "reopen",
}
"""What one must be allowed to do for a step; for those that are not here, `work`."""


@dataclass(frozen=True, slots=True)
class By:
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
        super().__init__(f"Somebody has {ticket.name} already. “Assign…” gives it to somebody else.")
        self.ticket = ticket
        self.holder = holder


class Work:
    """Raises NotFound, Forbidden, NotNow, Taken, Conflict, InvalidInput and StoreUnavailable; nothing is changed then."""

    def __init__(self, store: Store, clock: Clock, wake: Wake) -> None:
        self._store = store
        self._clock = clock
        self._wake = wake

    async def actor(self, workspace: Workspace, user: str, *, outsider: bool = False) -> Actor:
        """`outsider`: a guest, a bot, or somebody of another organisation."""
        del workspace
        return Actor(user=user, is_agent=not outsider)

    async def step(
        self, workspace: Workspace, number: int, step: Step, fields: Mapping[str, JsonValue], by: By
    ) -> Ticket:
        change = partial(_stepped, step=step, fields=fields)
        return await self._change(workspace, number, _ASKS.get(step, "work"), by, change)

    async def claim(self, workspace: Workspace, number: int, by: By) -> Ticket:
        """“Assign to me”: whoever is first has it; the others are told who."""
        return await self._change(workspace, number, "assign", by, _claimed)

    async def edit(
        self, workspace: Workspace, number: int, what: What, fields: Mapping[str, JsonValue], by: By
    ) -> Ticket:
        action: Action = "note" if what == "noted" else "edit" if what == "edited" else "triage"
        return await self._change(workspace, number, action, by, partial(_edited, what=what, fields=fields))

    async def withdraw(self, workspace: Workspace, number: int, by: By) -> Ticket:
        return await self._change(workspace, number, "withdraw", by, withdraw)

    async def restore(self, workspace: Workspace, number: int, by: By) -> Ticket:
        return await self._change(workspace, number, "withdraw", by, restore)

    async def _change(
        self,
        workspace: Workspace,
        number: int,
        action: Action,
        by: By,
        change: Callable[[Ticket, Act], Ticket],
    ) -> Ticket:
        now = self._clock()
        async with self._store.transaction(workspace) as tx:
            ticket = await tx.ticket(number)
            if ticket is None:
                raise NotFound(f"There is no T-{number} here. `/ticket list` shows what there is.")
            if await tx.answered(by.key):
                return ticket
            _refuse(ticket, action, by)
            changed = change(ticket, Act(by.actor.user, now, by.note))
            if changed is ticket:
                return ticket
            _check(ticket, changed, await tx.directory())
            jobs = [*updates(changed, now), *_told(ticket, changed, by.actor.user)]
            await tx.save(changed, now=now, keys=[by.key])
            for job in jobs:
                await tx.enqueue(job)
        self._wake(workspace, jobs)
        return changed


def _refuse(ticket: Ticket, action: Action, by: By) -> None:
    decision = may(by.actor, action, ticket)
    if not decision.allowed:
        raise Forbidden(decision.reason)
    if by.seen is not None and ticket.version != by.seen:
        raise Conflict(ticket, ticket.history[by.seen :])


def _stepped(ticket: Ticket, act: Act, *, step: Step, fields: Mapping[str, JsonValue]) -> Ticket:
    return take(ticket, step, fields, act)


def _edited(ticket: Ticket, act: Act, *, what: What, fields: Mapping[str, JsonValue]) -> Ticket:
    return edit(ticket, what, fields, act)


def _claimed(ticket: Ticket, act: Act) -> Ticket:
    holder = ticket.assigned_user_id
    if holder == act.actor:
        return ticket
    if holder:
        raise Taken(ticket, holder)
    return take(ticket, "assign", {"assignedUserId": act.actor}, act)


def _check(before: Ticket, after: Ticket, directory: Directory) -> None:
    """What changed of the contract's fields is held to it, and to the directory, as on the way in."""
    old, new = before.to_wire(), after.to_wire()
    changed = {field for field in FIELDS if old[field] != new[field]}
    if changed:
        create = parse({field: new[field] for field in FIELDS})
        problems: list[Problem] = [each for each in directory.check(create) if each.field in changed]
        if problems:
            raise InvalidInput(problems)


def _told(before: Ticket, after: Ticket, actor: str) -> list[Job]:
    """Whoever gets a ticket hears of it, unless by their own hand."""
    assignee = after.assigned_user_id
    if assignee is None or assignee in {before.assigned_user_id, actor}:
        return []
    at = after.updated_at
    return [Job(id=uuid4(), number=after.number, target=Target(user=assignee), created_at=at, due_at=at)]
