"""A filter's conditions on tickets, as SQL. Every value is a parameter, so there are as many texts as kinds of filters."""

import re
from collections.abc import Callable, Iterator, Sequence

from bot.domain.search import Span, TicketFilter
from bot.domain.ticket import OPEN
from storage.common.filters import number_begun, queues_meant
from storage.common.words import LONG_ENOUGH, parts_sought, words
from storage.postgres.ticket_columns import PRIORITIES, indexed

IS_OPEN = f"status IN ({', '.join(map(repr, OPEN))})"
NOT_LOCAL = "visibility <> 'workspace_local'"
"""As the indexes of such tickets have it: they are taken only where a statement says just this."""

LAST_NUMBER = 2**31 - 1
"""That a column of numbers holds."""

_LIKE_SIGNS = re.compile(r"[%_\\]")


class Conditions:
    """Writes them, and gathers their parameters: $2 and so on. `queues`: those that tickets are in, as they stand there."""

    def __init__(self, queues: Sequence[str]) -> None:
        self._queues = queues
        self.args: list[object] = []

    def arg(self, value: object, kind: str) -> str:
        self.args.append(value)
        return f"${len(self.args) + 1}::{kind}"

    def of_columns(self, wanted: TicketFilter) -> Iterator[str]:
        """All that it says but of words."""
        yield from self._of_values(wanted)
        for column, span in (("due", wanted.due), ("created", wanted.created)):
            if span:
                yield from self._inside(column, span)
        if wanted.involving:
            user = self.arg(indexed(wanted.involving), "text")
            yield f"(requester = {user} OR assignee = {user})"
        if wanted.within:
            yield from self.of_columns(wanted.within)

    def about(
        self, word: str, numbers: Callable[[str, str], str], with_parts: Callable[[Sequence[str]], str]
    ) -> str:
        """As `begun` or `saying`."""
        ways = [*self.begun(word, numbers), *self.saying(word, with_parts)]
        return either(ways) if ways else "false"

    def begun(self, word: str, numbers: Callable[[str, str], str]) -> list[str]:
        """The ways in which a number begins so. `numbers`: those from one to another."""
        number = number_begun(word)
        ranges = _beginning(number) if number else ()
        return [numbers(self.arg(low, "int"), self.arg(high, "int")) for low, high in ranges]

    def saying(self, word: str, with_parts: Callable[[Sequence[str]], str]) -> list[str]:
        """Those whose words have all of its words in them. `with_parts`: what the index can tell."""
        sought = sorted(words(word))
        return [" AND ".join((with_parts(parts_of(sought)), *map(self._with_part, sought)))] if sought else []

    def _of_values(self, wanted: TicketFilter) -> Iterator[str]:
        if is_of_open(wanted):
            yield IS_OPEN
        if wanted.visibilities and "workspace_local" not in wanted.visibilities:
            yield NOT_LOCAL
        if wanted.response:
            yield "response_late"
        priorities = [PRIORITIES.index(each) for each in wanted.priorities]
        if priorities:
            yield self._one_of("priority", priorities, "smallint")
        asked: dict[str, Sequence[str | None]] = {
            "status": wanted.statuses,
            "type": wanted.types,
            "assignee": wanted.assignees,
            "queue": self._known_queues(wanted.queues),
            "customer": wanted.customers,
            "requester": wanted.requesters,
            "visibility": wanted.visibilities,
        }
        for column, values in asked.items():
            if values:
                yield self._one_of(column, [*map(indexed, values)])

    def _known_queues(self, wanted: Sequence[str]) -> Sequence[str]:
        """As tickets have them: one that is written in another way is no other, and would cost the order that an index has."""
        meant = queues_meant(wanted, self._queues)
        return [*dict.fromkeys(name for name in meant if name in self._queues)] or meant

    def _one_of(self, column: str, values: Sequence[object], kind: str = "text") -> str:
        known = [value for value in values if value is not None]
        ways = [f"{column} IS NULL"] if len(known) < len(values) else []
        if len(known) == 1:
            ways.append(f"{column} = {self.arg(known[0], kind)}")
        elif known:
            ways.append(f"{column} = ANY({self.arg(known, f'{kind}[]')})")
        return either(ways)

    def _inside(self, column: str, span: Span) -> Iterator[str]:
        if span.start:
            yield f"{column} >= {self.arg(span.start, 'timestamptz')}"
        if span.end:
            yield f"{column} < {self.arg(span.end, 'timestamptz')}"
        if not (span.start or span.end):
            yield f"{column} IS NOT NULL"

    def _with_part(self, part: str) -> str:
        like = _LIKE_SIGNS.sub(r"\\\g<0>", part)
        begins = "" if len(part) >= LONG_ENOUGH else "\n"
        return f"words LIKE {self.arg(f'%{begins}{like}%', 'text')}"


def is_of_open(wanted: TicketFilter) -> bool:
    """Whether it wants open tickets only; what it is within does not count."""
    return wanted.open_only or bool(wanted.statuses and set(wanted.statuses) <= {*OPEN})


def chain(wanted: TicketFilter | None) -> Iterator[TicketFilter]:
    """It, what it is within, and so on: all of them must hold."""
    while wanted:
        yield wanted
        wanted = wanted.within


def parts_of(sought: Sequence[str]) -> list[str]:
    """The parts that must be in a text with all of these."""
    return sorted({part for word in sought for part in parts_sought(word)})


def either(ways: Sequence[str]) -> str:
    return ways[0] if len(ways) == 1 else f"({' OR '.join(ways)})"


def _beginning(number: int) -> Iterator[tuple[int, int]]:
    """42 begins 42, 420 to 429, 4200 to 4299 …"""
    low, high = number, number
    while low <= LAST_NUMBER:
        yield low, min(high, LAST_NUMBER)
        low, high = 10 * low, 10 * high + 9
