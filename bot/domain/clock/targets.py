"""The rule of due times: how far a ticket's targets are, and when they are soon and late.

It looks after the targets of the ticket's service level (levels.py), and after the due time that somebody gave. Where nobody
gave one, the resolution target makes it.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Literal

from bot.domain.clock import levels
from bot.domain.clock.context import CLOCK, Change, Moment, Reached, Struck
from bot.domain.clock.deadlines import deadlines, given_soon
from bot.domain.clock.holders import asleep_until, holder
from bot.domain.clock.parts import noted, with_clock
from bot.domain.clock.service_levels import ANSWERS, DueState, TargetKind
from bot.domain.clock.ticket_clock import TicketClock, later
from bot.domain.lifecycle import StepContext
from bot.domain.news import Event, News
from bot.domain.steps import OtherWhat
from bot.domain.ticket import DONE, Ticket
from bot.domain.ticket import Change as FieldChange

_COMPUTED = "computedDueAt"
POLICY, CALENDAR = "policy", "calendar"
"""The names under which an entry of a history has by which ones a ticket is due."""


def changed(ticket: Ticket, change: Change) -> Ticket:
    """The ticket after a change, with how far its targets are; the same one where none of them differs."""
    known = ticket.clock or TicketClock()
    clock = known.model_copy(
        update={
            "given_due": _given_due(ticket, known, change),
            "tell_due_at": known.tell_due_at if _is_due_as_before(ticket, change) else None,
            "level": levels.after(ticket, known.level, change),
        }
    )
    return _with_due(_with_targets(ticket, clock), change)


def next_moment(ticket: Ticket) -> datetime | None:
    told = ticket.clock.tell_due_at if ticket.clock and ticket.is_open else None
    return min((*(at for at, _ in _planned(ticket)), *([told] if told else ())), default=None)


def reached(ticket: Ticket, at: datetime) -> tuple[Reached, ...]:
    """What has become soon or late by now, and was not when the clock last looked. What has become both is late."""
    found: dict[str, Reached] = {}
    for moment, each in _planned(ticket):
        if moment <= at:
            found[each.kind] = each
    return tuple(found.values())


def struck(ticket: Ticket, moment: Moment) -> Struck:
    found = reached(ticket, moment.at)
    if found:
        ticket = _marked(ticket, found, moment.at)
    tell_at = ticket.clock.tell_due_at if ticket.clock and ticket.is_open else None
    if any(each.kind == "due" for each in found) or (tell_at and tell_at <= moment.at):
        return _due_told(ticket, moment)
    return Struck(ticket)


def _due_told(ticket: Ticket, moment: Moment) -> Struck:
    """Of a due time that somebody gave, whoever looks after what somebody has is told, in their morning, unless a rule tells
    them (alerts.py). Of all else nobody is."""
    known = ticket.clock or TicketClock()
    is_late = known.given_due == "late"
    is_ruled = moment.settings.clock.on_since("escalate" if is_late else "warn", ticket.assigned_queue)
    found = holder(ticket, moment) if ticket.assigned_user_id and not is_ruled else None
    until = asleep_until(ticket, found[1], moment) if found and found[0] != "team" else None
    ticket = _with_targets(ticket, known.model_copy(update={"tell_due_at": until}))
    if found is None or until:
        return Struck(ticket)
    role, to = found
    event: Event = "late" if is_late else "due_soon"
    return Struck(ticket, (News(event=event, role=role, to=to, by=CLOCK, version=ticket.version),))


def _planned(ticket: Ticket) -> Iterator[tuple[datetime, Reached]]:
    """When what becomes soon or late, in the order of each kind."""
    for each in deadlines(ticket):
        if each.due_at:
            yield from _steps(each.about, each.state, each.soon_at, each.due_at)


def _steps(
    kind: TargetKind | Literal["due"], state: DueState, soon_at: datetime | None, due_at: datetime
) -> Iterator[tuple[datetime, Reached]]:
    if soon_at and later("soon", state):
        yield soon_at, Reached(kind, "soon", due_at)
    if later("late", state):
        yield due_at, Reached(kind, "late", due_at)


def _given_due(ticket: Ticket, known: TicketClock, change: Change) -> DueState:
    """What has been said of the due time that somebody gave. Of one that is new, nobody has to be told what they see: who
    gives a time that is soon knows it."""
    if ticket.sla_due_at is None:
        return "on_time"
    before = change.before
    if before and before.sla_due_at == ticket.sla_due_at and not change.unwatched:
        return known.given_due
    if ticket.sla_due_at <= change.at:
        return "late"
    return "soon" if given_soon(ticket, ticket.sla_due_at) <= change.at else "on_time"


def _is_due_as_before(ticket: Ticket, change: Change) -> bool:
    return ticket.is_open and change.before is not None and change.before.sla_due_at == ticket.sla_due_at


def _with_targets(ticket: Ticket, clock: TicketClock) -> Ticket:
    """With what the clock keeps of it, and whether an answer is late by that."""
    waits = clock.level.targets if clock.level else ()
    is_late = any(each.kind in ANSWERS and each.since and each.state == "late" for each in waits)
    ticket = with_clock(ticket, clock)
    return ticket if ticket.response_late == is_late else ticket.model_copy(update={"response_late": is_late})


def _with_due(ticket: Ticket, change: Change) -> Ticket:
    """With the due time that its service level makes, and in the history what has moved it."""
    computed = _computed(ticket)
    if computed == ticket.computed_due_at:
        return ticket
    moved = FieldChange(field=_COMPUTED, before=_wire(ticket.computed_due_at), after=_wire(computed))
    ticket = ticket.model_copy(update={"computed_due_at": computed})
    if not ticket.new_entries:
        return noted(ticket, "timed", (moved, *_why(ticket)), StepContext(CLOCK, change.at))
    *entries, last = ticket.new_entries
    known = next((each for each in last.changes if each.field == _COMPUTED), moved)
    changes = [each for each in last.changes if each.field != _COMPUTED]
    if known.before != moved.after:
        changes.append(moved.model_copy(update={"before": known.before}))
    return ticket.model_copy(
        update={"new_entries": (*entries, last.model_copy(update={"changes": tuple(changes)}))}
    )


def _why(ticket: Ticket) -> Iterator[FieldChange]:
    """By what a due time counts that nobody's step has moved."""
    if level := ticket.clock.level if ticket.clock else None:
        yield FieldChange(field=POLICY, after=level.policy)
        yield FieldChange(field=CALENDAR, after=level.calendar)


def _computed(ticket: Ticket) -> datetime | None:
    """None where somebody gave a due time, and while the clock stands still. What is done keeps the one it had."""
    level = ticket.clock.level if ticket.clock else None
    target = level.target("resolution") if level else None
    if ticket.sla_due_at or target is None:
        return None
    if target.since:
        return target.due_at
    return ticket.computed_due_at if ticket.status in DONE else None


def _marked(ticket: Ticket, found: Sequence[Reached], at: datetime) -> Ticket:
    """With what has been reached, and an entry for each promise that is late."""
    states: dict[str, DueState] = {each.kind: each.state for each in found}
    clock = ticket.clock or TicketClock()
    level = clock.level
    if level:
        targets = tuple(
            each.model_copy(update={"state": states.get(each.kind, each.state)}) for each in level.targets
        )
        level = level.model_copy(update={"targets": targets})
    given_due = states.get("due", clock.given_due)
    ticket = _with_targets(ticket, clock.model_copy(update={"given_due": given_due, "level": level}))
    for each in found:
        if each.state == "late":
            ticket = noted(ticket, LATE[each.kind], (), StepContext(CLOCK, at))
    return ticket


LATE: Mapping[TargetKind | Literal["due"], OtherWhat] = {
    "due": "late_due",
    "response": "late_response",
    "next_response": "late_next_response",
    "assignment": "late_assignment",
    "resolution": "late_resolution",
}
"""What the history says of a promise that was not kept in time."""


def _wire(at: datetime | None) -> str | None:
    return at.isoformat().replace("+00:00", "Z") if at else None
