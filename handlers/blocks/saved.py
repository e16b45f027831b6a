"""What whoever made a ticket hears: that it is saved, with all that it says, and the way back where that was a slip."""

from collections.abc import Mapping
from typing import NamedTuple

from pydantic import JsonValue

from bot.domain.contract import TicketCreate
from bot.domain.directory import Directory
from bot.domain.fields import TICKET_FIELDS
from bot.domain.steps import STEPS
from bot.domain.ticket import Ticket
from bot.domain.words import quoted
from handlers.blocks import card, notice
from handlers.blocks.kit import (
    SECTION,
    Block,
    Message,
    View,
    actions,
    button,
    context,
    message,
    modal,
    section,
)
from handlers.blocks.text import fitting, on_its_way, one_line, user_text
from handlers.blocks.values import value_text, values_text
from handlers.slack import ids

_SAID_ABOVE = ("customerId", "siteId", "ticketType", "summary")  # by the line itself, whoever reads it
_FIRST = "slaDueAt"  # a time is what is misread most easily
_TOLD = {
    name
    for name, info in TicketCreate.model_fields.items()
    if (field := info.alias or name) not in _SAID_ABOVE and TICKET_FIELDS[field].form
}


class Told(NamedTuple):
    """What a confirmation tells of: fields in wire form that the line set, and those that the channel `filled`. `names` are those
    of tickets by their IDs. `seen_by`: who else sees it, where that is to be said."""

    fields: Mapping[str, JsonValue]
    directory: Directory
    names: Mapping[str, str]
    filled: Mapping[str, JsonValue] = {}
    seen_by: str = ""


def saved(
    ticket: Ticket, told: Told, *, meant_queue: str | None = None, refused: str | None = None
) -> Message:
    """The confirmation of a typed line, which only its author sees, with Edit and Undo. `meant_queue`: the queue that a typo
    was meant for; `refused` as `on_its_way` takes it.
    """
    words = f":white_check_mark: *{ticket.name}* is saved: {one_line(ticket.summary, card.SUMMARY)}"
    more = on_its_way("Its card", refused)
    if meant_queue:
        more += f" No queue is called {user_text(quoted(ticket.assigned_queue or ''), 200)}."
        name = one_line(meant_queue, 100)
        more += f" Did you mean {name}? Agents move it there: `/ticket assign {ticket.name} #{name}`"
    values = [
        f"*{TICKET_FIELDS[field].label}* {value_text(field, value, told.directory, told.names)}"
        for field, value in told.fields.items()
    ]
    if told.filled:
        values.append(f"From this channel: {values_text(told.filled, told.directory)}")
    if told.seen_by:
        more += f"\n{told.seen_by}"
    fields = [section(fitting(values, "\n", SECTION))] if values else []
    return message(words, [section(words), *fields, context(more), _ways_back(ticket)])


def set_by_line(ticket: Ticket) -> dict[str, str | float]:
    """The fields that are as somebody said and not as they are by default, the due time first."""
    wire = ticket.model_dump(mode="json", include=_TOLD)
    return {
        field: wire[field]
        for field in sorted(wire, key=lambda field: field != _FIRST)
        if isinstance(wire[field], str | float) and wire[field] not in {"", TICKET_FIELDS[field].default}
    }


def saved_view(ticket: Ticket, directory: Directory, refused: str | None = None) -> View:
    """For whoever opens a form again whose ticket is saved, and where it is `refused` that a card confirms it."""
    waits = f" {on_its_way('Its card', refused)}" if refused else ""
    head = section(f":white_check_mark: *{ticket.name}* is saved.{waits}")
    return modal(
        f"{ticket.name} is saved",
        [head, *card.blocks(ticket, directory)],
        callback_id=ids.NOTICE,
    )


def undone(ticket: Ticket, *, again: str, nonce: str) -> Message:
    """For whoever undid their ticket: what they typed, to be mended. `again` and `nonce` as `notice.again_button` takes
    them."""
    words = f"*{ticket.name}* was undone."
    line = ticket.origin.line
    offered = (
        [*notice.typed_line(line), *notice.again_button(again, "Open the form again", nonce)] if line else []
    )
    return message(f"{ticket.name} was undone.", [section(words), *offered, card.bring_back(ticket)])


def _ways_back(ticket: Ticket) -> Block:
    number = str(ticket.number)
    return actions(
        *(button(STEPS[step].button, f"{ids.STEP}:{step}", value=number) for step in ("edit", "undo"))
    )
