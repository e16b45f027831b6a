"""What of a history somebody may read, and what a form changed since it was filled."""

import pytest
from pydantic import JsonValue

from bot.domain.history import changed_in_form, readable_entries, state_before, wire_state
from bot.domain.lifecycle import take
from bot.domain.permissions import Actor
from bot.domain.ticket import Change, Ticket
from tests.domain.test_lifecycle import ANA, new
from tests.histories import replayed

BEFORE: dict[str, JsonValue] = {
    "summary": "Printer down",
    "category": "x" * 50,
    "slaDueAt": "2026-12-01T17:00:00.250000Z",
    "assignedQueue": "network",
}
HELD: dict[str, JsonValue] = {
    "summary": "Printer do",
    "category": "x" * 10,
    "slaDueAt": "2026-12-01T17:00:00Z",
    "assignedQueue": "network",
}
"""What the inputs hold of it, while nobody types: whole seconds, and the beginnings of texts."""


def shown(text: str) -> str:
    """As much as an input of ten characters holds."""
    return text[:10]


def filled() -> Ticket:
    return take(new(), "edit", BEFORE, ANA)


@pytest.mark.parametrize(
    ("typed", "changed"),
    [
        ({}, {}),
        ({"summary": " Printer do\n"}, {}),
        ({"slaDueAt": "2026-12-01T18:00:00+01:00"}, {}),
        ({"slaDueAt": "2026-12-01T17:00:01Z"}, {"slaDueAt": "2026-12-01T17:00:01Z"}),
        ({"category": "x" * 9}, {"category": "x" * 9}),
        ({"assignedQueue": None, "slaDueAt": None}, {"assignedQueue": None, "slaDueAt": None}),
        ({"severity": "down"}, {"severity": "down"}),
    ],
)
def test_only_what_somebody_changed_in_a_form_is_changed(
    typed: dict[str, JsonValue], changed: dict[str, JsonValue]
) -> None:
    ticket = filled()
    held = {**HELD, **typed}
    assert changed_in_form(held, ticket, (), [*BEFORE, "severity"], shown) == changed


def test_what_others_changed_meanwhile_is_no_change_of_the_form() -> None:
    ticket = filled()
    meanwhile = take(ticket, "edit", {"assignedQueue": "field"}, ANA)
    held: dict[str, JsonValue] = {"assignedQueue": "network", "severity": "down"}
    since = meanwhile.new_entries[ticket.version :]
    assert changed_in_form(held, meanwhile, since, ["assignedQueue", "severity"], shown) == {
        "severity": "down"
    }


def test_whoever_reads_no_notes_reads_nothing_private() -> None:
    noted = take(new(), "note", {}, ANA._replace(note="Secret"))
    triaged = take(noted, "triage", {"triageNotes": "Secret", "priority": "low"}, ANA._replace(note="Secret"))
    requester = Actor(user="U9", is_known=True)
    theirs = readable_entries(requester, triaged, triaged.new_entries)
    assert [entry.what for entry in theirs] == ["created", "triaged"]
    assert {change.field for change in theirs[-1].changes} == {"priority", "status"}
    assert "Secret" not in repr(theirs)
    assert (
        readable_entries(
            Actor(user="U1", is_known=True, is_agent=True, reads_all_notes=True), triaged, triaged.new_entries
        )
        == triaged.new_entries
    )
    assert readable_entries(Actor(user="U7", is_known=True), triaged, triaged.new_entries) == ()


def test_a_field_that_a_later_version_stored_is_for_agents_only() -> None:
    entry = new().new_entries[0].model_copy(update={"changes": (Change(field="margin", after="Secret"),)})
    assert readable_entries(Actor(user="U9", is_known=True), new(), [entry])[0].changes == ()
    assert readable_entries(
        Actor(user="U1", is_known=True, is_agent=True, reads_all_notes=True), new(), [entry]
    ) == (entry,)


def test_a_history_adds_up_to_its_ticket() -> None:
    assert replayed(filled(), filled().new_entries) == wire_state(filled())


def test_the_newest_entries_lead_back_to_what_a_ticket_was() -> None:
    ticket = take(filled(), "edit", {"assignedQueue": None, "severity": "down"}, ANA)
    assert state_before(ticket, ()) == wire_state(ticket)
    assert state_before(ticket, ticket.new_entries[2:]) == wire_state(filled())
    assert state_before(ticket, ticket.new_entries[1:]) == wire_state(new())
    assert {*state_before(ticket, ticket.new_entries).values()} == {None}
