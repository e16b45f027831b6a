"""Which tickets a filter wants, by the indexes: sets of numbers that are cut with one another. No document is read."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Protocol, get_args

from pyroaring import BitMap

from bot.domain.contract import Priority
from bot.domain.search import TicketFilter
from bot.domain.ticket import OPEN
from storage.common.documents import wire_time
from storage.common.filters import number_begun, queues_meant
from storage.common.words import words
from storage.journal.indexes import Ordered, Values, Words

_TEXTS = ("summary", "description")


class Tickets(Protocol):
    """A table of tickets with its indexes. Rows stand for tickets: in a workspace's own table they are their numbers."""

    def values(self, index: str) -> Values: ...
    def ordered(self, index: str) -> Ordered: ...
    def words(self, index: str) -> Words: ...
    def every(self) -> BitMap:
        """All rows."""

    def beginning_with(self, digits: int) -> BitMap:
        """Those whose number does: 42 begins 42, 420 to 429, 4200 to 4299 …"""

    def in_order(self, rows: BitMap, offset: int, limit: int) -> list[int]:
        """A page of these, the oldest first."""

    def newest(self, rows: BitMap, offset: int, limit: int) -> list[int]:
        """A page of these, the newest first."""


def page(
    database: Tickets, wanted: TicketFilter, offset: int, limit: int, among: BitMap | None = None
) -> tuple[list[int], int]:
    """The rows of one page in the order that is wanted, and how many there are in all; of those `among` these, where it is
    given. The caller holds the engine's lock."""
    found = _matching(database, wanted)
    if among is not None:
        found &= among
    match wanted.sort:
        case "newest":
            numbers = database.newest(found, offset, limit)
        case "age":
            numbers = database.in_order(found, offset, limit)
        case "priority":
            numbers = _of_each(database, _by_priority(database, found), offset, limit)
        case "due":
            due = database.ordered("due")
            dated = found & due.rows()
            numbers = due.page(dated, offset, limit)
            rest = max(0, offset - len(dated))
            numbers = [*numbers, *database.newest(found - dated, rest, limit - len(numbers))]
    return numbers, len(found)


def is_partial(database: Tickets, wanted: TicketFilter) -> bool:
    """Whether older tickets may be missing from `page`, since the store was only just opened."""
    if wanted.words and not all(database.words(name).finds_all for name in _TEXTS):
        return True
    return wanted.within is not None and is_partial(database, wanted.within)


def _matching(database: Tickets, wanted: TicketFilter) -> BitMap:
    found = _of_values(database, wanted)
    for name, span in (("due", wanted.due), ("created", wanted.created)):
        if span:
            found &= database.ordered(name).rows(_second(span.start), _second(span.end))
    for word in wanted.words:
        found &= _about(database, word)
    if wanted.involving:
        asked, has = (database.values(name).rows(wanted.involving) for name in ("requester", "assignee"))
        found &= asked | has
    if wanted.within:
        found &= _matching(database, wanted.within)
    return found


def _of_values(database: Tickets, wanted: TicketFilter) -> BitMap:
    asked: dict[str, Sequence[str | None]] = {
        "status": wanted.statuses,
        "priority": wanted.priorities,
        "type": wanted.types,
        "assignee": wanted.assignees,
        "queue": queues_meant(wanted.queues, queues(database)) if wanted.queues else (),
        "customer": wanted.customers,
        "requester": wanted.requesters,
        "visibility": wanted.visibilities,
    }
    sets = [database.values(name).rows(*values) for name, values in asked.items() if values]
    if wanted.response:
        sets.append(database.values("response_late").rows(True))  # noqa: FBT003  (the value)
    if wanted.open_only:
        sets.append(database.values("status").rows(*OPEN))
    return BitMap.intersection(*sets) if sets else database.every()


def queues(database: Tickets) -> list[str]:
    """The queues that tickets are in."""
    return [name for name in database.values("queue").values() if isinstance(name, str)]


def _second(moment: datetime | None) -> str | None:
    """The bound as a text: without its Z it stands before every fraction of its second, and before itself."""
    return wire_time(moment)[:-1] if moment else None


def _by_priority(database: Tickets, found: BitMap) -> Iterator[BitMap]:
    for priority in reversed(get_args(Priority)):
        yield found & database.values("priority").rows(priority)


def _of_each(database: Tickets, sets: Iterator[BitMap], offset: int, limit: int) -> list[int]:
    """A page of sets that follow one another."""
    page: list[int] = []
    for rows in sets:
        page += database.newest(rows, offset, limit - len(page))
        offset = max(0, offset - len(rows))
    return page


def newest(found: BitMap, offset: int, limit: int) -> list[int]:
    """A page of rows, the highest first."""
    first = max(0, len(found) - offset - limit)
    return [*reversed(found[first : max(0, len(found) - offset)])]


def _about(database: Tickets, text: str) -> BitMap:
    """Those whose number begins so (`4`, `T-4`), or with a summary or description in which words do."""
    number = number_begun(text)
    found = database.beginning_with(number) if number else BitMap()
    texts = [database.words(name) for name in _TEXTS]
    those = [BitMap.union(*(index.rows(word) for index in texts)) for word in words(text)]
    return found | BitMap.intersection(*those) if those else found


def numbers_beginning_with(digits: int, last: int) -> BitMap:
    """42 begins 42, 420 to 429, 4200 to 4299 … up to the last."""
    found, low, high = BitMap(), digits, digits
    while low <= last:
        found |= BitMap(range(low, min(high, last) + 1))
        low, high = 10 * low, 10 * high + 9
    return found
