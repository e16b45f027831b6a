"""What a test reads of a ticket's history."""

from collections.abc import Sequence

from pydantic import JsonValue

from bot.domain.clock.targets import CALENDAR, POLICY
from bot.domain.history import wire_state
from bot.domain.ticket import Entry, Ticket
from bot.services.ports.store import Reader


async def history_of(reader: Reader, number: int) -> Sequence[Entry]:
    """All of it, oldest first."""
    return [*reversed(await reader.history(number, limit=1_000_000))]


def replayed(ticket: Ticket, history: Sequence[Entry]) -> dict[str, JsonValue]:
    """The state that a history adds up to: the `wire_state` of its ticket."""
    state: dict[str, JsonValue] = dict.fromkeys(wire_state(ticket))
    for entry in history:
        for change in entry.changes:
            if change.field in {POLICY, CALENDAR}:
                continue  # why, and nothing of the ticket
            assert state[change.field] == change.before
            state[change.field] = change.after
    return state


def as_read(ticket: Ticket) -> Ticket:
    """The ticket once it was saved: what is new of it has gone to its history."""
    return ticket.model_copy(update={"new_entries": ()})
