"""When a ticket is due, in words. What is posted stands still, so it has the moment and a word for the state, which follows the
clock. Only what is drawn on reading counts the time that is left.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.domain.clock.service_levels import KIND_NAMES, DueState
from bot.domain.clock.settings import ClockSettings
from bot.domain.clock.ticket_clock import Target
from bot.domain.clock.time_left import TimeLeft, of_target, until_due
from bot.domain.ticket import Ticket
from handlers.blocks.text import moment, one_line

_BEFORE: Mapping[DueState, str] = {"on_time": "due", "soon": "due soon:", "late": "late since"}
_BEHIND: Mapping[DueState, str] = {"on_time": "", "soon": " · due soon", "late": " · late"}
_HOUR = timedelta(hours=1)
_MANY_HOURS = 48  # more are days, where all hours count
_FEW_HOURS = 10  # of more, minutes do not matter


def due_fact(ticket: Ticket, found: DueState | None = None) -> str:
    """`due today at 5 PM`, `late since today at 5 PM`, among other facts; empty where nothing makes it due. `found`: by the clock of
    another workspace, whose ticket it is."""
    state = (found or ticket.due_state) if ticket.is_open else "on_time"
    return f"{_BEFORE[state]} {moment(ticket.due_at)}" if ticket.due_at else ""


def due_field(ticket: Ticket, found: DueState | None = None) -> str:
    """`today at 5 PM · late`, under a label of its own, and whether nobody gave it but the service level. `found`: as `due_fact` has
    it."""
    if ticket.due_at is None:
        return ""
    state = (found or ticket.due_state) if ticket.is_open else "on_time"
    whence = "" if ticket.sla_due_at else " · by its service level"
    return f"{moment(ticket.due_at)}{_BEHIND[state]}{whence}"


def left_words(left: TimeLeft | None) -> str:
    """`2 h left`, `late by 20 min of working time`, `stands still, 2 h left`; empty for None."""
    if left is None:
        return ""
    kind = " of working time" if left.is_working_time else ""
    span = _span(abs(left.time), in_days=not left.is_working_time)
    words = f"late by {span}{kind}" if left.time <= timedelta() else f"{span}{kind} left"
    return words if left.runs else f"stands still, {words}"


def time_left(ticket: Ticket, now: datetime, settings: ClockSettings) -> str:
    return left_words(until_due(ticket, now, settings))


def targets(ticket: Ticket, now: datetime, settings: ClockSettings) -> str:
    """A line for each target of its service level; empty without one. Where somebody gave a due time, that stands for the
    resolution."""
    level = ticket.clock.level if ticket.clock else None
    if level is None:
        return ""
    shown = [
        f"• {KIND_NAMES[each.kind].capitalize()}: {_stand(each, left_words(of_target(each, level, now, settings)))}"
        for each in level.targets
        if not (each.kind == "resolution" and ticket.sla_due_at)
        and (each.kind != "next_response" or each.since or each.met_at)
    ]
    return "\n".join([f"*Service level {one_line(level.policy, 60)}*", *shown])


def _stand(target: Target, left: str) -> str:
    if target.met_at:
        return f"{'late, ' if target.state == 'late' else ''}{moment(target.met_at)}"
    return f"{moment(target.due_at)} · {left}" if target.due_at else left


def _span(time: timedelta, *, in_days: bool) -> str:
    """`20 min`, `2 h 20 min`, `30 h`, `3 d`."""
    hours, rest = divmod(time, _HOUR)
    minutes = rest // timedelta(minutes=1)
    if hours == 0:
        return f"{minutes} min"
    if in_days and hours >= _MANY_HOURS:
        return f"{hours // 24} d"
    return f"{hours} h {minutes} min" if minutes and hours < _FEW_HOURS else f"{hours} h"
