"""The times that one press sets, in the zone of whoever presses."""

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

import pytest

from bot.domain.errors import InvalidInput, NotFound
from bot.domain.presets import PRESETS, preset_moment, presets_in

BERLIN, NEW_YORK, TOKYO = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York"), ZoneInfo("Asia/Tokyo")


@pytest.mark.parametrize(
    ("name", "now", "zone", "meant"),
    [
        ("hour", "2026-11-23T09:30+00:00", BERLIN, "2026-11-23T10:30+00:00"),
        ("hour", "2026-11-23T09:30+00:00", None, "2026-11-23T10:30+00:00"),
        ("hour", "2026-10-25T00:30+00:00", BERLIN, "2026-10-25T01:30+00:00"),  # the hour comes twice
        ("tomorrow", "2026-11-23T09:30+00:00", BERLIN, "2026-11-24T08:00+00:00"),
        ("tomorrow", "2026-11-23T23:30+00:00", BERLIN, "2026-11-25T08:00+00:00"),  # it is the 24th there
        ("tomorrow", "2026-11-23T03:00+00:00", NEW_YORK, "2026-11-23T14:00+00:00"),  # still the 22nd
        ("tomorrow", "2026-11-23T20:00+00:00", TOKYO, "2026-11-25T00:00+00:00"),
        ("tomorrow", "2026-03-28T12:00+00:00", BERLIN, "2026-03-29T07:00+00:00"),  # clocks go forward
        ("tomorrow", "2026-10-24T12:00+00:00", BERLIN, "2026-10-25T08:00+00:00"),  # and back
        ("monday", "2026-11-24T09:30+00:00", BERLIN, "2026-11-30T08:00+00:00"),  # of a Tuesday
        ("monday", "2026-11-29T09:30+00:00", BERLIN, "2026-11-30T08:00+00:00"),  # of a Sunday
        ("monday", "2026-11-23T05:00+00:00", BERLIN, "2026-11-30T08:00+00:00"),  # of a Monday, before nine
        ("monday", "2026-11-23T09:30+00:00", BERLIN, "2026-11-30T08:00+00:00"),
        ("monday", "2026-11-22T23:30+00:00", BERLIN, "2026-11-30T08:00+00:00"),  # Monday has begun there
        ("monday", "2026-11-22T23:30+00:00", UTC, "2026-11-23T09:00+00:00"),
    ],
)
def test_a_preset_is_a_time_where_its_reader_is(name: str, now: str, zone: tzinfo | None, meant: str) -> None:
    moment = preset_moment(name, now=datetime.fromisoformat(now), zone=zone)
    assert (moment, moment.tzinfo) == (datetime.fromisoformat(meant), UTC)


def test_without_a_zone_only_what_needs_none_is_offered() -> None:
    assert presets_in(BERLIN) == [*PRESETS]
    assert [preset.name for preset in presets_in(None)] == ["hour"]
    with pytest.raises(InvalidInput, match="your time zone yet"):
        preset_moment("tomorrow", now=datetime(2026, 11, 23, tzinfo=UTC), zone=None)


def test_what_no_preset_is_called_is_refused() -> None:
    with pytest.raises(NotFound):
        preset_moment("never", now=datetime(2026, 11, 23, tzinfo=UTC), zone=UTC)
