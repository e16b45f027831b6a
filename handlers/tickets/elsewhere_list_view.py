"""Lists of other workspaces' tickets, in pages, as `lists_view` has those of this one. People are shown by name."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import JsonValue

from bot.domain.elsewhere import SeenPage, SeenTicket
from bot.domain.search import TicketFilter
from bot.domain.words import choice
from handlers.blocks import elsewhere
from handlers.blocks.kit import Block, Message, actions, button, context, message, section
from handlers.blocks.text import one_line, shorten
from handlers.blocks.ticket_list import ORDERS, PER_PAGE, age, carried, count, page_buttons
from handlers.slack import ids

_COLUMNS = ("Ticket", "Summary", "Status", "Priority", "Assignee", "From", "Age")
_NAME = 60


def page_message(shown: SeenPage, wanted: TicketFilter, words: str, now: datetime) -> Message:
    narrowed = [context(f"Found by “{one_line(words, 400)}”")] if words else []
    name = "open tickets" if wanted.open_only else "tickets"
    if not shown.total:
        hint = "`/ticket list from:any status:any` shows all that other workspaces share."
        return message(
            f"No {name} of others match that.",
            [section(f"No {name} of others match that. {hint}"), *narrowed],
        )
    last = shown.offset + len(shown.tickets)
    span = f"{shown.offset + 1:,}–{last:,} of {count(shown.total)}" if shown.tickets else count(shown.total)
    title = f"{name[0].upper()}{name[1:]} of other workspaces {span}, {ORDERS[wanted.sort]}"
    blocks = [*narrowed, _table(shown.tickets, title, now) if shown.tickets else section(f"*{title}*")]
    buttons = page_buttons(shown, ids.LIST_PAGE, words)
    if shown.tickets:
        buttons.insert(0, elsewhere.open_menu(shown.tickets))
    return message(title, [*blocks, actions(*buttons)] if buttons else blocks)


def others_match(total: int, words: str) -> list[Block]:
    """Below a list of this workspace's tickets, where what others share fits the words as well."""
    what = (
        "1 ticket that another workspace shares matches"
        if total == 1
        else f"{count(total)} tickets that others share match"
    )
    show = button("Show them", f"{ids.LIST_PAGE}:elsewhere", value=carried(0, words))
    return [section(f"{what}, too.", accessory=show)]


def _table(tickets: Sequence[SeenTicket], caption: str, now: datetime) -> Block:
    header: list[JsonValue] = [_raw(column) for column in _COLUMNS]
    rows: list[JsonValue] = [header, *(_cells(seen, now) for seen in tickets)]
    return {"type": "data_table", "caption": caption, "page_size": PER_PAGE, "rows": rows}


def _cells(seen: SeenTicket, now: datetime) -> list[JsonValue]:
    if seen.shared is None:
        return [_raw(seen.name), *(_raw("—") for _ in _COLUMNS[1:])]
    ticket, people = seen.shared.ticket, seen.shared.people
    assignee = people.get(ticket.assigned_user_id, "somebody there") if ticket.assigned_user_id else "nobody"
    return [
        _raw(seen.name),
        _rich(shorten(" ".join(ticket.summary.split()), 200)),
        _raw(choice(ticket.status)),
        _raw(choice(ticket.priority)),
        _rich(shorten(assignee, _NAME)),
        _rich(shorten(seen.home.name or seen.home.calls, _NAME)),
        _raw(age(ticket.created_at, now)),
    ]


def _raw(text: str) -> JsonValue:
    return {"type": "raw_text", "text": text}


def _rich(text: str) -> JsonValue:
    section: JsonValue = {"type": "rich_text_section", "elements": [{"type": "text", "text": text or "—"}]}
    return {"type": "rich_text", "elements": [section]}
