"""Who is on call when: rotations, daylight saving, people who stand in, and people who left."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import InvalidInput
from bot.domain.queues import (
    LONGEST,
    RULES,
    Override,
    Queue,
    Rotation,
    covered,
    edited_rotation,
    next_on_call,
    on_call,
    queue_name,
    rotation,
    turns,
    turns_on_call,
)

MONDAYS, DAILY = RULES["Every Monday, 9:00"], RULES["Every day, 9:00"]
BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"
THREE = ("ANA", "BEN", "CHLOE")


def at(text: str, zone: str = BERLIN, fold: int = 0) -> datetime:
    """A wall clock's time, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


START = at("2026-11-24 15:00")  # a Tuesday


def queue(
    rule: str = MONDAYS,
    people: tuple[str, ...] = THREE,
    *overrides: Override,
    zone: str = BERLIN,
    start: datetime = START,
) -> Queue:
    turn = rotation(people, rule, zone, start)
    return Queue(name="network", channel="C1", owner="DANA", rotation=turn, overrides=overrides)


def stands_in(person: str, start: str, end: str, covers: str | None = None) -> Override:
    return Override(person=person, covers=covers, start=at(start), end=at(end))


@pytest.mark.parametrize(
    ("rule", "when", "who"),
    [
        (MONDAYS, "2026-11-24 15:00", "ANA"),
        (MONDAYS, "2026-11-30 08:59", "ANA"),
        (MONDAYS, "2026-11-30 09:00", "BEN"),
        (MONDAYS, "2026-12-07 09:00", "CHLOE"),
        (MONDAYS, "2026-12-14 09:00", "ANA"),
        (MONDAYS, "2026-11-23 09:00", "ANA"),  # before it began
        (DAILY, "2026-11-25 08:59", "ANA"),
        (DAILY, "2026-11-25 09:00", "BEN"),
        (RULES["Every weekday, 9:00"], "2026-11-28 12:00", "ANA"),  # Saturday: Friday's turn goes on
        (RULES["Every weekday, 9:00"], "2026-11-30 09:00", "BEN"),
        (RULES["Every other Monday, 9:00"], "2026-11-30 12:00", "ANA"),
        (RULES["Every other Monday, 9:00"], "2026-12-07 12:00", "BEN"),
        ("FREQ=MONTHLY;BYDAY=1MO;BYHOUR=8;BYMINUTE=30", "2026-12-07 08:30", "BEN"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "2026-11-30 09:00", "BEN"),
        ("FREQ=DAILY;BYHOUR=9,21", "2026-11-24 21:00", "BEN"),
        ("rrule: freq=daily; byhour=9;", "2026-11-25 09:00", "BEN"),
    ],
)
def test_the_turn_changes_at_the_hand_off(rule: str, when: str, who: str) -> None:
    assert on_call(queue(rule), at(when)) == who


@pytest.mark.parametrize(
    ("zone", "start", "when", "who"),
    [
        # Summer time ends on 1 November in New York and on 25 October in Berlin; 9:00 stays 9:00.
        (NEW_YORK, "2026-10-31 12:00", "2026-11-01 08:59", "ANA"),
        (NEW_YORK, "2026-10-31 12:00", "2026-11-01 09:00", "BEN"),
        (BERLIN, "2026-03-28 12:00", "2026-03-29 08:59", "ANA"),
        (BERLIN, "2026-03-28 12:00", "2026-03-29 09:00", "BEN"),
    ],
)
def test_a_hand_off_keeps_the_wall_clock_over_daylight_saving(
    zone: str, start: str, when: str, who: str
) -> None:
    assert on_call(queue(DAILY, zone=zone, start=at(start, zone)), at(when, zone)) == who


def test_an_hour_that_comes_twice_hands_over_once_and_one_that_is_skipped_moves_forward() -> None:
    autumn = queue("FREQ=DAILY;BYHOUR=2;BYMINUTE=30", start=at("2026-10-24 12:00"))
    moments = [at("2026-10-25 02:29"), at("2026-10-25 02:30"), at("2026-10-25 02:10", fold=1)]
    assert [on_call(autumn, moment) for moment in moments] == ["ANA", "BEN", "BEN"]
    assert on_call(autumn, at("2026-10-25 02:40", fold=1)) == "BEN"
    spring = queue("FREQ=DAILY;BYHOUR=2;BYMINUTE=30", start=at("2026-03-28 12:00"))
    assert [on_call(spring, at(f"2026-03-29 {time}")) for time in ("01:59", "03:29", "03:30")] == [
        "ANA",
        "ANA",
        "BEN",
    ]


@pytest.mark.parametrize(
    ("overrides", "when", "who"),
    [
        ((stands_in("DANA", "2026-11-25 12:00", "2026-11-27 17:00"),), "2026-11-25 11:59", "ANA"),
        ((stands_in("DANA", "2026-11-25 12:00", "2026-11-27 17:00"),), "2026-11-25 12:00", "DANA"),
        ((stands_in("DANA", "2026-11-25 12:00", "2026-11-27 17:00"),), "2026-11-27 17:00", "ANA"),
        # For Ben only, and Ben's turn begins on Monday.
        ((stands_in("DANA", "2026-11-25 12:00", "2026-12-01 17:00", "BEN"),), "2026-11-26 12:00", "ANA"),
        ((stands_in("DANA", "2026-11-25 12:00", "2026-12-01 17:00", "BEN"),), "2026-11-30 12:00", "DANA"),
        # Of two that overlap, the later made wins, whichever begins first.
        (
            (
                stands_in("DANA", "2026-11-25 12:00", "2026-11-27 17:00"),
                stands_in("EMIL", "2026-11-24 12:00", "2026-11-26 17:00"),
            ),
            "2026-11-26 12:00",
            "EMIL",
        ),
        (
            (
                stands_in("EMIL", "2026-11-24 12:00", "2026-11-26 17:00"),
                stands_in("DANA", "2026-11-25 12:00", "2026-11-27 17:00"),
            ),
            "2026-11-26 12:00",
            "DANA",
        ),
        # Whoever stands in can be stood in for.
        (
            (
                stands_in("DANA", "2026-11-25 12:00", "2026-11-27 17:00", "ANA"),
                stands_in("EMIL", "2026-11-26 08:00", "2026-11-26 17:00", "DANA"),
            ),
            "2026-11-26 12:00",
            "EMIL",
        ),
    ],
)
def test_an_override_holds_for_its_time_and_the_later_made_wins(
    overrides: tuple[Override, ...], when: str, who: str
) -> None:
    assert on_call(queue(MONDAYS, THREE, *overrides), at(when)) == who


def test_whoever_is_covered_is_not_next_on_call() -> None:
    helped = queue(MONDAYS, THREE, stands_in("EMIL", "2026-11-24 09:00", "2026-11-26 09:00"))
    holder, *others = turns_on_call(queue(MONDAYS, THREE), at("2026-11-25 12:00"))
    assert turns_on_call(helped, at("2026-11-25 12:00")) == ("EMIL", *others)
    assert turns_on_call(helped, at("2026-11-27 12:00")) == (holder, *others)


def test_nobody_is_on_call_without_a_rotation_but_somebody_may_stand_in() -> None:
    bare = Queue(name="network", channel="C1", owner="DANA")
    for nobody in (bare, queue(people=())):
        assert on_call(nobody, START) is None
        assert next_on_call(nobody, START) is None
    helped = covered(bare, stands_in("EMIL", "2026-11-25 09:00", "2026-11-26 09:00"), START)
    assert on_call(helped, at("2026-11-25 12:00")) == "EMIL"
    assert next_on_call(helped, START) == ("EMIL", at("2026-11-25 09:00"))


def test_the_turns_of_somebody_who_left_go_to_the_next_and_nobody_elses_move() -> None:
    here = queue()
    mondays = [at(f"2026-{day} 12:00") for day in ("11-24", "11-30", "12-07", "12-14", "12-21")]
    assert [on_call(here, monday, {"BEN"}) for monday in mondays] == ["ANA", "CHLOE", "CHLOE", "ANA", "CHLOE"]
    assert on_call(here, START, set(THREE)) is None
    gone = queue(MONDAYS, THREE, stands_in("DANA", "2026-11-24 12:00", "2026-11-27 17:00"))
    assert on_call(gone, START, {"DANA"}) == "ANA"


@pytest.mark.parametrize(
    ("made", "shift"),
    [
        (queue(), ("BEN", "2026-11-30 09:00")),
        (queue(people=("ANA",)), None),
        (queue(people=("ANA", "ANA", "BEN")), ("BEN", "2026-12-07 09:00")),
        (
            queue(MONDAYS, THREE, stands_in("ANA", "2026-11-28 12:00", "2027-01-04 12:00")),
            ("BEN", "2027-01-11 09:00"),  # it ends in a turn of her own
        ),
        (
            queue(MONDAYS, THREE, stands_in("DANA", "2026-11-26 12:00", "2026-11-27 12:00")),
            ("DANA", "2026-11-26 12:00"),
        ),
    ],
)
def test_next_is_whoever_comes_who_is_not_there_already(made: Queue, shift: tuple[str, str] | None) -> None:
    assert next_on_call(made, START) == (shift and (shift[0], at(shift[1])))


@pytest.mark.parametrize(
    "rule",
    [
        "",
        "every monday",
        "FREQ=SECONDLY",
        "FREQ=HOURLY",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;BYHOUR=25",
        "FREQ=DAILY;COUNT=3",
        "FREQ=DAILY;UNTIL=20270101T000000",
        "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=MONTHLY;INTERVAL=999",
        "FREQ=DAILY;BYMONTHDAY=32",
        "DTSTART:20260101T000000\nFREQ=DAILY",
    ],
)
def test_a_rule_that_cannot_hand_over_is_refused_with_an_example(rule: str) -> None:
    with pytest.raises(InvalidInput, match="FREQ=WEEKLY;BYDAY=MO;BYHOUR=9") as refused:
        rotation(THREE, rule, BERLIN, START)
    assert [problem.field for problem in refused.value.problems] == ["rule"]


@pytest.mark.parametrize("zone", ["", "Mars", "Europe", "../../etc/passwd", "CEST+", "\0"])
def test_an_unknown_zone_is_refused(zone: str) -> None:
    with pytest.raises(InvalidInput, match="is no time zone I know"):
        rotation(THREE, DAILY, zone, START)


@given(
    st.from_regex(
        r"FREQ=(DAILY|WEEKLY|MONTHLY)(;(INTERVAL|BYHOUR|BYMINUTE|BYDAY|BYMONTHDAY)=[0-9MOTUWEFRSA,+-]{1,6}){0,3}",
        fullmatch=True,
    )
)
def test_whatever_is_typed_as_a_rule_is_refused_or_works(rule: str) -> None:
    try:
        made = rotation(("ANA", "BEN"), rule, BERLIN, START)
    except InvalidInput:
        return
    later = START + LONGEST
    shift = next_on_call(Queue(name="q", channel="C", owner="D", rotation=made), START)
    assert shift is not None
    assert START < shift.start <= later


@given(
    st.lists(st.sampled_from(THREE), min_size=1, max_size=4),
    st.integers(0, 5_000),
    st.sampled_from(sorted(RULES.values())),
)
def test_next_holds_at_its_moment_and_not_before(people: list[str], hours: int, rule: str) -> None:
    made, now = queue(rule, tuple(people)), START + timedelta(hours=hours)
    holder, shift = on_call(made, now), next_on_call(made, now)
    assert made.rotation
    assert turns(made.rotation, now)[0] == holder
    if shift is None:
        assert set(people) == {holder}
        return
    assert on_call(made, shift.start) == shift.person != holder
    assert on_call(made, shift.start - timedelta(seconds=1)) == holder


@pytest.mark.parametrize(
    ("override", "field"),
    [
        (stands_in("ANA", "2026-11-24 12:00", "2026-11-27 12:00", "ANA"), "person"),
        (stands_in("ANA", "2026-11-27 12:00", "2026-11-27 12:00"), "end"),
        (stands_in("ANA", "2026-11-20 12:00", "2026-11-23 12:00"), "end"),
        (stands_in("ANA", "2026-11-24 12:00", "2028-11-27 12:00"), "end"),
        (stands_in("ANA", "2028-11-24 12:00", "2028-11-27 12:00"), "end"),
    ],
)
def test_an_override_that_makes_no_sense_is_refused(override: Override, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        covered(queue(), override, START)
    assert [problem.field for problem in refused.value.problems] == [field]


def test_overrides_that_are_over_are_forgotten_with_the_next_one() -> None:
    old = stands_in("DANA", "2026-11-20 12:00", "2026-11-23 12:00")
    new = stands_in("EMIL", "2026-11-25 12:00", "2026-11-26 12:00")
    assert covered(queue(MONDAYS, THREE, old), new, START).overrides == (new,)


def test_ten_years_of_hand_offs_are_looked_up_at_once() -> None:
    made = Rotation(people=THREE, rule=DAILY, zone=BERLIN, start=START)
    later = START + timedelta(days=3_650)
    assert turns(made, later)[0] == THREE[3_650 % 3]


def test_a_rotation_that_nobody_changed_in_its_form_does_not_begin_anew() -> None:
    old = rotation(THREE, MONDAYS, BERLIN, START)
    shown_at = at("2026-12-01 10:00")  # Ben's week, so the form has him first
    as_shown = turns(old, shown_at)
    assert as_shown[0] == "BEN"
    assert edited_rotation(old, rotation(as_shown, MONDAYS, BERLIN, shown_at), shown_at) is old
    for people, rule, zone in (
        (THREE, MONDAYS, BERLIN),
        (as_shown, DAILY, BERLIN),
        (as_shown, MONDAYS, NEW_YORK),
    ):
        made = rotation(people, rule, zone, shown_at)
        assert edited_rotation(old, made, shown_at) is made
    assert edited_rotation(None, old, shown_at) is old


def test_a_queue_is_called_what_was_typed_without_its_sign() -> None:
    assert queue_name(" #network ") == "network"
    for typed in ("", "  ", "#"):
        with pytest.raises(InvalidInput) as refused:
            queue_name(typed)
        assert [problem.field for problem in refused.value.problems] == ["name"]
