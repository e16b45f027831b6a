"""Warnings before a target is missed, pages once it was, and what answers them."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.clock import alerts, rules
from bot.domain.clock.alerts import OnIt
from bot.domain.clock.context import CLOCK, Change, Moment
from bot.domain.clock.service_levels import Policy
from bot.domain.clock.settings import ClockSettings, RuleName
from bot.domain.history import PRIVATE
from bot.domain.lifecycle import NotNow, StepContext, restore, take, withdraw
from bot.domain.news import News
from bot.domain.permissions import Actor, may
from bot.domain.queues import Queue
from bot.domain.ticket import Ticket
from bot.domain.workspace_settings import WorkspaceSettings
from tests.domain.test_telling import ANA, BEN, CHLOE, EMIL, NOW, fresh, ticket

DANA, TEAM = "U0DANA", "C0NET"
DUE = NOW + timedelta(hours=10)
SOON = NOW + timedelta(hours=8)
NETWORK = Queue(name="network", channel=TEAM, owner=DANA)


def settings(*on: RuleName, **clock: object) -> WorkspaceSettings:
    chosen = ClockSettings.model_validate({"since": dict.fromkeys(on, NOW), **clock})
    return WorkspaceSettings(queues=(NETWORK,), clock=chosen)


ALL = settings("warn", "escalate", "unclaimed")


def planned(
    before: Ticket | None, after: Ticket, at: datetime = NOW, known: WorkspaceSettings = ALL
) -> Ticket:
    return rules.changed(after, Change(before, known, at))


def due(known: WorkspaceSettings = ALL, **fields: str) -> Ticket:
    """Chloe's, due ten hours after it was made."""
    wire = {"assignedUserId": CHLOE, "status": "in_progress", "slaDueAt": DUE.isoformat(), **fields}
    given = {name: value for name, value in wire.items() if value}
    return planned(None, ticket(1, **given), known=known)


def unclaimed(known: WorkspaceSettings = ALL) -> Ticket:
    return planned(None, ticket(priority="critical"), known=known)


def moment(at: datetime, known: WorkspaceSettings = ALL, **fields: object) -> Moment:
    """Emil is on call, and Ana next."""
    there = Moment(at, known, NETWORK, (EMIL, ANA))
    return there._replace(**fields)  # type: ignore[arg-type]


def struck(
    at: Ticket, when: datetime, known: WorkspaceSettings = ALL, **fields: object
) -> tuple[Ticket, Sequence[News]]:
    """What the clock does by then."""
    return rules.struck(fresh(at), moment(when, known, **fields))


def run(
    at: Ticket, until: datetime, known: WorkspaceSettings = ALL, **fields: object
) -> tuple[Ticket, list[tuple[datetime, str, str]]]:
    """All that the clock does until then: when, whom it tells, and of what."""
    found: list[tuple[datetime, str, str]] = []
    while (when := rules.next_moment(at)) and when <= until:
        at, told = struck(at, when, known, **fields)
        found += [(when, each.to, each.event) for each in told]
    return at, found


def hours(count: float) -> datetime:
    return NOW + timedelta(hours=count)


def minutes(count: float, since: datetime = NOW) -> datetime:
    return since + timedelta(minutes=count)


def test_a_target_is_warned_of_once_and_escalates_in_its_steps_when_it_is_missed() -> None:
    _, told = run(due(), hours(24))
    assert told == [
        (SOON, CHLOE, "due_soon"),
        (DUE, CHLOE, "late"),
        (DUE, EMIL, "late"),
        (minutes(15, DUE), ANA, "late"),
        (minutes(30, DUE), DANA, "late"),
    ]


HOLDERS: dict[str, tuple[dict[str, str], dict[str, object], tuple[str, str] | None]] = {
    "whoever has it": ({}, {}, (CHLOE, "assignee")),
    "who has it has left": ({}, {"left": {CHLOE}}, (EMIL, "on_call")),
    "nobody has it": ({"assignedUserId": "", "status": "new"}, {}, (EMIL, "on_call")),
    "nobody is on call": ({"assignedUserId": "", "status": "new"}, {"on_call": ()}, (TEAM, "team")),
    "there is no queue": (
        {"assignedUserId": "", "status": "new"},
        {"on_call": (), "queue": None},
        None,
    ),
    "there is no queue, but an admin": (
        {"assignedUserId": "", "status": "new"},
        {"on_call": (), "queue": None, "admins": (DANA,)},
        (DANA, "lead"),
    ),
}


@pytest.mark.parametrize(("fields", "there", "expected"), HOLDERS.values(), ids=HOLDERS)
def test_who_is_warned(
    fields: dict[str, str], there: dict[str, object], expected: tuple[str, str] | None
) -> None:
    after, told = struck(due(ALL, **fields), SOON, ALL, **there)
    assert [(each.to, each.role) for each in told] == ([expected] if expected else [])
    assert struck(after, SOON, ALL, **there) == (fresh(after), ()), "once"


def test_a_warning_that_is_put_off_comes_again_in_an_hour_and_not_once_it_was_answered() -> None:
    warned, _ = struck(due(), SOON)
    put = alerts.put_off(warned, StepContext(CHLOE, SOON))
    assert put.new_entries[-1].what == "warning_snoozed"
    again, told = run(put, minutes(60, SOON))
    assert told == [(minutes(60, SOON), CHLOE, "due_soon")]
    answered = alerts.answer(put, StepContext(CHLOE, SOON))
    assert run(answered, minutes(60, SOON))[1] == []
    with pytest.raises(NotNow, match="no warning"):
        alerts.put_off(answered, StepContext(CHLOE, SOON))
    assert alerts.put_off(again, StepContext(CHLOE, minutes(60, SOON))) != again


def test_at_night_a_warning_waits_for_the_morning_of_whoever_has_it() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    late = due(slaDueAt=hours(22).isoformat())
    after, told = struck(late, hours(18), zone=lambda _: berlin)  # four in the morning
    assert told == ()
    assert rules.next_moment(after) == datetime(2026, 11, 24, 7, tzinfo=berlin)
    assert struck(late, hours(18), zone=lambda _: berlin, on_call=(CHLOE,))[1] != ()
    critical = due(slaDueAt=hours(22).isoformat(), priority="critical")
    assert struck(critical, hours(18), zone=lambda _: berlin)[1] != ()


Step = Callable[[Ticket], Ticket]


def step(name: str, **fields: str | None) -> Step:
    return lambda at: take(at, name, fields, StepContext(BEN, minutes(1, DUE)))  # type: ignore[arg-type]


ANSWERS: dict[str, tuple[Step, bool]] = {
    "taken by somebody": (step("assign", assignedUserId=BEN), True),
    "given to somebody": (step("assign", assignedUserId=ANA), True),
    "held": (step("hold", holdReason="parts"), True),
    "resolved": (step("resolve", resolution="done"), True),
    "no ticket": (lambda at: withdraw(at, StepContext(BEN, DUE)), True),
    "its due time moved": (step("triage", slaDueAt=hours(99).isoformat()), True),
    "no target any more": (step("triage", slaDueAt=None), True),
    "taken off its assignee": (step("unassign"), False),
    "in another queue": (step("triage", assignedQueue="facilities"), False),
    "less urgent": (step("triage", priority="low"), False),
    "edited": (step("edit", summary="VPN down again"), False),
    "a note": (lambda at: take(at, "note", {}, StepContext(BEN, DUE, "hm")), False),
}


@pytest.mark.parametrize(("change", "answers"), ANSWERS.values(), ids=ANSWERS)
def test_what_answers_a_page(change: Step, *, answers: bool) -> None:
    late, _ = struck(due(), DUE)
    after = planned(late, change(fresh(late)), minutes(1, DUE))
    told = [event for _, _, event in run(after, hours(20))[1]]
    assert ("late" in told) is not answers


def test_whoever_is_on_it_ends_the_page_and_takes_what_nobody_has() -> None:
    late, _ = struck(unclaimed(), minutes(10))
    answered = alerts.answer(fresh(late), StepContext(EMIL, minutes(11)))
    assert [entry.what for entry in answered.new_entries] == ["acknowledged", "assigned"]
    assert answered.assigned_user_id == EMIL
    assert run(planned(late, answered, minutes(11)), hours(99))[1] == []
    assert alerts.answer(answered, StepContext(EMIL, minutes(12))) is answered, "a second press does nothing"
    with pytest.raises(OnIt, match=f"@{EMIL} is on T-1 already"):
        alerts.answer(answered, StepContext(ANA, minutes(12)))


def test_whoever_is_on_it_leaves_the_ticket_with_the_one_who_has_it() -> None:
    late, _ = struck(due(), DUE)
    answered = alerts.answer(late, StepContext(EMIL, DUE))
    assert answered.assigned_user_id == CHLOE
    assert run(planned(late, answered, DUE), hours(99))[1] == []
    with pytest.raises(OnIt, match=EMIL):
        alerts.answer(answered, StepContext(CHLOE, DUE))


def test_whoever_gets_a_ticket_is_on_what_others_were_warned_of() -> None:
    warned, _ = struck(due(assignedUserId="", status="new"), SOON)
    given = planned(warned, step("assign", assignedUserId=ANA)(fresh(warned)), SOON)
    with pytest.raises(OnIt, match=ANA):
        alerts.answer(given, StepContext(EMIL, SOON))


def test_nobody_is_on_what_is_done() -> None:
    late, _ = struck(unclaimed(), minutes(10))
    done = step("resolve", resolution="done")(late)
    with pytest.raises(NotNow, match="is done already"):
        alerts.answer(planned(late, done, DUE), StepContext(ANA, DUE))


UNCLAIMED: dict[str, tuple[Step, bool]] = {
    "nothing": (lambda at: at, True),
    "a comment, a note": (lambda at: take(at, "note", {}, StepContext(BEN, minutes(1), "hm")), True),
    "taken": (step("assign", assignedUserId=BEN), False),
    "less urgent": (step("triage", priority="high"), False),
    "snoozed": (step("snooze", snoozedUntil=hours(99).isoformat()), False),
    "resolved": (step("resolve", resolution="done"), False),
}


@pytest.mark.parametrize(("change", "pages"), UNCLAIMED.values(), ids=UNCLAIMED)
def test_a_critical_ticket_that_nobody_takes_pages_on_call(change: Step, *, pages: bool) -> None:
    begun = unclaimed()
    _, told = run(planned(begun, change(begun), minutes(1)), minutes(20))
    assert told == ([(minutes(10), EMIL, "paged")] if pages else [])


def test_the_minutes_count_from_when_it_became_critical_or_lost_its_assignee() -> None:
    calm = planned(None, ticket())
    assert rules.next_moment(calm) is None
    critical = planned(calm, step("triage", priority="critical")(calm), hours(2))
    assert rules.next_moment(critical) == minutes(10, hours(2))
    taken = planned(critical, step("assign", assignedUserId=BEN)(critical), hours(3))
    assert rules.next_moment(taken) is None
    freed = planned(taken, step("unassign")(taken), hours(4))
    assert rules.next_moment(freed) == minutes(10, hours(4))


def test_it_pages_the_next_one_and_the_history_tells_who_was_told_when() -> None:
    first, _ = struck(unclaimed(), minutes(10))
    second, _ = struck(first, minutes(25))
    (one,) = first.new_entries
    (two,) = second.new_entries
    assert (one.actor, one.what, one.at) == (CLOCK, "paged", minutes(10))
    assert [(each.field, each.after) for each in one.changes] == [("paged", EMIL), ("because", "unclaimed")]
    assert two.changes[0].after == ANA
    assert one.what not in PRIVATE


def test_whoever_has_do_not_disturb_on_is_passed_over_and_the_next_one_hears_why() -> None:
    until = hours(9)
    after, told = struck(unclaimed(), minutes(10), silenced={EMIL: until})
    assert [(each.to, [silence.user for silence in each.unreached]) for each in told] == [
        (EMIL, []),
        (ANA, [EMIL]),
    ]
    silence = after.new_entries[0].changes[-1]
    assert (silence.field, silence.before, silence.after) == ("notReached", EMIL, "2026-11-23T18:00:00Z")


OFF: dict[str, tuple[WorkspaceSettings, list[tuple[str, bool]]]] = {
    "all are on": (ALL, [("due_soon", True), ("late", True)]),
    "only warnings": (settings("warn"), [("due_soon", True), ("late", False)]),
    "only pages": (settings("escalate"), [("due_soon", False), ("late", True)]),
    "none is on": (settings(), [("due_soon", False), ("late", False)]),
    "off for this queue": (
        settings("warn", "escalate", off={"warn": ["Network"], "escalate": ["Network"]}),
        [("due_soon", False), ("late", False)],
    ),
    "off for another queue": (
        settings("warn", off={"warn": ["facilities"]}),
        [("due_soon", True), ("late", False)],
    ),
}


@pytest.mark.parametrize(("known", "expected"), OFF.values(), ids=OFF)
def test_each_rule_says_instead_of_the_one_word_that_all_hear_what_is_to_be_answered(
    known: WorkspaceSettings, expected: list[tuple[str, bool]]
) -> None:
    at, found = due(known), list[tuple[str, bool]]()
    while (when := rules.next_moment(at)) and when <= DUE:
        at, told = struck(at, when, known, on_call=())
        found += [(each.event, each.about is not None) for each in told]
        assert {each.to for each in told} <= {CHLOE}
    assert found == expected


def test_without_a_rule_a_ticket_keeps_nothing() -> None:
    assert due(settings()).clock is None
    assert planned(None, ticket()).clock is None


def test_a_rule_that_is_switched_off_meanwhile_says_nothing_and_ends_its_page() -> None:
    late, _ = struck(due(), DUE)
    _, told = run(late, hours(99), settings())
    assert told == []


def test_the_steps_are_those_of_when_it_began() -> None:
    late, _ = struck(due(), DUE)
    other = settings("warn", "escalate", steps=[{"after": 0, "to": "channel"}])
    _, told = run(late, hours(20), other)
    assert [who for _, who, _ in told] == [ANA, DANA]


def test_what_is_late_when_a_rule_is_switched_on_pages_at_once_and_warns_no_more() -> None:
    old = due(settings())
    swept = planned(old, old, hours(12))
    assert rules.next_moment(swept) is not None
    _, told = struck(swept, hours(12))
    assert [(each.to, each.event) for each in told] == [(CHLOE, "late"), (EMIL, "late")]


def test_a_target_that_is_late_while_a_page_is_open_begins_no_second_one() -> None:
    critical = planned(None, ticket(priority="critical", slaDueAt=minutes(12).isoformat()))
    _, told = run(critical, minutes(26))
    assert [(who, event) for _, who, event in told] == [
        (EMIL, "due_soon"),
        (EMIL, "paged"),
        (ANA, "paged"),
    ]


POLICY = Policy(name="All", response=60, assignment=30, resolution=600, pauses="all")
LEVELS = settings("levels", "warn", "escalate", policies=[POLICY.to_wire()])


def test_each_target_of_a_service_level_is_warned_of_and_pages_while_it_waits() -> None:
    begun = planned(None, ticket(), known=LEVELS)
    after, told = run(begun, minutes(60), LEVELS)
    assert told == [
        (minutes(24), EMIL, "due_soon"),
        (minutes(30), EMIL, "late"),
        (minutes(45), ANA, "late"),
        (minutes(48), EMIL, "due_soon"),
        (minutes(60), DANA, "late"),
    ]
    taken = take(fresh(after), "assign", {"assignedUserId": CHLOE}, StepContext(CHLOE, minutes(61)))
    taken = planned(after, taken, minutes(61), LEVELS)
    assert taken.clock
    assert [each.about for each in taken.clock.alerts] == ["resolution"]
    _, told = run(taken, hours(11), LEVELS)
    assert told[0] == (hours(8), CHLOE, "due_soon")
    assert told[1:3] == [(hours(10), CHLOE, "late"), (hours(10), EMIL, "late")]


def test_a_page_goes_on_for_the_other_target_where_the_one_it_began_with_is_met() -> None:
    policy = Policy(name="All", assignment=30, response=40)
    levels = settings("levels", "escalate", policies=[policy.to_wire()])
    late, told = run(planned(None, ticket(), known=levels), minutes(40), levels)
    assert _abouts(late) == ["assignment", "response"]
    assert [who for _, who, _ in told] == [EMIL]
    met = late.model_copy(update={"assigned_user_id": BEN})  # whom the clock does not see take it
    after = planned(met, met, minutes(41), levels)
    assert _abouts(after) == ["response"]
    _, told = run(after, minutes(59), levels)
    assert [who for _, who, _ in told] == [ANA]


def test_what_is_late_after_a_page_that_nobody_has_answered_begins_another_one() -> None:
    policy = Policy(name="All", response=30, resolution=600)
    levels = settings("levels", "escalate", policies=[policy.to_wire()])
    _, told = run(planned(None, ticket(), known=levels), hours(11), levels)
    one = [(minutes(30), EMIL, "late"), (minutes(45), ANA, "late"), (minutes(60), DANA, "late")]
    assert told == [*one, *((when + timedelta(minutes=570), who, event) for when, who, event in one)]


def _abouts(at: Ticket) -> list[str]:
    assert at.clock
    assert at.clock.page
    return [at.clock.page.about, *at.clock.page.also]


def test_what_was_said_before_a_hold_is_not_said_again_after_it() -> None:
    mine = planned(None, ticket(assignedUserId=CHLOE, status="in_progress"), known=LEVELS)
    warned, told = run(mine, hours(9), LEVELS)
    assert (hours(8), CHLOE, "due_soon") in told
    held = take(fresh(warned), "hold", {"holdReason": "parts"}, StepContext(CHLOE, hours(9)))
    held = planned(warned, held, hours(9), LEVELS)
    assert run(held, hours(30), LEVELS)[1] == []
    back = take(fresh(held), "resume", {}, StepContext(CHLOE, hours(30)))
    back = planned(held, back, hours(30), LEVELS)
    _, told = run(back, hours(31), LEVELS)
    assert told == [(hours(31), CHLOE, "late"), (hours(31), EMIL, "late")]


@pytest.mark.parametrize("when", [hours(-1), hours(1)])
def test_whoever_gives_a_time_that_is_soon_or_past_knows_it(when: datetime) -> None:
    given = planned(None, ticket(slaDueAt=when.isoformat()), at=hours(0.9))
    assert run(given, hours(0.95))[1] == []


@pytest.mark.parametrize("action", ["see", "work", "assign"])
def test_whoever_was_paged_works_the_ticket_while_it_is_open(action: str) -> None:
    late, _ = run(due(), hours(20))
    lead = Actor(user=DANA, is_known=True, elsewhere=frozenset({"network"}))
    assert not may(lead, action, due())  # type: ignore[arg-type]
    assert may(lead, action, late)  # type: ignore[arg-type]
    outsider = Actor(user=DANA, is_known=True, is_outsider=True)
    assert not may(outsider, action, late)  # type: ignore[arg-type]
    done = step("resolve", resolution="done")(late)
    assert not may(lead, action, planned(late, done, hours(20)))  # type: ignore[arg-type]


_ACTS = st.sampled_from(["wait", "lost", "answer", "snooze"])


@given(acts=st.lists(st.tuples(st.integers(0, 900), _ACTS), max_size=15), critical=st.booleans())
def test_under_any_order_nobody_is_told_twice_for_one_step_and_an_answer_ends_it(
    acts: Sequence[tuple[int, str]], *, critical: bool
) -> None:
    """`lost`: the process ends before what the clock did is saved; then nothing of it was told either."""
    at, now = unclaimed() if critical else due(), NOW
    paged: list[str] = []
    is_answered = False
    for wait, act in acts:
        now += timedelta(minutes=wait)
        after, told = struck(at, now)
        if act == "lost":
            continue
        at = Ticket.model_validate(after.model_dump(mode="json", exclude_none=True))
        if is_answered:
            assert told == ()
        paged += [each.to for each in told if each.event in {"paged", "late"}]
        assert len(paged) == len({*paged})
        if act == "answer" and at.clock and at.clock.alerted:
            at = planned(at, alerts.answer(at, StepContext(EMIL, now)), now)
            is_answered = not any(each.page_at for each in (at.clock.alerts if at.clock else ()))


def _paged_after_a_warning(
    act: Callable[[Ticket], Ticket], known: WorkspaceSettings
) -> list[tuple[datetime, str, str]]:
    warned, _ = struck(due(known), SOON, known)
    return run(planned(warned, act(fresh(warned)), SOON, known), hours(24), known)[1]


def test_of_what_was_acknowledged_whoever_has_it_hears_alone_and_the_others_a_quarter_later() -> None:
    told = _paged_after_a_warning(lambda at: alerts.answer(at, StepContext(CHLOE, SOON)), ALL)
    assert told == [
        (DUE, CHLOE, "late"),
        (minutes(15, DUE), EMIL, "late"),
        (minutes(30, DUE), ANA, "late"),
        (minutes(45, DUE), DANA, "late"),
    ]


def test_a_warning_put_off_past_its_time_is_not_said_late_twice() -> None:
    last = minutes(90, SOON)
    warned, _ = struck(due(settings("warn")), last, settings("warn"))
    put = planned(warned, alerts.put_off(fresh(warned), StepContext(CHLOE, last)), last, settings("warn"))
    assert run(put, hours(24), settings("warn"))[1] == [(DUE, CHLOE, "late")]


MOVED: dict[str, Step] = {
    "to another queue and person": step("assign", assignedQueue="hr", assignedUserId=BEN),
    "to another person": step("assign", assignedUserId=BEN),
    "given back": step("unassign"),
}


@pytest.mark.parametrize("action", ["see", "work", "read_notes", "assign", "close"])
@pytest.mark.parametrize("change", MOVED.values(), ids=MOVED)
@pytest.mark.parametrize("when", [SOON, DUE], ids=["warned", "paged"])
def test_whoever_had_it_has_no_rights_left_by_a_warning_or_a_page(
    when: datetime, change: Step, action: str
) -> None:
    stranger = Actor(user=CHLOE, is_known=True, elsewhere=frozenset({"network", "hr"}))
    told, _ = struck(due(), when)
    assert may(stranger, action, told)  # type: ignore[arg-type]
    after = planned(told, change(fresh(told)), when)
    assert not may(stranger, action, after)  # type: ignore[arg-type]


def test_another_queue_takes_the_rights_of_whoever_was_paged_for_the_first() -> None:
    late, _ = run(due(), hours(20))
    lead = Actor(user=DANA, is_known=True, elsewhere=frozenset({"network", "hr"}))
    assert may(lead, "work", late)
    moved = planned(late, step("triage", assignedQueue="hr")(fresh(late)), hours(20))
    assert not may(lead, "work", moved)


def test_whoever_is_on_it_keeps_their_rights() -> None:
    late, _ = run(due(), hours(20))
    lead = Actor(user=DANA, is_known=True, elsewhere=frozenset({"network"}))
    answered = planned(late, alerts.answer(fresh(late), StepContext(DANA, hours(20))), hours(20))
    assert may(lead, "work", answered)


@pytest.mark.parametrize("undo", ["reopen", "restore"])
def test_what_was_paged_is_not_paged_again_when_it_comes_back(undo: str) -> None:
    late, _ = struck(due(), DUE)
    if undo == "reopen":
        over = step("resolve", resolution="done")(fresh(late))
    else:
        over = withdraw(fresh(late), StepContext(BEN, DUE))
    over = planned(late, over, minutes(1, DUE))
    assert rules.next_moment(over) is None
    if undo == "reopen":
        back = take(fresh(over), "reopen", {}, StepContext(BEN, minutes(9, DUE)))
    else:
        back = restore(fresh(over), over.new_entries[-1], StepContext(BEN, minutes(9, DUE)))
    assert run(planned(over, back, minutes(9, DUE)), hours(48))[1] == []
