"""How one target runs by its calendar, stands still and is met."""

from datetime import datetime, timedelta
from typing import Literal

from bot.domain.calendars import Calendar, due, elapsed
from bot.domain.clock.settings import ClockSettings
from bot.domain.clock.ticket_clock import Target, later

Phase = Literal["runs", "stands", "met"]


def spent(target: Target, at: datetime, calendar: Calendar) -> timedelta:
    """How much working time of a target has passed."""
    return target.spent + (
        elapsed(target.since, max(at, target.since), calendar) if target.since else timedelta()
    )


def caught_up(target: Target, calendar: str, clock: ClockSettings) -> tuple[Target, Calendar | None]:
    """The target as it has run by the calendar that had this name, through all that was changed of it meanwhile, and the one
    by which it goes on; None where that is gone."""
    name: str | None = calendar
    for former in clock.former_calendars:
        if name is None or former.calendar.name != name:
            continue
        if target.since and target.since < former.until:
            used = spent(target, former.until, former.calendar)
            target = target.model_copy(update={"spent": used, "since": former.until})
        elif clock.calendar(name):
            continue  # it began by another one that is called so now
        name = former.then
    return target, clock.calendar(name)


def moved(target: Target, phase: Phase, at: datetime, calendar: Calendar) -> Target:
    """The target, running, standing still or met from a moment on."""
    if phase == "runs":
        return target if target.since else target.model_copy(update={"since": at, "met_at": None})
    met_at = (target.met_at or at) if phase == "met" else None
    if target.since is None:
        return target.model_copy(update={"met_at": met_at})
    used = spent(target, at, calendar)
    stopped = target.model_copy(update={"spent": used, "since": None, "met_at": met_at})
    return stopped.model_copy(update={"state": stopped.state_of(used)}) if met_at else stopped


def planned(target: Target, at: datetime, calendar: Calendar) -> Target:
    """With the moments that come. Where they have moved, what is better than it was is so at once; what is worse, the clock
    will find. Where they have not, a wall clock that was set back takes nothing back."""
    soon_at, due_at = (
        _after(target, total, calendar) for total in (target.soon_after, timedelta(minutes=target.minutes))
    )
    if (soon_at, due_at) == (target.soon_at, target.due_at):
        return target
    state = target.state_of(spent(target, at, calendar))
    state = state if later(target.state, state) else target.state
    return target.model_copy(update={"soon_at": soon_at, "due_at": due_at, "state": state})


def _after(target: Target, total: timedelta, calendar: Calendar) -> datetime | None:
    """When so much of it will have passed; None where it stands still, or the calendar never opens for so long."""
    if target.since is None:
        return None
    try:
        return due(target.since, total - target.spent, calendar)
    except OverflowError:
        return None
