"""Each step's row is whole, and nothing that is asked of any step in any status falls through."""

from typing import get_args

import pytest
from pydantic import JsonValue

from bot.domain.bulk import BULK_CHOICES, choice_of, require_value, steps_of
from bot.domain.contract import Status
from bot.domain.errors import InvalidInput, NotFound
from bot.domain.fields import TICKET_FIELDS
from bot.domain.lifecycle import NotNow, merge, steps, take, withdraw
from bot.domain.permissions import Actor, may
from bot.domain.steps import STEPS, OtherWhat, Step, StepName, named, past, step_typed
from bot.domain.ticket import Ticket
from bot.domain.ticket_commands import TicketCommand, command_of, known_subcommand, nearest_subcommand
from tests.domain.test_lifecycle import ANA, IN_STATUS, NEEDED

GIVEN: dict[StepName, dict[str, JsonValue]] = {**NEEDED, "snooze": {"snoozedUntil": "2027-01-01T00:00:00Z"}}
NOTED = ANA._replace(note="Call first")

each_step = pytest.mark.parametrize("step", STEPS.values(), ids=lambda step: step.name)


@each_step
def test_a_row_says_all_that_its_step_needs(step: Step) -> None:
    assert step.name == named(step.name).name
    assert bool(step.what) == bool(step.past), "what is stored can be read"
    assert bool(step.title) == bool(step.submit)
    assert bool(step.words) == bool(step.example) == bool(step.help)
    assert step.button or not step.place
    assert step.title or not (step.takes or step.note) or step.part_of, "what it takes has a form"
    assert set(step.needs) <= {*step.takes, *(["note"] if step.note else [])}
    assert set(step.takes) <= set(TICKET_FIELDS)
    assert step.behind in {"", "note", "text", "status", "reminder", "partners", *step.takes}
    assert step.until in {"", *step.takes}
    assert step.starts or step.of_withdrawn, "there is a ticket that it is open to"


@each_step
def test_what_a_step_is_called_after_ticket_is_read_as_it(step: Step) -> None:
    for word in step.words:
        assert step_typed(word.upper()) is step
        assert command_of(f"{word} T-42 at last") == TicketCommand(step.name, (42,), "at last")
        assert known_subcommand(word, [word]) == nearest_subcommand(f"{word}e T-42", [word]) == word
    if step.words:
        assert command_of(step.example) is not None, "its example can be typed"
        assert step.words[0] == step.example.split()[0]


@pytest.mark.parametrize("is_withdrawn", [False, True])
@pytest.mark.parametrize("status", get_args(Status))
@each_step
def test_a_step_is_taken_where_it_is_open_and_else_refused_in_words(
    step: Step, status: Status, *, is_withdrawn: bool
) -> None:
    ticket = withdraw(IN_STATUS[status], ANA) if is_withdrawn else IN_STATUS[status]
    is_open = step.name in steps(ticket)
    assert is_open == (step.of_withdrawn if is_withdrawn else status in step.starts)
    if not is_open:
        with pytest.raises(NotNow, match=r"^T-1 (is|was found) .*\.$"):
            take(ticket, step.name, GIVEN.get(step.name, {}), NOTED)
    elif step.name in {"merge", "withdraw", "undo", "restore"} or not step.what:
        with pytest.raises(ValueError, match=f"{step.name} is not taken"):
            take(ticket, step.name, GIVEN.get(step.name, {}), NOTED)
    else:
        after = take(ticket, step.name, GIVEN.get(step.name, {}), NOTED)
        assert (after.new_entries[-1].what, past(after.new_entries[-1].what)) == (step.what, step.past)


@pytest.mark.parametrize(
    ("actor", "allowed"),
    [
        (
            Actor(user="U1", is_known=True, is_agent=True, reads_all_notes=True),
            {*STEPS} - {"correct", "undo"},
        ),
        (
            Actor(user="U9", is_known=True),
            {
                "close",
                "reopen",
                "edit",
                "history",
                "withdraw",
                "correct",
                "undo",
                "restore",
                "show",
                "status",
                "comment",
                "remind",
            },
        ),
        (
            Actor(user="U1", is_known=True, is_agent=True, elsewhere=frozenset({"network"})),
            {"history", "show", "status", "comment", "remind"},
        ),
        (Actor(user="U7", is_known=True), set()),
    ],
    ids=["an agent", "the requester", "an agent of another queue", "somebody else"],
)
def test_steps_are_for_whom_their_rows_say(actor: Actor, allowed: set[StepName]) -> None:
    ticket = take(IN_STATUS["new"], "triage", {"assignedQueue": "network"}, ANA)
    assert {step.name for step in STEPS.values() if may(actor, step.action, ticket)} == allowed


def test_some_steps_ask_first_and_some_show_what_others_may_change_meanwhile() -> None:
    asking = {step.name for step in STEPS.values() if step.asks}
    assert asking == {"resolve", "hold", "edit", "link", "note", "merge", "snooze", "correct", "priority"}
    assert {step.name for step in STEPS.values() if step.overwrites} == {
        "triage",
        "assign",
        "edit",
        "link",
        "correct",
        "priority",
    }


def test_a_step_takes_no_other_steps_fields() -> None:
    for step, field in (("start", "holdReason"), ("triage", "duplicateOf"), ("hold", "resolution")):
        with pytest.raises(ValueError, match=f"{step} does not take {field}"):
            take(IN_STATUS["new"], named(step).name, {field: "x"}, ANA)


def test_a_duplicate_cannot_be_snoozed() -> None:
    other = IN_STATUS["new"].model_copy(update={"number": 7})
    with pytest.raises(InvalidInput, match="cannot be snoozed as well") as refused:
        merge(IN_STATUS["new"], other, {"snoozedUntil": "2027-01-01T00:00:00Z"}, ANA)
    assert refused.value.problems[0].field == "snoozedUntil"


def test_what_is_no_ticket_is_only_noted_and_looked_at() -> None:
    gone = withdraw(IN_STATUS["new"], ANA)
    with pytest.raises(NotNow, match="was found to be no ticket, so it cannot be changed"):
        take(gone, "edit", {"summary": "Still a ticket"}, ANA)
    assert take(gone, "note", {}, NOTED).new_entries[-1].what == "noted"


def test_a_note_says_something() -> None:
    with pytest.raises(InvalidInput, match="Write the note"):
        take(IN_STATUS["new"], "note", {}, ANA)


def test_every_word_of_a_history_is_read_whoever_stored_it() -> None:
    told = [past(word) for word in (*get_args(OtherWhat), *(row.what for row in STEPS.values() if row.what))]
    assert "changed it" not in told
    assert len(set(told)) == len(told)
    assert past("escalated") == "changed it", "a later version's"


def test_what_no_step_is_called_is_refused_in_words() -> None:
    with pytest.raises(NotFound, match="There is no step “paint”"):
        named("paint")


@pytest.mark.parametrize(
    ("choice", "status", "value", "taken"),
    [
        ("assign", "new", "U2", [("assign", {"assignedUserId": "U2"})]),
        ("move", "closed", "network", [("assign", {"assignedQueue": "network"})]),
        ("close", "new", "Done", [("resolve", {"resolution": "Done"}), ("close", {})]),
        ("close", "new", None, [("close", {})]),
        ("close", "resolved", "Done", [("close", {})]),
    ],
)
def test_what_is_done_to_several_tickets_is_steps_of_each(
    choice: str, status: Status, value: JsonValue, taken: list[tuple[str, dict[str, JsonValue]]]
) -> None:
    ticket: Ticket = IN_STATUS[status]
    assert steps_of(BULK_CHOICES[choice], ticket, value) == taken


def test_what_is_to_be_done_to_several_tickets_needs_whom_and_where() -> None:
    assert choice_of("close") is BULK_CHOICES["close"]
    for choice, asked in (("assign", "Choose a person."), ("move", "Choose a queue.")):
        with pytest.raises(InvalidInput, match=asked):
            require_value(BULK_CHOICES[choice], None, [IN_STATUS["resolved"]])
        require_value(BULK_CHOICES[choice], "U2", [IN_STATUS["new"]])
    with pytest.raises(NotFound):
        choice_of("paint")


@pytest.mark.parametrize(
    ("value", "statuses", "is_asked"),
    [
        (None, ["resolved", "closed"], False),
        (None, ["resolved", "new"], True),
        ("  ", ["on_hold"], True),
        ("Done", ["new", "on_hold"], False),
        (None, [], False),
    ],
)
def test_closing_several_needs_what_was_done_about_those_that_are_open(
    value: str | None, statuses: list[Status], *, is_asked: bool
) -> None:
    tickets = [IN_STATUS[status] for status in statuses]
    if not is_asked:
        return require_value(BULK_CHOICES["close"], value, tickets)
    with pytest.raises(InvalidInput, match="not resolved yet") as refused:
        require_value(BULK_CHOICES["close"], value, tickets)
    assert [problem.field for problem in refused.value.problems] == ["resolution"]
    return None
