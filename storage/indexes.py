"""What finds documents without looking at all of them. Each index is told of every row that comes, changes or goes.

An index holds the rows by the value of one field. A value that it cannot hold (a list under `Values`, a number under
`Ordered`) is kept aside, and its row belongs to every answer: who may meet such values looks at the documents.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from pyroaring import BitMap
from sortedcontainers import SortedList

from storage.errors import StoreOpenError

Document = Mapping[str, object]


class Index(Protocol):
    """Rows by the value of `field`, null where a document has none."""

    field: str

    def load(self, rows: Sequence[int], values: Sequence[object]) -> None:
        """`add` for many new rows, while a database is opened."""

    def loaded(self) -> None:
        """Ends loading; nothing is asked before."""
        return

    def add(self, row: int, value: object) -> None: ...
    def remove(self, row: int, value: object) -> None: ...


class Unique(Index):
    """One row for each value of a field; null belongs to none."""

    def __init__(self, field: str) -> None:
        self.field = field
        self.rows: dict[object, int] = {}
        self._loaded = 0  # how many values that were not null

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

    def __init__(self, field: str) -> None:
        self.field = field
        self._rows: dict[object, BitMap] = {}
        self._new: defaultdict[object, list[int]] = defaultdict(list)  # loaded, and not yet in a set
        self._aside = BitMap()

    def rows(self, *values: object) -> BitMap:
        """The rows with any of these values. Null finds the documents without the field, too."""
        return BitMap.union(self._aside, *(self._rows.get(value, _NONE) for value in values))

    def count(self, value: object) -> int:
        return len(self._rows.get(value, _NONE)) + len(self._aside)

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
        if isinstance(value, _UNHASHABLE):
            return self._aside
        if value not in self._rows:
            self._rows[value] = BitMap()
        return self._rows[value]


class Ordered(Index):
    """The rows in the order of a field's text, such as a time in ISO 8601; null has no place in it."""

    def __init__(self, field: str) -> None:
        self.field = field
        self._pairs: SortedList[tuple[str, int]] = SortedList()
        self._new: list[tuple[str, int]] = []  # loaded, and not yet in order
        self._aside = BitMap()

    def rows(self, least: str | None = None, most: str | None = None) -> Iterable[int]:
        """From the least value (itself included) to the most, lowest first; null is no bound."""
        lower = (least, 0) if least is not None else None
        upper = (most, _LAST_ROW) if most is not None else None
        return (*self._aside, *(row for _, row in self._pairs.irange(lower, upper)))

    def load(self, rows: Sequence[int], values: Sequence[object]) -> None:
        for row, value in zip(rows, values, strict=True):
            if isinstance(value, str):
                self._new.append((value, row))
            elif value is not None:
                self._aside.add(row)

    def loaded(self) -> None:
        self._pairs.update(self._new)
        self._new.clear()

    def add(self, row: int, value: object) -> None:
        if isinstance(value, str):
            self._pairs.add((value, row))
        elif value is not None:
            self._aside.add(row)

    def remove(self, row: int, value: object) -> None:
        if isinstance(value, str):
            self._pairs.remove((value, row))
        else:
            self._aside.discard(row)


class Words(Index):
    """The rows by the words of a field's text, whatever their case, found by a part of a word.

    Texts are taken apart a few at a time by `settle`, when nobody waits for it; until then they are searched as they are.
    """

    def __init__(self, field: str) -> None:
        self.field = field
        self._rows: dict[str, BitMap] = {}
        self._known = (
            "\n"  # every word between line ends: looking through one text is quicker than through many
        )
        self._new: list[str] = []  # words that are not yet in it
        self._unsettled: dict[int, str] = {}

    def rows(self, part: str) -> BitMap:
        """The rows with a word that has this in it, or begins with it where it is short. `part`: as of `words`."""
        unsettled = [
            row
            for row, text in self._unsettled.items()
            if part in text.casefold() and (len(part) >= _LONG_ENOUGH or _begins_a_word(text, part))
        ]
        found = [rows for word in self._with(part) if (rows := self._rows.get(word)) is not None]
        return BitMap.union(BitMap(unsettled), *found)

    def settle(self, most: int) -> bool:
        """Takes some texts apart; whether there are more."""
        for _ in range(min(most, len(self._unsettled))):
            row, text = self._unsettled.popitem()
            for word in words(text):
                rows = self._rows.get(word)
                if rows is None:
                    rows = self._rows[word] = BitMap()
                    self._new.append(word)
                rows.add(row)
        return bool(self._unsettled)

    def load(self, rows: Sequence[int], values: Sequence[object]) -> None:
        pairs = zip(rows, values, strict=True)
        self._unsettled.update((row, value) for row, value in pairs if isinstance(value, str))

    def add(self, row: int, value: object) -> None:
        if isinstance(value, str):
            self._unsettled[row] = value

    def remove(self, row: int, value: object) -> None:
        if self._unsettled.pop(row, None) is not None or not isinstance(value, str):
            return
        for word in words(value):
            self._rows[word].discard(row)  # the word stays: it is likely to come again

    def _with(self, part: str) -> Iterator[str]:
        if len(self._new) > _NEW_WORDS:
            self._known += "\n".join(self._new) + "\n"
            self._new = []
        part = part if len(part) >= _LONG_ENOUGH else "\n" + part
        for word in self._new:
            if part in f"\n{word}":
                yield word
        end = self._known.find(part)
        while end >= 0:
            start = self._known.rfind("\n", 0, end + 1) + 1
            end = self._known.find("\n", end + 1)
            yield self._known[start:end]
            end = self._known.find(part, end)


def words(text: str) -> set[str]:
    """The words of a text, case folded. Scripts that leave no space between words give each sign."""
    return set(_WORD.findall(text.casefold()))


def _begins_a_word(text: str, part: str) -> bool:
    return any(word.startswith(part) for word in words(text))


# Thai, Lao, Khmer, Burmese, kana and Han signs stand alone; everything else is a run of letters and digits.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+")
_LONG_ENOUGH = 3  # letters; fewer are part of too many words
_NEW_WORDS = 1000
_LAST_ROW = 2**63
_NONE = BitMap()
_UNHASHABLE = (list, dict)

Indexes = Mapping[str, Mapping[str, Callable[[], Index]]]
"""How to make each index, by table and by name."""
