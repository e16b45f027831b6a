"""When a ticket is due, in words: what is posted, and what is drawn on reading."""

import json
from datetime import datetime, timedelta

import pytest

from bot.domain.calendars import business_hours
from bot.domain.clock.service_levels import DueState
from bot.domain.clock.settings import ClockSettings
from bot.domain.clock.ticket_clock import ServiceLevel, Target, TicketClock
from bot.domain.clock.time_left import TimeLeft
from bot.domain.comments import CommentPage
from bot.domain.directory import Directory
from bot.domain.history import HistoryPage
from bot.domain.permissions import Actor
from bot.domain.search import TicketFilter, TicketPage
from bot.domain.ticket import Ticket
from handlers.blocks import card
from handlers.blocks.due import due_fact, due_field, left_words, targets, time_left
from handlers.blocks.ticket_list import ticket_lines
from handlers.tickets import lists_view
from handlers.tickets.ticket_view import TicketContents, TicketMeta, ticket_modal
from tests.handlers.conftest import NOW, ticket
from tests.handlers.test_views import NASTY, taken_by_slack, view_taken_by_slack

MINUTE = timedelta(minutes=1)
OFFICE = ClockSettings(calendars=(business_hours("Etc/UTC", "Office"),))
BEN = Actor(user="U0BEN", is_known=True, is_agent=True, reads_all_notes=True)
GIVEN = "2026-11-24T17:00:00Z"


def levelled(*kept: Target, calendar: str = "Office", policy: str = "Usual", **fields: object) -> Ticket:
    """A ticket whose service level has these targets; the last one is of its resolution."""
    level = ServiceLevel(policy=policy, calendar=calendar, pauses="none", targets=kept)
    made = ticket(42, **fields)
    computed = None if made.sla_due_at else kept[-1].due_at
    return made.model_copy(update={"clock": TicketClock(level=level), "computed_due_at": computed})


def resolution(
    minutes: int, *, since: datetime | None = NOW, state: DueState = "on_time", spent: timedelta = timedelta()
) -> Target:
    due_at = since + minutes * MINUTE - spent if since else None
    return Target(
        kind="resolution",
        minutes=minutes,
        since=since,
        spent=spent,
        soon_at=due_at,
        due_at=due_at,
        state=state,
    )


@pytest.mark.parametrize(
    ("state", "fact", "field"),
    [
        ("on_time", "due <!date", ">"),
        ("soon", "due soon: <!date", " · due soon"),
        ("late", "late since <!date", " · late"),
    ],
)
def test_a_posted_card_has_the_moment_and_a_word_for_the_state(
    state: DueState, fact: str, field: str
) -> None:
    given = ticket(42, slaDueAt=GIVEN).model_copy(update={"clock": TicketClock(given_due=state)})
    assert due_fact(given).startswith(fact)
    assert due_field(given).endswith(field)
    computed = levelled(resolution(60, state=state))
    assert due_fact(computed).startswith(fact)
    assert due_field(computed).endswith(" · by its service level")
    for audience in ("agents", "team"):
        message = card.card(given, Directory(), "agents" if audience == "agents" else "team")
        taken_by_slack(message)
        said = json.dumps(message, ensure_ascii=False)
        assert (field if audience == "agents" else fact) in said
        for relative in ("left", "late by"):
            assert relative not in said, "it stands still, and time does not"


def test_what_is_done_is_not_late_any_more() -> None:
    done = levelled(resolution(60, since=None, state="late"), status="closed")
    done = done.model_copy(update={"computed_due_at": NOW})
    assert due_fact(done).startswith("due <!date")
    assert "late" not in due_field(done)
    assert time_left(done, NOW, OFFICE) == ""


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (TimeLeft(timedelta(seconds=59)), "0 min left"),
        (TimeLeft(20 * MINUTE), "20 min left"),
        (TimeLeft(120 * MINUTE), "2 h left"),
        (TimeLeft(140 * MINUTE), "2 h 20 min left"),
        (TimeLeft(12 * 60 * MINUTE + MINUTE), "12 h left"),
        (TimeLeft(timedelta(days=3, hours=5)), "3 d left"),
        (TimeLeft(timedelta(hours=77), is_working_time=True), "77 h of working time left"),
        (TimeLeft(timedelta()), "late by 0 min"),
        (TimeLeft(-20 * MINUTE, is_working_time=True), "late by 20 min of working time"),
        (TimeLeft(120 * MINUTE, runs=False), "stands still, 2 h left"),
        (None, ""),
    ],
)
def test_time_that_is_left_is_said_in_the_units_that_matter(left: TimeLeft | None, words: str) -> None:
    assert left_words(left) == words


@pytest.mark.parametrize(
    ("hours", "calendar", "words"),
    [
        (1, "Office", "5 h of working time left"),
        (7, "Office", "1 h of working time left"),
        (24, "Office", "late by 2 h of working time"),
        (7, "24×7", "late by 1 h"),
        (7, "gone since", "late by 1 h"),
    ],
)
def test_time_is_counted_by_the_calendar_of_the_service_level(hours: int, calendar: str, words: str) -> None:
    """Six hours from Monday, 12:00, in an office that closes at 17:00."""
    made = levelled(resolution(6 * 60), calendar=calendar)
    assert time_left(made, NOW + timedelta(hours=hours), OFFICE) == words


def test_a_due_time_that_somebody_gave_is_counted_around_the_clock() -> None:
    given = levelled(resolution(60), slaDueAt="2026-11-23T15:00:00Z")
    assert time_left(given, NOW, OFFICE) == "3 h left"
    assert time_left(given, NOW + 200 * MINUTE, OFFICE) == "late by 20 min"
    assert "Resolution" not in targets(given, NOW, OFFICE), "that time stands for it"


def test_lists_count_what_is_left() -> None:
    late = levelled(resolution(60))
    shown = TicketPage(tickets=(late,), offset=0, total=1, has_more=False)
    at = NOW + 80 * MINUTE
    message = lists_view.page_message(shown, TicketFilter(), "", actor=BEN, now=at, clock=OFFICE)
    taken_by_slack(message)
    said = json.dumps(message, ensure_ascii=False)
    assert '"type": "date"' in said
    assert " · late by 20 min of working time" in said
    lines = json.dumps(ticket_lines(late, at, OFFICE), ensure_ascii=False)
    assert "due <!date" in lines
    assert "late by 20 min of working time" in lines


def test_a_ticket_whose_clock_stands_still_says_so_in_lists() -> None:
    held = levelled(resolution(60, since=None, spent=20 * MINUTE), status="on_hold")
    shown = TicketPage(tickets=(held,), offset=0, total=1, has_more=False)
    message = lists_view.page_message(shown, TicketFilter(), "", actor=BEN, now=NOW, clock=OFFICE)
    assert "stands still, 40 min of working time left" in json.dumps(message)
    assert "no due time · stands still" in json.dumps(ticket_lines(held, NOW, OFFICE), ensure_ascii=False)


def test_the_view_of_a_ticket_has_its_targets_for_those_who_work_it() -> None:
    kept = (
        Target(kind="response", minutes=60, met_at=NOW, state="late"),
        Target(kind="next_response", minutes=60),
        Target(kind="assignment", minutes=90, since=NOW, soon_at=NOW, due_at=NOW + 90 * MINUTE),
        resolution(240),
    )
    made = levelled(*kept, policy=f"Usual {NASTY}"[:60])

    def shown(actor: Actor) -> str:
        contents = TicketContents(
            made,
            Directory(),
            CommentPage((), 0, 0),
            HistoryPage(made, (), 0, has_older=False),
            {},
            NOW,
            OFFICE,
        )
        view = ticket_modal(TicketMeta(number=42), contents, actor)
        view_taken_by_slack(view)
        return json.dumps(view, ensure_ascii=False)

    ours, theirs = shown(BEN), shown(Actor(user="U0ANA", is_known=True))
    for words in ("First response: late, <!date", "Assignment: <!date", "1 h 30 min of working time left"):
        assert words in ours, words
        assert words not in theirs, words
    assert "Next response" not in ours, "nobody waits for one"
    for said in (ours, theirs):
        assert "by its service level · 4 h of working time left" in said
