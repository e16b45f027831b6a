"""What a time is put together from: a day, a time of day, a zone, so long from now. No clock is needed to read them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import time, timedelta, tzinfo
from typing import NamedTuple

from dateutil.relativedelta import relativedelta

END_OF_DAY = time(17)
"""When the working day ends: what a day without a time means."""
_NOON, _EVENING, _MIDNIGHT = time(12), time(20), time()

_HOURS = range(1, 13)
_PARTS = {
    **dict.fromkeys(("morning", "vormittag", "früh"), (_NOON, "a", range(1, 12))),
    **dict.fromkeys(("noon", "midday", "mittag"), (_NOON, "", _HOURS)),
    **dict.fromkeys(("afternoon", "nachmittag"), (END_OF_DAY, "p", (12, *range(1, 8)))),
    **dict.fromkeys(("evening", "night", "abend", "nacht"), (_EVENING, "p", range(5, 12))),
    **dict.fromkeys(("midnight", "mitternacht"), (_MIDNIGHT, "", _HOURS)),
    "am": (_NOON, "a", _HOURS),
    "pm": (END_OF_DAY, "p", _HOURS),
}
"""When each ends, the half of the day that it lies in, and the hours of that half that it has."""
_MOMENTS = {"noon", "midday", "mittag", "midnight", "mitternacht"}
"""The parts of a day that are moments."""
EARLIEST = 7
"""Of the hours that are meant as they stand: `5` may be 17:00."""
HALF_DAY = 12
_NO_TIME = relativedelta()


class UnclearTime(Exception):
    """What stands behind the quoted words: what they may mean, and what to write."""


class Clock(NamedTuple):
    """`half` is `a` or `p`, of am and pm. A bare one is written without minutes and without half: `9`."""

    hour: int
    minute: int = 0
    second: int = 0
    half: str = ""
    is_bare: bool = False


class Calendar(NamedTuple):
    month: int
    day: int
    year: int | None = None


@dataclass(slots=True)
class SaidTime:
    """`day` is a word such as `tomorrow`. `until` is when it ends, where a range was said; then `clock` is where."""

    day: str = ""
    weekday: str = ""
    which: str = ""
    """`next`, `this` or `last`, of the weekday."""
    calendar: Calendar | None = None
    clock: Clock | None = None
    begins: Clock | None = None
    part: str = ""
    zone: tzinfo | None = None
    wall: relativedelta = _NO_TIME
    elapsed: timedelta = timedelta()
    has_amount: bool = False
    is_from_day: bool = False
    is_ago: bool = False
    is_range: bool = False

    @property
    def has_day(self) -> bool:
        return bool(self.day or self.weekday or self.calendar)

    @property
    def is_exact(self) -> bool:
        """Whether it names one moment, as a clock does and so long from now, rather than a part of a day or a range."""
        return bool(self.clock or self.has_amount or self.part in _MOMENTS) and not self.is_range

    def at(self) -> time | None:
        """The time of day; None where none was said. Raises `UnclearTime` for `5`, which has two."""
        clock, (named, half, hours) = self.clock, _part(self.part)
        is_named = (
            self.part and not half and clock and (clock.hour, clock.minute) == (HALF_DAY, 0)
        )  # `12 noon`
        if clock is None or is_named:
            return named
        if self.part and (not half or half != (clock.half or half)):
            raise ValueError(self.part)
        if half and not clock.half and clock.hour <= HALF_DAY and clock.hour not in hours:
            raise UnclearTime(_both_halves(clock))  # `tonight at 1`
        half = clock.half or half
        if half and (clock.half or clock.hour <= HALF_DAY):
            if not 1 <= clock.hour <= HALF_DAY:
                raise ValueError(clock)
            return time(clock.hour % HALF_DAY + (HALF_DAY if half == "p" else 0), clock.minute, clock.second)
        if half == "a":
            raise ValueError(clock)
        has_context = self.has_day or self.has_amount or clock.minute
        if clock.is_bare and not has_context and clock.hour > HALF_DAY:
            raise ValueError(clock)
        if clock.is_bare and (clock.hour < EARLIEST or not has_context):
            raise UnclearTime(_both_halves(clock))
        return time(clock.hour, clock.minute, clock.second)

    @property
    def ends_day(self) -> bool:
        """Whether the time is the end of the day: midnight."""
        return _part(self.part)[0] == _MIDNIGHT

    def begins_at(self) -> time | None:
        """When the range begins, where that is as clear as its end."""
        begins = self.begins
        return None if begins is None or begins.is_bare else SaidTime(clock=begins, day=self.day).at()


def _part(part: str) -> tuple[time | None, str, Collection[int]]:
    return _PARTS.get(part, (END_OF_DAY, "", _HOURS)) if part else (None, "", _HOURS)


def _both_halves(clock: Clock) -> str:
    hour = clock.hour % HALF_DAY or HALF_DAY
    shown = f"{hour}:{clock.minute:02}" if clock.minute else f"{hour}"
    return f"could be {shown}am or {shown}pm. Write one of them."
