"""Which typed lines are commands about a ticket, and which are tickets."""

import pytest

from bot.domain.ticket_commands import (
    TicketCommand,
    command_of,
    known_subcommand,
    nearest_subcommand,
    status_of,
)


@pytest.mark.parametrize(
    ("line", "command"),
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
def test_a_command_names_a_step_and_a_ticket(line: str, command: TicketCommand | None) -> None:
    assert command_of(line) == command


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


KNOWN = ("help", "list", "resolve")


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("resolve", "resolve"),
        ("Help me", "help"),
        ("list of lamps", None),
        ("list open:1", None),
        ("lamp", None),
    ],
)
def test_a_short_line_begins_with_a_word_that_takes_something_else(line: str, word: str | None) -> None:
    assert known_subcommand(line, KNOWN) == word


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("reslove", "resolve"),
        ("reslove 42", "resolve"),
        ("reslove T-42 new toner", "resolve"),
        ("lift noise", None),
        ("reslove 42 lamps", None),
        ("reslove T-42 due:friday", None),
        ("printer", None),
    ],
)
def test_a_slip_is_taken_for_the_word_it_is_nearest_to(line: str, word: str | None) -> None:
    assert nearest_subcommand(line, KNOWN) == word
