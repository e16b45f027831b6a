"""Holds and snoozes end by themselves: the ticket comes back, and whoever has it is told what it waited for."""

from datetime import datetime

from bot.domain.clock.told import CLOCK, Moment, Struck
from bot.domain.lifecycle import StepContext, wake
from bot.domain.news import News, Role
from bot.domain.ticket import WAITING, Ticket


def next_moment(ticket: Ticket) -> datetime | None:
    if ticket.status == "on_hold":
        return ticket.hold_until
    return ticket.snoozed_until if ticket.status in WAITING else None


def struck(ticket: Ticket, moment: Moment) -> Struck:
    over = next_moment(ticket)
    if over is None or over > moment.at:
        return Struck(ticket)
    woken = wake(ticket, StepContext(CLOCK, moment.at))
    return Struck(woken, _told(woken, moment))


def _told(ticket: Ticket, moment: Moment) -> tuple[News, ...]:
    """Whoever has it; else whoever is on call for its queue; else its triage channel."""
    holder: tuple[Role, str] | None = None
    if ticket.assigned_user_id:
        holder = "assignee", ticket.assigned_user_id
    elif moment.on_call:
        holder = "on_call", moment.on_call[0]
    elif moment.queue:
        holder = "team", moment.queue.channel
    if holder is None:
        return ()
    role, to = holder
    return (News(event="came_back", role=role, to=to, by=CLOCK, version=ticket.version),)
