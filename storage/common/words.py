"""The words of texts, as every store looks for them, and the parts of words that find them in an index."""

import re
from collections.abc import Iterable

# Thai, Lao, Khmer, Burmese, kana and Han signs stand alone; everything else is a run of letters and digits.
UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
BEGINNING = (
    rf"(?:(?<![^\W{UNSPACED}])|(?=[{UNSPACED}]))"  # of a word: nothing that could belong to it is before it
)
LONG_ENOUGH = 3
"""Letters of a part that is looked for anywhere in a word. A shorter one is in too many: words begin with it."""

_WORD = re.compile(rf"[{UNSPACED}]|[^\W{UNSPACED}]+")


def words(text: str) -> set[str]:
    """The words of a text, case folded. Scripts that leave no space between words give each sign."""
    return set(_WORD.findall(text.casefold()))


def parts(words: Iterable[str]) -> set[str]:
    """What finds these words: the first letter and the first two of each, and its letters by threes."""
    return {part for word in words for part in (word[:1], word[:2], *_threes(word))}


def parts_sought(part: str) -> list[str]:
    """The parts that a word must have in which `part` is found; it may still be another one. All of them: with as few as hold its
    letters, ten times as many others came along."""
    return _threes(part) if len(part) >= LONG_ENOUGH else [part]


def _threes(word: str) -> list[str]:
    return [word[at : at + LONG_ENOUGH] for at in range(len(word) - LONG_ENOUGH + 1)]
