"""Do-not-disturb in the time in which somebody is on call: Slack keeps from them what we say then, and nobody can break it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from bot.domain.queues import Queue, next_on_call, on_call, shift_end

_DAY = timedelta(days=1)


class DndWindow(NamedTuple):
    """When somebody has do-not-disturb on: now, or next. `is_daily`: by a schedule, so that it comes again."""

    start: datetime
    end: datetime
    is_daily: bool


class ShiftSpan(NamedTuple):
    """`end` is None where no change is in sight."""

    queue: str
    person: str
    start: datetime
    end: datetime | None


class DndInShift(NamedTuple):
    """The first of somebody's do-not-disturb that lies in a shift of theirs."""

    queue: str
    person: str
    start: datetime
    end: datetime


def silenced(windows: Mapping[str, DndWindow], now: datetime) -> Mapping[str, datetime]:
    """Who has it on now, and until when."""
    return {user: window.end for user, window in windows.items() if window.start <= now < window.end}


def shifts_ahead(queue: Queue, now: datetime, left: Collection[str] = ()) -> Sequence[ShiftSpan]:
    """The shift that goes on, and the next one of somebody else."""
    holder, following = on_call(queue, now, left), next_on_call(queue, now, left)
    begun = [(holder, now)] if holder else []
    to_come = [(following.person, following.start)] if following else []
    return [
        ShiftSpan(queue.name, person, start, shift_end(queue, start, left))
        for person, start in (*begun, *to_come)
    ]


def in_shifts(shifts: Sequence[ShiftSpan], windows: Mapping[str, DndWindow]) -> Sequence[DndInShift]:
    """`windows` of people by their Slack user IDs; of whoever is not there, nothing is known."""
    found = []
    for shift in shifts:
        window = windows.get(shift.person)
        if window and (overlap := _first_overlap(window, shift)):
            found.append(DndInShift(shift.queue, shift.person, *overlap))
    return found


def _first_overlap(window: DndWindow, shift: ShiftSpan) -> tuple[datetime, datetime] | None:
    days = timedelta()
    if window.is_daily and window.end <= shift.start:
        days = _DAY * ((shift.start - window.end) // _DAY + 1)
    start, end = window.start + days, window.end + days
    return (start, end) if end > shift.start and (shift.end is None or start < shift.end) else None
