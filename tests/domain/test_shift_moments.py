"""When the clock must look at a queue again: never later than somebody else is on call."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.queues import LONGEST, RULES, Override, Queue, Rotation, next_look, on_call, shift_end

START = datetime(2026, 3, 20, 12, tzinfo=UTC)  # nine days before the clocks change in Berlin
DAYS = 14
PEOPLE = ("ANA", "BEN", "CHLOE")

moments = st.integers(0, DAYS * 24 * 60).map(lambda minutes: START + timedelta(minutes=minutes))
rules = st.sampled_from([*RULES.values(), "FREQ=DAILY;BYHOUR=2;BYMINUTE=30", "FREQ=DAILY;BYHOUR=3,15"])
rotations = st.builds(
    Rotation,
    people=st.lists(st.sampled_from(PEOPLE), max_size=3, unique=True).map(tuple),
    rule=rules,
    zone=st.sampled_from(["Europe/Berlin", "America/New_York"]),
    start=moments,
)


@st.composite
def overrides(draw: st.DrawFn) -> Override:
    start = draw(moments)
    end = start + timedelta(minutes=draw(st.integers(1, 3000)))
    covers = draw(st.sampled_from([None, *PEOPLE]))
    return Override(person=draw(st.sampled_from((*PEOPLE, "DANA"))), start=start, end=end, covers=covers)


queues = st.builds(
    Queue,
    name=st.just("network"),
    channel=st.just("C1"),
    owner=st.just("DANA"),
    rotation=st.none() | rotations,
    overrides=st.lists(overrides(), max_size=3).map(tuple),
)


@given(
    queue=queues, now=moments, part=st.floats(0, 1, exclude_max=True), left=st.sets(st.sampled_from(PEOPLE))
)
def test_nobody_else_is_on_call_before_the_clock_looks_again(
    queue: Queue, now: datetime, part: float, left: set[str]
) -> None:
    again = next_look(queue, now)
    assert now < again <= now + LONGEST
    assert on_call(queue, now + (again - now) * part, left) == on_call(queue, now, left)


@given(
    queue=queues, now=moments, part=st.floats(0, 1, exclude_max=True), left=st.sets(st.sampled_from(PEOPLE))
)
def test_a_shift_ends_where_somebody_else_or_nobody_is_on_call(
    queue: Queue, now: datetime, part: float, left: set[str]
) -> None:
    holder, end = on_call(queue, now, left), shift_end(queue, now, left)
    if end is None:
        assert on_call(queue, now + LONGEST * part, left) == holder
    else:
        assert on_call(queue, end, left) != holder
        assert on_call(queue, now + (end - now) * part, left) == holder
