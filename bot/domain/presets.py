"""Times that one press sets, for what is to wait: each is what somebody would type."""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import NamedTuple

from bot.domain.due import parse_due
from bot.domain.errors import NotFound
from bot.domain.words import quoted


class Preset(NamedTuple):
    """`name` is on the wire. `words` stand on its button, `typed` is what they mean. `needs_zone`: it is a time of day."""

    name: str
    words: str
    typed: str
    needs_zone: bool = True


PRESETS: Sequence[Preset] = (
    Preset("hour", "In 1 h", "in 1h", needs_zone=False),
    Preset("tomorrow", "Tomorrow 9:00", "tomorrow 9:00"),
    Preset("monday", "Next Monday 9:00", "next monday 9:00"),
)


def presets_in(zone: tzinfo | None) -> Sequence[Preset]:
    """Those that are offered to somebody; without a zone, what needs none."""
    return [preset for preset in PRESETS if zone or not preset.needs_zone]


def preset_moment(name: str, *, now: datetime, zone: tzinfo | None) -> datetime:
    """In UTC. On a Monday, the next one is a week ahead. Raises NotFound, and InvalidInput where it needs a zone."""
    for preset in PRESETS:
        if preset.name == name:
            return parse_due(preset.typed, now=now, zone=zone)
    raise NotFound(f"There is no time called {quoted(name)} here. Pick one in the form.")
