"""What is planned for a ticket so that nobody misses what it is due for: warnings, and pages where they were in vain.

What answers them: `answer` (“I'm on it”), and each step by which somebody takes the ticket, gives it to somebody else, starts,
holds, snoozes or ends it. Whoever gets it is told by that step. What only tells more of it, such as an edit, a comment or
another queue, answers nothing; nor does taking the assignee off it. A target that is met, or moves, takes its page with
it.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from bot.domain.clock.context import Change as ClockChange
from bot.domain.clock.deadlines import GIVEN, Deadline, deadlines
from bot.domain.clock.page import Alert, Page
from bot.domain.clock.parts import noted, with_clock
from bot.domain.clock.ticket_clock import TicketClock
from bot.domain.lifecycle import NotNow, StepContext, steps, take
from bot.domain.names import folded
from bot.domain.ticket import WAITING, Ticket

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


def replanned(ticket: Ticket, change: ClockChange) -> Ticket:
    """A ticket with what is planned for it now."""
    before, clock = change.before, ticket.clock or TicketClock()
    alerts = tuple(_alerts(ticket, {each.about: each for each in clock.alerts}, change))
    page = clock.page.in_reason(change.at) if clock.page else None
    if before:
        alerts, page = _with_those_needed(alerts, page, before, ticket)
    if page and page.is_open:
        begun = {each.about for each in alerts if each.has_paged}
        left = page.without({page.about, *page.also} - begun)
        is_answered = left is None or (before and _is_answer(before, ticket))
        page = page.answered(None, change.at) if is_answered else left
    if before and _is_given(before, ticket):
        holder = {"answered_by": ticket.assigned_user_id}
        alerts = tuple(each.model_copy(update=holder) for each in alerts)
        page = page and page.model_copy(update=holder)
    return with_clock(ticket, clock.model_copy(update={"alerts": alerts, "page": page}))


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


def _alerts(ticket: Ticket, known: Mapping[str, Alert], change: ClockChange) -> Iterator[Alert]:
    """What was said of what is over now is kept: reopened, it is not said again."""
    clock, queue = change.settings.clock, ticket.assigned_queue
    if _is_over(ticket):
        said = (each for each in known.values() if each.about != UNCLAIMED and each.has_said)
        yield from (each.model_copy(update={"warn_at": None, "page_at": None}) for each in said)
        return
    warns, pages = (clock.on_since(rule, queue) is not None for rule in ("warn", "escalate"))
    for deadline in deadlines(ticket) if warns or pages else ():
        if alert := _alert(deadline, known.get(deadline.about), ticket, change):
            put_off = min(alert.warn_at, change.at + SNOOZED) if alert.warn_at else None
            warn_at = put_off if alert.has_warned else deadline.soon_at
            page_at = None if alert.has_paged else deadline.due_at
            is_running = deadline.due_at is not None
            update = {
                "warn_at": warn_at if warns and is_running else None,
                "page_at": page_at if pages else None,
            }
            yield alert.model_copy(update=update)
    if _is_unclaimed(ticket) and clock.on_since("unclaimed", queue):
        due_at = change.at + timedelta(minutes=clock.unclaimed_minutes)
        yield known.get(UNCLAIMED) or Alert(about=UNCLAIMED, due_at=due_at, page_at=due_at)


def _alert(deadline: Deadline, known: Alert | None, ticket: Ticket, change: ClockChange) -> Alert | None:
    """What was done about it before; all of it counts again once there is time left again. Whoever gives a due time that has
    come, or is soon, knows it."""
    due_at = deadline.due_at or (known and known.due_at)
    if due_at is None:
        return None
    new = Alert(about=deadline.about, due_at=due_at)
    if deadline.about == GIVEN and (change.before is None or change.before.sla_due_at != ticket.sla_due_at):
        return new.model_copy(
            update={"has_warned": deadline.state != "on_time", "has_paged": deadline.state == "late"}
        )
    if known is None or known.due_at == due_at:
        return known or new
    if deadline.state == "on_time":
        return new
    return known.model_copy(
        update={"due_at": due_at, "has_paged": known.has_paged and deadline.state == "late"}
    )


def _is_unclaimed(ticket: Ticket) -> bool:
    is_waiting = ticket.status in WAITING and ticket.snoozed_until is None
    return ticket.priority == "critical" and is_waiting and ticket.assigned_user_id is None


def _is_answer(before: Ticket, after: Ticket) -> bool:
    """Whether somebody has decided what becomes of it."""
    is_begun = after.status != before.status and after.status in {"in_progress", "on_hold"}
    is_snoozed = after.snoozed_until is not None and after.snoozed_until != before.snoozed_until
    return _is_given(before, after) or is_begun or is_snoozed or _is_over(after)


def _is_over(ticket: Ticket) -> bool:
    return not ticket.is_open or ticket.withdrawn_at is not None


def _with_those_needed(
    alerts: tuple[Alert, ...], page: Page | None, before: Ticket, after: Ticket
) -> tuple[tuple[Alert, ...], Page | None]:
    """Without those who are needed no more: all once another queue has it, or it is over; else whoever had it."""
    is_elsewhere = folded(before.assigned_queue or "") != folded(after.assigned_queue or "")
    if is_elsewhere or _is_over(after):
        return tuple(each.without_people() for each in alerts), page and page.without_people()
    former = before.assigned_user_id
    if former is None or former == after.assigned_user_id:
        return alerts, page
    return tuple(each.without_people(former) for each in alerts), page and page.without_people(former)


def _is_given(before: Ticket, after: Ticket) -> bool:
    return after.assigned_user_id not in {None, before.assigned_user_id}
