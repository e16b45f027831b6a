"""Dates and offsets as they are written in words and numbers: `1 dec`, `dec 4th '27`, `31.12.2026`, `+01:00`."""

import re
from datetime import UTC, timedelta, timezone, tzinfo

from bot.domain.time_parts import Calendar, UnclearTime

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_GERMAN = {"mär": "mar", "mai": "may", "okt": "oct", "dez": "dec"}
_MONTH_NAME = re.compile(r"[^\W\d_]{3,}")
_DIGITS = re.compile(r"[0-9]+")
_OFFSET = re.compile(r"([+-])([0-9]{1,2}):?([0-9]{2})?")
_FURTHEST_AHEAD = timedelta(hours=14)


def worded_date(text: str) -> Calendar:
    """`1 dec`, `1-3 dec 2026`, `dec 4th '27`."""
    name = _MONTH_NAME.search(text)
    if name is None:
        raise ValueError(text)
    before, after = _DIGITS.findall(text[: name.start()]), _DIGITS.findall(text[name.end() :])
    day, years = (before[-1], after) if before else (after[0], after[1:])
    month = _GERMAN.get(name[0][:3], name[0][:3])
    return Calendar(MONTHS.index(month) + 1, int(day), _year(years))


def numeric_date(text: str) -> Calendar:
    """`31.12.2026`, where only one of the numbers can be the month."""
    one, other, *years = _DIGITS.findall(text)
    meant = {
        (int(day), int(month))
        for day, month in ((one, other), (other, one))
        if 1 <= int(month) <= len(MONTHS)
    }
    if len(meant) > 1:
        shown = " or ".join(shown_date(*each) for each in sorted(meant))
        raise UnclearTime(f"could be {shown}. Write one of them.")
    for day, month in meant:
        return Calendar(month, day, _year(years))
    raise ValueError(text)


def _year(years: list[str]) -> int | None:
    return None if not years else int(years[0]) + (2000 if len(years[0]) == 2 else 0)  # noqa: PLR2004  (digits)


def shown_date(day: int, month: int) -> str:
    return f"{day} {MONTHS[month - 1].capitalize()}"


def offset_zone(text: str) -> tzinfo:
    found = _OFFSET.search(text)
    if found is None:
        return UTC
    ahead = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
    if ahead > _FURTHEST_AHEAD:
        raise ValueError(text)
    return timezone(-ahead if found[1] == "-" else ahead)
