"""Which step may follow which, and that a history always adds up to its ticket."""

from datetime import UTC, datetime, timedelta
from typing import get_args
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from bot.domain.contract import Status, parse
from bot.domain.errors import DeskError, InvalidInput
from bot.domain.history import wire_state
from bot.domain.lifecycle import (
    UNDO_WITHIN,
    NotNow,
    StepContext,
    merge,
    restore,
    step_to,
    steps,
    take,
    undo,
    withdraw,
)
from bot.domain.steps import STEPS, StepName
from bot.domain.ticket import Origin, Ticket, opened
from tests.histories import replayed

LEADING = [row.name for row in STEPS.values() if row.ends]
TAKEN = [
    row.name
    for row in STEPS.values()
    if row.what and row.name not in {"merge", "withdraw", "undo", "restore"}
]
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
ANA = StepContext("U1", NOW)
NEEDED: dict[StepName, dict[str, JsonValue]] = {
    "assign": {"assignedUserId": "U2"},
    "hold": {"holdReason": "Waits for parts"},
    "resolve": {"resolution": "Toner replaced"},
}


def new() -> Ticket:
    wire = {
        "customerId": "acme",
        "siteId": "hq",
        "ticketType": "other",
        "sourceChannel": "internal",
        "summary": "Printer down",
    }
    origin = Origin(way="command", channel="C1")
    return opened(parse(wire), ticket_id=UUID(int=1), number=1, actor="U9", origin=origin, now=NOW)


def after(*path: StepName) -> Ticket:
    ticket = new()
    for step in path:
        ticket = take(ticket, step, NEEDED.get(step, {}), ANA)
    return ticket


IN_STATUS: dict[Status, Ticket] = {
    "new": new(),
    "triaged": after("triage"),
    "assigned": after("assign"),
    "in_progress": after("start"),
    "on_hold": after("start", "hold"),
    "resolved": after("resolve"),
    "closed": after("resolve", "close"),
}


@pytest.mark.parametrize(
    ("status", "allowed"),
    [
        ("new", {"triage", "assign", "start", "hold", "resolve"}),
        ("triaged", {"triage", "assign", "start", "hold", "resolve"}),
        ("assigned", {"triage", "assign", "unassign", "start", "hold", "resolve"}),
        ("in_progress", {"triage", "assign", "unassign", "hold", "resolve"}),
        ("on_hold", {"triage", "assign", "unassign", "resume", "resolve"}),
        ("resolved", {"close", "reopen"}),
        ("closed", {"reopen"}),
    ],
)
def test_each_status_allows_its_steps_and_refuses_the_others_with_what_it_allows(
    status: Status, allowed: set[StepName]
) -> None:
    ticket = IN_STATUS[status]
    assert ticket.status == status
    assert set(steps(ticket)) & set(LEADING) == allowed
    for step in set(LEADING) - allowed:
        with pytest.raises(NotNow, match=r"so it is not possible to \w+ it now\. What is:"):
            take(ticket, step, NEEDED.get(step, {}), ANA)


@pytest.mark.parametrize(("step", "field"), [("hold", "holdReason"), ("resolve", "resolution")])
def test_a_step_asks_for_what_it_needs(step: StepName, field: str) -> None:
    for given_fields in ({}, {field: None}, {field: " "}):
        with pytest.raises(InvalidInput) as refused:
            take(new(), step, given_fields, ANA)
        assert [problem.field for problem in refused.value.problems] == [field]


def test_assigning_needs_a_person_or_a_queue() -> None:
    with pytest.raises(InvalidInput, match="Choose a person or a queue"):
        take(new(), "assign", {}, ANA)
    assert take(new(), "assign", {"assignedQueue": "network"}, ANA).status == "assigned"


def test_work_goes_on_where_it_was_when_somebody_else_gets_it() -> None:
    held = take(IN_STATUS["on_hold"], "assign", {"assignedUserId": "U3"}, ANA)
    assert (held.status, held.assigned_user_id, held.hold_reason) == ("on_hold", "U3", "Waits for parts")


def test_work_that_is_handed_to_a_queue_waits_for_somebody_there() -> None:
    to_queue: dict[str, JsonValue] = {"assignedUserId": None, "assignedQueue": "network"}
    handed = take(IN_STATUS["on_hold"], "assign", to_queue, ANA)
    assert (handed.status, handed.assigned_user_id, handed.hold_reason) == ("assigned", None, None)


@pytest.mark.parametrize(
    ("status", "fields", "after_triage"),
    [
        ("new", {}, "triaged"),
        ("new", {"assignedQueue": "network"}, "triaged"),
        ("new", {"assignedUserId": "U3"}, "assigned"),
        ("triaged", {"assignedUserId": "U3"}, "assigned"),
        ("assigned", {"priority": "low"}, "assigned"),
        ("assigned", {"assignedUserId": None}, "triaged"),
        ("in_progress", {"assignedUserId": "U3"}, "in_progress"),
        ("in_progress", {"assignedUserId": None}, "triaged"),
        ("on_hold", {"priority": "low"}, "on_hold"),
    ],
)
def test_triage_leads_where_the_assignee_says(
    status: Status, fields: dict[str, JsonValue], after_triage: Status
) -> None:
    triaged = take(IN_STATUS[status], "triage", fields, ANA)
    assert triaged.status == after_triage
    assert triaged.new_entries[-1].what == "triaged"


def test_what_is_snoozed_stays_new_until_somebody_takes_a_step() -> None:
    snoozed = take(new(), "triage", {"snoozedUntil": "2026-11-25T09:00:00Z", "priority": "low"}, ANA)
    assert (snoozed.status, snoozed.priority, snoozed.new_entries[-1].what) == ("new", "low", "snoozed")
    assert take(snoozed, "start", {}, ANA).snoozed_until is None


@pytest.mark.parametrize(("step", "field"), [("triage", "snoozedUntil"), ("hold", "holdUntil")])
def test_nothing_waits_for_the_past(step: StepName, field: str) -> None:
    with pytest.raises(InvalidInput, match="already passed") as refused:
        take(new(), step, {**NEEDED.get(step, {}), field: "2026-11-24T09:00:00Z"}, ANA)
    assert refused.value.problems[0].field == field


def test_a_duplicate_is_closed_and_points_to_the_other() -> None:
    other = new().model_copy(update={"id": UUID(int=7), "number": 7})
    merged = merge(IN_STATUS["on_hold"], other, {"priority": "low"}, ANA)
    assert (merged.status, merged.resolution, merged.duplicate_of) == ("closed", "Duplicate of T-7", 7)
    assert (merged.related_ticket_id, merged.priority, merged.hold_reason) == (UUID(int=7), "low", None)
    reopened = take(merged, "reopen", {}, ANA)
    assert (reopened.duplicate_of, reopened.resolution) == (None, None)


@pytest.mark.parametrize(
    ("other", "why"),
    [
        ({}, "T-1 cannot be a duplicate of itself"),
        ({"number": 7, "duplicate_of": 3}, "T-7 is a duplicate itself. Choose T-3"),
        ({"number": 7, "withdrawn_at": NOW}, "T-7 was found to be no ticket"),
    ],
)
def test_a_ticket_is_a_duplicate_only_of_one_to_go_on_with(other: dict[str, object], why: str) -> None:
    with pytest.raises(InvalidInput, match=why):
        merge(new(), new().model_copy(update=other), {}, ANA)


@pytest.mark.parametrize(
    ("status", "wanted", "step"),
    [
        ("new", "in_progress", "start"),
        ("on_hold", "in_progress", "resume"),
        ("closed", "in_progress", "reopen"),
        ("new", "triaged", "triage"),
        ("in_progress", "triaged", "unassign"),
        ("new", "assigned", "assign"),
        ("new", "closed", "close"),
    ],
)
def test_a_status_is_reached_by_its_step(status: Status, wanted: Status, step: StepName) -> None:
    assert step_to(IN_STATUS[status], wanted) == step


@pytest.mark.parametrize(("wanted", "why"), [("assigned", "is assigned already"), ("new", "make it new")])
def test_a_status_that_no_step_leads_to_is_refused(wanted: Status, why: str) -> None:
    with pytest.raises(NotNow, match=why):
        step_to(IN_STATUS["assigned"], wanted)


def test_who_starts_or_resumes_what_nobody_has_gets_it() -> None:
    assert after("start").assigned_user_id == "U1"
    assert after("hold", "resume").assigned_user_id == "U1"
    assert after("assign", "start").assigned_user_id == "U2"


def test_taking_the_assignee_off_leads_back_to_triage() -> None:
    ticket = after("assign", "start", "unassign")
    assert (ticket.status, ticket.assigned_user_id) == ("triaged", None)


def test_a_reopened_ticket_goes_where_its_assignee_is() -> None:
    assert after("assign", "resolve", "reopen").status == "in_progress"
    assert after("resolve", "close", "reopen").status == "triaged"
    queued = take(new(), "assign", {"assignedQueue": "network"}, ANA)
    assert take(take(queued, "resolve", NEEDED["resolve"], ANA), "reopen", {}, ANA).status == "assigned"
    assert after("resolve", "reopen").resolution is None


def test_a_queue_that_triage_takes_off_leaves_nobody_assigned() -> None:
    queued = take(new(), "assign", {"assignedQueue": "network"}, ANA)
    assert take(queued, "triage", {"assignedQueue": None}, ANA).status == "triaged"


def test_an_edit_that_changes_nothing_leaves_no_trace() -> None:
    assert take(new(), "edit", {"summary": "Printer down"}, ANA) == new()


def test_a_status_is_no_field_to_edit() -> None:
    assert take(new(), "edit", {"status": "closed"}, ANA) == new()


def test_an_entry_says_before_and_after_of_each_field() -> None:
    changed = take(new(), "edit", {"summary": "Printer on fire", "priority": "critical"}, ANA)
    assert [(each.field, each.before, each.after) for each in changed.new_entries[-1].changes] == [
        ("priority", "medium", "critical"),
        ("summary", "Printer down", "Printer on fire"),
    ]
    assert changed.version == 2


@pytest.mark.parametrize("status", get_args(Status))
def test_what_is_found_to_be_no_ticket_comes_back_as_it_was_for_ten_minutes(status: Status) -> None:
    before = IN_STATUS[status]
    gone = withdraw(before, ANA)
    assert steps(gone) == ("show", "note", "history", "restore", "status")
    with pytest.raises(NotNow, match="no ticket"):
        take(gone, "reopen", {}, ANA)
    assert wire_state(
        restore(gone, gone.new_entries[-1], StepContext("U1", NOW + UNDO_WITHIN))
    ) == wire_state(before)
    with pytest.raises(NotNow, match="ten minutes"):
        restore(gone, gone.new_entries[-1], StepContext("U1", NOW + UNDO_WITHIN + timedelta(seconds=1)))


FIELDS: st.SearchStrategy[dict[str, JsonValue]] = st.fixed_dictionaries(
    {},
    optional={
        "assignedUserId": st.sampled_from(["U1", "U2"]),
        "assignedQueue": st.sampled_from(["network", None]),
        "holdReason": st.sampled_from(["parts", "", None]),
        "resolution": st.sampled_from(["done", " ", None]),
        "snoozedUntil": st.sampled_from(["2027-01-01T00:00:00Z", None]),
        "priority": st.sampled_from(["low", "critical"]),
    },
)
OF_ONE = {"holdReason": {"hold"}, "resolution": {"resolve"}, "snoozedUntil": {"triage", "snooze"}}
OTHER = new().model_copy(update={"id": UUID(int=7), "number": 7})
ACTS = st.lists(
    st.tuples(
        st.sampled_from([*TAKEN, "merge", "withdraw", "undo", "restore"]),
        FIELDS,
        st.sampled_from(["U1", "U2", "U3"]),
        st.integers(0, 700),
    ),
    max_size=25,
)


@given(ACTS)
def test_whatever_is_done_a_history_adds_up_to_its_ticket_and_no_invariant_breaks(
    acts: list[tuple[str, dict[str, JsonValue], str, int]],
) -> None:
    ticket, now = new(), NOW
    for what, fields, actor, seconds in acts:
        now += timedelta(seconds=seconds)
        context, before = StepContext(actor, now, "Call first" if what == "note" else None), ticket
        try:
            match what:
                case "merge":
                    ticket = merge(ticket, OTHER, {}, context)
                case "undo":
                    ticket = undo(ticket, context)
                case "withdraw":
                    ticket = withdraw(ticket, context)
                case "restore":
                    withdrawals = [
                        entry for entry in ticket.new_entries if entry.what in {"withdrawn", "undone"}
                    ]
                    ticket = restore(ticket, withdrawals[-1] if withdrawals else None, context)
                case _:
                    step = next(each for each in TAKEN if each == what)
                    own = {
                        field: value for field, value in fields.items() if step in OF_ONE.get(field, {step})
                    }
                    ticket = take(ticket, step, own, context)
        except DeskError:
            assert ticket is before
        assert replayed(ticket, ticket.new_entries) == wire_state(ticket)
        assert ticket.version == len(ticket.new_entries)
        assert ticket.status != "assigned" or ticket.assigned_user_id or ticket.assigned_queue
        assert ticket.status != "in_progress" or ticket.assigned_user_id
        assert ticket.status not in {"resolved", "closed"} or (ticket.resolution or "").strip()
        assert (ticket.status == "on_hold") == bool(ticket.hold_reason)
