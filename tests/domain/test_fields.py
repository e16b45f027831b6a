"""The rows of the fields say what the contract says, and reach everything that is made of them."""

from typing import get_args

import pytest

from bot.domain.contract import CHOICES, FIELDS
from bot.domain.fields import TICKET_FIELDS, TicketField, by_key, by_sign, defaults, in_form, label
from bot.domain.filter_words import keys
from bot.domain.history import wire_state
from bot.domain.search import Sort, TicketFilter
from handlers.blocks.ticket_list import ORDERS
from tests.domain.contract_file import BY_FIELD, CONTRACT, Spec
from tests.domain.test_lifecycle import new

ELEMENTS = {
    "enum": {"choice"},
    "string.date-time": {"time"},
    "string.uuid": {"ticket"},
    "number": {"hours"},
    "string": {"text", "item", "queue", "person"},
}


def test_each_field_of_a_ticket_has_a_row_and_each_row_is_a_field_or_the_note() -> None:
    assert set(FIELDS) <= set(TICKET_FIELDS)
    assert set(TICKET_FIELDS) == {*wire_state(new()), "note", "sharedWith"}


@pytest.mark.parametrize("spec", CONTRACT, ids=lambda spec: spec.field)
def test_a_row_agrees_with_the_contract(spec: Spec) -> None:
    row = TICKET_FIELDS[spec.field]
    assert row.element in ELEMENTS[spec.type]
    assert row.name == spec.field
    assert row.default == (spec.default or ("internal" if row.name == "sourceChannel" else ""))
    assert row.keys, "it can be typed"
    assert (row.form is None) == (row.name == "workspaceId")
    assert not row.default or row.default in CHOICES[row.name]


@pytest.mark.parametrize("row", TICKET_FIELDS.values(), ids=lambda row: row.name)
def test_what_a_row_says_is_known_where_it_is_used(row: TicketField) -> None:
    assert row.label
    assert row.name in BY_FIELD or not (row.keys or row.form or row.sign or row.default)
    assert (row.element == "item") == bool(row.kind)
    assert (row.element == "choice") == (row.name in CHOICES)
    assert bool(row.sign) <= bool(row.example)
    for key in row.keys:
        assert by_key()[key] is row
    if row.sign:
        assert by_sign()[row.sign] is row
    if row.filtered:
        assert row.filtered.fills in TicketFilter.model_fields
        assert keys()[row.keys[0]].field == row.name
    if row.sorted:
        assert row.keys[0] in get_args(Sort)


def test_every_order_of_a_list_has_its_words() -> None:
    assert set(ORDERS) == set(get_args(Sort))


def test_every_filter_of_a_list_can_be_typed() -> None:
    fills = {key.fills for key in keys().values()}
    set_elsewhere = {"open_only", "words", "involving", "within"}
    assert fills == set(TicketFilter.model_fields) - set_elsewhere


def test_a_form_shows_a_field_once() -> None:
    shown = [*in_form("essential"), *in_form("more")]
    assert sorted(shown) == sorted(set(FIELDS) - {"workspaceId"})
    assert set(defaults()) <= set(shown)


READ_AS = {
    "customerId": "Customer",
    "siteId": "Site",
    "relatedSystemId": "System",
    "relatedAssetId": "Asset",
    "ticketType": "Type",
    "sourceChannel": "Source",
    "priority": "Priority",
    "severity": "Severity",
    "status": "Status",
    "summary": "Summary",
    "symptomDescription": "Description",
    "triageNotes": "Triage notes",
    "assignedQueue": "Queue",
    "assignedUserId": "Assignee",
    "reportedByContactId": "Reported by",
    "category": "Category",
    "slaDueAt": "Due",
    "workspaceId": "Workspace",
    "visibilityMode": "Visibility",
    "contactMethod": "Contact method",
    "estimatedLaborHours": "Estimated hours",
    "relatedTicketId": "Related ticket",
    "resolution": "Resolution",
    "holdReason": "Waits for",
    "holdUntil": "On hold until",
    "snoozedUntil": "Snoozed until",
    "duplicateOf": "Duplicate of",
    "withdrawnAt": "Withdrawn",
}


def test_every_field_is_read_by_its_own_name() -> None:
    assert {field: label(field) for field in READ_AS} == READ_AS
    assert READ_AS.keys() >= set(FIELDS)
    assert len(set(READ_AS.values())) == len(READ_AS)
