"""App Home: whose tickets a tab shows, and what words make of it."""

from datetime import UTC, datetime

from bot.domain.bulk import may_pick
from bot.domain.home import home_filter, tab_filter, tabs
from bot.domain.permissions import Actor
from bot.domain.search import TicketFilter

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
AGENT = Actor(user="U1", is_known=True, is_agent=True, queues=("network",))
REQUESTER = Actor(user="U2", is_known=True)


def test_agents_have_all_tabs_and_pick_tickets_and_a_requester_has_what_they_asked_for() -> None:
    assert tabs(AGENT) == ("mine", "queues", "asked", "unassigned", "due", "open")
    assert tabs(REQUESTER) == ("asked", "done")
    assert may_pick(AGENT)
    assert not may_pick(REQUESTER)


def test_what_was_resolved_is_shown_whatever_words_leave_out() -> None:
    done = tab_filter("done", REQUESTER, NOW)
    assert not home_filter(done, TicketFilter(open_only=True)).open_only


def test_words_narrow_a_tab_and_keep_its_order_unless_they_name_one() -> None:
    due = tab_filter("due", AGENT, NOW)
    asked = TicketFilter(open_only=True, priorities=("high",))
    assert home_filter(due, asked) == asked.model_copy(update={"within": due, "sort": "due"})
    newest = TicketFilter(sort="newest")
    assert home_filter(due, newest).sort == "newest"
