"""`/ticket assign T-42 @ana`: what a typed line asks to be done to a ticket, and what it was meant to ask."""

import re
from collections.abc import Collection
from difflib import get_close_matches
from typing import NamedTuple, get_args

from bot.domain.contract import CHOICES, Status
from bot.domain.names import squashed
from bot.domain.steps import StepName, step_typed

_NUMBERED = re.compile(r"(\w+)\s+(?:(?:t-|#)(\d{1,9})(?:\s+(.+))?|(\d{1,9}))", re.IGNORECASE | re.DOTALL)
_STATUSES = {squashed(status): status for status in CHOICES["status"]}
_WORDS = 2  # of a status, at most
_NUMBER = re.compile(r"(?:t-|#)?\d+", re.IGNORECASE)
_NAMED = re.compile(r"(?:t-|#)\d+")
_SHORT = 2  # words; a longer line is somebody's ticket, however much its first word looks like a subcommand


class TicketCommand(NamedTuple):
    """`rest` is what was typed after the number."""

    step: StepName
    number: int
    rest: str = ""


def command_of(line: str) -> TicketCommand | None:
    """The command that a line is; None where it is none. With words behind it, a number is a ticket's only with its `T-`: `note 3 lamps are dark`
    is a ticket that somebody types."""
    match = _NUMBERED.fullmatch(line.strip())
    if match is None:
        return None
    row = step_typed(match[1])
    return TicketCommand(row.name, int(match[2] or match[4]), (match[3] or "").strip()) if row else None


def status_of(text: str) -> tuple[Status | None, str]:
    """`on hold waiting for parts` -> `on_hold`, `waiting for parts`."""
    words = text.split()
    for count in range(_WORDS, 0, -1):
        if found := _STATUSES.get(squashed("".join(words[:count]))):
            status: Status = next(each for each in get_args(Status) if each == found)
            return status, " ".join(words[count:])
    return None, text


def known_subcommand(line: str, known: Collection[str]) -> str | None:
    """The subcommand that a short line without fields begins with, though what follows is not what it takes."""
    words = line.casefold().split()
    return words[0] if words[0] in known and len(words) <= _SHORT and ":" not in line else None


def nearest_subcommand(line: str, known: Collection[str]) -> str | None:
    """The subcommand that a lone word, or a word and a number, was most likely meant to be."""
    words = line.casefold().split()
    is_command = len(words) == 1 or (len(words) == _SHORT and _NUMBER.fullmatch(words[1]))
    is_command = is_command or bool(_NAMED.fullmatch(words[1]))
    if not is_command or ":" in line:
        return None  # “lift noise” is a ticket, however near it is to a list
    near = get_close_matches(words[0], known, n=1, cutoff=0.7)
    return near[0] if near else None
