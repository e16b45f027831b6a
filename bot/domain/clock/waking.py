"""Holds and snoozes end by themselves: the ticket comes back, and whoever has it is told what it waited for."""

from datetime import datetime

from bot.domain.clock.told import CLOCK, Moment, Struck
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
    """Whoever has it; else whoever is on call for its queue; else its triage channel. Its requester knows of a hold, and of no
    snooze."""
    told = news(Happened(before, after, CLOCK, "came_back"), moment.listeners)
    if before.status != "on_hold":
        told = tuple(each for each in told if each.role != "requester")
    if moment.queue and not any(each.role in {"assignee", "on_call"} for each in told):
        channel = moment.queue.channel
        team = News(event="came_back", role="team", to=channel, by=CLOCK, version=after.version)
        return (team, *told)
    return told
