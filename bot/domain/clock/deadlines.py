"""What of a ticket must be done by when, as far as that still waits: its targets, and the due time that somebody gave."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple

from bot.domain.clock.service_levels import DueState, TargetKind
from bot.domain.clock.ticket_clock import TicketClock
from bot.domain.ticket import Ticket

GIVEN: Final = "due"
"""What the due time that somebody gave is called among them."""


def given_soon(ticket: Ticket, given: datetime) -> datetime:
    """When four fifths have passed from the ticket's beginning to the due time that somebody gave."""
    return given - max(given - ticket.created_at, timedelta()) / 5


class Deadline(NamedTuple):
    """`about` names it, such as `resolution`. From `soon_at` on it is due soon; both times are None while it stands still.
    `state` is what the clock has found of it so far."""

    about: Literal["due"] | TargetKind
    state: DueState
    soon_at: datetime | None
    due_at: datetime | None


def deadlines(ticket: Ticket) -> Iterator[Deadline]:
    if not ticket.is_open or ticket.withdrawn_at:
        return
    clock = ticket.clock or TicketClock()
    if given := ticket.sla_due_at:
        yield Deadline(GIVEN, clock.given_due, given_soon(ticket, given), given)
    for target in clock.level.targets if clock.level else ():
        is_replaced = target.kind == "resolution" and given  # that due time stands in its place
        if target.met_at is None and not is_replaced:
            is_running = target.since is not None
            due_at = target.due_at if is_running else None
            yield Deadline(target.kind, target.state, target.soon_at if is_running else None, due_at)
