"""Whoever is not on call is left alone at night, but for what is critical and theirs."""

from datetime import datetime, time, timedelta, tzinfo

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
