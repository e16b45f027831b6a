"""Which tickets a filter wants, as SQL: of a workspace, and of those that others share with it.

A list is one statement. It takes the first `search.COUNTED + 1` in their order, which is all that is ever counted, and reads the
documents of one page of them. Every value is a parameter, so there are as many texts as kinds of filters.
"""

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from bot.domain.search import COUNTED, Sort, Span, TicketFilter
from bot.domain.ticket import OPEN
from storage.common.filters import number_begun, queues_meant
from storage.common.words import LONG_ENOUGH, parts_sought, words
from storage.postgres.ticket_columns import PRIORITIES, part_keys

Fetch = Callable[..., Awaitable[Sequence[Mapping[str, Any]]]]
"""`fetch(sql, *args)`; what `Tickets.whose` calls $1 is put in front of the args by it."""

_LAST_NUMBER = 2**31 - 1
_QUEUES = """
WITH RECURSIVE known AS (
    (SELECT queue FROM deskhand.tickets WHERE workspace = $1 AND queue IS NOT NULL ORDER BY queue LIMIT 1)
    UNION ALL
    SELECT (
        SELECT queue FROM deskhand.tickets WHERE workspace = $1 AND queue > known.queue ORDER BY queue LIMIT 1
    ) FROM known WHERE queue IS NOT NULL
)
SELECT queue FROM known WHERE queue IS NOT NULL
"""
"""From one to the next by the index, as many steps as there are queues."""


class Tickets(NamedTuple):
    """A table of tickets. `whose`: the condition on those that are looked at, by $1; `prefixes`: what stands before their parts.
    `names`: the columns that name one of them, `age` those in whose order they came; `shown`: what is given of each."""

    table: str
    whose: str
    prefixes: Sequence[str]
    names: Sequence[str]
    age: Sequence[str]
    shown: Sequence[str]


class Found(NamedTuple):
    """A page of a list, its rows as `Tickets.shown` names them; `total` and `has_more` as `search.TicketPage` has them."""

    rows: Sequence[Mapping[str, Any]]
    total: int
    has_more: bool


def of_workspace(workspace: str) -> Tickets:
    """All of a workspace's own, which is $1."""
    return Tickets(
        table="deskhand.tickets",
        whose="workspace = $1",
        prefixes=[workspace],
        names=["number"],
        age=["number"],
        shown=["document", "cards"],
    )


async def queue_names(fetch: Fetch) -> Sequence[str]:
    """The queues that tickets of the workspace $1 are in, as they are written there."""
    return [row["queue"] for row in await fetch(_QUEUES)]


async def page(
    fetch: Fetch, tickets: Tickets, wanted: TicketFilter, *, offset: int, limit: int, queues: Sequence[str]
) -> Found:
    """A page of the list that a filter wants. `queues`: those that tickets are in, where `names_queues(wanted)`."""
    sql, args = statement(tickets, wanted, offset=offset, limit=limit, queues=queues)
    rows = sorted(await fetch(sql, *args), key=lambda row: row["place"] or 0)
    counted = rows[0]["counted"] if rows else 0
    return Found(
        [row for row in rows if row["place"] is not None],
        min(counted, COUNTED + 1),
        counted > offset + limit,
    )


def names_queues(wanted: TicketFilter) -> bool:
    """Whether it is to be known which queues there are, to find what it wants."""
    return bool(wanted.queues) or (wanted.within is not None and names_queues(wanted.within))


def statement(
    tickets: Tickets, wanted: TicketFilter, *, offset: int, limit: int, queues: Sequence[str] = ()
) -> tuple[str, Sequence[object]]:
    """The statement of a page, and what $2 and those behind it are in it. One row at least: `counted`, and of each ticket of the
    page its `place` among all."""
    text = _Text(tickets.prefixes, queues)
    conditions = " AND ".join((tickets.whose, *text.conditions(wanted)))
    most = _rounded(max(COUNTED, offset + limit) + 1)
    found = _dated_first if wanted.sort == "due" else _found
    first, last = text.arg(offset, "int"), text.arg(offset + limit, "int")
    names, shown = ", ".join(tickets.names), ", ".join(tickets.shown)
    sql = (
        f"WITH {found(tickets, conditions, wanted, most)}, page AS MATERIALIZED ("
        f"SELECT place, {names}, {shown} FROM found JOIN {tickets.table} USING ({names}) "
        f"WHERE {tickets.whose} AND place > {first} AND place <= {last}) "
        "SELECT counted, page.* FROM (SELECT count(*) AS counted FROM found) c LEFT JOIN page ON true"
    )
    return sql, text.args


def _found(tickets: Tickets, conditions: str, wanted: TicketFilter, most: int) -> str:
    """The part of the statement that has the first of them as `found`, each with its place."""
    names = ", ".join(tickets.names)
    columns = ", ".join(dict.fromkeys((*tickets.names, *tickets.age, "priority")))
    order = _order(tickets, wanted.sort)
    first = f"SELECT {columns} FROM {tickets.table} WHERE {conditions} ORDER BY {order} LIMIT {most}"
    return f"found AS MATERIALIZED (SELECT {names}, row_number() OVER (ORDER BY {order}) AS place FROM ({first}) f)"


def _dated_first(tickets: Tickets, conditions: str, wanted: TicketFilter, most: int) -> str:
    """The soonest first. Those without a due time, the newest first, are looked for where the others do not suffice."""
    names = ", ".join(tickets.names)
    columns = ", ".join(dict.fromkeys((*tickets.names, *tickets.age)))
    rest = "false" if _has_due(wanted) else f"due IS NULL AND (SELECT count(*) FROM dated) < {most}"
    soonest, newest = _order(tickets, "due"), _order(tickets, "newest")
    return (
        f"dated AS MATERIALIZED (SELECT {columns}, due FROM {tickets.table}"
        f" WHERE {conditions} AND due IS NOT NULL ORDER BY {soonest} LIMIT {most}), "
        f"others AS MATERIALIZED (SELECT {columns} FROM {tickets.table}"
        f" WHERE {conditions} AND {rest} ORDER BY {newest} LIMIT {most}), "
        f"found AS MATERIALIZED (SELECT {names}, row_number() OVER (ORDER BY {soonest}) AS place FROM dated"
        f" UNION ALL SELECT {names}, (SELECT count(*) FROM dated) + row_number() OVER (ORDER BY {newest}) FROM others)"
    )


def _order(tickets: Tickets, sort: Sort) -> str:
    oldest, newest = ", ".join(tickets.age), ", ".join(f"{column} DESC" for column in tickets.age)
    match sort:
        case "newest":
            return newest
        case "age":
            return oldest
        case "priority":
            return f"priority DESC, {newest}"
        case "due":
            return f"due, {oldest}"


def _has_due(wanted: TicketFilter) -> bool:
    return wanted.due is not None or (wanted.within is not None and _has_due(wanted.within))


def _rounded(most: int) -> int:
    """The same number for most pages: each makes a text of its own."""
    return most if most <= COUNTED + 1 else 2 ** (most - 1).bit_length()


class _Text:
    """Writes conditions, and gathers their parameters: $2 and so on."""

    def __init__(self, prefixes: Sequence[str], queues: Sequence[str]) -> None:
        self._prefixes = prefixes
        self._queues = queues
        self.args: list[object] = []

    def arg(self, value: object, kind: str) -> str:
        self.args.append(value)
        return f"${len(self.args) + 1}::{kind}"

    def conditions(self, wanted: TicketFilter) -> Iterator[str]:
        """All of them must hold."""
        yield from self._of_values(wanted)
        for column, span in (("due", wanted.due), ("created", wanted.created)):
            if span:
                yield from self._inside(column, span)
        if wanted.involving:
            user = self.arg(wanted.involving, "text")
            yield f"(requester = {user} OR assignee = {user})"
        for word in wanted.words:
            yield self._about(word)
        if wanted.within:
            yield from self.conditions(wanted.within)

    def _of_values(self, wanted: TicketFilter) -> Iterator[str]:
        if wanted.open_only:
            yield self._one_of("status", OPEN)
        priorities = [PRIORITIES.index(each) for each in wanted.priorities]
        if priorities:
            yield self._one_of("priority", priorities, "smallint")
        asked: dict[str, Sequence[str | None]] = {
            "status": wanted.statuses,
            "type": wanted.types,
            "assignee": wanted.assignees,
            "queue": queues_meant(wanted.queues, self._queues),
            "customer": wanted.customers,
            "requester": wanted.requesters,
            "visibility": wanted.visibilities,
        }
        for column, values in asked.items():
            if values:
                yield self._one_of(column, values)
        if wanted.response:
            yield "response_late"

    def _one_of(self, column: str, values: Sequence[object], kind: str = "text") -> str:
        known = [value for value in values if value is not None]
        ways = [f"{column} IS NULL"] if len(known) < len(values) else []
        if len(known) == 1:
            ways.append(f"{column} = {self.arg(known[0], kind)}")
        elif known:
            ways.append(f"{column} = ANY({self.arg(known, f'{kind}[]')})")
        return _either(ways)

    def _inside(self, column: str, span: Span) -> Iterator[str]:
        if span.start:
            yield f"{column} >= {self.arg(span.start, 'timestamptz')}"
        if span.end:
            yield f"{column} < {self.arg(span.end, 'timestamptz')}"
        if not (span.start or span.end):
            yield f"{column} IS NOT NULL"

    def _about(self, text: str) -> str:
        """Those whose number begins so, or with words that have all of these words in them."""
        ways = []
        if number := number_begun(text):
            ways += [self._numbers(low, high) for low, high in _beginning_with(number)]
        if sought := sorted(words(text)):
            ways.append(" AND ".join((self._with_parts(sought), *map(self._with_part, sought))))
        return _either(ways) if ways else "false"

    def _numbers(self, low: int, high: int) -> str:
        return f"number BETWEEN {self.arg(low, 'int')} AND {self.arg(high, 'int')}"

    def _with_parts(self, sought: Sequence[str]) -> str:
        """What the index can tell."""
        found = sorted({part for word in sought for part in parts_sought(word)})
        return _either(
            [f"parts @> {self.arg(part_keys(prefix, found), 'text[]')}" for prefix in self._prefixes]
        )

    def _with_part(self, part: str) -> str:
        like = _LIKE_SIGNS.sub(r"\\\g<0>", part)
        begins = "" if len(part) >= LONG_ENOUGH else "\n"
        return f"words LIKE {self.arg(f'%{begins}{like}%', 'text')}"


_LIKE_SIGNS = re.compile(r"[%_\\]")


def _either(ways: Sequence[str]) -> str:
    return ways[0] if len(ways) == 1 else f"({' OR '.join(ways)})"


def _beginning_with(number: int) -> Iterator[tuple[int, int]]:
    """42 begins 42, 420 to 429, 4200 to 4299 …"""
    low, high = number, number
    while low <= _LAST_NUMBER:
        yield low, min(high, _LAST_NUMBER)
        low, high = 10 * low, 10 * high + 9
