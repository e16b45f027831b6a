"""Warnings before a target is missed, and pages once it was, or while nobody takes a critical ticket."""

from collections.abc import Sequence
from datetime import datetime

from bot.domain.clock import alerts, holders, page
from bot.domain.clock.alerts import UNCLAIMED
from bot.domain.clock.context import CLOCK, Change, Moment, Struck
from bot.domain.clock.deadlines import GIVEN
from bot.domain.clock.holders import asleep_until
from bot.domain.clock.page import Alert, Paged, Reach
from bot.domain.clock.parts import noted, with_clock
from bot.domain.clock.ticket_clock import TicketClock
from bot.domain.lifecycle import StepContext
from bot.domain.news import Event, News, Role, Silence
from bot.domain.ticket import Change as FieldChange
from bot.domain.ticket import Ticket

WARNED, PAGED, NOT_REACHED, BECAUSE = "warned", "paged", "notReached", "because"
"""The names under which an entry of a history has who was told, who was paged in vain (and until when they have
do-not-disturb on), and why."""


def next_moment(ticket: Ticket) -> datetime | None:
    if ticket.clock is None:
        return None
    planned = [at for alert in ticket.clock.alerts for at in (alert.warn_at, alert.page_at)]
    planned.append(ticket.clock.page.next_at if ticket.clock.page else None)
    return min((at for at in planned if at), default=None)


def is_paging(ticket: Ticket, at: datetime) -> bool:
    """Whether somebody is paged about it at that moment, so that it matters who has do-not-disturb on."""
    clock = ticket.clock or TicketClock()
    planned = [clock.page.next_at if clock.page else None, *(alert.page_at for alert in clock.alerts)]
    return any(each and each <= at for each in planned)


def struck(ticket: Ticket, moment: Moment) -> Struck:
    ticket = alerts.replanned(ticket, Change(ticket, moment.settings, moment.at))
    told: list[News] = []
    for alert in ticket.clock.alerts if ticket.clock else ():
        if alert.warn_at and alert.warn_at <= moment.at:
            ticket, news = _warned(ticket, alert, moment)
            told += news
    ticket = _begun(ticket, moment)
    ticket, news = _advanced(ticket, moment)
    return Struck(ticket, (*told, *news))


def reach(ticket: Ticket | None, moment: Moment) -> Reach:
    """Who can be paged about a ticket at a moment; None for a page that is about none."""
    queue, assignee = moment.queue, ticket.assigned_user_id if ticket else None
    lead = queue.led_by if queue else next(iter(moment.admins), None)

    def asleep(user: str) -> datetime | None:
        return asleep_until(ticket, user, moment) if ticket and ticket.priority != "critical" else None

    return Reach(
        assignee=None if assignee in moment.left else assignee,
        on_call=moment.on_call,
        lead=None if lead in moment.left else lead,
        channel=queue.channel if queue else None,
        silenced=moment.silenced,
        asleep=asleep,
    )


def _warned(ticket: Ticket, alert: Alert, moment: Moment) -> Struck:
    """Tells whoever has it; else whoever is on call for its queue; else its triage channel, and an admin where no
    queue is set up. What is late by now is said by the
    escalation, where that is on, and of a due time that somebody gave by targets.py."""
    holder = holders.holder(ticket, moment) or _admin(moment)
    until = asleep_until(ticket, holder[1], moment) if holder and holder[0] != "team" else None
    if until:
        return Struck(_with(ticket, alert, alert.model_copy(update={"warn_at": until})))
    told: tuple[News, ...] = ()
    is_late = alert.due_at <= moment.at
    update: dict[str, object] = {"warn_at": None, "has_warned": True}
    is_said = is_late and (alert.page_at or alert.has_paged or alert.about == GIVEN)
    if holder and not is_said:
        role, to = holder
        ticket = _entry(ticket, WARNED, [to], alert.about, moment)
        told = (_news("late" if is_late else "due_soon", Paged(role, to), alert, ticket),)
        update |= {"told": tuple(dict.fromkeys((*alert.told, to))), "answered_by": None}
    return Struck(_with(ticket, alert, alert.model_copy(update=update)), told)


def _admin(moment: Moment) -> tuple[Role, str] | None:
    """Where there is no queue to hear of it."""
    return ("lead", moment.admins[0]) if moment.admins else None


def _begun(ticket: Ticket, moment: Moment) -> Ticket:
    """A page begins for what is due now, unless one is under way: that goes on for it, too."""
    for alert in ticket.clock.alerts if ticket.clock else ():
        if alert.page_at is None or alert.page_at > moment.at:
            continue
        ticket = _with(ticket, alert, alert.model_copy(update={"page_at": None, "has_paged": True}))
        clock = ticket.clock or TicketClock()
        found = clock.page
        if found and found.next_at:
            found = found.model_copy(update={"also": (*found.also, alert.about)})
        else:
            steps = moment.settings.clock.steps
            is_known = alert.has_warned and alert.answered_by is not None
            found = page.begun(alert.about, page.patient(steps) if is_known else steps, moment.at)
        ticket = with_clock(ticket, clock.model_copy(update={"page": found}))
    return ticket


def _advanced(ticket: Ticket, moment: Moment) -> Struck:
    clock = ticket.clock
    if clock is None or clock.page is None:
        return Struck(ticket)
    found = page.advanced(clock.page, reach(ticket, moment), moment.at)
    ticket = with_clock(ticket, clock.model_copy(update={"page": found.page}))
    if not found.paged:
        return Struck(ticket)
    about = found.page.about
    ticket = _entry(ticket, PAGED, [each.to for each in found.paged], about, moment, found.unreached)
    alert = next((each for each in clock.alerts if each.about == about), None)
    event: Event = "paged" if about == UNCLAIMED else "late"
    return Struck(ticket, tuple(_news(event, each, alert, ticket) for each in found.paged))


def _with(ticket: Ticket, old: Alert, new: Alert) -> Ticket:
    clock = ticket.clock or TicketClock()
    planned = tuple(new if each == old else each for each in clock.alerts)
    return with_clock(ticket, clock.model_copy(update={"alerts": planned}))


def _news(event: Event, paged: Paged, alert: Alert | None, ticket: Ticket) -> News:
    return News(
        event=event,
        role=paged.role,
        to=paged.to,
        by=CLOCK,
        version=ticket.version,
        about=alert.about if alert else None,
        due_at=alert.due_at if alert else None,
        unreached=paged.unreached,
    )


def _entry(
    ticket: Ticket,
    what: str,
    told: Sequence[str],
    about: str,
    moment: Moment,
    unreached: Sequence[Silence] = (),
) -> Ticket:
    changes = [
        *(FieldChange(field=what, after=to) for to in told),
        FieldChange(field=BECAUSE, after=about),
        *(
            FieldChange(
                field=NOT_REACHED, before=each.user, after=each.until.isoformat().replace("+00:00", "Z")
            )
            for each in unreached
        ),
    ]
    return noted(ticket, what, tuple(changes), StepContext(CLOCK, moment.at))
