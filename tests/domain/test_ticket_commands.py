"""Which typed lines are commands about tickets, which are tickets, and which are asked about."""

import pytest

from bot.domain.ticket_commands import (
    MOST,
    TicketCommand,
    command_of,
    is_word_and_ticket,
    known_subcommand,
    nearest_subcommand,
    tickets_alone,
    turned_round,
)


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("resolve T-42 Replaced the toner", TicketCommand("resolve", (42,), "Replaced the toner")),
        ("Resolve t-42", TicketCommand("resolve", (42,))),
        ("start 42", TicketCommand("start", (42,))),
        ("start #42", TicketCommand("start", (42,))),
        ("start t42.", TicketCommand("start", (42,))),
        ("start T‑42", TicketCommand("start", (42,))),
        ("start T–42!", TicketCommand("start", (42,))),
        ("start T\u221242 ?", TicketCommand("start", (42,))),
        ("start T 42", TicketCommand("start", (42,))),
        ("start #T-42", TicketCommand("start", (42,))),
        ("start Ｔ-42", TicketCommand("start", (42,))),
        ("start ＃42", TicketCommand("start", (42,))),
        ("start ticket 42", TicketCommand("start", (42,))),
        ("start\u00a0T-42", TicketCommand("start", (42,))),
        ("start \u200bT-42\u200b", TicketCommand("start", (42,))),
        ("resolve t42, new toner", TicketCommand("resolve", (42,), "new toner")),
        ("resolve T-42: new toner", TicketCommand("resolve", (42,), "new toner")),
        ("resolve T-42 – new toner", TicketCommand("resolve", (42,), "new toner")),
        ("note ticket 42 call first", TicketCommand("note", (42,), "call first")),
        ("note T-42 two\nlines  and blanks", TicketCommand("note", (42,), "two\nlines  and blanks")),
        ("note T-42: T-7 is the same", TicketCommand("note", (42,), "T-7 is the same")),
        ("note T-42 ...and more", TicketCommand("note", (42,), "...and more")),
        ("resolve T-1 2 toners replaced", TicketCommand("resolve", (1,), "2 toners replaced")),
        ("assign 42 @ana", TicketCommand("assign", (42,), "@ana")),
        ("assign 42 me, urgent", TicketCommand("assign", (42,), "me, urgent")),
        ("priority 42 high", TicketCommand("priority", (42,), "high")),
        ("snooze 42 until monday", TicketCommand("snooze", (42,), "until monday")),
        ("snooze 42 3d", TicketCommand("snooze", (42,), "3d")),
        ("hold 42 until friday 9am waiting", TicketCommand("hold", (42,), "until friday 9am waiting")),
        ("status 42 on hold", TicketCommand("status", (42,), "on hold")),
        ("link T-42 T-7", TicketCommand("link", (42,), "T-7")),
        ("link 42 7", TicketCommand("link", (42,), "7")),
        ("link T-42 T-7 the same toner", TicketCommand("link", (42,), "T-7 the same toner")),
        ("start ticket number 42", TicketCommand("start", (42,))),
        ("start ticket no. 42", TicketCommand("start", (42,))),
        ("start T-99999999999", TicketCommand("start", (99999999999,))),
        ("please start T-42", TicketCommand("start", (42,))),
        ("Please, resolve T-42 new toner", TicketCommand("resolve", (42,), "new toner")),
        ("resolve T-42 please", TicketCommand("resolve", (42,))),
        ("resolve T-42, please!", TicketCommand("resolve", (42,))),
        ("resolve T-42 please call first", TicketCommand("resolve", (42,), "please call first")),
        ("resolve T-42…", TicketCommand("resolve", (42,))),
        ("close T-42: 3", TicketCommand("close", (42,), "3")),
        ("hold T-42 until T-7 is done", TicketCommand("hold", (42,), "until T-7 is done")),
        ("assign T-42 @ben T-7 is the same", TicketCommand("assign", (42,), "@ben T-7 is the same")),
        ("link T-42 T-7 3 days ago", TicketCommand("link", (42,), "T-7 3 days ago")),
        ("paint T-42", None),
        ("resolve", None),
        ("please", None),
        ("please fix T-42", None),
        ("start 1234567890", None),
        ("start 4.5 t of sand", None),
        ("start 24/7 support", None),
        ("start 3-phase motor", None),
    ],
)
def test_a_command_names_a_step_and_a_ticket(line: str, command: TicketCommand | None) -> None:
    assert command_of(line) == command


@pytest.mark.parametrize(
    ("line", "numbers", "rest"),
    [
        ("close T-1 T-2", (1, 2), ""),
        ("close T-1, T-2 and T-3.", (1, 2, 3), ""),
        ("close T-1,T-2", (1, 2), ""),
        ("close T-1 & T-2", (1, 2), ""),
        ("close T-1/T-2; T-3", (1, 2, 3), ""),
        ("close T-1, 2 und 3", (1, 2, 3), ""),
        ("close #1 #2", (1, 2), ""),
        ("close 1 2", (1, 2), ""),
        ("close tickets 1 and 2", (1, 2), ""),
        ("close T-1 T-1", (1,), ""),
        ("resolve T-1 T-2", (1, 2), ""),
        ("resolve T-1, T-2 and T-3 New toner", (1, 2, 3), "New toner"),
        ("assign T-1 T-2 @ben look", (1, 2), "@ben look"),
        ("priority T-1 T-2 high", (1, 2), "high"),
        ("snooze T-1 T-2 until monday", (1, 2), "until monday"),
        ("status T-1 T-2 in progress", (1, 2), "in progress"),
    ],
)
def test_a_command_may_name_several_tickets(line: str, numbers: tuple[int, ...], rest: str) -> None:
    command = command_of(line)
    assert command
    assert (command.numbers, command.rest, command.doubt) == (numbers, rest, "")


@pytest.mark.parametrize(
    ("line", "asked"),
    [
        ("resolve #2 pump is still leaking", "Did you mean T-2? Then write `/ticket resolve T-2: …`."),
        ("assign #2 @ben", "Did you mean T-2?"),
        ("note #3 valve customer:acme site:hq type:other", "Did you mean T-3?"),
        ("close 3 doors", "Did you mean T-3?"),
        ("note 3 lamps are dark", "Did you mean T-3?"),
        ("note 1, 2 and 3 lamps are dark", "Did you mean T-1, T-2 and T-3?"),
        ("resolve T-1 T-2 has the same cause", "For T-1 and T-2, write `/ticket resolve T-1, T-2: …`."),
        ("close T-1 - T-3", "For T-1 and T-3, write"),
        ("close T-1..T-3", "For T-1 and T-3, write"),
        ("close T-1, 2 and 3 doors", "For T-1 alone, write `/ticket close T-1: …`."),
        ("close T-1..3", "For T-1 and T-3, write"),
        ("close T-1 - 3", "For T-1 and T-3, write"),
        ("close T-1 to T-3", "For T-1 and T-3, write"),
        ("resolve T-1 through T-3 new toner", "For T-1 and T-3, write"),
        (
            "priority T-1 high, T-2 low",
            "One order says one thing: write what is meant for T-2 in an order of its own.",
        ),
        ("assign T-1 @ben and T-2 @ana", "for T-2 in an order of its own"),
        ("snooze T-1 2h, T-2 until monday", "for T-2 in an order of its own"),
        ("link T-1 T-2 T-3", "One order says one thing"),
        ("link T-1 to T-2 and 3", "One order says one thing"),
        ("close " + " ".join(f"T-{number}" for number in range(1, MOST + 2)), "more than 20 tickets"),
    ],
)
def test_what_may_be_a_ticket_or_a_word_is_asked_about(line: str, asked: str) -> None:
    command = command_of(line)
    assert command
    assert asked in command.doubt


@pytest.mark.parametrize(
    "line",
    [
        "Close 3 doors on floor 2 customer:acme site:hq type:other",
        "Start 10 new laptops due:friday",
        "Priority 1 outage in hall 2 site:hq",
    ],
)
def test_a_number_behind_a_verb_is_a_word_of_a_line_with_fields(line: str) -> None:
    assert command_of(line) is None


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("T-42", (42,)),
        ("42", (42,)),
        ("#42", (42,)),
        ("t42?", (42,)),
        ("T‑42.", (42,)),
        (" ticket #42 ", (42,)),
        ("T-1, T-2", (1, 2)),
        ("42 lamps", ()),
        ("T-42 is dark", ()),
        ("T-42a", ()),
        ("4.2", ()),
        ("", ()),
    ],
)
def test_a_ticket_may_stand_alone(text: str, numbers: tuple[int, ...]) -> None:
    assert tickets_alone(text) == numbers


KNOWN = ("help", "list", "resolve", "show")


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("resolve", "resolve"),
        ("Help me", "help"),
        ("show T-42 please, now", "show"),
        ("resolve T-1/2 new toner", "resolve"),
        ("resolve T-1–3", "resolve"),
        ("resolve (T-1): done", "resolve"),
        ('resolve "T-1"', "resolve"),
        ("resolve T-1's lamp", "resolve"),
        ("resolve lamp and printer T-1", "resolve"),
        ("show T-42 to Ben, please", "show"),
        ("resolve on T-42 new toner", "resolve"),
        ("resolve @ana T-42 call first", "resolve"),
        ("resolve it in T-42: done", "resolve"),
        ("resolve what T-42 says site:hq", None),
        ("resolve T-shirt order in the shop", None),
        ("list of lamps", None),
        ("list open:1", None),
        ("lamp", None),
    ],
)
def test_a_line_begins_with_a_word_that_takes_something_else(line: str, word: str | None) -> None:
    assert known_subcommand(line, KNOWN) == word


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("reslove", "resolve"),
        ("reslove 42", "resolve"),
        ("reslove #42.", "resolve"),
        ("reslove T-42 new toner", "resolve"),
        ("reslove T‑42, T‑43 new toner", "resolve"),
        ("reslove T-42: new toner, see http://acme.com", "resolve"),
        ("lists:", None),
        ("lift noise", None),
        ("reslove 42 lamps", None),
        ("reslove T-42 due:friday", None),
        ("printer", None),
    ],
)
def test_a_slip_is_taken_for_the_word_it_is_nearest_to(line: str, word: str | None) -> None:
    assert nearest_subcommand(line, KNOWN) == word


@pytest.mark.parametrize(
    ("line", "is_one"),
    [
        ("escalate T-42", True),
        ("Delete T‑1, T‑2.", True),
        ("escalate T-42 to Ben", True),
        ("merge T-1 into T-2", True),
        ("put the ticket T-1 on hold", True),
        ("done: T-1 new toner", True),
        ("please fix T-1 today", True),
        ("Escalate T-42 to Ben site:hq", False),
        ("Gate T1 is shut", False),
        ("Room 42", False),
        ("T-42 is dark", False),
    ],
)
def test_a_word_and_a_ticket_are_no_new_ticket(line: str, *, is_one: bool) -> None:
    assert is_word_and_ticket(line) == is_one


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("T-1 assign @ben", "assign T-1 @ben"),
        ("T‑1: Close", "close T-1"),
        ("t1 resolve  new toner", "resolve T-1 new toner"),
        ("T-1 is dark", None),
        ("1 close", None),
        ("T-1", None),
        ("T-1 close site:hq", None),
    ],
)
def test_a_verb_behind_its_ticket_is_turned_round(line: str, meant: str | None) -> None:
    assert turned_round(line) == meant
