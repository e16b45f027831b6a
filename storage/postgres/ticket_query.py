"""Which tickets a filter wants, as SQL: of a workspace, and of those that others share with it.

A list is one statement. It takes the first `search.COUNTED + 1` in their order, which is all that is ever counted, and reads the
documents of one page of them.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, NamedTuple

from bot.domain.search import COUNTED, Sort, TicketFilter
from storage.postgres.ticket_blocks import ANY, Bounds, bounds, soonest
from storage.postgres.ticket_columns import keys, origin
from storage.postgres.ticket_conditions import Conditions, chain, either
from storage.postgres.ticket_words import SAID, said, words_in

Fetch = Callable[..., Awaitable[Sequence[Mapping[str, Any]]]]
"""`fetch(sql, *args)`; what `Tickets.whose` calls $1 is put in front of the args by it."""

_FAR = 10**9
"""Where no list has a page: what was forged may say any."""

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
    """A table of tickets. `whose`: the condition on those that are looked at, by $1; `owners`: behind whom the parts of
    their words stand; `has_blocks`: in a table of their own, block by block. `names`: the columns that name one of them, `age` those in whose order they
    came; `shown`: what is given of each."""

    table: str
    whose: str
    owners: Sequence[str]
    has_blocks: bool
    names: Sequence[str]
    age: Sequence[str]
    shown: Sequence[str]


class Found(NamedTuple):
    """A page of a list, its rows as `Tickets.shown` names them; `total` and `has_more` as `search.TicketPage` has them."""

    rows: Sequence[Mapping[str, Any]]
    total: int
    has_more: bool


def of_workspace(workspace: str) -> Tickets:
    """All of a workspace's own; it is $1."""
    return Tickets(
        table="deskhand.tickets",
        whose="workspace = $1",
        owners=[workspace],
        has_blocks=True,
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
    near = await bounds(fetch, wanted) if tickets.has_blocks else ANY
    sql, args = statement(tickets, wanted, offset=offset, limit=limit, queues=queues, near=near)
    rows = sorted(await fetch(sql, *args), key=lambda row: row["place"] or 0)
    counted = rows[0]["counted"] if rows else 0
    return Found(
        [row for row in rows if row["place"] is not None],
        min(counted, COUNTED + 1),
        counted > offset + limit,
    )


def names_queues(wanted: TicketFilter) -> bool:
    """Whether it is to be known which queues there are, to find what it wants."""
    return any(each.queues for each in chain(wanted))


def statement(
    tickets: Tickets,
    wanted: TicketFilter,
    *,
    offset: int,
    limit: int,
    queues: Sequence[str] = (),
    near: Bounds = ANY,
) -> tuple[str, Sequence[object]]:
    """The statement of a page, of tickets whose numbers are `near`, and what $2 and those behind it are in it. One row at least: `counted`, and of each ticket of the
    page its `place` among all."""
    text, offset = Conditions(queues), min(offset, _FAR)
    most = _most(offset + limit)
    parts = list[str]()
    if tickets.has_blocks and words_in(wanted):
        parts, source = [said(tickets.owners[0], text, wanted, most, near)], _From(SAID, "true")
    else:
        source = _source(tickets, text, wanted, near)
    parts += (_dated_first if wanted.sort == "due" else _found)(tickets, source, wanted, most)
    first, last = text.arg(offset, "int"), text.arg(offset + limit, "int")
    names, shown = ", ".join(tickets.names), ", ".join(tickets.shown)
    sql = (
        f"WITH RECURSIVE {', '.join(parts)}, page AS MATERIALIZED ("
        f"SELECT place, {names}, {shown} FROM found JOIN {tickets.table} USING ({names}) "
        f"WHERE {tickets.whose} AND place > {first} AND place <= {last}) "
        "SELECT counted, page.* FROM (SELECT count(*) AS counted FROM found) c LEFT JOIN page ON true"
    )
    return sql, text.args


class _From(NamedTuple):
    """Where they are looked for, and what must hold; `dated`: of those that have a due time, as well."""

    table: str
    where: str
    dated: str = "due IS NOT NULL"


def _source(tickets: Tickets, text: Conditions, wanted: TicketFilter, near: Bounds) -> _From:
    conditions, dated = [tickets.whose, *text.of_columns(wanted)], "due IS NOT NULL"
    if near != ANY:
        low, high = text.arg(near.low, "int"), text.arg(near.high, "int")
        conditions.append(f"number BETWEEN {low} AND {high}")
        dated = f"due >= {soonest(low, high)}"

    def numbers(low: str, high: str) -> str:
        return f"number BETWEEN {low} AND {high}"

    def with_parts(parts: Sequence[str]) -> str:
        found = [keys(origin(owner), parts) for owner in tickets.owners]
        return either([f"parts @> {text.arg(each, 'bigint[]')}" for each in found])

    conditions += [text.about(word, numbers, with_parts) for word in words_in(wanted)]
    return _From(tickets.table, " AND ".join(conditions), dated)


def _found(tickets: Tickets, source: _From, wanted: TicketFilter, most: int) -> list[str]:
    """The part of the statement that has the first of them as `found`, each with its place."""
    names = ", ".join(tickets.names)
    columns = ", ".join(dict.fromkeys((*tickets.names, *tickets.age, "priority")))
    order = _order(tickets, wanted.sort)
    first = f"SELECT {columns} FROM {source.table} WHERE {source.where} ORDER BY {order} LIMIT {most}"
    return [
        f"found AS MATERIALIZED (SELECT {names}, row_number() OVER (ORDER BY {order}) AS place FROM ({first}) f)"
    ]


def _dated_first(tickets: Tickets, source: _From, wanted: TicketFilter, most: int) -> list[str]:
    """The soonest first. Those without a due time, the newest first, are looked for where the others do not suffice."""
    names = ", ".join(tickets.names)
    columns = ", ".join(dict.fromkeys((*tickets.names, *tickets.age)))
    first, newest = _order(tickets, "due"), _order(tickets, "newest")
    rest = f"due IS NULL AND (SELECT count(*) FROM dated) < {most}"
    if any(each.due for each in chain(wanted)):
        rest = "false"
    return [
        f"dated AS MATERIALIZED (SELECT {columns}, due FROM {source.table}"
        f" WHERE {source.where} AND {source.dated} ORDER BY {first} LIMIT {most})",
        f"others AS MATERIALIZED (SELECT {columns} FROM {source.table}"
        f" WHERE {source.where} AND {rest} ORDER BY {newest} LIMIT {most})",
        f"found AS MATERIALIZED (SELECT {names}, row_number() OVER (ORDER BY {first}) AS place FROM dated"
        f" UNION ALL SELECT {names}, (SELECT count(*) FROM dated) + row_number() OVER (ORDER BY {newest})"
        " FROM others)",
    ]


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


def _most(last: int) -> int:
    """How many are looked for, where the page ends with the `last`: the same number for most pages, as each makes a text of its
    own."""
    return COUNTED + 1 if last <= COUNTED else 2 ** last.bit_length()
