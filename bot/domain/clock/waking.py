"""Holds and snoozes end by themselves: the ticket comes back, and whoever has it is told what it waited for."""

from datetime import datetime

from bot.domain.clock.context import CLOCK, Moment, Struck
from bot.domain.clock.holders import holder
from bot.domain.lifecycle import StepContext, wake
from bot.domain.news import News
from bot.domain.telling import Happened, news
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
    return Struck(woken, _told(ticket, woken, moment))


def _told(before: Ticket, after: Ticket, moment: Moment) -> tuple[News, ...]:
    """Whoever has it and is here; else whoever is on call for its queue; else its triage channel. Its requester knows of a
    hold, and of no snooze."""
    told = news(Happened(before, after, CLOCK, "came_back"), moment.listeners)
    others = {"agent", "requester"} if before.status == "on_hold" else {"agent"}
    found = holder(after, moment)
    rest = (each for each in told if each.role in others and each.to not in moment.left)
    if found is None:
        return tuple(rest)
    role, to = found
    first = News(event="came_back", role=role, to=to, by=CLOCK, version=after.version)
    return (first, *(each for each in rest if each.to != to))
