"""Calendars as admins type them, and what they hear of what is not understood."""

from collections.abc import Mapping
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.calendar_words import (
    MOST_DATES,
    calendar,
    days_off_text,
    extra_days_text,
    hours_text,
)
from bot.domain.calendars import Calendar, Span, Spans, business_hours
from bot.domain.errors import InvalidInput
from tests.domain.test_calendars import spans_of_a_day

GOOD: Mapping[str, str] = {"name": "Ours", "zone": "Europe/Berlin", "hours": "Mon-Fri 9:00-17:00"}

NINE_TO_FIVE = (Span(540, 1020),)
LUNCH = (Span(540, 750), Span(810, 1080))
WEEK: tuple[Spans, ...] = (*(NINE_TO_FIVE,) * 5, (), ())


def typed(**fields: str) -> Calendar:
    return calendar({**GOOD, **fields})


def faults(**fields: str) -> dict[str | None, str]:
    with pytest.raises(InvalidInput) as refused:
        typed(**fields)
    return {problem.field: problem.message for problem in refused.value.problems}


def test_the_least_is_a_name_a_zone_and_hours() -> None:
    assert typed() == business_hours("Europe/Berlin", "Ours")


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("Mon-Fri 9:00-17:00", WEEK),
        ("mon \u2013 fri: 9 \u2013 17", WEEK),
        ("Monday to Friday 9am to 5pm", WEEK),
        ("Mo-Fr 9.00-17.00", WEEK),
        ("Montag bis Freitag 09:00 bis 17:00", WEEK),
        ("Mon, Tue, Wed 9-17\nThu & Fri 9-17", WEEK),
        ("Mon-Fri 9:00-17:00\nSat closed\n\nSun: closed", WEEK),
        ("Mon-Fri 13:30-18:00, 9:00-12:30", (*(LUNCH,) * 5, (), ())),
        ("Mon-Fri 9-12:30 and 13:30-18", (*(LUNCH,) * 5, (), ())),
        ("Mon-Sun 0:00-24:00", ((Span(0, 1440),),) * 7),
        ("Mon-Sun 18:00-0:00", ((Span(1080, 1440),),) * 7),
        ("Sat 12am-12pm", ((), (), (), (), (), (Span(0, 720),), ())),
        ("Fri-Mon 9-17", (NINE_TO_FIVE, (), (), (), *(NINE_TO_FIVE,) * 3)),
        ("Mon 9-12, 12-17", ((Span(540, 720), Span(720, 1020)), *((),) * 6)),
    ],
)
def test_hours_are_read_as_people_write_them(text: str, hours: tuple[Spans, ...]) -> None:
    assert typed(hours=text).hours == hours


@pytest.mark.parametrize(
    ("field", "text", "words"),
    [
        ("name", " ", "Give the calendar a name."),
        ("name", "x" * 61, "60 characters are the most."),
        ("zone", "Mars", "“Mars” is no time zone I know. Type a name such as Europe/Berlin."),
        ("zone", "", "is no time zone I know"),
        ("hours", "", "Give at least one weekday its hours. Try Mon-Fri 9:00-12:30, 13:30-18:00."),
        ("hours", "Mon-Fri closed", "Give at least one weekday its hours."),
        ("hours", "whenever", "“whenever” are no hours I understand."),
        ("hours", "9:00-17:00", "does not begin with days I understand."),
        ("hours", "Mon-Wed-Fri 9-17", "does not begin with days I understand."),
        ("hours", "Someday 9-17", "“Someday 9-17” does not begin with days I understand."),
        ("hours", "Mon 9-17\nMon-Fri 9-17", "Mon stands in two lines."),
        ("hours", "Mon 9-17, 16-18", "9:00-17:00 and 16:00-18:00 overlap."),
        ("hours", "Mon 9-5", "“9-5” ends before it begins. Write 17:00"),
        ("hours", "Mon 22-6", "Hours over midnight are two"),
        ("hours", "Mon 9-25", "has a time that does not exist"),
        ("hours", "Mon 9:61-12", "has a time that does not exist"),
        ("hours", "Mon 24:00-24:30", "has a time that does not exist"),
        ("hours", "Mon 13pm-3pm", "has a time that does not exist"),
        ("hours", "Mon 9", "“9” are no hours I understand. Write them as 9:00-17:00."),
        ("country", "Atlantis", "I know no public holidays of “Atlantis”."),
        ("region", "BY", "A region needs its country, too."),
        ("daysOff", "24.12.2026", "“24.12.2026” is not a date I understand. Write it as 2026-12-24."),
        ("daysOff", "2026-02-31", "“2026-02-31” is not a date I understand."),
        ("extraDays", "2026-12-20", "“2026-12-20” needs a date and hours. Try 2026-12-20 10:00-14:00."),
        ("extraDays", "Sunday 10-14", "“Sunday” is not a date I understand."),
        ("extraDays", "2026-12-20 10-9", "ends before it begins"),
        ("extraDays", "2026-12-20 9-10\n2026-12-20 11-12", "2026-12-20 stands in two lines."),
    ],
)
def test_what_is_not_understood_is_said_of_its_field(field: str, text: str, words: str) -> None:
    found = faults(**{field: text})
    assert found.keys() == {field}
    assert words in found[field]


def test_a_region_is_one_of_its_country() -> None:
    assert "“XX” is no region of DE. It has BB, BE, BW" in faults(country="DE", region="XX")["region"]
    assert "has no regions" in faults(country="Luxembourg", region="XX")["region"]
    assert faults(country="Atlantis", region="XX").keys() == {"country"}


@pytest.mark.parametrize(
    ("country", "region", "codes"),
    [
        ("DE", "", ("DE", None)),
        ("de", "by", ("DE", "BY")),
        ("Germany", "Bayern", ("DE", "BY")),
        ("DEU", "Baden-W\u00fcrttemberg", ("DE", "BW")),
        ("United States", "New York", ("US", "NY")),
        ("UK", "Scotland", ("GB", "SCT")),
    ],
)
def test_countries_and_regions_have_codes_and_names(
    country: str, region: str, codes: tuple[str, str | None]
) -> None:
    made = typed(country=country, region=region)
    assert (made.country, made.region) == codes


def test_every_fault_is_said_at_once() -> None:
    found = faults(name="", zone="Mars", hours="", country="Atlantis", daysOff="x", extraDays="y")
    assert found.keys() == {"name", "zone", "hours", "country", "daysOff", "extraDays"}


def test_dates_stand_in_their_order_and_once() -> None:
    made = typed(daysOff="2026-12-31, 2026-12-24;2026-12-24\n2027-01-02")
    assert made.days_off == (date(2026, 12, 24), date(2026, 12, 31), date(2027, 1, 2))
    many = ", ".join(f"{year}-01-01" for year in range(1000, 1001 + MOST_DATES))
    assert "150 dates are the most" in faults(daysOff=many)["daysOff"]


def test_what_would_not_fit_into_the_form_again_is_refused() -> None:
    spans = ",".join(f"{hour}-{hour}:30" for hour in range(24))
    assert "more than I can keep" in faults(hours=f"Mon,Wed,Fri,Sun {spans}")["hours"]
    days = "\n".join(f"2026-12-{day} {spans}" for day in range(10, 30))
    assert "more than I can keep" in faults(extraDays=days)["extraDays"]


def test_a_calendar_is_written_as_an_admin_would_write_it() -> None:
    made = typed(
        hours="Mon-Thu 9-12:30, 13:30-18\nFri 9-15\nSun 18-24",
        daysOff="2026-12-24 2026-12-31",
        extraDays="2026-12-20: 10:00-14:00\n2026-12-19 9-10",
    )
    assert hours_text(made) == "Mon-Thu 9:00-12:30, 13:30-18:00\nFri 9:00-15:00\nSun 18:00-24:00"
    assert days_off_text(made) == "2026-12-24, 2026-12-31"
    assert extra_days_text(made) == "2026-12-19 9:00-10:00\n2026-12-20 10:00-14:00"


@given(
    st.lists(spans_of_a_day(), min_size=7, max_size=7).filter(any),
    st.sets(st.dates(date(1970, 1, 1), date(2199, 12, 31)), max_size=4),
    st.dictionaries(st.dates(), spans_of_a_day().filter(bool), max_size=4),
)
def test_what_a_form_shows_is_read_as_the_same_calendar(
    hours: list[list[Span]], days_off: set[date], extra_days: dict[date, list[Span]]
) -> None:
    made = Calendar.model_validate(
        {
            "name": "Ours",
            "zone": "Europe/Berlin",
            "hours": hours,
            "days_off": sorted(days_off),
            "extra_days": [{"day": day, "spans": extra_days[day]} for day in sorted(extra_days)],
        }
    )
    again = typed(hours=hours_text(made), daysOff=days_off_text(made), extraDays=extra_days_text(made))
    assert again == made


@given(
    st.text(max_size=60),
    st.sampled_from(["name", "zone", "hours", "country", "region", "daysOff", "extraDays"]),
)
def test_any_text_is_read_or_refused(text: str, field: str) -> None:
    try:
        made = typed(**{field: text})
    except InvalidInput as refused:
        fields = {problem.field for problem in refused.problems}
    else:
        fields = {field} if any(made.hours) else set()
    assert fields == {field}
