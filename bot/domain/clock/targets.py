"""The rule of due times: how far a ticket's targets are, and when they are soon and late.

It looks after the targets of the ticket's service level, and after the due time that somebody gave. A target runs while
somebody is to act, and stands still otherwise; what was spent of it stays spent. Where nobody gave a due time, the
resolution target makes it.

- `response` runs from the beginning until somebody else than the requester writes to them, or takes a step that they are
  told of; `next_response` from each time that they write again. A hold tells them, so none of these runs on into it, and
  whoever writes during it waits.
- `assignment` runs while nobody has the ticket, `resolution` while it is open; neither in a hold that stops the clock.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from bot.domain.calendars import Calendar, due, elapsed
from bot.domain.clock.service_levels import DueState, Pauses, TargetKind, policy_for, stops
from bot.domain.clock.ticket_clock import ServiceLevel, Target, TicketClock, later
from bot.domain.clock.told import CLOCK, Change, Moment, Reached, Struck
from bot.domain.news import News
from bot.domain.steps import OtherWhat
from bot.domain.telling import TABLE, Happened, events_of
from bot.domain.ticket import DONE, Entry, Ticket
from bot.domain.ticket import Change as FieldChange

_COMPUTED = "computedDueAt"
_ANSWERS: frozenset[TargetKind] = frozenset({"response", "next_response"})
_TOLD = frozenset(event for event, rows in TABLE.items() if any(row.role == "requester" for row in rows))
"""The events that a requester is told of."""


def changed(ticket: Ticket, change: Change) -> Ticket:
    """The ticket after a change, with how far its targets are; the same one where none of them differs."""
    known = ticket.clock or TicketClock()
    clock = known.model_copy(
        update={"given_due": _given_due(ticket, known, change), "level": _level(ticket, known.level, change)}
    )
    return _with_due(_with_clock(ticket, clock), change)


def next_moment(ticket: Ticket) -> datetime | None:
    return min((at for at, _ in _planned(ticket)), default=None)


def reached(ticket: Ticket, at: datetime) -> tuple[Reached, ...]:
    """What has become soon or late by now, and was not when the clock last looked. What has become both is late."""
    found: dict[str, Reached] = {}
    for moment, each in _planned(ticket):
        if moment <= at:
            found[each.kind] = each
    return tuple(found.values())


def struck(ticket: Ticket, moment: Moment) -> Struck:
    found = reached(ticket, moment.at)
    if not found:
        return Struck(ticket)
    ticket = _marked(ticket, found, moment.at)
    return Struck(ticket, due_news(ticket, found, moment))


def due_news(ticket: Ticket, reached: Sequence[Reached], moment: Moment) -> tuple[News, ...]:
    """Of a due time that somebody gave, whoever has the ticket is told, unless a rule tells them (alerts.py). Of all else nobody
    is."""
    holder, clock = ticket.assigned_user_id, moment.settings.clock
    warns, pages = (clock.on_since(rule, ticket.assigned_queue) for rule in ("warn", "escalate"))
    return tuple(
        News(
            event="due_soon" if each.state == "soon" else "late",
            role="assignee",
            to=holder,
            by=CLOCK,
            version=ticket.version,
        )
        for each in reached
        if holder and each.kind == "due" and not (pages if each.state == "late" else warns)
    )


def spent(target: Target, at: datetime, calendar: Calendar) -> timedelta:
    """How much working time of a target has passed."""
    return target.spent + (
        elapsed(target.since, max(at, target.since), calendar) if target.since else timedelta()
    )


def _planned(ticket: Ticket) -> Iterator[tuple[datetime, Reached]]:
    """When what becomes soon or late, in the order of each kind."""
    if not _is_alive(ticket):
        return
    clock = ticket.clock or TicketClock()
    if given := ticket.sla_due_at:
        yield from _steps("due", clock.given_due, given_soon(ticket, given), given)
    for target in clock.level.targets if clock.level else ():
        is_replaced = target.kind == "resolution" and given  # that due time stands in its place
        if target.since and target.due_at and not is_replaced:
            yield from _steps(target.kind, target.state, target.soon_at, target.due_at)


def _steps(
    kind: TargetKind | Literal["due"], state: DueState, soon_at: datetime | None, due_at: datetime
) -> Iterator[tuple[datetime, Reached]]:
    if soon_at and later("soon", state):
        yield soon_at, Reached(kind, "soon", due_at)
    if later("late", state):
        yield due_at, Reached(kind, "late", due_at)


def given_soon(ticket: Ticket, given: datetime) -> datetime:
    """When four fifths have passed from the ticket's beginning to the due time that somebody gave."""
    return given - max(given - ticket.created_at, timedelta()) / 5


def _is_alive(ticket: Ticket) -> bool:
    return ticket.is_open and not ticket.withdrawn_at


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


def _level(ticket: Ticket, level: ServiceLevel | None, change: Change) -> ServiceLevel | None:
    clock = change.settings.clock
    since = clock.on_since("levels", ticket.assigned_queue)
    if since is None or (level is None and not _is_alive(ticket)):
        return None
    before = change.before
    is_moved = before and (before.priority, before.assigned_queue) != (ticket.priority, ticket.assigned_queue)
    if level is None or is_moved:
        level = _chosen(ticket, level, since, change)
    if level is None:
        return None
    calendar = clock.calendar(level.calendar) or _calendar_of(ticket, change)  # it may have gone since
    said = _said(ticket, level, change)
    targets = tuple(_run_on(target, ticket, level, said, calendar, change.at) for target in level.targets)
    return level.model_copy(update={"targets": targets, "calendar": calendar.name})


def _chosen(
    ticket: Ticket, level: ServiceLevel | None, since: datetime, change: Change
) -> ServiceLevel | None:
    """The service level of a ticket that begins with one, or whose priority or queue has changed: what was spent of a target
    stays spent of the new one. None where no policy fits."""
    policy = policy_for(ticket, change.settings.clock.policies)
    if policy is None:
        return None
    calendar = change.settings.clock.calendar(policy.calendar) or _calendar_of(ticket, change)
    known = (
        {target.kind: _folded(target, level, calendar, change) for target in level.targets} if level else {}
    )
    targets = tuple(
        known[kind].model_copy(update={"minutes": minutes})
        if kind in known
        else _begun(Target(kind=kind, minutes=minutes), policy.pauses, ticket, since, change)
        for kind, minutes in policy.targets.items()
    )
    return ServiceLevel(policy=policy.name, calendar=calendar.name, pauses=policy.pauses, targets=targets)


def _calendar_of(ticket: Ticket, change: Change) -> Calendar:
    queue = change.settings.queue(ticket.assigned_queue)
    return change.settings.clock.calendar_for(queue, change.profile)


def _folded(target: Target, level: ServiceLevel, calendar: Calendar, change: Change) -> Target:
    """With what was spent by the calendar until now, where another one counts from here on."""
    old = change.settings.clock.calendar(level.calendar)
    if target.since is None or old is None or old == calendar:
        return target
    return target.model_copy(update={"spent": spent(target, change.at, old), "since": change.at})


def _begun(target: Target, pauses: Pauses, ticket: Ticket, since: datetime, change: Change) -> Target:
    """A target as it stands when the ticket gets it, which may have been there for long. What began before the rule was
    switched on counts from that moment, and what was done meanwhile from now."""
    was_open = change.before is None or change.before.is_open
    begin = min(max(ticket.created_at, since), change.at) if was_open else change.at
    if target.kind == "response" and change.before and (change.answered or _is_worked(ticket)):
        return target.model_copy(update={"met_at": begin})
    if target.kind == "next_response" or _phase(target.kind, ticket, pauses) != "runs":
        return target
    return target.model_copy(update={"since": begin})


def _is_worked(ticket: Ticket) -> bool:
    """Whether its requester was told that somebody has it."""
    return bool(ticket.assigned_user_id) or ticket.status not in {"new", "triaged"}


Phase = Literal["runs", "stands", "met"]


def _phase(kind: TargetKind, ticket: Ticket, pauses: Pauses) -> Phase:
    """How a target stands, but for what is said to the requester."""
    if kind == "assignment" and ticket.assigned_user_id:
        return "met"
    if not _is_alive(ticket):
        return "met" if kind == "resolution" and not ticket.withdrawn_at else "stands"
    is_stopped = kind not in _ANSWERS and ticket.status == "on_hold" and stops(pauses, ticket.hold_reason)
    return "stands" if is_stopped else "runs"


class _Said(NamedTuple):
    """When somebody answered the requester in this change, and when the requester wrote."""

    answered_at: datetime | None = None
    asked_at: datetime | None = None


def _said(ticket: Ticket, level: ServiceLevel, change: Change) -> _Said:
    """Events may come late: what the requester wrote before the last answer asks for none."""
    comment, requester = change.comment, ticket.created_by
    if comment and not (comment.internal or comment.deleted or comment.edited_at):
        at = min(comment.at, change.at)
        if comment.author != requester:
            return _Said(answered_at=at)
        answers = [target.met_at for target in level.targets if target.kind in _ANSWERS and target.met_at]
        return _Said() if any(at < each for each in answers) else _Said(asked_at=at)
    by = ticket.new_entries[-1].actor if ticket.new_entries else requester
    if change.before is None or by in {requester, CLOCK}:
        return _Said()
    is_told = bool(events_of(Happened(change.before, ticket, by)) & _TOLD)
    return _Said(answered_at=change.at if is_told else None)


def _run_on(
    target: Target, ticket: Ticket, level: ServiceLevel, said: _Said, calendar: Calendar, at: datetime
) -> Target:
    """A target after a change of its ticket."""
    if target.kind not in _ANSWERS:
        moved = _moved(target, _phase(target.kind, ticket, level.pauses), at, calendar)
    elif target.kind == "response":
        moved = _answered(target, ticket, said, calendar, at)
    else:
        moved = _answered_again(target, ticket, level, said, calendar, at)
    return _as_planned(moved, at, calendar)


def _answered(target: Target, ticket: Ticket, said: _Said, calendar: Calendar, at: datetime) -> Target:
    if target.met_at:
        return target
    if said.answered_at:
        return _moved(target, "met", said.answered_at, calendar)
    return _moved(target, "runs" if _is_alive(ticket) else "stands", at, calendar)


def _answered_again(
    target: Target, ticket: Ticket, level: ServiceLevel, said: _Said, calendar: Calendar, at: datetime
) -> Target:
    """It begins anew each time, and ends with the ticket."""
    if target.since and (said.answered_at or not _is_alive(ticket)):
        return _moved(target, "met", said.answered_at or at, calendar)
    first = level.target("response")
    waits_already = target.since or (first and not first.met_at)
    if said.asked_at and _is_alive(ticket) and not waits_already:
        return Target(kind=target.kind, minutes=target.minutes, since=said.asked_at)
    return target


def _moved(target: Target, phase: Phase, at: datetime, calendar: Calendar) -> Target:
    if phase == "runs":
        return target if target.since else target.model_copy(update={"since": at, "met_at": None})
    met_at = (target.met_at or at) if phase == "met" else None
    if target.since is None:
        return target.model_copy(update={"met_at": met_at})
    used = spent(target, at, calendar)
    stopped = target.model_copy(update={"spent": used, "since": None, "met_at": met_at})
    return stopped.model_copy(update={"state": stopped.state_of(used)}) if met_at else stopped


def _as_planned(target: Target, at: datetime, calendar: Calendar) -> Target:
    """With the moments that come. What is better than it was is so at once; what is worse, the clock will find."""
    state = target.state_of(spent(target, at, calendar))
    state = state if later(target.state, state) else target.state
    soon_at, due_at = (
        _after(target, total, calendar) for total in (target.soon_after, timedelta(minutes=target.minutes))
    )
    return target.model_copy(update={"soon_at": soon_at, "due_at": due_at, "state": state})


def _after(target: Target, total: timedelta, calendar: Calendar) -> datetime | None:
    """When so much of it will have passed; None where it stands still, or the calendar never opens for so long."""
    if target.since is None:
        return None
    try:
        return due(target.since, total - target.spent, calendar)
    except OverflowError:
        return None


def _with_clock(ticket: Ticket, clock: TicketClock) -> Ticket:
    """The same ticket where nothing differs."""
    kept = None if clock == TicketClock() else clock
    if kept == ticket.clock:
        return ticket
    waits = clock.level.targets if clock.level else ()
    is_late = any(each.kind in _ANSWERS and each.since and each.state == "late" for each in waits)
    return ticket.model_copy(update={"clock": kept, "response_late": is_late})


def _with_due(ticket: Ticket, change: Change) -> Ticket:
    """With the due time that its service level makes, and in the history what has moved it."""
    computed = _computed(ticket)
    if computed == ticket.computed_due_at:
        return ticket
    moved = FieldChange(field=_COMPUTED, before=_wire(ticket.computed_due_at), after=_wire(computed))
    ticket = ticket.model_copy(update={"computed_due_at": computed})
    if not ticket.new_entries:
        return _noted(ticket, "timed", change.at, moved)
    *entries, last = ticket.new_entries
    known = next((each for each in last.changes if each.field == _COMPUTED), moved)
    changes = [each for each in last.changes if each.field != _COMPUTED]
    if known.before != moved.after:
        changes.append(moved.model_copy(update={"before": known.before}))
    return ticket.model_copy(
        update={"new_entries": (*entries, last.model_copy(update={"changes": tuple(changes)}))}
    )


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
    ticket = _with_clock(ticket, clock.model_copy(update={"given_due": given_due, "level": level}))
    for each in found:
        if each.state == "late":
            ticket = _noted(ticket, LATE[each.kind], at)
    return ticket


LATE: Mapping[TargetKind | Literal["due"], OtherWhat] = {
    "due": "late_due",
    "response": "late_response",
    "next_response": "late_next_response",
    "assignment": "late_assignment",
    "resolution": "late_resolution",
}
"""What the history says of a promise that was not kept in time."""


def _noted(ticket: Ticket, what: OtherWhat, at: datetime, *changes: FieldChange) -> Ticket:
    """With an entry of the clock's own. It is nothing that somebody did, so the ticket is not newer by it."""
    entries = (*ticket.new_entries, Entry(at=at, actor=CLOCK, what=what, changes=changes))
    return ticket.model_copy(update={"new_entries": entries, "version": ticket.version + 1})


def _wire(at: datetime | None) -> str | None:
    return at.isoformat().replace("+00:00", "Z") if at else None
