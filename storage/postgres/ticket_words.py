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
        FROM (SELECT number FROM deskhand.words WHERE workspace = $1 AND {about} OFFSET 0) c
        JOIN deskhand.tickets USING (number) WHERE {conditions}
    ) f
    WHERE {goes_on}
),
said AS MATERIALIZED (
    SELECT f.number, f.priority, f.due FROM walked w, unnest(w.numbers, w.priorities, w.dues) AS f(number, priority, due)
)
"""


def said(workspace: str, text: Conditions, wanted: TicketFilter, most: int) -> str:
    """The part of a statement that has the tickets as `said`: the `most` newest (or oldest) at least, where that is their order,
    and else all of them."""
    is_up = wanted.sort == "age"
    goes_on = "w.block < last.block" if is_up else "w.block > 0"
    if wanted.sort in {"newest", "age"}:
        goes_on += f" AND w.many < {most}"
    return _WALK.format(
        bits=BLOCK,
        start="-1" if is_up else "last.block + 1",
        step="1" if is_up else "-1",
        about=" AND ".join(_about(text, wanted)),
        origin=text.arg(origin(workspace), "bigint"),
        conditions=" AND ".join(("workspace = $1", *text.of_columns(wanted))),
        goes_on=goes_on,
    )


def words_in(wanted: TicketFilter) -> list[str]:
    """All that it looks for, and what it is within."""
    return [word for each in chain(wanted) for word in each.words]


def _about(text: Conditions, wanted: TicketFilter) -> Iterator[str]:
    sought = words_in(wanted)
    facets = [*_facets(wanted)]
    sure = parts_of([each for word in sought if not number_begun(word) for each in sorted(words(word))])

    def keys(parts: Sequence[str]) -> str:
        found = text.arg([crc32(part.encode()) for part in (*parts, *facets)], "bigint[]")
        return f"parts @> ARRAY(SELECT b.place | part FROM unnest({found}) AS part)"

    def numbers(low: str, high: str) -> str:
        return f"number BETWEEN greatest({low}, b.first) AND least({high}, b.first + {(1 << BLOCK) - 1})"

    def with_parts(parts: Sequence[str]) -> str:
        return "true" if sure else keys(parts)

    if sure:
        yield keys(sure)
    for word in sought:
        yield text.about(word, numbers, with_parts)


def _facets(wanted: TicketFilter) -> Iterator[str]:
    """What stands among the parts of words, and must be there."""
    if any(map(is_of_open, chain(wanted))):
        yield OPEN_FACET
    for each in chain(wanted):
        if len(each.customers) == 1:
            yield customer_facet(each.customers[0])
        if len(each.requesters) == 1:
            yield requester_facet(each.requesters[0])
