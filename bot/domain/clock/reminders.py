"""Reminders: what somebody wants to hear of a ticket again, at a moment. All of one person's are kept with one timer."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from bot.domain.errors import InvalidInput, Problem
from bot.domain.record import Instant, Record

MOST = 100
"""That wait for one person."""
LONGEST = 500
"""Characters of the words: as many as a button can carry."""


class Reminder(Record):
    """`id` names the request that made it. `channel`: of the thread of the ticket where it comes; directly where that is None."""

    id: str
    number: int
    user: str
    at: Instant
    words: str = ""
    channel: str | None = None


class Reminded(Record):
    """A reminder whose time has come. `is_hidden`: the person may not see the ticket any more, and reads nothing of it."""

    reminder: Reminder
    is_hidden: bool = False


class Due(NamedTuple):
    come: tuple[Reminder, ...]
    left: tuple[Reminder, ...]


def with_one(kept: Sequence[Reminder], new: Reminder, at: datetime) -> tuple[Reminder, ...]:
    """All of a person's with one more, the soonest first. Raises InvalidInput."""
    problem = None
    if new.at <= at:
        words = "That has already passed. Choose a time to come."
        problem = Problem(field="remindAt", code="past", message=words)
    elif len(new.words) > LONGEST:
        words = f"That is too long: a reminder takes {LONGEST} characters. Write the rest as a private note."
        problem = Problem(field="words", code="too_long", message=words)
    elif len(kept) >= MOST:
        words = f"You have {MOST} reminders already, which is the most. Take one back first: “Remind me…” lists a ticket's."
        problem = Problem(field="remindAt", code="too_many", message=words)
    if problem:
        raise InvalidInput([problem])
    return tuple(sorted((*kept, new), key=lambda each: each.at))


def due(kept: Sequence[Reminder], at: datetime) -> Due:
    """Which have come by now, and which are left."""
    come = tuple(each for each in kept if each.at <= at)
    return Due(come, tuple(each for each in kept if each.at > at))
