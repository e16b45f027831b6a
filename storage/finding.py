"""Which tickets a filter wants, by the indexes: sets of numbers that are cut with one another."""

import re
from typing import get_args

from pyroaring import BitMap

from bot.domain.contract import Status
from bot.domain.search import TicketFilter
from storage.database import Database
from storage.indexes import words

_OPEN = tuple(status for status in get_args(Status) if status not in {"resolved", "closed"})
_NUMBER = re.compile(r"(?:t-)?([1-9][0-9]{0,8})", re.IGNORECASE)


def matching(database: Database, wanted: TicketFilter) -> BitMap:
    """The numbers of the tickets that are wanted. The caller holds the engine's lock."""
    last = database.engine.view.last("tickets")
    found = database.values("status").rows(*_OPEN) if wanted.open_only else BitMap(range(1, last + 1))
    for word in wanted.words:
        found &= _about(database, word, last)
    return found


def _about(database: Database, text: str, last: int) -> BitMap:
    """Those whose number begins so (`4`, `T-4`), or with a summary or description in which words do."""
    number = _NUMBER.fullmatch(text)
    found = _beginning_with(int(number[1]), last) if number else BitMap()
    summary, description = database.words("summary"), database.words("description")
    those = [summary.rows(word) | description.rows(word) for word in words(text)]
    return found | BitMap.intersection(*those) if those else found


def _beginning_with(digits: int, last: int) -> BitMap:
    """42 begins 42, 420 to 429, 4200 to 4299 …"""
    found, low, high = BitMap(), digits, digits
    while low <= last:
        found |= BitMap(range(low, min(high, last) + 1))
        low, high = 10 * low, 10 * high + 9
    return found
