"""What finds documents without looking at all of them. Each index is told of every row that comes, changes or goes.

An index holds the rows by the value of one field. A value that it cannot hold (a list under `Values`, a number under
`Ordered`) is kept aside, and its row belongs to every answer: who may meet such values looks at the documents.
"""

import re
from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Protocol

from pyroaring import BitMap
from sortedcontainers import SortedDict

from storage.common.words import BEGINNING, LONG_ENOUGH, words
from storage.journal.errors import StoreOpenError

Document = Mapping[str, object]


class Index(Protocol):
    """Rows by the value of `field`, None where a document has none; then that of `otherwise` counts, where the index has
    such a field. A `seldom` field is one that few documents have, and that stands before what others are read by."""

    field: str
    otherwise: str | None = None
    seldom: bool = False

    def load(self, rows: Sequence[int], values: Sequence[object]) -> None:
        """`add` for many new rows, while a database is opened."""

    def loaded(self) -> None:
        """Ends loading; nothing is asked before."""
        return

    def settle(self, most: int) -> bool:
        """Does what was put off while it was loaded, for so many rows; whether there are more."""
        del most
        return False

    def add(self, row: int, value: object) -> None: ...
    def remove(self, row: int, value: object) -> None: ...


class Unique(Index):
    """One row for each value of a field; None belongs to none."""

    def __init__(self, field: str) -> None:
        self.field = field
        self.rows: dict[object, int] = {}
        self._loaded = 0  # how many values that were not None

    def load(self, rows: Sequence[int], values: Sequence[object]) -> None:
        try:
            self.rows.update(zip(values, rows, strict=True))
        except TypeError:
            message = f"{self.field} cannot be indexed as unique: a document has a list or an object there."
            raise StoreOpenError(message) from None
        self._loaded += len(values) - values.count(None)

    def loaded(self) -> None:
        self.rows.pop(None, None)
        if len(self.rows) < self._loaded:
            message = f"{self.field} cannot be indexed as unique: two documents have the same."
            raise StoreOpenError(message)

    def add(self, row: int, value: object) -> None:
        if value is not None:
            self.rows[value] = row

    def remove(self, row: int, value: object) -> None:
        if value is not None and self.rows.get(value) == row:
            del self.rows[value]


class Values(Index):
    """The rows of each value of a field. Several of these intersect in microseconds, as a compound index would."""

    def __init__(self, field: str, *, seldom: bool = False) -> None:
        self.field = field
        self.seldom = seldom
        self._rows: dict[object, BitMap] = {}
        self._new: defaultdict[object, list[int]] = defaultdict(list)  # loaded, and not yet in a set
        self._aside = BitMap()

    def rows(self, *values: object) -> BitMap:
        """The rows with any of these values. None finds the documents without the field, too."""
        return BitMap.union(self._aside, *(self._rows.get(value, _NONE) for value in values))

    def count(self, value: object) -> int:
        return len(self._rows.get(value, _NONE)) + len(self._aside)

    def values(self) -> Iterable[object]:
        return self._rows.keys()

    def load(self, rows: Sequence[int], values: Sequence[object]) -> None:
        for row, value in zip(rows, values, strict=True):
            try:
                self._new[value].append(row)
            except TypeError:
                self._aside.add(row)

    def loaded(self) -> None:
        self._rows = {value: BitMap(rows) for value, rows in self._new.items()}
        self._new.clear()

    def add(self, row: int, value: object) -> None:
        self._place(value).add(row)

    def remove(self, row: int, value: object) -> None:
        place = self._place(value)
        place.discard(row)
        if not place and place is not self._aside:
            del self._rows[value]

    def _place(self, value: object) -> BitMap:
        try:
            place = self._rows.get(value)
        except TypeError:
            return self._aside
        if place is None:
            place = self._rows[value] = BitMap()
        return place


class Ordered(Index):
    """The rows in the order of a field's text, such as a time in ISO 8601; None has no place in it.

    They lie in boxes by how their texts begin: times, by day. So a range, or a page of many rows, is found by whole
    boxes and looks into two or three of them.
    """

    def __init__(self, field: str, otherwise: str | None = None, *, seldom: bool = False) -> None:
        self.field = field
        self.otherwise = otherwise
        self.seldom = seldom
        self._boxes: SortedDict[str, _Box] = SortedDict()
        self._new: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)  # loaded, and not yet in order
        self._all = BitMap()
        self._aside = BitMap()

    def rows(self, least: str | None = None, most: str | None = None) -> BitMap:
        """From the least value (itself included) to the most; None is no bound."""
        if least is None and most is None:
            return self._all | self._aside
        first, last = (least or "")[:_BOXED], (most or "")[:_BOXED]
        start = self._boxes.bisect_left(first)
        end = self._boxes.bisect_right(last) if most is not None else len(self._boxes)
        edges = [self._boxes[name] for name in {first, last} & self._boxes.keys()]
        names = self._boxes.keys()
        if end - start > len(names) // 2:  # what is outside is less to look at
            outside = [*edges, *(self._boxes[name] for name in (*names[:start], *names[end:]))]
            found = self._all - BitMap.union(BitMap(), *(box.rows for box in outside))
        else:
            found = BitMap.union(BitMap(), *(self._boxes[name].rows for name in names[start:end]))
            found -= BitMap.union(BitMap(), *(box.rows for box in edges))
        return BitMap.union(self._aside, found, *(box.between(least, most) for box in edges))

    def first(self, limit: int) -> list[int]:
        """The rows with the lowest values, in their order."""
        pairs = chain.from_iterable(box.pairs for box in self._boxes.values())
        return [row for _, row in islice(pairs, limit)]

    def page(self, rows: BitMap, offset: int, limit: int) -> list[int]:
        """Those of the rows that have a value, the lowest first: `limit` of them, after the first `offset`."""
        page: list[int] = []
        for box in self._boxes.values():
            if len(page) == limit:
                break
            there = box.rows.intersection_cardinality(rows)
            if there > offset:
                inside = (row for _, row in box.pairs if row in rows)
                page += islice(inside, offset, offset + limit - len(page))
            offset = max(0, offset - there)
        return page

    def load(self, rows: Sequence[int], values: Sequence[object]) -> None:
        for row, value in zip(rows, values, strict=True):
            if isinstance(value, str):
                self._new[value[:_BOXED]].append((value, row))
            elif value is not None:
                self._aside.add(row)

    def loaded(self) -> None:
        self._boxes.update({name: _Box(sorted(pairs)) for name, pairs in self._new.items()})
        self._all = BitMap.union(BitMap(), *(box.rows for box in self._boxes.values()))
        self._new.clear()

    def add(self, row: int, value: object) -> None:
        if isinstance(value, str):
            box = self._boxes.get(value[:_BOXED])
            if box is None:
                box = self._boxes[value[:_BOXED]] = _Box([])
            insort(box.pairs, (value, row))
            box.rows.add(row)
            self._all.add(row)
        elif value is not None:
            self._aside.add(row)

    def remove(self, row: int, value: object) -> None:
        if not isinstance(value, str):
            self._aside.discard(row)
            return
        box = self._boxes[value[:_BOXED]]
        del box.pairs[bisect_left(box.pairs, (value, row))]
        box.rows.discard(row)
        self._all.discard(row)
        if not box.pairs:
            del self._boxes[value[:_BOXED]]


class _Box:
    """Some values next to each other: `pairs` of a value and its row in their order, and those rows."""

    def __init__(self, pairs: list[tuple[str, int]]) -> None:
        self.pairs = pairs
        self.rows = BitMap(row for _, row in pairs)

    def between(self, least: str | None, most: str | None) -> BitMap:
        start = 0 if least is None else bisect_left(self.pairs, (least, 0))
        end = len(self.pairs) if most is None else bisect_left(self.pairs, (most, _LAST_ROW))
        return BitMap(row for _, row in self.pairs[start:end])


class Words(Index):
    """The rows by the words of a field's text, whatever their case, found by a part of a word.

    Texts that were loaded are taken apart a few at a time by `settle`, the newest first, when nobody waits for it. The last
    few are searched as they are; what more there is, is not found before.
    """

    def __init__(self, field: str) -> None:
        self.field = field
        self._rows: dict[str, BitMap] = {}
        self._known = "\n"  # every word between line ends: one text is quicker to look through than many
        self._new: list[str] = []  # words that are not yet in it
        self._unsettled: dict[int, object] = {}

    def rows(self, part: str) -> BitMap:
        """The rows with a word that has this in it, or begins with it where it is short. `part`: as of `words`."""
        found = [rows for word in self._with(part) if (rows := self._rows.get(word)) is not None]
        unsettled = BitMap()
        if self.finds_all:
            pattern = re.escape(part) if len(part) >= LONG_ENOUGH else BEGINNING + re.escape(part)
            is_in = re.compile(pattern).search
            texts = ((row, text) for row, text in self._unsettled.items() if isinstance(text, str))
            unsettled.update(row for row, text in texts if is_in(text.casefold()))
        return BitMap.union(unsettled, *found)

    @property
    def finds_all(self) -> bool:
        """Whether no text is left out."""
        return len(self._unsettled) <= _FEW

    def settle(self, most: int) -> bool:
        for _ in range(min(most, len(self._unsettled))):
            self.add(*self._unsettled.popitem())
        return bool(self._unsettled)

    def load(self, rows: Sequence[int], values: Sequence[object]) -> None:
        self._unsettled.update(zip(rows, values, strict=True))

    def add(self, row: int, value: object) -> None:
        if not isinstance(value, str):
            return
        for word in words(value):
            rows = self._rows.get(word)
            if rows is None:
                rows = self._rows[word] = BitMap()
                self._new.append(word)
            rows.add(row)

    def remove(self, row: int, value: object) -> None:
        if row in self._unsettled:
            del self._unsettled[row]
            return
        if not isinstance(value, str):
            return
        for word in words(value):
            self._rows[word].discard(row)  # the word stays: it is likely to come again

    def _with(self, part: str) -> Iterator[str]:
        if len(self._new) > _NEW_WORDS:
            self._known += "\n".join(self._new) + "\n"
            self._new = []
        part = part if len(part) >= LONG_ENOUGH else "\n" + part
        for word in self._new:
            if part in f"\n{word}":
                yield word
        end = self._known.find(part)
        while end >= 0:
            start = self._known.rfind("\n", 0, end + 1) + 1
            end = self._known.find("\n", end + 1)
            yield self._known[start:end]
            end = self._known.find(part, end)


_NEW_WORDS = 1000
_FEW = 1000  # texts that are searched as they are, in a millisecond
_LAST_ROW = 2**63
_BOXED = 10  # characters of a value: of a time in ISO 8601, its day
_NONE = BitMap()

Indexes = Mapping[str, Mapping[str, Callable[[], Index]]]
"""How to make each index, by table and by name."""
