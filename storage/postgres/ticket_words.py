"""Which tickets of a workspace have words in them, as SQL.

Their parts stand in an index behind the block of numbers that a ticket is in. So the newest are found without a look at all the
others that say the same: a statement goes from block to block, and ends as soon as it has as many as are wanted.
"""

from collections.abc import Iterator, Sequence
from zlib import crc32

from bot.domain.search import TicketFilter
from storage.common.filters import number_begun
from storage.common.words import words
from storage.postgres.ticket_columns import BLOCK, OPEN_FACET, customer_facet, origin, requester_facet
from storage.postgres.ticket_conditions import Conditions, chain, is_of_open, parts_of

SAID = "said"
"""The table of a statement that has them: `number`, `priority` and `due`."""

_WALK = """
last AS (SELECT max(number) >> {bits} AS block FROM deskhand.tickets WHERE workspace = $1),
walked AS (
    SELECT {start} AS block, 0::bigint AS many, NULL::integer[] AS numbers, NULL::smallint[] AS priorities, NULL::timestamptz[] AS dues
    FROM last
    UNION ALL
    SELECT b.block, w.many + f.many, f.numbers, f.priorities, f.dues
    FROM walked w CROSS JOIN last
    CROSS JOIN LATERAL (
        SELECT w.block + {step} AS block, (w.block + {step}) << {bits} AS first,
            ((({origin} + w.block + {step}) & 4294967295) - 2147483648) << 32 AS place
    ) b
    CROSS JOIN LATERAL (
        SELECT count(*) AS many, array_agg(number) AS numbers, array_agg(priority) AS priorities, array_agg(due) AS dues
        FROM ({candidates}) c
        CROSS JOIN LATERAL (
            SELECT number, priority, due FROM deskhand.tickets WHERE number = it AND {conditions} OFFSET 0
        ) t
    ) f
    WHERE {goes_on}
),
"""
"""A ticket is looked up by each number that the words give: to join them all, PostgreSQL would read all tickets for each block, as
it expects far too many of them."""

_SAID = """
said AS MATERIALIZED (
    SELECT f.number, f.priority, f.due FROM walked w, unnest(w.numbers, w.priorities, w.dues) AS f(number, priority, due)
    {unless_common}
)
"""
_COMMON = """
{name} AS MATERIALIZED (
    SELECT number, priority, due FROM (
        SELECT number, priority, due FROM deskhand.tickets WHERE {conditions} ORDER BY {order} OFFSET 0
    ) t
    WHERE {gate} AND EXISTS (
        SELECT FROM deskhand.words WHERE workspace = $1 AND words.number = t.number AND {about} OFFSET 0
    )
    LIMIT {most}
),
"""
_CANDIDATES = "(SELECT number AS it FROM deskhand.words WHERE workspace = $1 AND {about} OFFSET 0)"
_MANY = 5000
"""So many are put in order. Where there are more, the word is common: those that come first are soon found in their own order."""


def said(workspace: str, text: Conditions, wanted: TicketFilter, most: int) -> str:
    """The part of a statement that has the tickets as `said`: the first `most` in the order that is wanted, and perhaps more."""
    is_up, by_age = wanted.sort == "age", wanted.sort in {"newest", "age"}
    enough = most if by_age else _MANY
    walk = _WALK.format(
        bits=BLOCK,
        start="-1" if is_up else "last.block + 1",
        step="1" if is_up else "-1",
        candidates=_candidates(text, wanted),
        origin=text.arg(origin(workspace), "bigint"),
        conditions=_conditions(text, wanted),
        goes_on=f"w.many < {enough} AND {'w.block < last.block' if is_up else 'w.block > 0'}",
    )
    if by_age:
        return walk + _SAID.format(unless_common="")
    is_common = f"(SELECT max(many) FROM walked) >= {enough}"
    first, rest = _common(text, wanted, is_common, most)
    unless_common = (
        f"WHERE NOT {is_common} UNION ALL SELECT * FROM common UNION ALL SELECT * FROM common_undated"
    )
    return walk + first + rest + _SAID.format(unless_common=unless_common)


def _common(text: Conditions, wanted: TicketFilter, is_common: str, most: int) -> tuple[str, str]:
    """The first of those that say something common, found in the order that is wanted."""
    about = " AND ".join(
        text.about(word, lambda low, high: f"words.number BETWEEN {low} AND {high}", lambda _: "true")
        for word in words_in(wanted)
    )
    conditions = _conditions(text, wanted)
    by_due = wanted.sort == "due"
    first = _COMMON.format(
        name="common",
        conditions=f"{conditions} AND due IS NOT NULL" if by_due else conditions,
        order="due, number" if by_due else "priority DESC, number DESC",
        gate=is_common,
        about=about,
        most=most,
    )
    rest = _COMMON.format(
        name="common_undated",
        conditions=f"{conditions} AND due IS NULL",
        order="number DESC",
        gate=f"{is_common} AND (SELECT count(*) FROM common) < {most}" if by_due else "false",
        about=about,
        most=most,
    )
    return first, rest


def _conditions(text: Conditions, wanted: TicketFilter) -> str:
    return " AND ".join(("workspace = $1", *text.of_columns(wanted)))


def words_in(wanted: TicketFilter) -> list[str]:
    """All that it looks for, and what it is within."""
    return [word for each in chain(wanted) for word in each.words]


def _candidates(text: Conditions, wanted: TicketFilter) -> str:
    """Those of a block that have all words, each as `it`. Where one of these may be how a number begins, the index is asked by itself
    for either: for both at once it would not be used."""
    sought, facets = words_in(wanted), [*_facets(wanted)]
    others = [word for word in sought if not number_begun(word)]
    sure = parts_of([each for word in others for each in sorted(words(word))])

    def keys(parts: Sequence[str]) -> str:
        found = text.arg([crc32(part.encode()) for part in (*parts, *facets)], "bigint[]")
        return f"parts @> ARRAY(SELECT b.place | part FROM unnest({found}) AS part)"

    def with_sure(parts: Sequence[str]) -> str:
        return keys([*sure, *parts])

    about = [text.about(word, _numbers, lambda _: "true") for word in others]
    numbers = [word for word in sought if number_begun(word)]
    match numbers:
        case []:
            ways = [[keys(sure), *about]]
        case [number]:
            ways = [[each, *about] for each in text.begun(number, _numbers)]
            ways += [[each, *about] for each in text.saying(number, with_sure)]
        case _:
            first = [keys(sure)] if sure else []
            with_parts = (lambda _: "true") if sure else keys
            ways = [[*first, *about, *(text.about(word, _numbers, with_parts) for word in numbers)]]
    return " UNION ".join(_CANDIDATES.format(about=" AND ".join(way)) for way in ways)


def _numbers(low: str, high: str) -> str:
    return f"number BETWEEN greatest({low}, b.first) AND least({high}, b.first + {(1 << BLOCK) - 1})"


def _facets(wanted: TicketFilter) -> Iterator[str]:
    """What stands among the parts of words, and must be there."""
    if any(map(is_of_open, chain(wanted))):
        yield OPEN_FACET
    for each in chain(wanted):
        if len(each.customers) == 1:
            yield customer_facet(each.customers[0])
        if len(each.requesters) == 1:
            yield requester_facet(each.requesters[0])
