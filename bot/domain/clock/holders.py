"""Who hears of a ticket from the clock, and until when they are left alone."""

from datetime import datetime

from bot.domain.clock.context import Moment
from bot.domain.clock.nights import left_alone_until
from bot.domain.news import Role
from bot.domain.ticket import Ticket


def holder(ticket: Ticket, moment: Moment) -> tuple[Role, str] | None:
    """Whoever has it and is here; else whoever is on call for its queue; else that one's triage channel."""
    if ticket.assigned_user_id and ticket.assigned_user_id not in moment.left:
        return "assignee", ticket.assigned_user_id
    if moment.on_call:
        return "on_call", moment.on_call[0]
    return ("team", moment.queue.channel) if moment.queue else None


def asleep_until(ticket: Ticket, user: str, moment: Moment) -> datetime | None:
    """Until when somebody is told nothing of it; None where they may be told now."""
    return left_alone_until(
        moment.at,
        moment.zone(user),
        is_on_call=user in moment.on_call[:1],
        is_critical_and_theirs=ticket.priority == "critical" and user == ticket.assigned_user_id,
    )
