"""Who is left alone at night, and until when."""

from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

import pytest

from bot.domain.clock.nights import left_alone_until

BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str, zone: tzinfo = BERLIN) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


MORNING = at("2026-11-24 07:00")
CASES: dict[str, tuple[str, dict[str, bool], datetime | None]] = {
    "by day": ("2026-11-23 12:00", {}, None),
    "the last minute of the day": ("2026-11-23 21:59", {}, None),
    "ten in the evening": ("2026-11-23 22:00", {}, MORNING),
    "midnight": ("2026-11-24 00:00", {}, MORNING),
    "before seven": ("2026-11-24 06:59", {}, MORNING),
    "seven": ("2026-11-24 07:00", {}, None),
    "the year's last evening": ("2026-12-31 23:00", {}, at("2027-01-01 07:00")),
    "the night that is an hour shorter": ("2026-03-29 01:30", {}, at("2026-03-29 07:00")),
    "the night that is an hour longer": ("2026-10-24 23:30", {}, at("2026-10-25 07:00")),
    "whoever is on call": ("2026-11-24 03:00", {"is_on_call": True}, None),
    "what is critical and theirs": ("2026-11-24 03:00", {"is_critical_and_theirs": True}, None),
}


@pytest.mark.parametrize(("when", "who", "expected"), CASES.values(), ids=CASES)
def test_until_when_somebody_is_left_alone(
    when: str, who: dict[str, bool], expected: datetime | None
) -> None:
    assert left_alone_until(at(when), BERLIN, **who) == expected


def test_it_is_their_own_night_that_counts() -> None:
    noon = at("2026-11-23 12:00")
    assert left_alone_until(noon, ZoneInfo("Pacific/Auckland")) is not None
    new_york = ZoneInfo("America/New_York")
    assert left_alone_until(at("2026-11-24 09:00"), new_york) == at("2026-11-24 07:00", new_york)
    assert left_alone_until(at("2026-11-24 03:00"), None) is None, "nobody knows what time it is for them"
