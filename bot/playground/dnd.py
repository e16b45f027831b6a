"""Do Not Disturb: when Slack keeps somebody's notifications back, by their schedule or since they paused them.

The night is that of Slack's own schedule. Source: https://slack.com/help/articles/214908388.
"""

from datetime import UTC, datetime, time, timedelta

from dateutil import tz

from bot.playground.records import User

_EVENING, _MORNING = time(22), time(8)


def next_window(user: User, now: datetime) -> tuple[float, float] | None:
    """From when until when, in epoch seconds: the window that `now` lies in, else the next. None where there is none."""
    if user.paused_until > now.timestamp():
        return user.paused_from, user.paused_until
    if not user.rests_at_night:
        return None
    zone = tz.gettz(user.tz) or UTC
    today = now.astimezone(zone).date()
    if datetime.combine(today, _MORNING, zone) > now:
        today -= timedelta(days=1)
    evening = datetime.combine(today, _EVENING, zone)
    return evening.timestamp(), datetime.combine(today + timedelta(days=1), _MORNING, zone).timestamp()


def is_resting(user: User, now: datetime) -> bool:
    window = next_window(user, now)
    return window is not None and window[0] <= now.timestamp() < window[1]
