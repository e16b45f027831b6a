"""What the words about time in a text say together. `ValueError`: they do not fit; `UnclearTime`: they fit in two ways."""

import re
from datetime import timedelta
from functools import lru_cache

from dateutil import tz
from dateutil.relativedelta import relativedelta

from bot.domain.time_dates import MONTHS, numeric_date, offset_zone, shown_date, worded_date
from bot.domain.time_parts import EARLIEST, HALF_DAY, Calendar, Clock, SaidTime, UnclearTime
from bot.domain.time_words import MINUTES, NUMBERS, TimeWord, time_words

_DAYS = {"day", "date", "iso", "numeric", "eow"}
_UNCLEAR = {
    "counted": "could end before the {0} or behind it. Put quotes around the time.",
    "halves": "is not the same time everywhere. Write it as 9:30.",
    **dict.fromkeys(
        ("week", "period", "month"), "could be more than one day. Write the day, such as monday or 4 Dec."
    ),
    **dict.fromkeys(
        ("loose", "unsure", "odd", "vague", "unclear"),
        "could be more than one time. Write one, such as fri 9am or 4 Dec 17:00.",
    ),
}
_DIGITS = re.compile(r"[0-9]+")
_SAYS_NOTHING = re.compile(r"[\s,;.!?)\]]*")
_LAST_HOUR = 23
_LIKE_A_CLOCK = re.compile(r"[0-9]{1,2}[.,][0-9]{2}\s?\w+")


@lru_cache(maxsize=512)  # people type the same few
def said_time(text: str) -> SaidTime:
    """What a text says of a time. Raises `ValueError` where it is none, and `UnclearTime` where it may be more than one."""
    words, end = time_words(text)
    if not words or words[-1].kind == "unread" or not _SAYS_NOTHING.fullmatch(text, end):
        raise ValueError(text)
    return _Reader(words).read()


class _Reader:
    """Puts words together, in their order. `ValueError`: they do not fit; `UnclearTime`: they fit in two ways."""

    def __init__(self, words: list[TimeWord]) -> None:
        self._words = words
        self._said = SaidTime()
        self._day_before_range: tuple[str, str, str, Calendar | None] = ("", "", "", None)
        self._kinds = {word.kind for word in words}
        self._is_between = False
        self._has_t = False

    def read(self) -> SaidTime:
        previous = ""
        for word in self._words:
            self._take(word, previous)
            previous = word.kind
        said = self._said
        if said.has_day:
            said.begins = None
        elif said.is_range:
            said.day, said.weekday, said.which, said.calendar = self._day_before_range
        if not (said.has_day or said.clock or said.part or said.has_amount):
            raise ValueError(self._words)
        return said

    def _take(self, word: TimeWord, previous: str) -> None:
        text = word.text
        if unclear := _UNCLEAR.get(word.kind):
            raise UnclearTime(unclear.format(text))
        match word.kind:
            case "hours" | "amount":
                self._so_long(word, text)
            case "clock" | "dotted" | "military" | "past":
                self._clock(word, text)
            case "number":
                self._number(text, previous)
            case "day" | "eow" | "date" | "iso" | "numeric":
                self._day(word, text)
            case "part":
                self._set("part", word.match["part_name"].replace(".", "").removesuffix("s"))
            case "offset" | "place" | "zone":
                self._zone(word, text)
            case "range" | "and":
                self._range(text, previous)
            case "since" | "ago" | "now":
                self._direction(text)
            case _:
                self._is_between |= text in {"between", "btw", "zwischen"}

    def _direction(self, text: str) -> None:
        """`2 days ago`, `2 days from friday`; `from 9 to 11` says none."""
        said = self._said
        if not said.has_amount and text not in {"from", "von"}:
            raise ValueError(text)
        said.is_ago |= text == "ago"
        said.is_from_day |= said.has_amount and text in {"from", "after"}

    def _set(self, name: str, value: object) -> None:
        if getattr(self._said, name):
            raise ValueError(value)
        setattr(self._said, name, value)

    def _so_long(self, word: TimeWord, text: str) -> None:
        if word.kind == "hours":
            hours, minutes = [*map(int, _DIGITS.findall(text)), 0][:2]
            if self._kinds & _DAYS and not self._kinds & {"since", "amount"}:
                self._set("clock", Clock(hours, minutes))
                return
            if len(self._words) == 1 and (EARLIEST if minutes else HALF_DAY + 1) <= hours <= _LAST_HOUR:
                raise UnclearTime(f"could be {hours}:{minutes:02} or in {hours} hours. Write one of them.")
            self._said.elapsed += timedelta(hours=hours, minutes=minutes)
        else:
            if self._said.has_amount and text.startswith(("in", "within", "+")):
                raise ValueError(text)
            self._amount(word)
        self._said.has_amount = True
        if self._said.clock or self._said.has_day or self._said.is_range:
            raise ValueError(text)

    def _amount(self, word: TimeWord) -> None:
        count, unit = word.match["count"], word.match["unit"]
        if "hal" in count:
            number = 0.5
        elif count[0].isdigit():
            number = float(count.replace(",", "."))
        else:
            number = NUMBERS.get(count, 1)
        number += 0.5 if word.match["and_half"] else 0
        if unit.startswith(("h", "s")):
            if len(self._words) == 1 and _LIKE_A_CLOCK.fullmatch(word.text):
                raise UnclearTime("could be a time of day or so many hours. Write 9:30 or 90 minutes.")
            self._said.elapsed += timedelta(hours=number)
        elif unit.startswith("m") and not unit.startswith("mo"):
            self._said.elapsed += timedelta(minutes=number)
        elif number != int(number):
            raise ValueError(word.text)
        else:
            name = {"d": "days", "t": "days", "w": "weeks", "m": "months"}[unit[0]]
            self._said.wall += relativedelta(**{name: int(number)})  # type: ignore[arg-type]  # names it takes

    def _clock(self, word: TimeWord, text: str) -> None:
        numbers = [int(number) for number in _DIGITS.findall(text)]
        parts = word.match
        if word.kind == "past":
            clock = _past(parts["minutes"], parts["way"], parts["past_hour"])
            clock = clock._replace(half=parts["past_half"] or "")
        elif word.kind == "military":
            clock = Clock(numbers[0] // 100, numbers[0] % 100, is_bare=not text[3:4].isdecimal())
            if len(self._words) == 1 and numbers[0] // 100 == 20:  # noqa: PLR2004  (a year of this century)
                raise ValueError(text)
        elif word.kind == "clock" and parts["hour"]:
            minute = int(parts["minute"] or parts["minute_after"] or 0)
            clock = Clock(_number(parts["hour"]), minute, int(parts["second"] or 0), parts["half"] or "")
        else:
            hour, minute, second = [*numbers, 0][:3]
            clock = Clock(hour, minute, second)
            if word.kind == "clock" and parts["hours_too"] and len(self._words) == 1 and hour <= HALF_DAY:
                raise UnclearTime("could be a time of day or so many hours. Write 9:30 or 90 minutes.")
            if word.kind == "dotted" and not self._kinds & _DAYS and 1 <= minute <= len(MONTHS) and hour:
                raise UnclearTime(
                    f"could be {hour}:{minute:02} or {shown_date(hour, minute)}. Write one of them."
                )
        self._set("clock", clock)

    def _number(self, text: str, previous: str) -> None:
        said = self._said
        number = NUMBERS.get(text) or int(_DIGITS.findall(text)[0])
        if previous in {"amount", "hours"} and said.elapsed and not said.elapsed % timedelta(hours=1):
            said.elapsed += timedelta(minutes=number)  # `2 hours 30`
        elif said.calendar and not (
            said.calendar.year or said.clock or said.part or previous in {"at", "range"}
        ):
            if number <= _LAST_HOUR:
                raise UnclearTime(
                    f"could be {number} o'clock or a year. Write {number}:00, or the year in full."
                )
            said.calendar = said.calendar._replace(year=2000 + number)
        elif said.weekday and (number > _LAST_HOUR or text.endswith(("st", "nd", "rd", "th"))):
            raise UnclearTime("could be a day of the month. Write the date, such as 4 Dec.")
        else:
            self._set("clock", Clock(number, is_bare=previous != "at" or number < EARLIEST))

    def _day(self, word: TimeWord, text: str) -> None:
        if word.kind == "eow":
            self._set("weekday", "fri")
        elif word.kind == "day" and word.match["weekday"]:
            self._set("weekday", word.match["weekday"])
            self._said.which = "next" if word.match["next"] else "last" if word.match["last"] else ""
        elif word.kind == "day":
            self._set("day", "today" if text == "tonight" else text.split()[-2:][0])
            if text == "tonight":
                self._set("part", "evening")
        elif word.kind == "iso":
            year, month, day = map(int, _DIGITS.findall(text))
            self._set("calendar", Calendar(month, day, year))
            self._has_t = text.endswith("t")
        else:
            self._set("calendar", worded_date(text) if word.kind == "date" else numeric_date(text))
        said = self._said
        if (said.has_amount and not said.is_from_day) or (said.day and (said.weekday or said.calendar)):
            raise ValueError(text)

    def _zone(self, word: TimeWord, text: str) -> None:
        if word.kind == "zone":
            what = f"names a zone, {word.typed}, that I can't be sure of"
            raise UnclearTime(
                f"{what}. Write 17:00 UTC, an offset such as 17:00 -08:00, or a place: 17:00 Europe/London."
            )
        if word.kind == "place":
            zone = tz.gettz(word.typed) or tz.gettz(word.text.title())
            if zone is None:
                raise UnclearTime(
                    f"names a zone, {word.typed}, that I don't know. Write one such as Europe/London."
                )
            self._set("zone", zone)
        elif text[0] in "+-" and not (self._said.clock or self._said.part):
            raise UnclearTime(_UNCLEAR["vague"])
        elif not (text[0] == "-" and ":" in text and not self._has_t and self._is_a_range(word, text)):
            self._set("zone", offset_zone(text))

    def _is_a_range(self, word: TimeWord, text: str) -> bool:
        """Whether `-11:00` behind a time is when it ends, rather than its zone."""
        hour, minute = map(int, _DIGITS.findall(text))
        begins, end = self._said.at(), Clock(hour, minute)
        if begins is None or (end.hour, end.minute) <= (begins.hour, begins.minute):
            return False
        if word.is_apart:
            raise UnclearTime("could end then or name a zone. Write the end alone, or UTC before the offset.")
        self._range("-", "")
        self._set("clock", end)
        return True

    def _range(self, text: str, previous: str) -> None:
        said = self._said
        if text in {"and", "und"} and not self._is_between:
            if not said.has_amount or previous not in {"amount", "hours"}:
                raise UnclearTime(_UNCLEAR["vague"])
            return
        if said.has_amount or said.is_range:
            raise ValueError(text)
        if said.has_day or said.clock or said.part:
            self._day_before_range = (said.day, said.weekday, said.which, said.calendar)
            self._said = SaidTime(begins=said.clock, is_range=True, zone=said.zone)


def _number(text: str) -> int:
    return NUMBERS.get(text) or int(text)


def _past(minutes: str, way: str, hour: str) -> Clock:
    """`half past nine`, `quarter to 5`."""
    minute = MINUTES.get(minutes) or int(minutes)
    hours = _number(hour)
    return (
        Clock(hours, minute, is_bare=True)
        if way == "past"
        else Clock(hours - 1 or 12, 60 - minute, is_bare=True)
    )
