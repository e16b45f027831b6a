"""Which status may follow which, what each step needs, and what it does to a ticket. One table.

The statuses are the contract's: new, triaged, assigned, in_progress, on_hold, resolved, closed.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal, NamedTuple, get_args

from pydantic import JsonValue

from bot.domain.contract import FIELDS, Status, parse
from bot.domain.errors import DeskError, InvalidInput, Problem
from bot.domain.ticket import Entry, Ticket, What
from bot.domain.words import choice, listed

Step = Literal["triage", "assign", "unassign", "start", "hold", "resume", "resolve", "close", "reopen"]

UNDO = timedelta(minutes=10)
"""How long “not a ticket” can be undone."""


class Rule(NamedTuple):
    """From which statuses a step leads where. `needs`: the fields without which it cannot be taken."""

    verb: str
    what: What
    start: frozenset[Status]
    end: Status
    needs: tuple[str, ...] = ()


_WAITING: frozenset[Status] = frozenset({"new", "triaged", "assigned"})
_OPEN: frozenset[Status] = _WAITING | {"in_progress", "on_hold"}
_DONE: frozenset[Status] = frozenset({"resolved", "closed"})

RULES: Mapping[Step, Rule] = {
    "triage": Rule("triage", "triaged", _OPEN, "triaged"),
    "assign": Rule("assign", "assigned", _OPEN, "assigned"),
    "unassign": Rule("unassign", "unassigned", frozenset({"assigned", "in_progress", "on_hold"}), "triaged"),
    "start": Rule("start", "started", _WAITING, "in_progress"),
    "hold": Rule("hold", "held", _WAITING | {"in_progress"}, "on_hold", ("holdReason",)),
    "resume": Rule("resume", "resumed", frozenset({"on_hold"}), "in_progress"),
    "resolve": Rule("resolve", "resolved", _OPEN, "resolved", ("resolution",)),
    "close": Rule("close", "closed", frozenset({"resolved"}), "closed"),
    "reopen": Rule("reopen", "reopened", _DONE, "in_progress"),
}

_BELONGS: Mapping[str, Step] = {
    "holdReason": "hold",
    "holdUntil": "hold",
    "resolution": "resolve",
    "snoozedUntil": "triage",
}

_NOT_HELD: Mapping[str, JsonValue] = {"holdReason": None, "holdUntil": None}
_NOT_WAITING: Mapping[str, JsonValue] = {**_NOT_HELD, "snoozedUntil": None}

_ASKS = {
    "holdReason": "Say what it waits for.",
    "resolution": "Say what was done about it.",
}


class StepContext(NamedTuple):
    """Who does something to a ticket, and when. `note` goes into its history and is for agents only."""

    actor: str
    at: datetime
    note: str | None = None


class NotNow(DeskError):
    """A step that the ticket's status does not allow; the message says which it does."""

    code = "not_now"


def steps(ticket: Ticket) -> tuple[Step, ...]:
    """The steps that are open to a ticket, in the table's order."""
    if ticket.withdrawn_at:
        return ()
    return tuple(step for step in get_args(Step) if ticket.status in RULES[step].start)


def step_to(ticket: Ticket, status: Status) -> Step:
    """The step that leads a ticket to a status. Raises NotNow where none does."""
    if ticket.status == status:
        raise NotNow(f"{ticket.name} is {choice(status).lower()} already.")
    if status == "new" or ticket.withdrawn_at:
        raise NotNow(_why_not(ticket, f"make it {choice(status).lower()}"))
    leading = [
        step
        for step, rule in RULES.items()
        if rule.end == status and (step != "triage" or ticket.status == "new")  # later it changes no status
    ]
    return next((step for step in leading if step in steps(ticket)), leading[0])


def require(ticket: Ticket, step: Step) -> Rule:
    """The rule of a step that is open to the ticket. Raises NotNow where it is not."""
    if step not in steps(ticket):
        raise NotNow(_why_not(ticket, RULES[step].verb))
    return RULES[step]


def take(ticket: Ticket, step: Step, fields: Mapping[str, JsonValue], act: StepContext) -> Ticket:
    """The ticket after a step; itself where nothing differs and nothing is noted. `fields`, by their wire names,
    change with it.

    Raises NotNow, and InvalidInput where the step needs a field that it did not get, or a time that is to come.
    """
    rule = require(ticket, step)
    if stray := [field for field in fields if _BELONGS.get(field, step) != step]:
        message = f"{step} does not take {listed(stray)}"
        raise ValueError(message)
    missing = [field for field in rule.needs if not str(fields.get(field) or "").strip()]
    if missing:
        raise InvalidInput(Problem(field=field, code="missing", message=_ASKS[field]) for field in missing)
    _refuse_the_past(fields, act.at)
    before = wire_state(ticket)
    after = {**before, "snoozedUntil": None, **fields}
    after["status"] = _status_after(step, rule, ticket, after)
    if step in {"start", "resume"} and not after["assignedUserId"]:
        after["assignedUserId"] = act.actor
    if step == "unassign":
        after["assignedUserId"] = None
    if after["status"] != "on_hold":
        after |= _NOT_HELD
    if step == "reopen":
        after |= {"resolution": None, "duplicateOf": None}
    return _changed(ticket, "snoozed" if fields.get("snoozedUntil") else rule.what, before, after, act)


def merge(ticket: Ticket, into: Ticket, fields: Mapping[str, JsonValue], act: StepContext) -> Ticket:
    """Closes a ticket that says the same as another, and links it with that. `fields` change as in triage.

    Raises NotNow, and InvalidInput where the other is no ticket to go on with.
    """
    require(ticket, "triage")
    words = None
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
    return _changed(ticket, "merged", before, after, act)


def edit(ticket: Ticket, what: What, fields: Mapping[str, JsonValue], act: StepContext) -> Ticket:
    """The ticket with other fields and the same status; itself where nothing differs and nothing is noted."""
    before = wire_state(ticket)
    after = {**before, **fields, "status": ticket.status}
    return _changed(ticket, what, before, after, act)


def withdraw(ticket: Ticket, act: StepContext) -> Ticket:
    """“Not a ticket”: it is kept, with its history, and nobody has to look at it."""
    if ticket.withdrawn_at:
        raise NotNow(f"{ticket.name} is withdrawn already.")
    before = wire_state(ticket)
    after = {**before, **_NOT_WAITING, "status": "closed", "withdrawnAt": _wire(act.at)}
    after["resolution"] = ticket.resolution or "Not a ticket"
    return _changed(ticket, "withdrawn", before, after, act)


def restore(ticket: Ticket, act: StepContext) -> Ticket:
    """Undoes `withdraw` for ten minutes: status, resolution and hold are as before it."""
    if ticket.withdrawn_at is None:
        raise NotNow(f"{ticket.name} is not withdrawn.")
    if act.at - ticket.withdrawn_at > UNDO:
        raise NotNow(f"{ticket.name} was withdrawn more than ten minutes ago. Open a new ticket instead.")
    withdrawal = next(entry for entry in reversed(ticket.history) if entry.what == "withdrawn")
    before = wire_state(ticket)
    after = before | {change.field: change.before for change in withdrawal.changes}
    return _changed(ticket, "restored", before, after, act)


def wire_state(ticket: Ticket) -> dict[str, JsonValue]:
    """All that steps and edits can change, by its wire names: what the history of a ticket adds up to."""
    return ticket.model_dump(mode="json", include=_STATE)


def replayed(history: tuple[Entry, ...]) -> dict[str, JsonValue]:
    """The state that a history adds up to: `wire_state` of the ticket it belongs to."""
    state: dict[str, JsonValue] = dict.fromkeys(_WIRE_NAMES)
    for entry in history:
        state |= {change.field: change.after for change in entry.changes}
    return state


def _status_after(step: Step, rule: Rule, ticket: Ticket, after: Mapping[str, JsonValue]) -> Status:
    match step:
        case "assign" if not (after["assignedUserId"] or after["assignedQueue"]):
            words = "Choose a person or a queue."
            raise InvalidInput([Problem(field="assignedUserId", code="missing", message=words)])
        case "assign" if ticket.status not in _WAITING and after["assignedUserId"]:
            return ticket.status
        case "triage":
            return _status_after_triage(ticket, after)
        case "reopen" if not after["assignedUserId"]:
            return "assigned" if after["assignedQueue"] else "triaged"
    return rule.end


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


def _why_not(ticket: Ticket, verb: str) -> str:
    if ticket.withdrawn_at:
        return f"{ticket.name} was found to be no ticket, so it cannot be changed."
    allowed = [RULES[step].verb for step in steps(ticket)]
    return (
        f"{ticket.name} is {choice(ticket.status).lower()}, so it is not possible to {verb} it now."
        f" What is: {listed(allowed)}."
    )


def _changed(
    ticket: Ticket,
    what: What,
    before: Mapping[str, JsonValue],
    after: Mapping[str, JsonValue],
    act: StepContext,
) -> Ticket:
    if after == before and act.note is None:
        return ticket
    if any(after[field] != before[field] for field in FIELDS):
        parse({field: after[field] for field in FIELDS})  # its refusal has words for each field
    changes = [
        {"field": field, "before": before[field], "after": value}
        for field, value in after.items()
        if value != before[field]
    ]
    entry = {"at": act.at, "actor": act.actor, "what": what, "changes": changes, "note": act.note}
    history = [*ticket.history, Entry.model_validate(entry)]
    moved = {"history": history, "updatedAt": act.at, "version": ticket.version + 1}
    return Ticket.model_validate({**ticket.to_wire(), **after, **moved})


def _wire(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


_OUTSIDE = {"id", "number", "created_at", "updated_at", "created_by", "origin", "version", "history", "cards"}
_STATE = set(Ticket.model_fields) - _OUTSIDE
_WIRE_NAMES = [Ticket.model_fields[name].alias or name for name in Ticket.model_fields if name in _STATE]
