"""What a rule keeps with a ticket."""

from datetime import datetime
from typing import TypedDict, Unpack

from bot.domain.clock.context import CLOCK
from bot.domain.clock.ticket_clock import Asking, Stale, TicketClock
from bot.domain.lifecycle import StepContext
from bot.domain.ticket import Change, Entry, Ticket


class Parts(TypedDict, total=False):
    stale: Stale | None
    asking: Asking | None
    close_at: datetime | None


def with_part(ticket: Ticket, **parts: Unpack[Parts]) -> Ticket:
    """The ticket with another part of its clock; the same one where it has that already."""
    known = ticket.clock or TicketClock()
    return with_clock(ticket, known.model_copy(update={**parts}))


def with_clock(ticket: Ticket, clock: TicketClock) -> Ticket:
    """The ticket with what the clock keeps of it: nothing, where that is empty."""
    kept = None if clock == TicketClock() else clock
    return ticket if kept == ticket.clock else ticket.model_copy(update={"clock": kept})


def noted(ticket: Ticket, what: str, changes: tuple[Change, ...], context: StepContext) -> Ticket:
    """With one more entry in its history, which changes nothing of it. It is no newer by one of the clock's own."""
    entry = Entry(at=context.at, actor=context.actor, what=what, changes=changes)
    updated_at = ticket.updated_at if context.actor == CLOCK else context.at
    update = {"new_entries": (*ticket.new_entries, entry), "updated_at": updated_at}
    return ticket.model_copy(update={**update, "version": ticket.version + 1})
