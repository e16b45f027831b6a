"""Which status may follow which, what each step needs, and what it does to a ticket. One table.

The statuses are the contract's: new, triaged, assigned, in_progress, on_hold, resolved, closed.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal, NamedTuple, get_args

from pydantic import JsonValue

from bot.domain.contract import Status
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
    "triage": Rule("triage", "triaged", frozenset({"new"}), "triaged"),
    "assign": Rule("assign", "assigned", _OPEN, "assigned"),
    "unassign": Rule("unassign", "unassigned", frozenset({"assigned", "in_progress", "on_hold"}), "triaged"),
    "start": Rule("start", "started", _WAITING, "in_progress"),
    "hold": Rule("hold", "held", _WAITING | {"in_progress"}, "on_hold", ("holdReason",)),
    "resume": Rule("resume", "resumed", frozenset({"on_hold"}), "in_progress"),
    "resolve": Rule("resolve", "resolved", _OPEN, "resolved", ("resolution",)),
    "close": Rule("close", "closed", frozenset({"resolved"}), "closed"),
    "reopen": Rule("reopen", "reopened", _DONE, "in_progress"),
}

_BELONGS: Mapping[str, Step] = {"holdReason": "hold", "holdUntil": "hold", "resolution": "resolve"}

_ASKS = {
    "holdReason": "Say what it waits for.",
    "resolution": "Say what was done about it.",
}


class Act(NamedTuple):
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


def take(ticket: Ticket, step: Step, fields: Mapping[str, JsonValue], act: Act) -> Ticket:
    """The ticket after a step. `fields`, by their wire names, change with it.

    Raises NotNow, and InvalidInput where the step needs a field that it did not get.
    """
    rule = RULES[step]
    if step not in steps(ticket):
        raise NotNow(_why_not(ticket, rule))
    if stray := [field for field in fields if _BELONGS.get(field, step) != step]:
        message = f"{step} does not take {listed(stray)}"
        raise ValueError(message)
    missing = [field for field in rule.needs if not str(fields.get(field) or "").strip()]
    if missing:
        raise InvalidInput(Problem(field=field, code="missing", message=_ASKS[field]) for field in missing)
    before = wire_state(ticket)
    after = {**before, **fields}
    after["status"] = _status_after(step, rule, ticket, after)
    if step == "start" and not after["assignedUserId"]:
        after["assignedUserId"] = act.actor
    if step == "unassign":
        after["assignedUserId"] = None
    if after["status"] != "on_hold":
        after |= {"holdReason": None, "holdUntil": None}
    if step == "reopen":
        after |= {"resolution": None, "duplicateOf": None}
    return _changed(ticket, rule.what, before, after, act)


def edit(ticket: Ticket, what: What, fields: Mapping[str, JsonValue], act: Act) -> Ticket:
    """The ticket with other fields and the same status; itself where nothing differs and nothing is noted."""
    before = wire_state(ticket)
    after = {**before, **fields, "status": ticket.status}
    if after == before and act.note is None:
        return ticket
    return _changed(ticket, what, before, after, act)


def withdraw(ticket: Ticket, act: Act) -> Ticket:
    """“Not a ticket”: it is kept, with its history, and nobody has to look at it."""
    if ticket.withdrawn_at:
        raise NotNow(f"{ticket.name} is withdrawn already.")
    before = wire_state(ticket)
    after = before | {"status": "closed", "resolution": ticket.resolution or "Not a ticket"}
    after["withdrawnAt"] = _wire(act.at)
    return _changed(ticket, "withdrawn", before, after, act)


def restore(ticket: Ticket, act: Act) -> Ticket:
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
        case "assign" if ticket.status not in _WAITING:
            return ticket.status
        case "reopen" if not after["assignedUserId"]:
            return "assigned" if after["assignedQueue"] else "triaged"
    return rule.end


def _why_not(ticket: Ticket, rule: Rule) -> str:
    if ticket.withdrawn_at:
        return f"{ticket.name} was found to be no ticket, so it cannot be changed."
    allowed = [RULES[step].verb for step in steps(ticket)]
    return (
        f"{ticket.name} is {choice(ticket.status).lower()}, so it is not possible to {rule.verb} it now."
        f" What is: {listed(allowed)}."
    )


def _changed(
    ticket: Ticket, what: What, before: Mapping[str, JsonValue], after: Mapping[str, JsonValue], act: Act
) -> Ticket:
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
