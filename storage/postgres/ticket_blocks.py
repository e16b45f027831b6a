"""Which numbers tickets can have that were made, or are due, within some time.

Numbers are looked at by blocks: those in which no time is within it are left out at both ends. Where tickets are made one after
the other, what is left are little more than those that are wanted; where they are not, it is all of them.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from bot.domain.search import Span, TicketFilter
from storage.postgres.ticket_columns import BLOCK
from storage.postgres.ticket_conditions import LAST_NUMBER, chain

DUE = "due AT TIME ZONE 'UTC'"
"""As the index by blocks has it."""

_BOUNDS = """
SELECT min(block) AS first, max(block) AS last, newest FROM (
    SELECT max(number) >> {bits} AS newest FROM deskhand.tickets WHERE workspace = $1
) n, generate_series(0, newest) AS block WHERE {near} GROUP BY newest
"""
_TIME = """(
    SELECT {column} FROM deskhand.tickets WHERE workspace = $1 AND number >> {bits} = block AND {column} IS NOT NULL
    ORDER BY {ordered} {direction} LIMIT 1
) {compared} ${place}::timestamptz"""


FIRST_DUE = (
    "SELECT due FROM deskhand.tickets WHERE workspace = $1 AND number >> {bits} = {block} AND due IS NOT NULL"
    f" ORDER BY {DUE} LIMIT 1"
)


class Bounds(NamedTuple):
    """From `low` to `high`, both of them too."""

    low: int = 0
    high: int = LAST_NUMBER


ANY = Bounds()


async def bounds(
    fetch: Callable[..., Awaitable[Sequence[Mapping[str, Any]]]], wanted: TicketFilter
) -> Bounds:
    """Those of the workspace $1. One statement, where a time is wanted."""
    spans = [*_spans(wanted)]
    near, args = list[str](), list[object]()
    for column, span in spans:
        for moment, direction, compared in ((span.start, "DESC", ">="), (span.end, "", "<")):
            if moment:
                args.append(moment)
                place = len(args) + 1
                near.append(
                    _TIME.format(
                        column=column,
                        ordered=DUE if column == "due" else column,
                        bits=BLOCK,
                        direction=direction,
                        compared=compared,
                        place=place,
                    )
                )
    if not near:
        return ANY
    rows = await fetch(_BOUNDS.format(bits=BLOCK, near=" AND ".join(near)), *args)
    if not rows:
        return Bounds(0, -1)
    [row] = rows
    high = LAST_NUMBER if row["last"] == row["newest"] else ((row["last"] + 1) << BLOCK) - 1
    return Bounds(row["first"] << BLOCK, high)


def soonest(low: str, high: str) -> str:
    """The soonest time that is due in the blocks from one number to another, both as SQL, and likewise: a list by due time need not
    look at those before."""
    return (
        f"(SELECT min(({FIRST_DUE.format(bits=BLOCK, block='block')})) FROM generate_series({low} >> {BLOCK}, (SELECT least({high},"
        f" max(number)) >> {BLOCK} FROM deskhand.tickets WHERE workspace = $1)) AS block)"
    )


def _spans(wanted: TicketFilter) -> Iterator[tuple[str, Span]]:
    for each in chain(wanted):
        for column, span in (("created", each.created), ("due", each.due)):
            if span:
                yield column, span
