"""Lists of tickets, in pages: a table in a message, and two lines for each ticket where a surface takes no table.

Source: https://docs.slack.dev/reference/block-kit/blocks/data-table-block (messages alone take it: up to 100 rows below
the header, whose cells are no rich text)
"""

from collections.abc import Sequence
from datetime import datetime

from pydantic import JsonValue

from bot.domain.bulk import may_pick
from bot.domain.clock.settings import ClockSettings
from bot.domain.fields import label
from bot.domain.permissions import Actor, thread_of
from bot.domain.search import TicketFilter, TicketPage
from bot.domain.ticket import Ticket
from bot.domain.words import choice, listed, quoted
from handlers.blocks.due import time_left
from handlers.blocks.kit import Block, Message, actions, context, message, section
from handlers.blocks.text import linked, message_url, one_line, shorten, with_mentions
from handlers.blocks.ticket_list import ORDERS, PER_PAGE, age, count, open_menu, page_buttons, pick_button
from handlers.slack import ids

_SUMMARY = label("summary")
_FIELDS = ("status", "priority", "assignedUserId", "slaDueAt")
_COLUMNS = ("Ticket", _SUMMARY, *map(label, _FIELDS), "Age")


def page_message(
    shown: TicketPage,
    wanted: TicketFilter,
    words: str,
    *,
    actor: Actor,
    now: datetime,
    clock: ClockSettings,
) -> Message:
    """What somebody found by typing `words`: who may pick several has a button for it."""
    name = _name(wanted, actor.user)
    narrowed = f"Found by “{_typed(words)}”" if words else ""
    if not shown.total:
        hint = "`/ticket list` shows the open ones." if words else "`/ticket` makes one."
        if wanted.words:
            sought = listed([quoted(word) for word in wanted.words], "and")
            hint = f"I looked for {linked(sought)} in what they say. {hint}"
        return message(f"No {name}{' match that' if words else ''}. {hint}", _none(narrowed, name, hint))
    last = shown.offset + len(shown.tickets)
    span = f"{shown.offset + 1:,}–{last:,} of {count(shown.total)}" if shown.tickets else count(shown.total)
    title = f"{name[0].upper()}{name[1:]} {span}, {ORDERS[wanted.sort]}"
    blocks = [context(narrowed)] if narrowed else []
    if not shown.tickets:
        blocks.append(section(f"*{title}*"))
    else:  # the caption is its title
        blocks.append(_table(shown.tickets, title, actor, now, clock))
    buttons = page_buttons(shown, ids.LIST_PAGE, words)
    if shown.tickets:
        buttons.insert(0, open_menu(shown.tickets))
        if may_pick(actor):
            buttons.append(pick_button(shown, words))
    return message(title, [*blocks, actions(*buttons)] if buttons else blocks)


def not_all(shown: Message, why: str) -> Message:
    """A page for somebody who may be able to see more."""
    return below(shown, [context(f":hourglass: {why}")])


def below(shown: Message, more: Sequence[Block]) -> Message:
    """A page with more below it."""
    blocks = shown.get("blocks") or [section(shown["text"])]
    return message(shown["text"], [*blocks, *more]) if more else shown


def not_understood(line: str, why: str, otherwise: Sequence[Block]) -> Message:
    """`why`: a sentence for each word that was not understood. `otherwise`: what to do if it was meant otherwise."""
    warning = f":warning: {one_line(why, 2000)}"
    return message(warning, [section(warning), context(f"You typed “/ticket {_typed(line)}”"), *otherwise])


def _name(wanted: TicketFilter, user: str) -> str:
    tickets = "open tickets" if wanted.open_only else "tickets"
    if wanted.assignees == (user,):
        return f"{tickets} of yours"
    asked = user == wanted.involving or wanted.requesters == (user,) or _is_asked(wanted.within, user)
    return f"{tickets} that you asked for" if asked else tickets


def _is_asked(within: TicketFilter | None, user: str) -> bool:
    return within is not None and (within.involving == user or within.requesters == (user,))


def _none(narrowed: str, name: str, hint: str) -> list[Block]:
    none = section(f"No {name}{' match that' if narrowed else ''}. {hint}")
    return [none, context(narrowed)] if narrowed else []


def _typed(words: str) -> str:
    return with_mentions(one_line(words, 400))


def _table(
    tickets: Sequence[Ticket], caption: str, actor: Actor, now: datetime, clock: ClockSettings
) -> Block:
    header: list[JsonValue] = [_raw(column) for column in _COLUMNS]
    rows: list[JsonValue] = [header, *(_cells(ticket, actor, now, clock) for ticket in tickets)]
    return {"type": "data_table", "caption": caption, "page_size": PER_PAGE, "rows": rows}


def _cells(ticket: Ticket, actor: Actor, now: datetime, clock: ClockSettings) -> list[JsonValue]:
    assignee = ticket.assigned_user_id
    return [
        _rich({"type": "link", "url": message_url(thread.channel, thread.ts), "text": ticket.name})
        if (thread := thread_of(actor, ticket))
        else _raw(ticket.name),
        _rich({"type": "text", "text": shorten(" ".join(ticket.summary.split()), 200)}),
        _raw(choice(ticket.status)),
        _raw(choice(ticket.priority)),
        _rich({"type": "user", "user_id": assignee}) if assignee else _raw("nobody"),
        _due(ticket, time_left(ticket, now, clock)),
        _raw(age(ticket.created_at, now)),
    ]


def _due(ticket: Ticket, left: str) -> JsonValue:
    if ticket.due_at is None:
        return _raw(left or "—")
    behind: list[dict[str, JsonValue]] = [{"type": "text", "text": f" · {left}"}] if left else []
    return _rich(_date(ticket.due_at), *behind)


def _raw(text: str) -> JsonValue:
    return {"type": "raw_text", "text": text}


def _rich(*elements: dict[str, JsonValue]) -> JsonValue:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [*elements]}]}


def _date(when: datetime) -> dict[str, JsonValue]:
    return {
        "type": "date",
        "timestamp": int(when.timestamp()),
        "format": "{date_short_pretty} at {time}",
        "fallback": f"{when:%Y-%m-%d %H:%M} UTC",
    }
