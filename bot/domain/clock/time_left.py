"""How much time is left at a moment, for views that are drawn on reading."""

from datetime import datetime, timedelta
from typing import NamedTuple

from bot.domain.calendars import ALWAYS
from bot.domain.clock.settings import ClockSettings
from bot.domain.clock.target_run import caught_up, spent
from bot.domain.clock.ticket_clock import ServiceLevel, Target
from bot.domain.ticket import Ticket


class TimeLeft(NamedTuple):
    """`time` is less than none once it is late. `is_working_time`: it does not pass around the clock. `runs`: it passes now."""

    time: timedelta
    is_working_time: bool = False
    runs: bool = True


def until_due(ticket: Ticket, at: datetime, settings: ClockSettings) -> TimeLeft | None:
    """Until a ticket is due; None where it is done, and where nothing makes it due."""
    if not ticket.is_open or ticket.withdrawn_at:
        return None
    if given := ticket.sla_due_at:
        return TimeLeft(given - at)
    level = ticket.clock.level if ticket.clock else None
    target = level.target("resolution") if level else None
    return of_target(target, level, at, settings) if level and target else None


def of_target(target: Target, level: ServiceLevel, at: datetime, settings: ClockSettings) -> TimeLeft:
    target, found = caught_up(target, level.calendar, settings)
    calendar = found or ALWAYS
    left = timedelta(minutes=target.minutes) - spent(target, at, calendar)
    return TimeLeft(left, not calendar.is_always_open, target.since is not None)
