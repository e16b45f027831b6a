"""When something is due, as people type it: `tomorrow 17:00`, `fri 9am`, `in 4h`, `+2d`, `1 Dec 5pm`.

One grammar says what a time looks like; nothing is guessed. So dateutil lends the names of months and
weekdays and the arithmetic of calendars and zones, but not its `parse`, which takes bare numbers and fills in
what is missing. The same words, and `yesterday`, also say when something was.
"""

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from dateutil import tz
from dateutil.parser import parserinfo
from dateutil.relativedelta import relativedelta

from bot.domain.errors import InvalidInput, Problem
from bot.domain.words import quoted

END_OF_DAY = time(17)
"""When the working day ends: what a day without a time means."""

_EXAMPLES = "Try tomorrow 17:00, fri 9am, in 4h, +2d or 2026-12-01."
_PAST_EXAMPLES = "Try monday, yesterday, 24h, 3d or 2026-11-01."
_LAST_YEAR = 2199  # a time picker of Slack's ends in 2286
_LEAP = 9  # years from one 29th of February to the next, at most, and one more


_NAMES = parserinfo()
_FLAGS = re.IGNORECASE | re.ASCII

_UNIT = r"(?:m(?:in(?:ute)?s?)?|h(?:(?:ou)?rs?)?|d(?:ays?)?|w(?:(?:ee)?ks?)?|months?)(?![a-z])"
_AMOUNT = rf"(?:\d+(?:[.,]\d+)?\s?|an?\s){_UNIT}"
_RELATIVE = rf"(?:in\s+|\+\s?)?{_AMOUNT}(?:(?:,|\s+and)?\s*{_AMOUNT})*"
_CLOCK = r"\d{1,2}(?::\d\d){0,2}\s?[ap]\.?m\.?|\d{1,2}(?::\d\d){1,2}"
_TIME = rf"(?:{_CLOCK}|noon|midday|eod|cob|end\s+of\s+(?:the\s+)?day)(?![\w:])"
_WEEKDAY = (
    r"(?:mon(?:day)?|tue(?:s(?:day)?)?|wed(?:s|nesday)?"
    r"|thu(?:rs?(?:day)?)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?)\b"
)
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?"
    r"|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_DAY_OF_MONTH = r"\d{1,2}(?:st|nd|rd|th)?(?!\w)"
_YEAR = r"(?:,?\s+\d{4}(?![\w:]))?"
_CALENDAR = rf"(?:{_DAY_OF_MONTH}\.?\s+(?:of\s+)?{_MONTH}|{_MONTH}\s+{_DAY_OF_MONTH}){_YEAR}"
_DAY = (
    rf"(?:today|tomorrow|tmrw|tmr|\d{{4}}-\d\d-\d\d(?!\w)"
    rf"|(?:{_WEEKDAY},?\s+)?{_CALENDAR}|(?:(?:next|this)\s+)?{_WEEKDAY})"
)
_ISO = r"\d{4}-\d\d-\d\d[T\s]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?(?![\w:])"
_DUE = (
    rf"(?:(?P<iso>{_ISO})"
    rf"|(?P<relative>{_RELATIVE})(?:\s+(?:at\s+)?(?P<time_of_relative>{_TIME}))?"
    rf"|(?:on\s+|by\s+)?(?P<day>{_DAY})(?:,?\s+(?:at\s+|by\s+)?(?P<time_of_day>{_TIME}))?"
    rf"|(?:at\s+|by\s+)?(?P<time>{_TIME})(?:,?\s+(?:on\s+)?(?P<day_of_time>{_DAY}))?)"
)
_WHOLE = re.compile(_DUE, _FLAGS)
_BEGINNING = re.compile(rf"{_DUE}(?=[,;.!?]*(?:\s|$))", _FLAGS)
_AMOUNTS = re.compile(r"((?<!\d)\d+(?:[.,]\d+)?|an?\b)\s?(mo|[mhdw])", _FLAGS)
_LETTERS = re.compile(r"[a-z]+")
_DIGITS = re.compile(r"\d+")
_CLOCK_PARTS = re.compile(r"(\d{1,2})(?::(\d\d))?(?::(\d\d))?\s?([ap])?", _FLAGS)


def parse_due(text: str, *, now: datetime, zone: tzinfo | None) -> datetime:
    """What somebody in `zone` means by `text`, in UTC and after `now`.

    A day alone means the end of its working day. A weekday is the next one to come, and so is a date
    without a year. Hours and minutes are elapsed time; days, weeks and months keep the wall clock. A time that
    daylight saving skips moves forward. Of a time that comes twice, the first is meant. Raises `InvalidInput` on
    `slaDueAt`: `not_a_time`, `past`, or `zone_unknown` where the words need a zone and `zone` is None.
    """
    try:
        moment = _read(" ".join(text.split()), now, zone)
    except (ValueError, OverflowError):  # a 31st of February, 25:00, or a number beyond all calendars
        moment = None
    if moment is None:
        message = f"{quoted(text)} is not a time I understand. {_EXAMPLES}"
        raise _refused(code="not_a_time", message=message)
    if moment.year > _LAST_YEAR:
        raise _refused(code="not_a_time", message=f"{quoted(text)} is too far away. {_EXAMPLES}")
    if moment <= now:
        raise _refused(code="past", message=f"{quoted(text)} has already passed. {_EXAMPLES}")
    return moment


def parse_past(text: str, *, now: datetime, zone: tzinfo | None) -> datetime:
    """What past moment somebody in `zone` means by `text`, in UTC and not after `now`.

    `24h` means that long ago. A weekday is the last one there was, and so is a date without a year. A day alone means its
    beginning. Raises `InvalidInput`: `not_a_time`, `future`, or `zone_unknown`.
    """
    try:
        moment = _read_past(" ".join(text.split()), now, zone)
    except (ValueError, OverflowError):
        moment = None
    if moment is None:
        message = f"{quoted(text)} is not a time I understand. {_PAST_EXAMPLES}"
        raise InvalidInput([Problem(field=None, code="not_a_time", message=message)])
    if moment > now:
        message = f"{quoted(text)} is still to come. {_PAST_EXAMPLES}"
        raise InvalidInput([Problem(field=None, code="future", message=message)])
    return moment


def due_end(text: str, start: int) -> int:
    """Where the words from `start` on stop looking like a time; `start` itself where they do not look like one."""
    looks = _BEGINNING.match(text, start)
    return looks.end() if looks else start


def _refused(*, code: str, message: str) -> InvalidInput:
    return InvalidInput([Problem(field="slaDueAt", code=code, message=message)])


def _read(text: str, now: datetime, zone: tzinfo | None) -> datetime | None:
    match = _WHOLE.fullmatch(text)
    if match is None:
        return None
    if match["iso"]:
        moment = datetime.fromisoformat(match["iso"].upper())
        return moment.astimezone(UTC) if moment.tzinfo else _instant(moment, _known(zone))
    if match["relative"]:
        return _from_now(match["relative"], match["time_of_relative"], now, zone)
    day, at = match["day"] or match["day_of_time"], match["time"] or match["time_of_day"]
    zone = _known(zone)
    clock = _clock(at) if at else END_OF_DAY
    moments = [
        _instant(datetime.combine(day, clock), zone) for day in _days(day, now.astimezone(zone).date())
    ]
    return next((moment for moment in moments if moment > now), moments[-1])


def _read_past(text: str, now: datetime, zone: tzinfo | None) -> datetime | None:
    match = _WHOLE.fullmatch(text)
    if match and match["iso"]:
        return _read(text, now, zone)
    if match and match["relative"]:
        return _from_now(match["relative"], match["time_of_relative"], now, zone, back=True)
    if not match and text.lower() != "yesterday":
        return None
    day, at = (
        (match["day"] or match["day_of_time"], match["time"] or match["time_of_day"])
        if match
        else (text, None)
    )
    zone = _known(zone)
    clock = _clock(at) if at else time()
    days = _past_days(day, now.astimezone(zone).date())
    moments = [_instant(datetime.combine(day, clock), zone) for day in days]
    return next((moment for moment in moments if moment <= now), moments[-1])


def _known(zone: tzinfo | None) -> tzinfo:
    if zone is None:
        message = "I don't know your time zone yet. Pick the time in the form."
        raise _refused(code="zone_unknown", message=message)
    return zone


def _instant(wall: datetime, zone: tzinfo) -> datetime:
    return tz.resolve_imaginary(wall.replace(tzinfo=zone, fold=0)).astimezone(UTC)


def _from_now(
    text: str, at: str | None, now: datetime, zone: tzinfo | None, *, back: bool = False
) -> datetime:
    wall, elapsed = relativedelta(), timedelta()
    for amount, unit in _AMOUNTS.findall(text):
        number = amount.replace(",", ".") if amount[0].isdigit() else "1"
        match unit.lower():
            case "m":
                elapsed += timedelta(minutes=float(number))
            case "h":
                elapsed += timedelta(hours=float(number))
            case "d":
                wall += relativedelta(days=int(number))
            case "w":
                wall += relativedelta(weeks=int(number))
            case _:
                wall += relativedelta(months=int(number))
    if back:
        wall, elapsed = -wall, -elapsed
    if not (wall or at):
        return now.astimezone(UTC) + elapsed
    zone = _known(zone)
    local = now.astimezone(zone).replace(tzinfo=None) + wall
    if at:
        local = datetime.combine(local, _clock(at))
    return _instant(local, zone) + elapsed


def _clock(text: str) -> time:
    parts = _CLOCK_PARTS.match(text)
    if parts is None:
        return time(12) if text.lower() in {"noon", "midday"} else END_OF_DAY
    hour, minute, second = (int(part or 0) for part in parts.groups()[:3])
    if half := parts[4]:
        if hour not in range(1, 13):
            raise ValueError(text)
        hour = hour % 12 + (12 if half.lower() == "p" else 0)
    return time(hour, minute, second)


def _days(text: str | None, today: date) -> list[date]:
    """The days that may be meant, the nearest first."""
    tomorrow = today + timedelta(days=1)
    match (text or "").lower():
        case "":
            return [today, tomorrow]
        case "today":
            return [today]
        case "tomorrow" | "tmrw" | "tmr":
            return [tomorrow]
        case day if day[:4].isdigit():
            return [date.fromisoformat(day)]
        case day if (weekday := _NAMES.weekday(day.split()[-1][:3])) is not None:
            this = today + timedelta(days=(weekday - today.weekday()) % 7)
            next_week = this + timedelta(days=7)
            return [next_week] if this == today and day.startswith("next") else [this, next_week]
        case day:
            return [_calendar_day(day, today)]


def _past_days(text: str | None, today: date) -> list[date]:
    """The days that may be meant, the latest first."""
    yesterday = today - timedelta(days=1)
    match (text or "").lower():
        case "":
            return [today, yesterday]
        case "yesterday":
            return [yesterday]
        case "today" | "tomorrow" | "tmrw" | "tmr" as day:
            return _days(day, today)
        case day if day[:4].isdigit():
            return [date.fromisoformat(day)]
        case day if (weekday := _NAMES.weekday(day.split()[-1][:3])) is not None:
            this = today - timedelta(days=(today.weekday() - weekday) % 7)
            return [this, this - timedelta(days=7)]
        case day:
            return [_calendar_day(day, today, back=True)]


def _calendar_day(text: str, today: date, *, back: bool = False) -> date:
    """`1 dec`, `fri, dec 4th 2026`. Without a year, the first such day that has not passed; `back`, the last one."""
    words, (day, *years) = _LETTERS.findall(text), [int(number) for number in _DIGITS.findall(text)]
    month = next(number for word in words if (number := _NAMES.month(word[:3])))
    nearest = range(today.year, today.year - _LEAP, -1) if back else range(today.year, today.year + _LEAP)
    days = (_day(year, month, day) for year in years or nearest)
    fits = today.__ge__ if back else today.__le__
    found = next((found for found in days if found and (years or fits(found))), None)
    if found is None or _NAMES.weekday(words[0][:3]) not in {None, found.weekday()}:
        raise ValueError(text)
    return found


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
