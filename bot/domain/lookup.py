"""Finding things by what people type of their names: which one fits, how well, and what comes near.

A store finds among very many of them by indexes of its own, and orders what it has found by these rules.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import SequenceMatcher
from functools import cached_property
from typing import Generic, Literal, NamedTuple, Protocol, TypeVar

from bot.domain.contract import TicketCreate
from bot.domain.fields import KIND_OF, ItemKind
from bot.domain.names import folded, unaccented

SHORTLIST = 20
"""Names that are compared letter by letter, however many there are."""

NAME_OF = {
    info.alias or name: name for name, info in TicketCreate.model_fields.items() if info.alias in KIND_OF
}
"""What `TicketCreate` calls each field that points into the directory."""

_WORD = re.compile(r"[^\W_]+")
_ALIKE = 0.6  # of 1, by difflib's measure


class Lookup(NamedTuple):
    """What is looked up in the directory before a rule or a view needs it. `by` its ID; by its whole `name`, or ID; or by
    anything that somebody may have `typed` for it: also the beginning of a name, and where nothing begins so, what looks
    like it."""

    kind: ItemKind
    text: str
    by: Literal["id", "name", "typed"] = "id"


def ids_of(source: TicketCreate | Mapping[str, object]) -> list[Lookup]:
    """What a ticket, or an input by the contract's names, points at."""
    if isinstance(source, TicketCreate):
        source = {field: getattr(source, name) for field, name in NAME_OF.items()}
    given = ((kind, source.get(field)) for field, kind in KIND_OF.items())
    return [Lookup(kind, value) for kind, value in given if value and isinstance(value, str)]


class Named(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def parent_id(self) -> str | None: ...
    @property
    def details(self) -> tuple[str, ...]:
        """More that it may be found by, such as an address."""


Thing = TypeVar("Thing", bound=Named)

EXACT, NAME_BEGINS, WORDS_BEGIN, INSIDE = range(4)
"""How well something fits, best first: the whole name or ID, the beginning of the name, of words of the name or ID, and
anything else: a part of a word, or a detail."""


class Entry(Generic[Thing]):
    """A thing, ready to be compared with what somebody typed."""

    def __init__(self, thing: Thing) -> None:
        self.thing = thing
        self.name = unaccented(thing.name)
        self._id = unaccented(thing.id)
        self._words = _spaced(self.name, self._id)  # of the name and the ID, with a space before each

    def fit(self, wanted: str) -> int | None:
        """How well it fits; None where it does not. `wanted`: as `unaccented` makes it."""
        if self.name.startswith(wanted):
            return EXACT if self.name == wanted else NAME_BEGINS
        if self._id == wanted:
            return EXACT
        words = wanted.split()
        if all(f" {word}" in self._words for word in words):
            return WORDS_BEGIN
        return INSIDE if all(map(self._holds, words)) else None

    def pairs(self, pairs: Iterable[str]) -> int:
        """How many of these are in its name or ID."""
        return sum(pair in self._words for pair in pairs)

    def _holds(self, word: str) -> bool:
        return word in self.name or f" {word}" in self._words or f" {word}" in self._details

    @cached_property
    def _details(self) -> str:
        return _spaced(*map(unaccented, self.thing.details))


class NameIndex(Generic[Thing]):
    """Looks a few things up by ID and by name, whatever the case. Finds come in the order given, or best first.

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
        """Those with exactly this name; accents count only where somebody has it with them."""
        return called(name, self._by_name.get(unaccented(name), []))

    def begun(self, text: str, *, within: str | None = None) -> list[Thing]:
        """Those where each word of the text begins a word of the name or the ID. `within`: a parent's ID."""
        wanted = unaccented(text)
        fits = [(entry.fit(wanted), entry.thing) for entry in self._entries_within(within)]
        return [thing for fit, thing in fits if fit is not None and fit != INSIDE]

    def search(self, text: str, *, within: str | None = None) -> list[Thing]:
        """Those that `begun` finds, and those that have the words of the text anywhere. Best first."""
        wanted = unaccented(text)
        fits = [(entry.fit(wanted), entry.thing) for entry in self._entries_within(within)]
        found = [(fit if wanted else 0, thing) for fit, thing in fits if fit is not None]
        return [thing for _, thing in sorted(found, key=lambda each: each[0])]

    def nearest(self, text: str, *, within: str | None = None, limit: int) -> list[str]:
        """Names that look like the text, for “Did you mean”."""
        wanted = f" {unaccented(text)}"
        pairs = {wanted[at : at + 2] for at in range(len(wanted) - 1)}
        likely = sorted(self._entries_within(within), key=lambda entry: -entry.pairs(pairs))
        alike = alike_first(text, [entry.thing for entry in likely[:SHORTLIST]])
        return list(dict.fromkeys(thing.name for thing in alike))[:limit]

    @cached_property
    def _entries(self) -> list[Entry[Thing]]:
        return [Entry(thing) for thing in self._things]

    @cached_property
    def _by_name(self) -> dict[str, list[Thing]]:
        found: dict[str, list[Thing]] = {}
        for thing in self._things:
            found.setdefault(unaccented(thing.name), []).append(thing)
        return found

    @cached_property
    def _by_parent(self) -> dict[str | None, list[Entry[Thing]]]:
        found: dict[str | None, list[Entry[Thing]]] = {}
        for entry in self._entries:
            parent = entry.thing.parent_id
            found.setdefault(parent and self._parent_key(parent), []).append(entry)
        return found

    def _entries_within(self, parent: str | None) -> list[Entry[Thing]]:
        return self._entries if parent is None else self._by_parent.get(self._parent_key(parent), [])


def called(name: str, things: Sequence[Thing]) -> list[Thing]:
    """Of things whose names are the same but for accents, those with exactly this name, else all."""
    wanted = folded(name)
    return [thing for thing in things if folded(thing.name) == wanted] or [*things]


def alike_first(text: str, things: Iterable[Thing]) -> list[Thing]:
    """Those whose names look like the text, the likest first."""
    wanted = unaccented(text)
    measured = [(_likeness(wanted, unaccented(thing.name)), thing) for thing in things]
    return [thing for likeness, thing in sorted(measured, key=lambda each: -each[0]) if likeness >= _ALIKE]


def _spaced(*texts: str) -> str:
    """`HQ (North)`, `site-1` -> ` hq (north) site-1 hq north site 1`: a space before each beginning."""
    return " ".join(["", *texts, *_WORD.findall(" ".join(texts))])


def _likeness(wanted: str, name: str) -> float:
    """The best of the whole name and its words, as people leave out the rest of a name."""
    return max(SequenceMatcher(None, wanted, part).ratio() for part in (name, *name.split()))
