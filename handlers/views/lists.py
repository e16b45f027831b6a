"""Lists of tickets, in pages. A line each, made to be read on a phone."""

from datetime import datetime, timedelta

from bot.domain.search import Page
from bot.domain.ticket import Ticket
from bot.domain.words import choice
from handlers import ids
from handlers.views.kit import Block, Message, actions, button, context, message, section
from handlers.views.text import moment, one_line, person

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


def page(shown: Page, *, per_page: int, now: datetime) -> Message:
    if not shown.total:
        return message("No open tickets. `/ticket` makes one.")
    last = shown.offset + len(shown.tickets)
    title = f"Open tickets {shown.offset + 1}–{last} of {shown.total}, newest first"
    blocks: list[Block] = [section(f"*{title}*")]
    for ticket in shown.tickets:
        blocks += _row(ticket, now)
    if turns := _turns(shown, last, per_page):
        blocks.append(actions(*turns))
    return message(title, blocks)


def age(since: datetime, now: datetime) -> str:
    """How long ago, in the one unit that matters: `5 min`, `3 h`, `12 d`."""
    passed = max(now - since, timedelta(0))
    if passed < _HOUR:
        return f"{passed // timedelta(minutes=1)} min"
    return f"{passed // _HOUR} h" if passed < _DAY else f"{passed // _DAY} d"


def _row(ticket: Ticket, now: datetime) -> list[Block]:
    assignee = person(ticket.assigned_user_id) if ticket.assigned_user_id else "nobody"
    due = f"due {moment(ticket.sla_due_at)}" if ticket.sla_due_at else "no due time"
    facts = f"{choice(ticket.status)} · {choice(ticket.priority)} · {assignee} · {age(ticket.created_at, now)} old · {due}"
    return [section(f"*{ticket.name}* {one_line(ticket.summary, 200)}"), context(facts)]


def _turns(shown: Page, last: int, per_page: int) -> list[Block]:
    """Slack wants each action_id once in a message, so they end in the way they turn."""
    turns = []
    if shown.offset:
        value = str(max(shown.offset - per_page, 0))
        turns.append(button("Newer", f"{ids.LIST_PAGE}:newer", value=value))
    if last < shown.total:
        turns.append(button("Older", f"{ids.LIST_PAGE}:older", value=str(last)))
    return turns
