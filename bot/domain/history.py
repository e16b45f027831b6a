"""A ticket's history: what it adds up to, what of it somebody may read, and what a form changed since then."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue

from bot.domain.fields import TICKET_FIELDS
from bot.domain.permissions import Actor, may
from bot.domain.steps import STEPS
from bot.domain.ticket import Entry, Ticket

PRIVATE = frozenset({STEPS["note"].what})
"""The entries that are for whoever reads notes, by their `what`."""


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """What somebody may read of a ticket's history, the newest first: `offset` entries of it came before this page."""

    ticket: Ticket
    entries: Sequence[Entry]
    offset: int
    has_older: bool


def wire_state(ticket: Ticket) -> dict[str, JsonValue]:
    """All that steps can change, by its wire names: what the changes of a ticket's history add up to."""
    return ticket.model_dump(mode="json", include=_STATE)


def state_before(ticket: Ticket, since: Sequence[Entry]) -> dict[str, JsonValue]:
    """The `wire_state` that a ticket had before the newest entries of its history, which stand oldest first."""
    state = wire_state(ticket)
    for entry in reversed(since):
        state |= {change.field: change.before for change in entry.changes}
    return state


def readable_entries(actor: Actor, ticket: Ticket, entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """The entries that somebody may read, and of each what they may: what is private is for those who read notes."""
    if may(actor, "read_notes", ticket):
        return tuple(entries)
    if not may(actor, "see", ticket):
        return ()
    return tuple(_public(entry) for entry in entries if entry.what not in PRIVATE)


def changed_in_form(
    held: Mapping[str, JsonValue],
    ticket: Ticket,
    since: Sequence[Entry],
    fields: Sequence[str],
    shown: Callable[[str], str],
) -> dict[str, JsonValue]:
    """What somebody changed in a form; None where they emptied it.

    `since` is what has happened to the ticket since the form was filled from it, oldest first; `held` is what its inputs
    hold, `shown` how much of a text they can.
    """
    before = state_before(ticket, since)
    return {
        field: held.get(field)
        for field in fields
        if not _is_same(field, held.get(field), before.get(field), shown)
    }


def _is_same(field: str, held: JsonValue, before: JsonValue, shown: Callable[[str], str]) -> bool:
    """Inputs hold whole seconds, and the beginnings of long texts."""
    if held is None or before is None:
        return held == before
    if TICKET_FIELDS[field].element == "time":
        return _second(held) == _second(before)
    return str(held).strip() == shown(str(before)).strip()


def _second(moment: JsonValue) -> datetime:
    return datetime.fromisoformat(str(moment)).replace(microsecond=0)


def _public(entry: Entry) -> Entry:
    changes = tuple(change for change in entry.changes if not _is_private(change.field))
    return entry.model_copy(update={"note": None, "changes": changes})


def _is_private(field: str) -> bool:
    """A field without a row was stored by a later version: nobody knows whom it is for."""
    return field not in TICKET_FIELDS or TICKET_FIELDS[field].private


_STATE = set(Ticket.model_fields) - {
    "id",
    "number",
    "created_at",
    "updated_at",
    "response_late",
    "created_by",
    "origin",
    "version",
    "same_thread",
    "thread_unread",
    "visible_since",
    "shared_with",
    "clock",
    "cards",
    "new_entries",
}
