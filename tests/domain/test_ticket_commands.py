"""Which typed lines are orders, and which are tickets."""

import pytest

from bot.domain.ticket_commands import TicketCommand, command_of, status_of


@pytest.mark.parametrize(
    ("line", "order"),
    [
        ("resolve T-42 Replaced the toner", TicketCommand("resolve", 42, "Replaced the toner")),
        ("Resolve t-42", TicketCommand("resolve", 42)),
        ("start 42", TicketCommand("start", 42)),
        ("assign #42 @ana", TicketCommand("assign", 42, "@ana")),
        ("note T-42 two\nlines", TicketCommand("note", 42, "two\nlines")),
        ("close 3 doors", None),
        ("start 1234567890", None),
        ("paint T-42", None),
        ("resolve", None),
        ("please resolve T-42", None),
    ],
)
def test_an_order_names_what_is_to_be_done_and_a_ticket(line: str, order: TicketCommand | None) -> None:
    assert command_of(line) == order


@pytest.mark.parametrize(
    ("text", "status", "rest"),
    [
        ("on hold waiting for parts", "on_hold", "waiting for parts"),
        ("On-Hold", "on_hold", ""),
        ("in_progress", "in_progress", ""),
        ("resolved new toner", "resolved", "new toner"),
        ("sleeping", None, "sleeping"),
        ("", None, ""),
    ],
)
def test_a_status_is_read_as_people_write_it(text: str, status: str | None, rest: str) -> None:
    assert status_of(text) == (status, rest)
