"""A calendar as an admin writes it, `Mon-Fri 9:00-12:30, 13:30-18:00`, and as it is written back into the form."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from itertools import groupby, pairwise
from typing import TypeVar

from bot.domain.calendars import DAY, Calendar, ExtraDay, Span, Spans
from bot.domain.errors import InvalidInput, Problem
from bot.domain.public_holidays import country_code, region_code, regions
from bot.domain.queues import is_zone
from bot.domain.words import listed, quoted

MOST_DATES = 150
"""Days off, and extra days, of a calendar: as many as a form has room for."""
LONGEST_NAME = 60
LONGEST_HOURS = 1000
LONGEST_DATES = 2900
"""Characters that hours, and dates, may take when they are written back."""

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_NAMES = (
    ("mo", "mon", "monday", "montag"),
    ("tu", "tue", "tues", "tuesday", "di", "dienstag"),
    ("we", "wed", "wednesday", "mi", "mittwoch"),
    ("th", "thu", "thur", "thurs", "thursday", "do", "donnerstag"),
    ("fr", "fri", "friday", "freitag"),
    ("sa", "sat", "saturday", "samstag"),
    ("su", "sun", "sunday", "so", "sonntag"),
)
_WEEKDAY = {name: number for number, names in enumerate(_NAMES) for name in names}
_CLOSED = {"closed", "off", "geschlossen"}
_DASH = re.compile(r"[-\u2010-\u2015]|\bto\b|\bbis\b", re.IGNORECASE)
_AND = re.compile(r"[,;&+]|\band\b|\bund\b", re.IGNORECASE)
_BETWEEN_DATES = re.compile(r"[\s,;]+")
_TIME = re.compile(r"(\d{1,2})(?:[:.](\d\d))?\s?(?:([ap])\.?m\.?)?", re.IGNORECASE | re.ASCII)
_SPANS = re.compile(r"\d|\b(?:closed|off|geschlossen)\b", re.IGNORECASE | re.ASCII)
"""Where the hours of a line begin."""
_ISO = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_HOURS_EXAMPLE = "Try Mon-Fri 9:00-12:30, 13:30-18:00."
_EXTRA_EXAMPLE = "Try 2026-12-20 10:00-14:00."
_REGIONS_NAMED = 20
_HALF_DAY = 12
_Value = TypeVar("_Value")


class _Fault(ValueError):
    """What is wrong, as a sentence for whoever typed it."""


def calendar(typed: Mapping[str, str]) -> Calendar:
    """The calendar of a form: `name`, `zone`, `hours`, `country`, `region`, `daysOff` and `extraDays` as typed; what is
    missing is empty. Raises InvalidInput with a problem for each field that is at fault."""
    problems: dict[str, Problem] = {}

    def read(field: str, reader: Callable[[str], _Value]) -> _Value | None:
        try:
            return reader(typed.get(field, "").strip())
        except _Fault as fault:
            problems[field] = Problem(field=field, code="not_understood", message=str(fault))
            return None

    made = {
        "name": read("name", _name),
        "zone": read("zone", _zone),
        "hours": read("hours", _hours),
        "days_off": read("daysOff", _dates),
        "extra_days": read("extraDays", _extra_days),
        "country": (country := read("country", _country)),
        "region": None if "country" in problems else read("region", lambda text: _region(country, text)),
    }
    if problems:
        raise InvalidInput(problems.values())
    whole = Calendar.model_validate(made)
    if too_long := _too_long(whole):
        raise InvalidInput(too_long)
    return whole


def _too_long(calendar: Calendar) -> list[Problem]:
    """What would not fit into the form when it is written back."""
    lengths = {
        "hours": (hours_text(calendar), LONGEST_HOURS),
        "extraDays": (extra_days_text(calendar), LONGEST_DATES),
    }
    message = "That is more than I can keep. Leave something out."
    return [
        Problem(field=field, code="too_long", message=message)
        for field, (text, longest) in lengths.items()
        if len(text) > longest
    ]


def hours_text(calendar: Calendar) -> str:
    """A line for each run of days with the same hours, without the days that are closed."""
    runs = [[*run] for _, run in groupby(range(7), key=lambda day: calendar.hours[day])]
    return "\n".join(
        f"{_days_text(run)} {spans_text(calendar.hours[run[0]])}" for run in runs if calendar.hours[run[0]]
    )


def days_off_text(calendar: Calendar) -> str:
    return ", ".join(day.isoformat() for day in calendar.days_off)


def extra_days_text(calendar: Calendar) -> str:
    return "\n".join(f"{each.day.isoformat()} {spans_text(each.spans)}" for each in calendar.extra_days)


def spans_text(spans: Spans) -> str:
    return ", ".join(f"{_clock(start)}-{_clock(end)}" for start, end in spans)


def _days_text(days: Sequence[int]) -> str:
    names = [_WEEKDAYS[day] for day in days]
    return names[0] if len(names) == 1 else f"{names[0]}-{names[-1]}"


def _clock(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02}"


def _name(text: str) -> str:
    if not text.strip("-"):
        raise _Fault("Give the calendar a name.")
    if len(text) > LONGEST_NAME:
        raise _Fault(f"{LONGEST_NAME} characters are the most.")
    return text


def _zone(text: str) -> str:
    if not is_zone(text):
        raise _Fault(f"{quoted(text)} is no time zone I know. Type a name such as Europe/Berlin.")
    return text


def _country(text: str) -> str | None:
    if text and not country_code(text):
        raise _Fault(
            f"I know no public holidays of {quoted(text)}. Type a country or its code, such as Germany or DE."
        )
    return country_code(text) if text else None


def _region(country: str | None, text: str) -> str | None:
    if not text:
        return None
    if country is None:
        raise _Fault("A region needs its country, too.")
    if code := region_code(country, text):
        return code
    known = regions(country)
    if not known:
        raise _Fault(f"{country} has no regions with holidays of their own. Leave this empty.")
    more = ["others"] if len(known) > _REGIONS_NAMED else []
    raise _Fault(
        f"{quoted(text)} is no region of {country}. It has {listed([*known[:_REGIONS_NAMED], *more], 'and')}."
    )


def _hours(text: str) -> tuple[Spans, ...]:
    hours: dict[int, Spans] = {}
    for line in _lines(text):
        days, spans = _days_and_spans(line)
        for day in days:
            if day in hours:
                raise _Fault(f"{_WEEKDAYS[day]} stands in two lines. Write all its hours in one.")
            hours[day] = spans
    if not any(hours.values()):
        raise _Fault(f"Give at least one weekday its hours. {_HOURS_EXAMPLE}")
    return tuple(hours.get(day, ()) for day in range(7))


def _days_and_spans(line: str) -> tuple[list[int], Spans]:
    begins = _SPANS.search(line)
    if begins is None:
        raise _Fault(f"{quoted(line)} are no hours I understand. {_HOURS_EXAMPLE}")
    days, spans = line[: begins.start()].strip(" \t:"), line[begins.start() :]
    runs = [_run(each, line) for each in _AND.split(days)]
    return [day for run in runs for day in run], () if spans.casefold() in _CLOSED else _spans(spans)


def _run(text: str, line: str) -> list[int]:
    """`Mon-Fri` -> 0 to 4. A run may go over the end of a week."""
    ends = [_WEEKDAY.get(each.strip(" .").casefold()) for each in _DASH.split(text)]
    first, last = ends[0], ends[-1]
    if first is None or last is None or len(ends) > 2:  # noqa: PLR2004  (a run has two ends)
        raise _Fault(f"{quoted(line)} does not begin with days I understand. {_HOURS_EXAMPLE}")
    return [(first + number) % 7 for number in range((last - first) % 7 + 1)]


def _spans(text: str) -> Spans:
    """`9:00-12:30, 13:30-18:00`, in any order."""
    spans = sorted(_span(each.strip()) for each in _AND.split(text))
    for one, other in pairwise(spans):
        if other.start < one.end:
            raise _Fault(f"{spans_text((one,))} and {spans_text((other,))} overlap.")
    return tuple(spans)


def _span(text: str) -> Span:
    ends = [_TIME.fullmatch(each.strip()) for each in _DASH.split(text)]
    if len(ends) != 2 or not (ends[0] and ends[1]):  # noqa: PLR2004  (a span has two ends)
        raise _Fault(f"{quoted(text)} are no hours I understand. Write them as 9:00-17:00.")
    start, end = _minutes(ends[0], text), _minutes(ends[1], text) or DAY  # 0:00 at the end is 24:00
    if start >= end:
        raise _Fault(
            f"{quoted(text)} ends before it begins. Write 17:00 for 5 in the afternoon. "
            "Hours over midnight are two: until 24:00, and from 0:00 on the next day."
        )
    return Span(start, end)


def _minutes(found: re.Match[str], text: str) -> int:
    hour, minute, half = int(found[1]), int(found[2] or 0), (found[3] or "").casefold()
    is_real = 1 <= hour <= _HALF_DAY if half else hour * 60 + minute <= DAY
    if not is_real or minute >= 60:  # noqa: PLR2004  (of an hour)
        raise _Fault(f"{quoted(text)} has a time that does not exist. Write it as 9:00-17:00.")
    hour = hour % _HALF_DAY + (_HALF_DAY if half == "p" else 0) if half else hour
    return hour * 60 + minute


def _dates(text: str) -> tuple[date, ...]:
    return _few({_date(each) for each in _BETWEEN_DATES.split(text) if each})


def _extra_days(text: str) -> tuple[ExtraDay, ...]:
    found: dict[date, Spans] = {}
    for line in _lines(text):
        first, *rest = line.split(maxsplit=1)
        if not rest:
            raise _Fault(f"{quoted(line)} needs a date and hours. {_EXTRA_EXAMPLE}")
        day = _date(first.rstrip(":"))
        if day in found:
            raise _Fault(f"{day.isoformat()} stands in two lines. Write all its hours in one.")
        found[day] = _spans(rest[0])
    return tuple(ExtraDay(day=day, spans=found[day]) for day in _few(found))


def _date(text: str) -> date:
    try:
        if _ISO.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:  # a 31st of February
        pass
    raise _Fault(f"{quoted(text)} is not a date I understand. Write it as 2026-12-24.")


def _few(days: Collection[date]) -> tuple[date, ...]:
    if len(days) > MOST_DATES:
        raise _Fault(f"{MOST_DATES} dates are the most. Leave out those that have passed.")
    return tuple(sorted(days))


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
