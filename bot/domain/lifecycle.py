"""What a step does to a ticket: the rules behind the rows of steps.py.

The statuses are the contract's: new, triaged, assigned, in_progress, on_hold, resolved, closed.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from pydantic import JsonValue

from bot.domain.contract import FIELDS, Status, parse
from bot.domain.errors import DeskError, InvalidInput, Problem
from bot.domain.fields import TICKET_FIELDS, label
from bot.domain.history import wire_state
from bot.domain.steps import STEPS, Step, StepName, parts_of
from bot.domain.ticket import WAITING, Entry, Ticket
from bot.domain.words import choice, listed

UNDO_WITHIN = timedelta(minutes=10)
"""How long “not a ticket” can be undone, and whoever made a ticket can correct or undo it."""

_NOT_HELD: Mapping[str, JsonValue] = {"holdReason": None, "holdUntil": None}
_NOT_WAITING: Mapping[str, JsonValue] = {**_NOT_HELD, "snoozedUntil": None}
_RULED_APART: frozenset[StepName] = frozenset({"merge", "withdraw", "undo", "restore"})
"""By functions of their own."""


class StepContext(NamedTuple):
    """Who does something to a ticket, and when. `note` goes into its history and is for agents only."""

    actor: str
    at: datetime
    note: str | None = None


class NotNow(DeskError):
    """A step that the ticket's status does not allow; the message says which it does."""

    code = "not_now"


def steps(ticket: Ticket) -> tuple[StepName, ...]:
    """The steps that are open to a ticket, in the order of the rows."""
    if ticket.withdrawn_at:
        return tuple(row.name for row in STEPS.values() if row.of_withdrawn)
    return tuple(row.name for row in STEPS.values() if ticket.status in row.starts)


def step_to(ticket: Ticket, status: Status) -> StepName:
    """The step that leads a ticket to a status. Raises NotNow where none does."""
    if ticket.status == status:
        raise NotNow(f"{ticket.name} is {choice(status).lower()} already.")
    if status == "new" or ticket.withdrawn_at:
        raise NotNow(_why_not(ticket, f"make it {choice(status).lower()}"))
    leading = [
        row.name
        for row in STEPS.values()
        if row.ends == status
        and (row.name != "triage" or ticket.status == "new")  # later it changes no status
    ]
    return next((step for step in leading if step in steps(ticket)), leading[0])


def require(ticket: Ticket, step: StepName) -> Step:
    """The row of a step that is open to the ticket. Raises NotNow where it is not."""
    if step not in steps(ticket):
        raise NotNow(_why_not(ticket, f"{step} it"))
    return STEPS[step]


def take(ticket: Ticket, step: StepName, fields: Mapping[str, JsonValue], context: StepContext) -> Ticket:
    """The ticket after a step; the same one where nothing differs and there is no note. `fields`, by their wire names,
    change with it.

    Raises NotNow, and InvalidInput where a field that the step needs is missing, or a time has already passed.
    """
    row = require(ticket, step)
    if step in _RULED_APART or not row.what:
        message = f"{step} is not taken: it has a function of its own, or only looks"
        raise ValueError(message)
    if stray := [field for field in fields if field not in _settable(row)]:
        message = f"{step} does not take {listed(stray)}"
        raise ValueError(message)
    if row.fresh:
        _require_fresh(ticket, step, context.at)
    before = wire_state(ticket)
    after = {**before, **fields}
    _require_fields(row, {**after, "note": context.note})
    _refuse_the_past(fields, context.at)
    if row.ends is None:
        return _changed(ticket, row.what, before, {**after, "status": ticket.status}, context)
    snoozed = fields.get("snoozedUntil")
    after = _moved(ticket, row, {**after, "snoozedUntil": snoozed}, context)
    return _changed(ticket, STEPS["snooze"].what if snoozed else row.what, before, after, context)


def merge(ticket: Ticket, into: Ticket, fields: Mapping[str, JsonValue], context: StepContext) -> Ticket:
    """Closes a ticket as a duplicate of another, and links the two. `fields` change as in triage.

    Raises NotNow, and InvalidInput where the other cannot take its place, or the ticket is to be snoozed as well.
    """
    require(ticket, "merge")
    if fields.get("snoozedUntil"):
        words = "A duplicate is closed, so it cannot be snoozed as well. Leave one of them empty."
        raise InvalidInput([Problem(field="snoozedUntil", code="not_both", message=words)])
    words = ""
    if into.number == ticket.number:
        words = f"{ticket.name} cannot be a duplicate of itself."
    elif into.withdrawn_at:
        words = f"{into.name} was found to be no ticket. Choose another."
    elif into.duplicate_of:
        words = f"{into.name} is a duplicate itself. Choose T-{into.duplicate_of}."
    if words:
        raise InvalidInput([Problem(field="duplicateOf", code="not_a_choice", message=words)])
    before = wire_state(ticket)
    after = {**before, **fields, **_NOT_WAITING, "status": "closed", "duplicateOf": into.number}
    after |= {"resolution": f"Duplicate of {into.name}", "relatedTicketId": str(into.id)}
    return _changed(ticket, STEPS["merge"].what, before, after, context)


def withdraw(ticket: Ticket, context: StepContext) -> Ticket:
    """“Not a ticket”: it is kept, with its history, and nobody has to look at it."""
    if ticket.withdrawn_at:
        raise NotNow(f"{ticket.name} is withdrawn already.")
    return _withdrawn(ticket, "withdraw", {"resolution": ticket.resolution or "Not a ticket"}, context)


def undo(ticket: Ticket, context: StepContext) -> Ticket:
    """Whoever made it takes it back: withdrawn, as a slip, so that its message may become another ticket.

    Raises NotNow where it is older than `UNDO_WITHIN`, or done.
    """
    require(ticket, "undo")
    _require_fresh(ticket, "undo", context.at)
    return _withdrawn(ticket, "undo", {"undoneAt": _wire(context.at), "resolution": "Undone"}, context)


def is_fresh(ticket: Ticket, now: datetime) -> bool:
    """Whether it can still be corrected or undone by whoever made it."""
    return now - ticket.created_at <= UNDO_WITHIN


def restore(ticket: Ticket, withdrawal: Entry | None, context: StepContext) -> Ticket:
    """Undoes `withdraw` for ten minutes, and `undo` at any time: status, resolution and hold are as before it. `withdrawal`
    is the last entry of one in the ticket's history, None where it has none."""
    if ticket.withdrawn_at is None or withdrawal is None:
        raise NotNow(f"{ticket.name} is not withdrawn.")
    if not ticket.undone_at and context.at - ticket.withdrawn_at > UNDO_WITHIN:
        raise NotNow(f"{ticket.name} was withdrawn more than ten minutes ago. Open a new ticket instead.")
    before = wire_state(ticket)
    after = before | {change.field: change.before for change in withdrawal.changes}
    return _changed(ticket, STEPS["restore"].what, before, after, context)


def wake(ticket: Ticket, context: StepContext) -> Ticket:
    """A ticket whose hold, or snooze, is over: it goes on where it stood, and its history says what it waited for."""
    before = wire_state(ticket)
    if ticket.status != "on_hold":
        return _changed(ticket, "snooze_ended", before, {**before, "snoozedUntil": None}, context)
    status = "in_progress" if ticket.assigned_user_id else "triaged"
    return _changed(ticket, "hold_ended", before, {**before, **_NOT_HELD, "status": status}, context)


def still_working(ticket: Ticket, context: StepContext) -> Ticket:
    """Somebody says that they have not forgotten it: nothing of it differs, but its history says so. Raises NotNow where it is
    done."""
    if not ticket.is_open or ticket.withdrawn_at:
        raise NotNow(_why_not(ticket, "go on with it"))
    entry = Entry(at=context.at, actor=context.actor, what="still_working")
    noted = {"new_entries": (*ticket.new_entries, entry), "updated_at": context.at}
    return ticket.model_copy(update={**noted, "version": ticket.version + 1})


def _withdrawn(
    ticket: Ticket, step: StepName, fields: Mapping[str, JsonValue], context: StepContext
) -> Ticket:
    before = wire_state(ticket)
    after = {**before, **_NOT_WAITING, "status": "closed", "withdrawnAt": _wire(context.at), **fields}
    return _changed(ticket, STEPS[step].what, before, after, context)


def _require_fresh(ticket: Ticket, step: StepName, now: datetime) -> None:
    if not is_fresh(ticket, now):
        words = f"{ticket.name} was made more than ten minutes ago, so it is too late to {step} it. Edit it, or mark it as no ticket."
        raise NotNow(words)


def _settable(row: Step) -> frozenset[str]:
    """The contract's fields change with any step; those of holding, resolving and snoozing have their own."""
    rows = [row, *(part for part in parts_of(row) if part.name not in _RULED_APART)]
    return frozenset(FIELDS).union(*(each.takes for each in rows))


def _require_fields(row: Step, given: Mapping[str, JsonValue]) -> None:
    missing = [field for field in row.needs if not str(given.get(field) or "").strip()]
    if missing:
        raise InvalidInput(
            Problem(
                field=field,
                code="missing",
                message=TICKET_FIELDS[field].asks or f"{label(field)} is missing.",
            )
            for field in missing
        )


def _moved(
    ticket: Ticket, row: Step, after: Mapping[str, JsonValue], context: StepContext
) -> dict[str, JsonValue]:
    """The state after a step that leads to a status."""
    moved = {**after, "status": _status_after(row, ticket, after)}
    match row.name:
        case "start" | "resume" if not moved["assignedUserId"]:
            moved["assignedUserId"] = context.actor
        case "unassign":
            moved["assignedUserId"] = None
        case "reopen":
            moved |= {"resolution": None, "duplicateOf": None}
    return moved if moved["status"] == "on_hold" else {**moved, **_NOT_HELD}


def _status_after(row: Step, ticket: Ticket, after: Mapping[str, JsonValue]) -> JsonValue:
    match row.name:
        case "assign" if not (after["assignedUserId"] or after["assignedQueue"]):
            words = "Choose a person or a queue."
            raise InvalidInput([Problem(field="assignedUserId", code="missing", message=words)])
        case "assign" if ticket.status not in WAITING and after["assignedUserId"]:
            return ticket.status
        case "triage":
            return _status_after_triage(ticket, after)
        case "reopen" if not after["assignedUserId"]:
            return "assigned" if after["assignedQueue"] else "triaged"
    return row.ends


def _status_after_triage(ticket: Ticket, after: Mapping[str, JsonValue]) -> Status:
    """Triage may give a ticket to somebody, or take it off them; what is under way stays so."""
    if ticket.assigned_user_id and not after["assignedUserId"]:
        return "triaged"
    if ticket.status == "assigned" and not (after["assignedUserId"] or after["assignedQueue"]):
        return "triaged"
    if ticket.status not in {"new", "triaged"}:
        return ticket.status
    if after["assignedUserId"]:
        return "assigned"
    return ticket.status if after["snoozedUntil"] else "triaged"


def _refuse_the_past(fields: Mapping[str, JsonValue], now: datetime) -> None:
    for field in ("holdUntil", "snoozedUntil"):
        if (until := fields.get(field)) and datetime.fromisoformat(str(until)) <= now:
            words = "That has already passed. Choose a time to come."
            raise InvalidInput([Problem(field=field, code="past", message=words)])


def _why_not(ticket: Ticket, wanted: str) -> str:
    if ticket.undone_at:
        return f"{ticket.name} was undone, so it cannot be changed. “Bring it back” stands on its card."
    if ticket.withdrawn_at:
        return f"{ticket.name} was found to be no ticket, so it cannot be changed."
    allowed: list[str] = [step for step in steps(ticket) if STEPS[step].ends]
    return (
        f"{ticket.name} is {choice(ticket.status).lower()}, so it is not possible to {wanted} now."
        f" What is: {listed(allowed)}."
    )


def _changed(
    ticket: Ticket,
    what: str,
    before: Mapping[str, JsonValue],
    after: Mapping[str, JsonValue],
    context: StepContext,
) -> Ticket:
    if after == before and context.note is None:
        return ticket
    if any(after[field] != before[field] for field in FIELDS):
        parse({field: after[field] for field in FIELDS})  # its refusal has words for each field
    changes = [
        {"field": field, "before": before[field], "after": value}
        for field, value in after.items()
        if value != before[field]
    ]
    entry = {"at": context.at, "actor": context.actor, "what": what, "changes": changes, "note": context.note}
    entries = [*ticket.new_entries, Entry.model_validate(entry)]
    moved = {"newEntries": entries, "updatedAt": context.at, "version": ticket.version + 1}
    return Ticket.model_validate({**ticket.to_wire(), **after, **moved})


def _wire(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
