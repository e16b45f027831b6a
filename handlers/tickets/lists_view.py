"""Lists of tickets, in pages: a table in a message, and two lines for each ticket where a surface takes no table.

Source: https://docs.slack.dev/reference/block-kit/blocks/table-block
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from pydantic import JsonValue

from bot.domain.fields import TICKET_FIELDS, label
from bot.domain.search import Page, TicketFilter
from bot.domain.ticket import Ticket
from bot.domain.words import choice
from handlers.blocks.kit import Block, Message, actions, button, context, message, section
from handlers.blocks.text import moment, one_line, person, shorten, with_mentions
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
_SUMMARY = label("summary")
_FIELDS = ("status", "priority", "assignedUserId", "slaDueAt")
_COLUMNS = ("Ticket", _SUMMARY, *map(label, _FIELDS), "Age")


def page(shown: Page, wanted: TicketFilter, words: str, *, user: str, now: datetime, bulk: bool) -> Message:
    """What `user` found by typing `words`. `bulk`: with a button to pick some of them."""
    name = _name(wanted, user)
    narrowed = f"Found by “{_typed(words)}”" if words else ""
    if not shown.total:
        hint = "`/ticket list` shows the open ones." if words else "`/ticket` makes one."
        return message(f"No {name}{' match that' if words else ''}. {hint}", _none(narrowed, name, hint))
    last = shown.offset + len(shown.tickets)
    span = f"{shown.offset + 1}–{last} of {shown.total}" if shown.tickets else f"{shown.total}"
    title = f"{name[0].upper()}{name[1:]} {span}, {ORDERS[wanted.sort]}"
    blocks = [section(f"*{title}*")]
    if narrowed:
        blocks.append(context(narrowed))
    if shown.tickets:
        blocks.append(_table(shown.tickets, now))
    buttons = turns(shown, ids.LIST_PAGE, words)
    if bulk and shown.tickets:
        buttons.append(pick(shown, words))
    return message(title, [*blocks, actions(*buttons)] if buttons else blocks)


def not_understood(words: str, why: str) -> Message:
    """`why`: a sentence for each word that was not understood."""
    said = f":warning: {one_line(why, 2000)}"
    return message(said, [section(said), context(f"You typed “/ticket list {_typed(words)}”")])


def carried(offset: int, words: str) -> str:
    """A page of a list, as a button carries it."""
    return f"{offset} {words}".strip()


def turns(shown: Page, action_id: str, words: str = "") -> list[Block]:
    """Slack wants each action_id once in a message, so they end in the way they turn."""
    turns, last = [], shown.offset + len(shown.tickets)
    if shown.offset:
        value = carried(max(shown.offset - PER_PAGE, 0), words)
        turns.append(button("Back", f"{action_id}:newer", value=value))
    if last < shown.total and shown.tickets:
        turns.append(button("More", f"{action_id}:older", value=carried(last, words)))
    return turns


def pick(shown: Page, words: str = "") -> Block:
    """Opens a form with the tickets of this page, which it carries."""
    numbers = ",".join(str(ticket.number) for ticket in shown.tickets)
    return button("Pick tickets…", ids.PICK, value=f"{numbers} {carried(shown.offset, words)}")


def row(ticket: Ticket, now: datetime) -> list[Block]:
    """A ticket where there is no table."""
    facts = (
        choice(ticket.status),
        choice(ticket.priority),
        person(ticket.assigned_user_id) if ticket.assigned_user_id else "nobody",
        f"{age(ticket.created_at, now)} old",
        f"due {moment(ticket.sla_due_at)}" if ticket.sla_due_at else "no due time",
    )
    return [section(f"*{ticket.name}* {one_line(ticket.summary, 200)}"), context(" · ".join(facts))]


def age(since: datetime, now: datetime) -> str:
    """How long ago, in the one unit that matters: `5 min`, `3 h`, `12 d`."""
    passed = max(now - since, timedelta(0))
    if passed < _HOUR:
        return f"{passed // timedelta(minutes=1)} min"
    return f"{passed // _HOUR} h" if passed < _DAY else f"{passed // _DAY} d"


def _name(wanted: TicketFilter, user: str) -> str:
    tickets = "open tickets" if wanted.open_only else "tickets"
    if wanted.assignees == (user,):
        return f"{tickets} of yours"
    asked = user == wanted.involving or wanted.requesters == (user,) or _is_asked(wanted.within, user)
    return f"{tickets} that you asked for" if asked else tickets


def _is_asked(within: TicketFilter | None, user: str) -> bool:
    return within is not None and (within.involving == user or within.requesters == (user,))


def _none(narrowed: str, name: str, hint: str) -> list[Block]:
    said = section(f"No {name}{' match that' if narrowed else ''}. {hint}")
    return [said, context(narrowed)] if narrowed else []


def _typed(words: str) -> str:
    return with_mentions(one_line(words, 400))


def _table(tickets: Sequence[Ticket], now: datetime) -> Block:
    header: list[JsonValue] = [_raw(column) for column in _COLUMNS]
    rows: list[JsonValue] = [header, *(_cells(ticket, now) for ticket in tickets)]
    wide: list[JsonValue] = [{"is_wrapped": column == _SUMMARY} for column in _COLUMNS]
    return {"type": "table", "rows": rows, "column_settings": wide}


def _cells(ticket: Ticket, now: datetime) -> list[JsonValue]:
    assignee, due = ticket.assigned_user_id, ticket.sla_due_at
    return [
        _raw(ticket.name),
        _rich({"type": "text", "text": shorten(" ".join(ticket.summary.split()), 200)}),
        _raw(choice(ticket.status)),
        _raw(choice(ticket.priority)),
        _rich({"type": "user", "user_id": assignee}) if assignee else _raw("nobody"),
        _rich(_date(due)) if due else _raw("—"),
        _raw(age(ticket.created_at, now)),
    ]


def _raw(text: str) -> JsonValue:
    return {"type": "raw_text", "text": text}


def _rich(element: dict[str, JsonValue]) -> JsonValue:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [element]}]}


def _date(when: datetime) -> dict[str, JsonValue]:
    return {
        "type": "date",
        "timestamp": int(when.timestamp()),
        "format": "{date_short_pretty} at {time}",
        "fallback": f"{when:%Y-%m-%d %H:%M} UTC",
    }
