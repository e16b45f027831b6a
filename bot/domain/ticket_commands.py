"""`/ticket assign T-42 @ana`: what is to be done to a ticket, as a typed line says it."""

import re
from typing import Literal, NamedTuple, get_args

from bot.domain.contract import CHOICES, Status
from bot.domain.line import squashed

Verb = Literal[
    "triage",
    "assign",
    "status",
    "start",
    "hold",
    "resume",
    "resolve",
    "close",
    "reopen",
    "edit",
    "note",
    "link",
    "history",
]
VERBS: tuple[Verb, ...] = get_args(Verb)

_NUMBERED = re.compile(r"(\w+)\s+(?:(?:t-|#)(\d{1,9})(?:\s+(.+))?|(\d{1,9}))", re.IGNORECASE | re.DOTALL)
_STATUSES = {squashed(status): status for status in CHOICES["status"]}
_WORDS = 2  # of a status, at most


class TicketCommand(NamedTuple):
    """`rest` is what was typed after the number."""

    verb: Verb
    number: int
    rest: str = ""


def command_of(line: str) -> TicketCommand | None:
    """What a line orders. With words behind it, a number is a ticket's only with its `T-`: `note 3 lamps are dark`
    is a ticket that somebody types."""
    said = _NUMBERED.fullmatch(line.strip())
    if said is None:
        return None
    verb = next((verb for verb in VERBS if verb == said[1].casefold()), None)
    return TicketCommand(verb, int(said[2] or said[4]), (said[3] or "").strip()) if verb else None


def status_of(text: str) -> tuple[Status | None, str]:
    """`on hold waiting for parts` -> `on_hold`, `waiting for parts`."""
    words = text.split()
    for count in range(_WORDS, 0, -1):
        if found := _STATUSES.get(squashed("".join(words[:count]))):
            status: Status = next(each for each in get_args(Status) if each == found)
            return status, " ".join(words[count:])
    return None, text
