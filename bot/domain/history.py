"""A ticket's history: what it adds up to, what of it somebody may read, and what a form changed since then."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from pydantic import JsonValue

from bot.domain.fields import TICKET_FIELDS
from bot.domain.permissions import Actor, may
from bot.domain.steps import STEPS
from bot.domain.ticket import Entry, Ticket


def wire_state(ticket: Ticket) -> dict[str, JsonValue]:
    """All that steps can change, by its wire names: what the history of a ticket adds up to."""
    return ticket.model_dump(mode="json", include=_STATE)


def replayed(history: Sequence[Entry]) -> dict[str, JsonValue]:
    """The state that a history adds up to: `wire_state` of the ticket it belongs to."""
    state: dict[str, JsonValue] = dict.fromkeys(_WIRE_NAMES)
    for entry in history:
        state |= {change.field: change.after for change in entry.changes}
    return state


def readable_entries(actor: Actor, ticket: Ticket, entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """The entries that somebody may read, and of each what they may: what is private is for those who read notes."""
    if may(actor, "read_notes", ticket):
        return tuple(entries)
    if not may(actor, "see", ticket):
        return ()
    return tuple(_public(entry) for entry in entries if entry.what != STEPS["note"].what)


def changed_in_form(
    held: Mapping[str, JsonValue],
    ticket: Ticket,
    version: int,
    fields: Sequence[str],
    shown: Callable[[str], str],
) -> dict[str, JsonValue]:
    """What somebody changed in a form that was filled from a version of the ticket; None where they emptied it.

    `held` is what its inputs hold, `shown` how much of a text they can.
    """
    before = replayed(ticket.history[:version])
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


_OUTSIDE = {"id", "number", "created_at", "updated_at", "created_by", "origin", "version", "history", "cards"}
_STATE = set(Ticket.model_fields) - _OUTSIDE
_WIRE_NAMES = [Ticket.model_fields[name].alias or name for name in Ticket.model_fields if name in _STATE]
