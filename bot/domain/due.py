"""When something is due, as people type it: `tomorrow 17:00`, `fri 9am`, `in 4h`, `+2d`, `1 Dec 5pm`, `9-11am UTC`.

Nothing is guessed: what may mean two times is asked about, with both. The same words, and `yesterday`, also say when
something was. time_words.py says which words those are, time_phrase.py what they say together; here a clock and a
calendar are put to it. `due_end` finds a time at the beginning of a text, `parse_due` reads it.
"""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from dateutil import tz

from bot.domain.errors import InvalidInput, Problem
from bot.domain.time_parts import END_OF_DAY, Calendar, SaidTime, UnclearTime
from bot.domain.time_phrase import said_time
from bot.domain.time_words import time_words
from bot.domain.words import quoted

_EXAMPLES = "Try tomorrow 17:00, fri 9am, in 4h, +2d or 2026-12-01."
_PAST_EXAMPLES = "Try monday, yesterday, 24h, 3d or 2026-11-01."
_STAMP = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(?=\s*\Z|\s+(?:[!#]|@[^\W\d_]|[^\W\d_]+:\S))"
)
"""What needs no second look: as programs write it, and nothing or a field behind it."""
_LAST_YEAR = 2199  # a time picker of Slack's ends in 2286
_LEAP = 9  # years from one 29th of February to the next, at most, and one more
_WEEKDAYS = {
    "mo": 0,
    "tu": 1,
    "di": 1,
    "we": 2,
    "mi": 2,
    "th": 3,
    "do": 3,
    "fr": 4,
    "sa": 5,
    "su": 6,
    "so": 6,
}
_DAYS = {
    **dict.fromkeys(("today", "heute"), 0),
    **dict.fromkeys(("yesterday", "gestern"), -1),
    **dict.fromkeys(("übermorgen", "uebermorgen", "after"), 2),
}
_WEEK = timedelta(days=7)
_SOON = 5  # weeks: `monday 7` may mean the 7th so far ahead


def parse_due(text: str, *, now: datetime, zone: tzinfo | None) -> datetime:
    """What somebody in `zone` means by `text`, in UTC and after `now`.

    A day alone means the end of its working day, a range its end. A weekday is the next one to come, and so is a date
    without a year. Hours and minutes are elapsed time; days, weeks and months keep the wall clock. A time that
    daylight saving skips moves forward. Of a time that comes twice, the first is meant. Raises `InvalidInput` on
    `slaDueAt`: `not_a_time`, `unclear_time` where the words may mean more than one, `past`, or `zone_unknown` where
    they need a zone and `zone` is None.
    """
    moment = _read(text, now, zone, field="slaDueAt", examples=_EXAMPLES)
    if moment.year > _LAST_YEAR:
        raise _refused(code="not_a_time", message=f"{quoted(text)} is too far away. {_EXAMPLES}")
    if moment <= now:
        raise _refused(code="past", message=f"{quoted(text)} has already passed. {_EXAMPLES}")
    return moment


def parse_past(text: str, *, now: datetime, zone: tzinfo | None) -> datetime:
    """What past moment somebody in `zone` means by `text`, in UTC and not after `now`.

    `24h` means that long ago. A weekday is the last one there was, and so is a date without a year. A day alone means its
    beginning. Raises `InvalidInput`: `not_a_time`, `unclear_time`, `future`, or `zone_unknown`.
    """
    moment = _read(text, now, zone, field=None, examples=_PAST_EXAMPLES)
    if moment > now:
        message = f"{quoted(text)} is still to come. {_PAST_EXAMPLES}"
        raise InvalidInput([Problem(field=None, code="future", message=message)])
    return moment


def due_end(text: str, start: int) -> int:
    """Where the words from `start` on stop being about time; `start` itself where they are not.

    All that is about time is taken, even where it makes no time: `parse_due` says then what to ask.
    """
    stamp = _STAMP.match(text, start)
    return stamp.end() if stamp else time_words(text, start)[1]


def _refused(*, code: str, message: str, field: str | None = "slaDueAt") -> InvalidInput:
    return InvalidInput([Problem(field=field, code=code, message=message)])


def _read(text: str, now: datetime, zone: tzinfo | None, *, field: str | None, examples: str) -> datetime:
    is_past = field is None
    try:
        if _STAMP.fullmatch(text):
            return _instant(datetime.fromisoformat(text), _known(zone))
        return _moment(said_time(text), now, zone, is_past=is_past)
    except UnclearTime as unclear:
        raise _refused(code="unclear_time", message=f"{quoted(text)} {unclear}", field=field) from None
    except (ValueError, OverflowError):  # a 31st of February, 25:00, or a number beyond all calendars
        message = f"{quoted(text)} is not a time I understand. {examples}"
        raise _refused(code="not_a_time", message=message, field=field) from None


def _moment(said: SaidTime, now: datetime, zone: tzinfo | None, *, is_past: bool) -> datetime:
    """The moment that is nearest of those that may be meant. Raises `ValueError` where there is none."""
    at, begins = said.at(), said.begins_at()
    if said.has_amount and not said.has_day:
        return _from_now(said, at, now, zone, is_past=is_past)
    zone = _known(said.zone or zone)
    today = now.astimezone(zone).date()
    _check_hour(said, today)
    days = _past_days(said, today) if is_past else _days(said, today)
    if at and begins and at <= begins:
        raise UnclearTime("ends before it begins. Write when it ends, such as tomorrow 11am.")
    clock = at or (time() if is_past else END_OF_DAY)
    if said.has_amount or said.ends_day:
        days = [day + said.wall + timedelta(days=said.ends_day) for day in days]
    for day in days:
        moment = _instant(datetime.combine(day, clock), zone) + said.elapsed
        if (moment <= now) is is_past:
            break
    return moment


def _check_hour(said: SaidTime, today: date) -> None:
    """`monday 7` may be 7 o'clock, or the 7th where that is a Monday soon."""
    if said.weekday and said.clock and said.clock.is_bare and not said.clock.minute:
        this = _weekday_from(said.weekday, today)
        if any((this + week * _WEEK).day == said.clock.hour for week in range(_SOON)):
            hour = said.clock.hour
            raise UnclearTime(f"could be {hour}:00 or the day of the month. Write {hour}:00, or the date.")


def _known(zone: tzinfo | None) -> tzinfo:
    if zone is None:
        message = "I don't know your time zone yet. Pick the time in the form."
        raise _refused(code="zone_unknown", message=message)
    return zone


def _instant(wall: datetime, zone: tzinfo) -> datetime:
    local = wall.replace(tzinfo=zone, fold=0)
    moment = local.astimezone(UTC)
    is_skipped = moment.astimezone(zone).replace(tzinfo=None, fold=0) != wall
    return tz.resolve_imaginary(local).astimezone(UTC) if is_skipped else moment


def _from_now(
    said: SaidTime, at: time | None, now: datetime, zone: tzinfo | None, *, is_past: bool
) -> datetime:
    is_back = said.is_ago or is_past
    wall, elapsed = (-said.wall, -said.elapsed) if is_back else (said.wall, said.elapsed)
    if not (wall or at):
        return now.astimezone(UTC) + elapsed
    if (at and elapsed) or said.is_from_day:
        raise ValueError(said)
    zone = _known(said.zone or zone)
    local = now.astimezone(zone).replace(tzinfo=None) + wall
    return _instant(datetime.combine(local, at) if at else local, zone) + elapsed


def _weekday_from(name: str, today: date) -> date:
    return today + timedelta(days=(_WEEKDAYS[name[:2]] - today.weekday()) % 7)


def _days(said: SaidTime, today: date) -> Sequence[date]:
    """The days that may be meant, the nearest first."""
    if said.calendar:
        return [_calendar_day(said.calendar, said.weekday, today)]
    if said.weekday:
        this = _weekday_from(said.weekday, today)
        if said.which == "last":
            return [this - _WEEK]
        return [this + _WEEK] if this == today and said.which == "next" else [this, this + _WEEK]
    if said.day in {"yesterday", "gestern"}:
        raise ValueError(said.day)
    if said.day:
        return [today + timedelta(days=_DAYS.get(said.day, 1))]
    return [today, today + timedelta(days=1)]


def _past_days(said: SaidTime, today: date) -> Sequence[date]:
    """The days that may be meant, the latest first."""
    if said.calendar:
        return [_calendar_day(said.calendar, said.weekday, today, back=True)]
    if said.weekday:
        last = _weekday_from(said.weekday, today)
        last -= _WEEK if last > today or said.which == "last" else timedelta()
        return [last, last - _WEEK]
    if said.day:
        return [today + timedelta(days=_DAYS.get(said.day, 1))]
    return [today, today - timedelta(days=1)]


def _calendar_day(calendar: Calendar, weekday: str, today: date, *, back: bool = False) -> date:
    """Without a year, the first such day that has not passed; `back`, the last one."""
    month, day, year = calendar
    if year is None:
        nearest = range(today.year, today.year - _LEAP, -1) if back else range(today.year, today.year + _LEAP)
        fits = today.__ge__ if back else today.__le__
        days = (_day(each, month, day) for each in nearest)
        found = next((found for found in days if found and fits(found)), None)
    else:
        found = _day(year, month, day)
    if found is None or (weekday and _WEEKDAYS[weekday[:2]] != found.weekday()):
        raise ValueError(calendar)
    return found


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
