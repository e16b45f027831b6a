"""Nobody forgets a ticket: the rules of stale ones, of requesters who ask again, and of what closes by itself, row by row."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.calendars import business_hours
from bot.domain.clock import rules
from bot.domain.clock.context import CLOCK, Change, Moment
from bot.domain.clock.settings import ClockSettings, RuleName
from bot.domain.comments import Comment
from bot.domain.lifecycle import StepContext, still_working, take
from bot.domain.queues import Queue
from bot.domain.steps import StepName
from bot.domain.telling import People
from bot.domain.ticket import Ticket
from bot.domain.workspace_settings import WorkspaceSettings
from tests.domain.test_telling import ANA, BEN, CHLOE, EMIL, ticket

DANA, FAYE = "U0DANA", "U0FAYE"
FRIDAY = datetime(2026, 12, 4, 15, tzinfo=UTC)
"""Within business hours."""
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = business_hours("Etc/UTC")


class World:
    """A ticket that Ben asked for, in a queue that Dana owns and Emil is on call for, with the clock that looks after it."""

    def __init__(
        self, *on: RuleName, calendar: bool = False, lead: str | None = None, off: tuple[str, ...] = ()
    ) -> None:
        queue = Queue(
            name="network",
            channel="C0NETWORK",
            owner=DANA,
            lead=lead,
            calendar=OFFICE.name if calendar else None,
        )
        clock = ClockSettings(
            since=dict.fromkeys(on, FRIDAY - HOUR),
            off=dict.fromkeys(on, off),
            calendars=(OFFICE,),
            stale_days=3,
            close_days=2,
        )
        self.settings = WorkspaceSettings(queues=(queue,), clock=clock)
        self.at = FRIDAY
        self.zones: dict[str, ZoneInfo] = {}
        self.left: tuple[str, ...] = ()
        self.told: list[tuple[str, str, str]] = []
        self.ticket = self._saved(None, ticket())
        self.step("assign", ANA, assignedUserId=CHLOE)

    def step(self, name: StepName, by: str, **fields: Any) -> None:  # noqa: ANN401  (wire values)
        before = self.ticket
        self.ticket = self._saved(before, take(before, name, fields, StepContext(by, self.at)))

    def says(self, by: str, key: str = "C1:1.0", *, internal: bool = False, bystander: bool = False) -> None:
        comment = Comment(key=key, number=1, author=by, at=self.at, text="Any news?", internal=internal)
        self.ticket = self._saved(self.ticket, self.ticket, comment, by_bystander=bystander)

    def still(self, by: str) -> None:
        self.ticket = self._saved(self.ticket, still_working(self.ticket, StepContext(by, self.at)))

    def swept(self) -> None:
        """Somebody has switched on another rule."""
        self.ticket = self._saved(self.ticket, self.ticket)

    def until(self, at: datetime) -> list[tuple[str, str, str]]:
        """What is told from now until then, by a clock that runs."""
        told: list[tuple[str, str, str]] = []
        while (moment := rules.next_moment(self.ticket)) and moment <= at:
            self.at = max(moment, self.at)
            told += self.struck()
        self.at = at
        return told

    def struck(self) -> list[tuple[str, str, str]]:
        queue = self.settings.queues[0]
        people = People(self.settings.level_of, EMIL)
        moment = Moment(
            self.at,
            self.settings,
            queue,
            (EMIL, FAYE),
            left=self.left,
            zone=self.zones.get,
            listeners=people,
        )
        ticket, told = rules.struck(self.ticket, moment)
        self.ticket = ticket.model_copy(update={"new_entries": ()})
        self.entries = [entry.what for entry in ticket.new_entries if entry.actor == CLOCK]
        return [(each.event, each.role, each.to) for each in told]

    def _saved(
        self,
        before: Ticket | None,
        after: Ticket,
        comment: Comment | None = None,
        *,
        by_bystander: bool = False,
    ) -> Ticket:
        change = Change(before, self.settings, self.at, comment, by_bystander=by_bystander)
        changed = rules.changed(after, change)
        return changed.model_copy(update={"new_entries": ()})


ASKED = [("stale", "assignee", CHLOE)]
LEAD = [("stale", "lead", DANA)]


def test_whoever_has_it_is_asked_once_and_then_the_lead_and_then_nobody() -> None:
    world = World("stale")
    assert world.until(FRIDAY + 3 * DAY - MINUTE) == []
    assert world.until(FRIDAY + 3 * DAY) == ASKED
    assert world.until(FRIDAY + 6 * DAY - MINUTE) == []
    assert world.until(FRIDAY + 6 * DAY) == LEAD
    assert world.until(FRIDAY + 99 * DAY) == []


def test_days_on_which_nobody_works_do_not_count() -> None:
    world = World("stale", calendar=True)
    assert world.until(FRIDAY + 5 * DAY - MINUTE) == []
    assert world.until(FRIDAY + 5 * DAY) == ASKED, "Monday, Tuesday, Wednesday"


@pytest.mark.parametrize("rule", ["stale", "close"])
def test_what_is_off_or_off_for_the_queue_does_nothing(rule: RuleName) -> None:
    for world in (World(), World(rule, off=("Network",))):
        world.says(BEN)
        world.at += HOUR
        world.says(BEN, "C1:2.0")
        world.step("resolve", CHLOE, resolution="Rebooted")
        assert world.until(FRIDAY + 99 * DAY) == []
        assert world.ticket.clock is None


ACTIVITY = {
    "still working on it": lambda world: world.still(CHLOE),
    "an edit": lambda world: world.step("edit", ANA, summary=f"VPN down since {world.at}"),
    "a comment": lambda world: world.says(CHLOE),
    "an internal comment": lambda world: world.says(ANA, internal=True),
    "another priority": lambda world: world.step(
        "priority", ANA, priority="low" if world.ticket.priority == "high" else "high"
    ),
}


@pytest.mark.parametrize("case", ACTIVITY)
def test_what_people_do_begins_the_days_anew(case: str) -> None:
    world = World("stale")
    world.until(FRIDAY + 2 * DAY)
    ACTIVITY[case](world)
    assert world.until(FRIDAY + 5 * DAY - MINUTE) == []
    assert world.until(FRIDAY + 5 * DAY) == ASKED
    ACTIVITY[case](world)
    assert world.until(FRIDAY + 8 * DAY) == ASKED, "whoever answered is asked again before the lead is"


def test_a_look_at_it_is_no_activity() -> None:
    world = World("stale")
    world.until(FRIDAY + 2 * DAY)
    world.swept()
    assert world.until(FRIDAY + 3 * DAY) == ASKED


def test_a_hold_and_a_snooze_are_not_stale_and_count_anew_when_they_end() -> None:
    back = ("came_back", "assignee", CHLOE)
    world = World("stale")
    world.step("hold", CHLOE, holdReason="parts", holdUntil=(FRIDAY + 10 * DAY).isoformat())
    assert world.until(FRIDAY + 10 * DAY) == [back, ("came_back", "requester", BEN)]
    assert world.until(FRIDAY + 13 * DAY - MINUTE) == []
    assert world.until(FRIDAY + 13 * DAY) == ASKED
    world = World("stale")
    world.step("triage", ANA, snoozedUntil=(FRIDAY + 10 * DAY).isoformat())
    assert world.until(FRIDAY + 10 * DAY) == [back], "its requester knows of no snooze"
    assert world.until(FRIDAY + 13 * DAY) == ASKED


def test_a_hold_without_an_end_never_ends() -> None:
    world = World("stale", "close")
    world.step("hold", CHLOE, holdReason="parts")
    assert rules.next_moment(world.ticket) is None
    assert world.until(FRIDAY + 999 * DAY) == []


def test_nobody_is_asked_at_night() -> None:
    world = World("stale")
    world.zones = {CHLOE: BERLIN, DANA: BERLIN}
    world.at = datetime(2026, 12, 4, 23, tzinfo=BERLIN)
    world.still(CHLOE)
    assert world.until(datetime(2026, 12, 8, 6, 59, tzinfo=BERLIN)) == []
    assert world.until(datetime(2026, 12, 8, 7, tzinfo=BERLIN)) == ASKED


def test_of_what_nobody_has_or_whoever_has_left_the_lead_is_asked_at_once() -> None:
    world = World("stale", lead=FAYE)
    world.step("unassign", ANA)
    assert world.until(FRIDAY + 3 * DAY) == [("stale", "lead", FAYE)]
    assert world.until(FRIDAY + 99 * DAY) == []
    world = World("stale")
    world.left = (CHLOE,)
    assert world.until(FRIDAY + 3 * DAY) == LEAD


def test_a_lead_who_has_the_ticket_is_asked_once() -> None:
    world = World("stale", lead=CHLOE)
    assert world.until(FRIDAY + 99 * DAY) == ASKED


def test_what_began_before_counts_from_the_moment_in_which_the_rule_was_switched_on() -> None:
    world = World()
    for days, on, told in ((30, 30, 33), (1, 30, 33)):
        world.ticket = world.ticket.model_copy(update={"clock": None})
        world.at = FRIDAY + max(days, on) * DAY
        clock = ClockSettings(since={"stale": FRIDAY + on * DAY}, stale_days=3)
        world.settings = world.settings.model_copy(update={"clock": clock})
        world.swept()
        assert world.until(FRIDAY + told * DAY - MINUTE) == []
        assert world.until(FRIDAY + told * DAY) == ASKED


AT_ONCE = [("asked_again", "assignee", CHLOE), ("asked_again", "requester", BEN)]
THEN = [("asked_again", "on_call", EMIL)]


def test_who_asks_again_is_answered_at_once_and_on_call_hears_of_it_where_nobody_answers() -> None:
    world = World("stale")
    world.at += HOUR
    world.says(BEN)
    assert world.until(world.at) == AT_ONCE
    assert world.until(world.at + 29 * MINUTE) == []
    assert world.until(world.at + MINUTE) == THEN
    world.says(BEN, "C1:2.0")
    world.at += HOUR
    world.says(BEN, "C1:3.0")
    assert world.until(world.at + DAY) == [], "once, until somebody answers"


QUESTIONS: dict[str, list[tuple[str, int]]] = {
    "too soon after it was asked for": [(BEN, 14)],
    "an answer to an answer": [(CHLOE, 20), (BEN, 60)],
    "two lines of one thought": [(CHLOE, 20), (BEN, 60), (BEN, 61)],
    "answered by somebody else": [(ANA, 20), (BEN, 60)],
}


@pytest.mark.parametrize("case", QUESTIONS)
def test_who_does_not_wait_for_long_is_not_answered_by_a_machine(case: str) -> None:
    world = World("stale")
    for number, (who, minutes) in enumerate(QUESTIONS[case]):
        world.at = FRIDAY + minutes * MINUTE
        world.says(who, f"C1:{number}.0")
    assert world.until(world.at + 2 * HOUR) == []


def test_after_an_answer_they_can_ask_again_once_more() -> None:
    world = World("stale")
    for round_ in range(3):
        for number, (who, wait) in enumerate([(BEN, 20), (BEN, 20)]):
            world.at += wait * MINUTE
            world.says(who, f"C1:{round_}{number}.0")
            if number == 0 and round_:
                assert world.until(world.at) == []
            elif number == 0 or round_:
                assert world.until(world.at) == AT_ONCE
        world.says(CHLOE, f"C1:{round_}9.0")
        assert world.until(world.at + 5 * MINUTE) == [], "the answer came in time"


@pytest.mark.parametrize(
    "answer",
    [
        lambda world: world.says(CHLOE, "C1:9.0"),
        lambda world: world.step("resolve", CHLOE, resolution="Rebooted"),
        lambda world: world.step("hold", CHLOE, holdReason="parts"),
    ],
    ids=["a word", "a resolution", "a hold"],
)
def test_an_answer_in_time_spares_on_call(answer: Any) -> None:  # noqa: ANN401  (what somebody does)
    world = World("stale")
    world.at += HOUR
    world.says(BEN)
    assert world.until(world.at) == AT_ONCE
    answer(world)
    assert world.until(world.at + DAY) == []


def test_a_word_of_somebody_who_may_not_work_it_is_no_answer() -> None:
    world = World("stale")
    world.at += HOUR
    world.says(FAYE, bystander=True)
    world.says(BEN, "C1:2.0")
    assert world.until(world.at) == AT_ONCE
    world.says(FAYE, "C1:3.0", bystander=True)
    assert world.until(world.at + HOUR) == THEN


def test_an_internal_word_is_no_answer_and_no_question() -> None:
    world = World("stale")
    world.at += HOUR
    world.says(BEN, internal=True)
    assert world.until(world.at + HOUR) == []
    world.says(BEN, "C1:2.0")
    assert world.until(world.at) == AT_ONCE
    world.says(CHLOE, "C1:3.0", internal=True)
    assert world.until(world.at + HOUR) == THEN


def test_nobody_is_told_that_somebody_has_it_where_nobody_does() -> None:
    world = World("stale")
    world.step("unassign", ANA)
    world.at += HOUR
    world.says(BEN)
    assert world.until(world.at + HOUR) == []
    world = World("stale")
    world.left = (CHLOE,)
    world.at += HOUR
    world.says(BEN)
    on_call = ("asked_again", "on_call", EMIL)
    assert world.until(world.at + HOUR) == [on_call, AT_ONCE[1]], "whoever is on call hears of it at once"


def test_whoever_has_left_hears_nothing_of_what_comes_back() -> None:
    world = World()
    world.step("hold", CHLOE, holdReason="parts", holdUntil=(FRIDAY + DAY).isoformat())
    world.left = (CHLOE,)
    assert world.until(FRIDAY + DAY) == [("came_back", "on_call", EMIL), ("came_back", "requester", BEN)]


def test_of_a_question_at_night_whoever_has_it_hears_in_their_morning_where_nobody_answers() -> None:
    def asked() -> World:
        world = World("stale")
        world.zones = {CHLOE: BERLIN, EMIL: BERLIN}
        world.at = datetime(2026, 12, 4, 23, tzinfo=BERLIN)
        world.says(BEN)
        assert world.until(world.at) == [AT_ONCE[1]]
        assert world.until(world.at + HOUR) == THEN, "whoever is on call is not left alone"
        return world

    morning = datetime(2026, 12, 5, 7, tzinfo=BERLIN)
    world = asked()
    assert world.until(morning - MINUTE) == []
    assert world.until(morning) == AT_ONCE[:1]
    world = asked()
    world.says(ANA, "C1:2.0")
    assert world.until(morning + DAY) == []


CLOSED = [("closed", "requester", BEN)]


def test_what_is_resolved_closes_after_working_days_and_its_requester_alone_is_told() -> None:
    world = World("close", calendar=True)
    world.step("resolve", CHLOE, resolution="Rebooted")
    assert world.ticket.clock
    assert world.ticket.clock.close_at == FRIDAY + 4 * DAY
    assert world.until(FRIDAY + 4 * DAY - MINUTE) == []
    assert world.until(FRIDAY + 4 * DAY) == CLOSED
    assert (world.ticket.status, world.ticket.resolution) == ("closed", "Rebooted")
    assert world.entries == ["closed"]
    assert world.ticket.clock is None


def test_what_is_opened_again_does_not_close_and_a_new_resolution_begins_anew() -> None:
    world = World("close")
    world.step("resolve", CHLOE, resolution="Rebooted")
    world.until(FRIDAY + DAY)
    world.step("reopen", BEN)
    assert world.until(FRIDAY + 9 * DAY) == []
    world.step("resolve", CHLOE, resolution="Replaced")
    world.says(CHLOE, "C1:7.0")
    world.step("edit", CHLOE, summary="VPN is down")
    assert world.until(FRIDAY + 11 * DAY - MINUTE) == []
    assert world.until(FRIDAY + 11 * DAY) == CLOSED


def test_a_requester_who_wants_quiet_is_not_told_that_it_closed() -> None:
    world = World("close")
    world.settings = world.settings.model_copy(update={"levels": {BEN: "quiet"}})
    world.step("resolve", CHLOE, resolution="Rebooted")
    assert world.until(FRIDAY + 9 * DAY) == []
    assert world.ticket.status == "closed"


def test_what_was_resolved_before_counts_from_the_moment_of_the_switch() -> None:
    world = World()
    world.step("resolve", CHLOE, resolution="Rebooted")
    world.at = FRIDAY + 30 * DAY
    clock = ClockSettings(since={"close": world.at}, close_days=2)
    world.settings = world.settings.model_copy(update={"clock": clock})
    world.swept()
    assert world.until(FRIDAY + 32 * DAY - MINUTE) == []
    assert world.until(FRIDAY + 32 * DAY) == CLOSED


def test_a_rule_that_was_switched_off_meanwhile_does_nothing() -> None:
    for is_resolved in (False, True):
        world = World("stale", "close")
        if is_resolved:
            world.step("resolve", CHLOE, resolution="Rebooted")
        world.settings = world.settings.model_copy(update={"clock": ClockSettings()})
        assert world.until(FRIDAY + 9 * DAY) == []
        assert world.ticket.status != "closed"


STEPS = st.sampled_from(["wait", "ben", "chloe", "still", "hold", "resume", "resolve", "reopen"])


@given(st.lists(st.tuples(STEPS, st.integers(1, 4000)), max_size=25))
def test_whatever_happens_nobody_is_told_twice_in_a_row(doings: list[tuple[str, int]]) -> None:
    """Between two words of anybody's, whoever has it is asked at most once, the lead at most once, and the requester is
    answered at most once; and a moment that is looked at again does nothing more."""
    world = World("stale", "close")
    for number, (what, minutes) in enumerate(doings):
        told = world.until(world.at + minutes * MINUTE)
        asked = [each for each in told if each[0] in {"stale", "asked_again"}]
        assert len(asked) == len(set(asked))
        assert world.struck() == []
        match what:
            case "ben" | "chloe":
                world.says(BEN if what == "ben" else CHLOE, f"C1:{number}.0")
            case "still" if world.ticket.is_open:
                world.still(CHLOE)
            case "hold" if world.ticket.status in {"assigned", "in_progress"}:
                until = world.at + 600 * MINUTE
                world.step("hold", CHLOE, holdReason="parts", holdUntil=until.isoformat())
            case "resume" if world.ticket.status == "on_hold":
                world.step("resume", CHLOE)
            case "resolve" if world.ticket.is_open:
                world.step("resolve", CHLOE, resolution="Rebooted")
            case "reopen" if not world.ticket.is_open:
                world.step("reopen", BEN)
