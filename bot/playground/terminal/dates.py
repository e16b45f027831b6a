"""Slack's date tokens, as in `<!date^1795000000^{date_short_pretty} at {time}|…>`.

Source: https://docs.slack.dev/messaging/formatting-message-text#date-formatting.
"""

import re
from datetime import datetime, timedelta

_HALF_A_YEAR = timedelta(days=183)
_UNITS = (("year", 365 * 86_400), ("month", 30 * 86_400), ("day", 86_400), ("hour", 3600), ("minute", 60))


def formatted(moment: datetime, tokens: str, now: datetime) -> str:
    """`tokens` with the moment in their place; unknown ones stay. Both times are in the reader's zone."""
    known = _known(moment, now)
    words = re.sub(r"{(\w+)}", lambda token: known.get(token[1], token[0]), tokens)
    return words[:1].upper() + words[1:]


def clock(moment: datetime) -> str:
    """`9:05 AM`."""
    return f"{moment:%I:%M %p}".removeprefix("0")


def _known(moment: datetime, now: datetime) -> dict[str, str]:
    year = "" if abs(moment - now) < _HALF_A_YEAR else f", {moment.year}"
    date = f"{moment:%B} {_ordinal(moment.day)}{year}"
    short = f"{moment:%b} {moment.day}{year}"
    long = f"{moment:%A}, {date}"
    near = {-1: "yesterday", 0: "today", 1: "tomorrow"}.get((moment.date() - now.date()).days)
    return {
        "date_num": f"{moment:%Y-%m-%d}",
        "date": date,
        "date_short": short,
        "date_long": long,
        "date_pretty": near or date,
        "date_short_pretty": near or short,
        "date_long_pretty": near or long,
        "time": clock(moment),
        "time_secs": f"{moment:%I:%M:%S %p}".removeprefix("0"),
        "ago": _ago(moment - now),
    }


def _ordinal(day: int) -> str:
    suffix = "th" if day in {11, 12, 13} else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return f"{day}{suffix}"


def _ago(ahead: timedelta) -> str:
    """`in 2 hours`, `3 minutes ago`, `just now`."""
    seconds = ahead.total_seconds()
    for unit, length in _UNITS:
        count = int(abs(seconds) // length)
        if count:
            words = f"{count} {unit}{'s' if count > 1 else ''}"
            return f"in {words}" if seconds > 0 else f"{words} ago"
    return "just now"
