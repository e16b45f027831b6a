"""Which documents may meet a query of TinyDB, as far as indexes can tell.

An index only rules out: whoever asks calls the query itself on each row that is left. So no index can change what is
found, but for this: a query that fails on some document (a number is never less than a text) does not fail on one
that an index has ruled out.
"""

from collections.abc import Collection, Hashable, Iterable, Mapping
from typing import NamedTuple

from pyroaring import BitMap
from tinydb.queries import QueryInstance, QueryLike

from storage.journal.indexes import Index, Ordered, Unique, Values

# Exactly these: a class of somebody's own may be equal to whatever it likes.
_SCALARS = {str, int, float, bool, type(None)}


class Is(NamedTuple):
    """The query whose `field` has this value, where a record is asked for by its name.

    As quick to make as a tuple; `where(field) == value` is not.
    """

    field: str
    wanted: object

    def __call__(self, value: Mapping[str, object]) -> bool:
        return value.get(self.field) == self.wanted


def rows_of(query: QueryLike, indexes: Collection[Index]) -> BitMap | None:
    """All rows with a document that meets it, and perhaps more; None where it has to be asked of every document."""
    if isinstance(query, Is):
        return _with_any((query.wanted,), query.field, indexes)
    return _rows(_description(query), indexes)


def _description(query: QueryLike) -> Hashable:
    """What TinyDB tells one query from another by: `("==", path, value)`, `("and", {description, description})` …

    It keeps that in a private attribute. Where it is missing, or means something else one day, all documents are asked.
    """
    return getattr(query, "_hash", None) if type(query) is QueryInstance else None


def _rows(description: Hashable, indexes: Collection[Index]) -> BitMap | None:
    match description:
        case ("==", (str(field),), value):
            return _with_any((value,), field, indexes)
        case ("one_of", (str(field),), tuple() | frozenset() as values):
            return _with_any(values, field, indexes)
        case ("<" | "<=", (str(field),), str(most)):
            return _between(None, most, field, indexes)
        case (">" | ">=", (str(field),), str(least)):
            return _between(least, None, field, indexes)
        case ("and", frozenset() as sides):
            known = [rows for side in sides if (rows := _rows(side, indexes)) is not None]
            return BitMap.intersection(*known) if known else None
        case ("or", frozenset() as sides):
            known = [rows for side in sides if (rows := _rows(side, indexes)) is not None]
            return BitMap.union(*known) if len(known) == len(sides) else None
    return None


def _with_any(values: Iterable[object], field: str, indexes: Collection[Index]) -> BitMap | None:
    if not all(type(value) in _SCALARS for value in values):
        return None
    for index in indexes:
        if index.field != field:
            continue
        if isinstance(index, Values):
            return index.rows(*values)
        if isinstance(index, Unique) and None not in values:
            return BitMap(row for value in values if (row := index.rows.get(value)) is not None)
    return None


def _between(least: str | None, most: str | None, field: str, indexes: Collection[Index]) -> BitMap | None:
    for index in indexes:
        if index.field == field and isinstance(index, Ordered):
            return index.rows(least, most)
    return None
