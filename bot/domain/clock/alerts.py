"""What is planned for a ticket so that nobody misses what it is due for: warnings, and pages where they were in vain.

What answers them: `answer` (“I'm on it”), and each step by which somebody takes the ticket, gives it to somebody else, starts,
holds, snoozes or ends it. Whoever gets it is told by that step. What only tells more of it, such as an edit, a comment or
another queue, answers nothing; nor does taking the assignee off it. A target that is met, or moves, takes its page with
it.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.domain.clock.deadlines import deadlines
from bot.domain.clock.settings import ClockSettings
from bot.domain.clock.ticket_clock import Alert, TicketClock
from bot.domain.lifecycle import NotNow, StepContext, steps, take
from bot.domain.ticket import WAITING, Change, Entry, Ticket

UNCLAIMED = "unclaimed"
"""What a page is about where nobody takes a critical ticket."""

SNOOZED = timedelta(hours=1)
"""After so long a warning that was put off comes again."""


class OnIt(NotNow):
    """Somebody else is on it: `holder`, a Slack user ID."""

    code = "on_it"

    def __init__(self, ticket: Ticket, holder: str) -> None:
        super().__init__(f"@{holder} is on {ticket.name} already.")
        self.holder = holder


def replanned(before: Ticket | None, ticket: Ticket, settings: ClockSettings, at: datetime) -> Ticket:
    """A ticket with what is planned for it now; `before`: itself where only time has passed, or the settings have changed."""
    clock = ticket.clock or TicketClock()
    alerts = _alerts(ticket, {(each.about, each.due_at): each for each in clock.alerts}, settings, at)
    page, is_begun = clock.page, {each.about for each in alerts if each.has_paged}
    if page and ((before and _is_answer(before, ticket)) or page.about not in is_begun):
        page = page.answered(None, at)
    if before and _is_given(before, ticket):
        alerts = tuple(each.model_copy(update={"answered_by": None}) for each in alerts)
        page = page and page.model_copy(update={"answered_by": ticket.assigned_user_id})
    return with_clock(ticket, clock.model_copy(update={"alerts": alerts, "page": page}))


def with_clock(ticket: Ticket, clock: TicketClock) -> Ticket:
    """The ticket with what the clock keeps of it: nothing, where that is empty."""
    kept = None if clock == TicketClock() else clock
    return ticket if kept == ticket.clock else ticket.model_copy(update={"clock": kept})


def noted(ticket: Ticket, what: str, changes: tuple[Change, ...], context: StepContext) -> Ticket:
    """With one more entry in its history, which changes nothing of it."""
    entry = Entry(at=context.at, actor=context.actor, what=what, changes=changes)
    update = {"new_entries": (*ticket.new_entries, entry), "updated_at": context.at}
    return ticket.model_copy(update={**update, "version": ticket.version + 1})


def on_it(ticket: Ticket) -> str | None:
    """Who has answered what its people were told; None where that waits for somebody."""
    clock = ticket.clock or TicketClock()
    if (clock.page and clock.page.is_open) or any(each.waits_for_answer for each in clock.alerts):
        return None
    answered = (clock.page and clock.page.answered_by, *(each.answered_by for each in clock.alerts))
    return next((user for user in answered if user), ticket.assigned_user_id)


def answer(ticket: Ticket, context: StepContext) -> Ticket:
    """“I'm on it”: nobody is told any more, and where nobody has the ticket, it is theirs. Raises OnIt, and NotNow where it is
    done."""
    holder = on_it(ticket)
    if holder == context.actor:
        return ticket
    if holder:
        raise OnIt(ticket, holder)
    if not ticket.is_open:
        raise NotNow(f"{ticket.name} is done already.")
    clock = ticket.clock or TicketClock()
    alerts = (
        each.model_copy(update={"answered_by": context.actor, "warn_at": None}) if each.told else each
        for each in clock.alerts
    )
    page = clock.page.answered(context.actor, context.at) if clock.page else None
    answered = noted(ticket, "acknowledged", (), context)
    answered = with_clock(answered, clock.model_copy(update={"alerts": tuple(alerts), "page": page}))
    if answered.assigned_user_id or "assign" not in steps(answered):
        return answered
    return take(answered, "assign", {"assignedUserId": context.actor}, context)


def put_off(ticket: Ticket, context: StepContext) -> Ticket:
    """“Snooze 1 h”: the warning comes again, unless it was needless by then. Raises OnIt where somebody is on it."""
    if (holder := on_it(ticket)) and holder != context.actor:
        raise OnIt(ticket, holder)
    clock, until = ticket.clock or TicketClock(), context.at + SNOOZED
    alerts = tuple(
        each.model_copy(update={"warn_at": until}) if each.waits_for_answer else each for each in clock.alerts
    )
    if alerts == clock.alerts:
        raise NotNow(f"There is no warning of {ticket.name} any more.")
    put = noted(ticket, "warning_snoozed", (), context)
    return with_clock(put, clock.model_copy(update={"alerts": alerts}))


def _alerts(
    ticket: Ticket, known: Mapping[tuple[str, datetime], Alert], settings: ClockSettings, at: datetime
) -> tuple[Alert, ...]:
    if not ticket.is_open or ticket.withdrawn_at:
        return ()
    queue, found = ticket.assigned_queue, list[Alert]()
    warns, pages = settings.on_since("warn", queue), settings.on_since("escalate", queue)
    for about, soon_at, due_at in deadlines(ticket) if warns or pages else ():
        alert = known.get((about, due_at)) or Alert(about=about, due_at=due_at)
        warn_at = alert.warn_at if alert.warned_at else soon_at
        page_at = due_at if pages and not alert.has_paged else None
        found.append(alert.model_copy(update={"warn_at": warn_at if warns else None, "page_at": page_at}))
    if _is_unclaimed(ticket) and settings.on_since("unclaimed", queue):
        kept = (alert for (about, _), alert in known.items() if about == UNCLAIMED)
        due_at = at + timedelta(minutes=settings.unclaimed_minutes)
        alert = next(kept, None) or Alert(about=UNCLAIMED, due_at=due_at, page_at=due_at)
        found.append(alert)
    return tuple(found)


def _is_unclaimed(ticket: Ticket) -> bool:
    is_waiting = ticket.status in WAITING and ticket.snoozed_until is None
    return ticket.priority == "critical" and is_waiting and ticket.assigned_user_id is None


def _is_answer(before: Ticket, after: Ticket) -> bool:
    """Whether somebody has decided what becomes of it."""
    is_begun = after.status != before.status and after.status in {"in_progress", "on_hold"}
    is_snoozed = after.snoozed_until is not None and after.snoozed_until != before.snoozed_until
    is_over = not after.is_open or after.withdrawn_at is not None
    return _is_given(before, after) or is_begun or is_snoozed or is_over


def _is_given(before: Ticket, after: Ticket) -> bool:
    return after.assigned_user_id not in {None, before.assigned_user_id}
