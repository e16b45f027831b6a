"""When something is due, said the way people say it. It is Monday, 23 November 2026, 10:30 in Berlin."""

from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest
from dateutil import tz
from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.due import due_end, parse_due, parse_past
from bot.domain.errors import InvalidInput, Problem

BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
KATHMANDU = ZoneInfo("Asia/Kathmandu")

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
EXAMPLES = "Try tomorrow 17:00, fri 9am, in 4h, +2d or 2026-12-01."


def due(text: str, now: datetime = NOW, zone: tzinfo | None = BERLIN) -> str:
    """The wall time in the zone, as `Tue 2026-11-24 17:00`."""
    moment = parse_due(text, now=now, zone=zone)
    assert moment.tzinfo is UTC
    return moment.astimezone(zone).strftime("%a %Y-%m-%d %H:%M")


def refusal(text: str, now: datetime = NOW, zone: tzinfo | None = BERLIN) -> Problem:
    with pytest.raises(InvalidInput) as refused:
        parse_due(text, now=now, zone=zone)
    (problem,) = refused.value.problems
    assert problem.field == "slaDueAt"
    return problem


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("tomorrow 17:00", "Tue 2026-11-24 17:00"),
        ("tomorrow 5pm", "Tue 2026-11-24 17:00"),
        ("tomorrow at 5 p.m.", "Tue 2026-11-24 17:00"),
        ("Tomorrow  Noon", "Tue 2026-11-24 12:00"),
        ("tomorrow", "Tue 2026-11-24 17:00"),
        ("5pm tomorrow", "Tue 2026-11-24 17:00"),
        ("today 18:00", "Mon 2026-11-23 18:00"),
        ("today", "Mon 2026-11-23 17:00"),
        ("today eod", "Mon 2026-11-23 17:00"),
        ("12am tomorrow", "Tue 2026-11-24 00:00"),
        ("tomorrow 12pm", "Tue 2026-11-24 12:00"),
        ("tomorrow 12:30am", "Tue 2026-11-24 00:30"),
        ("tomorrow at 9", "Tue 2026-11-24 09:00"),
        ("tomorrow at nine", "Tue 2026-11-24 09:00"),
        ("tomorrow 17", "Tue 2026-11-24 17:00"),
        ("9 tomorrow", "Tue 2026-11-24 09:00"),
        ("tomorrow 0900", "Tue 2026-11-24 09:00"),
        ("1730 tomorrow", "Tue 2026-11-24 17:30"),
        ("tomorrow 1730h", "Tue 2026-11-24 17:30"),
        ("tomorrow 5.30pm", "Tue 2026-11-24 17:30"),
        ("tomorrow 9.10", "Tue 2026-11-24 09:10"),
        ("tomorrow 17h", "Tue 2026-11-24 17:00"),
        ("tomorrow 9h30", "Tue 2026-11-24 09:30"),
        ("tomorrow (9am)", "Tue 2026-11-24 09:00"),
        ("tomorrow @ 9am", "Tue 2026-11-24 09:00"),
        ("tomorrow 5 A.M. sharp", "Tue 2026-11-24 05:00"),
        ("tomorrow ~9", "Tue 2026-11-24 09:00"),
        ("tomorrow @9", "Tue 2026-11-24 09:00"),
        ("tomorrow at9am", "Tue 2026-11-24 09:00"),
        ("tomorrow ca. 9 Uhr", "Tue 2026-11-24 09:00"),
        ("tomorrow 9p", "Tue 2026-11-24 21:00"),
        ("tomorrow 9am at the latest", "Tue 2026-11-24 09:00"),
        ("tomorrow um neun", "Tue 2026-11-24 09:00"),
        ("tomorrow nine o'clock", "Tue 2026-11-24 09:00"),
        ("half past nine", "Tue 2026-11-24 09:30"),
        ("tomorrow quarter to five pm", "Tue 2026-11-24 16:45"),
        ("ten to twelve", "Mon 2026-11-23 11:50"),
        ("twenty minutes past 11", "Mon 2026-11-23 11:20"),
        ("morgen um 9 Uhr", "Tue 2026-11-24 09:00"),
        ("um 17.30 Uhr", "Mon 2026-11-23 17:30"),
        ("9 Uhr 30", "Tue 2026-11-24 09:30"),
        ("am Freitag", "Fri 2026-11-27 17:00"),
        ("übermorgen 17 Uhr", "Wed 2026-11-25 17:00"),
        ("bis mittwoch mittags", "Wed 2026-11-25 12:00"),
        ("15. März", "Mon 2027-03-15 17:00"),
        ("tomorrow 930", "Tue 2026-11-24 09:30"),
        ("tomorrow 530pm", "Tue 2026-11-24 17:30"),
        ("tomorrow T09:00", "Tue 2026-11-24 09:00"),
        ("tomorrow b4 9", "Tue 2026-11-24 09:00"),
        ("tomorrow 17:00 hours", "Tue 2026-11-24 17:00"),
        ("tomorrow eob", "Tue 2026-11-24 17:00"),
        ("tomorrow a.m.", "Tue 2026-11-24 12:00"),
        ("tomorrow 5pm max", "Tue 2026-11-24 17:00"),
        ("tomorrow \uff19\uff1a\uff13\uff10", "Tue 2026-11-24 09:30"),
        ("the day after tomorrow 9am", "Wed 2026-11-25 09:00"),
        ("heute Nacht", "Mon 2026-11-23 20:00"),
        ("morgen in der Früh", "Tue 2026-11-24 12:00"),
        ("morgen so gegen 9", "Tue 2026-11-24 09:00"),
        ("morgen Punkt 9", "Tue 2026-11-24 09:00"),
        ("spätestens Freitag", "Fri 2026-11-27 17:00"),
        ("Freitag spätestens", "Fri 2026-11-27 17:00"),
        ("Montag, den 30. November um 9 Uhr", "Mon 2026-11-30 09:00"),
    ],
)
def test_a_day_and_its_time(typed: str, meant: str) -> None:
    assert due(typed) == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("fri 9am", "Fri 2026-11-27 09:00"),
        ("friday", "Fri 2026-11-27 17:00"),
        ("next friday", "Fri 2026-11-27 17:00"),
        ("on Thurs at 9:15", "Thu 2026-11-26 09:15"),
        ("end of day friday", "Fri 2026-11-27 17:00"),
        ("sunday noon", "Sun 2026-11-29 12:00"),
        ("monday", "Mon 2026-11-23 17:00"),
        ("monday 11:00", "Mon 2026-11-23 11:00"),
        ("monday 9am", "Mon 2026-11-30 09:00"),
        ("next monday", "Mon 2026-11-30 17:00"),
        ("coming monday", "Mon 2026-11-30 17:00"),
        ("nächsten Montag", "Mon 2026-11-30 17:00"),
        ("diesen Freitag 9 Uhr", "Fri 2026-11-27 09:00"),
    ],
)
def test_a_weekday_is_the_next_one_to_come(typed: str, meant: str) -> None:
    assert due(typed) == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("17:00", "Mon 2026-11-23 17:00"),
        ("5pm", "Mon 2026-11-23 17:00"),
        ("noon", "Mon 2026-11-23 12:00"),
        ("eod", "Mon 2026-11-23 17:00"),
        ("end of day", "Mon 2026-11-23 17:00"),
        ("9am", "Tue 2026-11-24 09:00"),
        ("10:30", "Tue 2026-11-24 10:30"),
    ],
)
def test_a_time_alone_is_today_or_else_tomorrow(typed: str, meant: str) -> None:
    assert due(typed) == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("2026-12-01", "Tue 2026-12-01 17:00"),
        ("2026-12-01 14:30", "Tue 2026-12-01 14:30"),
        ("2026-12-01T14:30", "Tue 2026-12-01 14:30"),
        ("2026-12-01 2:30pm", "Tue 2026-12-01 14:30"),
        ("1 Dec 5pm", "Tue 2026-12-01 17:00"),
        ("Dec 1 17:00", "Tue 2026-12-01 17:00"),
        ("1st of December", "Tue 2026-12-01 17:00"),
        ("Fri, 4 Dec 9am", "Fri 2026-12-04 09:00"),
        ("December 4th, 2026 at 9am", "Fri 2026-12-04 09:00"),
        ("23 nov", "Mon 2026-11-23 17:00"),
        ("22 nov", "Mon 2027-11-22 17:00"),
        ("2 jan", "Sat 2027-01-02 17:00"),
        ("29 feb", "Tue 2028-02-29 17:00"),
        ("may 3", "Mon 2027-05-03 17:00"),
        ("1 Dec 27", "Wed 2027-12-01 17:00"),
        ("1 Dec '27", "Wed 2027-12-01 17:00"),
        ("1 Dec 27 9am", "Wed 2027-12-01 09:00"),
        ("1 Dec at 9", "Tue 2026-12-01 09:00"),
        ("1 Dec 2026 9", "Tue 2026-12-01 09:00"),
        ("1 Dec 0900", "Tue 2026-12-01 09:00"),
        ("31.12.2026", "Thu 2026-12-31 17:00"),
        ("31/12/2026 9am", "Thu 2026-12-31 09:00"),
        ("31-12-2026", "Thu 2026-12-31 17:00"),
        ("12-31-2026 9am", "Thu 2026-12-31 09:00"),
        ("25/12", "Fri 2026-12-25 17:00"),
        ("2026/12/01", "Tue 2026-12-01 17:00"),
        ("1-Dec-2026", "Tue 2026-12-01 17:00"),
        ("4 Dec (Fri)", "Fri 2026-12-04 17:00"),
        ("2026-12-01T14:30:00Z", "Tue 2026-12-01 15:30"),
        ("2026-12-01t14:30:00+05:45", "Tue 2026-12-01 09:45"),
        ("2026-12-01 14:30-08:00", "Tue 2026-12-01 23:30"),
    ],
)
def test_a_date_without_a_year_is_the_next_such_day(typed: str, meant: str) -> None:
    assert due(typed) == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("friday morning", "Fri 2026-11-27 12:00"),
        ("tomorrow in the morning", "Tue 2026-11-24 12:00"),
        ("this afternoon", "Mon 2026-11-23 17:00"),
        ("tomorrow afternoon", "Tue 2026-11-24 17:00"),
        ("fri evening", "Fri 2026-11-27 20:00"),
        ("tomorrow night", "Tue 2026-11-24 20:00"),
        ("tonight", "Mon 2026-11-23 20:00"),
        ("tonight at 8", "Mon 2026-11-23 20:00"),
        ("tomorrow evening 7:30", "Tue 2026-11-24 19:30"),
        ("9 in the morning", "Tue 2026-11-24 09:00"),
        ("tomorrow 12 noon", "Tue 2026-11-24 12:00"),
        ("heute abend", "Mon 2026-11-23 20:00"),
        ("morgen früh", "Tue 2026-11-24 12:00"),
        ("midnight", "Tue 2026-11-24 00:00"),
        ("today midnight", "Tue 2026-11-24 00:00"),
        ("friday at midnight", "Sat 2026-11-28 00:00"),
        ("31 dec midnight", "Fri 2027-01-01 00:00"),
        ("before noon", "Mon 2026-11-23 12:00"),
        ("before friday", "Fri 2026-11-27 17:00"),
        ("no later than friday 4pm", "Fri 2026-11-27 16:00"),
        ("until friday 9am", "Fri 2026-11-27 09:00"),
        ("eow", "Fri 2026-11-27 17:00"),
        ("end of week", "Fri 2026-11-27 17:00"),
        ("by the end of the week", "Fri 2026-11-27 17:00"),
    ],
)
def test_a_part_of_the_day_means_its_end(typed: str, meant: str) -> None:
    assert due(typed) == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("9am-11am", "Mon 2026-11-23 11:00"),
        ("tomorrow 9-11", "Tue 2026-11-24 11:00"),
        ("tomorrow 9–11am", "Tue 2026-11-24 11:00"),
        ("tomorrow 2 - 4pm", "Tue 2026-11-24 16:00"),
        ("between 9am and 11am tomorrow", "Tue 2026-11-24 11:00"),
        ("from 9am to 11am", "Mon 2026-11-23 11:00"),
        ("tomorrow 09:00-11:00", "Tue 2026-11-24 11:00"),
        ("2026-12-01 09:00-11:00", "Tue 2026-12-01 11:00"),
        ("mon-wed", "Wed 2026-11-25 17:00"),
        ("friday 5pm - saturday 9am", "Sat 2026-11-28 09:00"),
        ("1-3 Dec", "Thu 2026-12-03 17:00"),
        ("in 2-3 days", "Thu 2026-11-26 10:30"),
        ("monday through friday", "Fri 2026-11-27 17:00"),
        ("morgen zwischen 9 und 11", "Tue 2026-11-24 11:00"),
        ("morgen von 9 bis 11", "Tue 2026-11-24 11:00"),
    ],
)
def test_a_range_means_its_end(typed: str, meant: str) -> None:
    assert due(typed) == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("tomorrow 17:00 UTC", "Tue 2026-11-24 18:00"),
        ("17:00 gmt", "Mon 2026-11-23 18:00"),
        ("17:00Z", "Mon 2026-11-23 18:00"),
        ("17:00 GMT+1", "Mon 2026-11-23 17:00"),
        ("5pm UTC-08:00", "Tue 2026-11-24 02:00"),
        ("17:00 +0100", "Mon 2026-11-23 17:00"),
        ("17:00 +02", "Mon 2026-11-23 16:00"),
        ("17:00 -08:00", "Tue 2026-11-24 02:00"),
        ("17:00 \u221208:00", "Tue 2026-11-24 02:00"),
        ("17:00 UTC\u22128", "Tue 2026-11-24 02:00"),
        ("1700Z", "Mon 2026-11-23 18:00"),
        ("tomorrow 17Z", "Tue 2026-11-24 18:00"),
        ("17:00 US/Pacific", "Tue 2026-11-24 02:00"),
        ("tomorrow 9am America/New_York", "Tue 2026-11-24 15:00"),
        ("tomorrow 9am (europe/london)", "Tue 2026-11-24 10:00"),
        ("2026-12-01 09:00 Asia/Kathmandu", "Tue 2026-12-01 04:15"),
    ],
)
def test_a_zone_that_is_named_is_the_one_that_is_meant(typed: str, meant: str) -> None:
    assert due(typed) == meant


@pytest.mark.parametrize("space", ["\u00a0", "\u202f", "\u2003", "\u3000", "\t", "\n", "  "])
@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("tomorrow 9:30 AM", "Tue 2026-11-24 09:30"),
        ("tomorrow 5 PM", "Tue 2026-11-24 17:00"),
        ("2026-12-01 17:30", "Tue 2026-12-01 17:30"),
        ("fri 9 am", "Fri 2026-11-27 09:00"),
        ("in 2 hours", "Mon 2026-11-23 12:30"),
    ],
)
def test_every_space_is_a_space(space: str, typed: str, meant: str) -> None:
    line = typed.replace(" ", space)
    assert due(line) == meant
    assert due_end(f"{line}{space}call first", 0) == len(line)


@pytest.mark.parametrize(
    ("typed", "question"),
    [
        ("5", "could be 5am or 5pm. Write one of them."),
        ("tomorrow at 5", "could be 5am or 5pm. Write one of them."),
        ("tomorrow half past five", "could be 5:30am or 5:30pm. Write one of them."),
        ("1 Dec 9", "could be 9 o'clock or a year. Write 9:00, or the year in full."),
        ("fri 27", "could be a day of the month. Write the date, such as 4 Dec."),
        ("fri 4th", "could be a day of the month. Write the date, such as 4 Dec."),
        ("monday 7", "could be 7:00 or the day of the month. Write 7:00, or the date."),
        ("17h", "could be 17:00 or in 17 hours. Write one of them."),
        ("1.12", "could be 1:12 or 1 Dec. Write one of them."),
        ("1/12", "could be 1 Dec or 12 Jan. Write one of them."),
        ("12/01", "could be 1 Dec or 12 Jan. Write one of them."),
        ("03/04/2026", "could be 3 Apr or 4 Mar. Write one of them."),
        ("3.4.2026", "could be 3 Apr or 4 Mar. Write one of them."),
        ("9h30", "could be 9:30 or in 9 hours. Write one of them."),
        ("1:30h", "could be a time of day or so many hours. Write 9:30 or 90 minutes."),
        ("17.00h", "could be a time of day or so many hours. Write 9:30 or 90 minutes."),
        ("tonight at 1", "could be 1am or 1pm. Write one of them."),
        ("tomorrow afternoon 9", "could be 9am or 9pm. Write one of them."),
        ("tomorrow morning 12:30", "could be 12:30am or 12:30pm. Write one of them."),
        ("tomorrow 530", "could be 5:30am or 5:30pm. Write one of them."),
        ("tomorrow 9. floor", "could end before the 9 or behind it. Put quotes around the time."),
        ("tomorrow AM call", "could end before the am or behind it. Put quotes around the time."),
        ("5pm sun blinds", "could end before the sun or behind it. Put quotes around the time."),
        ("friday 9 new", "could end before the 9 or behind it. Put quotes around the time."),
        ("halb zehn", "is not the same time everywhere. Write it as 9:30."),
        ("half nine", "is not the same time everywhere. Write it as 9:30."),
        *(
            (typed, "could be more than one day. Write the day, such as monday or 4 Dec.")
            for typed in (
                "next week",
                "friday next week",
                "friday week",
                "this weekend",
                "end of next week",
                "eom",
                "week 49",
                "KW 49",
                "fri of next week",
                "Freitag nächste Woche",
                "Freitag jede Woche",
                "Ende nächster Woche",
                "friday the week after",
                "friday wk49",
                "fri december",
            )
        ),
        *(
            (typed, "could be more than one time. Write one, such as fri 9am or 4 Dec 17:00.")
            for typed in (
                "friday or saturday",
                "tomorrow early morning",
                "fri 9am/10am",
                "fri and sat",
                "fri & sat",
                "fri 9am; 10am",
                "fri or later",
                "fri late",
                "fri lunch",
                "fri 9:5",
                "jeden Freitag",
                "morgen ab 9 Uhr",
                "fri asap",
                "fri soon",
                "fri next",
                "fri in a fortnight",
                "fri mid-morning",
                "fri start of day",
                "tomorrow nine thirty",
                "tomorrow nineish",
                "in a couple of hours",
                "tomorrow +1",
                "tomorrow +10",
                "17:00 local",
                "2026-12-01-17:00",
                "fri preferably 9am",
                "fri; 9am",
                "tomorrow. 9am",
                "fri at: 9am",
                "fri | 9am",
                "fri “9am",
                "fri *9am",
                "fri w/c 30 nov",
                "fri or maybe sat",
                "fri then monday",
                "fri call at 5",
                "tomorrow\x00 5pm",
            )
        ),
        ("tomorrow 10pm-2am", "ends before it begins. Write when it ends, such as tomorrow 11am."),
        ("09:00 -11:00", "could end then or name a zone. Write the end alone, or UTC before the offset."),
        *(
            (
                f"5pm {zone}",
                f"names a zone, {zone}, that I can't be sure of. Write 17:00 UTC, an offset such as 17:00 -08:00, or a "
                "place: 17:00 Europe/London.",
            )
            for zone in ("PST", "cet", "IST", "CLT", "AoE", "Berlin time", "local time", "London")
        ),
        ("5pm Europe/Bonn", "names a zone, Europe/Bonn, that I don't know. Write one such as Europe/London."),
    ],
)
def test_what_may_mean_two_times_is_asked_with_what_to_write(typed: str, question: str) -> None:
    problem = refusal(typed)
    assert (problem.code, problem.message) == ("unclear_time", f"“{typed}” {question}")
    assert due_end(typed, 0) == len(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "tomorrow 9am friday",
        "fri, saturday",
        "tomorrow after 5pm",
        "2 days before friday",
        "in 4h at 9am",
        "tomorrow +2d",
        "tomorrow 9am-ish",
        "today 17:00 morning",
        "tomorrow within 2 hours",
        "in 2 hours 30 within 2 hours",
        "friday in 2 Wochen",
        "9am 10am",
    ],
)
def test_times_that_make_no_time_together_are_asked_as_a_whole(typed: str) -> None:
    assert refusal(typed).code == "not_a_time"
    assert due_end(f"{typed} call first", 0) == len(typed)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("in 4h", "Mon 2026-11-23 14:30"),
        ("4h", "Mon 2026-11-23 14:30"),
        ("+30m", "Mon 2026-11-23 11:00"),
        ("1500 minutes", "Tue 2026-11-24 11:30"),
        ("within 2 hours", "Mon 2026-11-23 12:30"),
        ("in two weeks time", "Mon 2026-12-07 10:30"),
        ("in 2 weeks\u2019 time", "Mon 2026-12-07 10:30"),
        ("in zwei Stunden", "Mon 2026-11-23 12:30"),
        ("in einer halben Stunde", "Mon 2026-11-23 11:00"),
        ("in 3 Tagen", "Thu 2026-11-26 10:30"),
        ("in einer Woche", "Mon 2026-11-30 10:30"),
        ("in 90 min", "Mon 2026-11-23 12:00"),
        ("in 1h 30m", "Mon 2026-11-23 12:00"),
        ("1 hour and 30 minutes", "Mon 2026-11-23 12:00"),
        ("in 1.5 hours", "Mon 2026-11-23 12:00"),
        ("in 1,5h", "Mon 2026-11-23 12:00"),
        ("in an hour", "Mon 2026-11-23 11:30"),
        ("+2d", "Wed 2026-11-25 10:30"),
        ("in 2 days", "Wed 2026-11-25 10:30"),
        ("in 2 days at 9am", "Wed 2026-11-25 09:00"),
        ("+1w", "Mon 2026-11-30 10:30"),
        ("in a week", "Mon 2026-11-30 10:30"),
        ("in 1d 2h", "Tue 2026-11-24 12:30"),
        ("in 3 months", "Tue 2027-02-23 10:30"),
        ("in 2 hours 30", "Mon 2026-11-23 13:00"),
        ("in 1h30", "Mon 2026-11-23 12:00"),
        ("4h from now", "Mon 2026-11-23 14:30"),
        ("in half an hour", "Mon 2026-11-23 11:00"),
        ("an hour and a half", "Mon 2026-11-23 12:00"),
        ("in two days", "Wed 2026-11-25 10:30"),
        ("a week from friday", "Fri 2026-12-04 17:00"),
        ("2 days after tomorrow 9am", "Thu 2026-11-26 09:00"),
    ],
)
def test_so_long_from_now(typed: str, meant: str) -> None:
    assert due(typed) == meant


@pytest.mark.parametrize(
    ("zone", "now", "typed", "utc"),
    [
        # Berlin puts its clocks forward on 28 March 2027, 02:00 to 03:00, and back on 31 October, 03:00 to 02:00.
        (BERLIN, "2027-03-27T09:00Z", "tomorrow 17:00", "2027-03-28T15:00Z"),
        (BERLIN, "2027-03-27T09:00Z", "+1d", "2027-03-28T08:00Z"),
        (BERLIN, "2027-03-27T09:00Z", "in 24h", "2027-03-28T09:00Z"),
        (BERLIN, "2027-03-27T09:00Z", "tomorrow 02:30", "2027-03-28T01:30Z"),
        (BERLIN, "2027-03-27T01:30Z", "+1d", "2027-03-28T01:30Z"),
        (BERLIN, "2027-10-30T09:00Z", "+1d", "2027-10-31T10:00Z"),
        (BERLIN, "2027-10-30T09:00Z", "+24h", "2027-10-31T09:00Z"),
        (BERLIN, "2027-10-30T09:00Z", "tomorrow 02:30", "2027-10-31T00:30Z"),
        # The first 02:30 has passed, so the time alone means tomorrow's.
        (BERLIN, "2027-10-31T01:15Z", "02:30", "2027-11-01T01:30Z"),
        # New York: forward on 14 March 2027, 02:00 to 03:00; back on 7 November, 02:00 to 01:00.
        (NEW_YORK, "2027-03-13T15:00Z", "tomorrow 2:30am", "2027-03-14T07:30Z"),
        (NEW_YORK, "2027-03-13T15:00Z", "+1d", "2027-03-14T14:00Z"),
        (NEW_YORK, "2027-11-06T15:00Z", "sun 1:30am", "2027-11-07T05:30Z"),
        (NEW_YORK, "2027-11-06T15:00Z", "+1w", "2027-11-13T16:00Z"),
        # Lord Howe moves by half an hour: forward on 3 October 2027 at 02:00, back on 4 April at 02:00.
        (LORD_HOWE, "2027-10-02T00:00Z", "tomorrow 2:15am", "2027-10-02T15:45Z"),
        (LORD_HOWE, "2027-10-02T00:00Z", "+1d", "2027-10-02T23:30Z"),
        (LORD_HOWE, "2027-04-03T00:00Z", "tomorrow 1:45am", "2027-04-03T14:45Z"),
        # Kathmandu is 5:45 ahead all year. There it is tomorrow while UTC still has today.
        (KATHMANDU, "2026-11-23T20:00Z", "today 17:00", "2026-11-24T11:15Z"),
        (KATHMANDU, "2026-11-23T20:00Z", "tomorrow", "2026-11-25T11:15Z"),
    ],
)
@pytest.mark.parametrize("kind", ["zoneinfo", "dateutil"])
def test_wall_clocks_are_kept_through_daylight_saving(
    kind: str, zone: ZoneInfo, now: str, typed: str, utc: str
) -> None:
    its_zone = tz.gettz(zone.key) if kind == "dateutil" else zone
    assert parse_due(typed, now=datetime.fromisoformat(now), zone=its_zone) == datetime.fromisoformat(utc)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "foo",
        "42",
        "17",
        "20261201",
        "2026-W49-2",
        "2026-13-01",
        "2026-02-30",
        "31 feb",
        "0 dec",
        "32 dec",
        "fri 5 dec",
        "dec",
        "dec 2026",
        "25:00",
        "24:00",
        "12:60",
        "13pm",
        "0am",
        "yesterday",
        "tomorrow tomorrow",
        "in",
        "in 4",
        "4 bananas",
        "in 1.5 days",
        "-2d",
        "in -4h",
        "in 99999999999d",
        "in 99999999999h",
        "+999999w",
        "in 99999 months",
        "in " + "9" * 5000 + " minutes",
        "9999-12-31T23:59:59-10:00",
        "0001-01-01T00:00:00+14:00",
        "2026-12-01T14:30:00+25:00",
        "\u0661\u0667:\u0660\u0660",
    ],
)
def test_what_is_no_time_is_refused_with_examples(typed: str) -> None:
    problem = refusal(typed)
    assert problem.code == "not_a_time"
    assert problem.message.endswith(f" is not a time I understand. {EXAMPLES}")


def test_a_refusal_quotes_what_was_typed() -> None:
    assert refusal("foo").message == f"“foo” is not a time I understand. {EXAMPLES}"
    assert refusal("so\ud800on").message.startswith("“so?on” is not")
    assert len(refusal("x" * 3000).message) < 150


@pytest.mark.parametrize(
    "typed",
    [
        "2 days ago",
        "last friday",
        "1 Dec 1999",
        "today 9am",
        "2026-11-22",
        "2020-01-01 12:00",
        "2026-11-23T09:30:00Z",
        "in 0h",
    ],
)
def test_what_has_passed_is_refused_with_examples(typed: str) -> None:
    problem = refusal(typed)
    assert (problem.code, problem.message) == ("past", f"“{typed}” has already passed. {EXAMPLES}")


@pytest.mark.parametrize(
    "typed", ["tomorrow", "17:00", "fri 9am", "+2d", "2026-12-01", "1 Dec", "2026-12-01T14:30"]
)
def test_without_a_zone_what_needs_one_is_refused(typed: str) -> None:
    problem = refusal(typed, zone=None)
    assert problem.code == "zone_unknown"
    assert problem.message == "I don't know your time zone yet. Pick the time in the form."


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("in 4h", NOW + timedelta(hours=4)),
        ("+30m", NOW + timedelta(minutes=30)),
        ("2026-12-01T14:30:00+01:00", datetime(2026, 12, 1, 13, 30, tzinfo=UTC)),
    ],
)
def test_without_a_zone_elapsed_time_and_offsets_still_work(typed: str, meant: datetime) -> None:
    assert parse_due(typed, now=NOW, zone=None) == meant


_PIECES = (
    "morning midnight UTC PST -08:00 at 9 9am half past nine from ago week ( ) ' 27 17h 5.30 0900 1/12 friday between until "
    "tomorrow today in + 4 99999999 h d w m min months fri next 1 31 feb dec 2026 2026-12-01 T 17:00 5pm noon eod "
    "end of day at on by and , . : Z +01:00 29 0 an \u212a \u0130 \ud800"
)
_pieces = st.sampled_from(_PIECES.split())
_typed = st.one_of(
    st.text(),
    st.text(st.characters(), max_size=30),
    st.lists(_pieces, max_size=6).map(" ".join),
    st.lists(_pieces, max_size=6).map("".join),
)


@given(
    text=_typed,
    zone=st.sampled_from([None, BERLIN, NEW_YORK, LORD_HOWE, KATHMANDU]),
    now=st.datetimes(datetime(1970, 1, 2), datetime(9999, 12, 29), timezones=st.just(UTC)),  # noqa: DTZ001
)
@example("29 feb", BERLIN, datetime(9999, 12, 29, tzinfo=UTC))
def test_any_text_is_a_time_to_come_or_a_refusal(text: str, zone: tzinfo | None, now: datetime) -> None:
    try:
        moment = parse_due(text, now=now, zone=zone)
    except InvalidInput:
        return
    assert moment > now
    assert moment.tzinfo is UTC


@pytest.mark.parametrize(
    ("line", "time"),
    [
        ("tomorrow 17:00 Printer down", "tomorrow 17:00"),
        ("fri 9am, Printer down", "fri 9am"),
        ("fri at reception", "fri"),
        ("in 4h 2 monitors", "in 4h"),
        ("in 4 hours customer:acme", "in 4 hours"),
        ("1 Dec  5pm !high", "1 Dec  5pm"),
        ("tomorrow 5 printers", "tomorrow"),
        ("tomorrow call first", "tomorrow"),
        ("tomorrow, 9 printers are down", "tomorrow"),
        ("tomorrow 3rd floor printer", "tomorrow"),
        ("tomorrow 16-port switch", "tomorrow"),
        ("friday 1200 pages", "friday"),
        ("friday 1200 new pages", "friday 1200 new"),
        ("tomorrow - call first", "tomorrow"),
        ("tomorrow at reception", "tomorrow"),
        ("tomorrow (call first)", "tomorrow"),
        ("tomorrow) call", "tomorrow"),
        ("tomorrow (9am) call", "tomorrow (9am)"),
        ("tomorrow 9am call first", "tomorrow 9am"),
        ("tomorrow 9 call first", "tomorrow 9 call"),
        ("1 dec 27 Printer down", "1 dec 27"),
        ("1 dec 27 printers", "1 dec"),
        ("friday 3 new laptops", "friday 3 new"),
        ("tomorrow 9 customer:acme", "tomorrow 9"),
        ("tomorrow 9 !high", "tomorrow 9"),
        ("friday next week's menu", "friday"),
        ("friday may be late", "friday"),
        ("friday's backup", ""),
        ("tomorrow PST", "tomorrow PST"),
        ("tomorrow CAT 6 cable", "tomorrow"),
        ("5pm CAT", "5pm CAT"),
        ("5pm sun blinds broken", "5pm sun blinds"),
        ("5pm sun", "5pm sun"),
        ("tomorrow PM handover", "tomorrow PM handover"),
        ("tomorrow PM meeting", "tomorrow"),
        ('morgen 9 Uhr 27" Monitor', "morgen 9 Uhr"),
        ("(friday morning) half nine", "(friday morning) half nine"),
        ("tomorrow ASAP call first", "tomorrow ASAP"),
        ("today shows yesterday", "today"),
        ("tomorrow good morning mail", "tomorrow"),
        ("tomorrow Printer 2 is down", "tomorrow"),
        ("tomorrow site:plant 9am", "tomorrow"),
        ("tomorrow @ana 9am", "tomorrow"),
        ("tomorrow T-42 again", "tomorrow"),
        ("tomorrow 9am Berlin office", "tomorrow 9am"),
        ("tomorrow replace it at 9am", "tomorrow"),
        ("tomorrow late shift", "tomorrow"),
        ("tomorrow night shift printer", "tomorrow"),
        ("tomorrow am Fenster", "tomorrow"),
        ("tomorrow latest firmware fails", "tomorrow"),
        ("tomorrow one printer", "tomorrow"),
        ("tomorrow Q4 report", "tomorrow"),
        ("tomorrow december invoice", "tomorrow"),
        ("tomorrow 16:9 monitor", "tomorrow"),
        ("tomorrow 2.5 hours", "tomorrow 2.5 hours"),
        ("tomorrow!high", "tomorrow!high"),
        ("tomorrow,!high", "tomorrow"),
        ("tomorrow`,!high", "tomorrow"),
        ("tomorrow`", "tomorrow"),
        ("mondays are hard", ""),
        ("Printer down", ""),
        ("4horses", ""),
        ("2026-12-01.", "2026-12-01"),
        ("99:99 o'clock", "99:99 o'clock"),
    ],
)
def test_the_words_of_a_time_end_where_other_words_begin(line: str, time: str) -> None:
    assert line[: due_end(line, 0)] == time
    assert f"due:{line}"[4 : due_end(f"due:{line}", 4)] == time


def test_a_time_beyond_every_picker_is_refused() -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_due("2300-01-01", now=datetime(2026, 11, 23, tzinfo=UTC), zone=UTC)
    assert "too far away" in refused.value.problems[0].message


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("2 days ago", "Sat 2026-11-21 10:30"),
        ("last friday", "Fri 2026-11-20 00:00"),
        ("yesterday 9am", "Sun 2026-11-22 09:00"),
        ("friday morning", "Fri 2026-11-20 12:00"),
        ("24h", "Sun 2026-11-22 10:30"),
        ("2d", "Sat 2026-11-21 10:30"),
        ("a week", "Mon 2026-11-16 10:30"),
        ("today", "Mon 2026-11-23 00:00"),
        ("Yesterday", "Sun 2026-11-22 00:00"),
        ("monday", "Mon 2026-11-23 00:00"),
        ("monday 11:00", "Mon 2026-11-16 11:00"),
        ("tue", "Tue 2026-11-17 00:00"),
        ("9am", "Mon 2026-11-23 09:00"),
        ("17:00", "Sun 2026-11-22 17:00"),
        ("1 Dec", "Mon 2025-12-01 00:00"),
        ("23 nov", "Mon 2026-11-23 00:00"),
        ("29 feb", "Thu 2024-02-29 00:00"),
        ("2026-11-01", "Sun 2026-11-01 00:00"),
        ("2026-11-01 14:30", "Sun 2026-11-01 14:30"),
        ("2026-11-01T14:30Z", "Sun 2026-11-01 15:30"),
    ],
)
def test_the_same_words_say_when_something_was(typed: str, meant: str) -> None:
    moment = parse_past(typed, now=NOW, zone=BERLIN)
    assert moment.tzinfo is UTC
    assert moment.astimezone(BERLIN).strftime("%a %Y-%m-%d %H:%M") == meant


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("tomorrow", "future"),
        ("2027-01-01", "future"),
        ("whenever", "not_a_time"),
        ("soon", "unclear_time"),
        ("", "not_a_time"),
        ("last week", "unclear_time"),
    ],
)
def test_what_was_is_not_to_come(typed: str, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_past(typed, now=NOW, zone=BERLIN)
    assert [problem.code for problem in refused.value.problems] == [code]
