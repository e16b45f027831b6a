"""Reminders: what somebody wants to hear of a ticket again, at a moment. All of one person's are kept with one timer."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from bot.domain.errors import InvalidInput, Problem
from bot.domain.record import Instant, Record

MOST = 100
"""That wait for one person."""
KEPT = timedelta(days=30)
"""How long those of somebody who has left wait for them."""
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


def due(kept: Sequence[Reminder], at: datetime, *, is_away: bool = False) -> Due:
    """Which have come by now, and which are left. Of somebody who `is_away` those for a thread come, since others wait for them;
    their own wait until they are back, for `KEPT`."""
    come = tuple(each for each in kept if each.at <= at and (each.channel or not is_away))
    left = (each for each in kept if each not in come and (not is_away or at < each.at + KEPT))
    return Due(come, tuple(left))


def next_look(left: Sequence[Reminder], at: datetime) -> datetime:
    """When to look at what is left: what waits for somebody who is away, once a day."""
    tomorrow = at + timedelta(days=1)
    return min((each.at if each.at > at else tomorrow for each in left), default=tomorrow)
