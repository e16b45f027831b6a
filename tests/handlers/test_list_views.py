"""Lists as Slack takes them, whatever is in the tickets and in the words that found them."""

import json
from datetime import timedelta
from typing import get_args

import pytest

from bot.domain.bulk import BULK_CHOICES
from bot.domain.clock.settings import ClockSettings
from bot.domain.home import Home, HomeTab
from bot.domain.permissions import Actor
from bot.domain.search import TicketFilter, TicketPage
from bot.domain.ticket import Place
from handlers.blocks import ticket_list
from handlers.bulk import bulk_view
from handlers.bulk.bulk_view import BulkMeta
from handlers.home import home_view
from handlers.home.home_view import HomeContents
from handlers.tickets import lists_view
from tests.handlers.conftest import NOW, ticket
from tests.handlers.test_views import NASTY, taken_by_slack, view_taken_by_slack

MINE = TicketFilter(open_only=True, assignees=("U0BEN",))
OPEN = TicketFilter(open_only=True)
CLOCK = ClockSettings()
BEN = Actor(user="U0BEN", is_known=True, is_agent=True)


def page_of(count: int, *, offset: int = 0, total: int | None = None, **fields: object) -> TicketPage:
    numbers = range(count, 0, -1)
    return TicketPage(
        tickets=tuple(ticket(number, **fields) for number in numbers),
        offset=offset,
        total=count if total is None else total,
        has_more=total is not None and offset + count < total,
    )


def shown(page: TicketPage, wanted: TicketFilter = OPEN, words: str = "") -> str:
    message = lists_view.page_message(
        page, wanted, words, actor=BEN, now=NOW + timedelta(hours=3), clock=CLOCK
    )
    taken_by_slack(message)
    return json.dumps(message, ensure_ascii=False)


def test_a_page_is_a_table_that_turns_and_keeps_its_words() -> None:
    page = page_of(10, offset=10, total=35, assignedUserId="U0BEN", slaDueAt="2026-12-01T17:00:00Z")
    said = shown(page, words="priority:high")
    for words in (
        "Open tickets 11–20 of 35, newest first",
        '"type": "data_table"',
        '"page_size": 10',
        '"caption": "Open tickets 11–20 of 35, newest first"',
        '"action_id": "ticket_open"',
        '"user_id": "U0BEN"',
        '"timestamp": 1796144400',
        '"3 h"',
        '"value": "0 priority:high"',
        '"value": "20 priority:high"',
        "Found by “priority:high”",
        "Pick tickets…",
    ):
        assert words in said


def test_more_than_what_is_counted_is_told_as_that_and_still_turns() -> None:
    assert "Open tickets 1,001–1,010 of 1,000+" in shown(page_of(10, offset=1000, total=1001))
    assert "1–10 of 1,000," in shown(page_of(10, total=1000))


def test_whom_somebody_looked_for_is_named() -> None:
    assert "Found by “assignee:<@U0BEN>”" in shown(page_of(1), words="assignee:@U0BEN")


def test_the_worst_text_in_a_list_is_taken_and_pages_nobody() -> None:
    page = page_of(10, total=35, summary=NASTY, assignedUserId="U0BEN", assignedQueue=NASTY)
    said = shown(page, words=f"`{NASTY[: ticket_list.WORDS - 1]}")
    assert '"mrkdwn", "text": "<!channel>' not in said
    taken_by_slack(lists_view.not_understood(NASTY, NASTY, []))


@pytest.mark.parametrize(
    ("wanted", "words", "title"),
    [
        (MINE, "assignee:me", "Open tickets of yours 1–2 of 2, newest first"),
        (
            MINE.model_copy(update={"sort": "due"}),
            "",
            "Open tickets of yours 1–2 of 2, the soonest due first",
        ),
        (TicketFilter(within=TicketFilter(involving="U0BEN")), "", "Tickets that you asked for 1–2 of 2"),
        (TicketFilter(sort="age"), "status:any sort:age", "Tickets 1–2 of 2, oldest first"),
    ],
)
def test_a_title_says_whose_tickets_and_in_which_order(wanted: TicketFilter, words: str, title: str) -> None:
    assert title in shown(page_of(2), wanted, words)


def test_an_empty_list_says_what_to_do() -> None:
    assert "No open tickets. `/ticket` makes one." in shown(page_of(0))
    said = shown(page_of(0), MINE, "assignee:me")
    assert "No open tickets of yours match that. `/ticket list` shows the open ones." in said


def test_the_worst_home_is_taken() -> None:
    counts: dict[HomeTab, int] = dict.fromkeys(get_args(HomeTab), 10_000)
    page = page_of(10, offset=10, total=35, summary=NASTY, assignedUserId="U0BEN")
    looked = Home(user="U0BEN", tab="queues", words=NASTY[: ticket_list.WORDS])
    view_taken_by_slack(
        home_view.home(HomeContents(looked, counts, page, OPEN, NASTY, BEN), "mine", NOW, CLOCK)
    )
    view_taken_by_slack(
        home_view.home(HomeContents(looked, counts, page_of(0), OPEN, "", BEN), "mine", NOW, CLOCK)
    )


def test_the_form_for_several_tickets_and_its_summary_are_taken() -> None:
    tickets = [ticket(number, summary=NASTY) for number in range(1, 11)]
    meta = BulkMeta(
        page=ticket_list.carried(10, '"' * ticket_list.WORDS),
        response_url="https://hooks.slack.com/actions/1",
    )
    view_taken_by_slack(bulk_view.form(meta, tickets))
    view_taken_by_slack(bulk_view.summary(BULK_CHOICES["move"], tickets, {}))
    view_taken_by_slack(
        bulk_view.summary(BULK_CHOICES["close"], tickets[:1], dict.fromkeys(range(2, 11), NASTY))
    )


def test_a_number_leads_to_the_thread_where_one_may_see_it() -> None:
    internal = Place(channel="C9", ts="2.5", internal=True)
    asked = Place(channel="C1", ts="1.000100")

    def seen(actor: Actor, *places: Place) -> str:
        one = ticket(1).model_copy(update={"cards": places})
        page = page_of(1).model_copy(update={"tickets": (one,)})
        return json.dumps(lists_view.page_message(page, OPEN, "", actor=actor, now=NOW, clock=CLOCK))

    requester = Actor(user="U0ANA", is_known=True)
    assert '"url": "https://slack.com/archives/C1/p1000100"' in seen(requester, internal, asked)
    assert "archives" not in seen(requester, internal, Place(channel="D1", ts="3.0", user="U0BEN"))
    assert "archives/C9/" in seen(BEN, internal)
    assert "archives/D1/" in seen(BEN, Place(channel="D1", ts="3.0", user="U0BEN"))
