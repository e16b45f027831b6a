"""What stands behind `/ticket remind T-42`: for whom, when, and the words: `thread tomorrow 9am call Rosa`.

The time stands in front. Nothing is guessed: a day alone could be any time of it, and is asked about.
"""

import re
from datetime import datetime, tzinfo
from typing import NamedTuple

from bot.domain.due import due_end, parse_due
from bot.domain.errors import InvalidInput, Problem
from bot.domain.time_parts import UnclearTime
from bot.domain.time_phrase import said_time
from bot.domain.words import quoted

_WHOM = re.compile(
    r"(?:for\s+)?(?:(?:me|myself)|(?P<all>us|here|everybody|everyone|(?:the\s+|this\s+)?thread))\b[\s,;:]*"
    r"(?:again\b\s*)?(?:(?:of|about)\s+(?:it|this(?:\s+(?:one|ticket))?)\b\s*)?",
    re.IGNORECASE,
)
_BEHIND_TIME = " ,;:.!?\n-–—"
_TO = re.compile(r"\Ato\s+", re.IGNORECASE)


class ReminderWords(NamedTuple):
    """`at` is None where no time stands in front: that is to be asked."""

    at: datetime | None
    words: str
    for_thread: bool


def says_when(text: str) -> bool:
    """Whether it can be nothing else than a reminder's: it begins with a time."""
    start = _behind_whom(text)
    end = due_end(text, start)
    try:
        return end > start and said_time(text[start:end]).is_exact
    except (ValueError, UnclearTime):
        return False


def read_reminder(text: str, *, now: datetime, zone: tzinfo | None) -> ReminderWords:
    """Raises `InvalidInput` where a time has passed, is unclear, or needs a zone that is not known."""
    whom = _WHOM.match(text)
    start = _behind_whom(text)
    for_thread = bool(whom and whom["all"])
    end = due_end(text, start)
    if end == start:
        return ReminderWords(None, _TO.sub("", text[start:].strip()), for_thread)
    said = text[start:end].strip(" ,;:")
    at = parse_due(said, now=now, zone=zone)
    if not said_time(said).is_exact:
        words = f"{quoted(said)} could be any time of that day. Write one, such as tomorrow 9am or in 2h."
        raise InvalidInput([Problem(field=None, code="unclear_time", message=words)])
    return ReminderWords(at, _TO.sub("", text[end:].lstrip(_BEHIND_TIME).rstrip()), for_thread)


def _behind_whom(text: str) -> int:
    whom = _WHOM.match(text)
    return whom.end() if whom else 0
