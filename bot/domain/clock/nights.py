"""Whoever is not on call is left alone at night, but for what is critical and theirs."""

from datetime import datetime, time, timedelta, tzinfo

from bot.domain.clock.told import Moment
from bot.domain.ticket import Ticket

_EVENING, _MORNING = time(22), time(7)


def left_alone_until(
    at: datetime, zone: tzinfo | None, *, is_on_call: bool = False, is_critical_and_theirs: bool = False
) -> datetime | None:
    """Until when somebody is told nothing: seven o'clock of their morning. None where they may be told now, or nobody knows what time
    it is for them."""
    if zone is None or is_on_call or is_critical_and_theirs:
        return None
    local = at.astimezone(zone)
    if _MORNING <= local.time() < _EVENING:
        return None
    day = local.date() + timedelta(days=local.time() >= _EVENING)
    return datetime.combine(day, _MORNING, zone)


def asleep_until(ticket: Ticket, user: str, moment: Moment) -> datetime | None:
    """Until when somebody is told nothing of a ticket; None where they may be told now."""
    return left_alone_until(
        moment.at,
        moment.zone(user),
        is_on_call=user in moment.on_call[:1],
        is_critical_and_theirs=ticket.priority == "critical" and user == ticket.assigned_user_id,
    )
