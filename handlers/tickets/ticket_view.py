"""A ticket's own view: all of it in one place, as far as whoever looks may read it."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from pydantic import Field

from bot.domain.clock.settings import ClockSettings
from bot.domain.comments import CommentPage
from bot.domain.directory import Directory
from bot.domain.fields import TICKET_FIELDS, label
from bot.domain.history import HistoryPage
from bot.domain.permissions import Actor, may, readable, thread_of
from bot.domain.record import Record
from bot.domain.steps import STEPS
from bot.domain.ticket import Ticket
from handlers.blocks import card, comments
from handlers.blocks.buttons import button_row
from handlers.blocks.due import due_field, targets, time_left
from handlers.blocks.kit import SECTION, Block, View, actions, button, context, divider, modal, section
from handlers.blocks.site_notes import site_notes
from handlers.blocks.text import linked, moment, one_line, person, pieces, user_text
from handlers.blocks.values import value_text
from handlers.blocks.visibility import shared_words
from handlers.slack import ids
from handlers.tickets.history_view import entry_text

HISTORY = 50  # entries that are looked through for private notes
_ENTRIES = 5
_NOTES = 5
_PIECES = 3  # sections of a description
_IN_A_SECTION = 10
_ABOVE = (
    "summary",
    "symptomDescription",
    "status",
    "assignedUserId",
    "triageNotes",
)  # with words of their own


class TicketMeta(Record):
    """What rides in its private_metadata. `before`: the page of comments that it shows, as `TicketComments.of` takes it."""

    number: int
    before: int | None = Field(None)


class TicketContents(NamedTuple):
    """`names` are those of tickets by their IDs; `history` is its newest entries. `now` and `clock`: by which the time that is
    left is counted. `shared`: who sees it elsewhere; None where there is nobody to share it with, or that is not for who looks."""

    ticket: Ticket
    directory: Directory
    comments: CommentPage
    history: HistoryPage
    names: Mapping[str, str]
    now: datetime
    clock: ClockSettings
    shared: card.Shared | None = None


def ticket_modal(meta: TicketMeta, shown: TicketContents, actor: Actor) -> View:
    ticket = shown.ticket
    blocks = [
        section(f"{card.DOTS[ticket.priority]} *{one_line(ticket.summary, card.SUMMARY)}*"),
        *button_row(ticket, lambda step: may(actor, step.action, ticket), without="show"),
        *_fields(shown, actor),
        *_targets(shown, actor),
        *(site_notes(ticket, shown.directory) if may(actor, "read_notes", ticket) else []),
        context(card.places(ticket, thread_of(actor, ticket))),
        *_shared(shown),
        *_texts(ticket, actor),
    ]
    for part in (comments.comment_blocks(ticket, shown.comments), _notes(shown), _history(shown)):
        blocks += [divider(), *part] if part else []
    view = modal(ticket.name, blocks, callback_id=ids.TICKET)
    return view | {"private_metadata": meta.model_dump_json(exclude_defaults=True)}


def _fields(shown: TicketContents, actor: Actor) -> list[Block]:
    ticket = shown.ticket
    values = {
        "status": card.status(ticket),
        "assignedUserId": person(ticket.assigned_user_id) if ticket.assigned_user_id else "Nobody yet",
    }
    wire = ticket.to_wire()
    for field, row in TICKET_FIELDS.items():
        value = wire.get(field)
        is_usual = row.form == "more" and value == row.default
        if row.form and field not in _ABOVE and isinstance(value, str | float) and value and not is_usual:
            values[field] = value_text(field, value, shown.directory, shown.names)
    if due := due_field(ticket):
        values["slaDueAt"] = " · ".join(filter(None, (due, time_left(ticket, shown.now, shown.clock))))
    pairs = [f"*{label(field)}*\n{words}" for field, words in readable(actor, values, ticket).items()]
    return [
        section("", fields=pairs[start : start + _IN_A_SECTION])
        for start in range(0, len(pairs), _IN_A_SECTION)
    ]


def _targets(shown: TicketContents, actor: Actor) -> list[Block]:
    """How far its service level is, for those who work it."""
    is_theirs = may(actor, "read_notes", shown.ticket) and shown.ticket.is_open
    words = targets(shown.ticket, shown.now, shown.clock) if is_theirs else ""
    return [section(words)] if words else []


def _shared(shown: TicketContents) -> list[Block]:
    """Who else sees it, and the way to change that."""
    if shown.shared is None:
        return []
    words = shared_words(shown.ticket, shown.shared.names) or "For this workspace alone"
    step = STEPS["share"]
    share = button(step.button, f"{ids.STEP}:{step.name}", value=str(shown.ticket.number))
    return [section(words, accessory=share)]


def _texts(ticket: Ticket, actor: Actor) -> list[Block]:
    blocks: list[Block] = []
    if text := ticket.symptom_description:
        cut = pieces(linked(text), SECTION)
        blocks += [section(piece) for piece in cut[:_PIECES] if piece.strip()]
    if notes := readable(actor, {"triageNotes": ticket.triage_notes}, ticket).get("triageNotes"):
        blocks.append(section(f":lock: *{label('triageNotes')}*\n{user_text(notes, 2000)}"))
    return blocks


def _notes(shown: TicketContents) -> list[Block]:
    """What agents have noted. The entries are as whoever looks may read them: without notes for others."""
    noted = [entry for entry in shown.history.entries if entry.note][:_NOTES]
    told = [
        section(f":lock: {person(entry.actor)} · {moment(entry.at)}\n{user_text(entry.note or '', 1000)}")
        for entry in noted
    ]
    return [section("*Private notes, for agents only*"), *told] if told else []


def _history(shown: TicketContents) -> list[Block]:
    newest = shown.history.entries[:_ENTRIES]
    told = [
        context(entry_text(entry, shown.ticket, shown.directory, shown.names, with_note=False))
        for entry in newest
    ]
    step = STEPS["history"]
    whole = button("All of its history", f"{ids.STEP}:{step.name}", value=str(shown.ticket.number))
    return [section(f"*{step.button}*"), *told, actions(whole)]
