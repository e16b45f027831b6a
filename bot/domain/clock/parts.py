"""What a rule keeps with a ticket."""

from datetime import datetime
from typing import TypedDict, Unpack

from bot.domain.clock.alerts import with_clock
from bot.domain.clock.ticket_clock import Asking, Stale, TicketClock
from bot.domain.ticket import Ticket


class Parts(TypedDict, total=False):
    stale: Stale | None
    asking: Asking | None
    close_at: datetime | None


def with_part(ticket: Ticket, **parts: Unpack[Parts]) -> Ticket:
    """The ticket with another part of its clock; the same one where it has that already."""
    known = ticket.clock or TicketClock()
    return with_clock(ticket, known.model_copy(update={**parts}))
