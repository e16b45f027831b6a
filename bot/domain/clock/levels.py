"""What a change means for a ticket's service level: which policy it has, and how far each target is.

A target runs while somebody is to act, and stands still otherwise; what was spent of it stays spent.

- `response` runs from the beginning until somebody else than the requester writes to them, or takes a step that they are
  told of; `next_response` from each time that they write again. A hold tells them, so none of these runs on into it, and
  whoever writes during it waits. A word of somebody who may not work the ticket is no answer, and whoever has their own
  ticket waits for none.
- `assignment` runs while nobody has the ticket, `resolution` while it is open; neither in a hold that stops the clock.
"""

from datetime import datetime
from typing import NamedTuple

from bot.domain.calendars import Calendar
from bot.domain.clock.context import CLOCK, Change
from bot.domain.clock.service_levels import ANSWERS, Pauses, TargetKind, policy_for, stops
from bot.domain.clock.target_run import Phase, caught_up, moved, planned, spent
from bot.domain.clock.ticket_clock import ServiceLevel, Target
from bot.domain.telling import TABLE, Happened, events_of
from bot.domain.ticket import Ticket

_TOLD = frozenset(event for event, rows in TABLE.items() if any(row.role == "requester" for row in rows))
"""The events that a requester is told of."""


def after(ticket: Ticket, level: ServiceLevel | None, change: Change) -> ServiceLevel | None:
    """The service level of a ticket after a change, which it had before; None where it has none."""
    clock = change.settings.clock
    is_on = clock.on_since("levels", ticket.assigned_queue) is not None
    if not is_on or (level is None and not ticket.is_open):
        return None
    level = _caught_up(ticket, level, change) if level else None
    if level is None or _is_moved(ticket, change):
        level = _chosen(ticket, level, change)
    if level is None:
        return None
    calendar = clock.calendar(level.calendar) or _calendar_of(ticket, change)
    said = _said(ticket, level, change)
    targets = tuple(_run_on(target, ticket, level, said, calendar, change.at) for target in level.targets)
    return level.model_copy(update={"targets": targets, "calendar": calendar.name})


def begins_late(ticket: Ticket, change: Change) -> bool:
    """Whether a ticket gets a target for its first response after it has been there for a while: then it matters whether
    somebody has answered already."""
    level = ticket.clock.level if ticket.clock else None
    if change.before is None or (level and (level.target("response") or not _is_moved(ticket, change))):
        return False
    policy = policy_for(ticket, change.settings.clock.policies)
    return policy is not None and policy.response is not None


def _caught_up(ticket: Ticket, level: ServiceLevel, change: Change) -> ServiceLevel:
    """With what was spent by its calendar before an admin changed or removed that, and the name of the one that counts now."""
    clock = change.settings.clock
    found = [caught_up(target, level.calendar, clock) for target in level.targets]
    calendar = next((each for _, each in found if each), None) or _calendar_of(ticket, change)
    return level.model_copy(
        update={"targets": tuple(target for target, _ in found), "calendar": calendar.name}
    )


def _is_moved(ticket: Ticket, change: Change) -> bool:
    before = change.before
    if before is None:
        return False
    return (before.priority, before.assigned_queue) != (ticket.priority, ticket.assigned_queue)


def _chosen(ticket: Ticket, level: ServiceLevel | None, change: Change) -> ServiceLevel | None:
    """The service level of a ticket that begins with one, or whose priority or queue has changed: what was spent of a target
    stays spent of the new one. None where no policy fits."""
    clock = change.settings.clock
    policy = policy_for(ticket, clock.policies)
    since = clock.promised_since(policy, ticket.assigned_queue) if policy else None
    if policy is None or since is None:
        return None
    calendar = clock.calendar(policy.calendar) or _calendar_of(ticket, change)
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
    switched on, or the policy made, counts from that moment, and what was done meanwhile from now."""
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


def _is_their_own(ticket: Ticket) -> bool:
    """Whether whoever asked for it has it: nobody answers themselves."""
    return ticket.assigned_user_id == ticket.created_by


def _phase(kind: TargetKind, ticket: Ticket, pauses: Pauses) -> Phase:
    """How a target stands, but for what is said to the requester."""
    if kind == "assignment" and ticket.assigned_user_id:
        return "met"
    if not ticket.is_open:
        return "met" if kind == "resolution" and not ticket.withdrawn_at else "stands"
    is_stopped = kind not in ANSWERS and ticket.status == "on_hold" and stops(pauses, ticket.hold_reason)
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
            return _Said() if change.by_bystander else _Said(answered_at=at)
        answers = [target.met_at for target in level.targets if target.kind in ANSWERS and target.met_at]
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
    if target.kind not in ANSWERS:
        run = moved(target, _phase(target.kind, ticket, level.pauses), at, calendar)
    elif target.kind == "response":
        run = _answered(target, ticket, said, calendar, at)
    else:
        run = _answered_again(target, ticket, level, said, calendar, at)
    return planned(run, at, calendar)


def _answered(target: Target, ticket: Ticket, said: _Said, calendar: Calendar, at: datetime) -> Target:
    if target.met_at:
        return target
    if said.answered_at:
        return moved(target, "met", said.answered_at, calendar)
    waits = ticket.is_open and not _is_their_own(ticket)
    return moved(target, "runs" if waits else "stands", at, calendar)


def _answered_again(
    target: Target, ticket: Ticket, level: ServiceLevel, said: _Said, calendar: Calendar, at: datetime
) -> Target:
    """It begins anew each time, and ends with the ticket."""
    waits = ticket.is_open and not _is_their_own(ticket)
    if target.since and (said.answered_at or not waits):
        return moved(target, "met", said.answered_at or at, calendar)
    first = level.target("response")
    waits_already = target.since or (first and not first.met_at)
    if said.asked_at and waits and not waits_already:
        return Target(kind=target.kind, minutes=target.minutes, since=said.asked_at)
    return target
