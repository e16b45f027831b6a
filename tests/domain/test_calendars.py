"""Working time, named case by named case, and against a model that looks at the wall clock of every minute."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from random import Random
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.domain.calendars import (
    ALWAYS,
    DAY,
    Calendar,
    ExtraDay,
    Span,
    _year,
    after_working_days,
    business_hours,
    due,
    elapsed,
    is_open,
    lay_out,
    next_open,
)
from bot.domain.public_holidays import public_holidays

MINUTE = timedelta(minutes=1)
WEEK = tuple(range(7))


def span(start: str, end: str) -> Span:
    hours = [int(hour) * 60 + int(minute) for hour, minute in (each.split(":") for each in (start, end))]
    return Span(*hours)


def weekly(zone: str, *spans: Span, days: Sequence[int] = WEEK, **more: object) -> Calendar:
    hours = [list(spans) if day in days else [] for day in WEEK]
    return Calendar.model_validate({"name": "Ours", "zone": zone, "hours": hours, **more})


BERLIN = business_hours("Europe/Berlin")
MUNICH = BERLIN.model_copy(update={"country": "DE", "region": "BY"})
GERMANY = BERLIN.model_copy(update={"country": "DE"})
AMERICA = business_hours("America/New_York").model_copy(update={"country": "US"})
LUNCH = weekly("Europe/Berlin", span("9:00", "12:30"), span("13:30", "18:00"), days=WEEK[:5])
EVENING = weekly("Europe/Berlin", span("18:00", "24:00"))
NIGHT = weekly("Europe/Berlin", span("1:00", "4:00"))
NIGHT_NY = weekly("America/New_York", span("1:00", "4:00"))
ISLAND = weekly("Australia/Lord_Howe", span("1:00", "4:00"))
HALF_PAST = weekly("Europe/Berlin", span("2:30", "4:00"))
SKIPPED = weekly("Europe/Berlin", span("2:00", "3:00"), days=[6])
ROUND_THE_CLOCK = weekly("Europe/Berlin", span("0:00", "24:00"), days_off=[date(2026, 1, 1)])
SUNDAY = ExtraDay(day=date(2026, 12, 20), spans=(span("10:00", "14:00"),))
ADVENT = BERLIN.model_copy(update={"extra_days": (SUNDAY,)})
CLOSED_EVE = BERLIN.model_copy(update={"days_off": (date(2026, 12, 24), date(2026, 12, 31))})
BRIDGED = CLOSED_EVE.model_copy(
    update={"extra_days": (ExtraDay(day=date(2026, 12, 24), spans=(span("9:00", "12:00"),)),)}
)
NEVER = weekly("Europe/Berlin")
ONCE = NEVER.model_copy(update={"extra_days": (SUNDAY,)})
SAMOA = weekly("Pacific/Apia", span("9:00", "17:00"))


def moment(wall: str, calendar: Calendar, fold: int = 0) -> datetime:
    return datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo(calendar.zone), fold=fold)


def hours(amount: str) -> timedelta:
    hour, minute = amount.split(":")
    return timedelta(hours=int(hour), minutes=int(minute))


@pytest.mark.parametrize(
    ("calendar", "start", "working_time", "wanted"),
    [
        pytest.param(BERLIN, "2026-11-23 10:00", "4:00", "2026-11-23 14:00", id="within a day"),
        pytest.param(BERLIN, "2026-11-27 16:00", "2:00", "2026-11-30 10:00", id="over a weekend"),
        pytest.param(BERLIN, "2026-11-27 16:00", "1:00", "2026-11-27 17:00", id="to a span's end"),
        pytest.param(BERLIN, "2026-11-27 17:00", "0:01", "2026-11-30 09:01", id="from a span's end"),
        pytest.param(BERLIN, "2026-11-28 12:00", "8:00", "2026-11-30 17:00", id="from a closed day"),
        pytest.param(BERLIN, "2026-11-23 06:00", "1:00", "2026-11-23 10:00", id="from before it opens"),
        pytest.param(BERLIN, "2026-11-28 12:00", "0:00", "2026-11-28 12:00", id="no working time"),
        pytest.param(LUNCH, "2026-11-23 12:00", "1:00", "2026-11-23 14:00", id="over lunch"),
        pytest.param(LUNCH, "2026-11-23 13:00", "0:30", "2026-11-23 14:00", id="from within lunch"),
        pytest.param(LUNCH, "2026-11-23 12:00", "0:30", "2026-11-23 12:30", id="to the start of lunch"),
        pytest.param(EVENING, "2026-11-23 23:00", "1:00", "2026-11-24 00:00", id="to 24:00"),
        pytest.param(EVENING, "2026-11-23 23:30", "1:00", "2026-11-24 18:30", id="over 24:00"),
        pytest.param(BERLIN, "2026-03-27 16:00", "2:00", "2026-03-30 10:00", id="weekend of an hour less"),
        pytest.param(BERLIN, "2026-10-23 16:00", "2:00", "2026-10-26 10:00", id="weekend of an hour more"),
        pytest.param(NIGHT, "2026-03-29 00:00", "2:00", "2026-03-29 04:00", id="Berlin skips 2:00"),
        pytest.param(NIGHT, "2026-10-25 00:00", "4:00", "2026-10-25 04:00", id="Berlin has 2:00 twice"),
        pytest.param(HALF_PAST, "2026-03-29 00:00", "1:00", "2026-03-29 04:00", id="opens at a skipped time"),
        pytest.param(HALF_PAST, "2026-10-25 00:00", "2:00", "2026-10-25 04:00", id="opens at a double time"),
        pytest.param(SKIPPED, "2026-03-28 00:00", "1:00", "2026-04-05 03:00", id="all of its hours skipped"),
        pytest.param(NIGHT_NY, "2026-03-08 00:00", "2:00", "2026-03-08 04:00", id="New York skips 2:00"),
        pytest.param(NIGHT_NY, "2026-11-01 00:00", "4:00", "2026-11-01 04:00", id="New York has 1:00 twice"),
        pytest.param(
            ISLAND, "2026-10-04 00:00", "2:30", "2026-10-04 04:00", id="Lord Howe skips half an hour"
        ),
        pytest.param(
            ISLAND, "2026-04-05 00:00", "3:30", "2026-04-05 04:00", id="Lord Howe has half one twice"
        ),
        pytest.param(ROUND_THE_CLOCK, "2026-03-29 00:00", "23:00", "2026-03-30 00:00", id="day of 23 hours"),
        pytest.param(ROUND_THE_CLOCK, "2026-10-25 00:00", "25:00", "2026-10-26 00:00", id="day of 25 hours"),
        pytest.param(SAMOA, "2011-12-29 16:00", "2:00", "2011-12-31 10:00", id="Samoa skips a day"),
        pytest.param(BERLIN, "2026-12-31 16:00", "2:00", "2027-01-01 10:00", id="year's end, no holidays"),
        pytest.param(GERMANY, "2026-12-31 16:00", "2:00", "2027-01-04 10:00", id="year's end, holiday"),
        pytest.param(MUNICH, "2026-01-05 16:00", "2:00", "2026-01-07 10:00", id="Epiphany in Bavaria"),
        pytest.param(GERMANY, "2026-01-05 16:00", "2:00", "2026-01-06 10:00", id="no Epiphany in Germany"),
        pytest.param(AMERICA, "2026-11-25 16:00", "2:00", "2026-11-27 10:00", id="Thanksgiving"),
        pytest.param(AMERICA, "2026-07-02 16:00", "2:00", "2026-07-06 10:00", id="the Fourth, on the 3rd"),
        pytest.param(BERLIN, "2028-02-28 16:00", "9:00", "2028-02-29 17:00", id="leap day"),
        pytest.param(BERLIN, "2100-02-26 16:00", "2:00", "2100-03-01 10:00", id="no leap day in 2100"),
        pytest.param(ADVENT, "2026-12-18 16:00", "2:00", "2026-12-20 11:00", id="extra day on a Sunday"),
        pytest.param(CLOSED_EVE, "2026-12-23 16:00", "2:00", "2026-12-25 10:00", id="day off"),
        pytest.param(BRIDGED, "2026-12-23 16:00", "2:00", "2026-12-24 10:00", id="extra day on a day off"),
        pytest.param(BERLIN, "2026-01-01 00:00", "2088:00", "2026-12-31 17:00", id="all of a year"),
        pytest.param(ALWAYS, "2026-11-28 12:00", "48:00", "2026-11-30 12:00", id="24x7"),
    ],
)
def test_working_time_ends_when_it_should(
    calendar: Calendar, start: str, working_time: str, wanted: str
) -> None:
    begin, amount = moment(start, calendar), hours(working_time)
    found = due(begin, amount, calendar)
    assert found == moment(wanted, calendar), found.astimezone(ZoneInfo(calendar.zone))
    assert found.tzinfo is UTC
    assert elapsed(begin, found, calendar) == amount
    assert elapsed(found, begin, calendar) == -amount


def test_each_of_two_hours_of_one_name_counts_for_itself() -> None:
    first, second = (moment("2026-10-25 02:45", HALF_PAST, fold) for fold in (0, 1))
    assert elapsed(first, second, HALF_PAST) == timedelta(minutes=30), "2:45 to 3:00, closed, 2:30 to 2:45"
    assert is_open(first, HALF_PAST)
    assert not is_open(moment("2026-10-25 02:15", HALF_PAST, 1), HALF_PAST)


@pytest.mark.parametrize(
    ("start", "working_time", "wanted"),
    [
        ("2026-11-23 14:00", "-4:00", "2026-11-23 10:00"),
        ("2026-11-30 10:00", "-2:00", "2026-11-27 16:00"),
        ("2026-11-30 10:00", "-1:00", "2026-11-30 09:00"),
        ("2027-01-01 10:00", "-2:00", "2026-12-31 16:00"),
    ],
)
def test_what_is_less_than_no_working_time_lies_before(start: str, working_time: str, wanted: str) -> None:
    """A priority was raised, and the new target has run out already: this is when it did."""
    amount = -hours(working_time.removeprefix("-"))
    assert due(moment(start, BERLIN), amount, BERLIN) == moment(wanted, BERLIN)


@pytest.mark.parametrize(
    ("calendar", "at", "opens"),
    [
        (BERLIN, "2026-11-23 09:00", "2026-11-23 09:00"),
        (BERLIN, "2026-11-23 16:59", "2026-11-23 16:59"),
        (BERLIN, "2026-11-23 17:00", "2026-11-24 09:00"),
        (BERLIN, "2026-11-23 08:59", "2026-11-23 09:00"),
        (LUNCH, "2026-11-23 12:30", "2026-11-23 13:30"),
        (EVENING, "2026-11-23 00:00", "2026-11-23 18:00"),
        (GERMANY, "2026-12-31 17:00", "2027-01-04 09:00"),
        (ADVENT, "2026-12-19 12:00", "2026-12-20 10:00"),
        (SKIPPED, "2026-03-29 01:59", "2026-04-05 02:00"),
        (ALWAYS, "2026-11-28 03:00", "2026-11-28 03:00"),
    ],
)
def test_a_calendar_says_whether_it_is_open_and_when_it_opens(
    calendar: Calendar, at: str, opens: str
) -> None:
    assert next_open(moment(at, calendar), calendar) == moment(opens, calendar)
    assert is_open(moment(at, calendar), calendar) is (at == opens)


@pytest.mark.parametrize(
    ("calendar", "start", "days", "wanted"),
    [
        pytest.param(BERLIN, "2026-11-23 15:00", 1, "2026-11-24 15:00", id="the next day"),
        pytest.param(BERLIN, "2026-11-27 15:00", 1, "2026-11-30 15:00", id="over a weekend"),
        pytest.param(BERLIN, "2026-11-28 15:00", 1, "2026-12-01 09:00", id="from a Saturday"),
        pytest.param(BERLIN, "2026-11-23 20:00", 1, "2026-11-25 09:00", id="from an evening"),
        pytest.param(BERLIN, "2026-11-23 20:00", 0, "2026-11-24 09:00", id="no days"),
        pytest.param(GERMANY, "2026-12-23 15:00", 3, "2026-12-29 15:00", id="over Christmas"),
        pytest.param(ADVENT, "2026-12-18 15:00", 1, "2026-12-21 09:00", id="to a short day's evening"),
        pytest.param(BERLIN, "2026-03-27 15:00", 1, "2026-03-30 15:00", id="a weekend of an hour less"),
        pytest.param(NIGHT, "2026-03-28 02:30", 1, "2026-03-29 03:30", id="to a skipped time"),
        pytest.param(ALWAYS, "2026-11-27 15:00", 3, "2026-11-30 15:00", id="24x7"),
    ],
)
def test_working_days_are_those_on_which_it_is_open(
    calendar: Calendar, start: str, days: int, wanted: str
) -> None:
    assert after_working_days(moment(start, calendar), days, calendar) == moment(wanted, calendar)


@pytest.mark.parametrize("calendar", [NEVER, ONCE])
def test_a_calendar_that_opens_no_more_ends_every_search(calendar: Calendar) -> None:
    later = moment("2026-12-21 00:00", calendar)
    for search in (due(later, timedelta(0), calendar), elapsed(later, later + timedelta(9_999), calendar)):
        assert search in {later, timedelta(0)}
    with pytest.raises(OverflowError):
        due(later, MINUTE, calendar)
    with pytest.raises(OverflowError):
        next_open(later, calendar)
    with pytest.raises(OverflowError):
        after_working_days(later, 1, calendar)
    assert not is_open(later, calendar)


@pytest.mark.parametrize("at", [datetime.min, datetime(1969, 12, 31), datetime(2200, 1, 1), datetime.max])  # noqa: DTZ001, DTZ901
def test_moments_out_of_all_years_of_calendars_are_closed(at: datetime) -> None:
    at = at.replace(tzinfo=UTC)
    inside = moment("2026-11-23 12:00", BERLIN)
    assert not is_open(at, BERLIN)
    assert elapsed(inside, at, BERLIN) == -elapsed(at, inside, BERLIN)
    assert (elapsed(inside, at, BERLIN) > timedelta()) is (at > inside)


def test_a_due_time_beyond_all_calendars_is_refused() -> None:
    for amount in (timedelta(days=365 * 60), -timedelta(days=365 * 60)):
        with pytest.raises(OverflowError):
            due(moment("2026-11-23 12:00", BERLIN), amount, BERLIN)


def test_a_zone_that_is_gone_from_the_machine_is_utc() -> None:
    lost, utc = business_hours("Mars/Olympus"), business_hours("Etc/UTC")
    start = moment("2026-11-27 16:00", utc)
    assert due(start, timedelta(hours=2), lost) == due(start, timedelta(hours=2), utc)
    assert after_working_days(start, 1, lost) == after_working_days(start, 1, utc)


def test_a_calendar_that_is_laid_out_reads_no_holidays_for_the_next_year() -> None:
    calendar = GERMANY.model_copy(update={"name": "laid out"})
    now = moment("2026-11-23 12:00", calendar)
    lay_out([calendar], now)
    read = public_holidays.cache_info().misses, _year.cache_info().misses
    due(now, timedelta(hours=2_000), calendar)
    assert (public_holidays.cache_info().misses, _year.cache_info().misses) == read
    lay_out([calendar], datetime.max.replace(tzinfo=UTC))


def test_an_unknown_country_has_no_holidays() -> None:
    assert public_holidays("XX", None, 2026) == frozenset()
    assert public_holidays("DE", "XX", 2026) == frozenset()
    assert date(2026, 1, 6) in public_holidays("DE", "BY", 2026)


@pytest.mark.parametrize(
    "spans", [[(600, 540)], [(540, 540)], [(540, 700), (690, 720)], [(0, 1441)], [(-1, 5)]]
)
def test_the_spans_of_a_day_follow_each_other(spans: object) -> None:
    with pytest.raises(ValidationError):
        Calendar.model_validate({"name": "Ours", "zone": "Etc/UTC", "hours": [spans, *[[]] * 6]})


@pytest.mark.parametrize("calendar", [ALWAYS, LUNCH, MUNICH, BRIDGED])
def test_a_calendar_is_read_back_as_it_was_written(calendar: Calendar) -> None:
    assert Calendar.model_validate(calendar.to_wire()) == calendar
    assert Calendar.model_validate_json(calendar.model_dump_json()) == calendar


class MinuteModel(NamedTuple):
    """Looks at the wall clock of each minute from a first one on, and counts those that are open."""

    begin: datetime
    worked: Sequence[int]
    """The open minutes before each."""

    def elapsed(self, a: datetime, b: datetime) -> timedelta:
        return self._worked(b) - self._worked(a)

    def due(self, start: datetime, working_time: timedelta) -> datetime:
        wanted = self._worked(start) + working_time
        if not working_time:
            return start
        minute = bisect_left(self.worked, wanted / MINUTE) - 1
        return self.begin + minute * MINUTE + wanted - self.worked[minute] * MINUTE

    def is_open(self, at: datetime) -> bool:
        minute = (at - self.begin) // MINUTE
        return self.worked[minute + 1] > self.worked[minute]

    def _worked(self, at: datetime) -> timedelta:
        minute, rest = divmod(at - self.begin, MINUTE)
        return self.worked[minute] * MINUTE + (rest if self.is_open(at) else timedelta())


def model_of(calendar: Calendar, begin: datetime, days: int, holidays: Sequence[date] = ()) -> MinuteModel:
    zone = ZoneInfo(calendar.zone)
    extra = {each.day: each.spans for each in calendar.extra_days}
    closed = {*calendar.days_off, *holidays}
    is_open_at = []
    for minute in range(days * DAY):
        local = (begin + minute * MINUTE).astimezone(zone)
        day = local.date()
        spans = extra.get(day, () if day in closed else calendar.hours[local.weekday()])
        at = local.hour * 60 + local.minute
        is_open_at.append(any(start <= at < end for start, end in spans))
    return MinuteModel(begin, [0, *accumulate(is_open_at)])


@st.composite
def spans_of_a_day(draw: st.DrawFn) -> list[Span]:
    edges = sorted(draw(st.sets(st.integers(0, DAY), max_size=6)))
    return [Span(*pair) for pair in zip(edges[::2], edges[1::2], strict=False)]


@st.composite
def calendars_and_windows(draw: st.DrawFn) -> tuple[Calendar, datetime]:
    """Any calendar in any zone, and a moment at which a window of some days begins, often with a DST change in it."""
    begin = draw(
        st.datetimes(datetime(1995, 1, 1), datetime(2037, 12, 1), timezones=st.just(UTC))  # noqa: DTZ001
        | st.sampled_from([datetime(2026, month, 28, tzinfo=UTC) for month in (3, 10)])
    ).replace(second=0, microsecond=0)
    near = st.integers(-1, WINDOW).map(lambda number: begin.date() + timedelta(days=number))
    calendar = Calendar(
        name="Any",
        zone=draw(st.sampled_from(ZONES)),
        hours=tuple(tuple(draw(spans_of_a_day())) for _ in WEEK),
        days_off=tuple(draw(st.lists(near, max_size=2))),
        extra_days=tuple(
            ExtraDay(day=day, spans=tuple(draw(spans_of_a_day()))) for day in draw(st.sets(near, max_size=2))
        ),
    )
    return calendar, begin


WINDOW = 5
ZONES = [
    *(
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "Asia/Kathmandu",
        "Pacific/Apia",
        "Etc/UTC",
    ),
    *(
        "Africa/Casablanca",
        "America/St_Johns",
        "Asia/Gaza",
        "Antarctica/Troll",
        "Atlantic/Azores",
        "America/Havana",
    ),
]
MOMENTS = st.integers(0, WINDOW * DAY * 60_000_000 - 1).map(lambda ticks: timedelta(microseconds=ticks))


@given(calendars_and_windows(), MOMENTS, MOMENTS)
def test_any_calendar_counts_as_the_minutes_do(
    any_one: tuple[Calendar, datetime], one: timedelta, other: timedelta
) -> None:
    calendar, begin = any_one
    model = model_of(calendar, begin, WINDOW)
    a, b = begin + one, begin + other
    between = elapsed(a, b, calendar)
    assert between == model.elapsed(a, b)
    assert is_open(a, calendar) is model.is_open(a)
    assert due(a, between, calendar) == due(due(a, between, calendar), timedelta(), calendar)
    assert elapsed(a, due(a, between, calendar), calendar) == between
    if between > timedelta():
        assert due(a, between, calendar) == model.due(a, between)


@given(calendars_and_windows(), MOMENTS)
def test_it_opens_at_the_first_open_moment(any_one: tuple[Calendar, datetime], one: timedelta) -> None:
    calendar, begin = any_one
    at = begin + one
    try:
        opens = next_open(at, calendar)
    except OverflowError:
        with pytest.raises(OverflowError):
            due(at, MINUTE, calendar)
        return
    assert is_open(opens, calendar)
    assert elapsed(at, opens, calendar) == timedelta()
    assert opens >= at
    assert not is_open(opens - timedelta(microseconds=1), calendar) or opens == at


BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
YEAR = 365  # days that the model of a calendar covers
CASES = 100_000
IN_BAVARIA = "01-01 01-06 04-03 04-06 05-01 05-14 05-25 06-04 10-03 11-01 12-25 12-26"
IN_AMERICA = "01-01 01-19 02-16 05-25 06-19 07-03 07-04 09-07 10-12 11-11 11-26 12-25"
MODELLED: Mapping[str, tuple[Calendar, str]] = {
    "Berlin": (BERLIN, ""),
    "Munich": (MUNICH, IN_BAVARIA),
    "America": (AMERICA, IN_AMERICA),
    "lunch": (LUNCH, ""),
    "evening": (EVENING, ""),
    "night": (HALF_PAST, ""),
    "night in New York": (NIGHT_NY, ""),
    "Lord Howe": (ISLAND, ""),
    "days off": (BRIDGED, ""),
    "round the clock": (ROUND_THE_CLOCK, ""),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELLED)
def test_a_hundred_thousand_random_cases_of_each_calendar_agree_with_its_minutes(name: str) -> None:
    """A million, all in all."""
    calendar, holidays = MODELLED[name]
    model = model_of(calendar, BEGIN, YEAR, [date.fromisoformat(f"2026-{day}") for day in holidays.split()])
    random = Random(name)  # noqa: S311
    length = YEAR * DAY * 60_000_000
    for _ in range(CASES):
        ticks = sorted((random.randrange(length), random.randrange(length)))
        a, b = (BEGIN + timedelta(microseconds=tick) for tick in ticks)
        between = model.elapsed(a, b)
        assert elapsed(a, b, calendar) == between, (a, b)
        assert due(a, between, calendar) == model.due(a, between), (a, between)
        assert is_open(a, calendar) is model.is_open(a), a
