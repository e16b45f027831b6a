"""Stale tickets: nothing has happened for so many working days. Whoever has it is asked once, and then, after as long again, the
queue's lead; of what nobody has, the lead at once.

What somebody does to it, and what anybody writes, is something. What waits on hold, or is snoozed, is not stale: it counts
anew from when it comes back. Nobody is asked at night.
"""

from datetime import datetime

from bot.domain.calendars import Calendar, after_working_days
from bot.domain.clock.context import CLOCK, Change, Moment, Struck
from bot.domain.clock.holders import asleep_until
from bot.domain.clock.parts import with_part
from bot.domain.clock.ticket_clock import Stale
from bot.domain.news import News, Role
from bot.domain.ticket import Ticket
from bot.domain.workspace_settings import WorkspaceSettings


def changed(ticket: Ticket, change: Change) -> Ticket:
    clock = change.settings.clock
    since = clock.on_since("stale", ticket.assigned_queue)
    if since is None or not _counts(ticket):
        return with_part(ticket, stale=None)
    known = ticket.clock.stale if ticket.clock else None
    is_activity = _is_activity(ticket, change)
    if known and not is_activity:
        return ticket
    is_found = change.before is ticket and not is_activity
    begin = min(max(ticket.updated_at, since), change.at) if is_found else change.at
    calendar = clock.calendar_for(change.settings.queue(ticket.assigned_queue), change.profile)
    ask_at = _later(begin, change.settings, calendar)
    return with_part(ticket, stale=Stale(ask_at=ask_at, calendar=calendar.name))


def next_moment(ticket: Ticket) -> datetime | None:
    return ticket.clock.stale.ask_at if ticket.clock and ticket.clock.stale else None


def struck(ticket: Ticket, moment: Moment) -> Struck:
    stale = ticket.clock.stale if ticket.clock else None
    if stale is None or stale.ask_at is None or stale.ask_at > moment.at:
        return Struck(ticket)
    if moment.settings.clock.on_since("stale", ticket.assigned_queue) is None:
        return Struck(with_part(ticket, stale=None))
    asked = _whom(ticket, stale, moment)
    if asked is None:
        return Struck(with_part(ticket, stale=stale.model_copy(update={"ask_at": None})))
    role, to = asked
    if until := asleep_until(ticket, to, moment):
        return Struck(with_part(ticket, stale=stale.model_copy(update={"ask_at": until})))
    calendar = moment.settings.clock.calendar_for(moment.queue, moment.profile)
    is_first = role == "assignee"
    again = _later(moment.at, moment.settings, calendar) if is_first else None
    ticket = with_part(ticket, stale=stale.model_copy(update={"ask_at": again, "is_asked": True}))
    return Struck(ticket, (News(event="stale", role=role, to=to, by=CLOCK, version=ticket.version),))


def _counts(ticket: Ticket) -> bool:
    is_waiting = ticket.status == "on_hold" or ticket.snoozed_until
    return ticket.is_open and not is_waiting and not ticket.withdrawn_at


def _is_activity(ticket: Ticket, change: Change) -> bool:
    if change.comment and not change.comment.deleted:
        return True
    return any(entry.actor != CLOCK for entry in ticket.new_entries)


def _whom(ticket: Ticket, stale: Stale, moment: Moment) -> tuple[Role, str] | None:
    assignee, queue = ticket.assigned_user_id, moment.queue
    if assignee and not stale.is_asked and assignee not in moment.left:
        return "assignee", assignee
    lead = queue.led_by if queue else None
    return ("lead", lead) if lead and lead != assignee and lead not in moment.left else None


def _later(begin: datetime, settings: WorkspaceSettings, calendar: Calendar) -> datetime | None:
    """None where the calendar never opens for so long."""
    try:
        return after_working_days(begin, settings.clock.stale_days, calendar)
    except OverflowError:
        return None
