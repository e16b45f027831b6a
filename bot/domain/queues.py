"""A queue: the channel where it is triaged, who works it, and who is on call for it when.

A rotation hands over at the moments of an RRULE (RFC 5545), read as the wall clock of its zone: Monday 9:00 is 9:00
before and after daylight saving. A time that is skipped moves forward. Of a time that comes twice, the first counts.
"""

import re
from bisect import bisect_right
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import islice
from typing import NamedTuple
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr
from pydantic import Field

from bot.domain.errors import InvalidInput, Problem
from bot.domain.record import Instant, Record
from bot.domain.words import quoted

RULES = {
    "Every Monday, 9:00": "FREQ=WEEKLY;BYDAY=MO;BYHOUR=9",
    "Every day, 9:00": "FREQ=DAILY;BYHOUR=9",
    "Every weekday, 9:00": "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;BYHOUR=9",
    "Every other Monday, 9:00": "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO;BYHOUR=9",
}
"""The hand-offs that are offered, in words."""

LONGEST = timedelta(days=366)
"""An override lasts no longer and begins no later, and a rotation hands over at least once in this time."""

_OVERRIDES = UUID("8b1f1f0e-5a0c-4d43-9d39-0c1f6f2f7a19")  # only tells these ids from all others
_HOUR = 9  # of a rule that names none
_DAY = r"(?:[+-]?[1-5])?(?:MO|TU|WE|TH|FR|SA|SU)"
_MONTH_DAY = r"-?(?:[12]?[1-9]|[123]0|31)"
_RULE = re.compile(
    r"FREQ=(?:DAILY|WEEKLY|MONTHLY)(?:;(?:INTERVAL=[1-9]\d{0,2}|BYHOUR=\d{1,2}(?:,\d{1,2})*|BYMINUTE=\d{1,2}"
    rf"|BYDAY={_DAY}(?:,{_DAY})*|BYMONTHDAY={_MONTH_DAY}(?:,{_MONTH_DAY})*))*"
)
"""Of RFC 5545, what a hand-off can need. So no rule ends, and none makes dateutil search for ever."""


class Rotation(Record):
    """People take turns, the first from `start`, the next from each hand-off after it."""

    people: tuple[str, ...] = Field(description="Slack user IDs, in the order of their turns")
    rule: str
    zone: str = Field(description="An IANA name such as Europe/Berlin")
    start: Instant


class Override(Record):
    """`person` is on call from `start` until `end`, in place of `covers`; in place of anybody where that is None. `key` is of
    the request that made it, which may come twice; those of old have none."""

    person: str
    start: Instant
    end: Instant
    covers: str | None = None
    key: str = ""

    @property
    def id(self) -> str:
        """Names it among all the workspace's."""
        said = f"{self.person}:{self.covers}:{self.start.isoformat()}:{self.end.isoformat()}"
        return swap_id(self.key or said)


def swap_id(key: str) -> str:
    """The id of the override that a request made."""
    return uuid5(_OVERRIDES, key).hex


class Queue(Record):
    """`group` is the user group whose members are its agents; without one, they are those of the triage channel.

    `owner` set it up, and is told where the bot may not post in the channel. `lead`: whom an escalation reaches last, in
    place of the owner. `on_call_group`: the user group that is whoever is on call. `calendar`: the name of the one by
    which its tickets' time runs. Where overrides overlap, the one that was made last holds.
    """

    name: str = Field(min_length=1, max_length=60)
    channel: str
    group: str | None = None
    owner: str
    lead: str | None = None
    on_call_group: str | None = None
    calendar: str | None = None
    rotation: Rotation | None = None
    overrides: tuple[Override, ...] = ()

    @property
    def led_by(self) -> str:
        """Whom an escalation reaches last."""
        return self.lead or self.owner

    def on_duty(self, now: datetime) -> frozenset[str]:
        """Everybody in its rotation, and those who stand in at the moment: they are agents, too."""
        turns = self.rotation.people if self.rotation else ()
        return frozenset({*turns, *(each.person for each in self.overrides if each.start <= now < each.end)})


class Shift(NamedTuple):
    person: str
    start: datetime


class Duty(NamedTuple):
    """Who has a queue now, and who will have it next; None where nobody does."""

    queue: Queue
    now: str | None
    next: Shift | None


def on_call(queue: Queue, now: datetime, left: Collection[str] = ()) -> str | None:
    """Who is on call, or None. The turns of people who `left` go to the next person; the other turns stay."""
    holder = next(iter(turns(queue.rotation, now, left)), None) if queue.rotation else None
    for override in queue.overrides:
        covers = override.covers is None or override.covers == holder
        if covers and override.start <= now < override.end and override.person not in left:
            holder = override.person
    return holder


def turns_on_call(queue: Queue, now: datetime, left: Collection[str] = ()) -> tuple[str, ...]:
    """Whoever is on call, and then the others of the rotation in the order of their turns, without whoever is covered."""
    holder = on_call(queue, now, left)
    others = turns(queue.rotation, now, left) if queue.rotation else ()
    if others and others[0] != holder:
        others = others[1:]
    return tuple(dict.fromkeys((*([holder] if holder else []), *others)))


def next_on_call(queue: Queue, now: datetime, left: Collection[str] = ()) -> Shift | None:
    """The first shift to come of somebody who is not on call now; None where there is none."""
    holder = on_call(queue, now, left)
    for moment in _changes(queue, now):
        person = on_call(queue, moment, left)
        if person and person != holder:
            return Shift(person, moment)
    return None


def shift_end(queue: Queue, start: datetime, left: Collection[str] = ()) -> datetime | None:
    """When whoever is on call at `start` no longer is; None where no change is in sight."""
    holder = on_call(queue, start, left)
    return next((at for at in _changes(queue, start) if on_call(queue, at, left) != holder), None)


def next_look(queue: Queue, now: datetime) -> datetime:
    """The next moment at which somebody else may be on call."""
    return next(iter(_changes(queue, now)), now + LONGEST)


def turns(rotation: Rotation, now: datetime, left: Collection[str] = ()) -> tuple[str, ...]:
    """The people in the order in which they come, beginning with the one whose turn it is."""
    people = rotation.people
    slot = bisect_right(_handoffs(rotation, now.year + 1), now) % len(people) if people else 0
    return tuple(person for person in people[slot:] + people[:slot] if person not in left)


def covered(queue: Queue, override: Override, now: datetime) -> Queue:
    """The queue with one more override, without those that are over. Raises InvalidInput."""
    problem = None
    if override.person == override.covers:
        problem = Problem(field="person", code="same", message="Choose two different people.")
    elif override.end <= max(now, override.start):
        problem = Problem(field="end", code="past", message="That ends before it begins. Choose a later end.")
    elif override.start > now + LONGEST or override.end > override.start + LONGEST:
        problem = Problem(field="end", code="too_long", message="A year is the most. Choose an earlier end.")
    if problem:
        raise InvalidInput([problem])
    kept = [each for each in queue.overrides if each.end > now]
    return queue.model_copy(update={"overrides": (*kept, override)})


def rotation(people: tuple[str, ...], rule: str, zone: str, start: datetime) -> Rotation:
    """A rotation of what somebody typed. Raises InvalidInput on `rule` and `zone`."""
    made = Rotation(people=people, rule=_tidy(rule), zone=zone.strip(), start=start)
    problems = []
    if not is_zone(made.zone):
        words = f"{quoted(zone)} is no time zone I know. Type a name such as Europe/Berlin."
        problems.append(Problem(field="zone", code="unknown_zone", message=words))
    elif fault := _fault(made):
        problems.append(Problem(field="rule", code="not_a_rule", message=f"{quoted(rule)} {fault}"))
    if problems:
        raise InvalidInput(problems)
    return made


def edited_rotation(old: Rotation | None, made: Rotation, shown_at: datetime) -> Rotation:
    """The rotation after somebody sent a form that showed the old one at a moment. Where they changed nothing it stays
    the old one, so that its turns do not begin again."""
    is_same = old and (turns(old, shown_at), old.rule, old.zone) == (made.people, made.rule, made.zone)
    return old if old and is_same else made


def queue_name(typed: str) -> str:
    """The name of a queue as somebody typed it, with or without #. Raises InvalidInput."""
    name = typed.strip().removeprefix("#")
    if not name:
        raise InvalidInput([Problem(field="name", code="missing", message="Give the queue a name.")])
    return name


def is_zone(name: str) -> bool:
    """Whether it is an IANA name."""
    try:
        ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        return False
    return bool(name)


def _tidy(rule: str) -> str:
    return "".join(rule.split()).upper().removeprefix("RRULE:").rstrip(";")


def _fault(made: Rotation) -> str | None:
    """What is wrong with a rule, as the end of a sentence."""
    example = "Try FREQ=WEEKLY;BYDAY=MO;BYHOUR=9."
    if not _RULE.fullmatch(made.rule):
        return f"is not a hand-off I understand. {example}"
    try:
        soon = any(at <= made.start + LONGEST for at in _handoffs(made, made.start.year + 1))
    except ValueError:  # an hour of 25, a day named twice
        return f"is not a hand-off I understand. {example}"
    return None if soon else f"does not hand over within a year. {example}"


@lru_cache(maxsize=2048)  # of each workspace
def _handoffs(made: Rotation, year: int) -> tuple[datetime, ...]:
    """Its hand-offs after the start and until the end of a year. Raises ValueError where the rule is none."""
    zone = ZoneInfo(made.zone)
    day = made.start.astimezone(zone).replace(hour=_HOUR, minute=0, second=0, microsecond=0, tzinfo=None)
    rule = made.rule if "BYMINUTE" in made.rule else f"{made.rule};BYMINUTE=0"
    until = datetime(year, 12, 31, 23, 59)  # noqa: DTZ001  (a wall clock's)
    moments = rrulestr(f"{rule};UNTIL={until:%Y%m%dT%H%M%S}", dtstart=day)
    utc = (moment.replace(tzinfo=zone).astimezone(UTC) for moment in moments)
    return tuple(moment for moment in utc if moment > made.start)


def _changes(queue: Queue, now: datetime) -> list[datetime]:
    """The moments to come at which somebody else may be on call: as many as can matter."""
    edges = {at for each in queue.overrides for at in (each.start, each.end) if at > now}
    if queue.rotation is None:
        return sorted(edges)
    handoffs = _handoffs(queue.rotation, now.year + 3)
    first = bisect_right(handoffs, now)
    last = bisect_right(handoffs, max(edges, default=now)) + len(queue.rotation.people)
    return sorted(edges.union(islice(handoffs, first, last)))
