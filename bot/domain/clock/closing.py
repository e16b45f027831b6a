"""What is resolved closes after so many working days, unless it is opened again. Its requester was told so."""

from datetime import datetime

from bot.domain.calendars import after_working_days
from bot.domain.clock.context import CLOCK, Change, Moment, Struck
from bot.domain.clock.parts import with_part
from bot.domain.lifecycle import StepContext, take
from bot.domain.telling import Happened, news
from bot.domain.ticket import Ticket


def changed(ticket: Ticket, change: Change) -> Ticket:
    clock = change.settings.clock
    since = clock.on_since("close", ticket.assigned_queue)
    if since is None or ticket.status != "resolved" or ticket.withdrawn_at:
        return with_part(ticket, close_at=None)
    was_resolved = change.before is not None and change.before.status == "resolved"
    if was_resolved and ticket.clock and ticket.clock.close_at:
        return ticket
    begin = min(max(ticket.updated_at, since), change.at) if was_resolved else change.at
    calendar = clock.calendar_for(change.settings.queue(ticket.assigned_queue), change.profile)
    try:
        return with_part(ticket, close_at=after_working_days(begin, clock.close_days, calendar))
    except OverflowError:  # the calendar never opens for so long
        return with_part(ticket, close_at=None)


def next_moment(ticket: Ticket) -> datetime | None:
    return ticket.clock.close_at if ticket.clock else None


def struck(ticket: Ticket, moment: Moment) -> Struck:
    at = next_moment(ticket)
    if at is None or at > moment.at:
        return Struck(ticket)
    after = with_part(ticket, close_at=None)
    if moment.settings.clock.on_since("close", ticket.assigned_queue) is None or ticket.status != "resolved":
        return Struck(after)
    closed = take(after, "close", {}, StepContext(CLOCK, moment.at))
    told = news(Happened(ticket, closed, CLOCK), moment.listeners)
    return Struck(closed, tuple(each for each in told if each.role == "requester"))
