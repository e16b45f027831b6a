"""Working time: when a calendar is open, and how much of that lies between two moments.

A calendar is read on the wall clock of its zone: a moment is open where its local time lies in a span of its local day.
So an hour that daylight saving skips is no working time, and one that comes twice counts twice. A span has its start
and not its end. All moments are aware; those that come out are in UTC. Time is exact to the microsecond.

Each UTC year of a calendar is laid out once, as the stretches in which it is open, and then searched. A calendar is
open in no year before 1970 or after 2199, so that nothing searches for ever; `ALWAYS` always is.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from itertools import pairwise
from typing import Annotated, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field

from bot.domain.public_holidays import public_holidays
from bot.domain.queues import is_zone
from bot.domain.record import Record

DAY = 24 * 60
"""Minutes of a day: where a span that ends at 24:00 ends."""
FIRST_YEAR, LAST_YEAR = 1970, 2199

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = _EPOCH.toordinal()
_TICK = timedelta(microseconds=1)
_SECOND = 1_000_000  # ticks
_MINUTE = 60 * _SECOND
_LONG = DAY * _MINUTE  # a day of 24 hours


class Span(NamedTuple):
    """Open from `start` until `end`, in minutes since 0:00 on the wall clock."""

    start: int
    end: int


def _in_order(spans: tuple[Span, ...]) -> tuple[Span, ...]:
    edges = [0, *(edge for span in spans for edge in span), DAY]
    if any(start >= end for start, end in spans) or any(a > b for a, b in pairwise(edges)):
        raise ValueError("the spans of a day do not follow each other")
    return spans


Spans = Annotated[tuple[Span, ...], AfterValidator(_in_order)]
"""A day's, in their order. None overlaps another; an empty one is a day that is closed."""


class ExtraDay(Record):
    """A date with hours of its own, whatever day it is."""

    day: date
    spans: Spans


class Calendar(Record):
    """`hours` are those of the weekdays, from Monday on. `country` and `region` name public holidays as the library
    `holidays` does: DE, BY. An extra day goes before a day off, and that before the weekday."""

    name: str = Field(min_length=1, max_length=60)
    zone: str = Field(description="An IANA name such as Europe/Berlin")
    hours: tuple[Spans, ...] = Field(min_length=7, max_length=7)
    country: str | None = None
    region: str | None = None
    days_off: tuple[date, ...] = ()
    extra_days: tuple[ExtraDay, ...] = ()

    @property
    def is_always_open(self) -> bool:
        return self.hours == _ALL_HOURS and not (self.country or self.days_off or self.extra_days)

    def spans_on(self, day: date) -> Spans:
        """When it is open on a local date."""
        return _special_days(self, day.year).get(day, self.hours[day.weekday()])


_ALL_HOURS = ((Span(0, DAY),),) * 7

ALWAYS = Calendar(name="24×7", zone="Etc/UTC", hours=_ALL_HOURS)
"""Where none is set."""


def business_hours(zone: str, name: str = "Business hours") -> Calendar:
    """Monday to Friday, 9:00 to 17:00, without holidays."""
    workday = (Span(9 * 60, 17 * 60),)
    return Calendar(name=name, zone=zone, hours=(*(workday,) * 5, (), ()))


def due(start: datetime, working_time: timedelta, calendar: Calendar) -> datetime:
    """The first moment at which so much working time has passed: a span's end, not the next one's start.

    `start` itself where that is none. Where it is less than none, the last moment from which so much passes until
    `start`. Raises OverflowError where there is no such moment in the years of calendars.
    """
    at = start.astimezone(UTC)
    if calendar.is_always_open or not working_time:
        return at + working_time
    year, tick = _place(at)
    laid_out = _year(calendar, year)
    is_ahead = working_time > timedelta()
    left = laid_out.worked(tick) + working_time // _TICK
    while left > laid_out.total:
        left -= laid_out.total
        year, laid_out = year + 1, _year(calendar, year + 1)
    while left < 0:
        year, laid_out = year - 1, _year(calendar, year - 1)
        left += laid_out.total
    return _moment(laid_out.first_at(left) if is_ahead else laid_out.last_at(left))


def elapsed(a: datetime, b: datetime, calendar: Calendar) -> timedelta:
    """How much working time passes from `a` to `b`; negative where `b` is earlier.

    `elapsed(start, due(start, w, calendar), calendar) == w`.
    """
    if calendar.is_always_open:
        return b - a
    if b < a:
        return -elapsed(b, a, calendar)
    (first, begin), (last, end) = _place(a), _place(b)
    whole = sum(_year(calendar, year).total for year in range(first, last))
    return (whole + _year(calendar, last).worked(end) - _year(calendar, first).worked(begin)) * _TICK


def is_open(at: datetime, calendar: Calendar) -> bool:
    if calendar.is_always_open:
        return True
    year, tick = _place(at)
    return _year(calendar, year).open_from(tick) == _ticks(at)


def next_open(at: datetime, calendar: Calendar) -> datetime:
    """The first open moment, `at` itself where it is one. Raises OverflowError where none comes."""
    if calendar.is_always_open:
        return at.astimezone(UTC)
    year, tick = _place(at)
    while (found := _year(calendar, year).open_from(tick)) is None:
        year += 1
    return _moment(found)


def after_working_days(start: datetime, days: int, calendar: Calendar) -> datetime:
    """So many days later on which the calendar is open, at the same time of day.

    What starts while it is closed starts when it opens, and what would end while it is closed ends when it opens: from
    Friday 15:00, one day is Monday 15:00; from Saturday, Tuesday 9:00. Raises OverflowError as `due` does.
    """
    begin = next_open(start, calendar)
    if calendar.is_always_open or not days:
        return begin + timedelta(days=days)
    local = begin.astimezone(_zone(calendar.zone))
    day = local.date()
    while days:
        day += timedelta(days=1)
        days -= bool(calendar.spans_on(day))
    return next_open(datetime.combine(day, local.time().replace(fold=0), local.tzinfo), calendar)


def lay_out(calendars: Iterable[Calendar], at: datetime) -> None:
    """Lays out the year of a moment and the next one, holidays included, so that whoever asks first does not wait."""
    year, _ = _place(at)
    for calendar in calendars:
        for each in range(year, min(year + 1, LAST_YEAR) + 1):
            _year(calendar, each)


class _Year(NamedTuple):
    """The stretches of a UTC year in which a calendar is open, in ticks since 1970. `before` is the working time of the
    year that lies before each."""

    opens: Sequence[int]
    closes: Sequence[int]
    before: Sequence[int]
    total: int

    def worked(self, tick: int) -> int:
        """How much working time of the year has passed."""
        index = bisect_right(self.opens, tick) - 1
        if index < 0:
            return 0
        return self.before[index] + min(tick, self.closes[index]) - self.opens[index]

    def first_at(self, worked: int) -> int:
        """The first tick at which so much has passed, which is more than none."""
        index = bisect_left(self.before, worked) - 1
        return self.opens[index] + worked - self.before[index]

    def last_at(self, worked: int) -> int:
        """The last tick at which so much has passed, which is less than all."""
        index = bisect_right(self.before, worked) - 1
        return self.opens[index] + worked - self.before[index]

    def open_from(self, tick: int) -> int | None:
        """The first open tick from this one on."""
        index = bisect_right(self.closes, tick)
        return max(tick, self.opens[index]) if index < len(self.opens) else None


@lru_cache(maxsize=512)
def _year(calendar: Calendar, year: int) -> _Year:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise OverflowError(f"the calendar is not open for so long by {year}")
    opens, closes, before, total = [], [], [], 0
    for begin, end, offset in _offsets(calendar.zone, year):
        for day in range((begin + offset) // _LONG, (end + offset - 1) // _LONG + 1):
            midnight = day * _LONG - offset
            for span in calendar.spans_on(date.fromordinal(_EPOCH_DAY + day)):
                start = max(begin, midnight + span.start * _MINUTE)
                stop = min(end, midnight + span.end * _MINUTE)
                if start < stop:
                    opens.append(start)
                    closes.append(stop)
                    before.append(total)
                    total += stop - start
    return _Year(opens, closes, before, total)


@lru_cache(maxsize=512)
def _offsets(zone: str, year: int) -> Sequence[tuple[int, int, int]]:
    """The stretches of a UTC year in which the zone's offset stays the same: begin, end and offset, in ticks."""
    known = _zone(zone)
    edges = [*_offset_changes(known, year), _ticks(datetime(year + 1, 1, 1, tzinfo=UTC))]
    return [(begin, end, _offset(known, begin)) for begin, end in pairwise(edges)]


def _zone(name: str) -> tzinfo:
    """UTC for one that this machine does not know any more."""
    return ZoneInfo(name) if is_zone(name) else UTC


def _offset_changes(zone: tzinfo, year: int) -> Iterator[int]:
    """The beginning of the year, and each tick at which another offset holds. No zone has two such within a day."""
    begin = _ticks(datetime(year, 1, 1, tzinfo=UTC))
    yield begin
    for morning in range(begin, _ticks(datetime(year + 1, 1, 1, tzinfo=UTC)), _LONG):
        old, new = _offset(zone, morning), _offset(zone, morning + _LONG)
        if old != new:
            seconds = range(morning, morning + _LONG + 1, _SECOND)
            yield seconds[bisect_right(seconds, 0, key=lambda tick: _offset(zone, tick) == new)]


def _offset(zone: tzinfo, tick: int) -> int:
    return (_moment(tick).astimezone(zone).utcoffset() or timedelta()) // _TICK


@lru_cache(maxsize=512)
def _special_days(calendar: Calendar, year: int) -> Mapping[date, Spans]:
    """The hours of the days of a year that are not those of their weekdays."""
    holidays = public_holidays(calendar.country, calendar.region, year) if calendar.country else ()
    closed: dict[date, Spans] = dict.fromkeys((*holidays, *calendar.days_off), ())
    return closed | {each.day: each.spans for each in calendar.extra_days}


def _place(at: datetime) -> tuple[int, int]:
    """The UTC year and the tick of a moment, or of the nearest one in the years of calendars."""
    tick = min(max(_ticks(at), _BEGIN), _END)
    return _moment(tick).year, tick


def _ticks(at: datetime) -> int:
    return (at - _EPOCH) // _TICK


def _moment(tick: int) -> datetime:
    return _EPOCH + timedelta(microseconds=tick)


_BEGIN = _ticks(datetime(FIRST_YEAR, 1, 1, tzinfo=UTC))
_END = _ticks(datetime(LAST_YEAR + 1, 1, 1, tzinfo=UTC)) - 1
