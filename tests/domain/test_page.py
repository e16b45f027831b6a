"""A page goes on from one to the next until somebody answers it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.clock.page import Page, Paged, Reach, advanced, begun
from bot.domain.clock.settings import STEPS, EscalationStep, Recipient
from bot.domain.news import Silence

START = datetime(2026, 11, 23, 9, tzinfo=UTC)
MORNING = START + timedelta(hours=9)
BEN, ANA, CHLOE, DANA, TEAM = "BEN", "ANA", "CHLOE", "DANA", "C1"


def steps(*steps: tuple[int, Recipient]) -> tuple[EscalationStep, ...]:
    return tuple(EscalationStep(after=after, to=to) for after, to in steps)


def reach(**fields: object) -> Reach:
    """Ben has it, Ana and then Chloe are on call, Dana leads."""
    all_there = Reach(assignee=BEN, on_call=(ANA, CHLOE), lead=DANA, channel=TEAM)
    return all_there._replace(**fields)  # type: ignore[arg-type]


def silent(*users: str) -> Mapping[str, datetime]:
    return dict.fromkeys(users, MORNING)


def told(
    steps: Sequence[EscalationStep], there: Reach, minutes: Sequence[int] = range(61)
) -> list[tuple[int, str]]:
    """Who is paged at which minute, while nobody answers."""
    page, found = begun("late", steps, START), list[tuple[int, str]]()
    for minute in minutes:
        page, paged, _ = advanced(page, there, START + timedelta(minutes=minute))
        found += [(minute, each.to) for each in paged]
    return found


CASES: dict[str, tuple[Sequence[EscalationStep], Reach, list[tuple[int, str]]]] = {
    "the steps that come with it": (STEPS, reach(), [(0, BEN), (0, ANA), (15, CHLOE), (30, DANA)]),
    "nobody has it": (STEPS, reach(assignee=None), [(0, ANA), (15, CHLOE), (30, DANA)]),
    "whoever has it is on call": (STEPS, reach(assignee=ANA), [(0, ANA), (15, CHLOE), (30, DANA)]),
    "whoever has it is next on call": (STEPS, reach(assignee=CHLOE), [(0, CHLOE), (0, ANA), (15, DANA)]),
    "nobody is on call": (STEPS, reach(on_call=()), [(0, BEN), (15, DANA)]),
    "nobody is next on call": (STEPS, reach(on_call=(ANA,)), [(0, BEN), (0, ANA), (15, DANA)]),
    "nobody is there but the lead": (STEPS, reach(assignee=None, on_call=()), [(0, DANA)]),
    "nobody is there at all": (STEPS, reach(assignee=None, on_call=(), lead=None), [(0, TEAM)]),
    "not even a channel": (STEPS, Reach(), []),
    "a channel is a step": (
        steps((0, "on_call"), (5, "channel"), (10, "lead")),
        reach(),
        [(0, ANA), (5, TEAM), (10, DANA)],
    ),
    "steps in any order": (steps((20, "lead"), (0, "on_call")), reach(), [(0, ANA), (20, DANA)]),
    "two of the next on call": (
        steps((0, "on_call"), (5, "next_on_call"), (10, "next_on_call")),
        reach(on_call=(ANA, CHLOE, BEN)),
        [(0, ANA), (5, CHLOE), (10, BEN)],
    ),
    "the first step waits for nothing": (
        steps((10, "on_call"), (15, "lead")),
        reach(),
        [(0, ANA), (5, DANA)],
    ),
    "no steps": ((), reach(), [(0, TEAM)]),
    "the assignee is silent": (
        STEPS,
        reach(silenced=silent(BEN)),
        [(0, BEN), (0, ANA), (15, CHLOE), (30, DANA)],
    ),
    "on call is silent": (STEPS, reach(silenced=silent(ANA)), [(0, BEN), (0, ANA), (0, CHLOE), (15, DANA)]),
    "everybody on call is silent": (
        STEPS,
        reach(silenced=silent(ANA, CHLOE)),
        [(0, BEN), (0, ANA), (0, CHLOE), (0, DANA)],
    ),
    "everybody is silent": (
        STEPS,
        reach(silenced=silent(BEN, ANA, CHLOE, DANA)),
        [(0, BEN), (0, ANA), (0, CHLOE), (0, DANA), (0, TEAM)],
    ),
    "the last is silent, others were reached": (
        STEPS,
        reach(silenced=silent(DANA)),
        [(0, BEN), (0, ANA), (15, CHLOE), (30, DANA)],
    ),
}


@pytest.mark.parametrize(("steps", "there", "expected"), CASES.values(), ids=CASES)
def test_who_is_paged_when(
    steps: Sequence[EscalationStep], there: Reach, expected: list[tuple[int, str]]
) -> None:
    assert told(steps, there) == expected


def test_whoever_is_paged_next_hears_who_was_paged_in_vain() -> None:
    _, paged, unreached = advanced(begun("late", STEPS, START), reach(silenced=silent(ANA)), START)
    silence = Silence(user=ANA, until=MORNING)
    assert paged == (Paged("assignee", BEN), Paged("on_call", ANA), Paged("on_call", CHLOE, (silence,)))
    assert unreached == (silence,)


def test_at_night_only_whoever_is_on_call_is_paged_and_the_others_in_their_morning() -> None:
    night = reach(asleep=lambda user: None if user == ANA else MORNING)
    page, paged, _ = advanced(begun("late", STEPS, START), night, START)
    assert [each.to for each in paged] == [ANA]
    page, paged, _ = advanced(page, night, START + timedelta(minutes=15))
    assert (paged, page.next_at) == ((), MORNING)
    page, paged, _ = advanced(page, reach(), MORNING)
    assert [each.to for each in paged] == [CHLOE]
    assert page.next_at == MORNING + timedelta(minutes=15)


def test_what_was_due_days_ago_comes_once_and_the_rest_counts_from_then() -> None:
    found = told(STEPS, reach(), [0, 4_000, 4_001, 4_014, 4_015, 9_000])
    assert found == [(0, BEN), (0, ANA), (4_000, CHLOE), (4_015, DANA)]


def test_a_page_keeps_the_first_answer() -> None:
    page = begun("late", STEPS, START).answered(ANA, START)
    assert page.answered(BEN, MORNING) == page
    assert (page.answered_by, page.next_at, page.is_open) == (ANA, None, False)
    assert advanced(page, reach(), MORNING) == (page, (), ())


_RECIPIENTS: tuple[Recipient, ...] = ("assignee", "on_call", "next_on_call", "lead", "channel")
_STEPS = st.lists(
    st.builds(EscalationStep, after=st.integers(0, 60), to=st.sampled_from(_RECIPIENTS)), max_size=6
)
_USERS = st.sampled_from([BEN, ANA, CHLOE, DANA])
_THERE = st.builds(
    Reach,
    assignee=st.none() | _USERS,
    on_call=st.lists(_USERS, unique=True).map(tuple),
    lead=st.none() | _USERS,
    channel=st.none() | st.just(TEAM),
    silenced=st.sets(_USERS).map(lambda users: silent(*users)),
    asleep=st.just(lambda _: None),
)
_MOVES = st.lists(st.tuples(st.integers(-120, 3_000), _THERE, st.booleans()), max_size=12)


@given(_STEPS, _MOVES)
def test_under_any_moves_of_the_clock_each_is_paged_once_and_an_answer_ends_it(
    steps: list[EscalationStep], moves: list[tuple[int, Reach, bool]]
) -> None:
    """A crash is a turn whose outcome is lost: nothing of it counts, and the next turn does it again."""
    page, at, everybody = begun("late", steps, START), START, list[str]()
    for minutes, there, is_lost in moves:
        at += timedelta(minutes=minutes)
        after, paged, _ = advanced(page, there, at)
        if is_lost:
            continue
        assert not paged or (page.next_at is not None and page.next_at <= at), "nothing comes too early"
        assert after.done >= page.done
        everybody += [each.to for each in paged]
        page = Page.model_validate(after.model_dump(mode="json", exclude_none=True))
        assert page == after, "it is read as it was stored"
    assert len(everybody) == len({*everybody}), "nobody twice"
    assert everybody == [*page.paged]
    answered = page.answered(ANA, at)
    assert advanced(answered, moves[-1][1] if moves else reach(), at + timedelta(days=9)).paged == ()


@given(_STEPS, _THERE)
def test_every_step_comes_once_while_nobody_answers(steps: list[EscalationStep], there: Reach) -> None:
    page, at = begun("late", steps, START), START
    for _ in range(len(steps) + 2):
        page, _, _ = advanced(page, there, at)
        at = page.next_at or at
    assert (page.next_at, page.done) == (None, len(steps))
    assert page.has_reached or there.channel is None


def test_a_page_that_was_answered_can_be_read_again() -> None:
    """A store keeps no nothing: a ticket whose page could not be read would be lost."""
    answered = begun("late", STEPS, START).answered(ANA, START)
    assert Page.model_validate(answered.model_dump(mode="json", by_alias=True, exclude_none=True)) == answered
