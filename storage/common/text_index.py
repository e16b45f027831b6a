"""Finding documents by a text of theirs, or parts of it, as somebody types it: not to its end, or badly.

What this finds may be more than was asked for, never less: whoever asks compares the documents themselves. Rows are whole
numbers from 1 on, below 2**32.
"""

import re
from collections import defaultdict
from collections.abc import Sequence

from pyroaring import BitMap

from bot.domain.names import unaccented
from storage.common.words import UNSPACED

_WORD = re.compile(rf"[{UNSPACED}]|[^\W_{UNSPACED}]+")
_BUCKETS = 1 << 14
_GRAM = 3  # letters
_AT_ONCE = 500  # texts, in some milliseconds
_NONE = BitMap()


class Whole:
    """The rows by the whole of a field's text, whatever its case and accents.

    They lie in a fixed number of sets, by the hash of the text: a tenth of the memory of a dictionary of texts.
    """

    otherwise: str | None = None
    seldom: bool = False

    def __init__(self, field: str) -> None:
        self.field = field
        self._rows: dict[int, BitMap] = {}
        self._new: defaultdict[int, list[int]] = defaultdict(list)  # loaded, and not yet in a set

    def rows(self, folded: str) -> BitMap:
        """The rows with this text, and a few others. `folded`: as `unaccented` makes it."""
        return self._rows.get(hash(folded) % _BUCKETS, _NONE)

    def load(self, rows: Sequence[int], values: Sequence[object]) -> None:
        for row, value in zip(rows, values, strict=True):
            if isinstance(value, str):
                self._new[self._bucket(value)].append(row)

    def loaded(self) -> None:
        self._rows = {bucket: BitMap(rows) for bucket, rows in self._new.items()}
        self._new.clear()

    def settle(self, most: int) -> bool:
        """There is nothing to do."""
        del most
        return False

    def add(self, row: int, value: object) -> None:
        if isinstance(value, str):
            self._rows.setdefault(self._bucket(value), BitMap()).add(row)

    def remove(self, row: int, value: object) -> None:
        if isinstance(value, str):
            self._rows[self._bucket(value)].discard(row)

    def _bucket(self, text: str) -> int:
        return hash(unaccented(text)) % _BUCKETS


class Grams:
    """The rows by what the words of a field's text begin with, and by each three letters in a row.

    Many texts that were loaded are taken apart a few at a time by `settle`, the newest first, when nobody waits for it;
    until then they are not found. A few are taken apart at once.
    """

    otherwise: str | None = None
    seldom: bool = False

    def __init__(self, field: str) -> None:
        self.field = field
        self._rows: dict[str, BitMap] = {}
        self._unsettled: dict[int, object] = {}

    def beginning(self, text: str) -> BitMap:
        """The rows whose text begins with these words, the last of which may go on."""
        words = words_of(text)
        if not words:
            return _NONE
        return BitMap.intersection(self._with(_beginning("\n", words[0])), *map(self.with_word, words))

    def with_word(self, word: str) -> BitMap:
        """The rows with a word that begins so."""
        return self._with(_grams_of(word))

    def with_part(self, part: str) -> BitMap:
        """The rows with a word that has this in it."""
        if inner := _inner(part):
            return self._with(inner)
        return BitMap.union(_NONE, *(rows for gram, rows in self._rows.items() if part in gram))

    def like(self, text: str, most: int, among: BitMap | None) -> BitMap:
        """The rows that have the most in common with a text: `most` of them, or a few more that are as good."""
        counted: list[BitMap] = []  # the nth: the rows whose count has the nth binary digit
        for gram in {gram for word in words_of(text) for gram in _grams_of(word)}:
            carry = self._rows.get(gram, _NONE)
            carry = carry if among is None else carry & among
            for place, rows in enumerate(counted):
                counted[place], carry = rows ^ carry, rows & carry
            if carry:
                counted.append(carry)
        best, left = BitMap(), BitMap.union(_NONE, *counted)
        for rows in reversed(counted):  # those with the highest digit are the best, and so on among them
            if len(best) + len(within := left & rows) > most:
                left = within
            else:
                best |= within
                left = left - rows
        return best | BitMap(left[: most - len(best)])

    def settle(self, most: int) -> bool:
        for _ in range(min(most, len(self._unsettled))):
            self.add(*self._unsettled.popitem())
        return bool(self._unsettled)

    def load(self, rows: Sequence[int], values: Sequence[object]) -> None:
        self._unsettled.update(zip(rows, values, strict=True))

    def loaded(self) -> None:
        self.settle(_AT_ONCE)

    def add(self, row: int, value: object) -> None:
        if not isinstance(value, str):
            return
        known = self._rows
        for gram in self._grams(value):
            rows = known.get(gram)
            if rows is None:
                rows = known[gram] = BitMap()
            rows.add(row)

    def remove(self, row: int, value: object) -> None:
        if row in self._unsettled:
            del self._unsettled[row]
        elif isinstance(value, str):
            for gram in self._grams(value):
                self._rows[gram].discard(row)

    def _grams(self, text: str) -> set[str]:
        words = words_of(unaccented(text))
        found = {gram for word in words for gram in _grams_of(word)}
        return found.union(_beginning("\n", words[0])) if words else found

    def _with(self, grams: Sequence[str]) -> BitMap:
        return BitMap.intersection(*(self._rows.get(gram, _NONE) for gram in grams))


def words_of(text: str) -> list[str]:
    """Runs of letters and digits. Scripts that leave no space between words give each sign."""
    return _WORD.findall(text)


def _beginning(mark: str, word: str) -> tuple[str, str]:
    return mark + word[:1], mark + word[:2]


def _inner(word: str) -> list[str]:
    return [word[at : at + _GRAM] for at in range(len(word) - _GRAM + 1)]


def _grams_of(word: str) -> list[str]:
    """`plant` -> ` p`, ` pl`, `pla`, `lan`, `ant`."""
    return [*_beginning(" ", word), *_inner(word)]
