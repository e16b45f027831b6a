"""What stands behind `/ticket remind T-42`, row by row: when, for whom, and which words are left as they were typed."""

from contextlib import suppress
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import InvalidInput
from bot.domain.mentions import order_of
from bot.domain.reminder_words import read_reminder, says_when
from bot.domain.ticket_commands import command_of

NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
KNOWN = {"remind", "list", "take"}

READ: dict[str, tuple[str, str, bool]] = {
    "tomorrow 9am Call Rosa": ("2026-12-01 09:00", "Call Rosa", False),
    "me tomorrow at 9:00 to call Rosa": ("2026-12-01 09:00", "call Rosa", False),
    "me of it in 2 hours": ("2026-11-30 12:00", "", False),
    "thread fri 9am: is the fuser here?": ("2026-12-04 09:00", "is the fuser here?", True),
    "the thread in 10 minutes – look": ("2026-11-30 10:10", "look", True),
    "us, +2d": ("2026-12-02 10:00", "", True),
    "for the thread 2026-12-24T08:30 gifts": ("2026-12-24 08:30", "gifts", True),
    "tomorrow noon": ("2026-12-01 12:00", "", False),
    "8 in the morning Call": ("2026-12-01 08:00", "Call", False),
    "in 2h 3 lamps are dark": ("2026-11-30 12:00", "3 lamps are dark", False),
    "um 17:00 Uhr Rosa anrufen": ("2026-11-30 17:00", "Rosa anrufen", False),
    "29 Mar 2027 9am clocks changed": ("2027-03-29 09:00", "clocks changed", False),
}


@pytest.mark.parametrize("typed", READ)
def test_a_time_in_front_is_read_and_the_rest_are_words(typed: str) -> None:
    when, words, for_thread = READ[typed]
    read = read_reminder(typed, now=NOW, zone=BERLIN)
    assert read.at
    assert (f"{read.at.astimezone(BERLIN):%Y-%m-%d %H:%M}", read.words, read.for_thread) == (
        when,
        words,
        for_thread,
    )
    assert says_when(typed)


@pytest.mark.parametrize("typed", ["", "me", "Call Rosa tomorrow 9am", "@ben tomorrow 9am"])
def test_without_a_time_in_front_somebody_is_asked(typed: str) -> None:
    assert read_reminder(typed, now=NOW, zone=BERLIN).at is None
    assert not says_when(typed)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("tomorrow", "unclear_time"),
        ("tomorrow morning Call", "unclear_time"),
        ("this afternoon", "unclear_time"),
        ("9-11am Call", "unclear_time"),
        ("at 5 Call", "unclear_time"),
        ("next week Call", "unclear_time"),
        ("later", "unclear_time"),
        ("today 8am", "past"),
        ("1 Jan 2020 9am", "past"),
        ("31 Feb 9am", "not_a_time"),
    ],
)
def test_what_may_be_several_moments_or_none_is_refused(typed: str, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_reminder(typed, now=NOW, zone=BERLIN)
    assert [problem.code for problem in refused.value.problems] == [code]


def test_whose_zone_is_not_known_can_say_how_long() -> None:
    assert read_reminder("in 2h", now=NOW, zone=None).at == NOW.replace(hour=11)
    with pytest.raises(InvalidInput, match="time zone"):
        read_reminder("tomorrow 9am", now=NOW, zone=None)


@given(st.text(max_size=60))
def test_nothing_that_is_typed_breaks_it(typed: str) -> None:
    says_when(typed)
    with suppress(InvalidInput):
        read = read_reminder(typed, now=NOW, zone=BERLIN)
        assert read.at is None or read.at > NOW


ORDERS: dict[str, str] = {
    "remind me tomorrow 9am to call Rosa": "remind T-7 me tomorrow 9am to call Rosa",
    "remind 2 days": "remind T-7 2 days",
    "remind us 4 Dec 9am: look": "remind T-7 us 4 Dec 9am: look",
    "remind T-3 in 2h": "remind T-3 in 2h",
    "remind": "remind T-7",
    "please remind me of it in 1h": "remind T-7 me of it in 1h",
}


@pytest.mark.parametrize("said", ORDERS)
def test_in_a_tickets_thread_its_number_is_left_out(said: str) -> None:
    order = order_of(said, KNOWN, 7)
    assert order
    assert (order.line, order.doubt) == (ORDERS[said], "")


def test_a_number_that_may_be_a_ticket_is_asked_about() -> None:
    order = order_of("remind 42 tomorrow 9am", KNOWN, 7)
    assert order
    assert "Did you mean T-42?" in order.doubt
    typed = command_of("remind 42 tomorrow 9am Call Rosa")
    assert typed
    assert (typed.numbers, typed.rest, typed.doubt) == ((42,), "tomorrow 9am Call Rosa", "")
