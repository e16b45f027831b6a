"""Which tickets of a workspace have words in them, as SQL.

Their parts stand in an index behind the block of numbers that a ticket is in. So the first in some order are found without a look
at all the others that say the same: a statement goes from block to block, those first in which the first must be, and ends as
soon as it has as many as are wanted.
"""

from collections.abc import Iterator, Sequence
from zlib import crc32

from bot.domain.search import TicketFilter
from storage.common.filters import number_begun
from storage.common.words import words
from storage.postgres.ticket_blocks import FIRST_DUE, Bounds
from storage.postgres.ticket_columns import (
    BLOCK,
    OPEN_FACET,
    PRIORITIES,
    customer_facet,
    origin,
    requester_facet,
)
from storage.postgres.ticket_conditions import Conditions, chain, either, is_of_open, parts_of

SAID = "said"
"""The table of a statement that has them: `number`, `priority` and `due`."""

_FEW = 5000
"""If so few are left by what few tickets have, these are looked up one by one: that is less than all that say something common."""

_TURNS = """
ends AS (
    SELECT {low} >> {bits} AS first, least(newest, {high}) >> {bits} AS last
    FROM (SELECT max(number) AS newest FROM deskhand.tickets WHERE workspace = $1) n WHERE newest IS NOT NULL
),
turns AS MATERIALIZED (
    SELECT ARRAY(SELECT block FROM {blocks} ORDER BY {order}) AS blocks FROM ends
)
"""
_BLOCKS = "generate_series(ends.first, ends.last) AS block"
_SOONEST = "(SELECT block, ({first_due}) AS soonest FROM {blocks}) s"

_WALK = """
{name} AS (
    SELECT 0 AS turn, 0::bigint AS many, NULL::integer[] AS numbers, NULL::smallint[] AS priorities, NULL::timestamptz[] AS dues
    WHERE {gate}
    UNION ALL
    SELECT b.turn, w.many + f.many, f.numbers, f.priorities, f.dues
    FROM {name} w CROSS JOIN turns
    CROSS JOIN LATERAL (SELECT w.turn + 1 AS turn, {block} AS block, {rank} AS rank) a
    CROSS JOIN LATERAL (SELECT a.turn, a.block, a.rank, {place}) b
    CROSS JOIN LATERAL (
        SELECT count({counted}) AS many, array_agg(number) AS numbers, array_agg(priority) AS priorities, array_agg(due) AS dues
        FROM ({candidates}) c
    ) f
    WHERE {goes_on} AND w.turn < {turns}
)
"""
_SELDOM = " OR w.turn > cardinality(turns.blocks) / 5"
"""Where so many blocks did not suffice, all of them are looked at once: to do so for each priority would take longer."""

_PLACE = "{block} << {bits} AS first, ((({origin} + {block}) & 4294967295) - 2147483648) << 32 AS place"
_FOUND = "SELECT f.number, f.priority, f.due FROM {name} w, unnest(w.numbers, w.priorities, w.dues) AS f(number, priority, due)"

_FEW_SAID = """
few AS MATERIALIZED (SELECT number FROM deskhand.tickets WHERE workspace = $1 AND {conditions} LIMIT {more}),
few_said AS MATERIALIZED (
    SELECT w.number, w.priority, w.due FROM few CROSS JOIN LATERAL (
        SELECT number, priority, due FROM deskhand.words WHERE workspace = $1 AND number = few.number AND {about} OFFSET 0
    ) w
    WHERE (SELECT count(*) FROM few) < {more}
)
"""

_CUT = """
cut AS MATERIALIZED (
    SELECT max(due) AS due FROM (SELECT due FROM first WHERE due IS NOT NULL ORDER BY due LIMIT {most}) f HAVING count(*) = {most}
),
rest AS MATERIALIZED (
    SELECT c.number, c.priority, c.due FROM cut, turns, ends, generate_series((SELECT max(turn) + 1 FROM walked), cardinality(turns.blocks)) AS turn
    CROSS JOIN LATERAL (
        SELECT turns.blocks[turn] AS block WHERE ({first_due}) <= cut.due OFFSET 0
    ) a
    CROSS JOIN LATERAL (SELECT a.block, {place}) b
    CROSS JOIN LATERAL (SELECT number, priority, due FROM ({candidates}) c WHERE due <= cut.due) c
)
"""
"""What may come before the last of those that were found, in the blocks where nobody has looked yet."""


def said(workspace: str, text: Conditions, wanted: TicketFilter, most: int, bounds: Bounds) -> str:
    """The parts of a statement that have the tickets as `said`: the first `most` in the order that is wanted, and perhaps more."""
    first_in = {
        "newest": (_BLOCKS, "block DESC"),
        "priority": (_BLOCKS, "block DESC"),
        "age": (_BLOCKS, "block"),
        "due": (
            _SOONEST.format(first_due=FIRST_DUE.format(bits=BLOCK, block="block"), blocks=_BLOCKS),
            "soonest NULLS LAST, block",
        ),
    }
    conditions = [*text.of_columns(wanted)]
    blocks, order = first_in[wanted.sort]
    low, high = text.arg(bounds.low, "int"), text.arg(bounds.high, "int")
    parts = [_TURNS.format(low=low, high=high, bits=BLOCK, blocks=blocks, order=order)]
    is_walked, found = "true", []
    if any(map(_is_narrow, chain(wanted))):
        about = " AND ".join(_about(text, wanted))
        parts.append(_FEW_SAID.format(conditions=" AND ".join(conditions), about=about, more=_FEW + 1))
        is_walked, found = f"(SELECT count(*) FROM few) > {_FEW}", ["SELECT * FROM few_said"]
    candidates = _Candidates(text, wanted, conditions)
    place = _PLACE.format(block="a.block", bits=BLOCK, origin=text.arg(origin(workspace), "bigint"))
    ranks = _ranks(wanted)
    is_ranked = wanted.sort == "priority" and len(ranks) > 1
    walk = _WALK.format(
        name="walked",
        gate=is_walked,
        block="turns.blocks[w.turn + 1]",
        rank="0",
        place=place,
        counted="due" if wanted.sort == "due" else "*",
        candidates=candidates.sql(),
        goes_on=f"(w.many < {most}{_SELDOM if is_ranked else ''})",
        turns="cardinality(turns.blocks)",
    )
    parts.append(walk)
    if wanted.sort == "due":
        parts.append(f"first AS MATERIALIZED ({_FOUND.format(name='walked')})")
        first_due = FIRST_DUE.format(bits=BLOCK, block="turns.blocks[turn]")
        parts.append(_CUT.format(most=most, place=place, candidates=candidates.sql(), first_due=first_due))
        found += ["SELECT * FROM first", "SELECT * FROM rest"]
    elif is_ranked:
        is_common = "(SELECT max(turn) FROM walked) < (SELECT cardinality(blocks) FROM turns)"
        known = text.arg(ranks, "smallint[]")
        parts.append(
            _WALK.format(
                name="ranked",
                gate=is_common,
                block="turns.blocks[w.turn % cardinality(turns.blocks) + 1]",
                rank=f"({known})[w.turn / cardinality(turns.blocks) + 1]",
                place=place,
                counted="*",
                candidates=candidates.sql("priority = b.rank"),
                goes_on=f"w.many < {most}",
                turns=f"cardinality({known}) * cardinality(turns.blocks)",
            )
        )
        unless = f" WHERE NOT coalesce({is_common}, false)"
        found += [_FOUND.format(name="walked") + unless, _FOUND.format(name="ranked")]
    else:
        found.append(_FOUND.format(name="walked"))
    parts.append(f"{SAID} AS MATERIALIZED ({' UNION ALL '.join(found)})")
    return ", ".join(parts)


def words_in(wanted: TicketFilter) -> list[str]:
    """All that it looks for, and what it is within."""
    return [word for each in chain(wanted) for word in each.words]


def _ranks(wanted: TicketFilter) -> Sequence[int]:
    """The priorities that it takes, the highest first."""
    found = set(range(len(PRIORITIES)))
    for each in chain(wanted):
        if each.priorities:
            found &= {PRIORITIES.index(name) for name in each.priorities}
    return sorted(found, reverse=True)


def _is_narrow(wanted: TicketFilter) -> bool:
    """Whether it says what few tickets have, and what does not stand among the parts of words: who has it, that a requester waits
    for too long, or that others see it."""
    has_somebody = wanted.assignees and None not in wanted.assignees
    is_seen = wanted.visibilities and "workspace_local" not in wanted.visibilities
    return bool(wanted.involving or has_somebody or wanted.response or is_seen)


def _about(text: Conditions, wanted: TicketFilter) -> Iterator[str]:
    for word in words_in(wanted):
        yield text.about(word, lambda low, high: f"number BETWEEN {low} AND {high}", lambda _: "true")


class _Candidates:
    """Those of the block `b` that have all words. Where one of these may be how a number begins, the index is asked by itself for
    either: for both at once it would not be used."""

    def __init__(self, text: Conditions, wanted: TicketFilter, conditions: Sequence[str]) -> None:
        sought = words_in(wanted)
        self._text = text
        self._facets = [*_facets(wanted)]
        others = [word for word in sought if not number_begun(word)]
        self._sure = parts_of([each for word in others for each in sorted(words(word))])
        about = [text.about(word, _numbers, lambda _: "true") for word in others]
        self._rest = [*about, *conditions]
        self._ways = [*self._found([word for word in sought if number_begun(word)])]

    def sql(self, *more: str) -> str:
        """`more`: what must hold as well."""
        conditions = " AND ".join((*self._rest, *more)) or "true"
        return " UNION ".join(f"({way.replace(_REST, conditions)})" for way in self._ways)

    def _found(self, numbers: Sequence[str]) -> Iterator[str]:
        match numbers:
            case []:
                yield _those(self._keys(self._sure))
            case [number]:
                for saying in self._text.saying(number, self._with_sure):
                    yield _those(saying)
                yield self._begun(number)
            case _:
                first = [self._keys(self._sure)] if self._sure else []
                with_parts = (lambda _: "true") if self._sure else self._keys
                yield _those(*first, *(self._text.about(each, _numbers, with_parts) for each in numbers))

    def _begun(self, number: str) -> str:
        """Only where the block has such numbers is it looked at."""
        if self._sure:
            is_near = self._text.begun(number, lambda low, high: f"({_near(low, high)})")
            return _those(either(is_near), self._keys(self._sure), either(self._text.begun(number, _numbers)))
        ranges = ", ".join(self._text.begun(number, lambda low, high: f"({low}, {high})"))
        return (
            f"SELECT n.* FROM (VALUES {ranges}) AS r(low, high)"
            f" CROSS JOIN LATERAL ({_those(_numbers('r.low', 'r.high'))}) n WHERE {_near('r.low', 'r.high')}"
        )

    def _with_sure(self, parts: Sequence[str]) -> str:
        return self._keys([*self._sure, *parts])

    def _keys(self, parts: Sequence[str]) -> str:
        found = self._text.arg([crc32(part.encode()) for part in (*parts, *self._facets)], "bigint[]")
        return f"parts @> ARRAY(SELECT b.place | part FROM unnest({found}) AS part)"


_REST = "<rest>"


def _those(*conditions: str) -> str:
    where = " AND ".join(("workspace = $1", *conditions, _REST))
    return f"SELECT number, priority, due FROM deskhand.words WHERE {where} OFFSET 0"


def _numbers(low: str, high: str) -> str:
    return f"number BETWEEN greatest({low}, b.first) AND least({high}, b.first + {(1 << BLOCK) - 1})"


def _near(low: str, high: str) -> str:
    return f"{low} < b.first + {1 << BLOCK} AND {high} >= b.first"


def _facets(wanted: TicketFilter) -> Iterator[str]:
    """What stands among the parts of words, and must be there."""
    if any(map(is_of_open, chain(wanted))):
        yield OPEN_FACET
    for each in chain(wanted):
        if len(each.customers) == 1:
            yield customer_facet(each.customers[0])
        if len(each.requesters) == 1:
            yield requester_facet(each.requesters[0])
