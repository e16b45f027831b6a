"""Finding things by what people type of their names, quickly among 10,000 of them."""

import re
from collections.abc import Callable, Iterable, Mapping
from difflib import SequenceMatcher
from functools import cached_property
from heapq import nlargest
from typing import Generic, NamedTuple, Protocol, TypeVar

from bot.domain.names import folded, unaccented

_WORD = re.compile(r"[^\W_]+")
_SHORTLIST = 20  # names that are compared in full, however many there are
_ALIKE = 0.6  # of 1, by difflib's measure


class Named(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def parent_id(self) -> str | None: ...


Thing = TypeVar("Thing", bound=Named)


class _Entry(NamedTuple, Generic[Thing]):
    thing: Thing
    name: str
    words: str  # of the name and the ID, with a space before each


class NameIndex(Generic[Thing]):
    """Looks things up by ID and by name, whatever the case. Finds come in the order given, or best first.

    `parent_key` gives the same for every way to write the ID of a parent.
    """

    def __init__(self, things: Iterable[Thing], parent_key: Callable[[str], str] = str.casefold) -> None:
        self._things = tuple(things)
        self._parent_key = parent_key

    def with_id(self, item_id: str) -> list[Thing]:
        """The one with exactly this ID, or else those with it in another case."""
        if exact := self._by_id.get(item_id):
            return [exact]
        return self._by_folded_id.get(item_id.casefold(), [])

    @cached_property
    def _by_id(self) -> Mapping[str, Thing]:
        return {thing.id: thing for thing in reversed(self._things)}

    @cached_property
    def _by_folded_id(self) -> Mapping[str, list[Thing]]:
        found: dict[str, list[Thing]] = {}
        for thing in self._by_id.values():
            found.setdefault(thing.id.casefold(), []).append(thing)
        return found

    def called(self, name: str) -> list[Thing]:
        """Those with exactly this name; where there are none, those with it but for its accents."""
        return self._by_name.get(folded(name)) or self._by_plain_name.get(unaccented(name), [])

    def begun(self, text: str, *, within: str | None = None) -> list[Thing]:
        """Those where each word of the text begins a word of the name or the ID. `within`: a parent's ID."""
        wanted = folded(text)
        return [entry.thing for entry in self._found(text, within) if _rank(entry, wanted) != _INSIDE]

    def search(self, text: str, *, within: str | None = None) -> list[Thing]:
        """Those that `begun` finds, and those whose name holds a word of the text anywhere. Best first."""
        found = self._found(text, within)
        if wanted := folded(text):
            found = sorted(found, key=lambda entry: _rank(entry, wanted))
        return [entry.thing for entry in found]

    def nearest(self, text: str, *, within: str | None = None, limit: int) -> list[str]:
        """Names that look like the text, for “Did you mean”."""
        wanted = folded(text)
        spaced = f" {wanted}"
        pairs = {spaced[at : at + 2] for at in range(len(wanted))}
        likely = nlargest(
            _SHORTLIST,
            self._entries_within(within),
            key=lambda entry: sum(pair in entry.words for pair in pairs),
        )
        measured = [(_likeness(wanted, entry.name), entry.thing.name) for entry in likely]
        alike = sorted((hit for hit in measured if hit[0] >= _ALIKE), key=lambda hit: -hit[0])
        return list(dict.fromkeys(name for _, name in alike))[:limit]

    @cached_property
    def _entries(self) -> list[_Entry[Thing]]:
        return [_Entry(thing, folded(thing.name), _words(thing)) for thing in self._things]

    @cached_property
    def _by_name(self) -> dict[str, list[Thing]]:
        found: dict[str, list[Thing]] = {}
        for thing in self._things:
            found.setdefault(folded(thing.name), []).append(thing)
        return found

    @cached_property
    def _by_plain_name(self) -> dict[str, list[Thing]]:
        found: dict[str, list[Thing]] = {}
        for name, things in self._by_name.items():
            found.setdefault(unaccented(name), []).extend(things)
        return found

    @cached_property
    def _by_parent(self) -> dict[str | None, list[_Entry[Thing]]]:
        found: dict[str | None, list[_Entry[Thing]]] = {}
        for entry in self._entries:
            parent = entry.thing.parent_id
            found.setdefault(parent and self._parent_key(parent), []).append(entry)
        return found

    def _entries_within(self, parent: str | None) -> list[_Entry[Thing]]:
        return self._entries if parent is None else self._by_parent.get(self._parent_key(parent), [])

    def _found(self, text: str, within: str | None) -> list[_Entry[Thing]]:
        found = self._entries_within(within)
        for word in folded(text).split():
            begins = f" {word}"
            found = [entry for entry in found if word in entry.name or begins in entry.words]
        return found


_EXACT, _NAME_BEGINS, _WORDS_BEGIN, _INSIDE = range(4)


def _rank(entry: _Entry[Thing], wanted: str) -> int:
    if entry.name.startswith(wanted):
        return _EXACT if entry.name == wanted else _NAME_BEGINS
    if entry.thing.id.casefold() == wanted:
        return _EXACT
    return _WORDS_BEGIN if all(f" {word}" in entry.words for word in wanted.split()) else _INSIDE


def _words(thing: Named) -> str:
    """`HQ (North)`, `site-1` -> ` hq (north) site-1 hq north site 1`: a space before each beginning."""
    texts = [folded(thing.name), thing.id.casefold()]
    return " ".join(["", *texts, *_WORD.findall(" ".join(texts))])


def _likeness(wanted: str, name: str) -> float:
    """The best of the whole name and its words, as people leave out the rest of a name."""
    return max(SequenceMatcher(None, wanted, part).ratio() for part in (name, *name.split()))
