"""`ticket.create` against the contract's own file: the schema, what is accepted, what is refused and how."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.contract import CHOICES, FIELDS, REQUIRED, TicketCreate, parse
from bot.domain.errors import InvalidInput, Problem
from bot.domain.fields import label
from bot.domain.ticket import Origin, Ticket, opened
from tests.domain.contract_file import (
    BY_FIELD,
    CONTRACT,
    EXAMPLE,
    Fault,
    Spec,
    Wire,
    faults,
    inputs,
    with_fault,
)
from tests.histories import as_read

SCHEMA = TicketCreate.model_json_schema(by_alias=True)

EVERY_FAULT = [
    pytest.param(spec, fault, id=f"{spec.field}: {ascii(fault[1])[:30]}")
    for spec in CONTRACT
    for fault in faults(spec)
]


def problems_of(wire: Wire) -> tuple[Problem, ...]:
    with pytest.raises(InvalidInput) as refused:
        parse(wire)
    return refused.value.problems


def named(problems: tuple[Problem, ...]) -> list[tuple[str | None, str]]:
    return sorted((problem.field, problem.code) for problem in problems)


def type_in_schema(spec: Spec) -> Wire:
    """How JSON Schema spells a type of the contract."""
    types: dict[str, Wire] = {
        "string": {"type": "string"},
        "enum": {"type": "string", "enum": spec.values},
        "string.date-time": {"type": "string", "format": "date-time"},
        "string.uuid": {"type": "string", "format": "uuid"},
        "number": {"type": "number", "minimum": 0},
    }
    return types[spec.type]


def test_the_schema_has_the_contracts_fields_in_its_order_and_no_others() -> None:
    assert list(SCHEMA["properties"]) == [spec.field for spec in CONTRACT] == list(FIELDS)
    assert SCHEMA["additionalProperties"] is False


@pytest.mark.parametrize("spec", CONTRACT, ids=lambda spec: spec.field)
def test_a_field_of_the_schema_is_the_contracts(spec: Spec) -> None:
    schema = SCHEMA["properties"][spec.field]
    expected = type_in_schema(spec)
    if not spec.required:
        expected = {"anyOf": [expected, {"type": "null"}]}
    if not spec.must_be_given:
        expected |= {"default": spec.default}
    expected |= {"description": spec.description}

    assert {key: value for key, value in schema.items() if key != "title"} == expected
    assert (spec.field in SCHEMA["required"]) == spec.must_be_given


def test_what_must_be_given_and_what_may_be_chosen_are_the_contracts() -> None:
    assert {spec.field for spec in CONTRACT if spec.must_be_given} == REQUIRED
    assert {spec.field: tuple(spec.values) for spec in CONTRACT if spec.type == "enum"} == CHOICES


def test_the_contracts_own_example_is_accepted() -> None:
    assert parse(EXAMPLE).to_wire() == completed(EXAMPLE)


def completed(wire: Wire) -> Wire:
    """What the contract makes of an input: its defaults filled in."""
    return {spec.field: wire.get(spec.field, spec.default) for spec in CONTRACT}


@given(inputs())
def test_what_is_valid_by_the_contract_is_accepted_and_comes_back_unchanged(wire: Wire) -> None:
    create = parse(wire)
    back = create.to_wire()

    due, due_back = wire.get("slaDueAt"), back.get("slaDueAt")
    assert back | {"slaDueAt": None} == completed(wire) | {"slaDueAt": None}
    if isinstance(due, str):
        assert isinstance(due_back, str)
        assert due_back.endswith("Z")
        assert datetime.fromisoformat(due_back) == datetime.fromisoformat(due)
        assert create.sla_due_at is not None
        assert create.sla_due_at.tzinfo is UTC
    else:
        assert due_back is None
    assert parse(back) == create


@pytest.mark.parametrize(("spec", "fault"), EVERY_FAULT)
def test_one_fault_is_refused_and_named(spec: Spec, fault: Fault) -> None:
    code, value = fault
    (problem,) = problems_of(with_fault(EXAMPLE, spec.field, value))
    assert (problem.field, problem.code) == (spec.field, code)
    assert problem.message.startswith(label(spec.field))
    assert problem.message.endswith(".")


@given(inputs(), st.data())
def test_whatever_else_is_there_faults_are_all_named_at_once(wire: Wire, data: st.DataObject) -> None:
    fields = data.draw(st.lists(st.sampled_from(FIELDS), min_size=1, max_size=len(FIELDS), unique=True))
    chosen = {
        field: data.draw(st.sampled_from(faults(BY_FIELD[field])))
        for field in fields
        if faults(BY_FIELD[field])
    }
    for field, (_, value) in chosen.items():
        wire = with_fault(wire, field, value)
    assert named(problems_of(wire)) == sorted((field, code) for field, (code, _) in chosen.items())


@example(EXAMPLE, "colour", "\0")
@given(inputs(), st.text().filter(lambda name: name not in FIELDS), st.none() | st.integers() | st.text())
def test_a_field_that_the_contract_does_not_have_is_refused_and_named(
    wire: Wire, name: str, value: object
) -> None:
    (problem,) = problems_of(wire | {name: value})
    assert (problem.field, problem.code) == (name, "unknown_field")
    assert f"“{name}”" in problem.message


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("custmerId", "customerId"),
        ("customer_id", "customerId"),
        ("SLADUEAT", "slaDueAt"),
        ("ticket_type", "ticketType"),
        ("sumary", "summary"),
    ],
)
def test_an_unknown_field_is_answered_with_the_nearest_known_one(typed: str, meant: str) -> None:
    (problem,) = problems_of(EXAMPLE | {typed: "x"})
    assert problem.message == f"There is no field “{typed}”. Did you mean “{meant}”?"


def test_an_unknown_field_that_is_near_to_none_is_answered_with_all_of_them() -> None:
    (problem,) = problems_of(EXAMPLE | {"xyz": 1})
    assert all(field in problem.message for field in FIELDS)


def test_a_field_name_that_is_not_unicode_is_named_beside_the_other_faults() -> None:
    problems = problems_of(EXAMPLE | {"\ud800": 1, "priority": "urgent"})
    assert named(problems) == [("\\ud800", "unknown_field"), ("priority", "not_a_choice")]


def test_an_empty_input_names_all_that_must_be_given() -> None:
    assert named(problems_of({})) == sorted((field, "required") for field in REQUIRED)


def test_the_sentences_say_what_to_write() -> None:
    wrong: Wire = {"priority": "urgent", "slaDueAt": "friday", "estimatedLaborHours": -1, "summary": " "}
    assert {problem.message for problem in problems_of(EXAMPLE | wrong)} == {
        "Priority must be low, medium, high or critical, not “urgent”.",
        "Due must be a time with its offset, such as 2026-12-01T17:00:00+01:00.",
        "Estimated hours must not be negative.",
        "Summary must not be empty.",
    }


def test_an_aware_time_and_a_uuid_are_taken_as_they_are() -> None:
    noon = datetime(2026, 12, 1, 12, tzinfo=UTC)
    related = UUID("550e8400-e29b-41d4-a716-446655440000")
    create = parse(EXAMPLE | {"slaDueAt": noon, "relatedTicketId": related})
    assert (create.sla_due_at, create.related_ticket_id) == (noon, related)


def test_a_naive_time_is_refused() -> None:
    (problem,) = problems_of(EXAMPLE | {"slaDueAt": datetime(2026, 12, 1, 12)})  # noqa: DTZ001
    assert (problem.field, problem.code) == ("slaDueAt", "not_a_time")


TICKET_ID = UUID("0f0e0d0c-0b0a-4908-8706-050403020100")
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


def open_ticket(wire: Wire) -> Ticket:
    origin = Origin(way="command", channel="C1")
    return opened(parse(wire), ticket_id=TICKET_ID, number=42, actor="U1", origin=origin, now=NOW)


@given(inputs())
def test_an_opened_ticket_holds_its_input_and_its_creation(wire: Wire) -> None:
    create = parse(wire)
    ticket = open_ticket(wire)

    assert {field: value for field, value in ticket.to_wire().items() if field in FIELDS} == create.to_wire()
    (entry,) = ticket.new_entries
    assert (entry.what, entry.actor, entry.at) == ("created", "U1", NOW)
    assert {change.field: change.after for change in entry.changes} == {
        field: value
        for field, value in {**create.to_wire(), "resolution": ticket.resolution}.items()
        if value is not None
    }
    assert bool(ticket.resolution) is not ticket.is_open, "what is done has a resolution"
    assert all(change.before is None for change in entry.changes)


def test_an_opened_ticket_knows_its_number_its_times_and_who_asked() -> None:
    ticket = open_ticket(EXAMPLE)
    assert (ticket.name, ticket.number, ticket.version, ticket.id) == ("T-42", 42, 1, TICKET_ID)
    assert (ticket.created_at, ticket.updated_at, ticket.created_by) == (NOW, NOW, "U1")
    assert ticket.is_open
    assert ticket.origin.channel == "C1"
    assert ticket.cards == ()


@given(inputs())
def test_a_ticket_comes_back_from_its_wire_form_unchanged(wire: Wire) -> None:
    ticket = open_ticket(wire | {"slaDueAt": (NOW + timedelta(hours=4)).isoformat()})
    assert Ticket.model_validate(ticket.to_wire()) == as_read(ticket)
    assert Ticket.model_validate_json(ticket.model_dump_json()) == as_read(ticket)
