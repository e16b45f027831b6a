"""What of a ticket must be done by when, as far as it still waits for that."""

from datetime import datetime
from typing import NamedTuple

from bot.domain.ticket import Ticket

_SOON = 0.8  # of the time from its creation


class Deadline(NamedTuple):
    """`about` names it, such as `resolution`. From `soon_at` on it is due soon."""

    about: str
    soon_at: datetime
    due_at: datetime


def deadlines(ticket: Ticket) -> tuple[Deadline, ...]:
    if ticket.sla_due_at is None or not ticket.is_open:
        return ()
    due_at = ticket.sla_due_at
    soon_at = ticket.created_at + (due_at - ticket.created_at) * _SOON
    return (Deadline("resolution", min(soon_at, due_at), due_at),)
