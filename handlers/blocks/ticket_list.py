"""Pages of tickets: how they are ordered, turned and picked from, and a ticket in two lines."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from pydantic import JsonValue

from bot.domain.clock.settings import ClockSettings
from bot.domain.elsewhere import SeenPage
from bot.domain.fields import TICKET_FIELDS
from bot.domain.search import COUNTED, TicketPage
from bot.domain.ticket import Ticket
from bot.domain.words import choice
from handlers.blocks import card
from handlers.blocks.due import time_left
from handlers.blocks.kit import Block, button, context, json_of, option, section
from handlers.blocks.text import moment, one_line, person, plain
from handlers.slack import ids

PER_PAGE = 10
WORDS = 1000  # characters of a filter: a button carries it, and a message shows it
_HOUR = timedelta(hours=1)


_DAY = timedelta(days=1)


ORDERS: dict[str, str] = {
    "newest": "newest first",
    "age": "oldest first",
    **{row.keys[0]: row.sorted for row in TICKET_FIELDS.values() if row.sorted},
}


def count(total: int) -> str:
    """The total of a page in words: of more than what is counted, that there are more."""
    return f"{total:,}" if total <= COUNTED else f"{COUNTED:,}+"


def carried(offset: int, words: str) -> str:
    """A page of a list, as a button carries it."""
    return f"{offset} {words}".strip()


def page_buttons(shown: TicketPage | SeenPage, action_id: str, words: str = "") -> list[Block]:
    """Slack wants each action_id once in a message, so they end in the way they turn."""
    turns, last = [], shown.offset + len(shown.tickets)
    if shown.offset:
        value = carried(max(shown.offset - PER_PAGE, 0), words)
        turns.append(button("Back", f"{action_id}:newer", value=value))
    if shown.has_more and shown.tickets:
        turns.append(button("More", f"{action_id}:older", value=carried(last, words)))
    return turns


def pick_button(shown: TicketPage, words: str = "") -> Block:
    """Opens a form with the tickets of this page, which it carries."""
    numbers = ",".join(str(ticket.number) for ticket in shown.tickets)
    return button("Pick tickets…", ids.PICK, value=f"{numbers} {carried(shown.offset, words)}")


def open_menu(tickets: Sequence[Ticket]) -> Block:
    """Opens the view of one of the tickets of this page."""
    options: list[JsonValue] = [option(str(each.number), card.title(each)) for each in tickets]
    placeholder = json_of(plain("Open…", 150))
    return {
        "type": "static_select",
        "action_id": ids.OPEN_TICKET,
        "placeholder": placeholder,
        "options": options,
    }


def ticket_lines(ticket: Ticket, now: datetime, clock: ClockSettings) -> list[Block]:
    """A ticket where there is no table."""
    facts = (
        choice(ticket.status),
        choice(ticket.priority),
        person(ticket.assigned_user_id) if ticket.assigned_user_id else "nobody",
        f"{age(ticket.created_at, now)} old",
        f"due {moment(ticket.due_at)}" if ticket.due_at else "no due time",
        time_left(ticket, now, clock),
    )
    return [
        section(f"*{ticket.name}* {one_line(ticket.summary, 200)}"),
        context(" · ".join(filter(None, facts))),
    ]


def age(since: datetime, now: datetime) -> str:
    """How long ago, in the one unit that matters: `5 min`, `3 h`, `12 d`."""
    passed = max(now - since, timedelta(0))
    if passed < _HOUR:
        return f"{passed // timedelta(minutes=1)} min"
    return f"{passed // _HOUR} h" if passed < _DAY else f"{passed // _DAY} d"
