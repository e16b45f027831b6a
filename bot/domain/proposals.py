"""The customer and the site that a text names, to be proposed in a form: `The lobby printer at Acme HQ`.

Only whole names and IDs count, and of two that begin at the same words the longer. Where the text names two, neither is
proposed. A proposal is shown to somebody who looks at it, and never makes a ticket by itself.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from pydantic import JsonValue

from bot.domain.directory import Directory
from bot.domain.fields import KIND_OF
from bot.domain.lookup import Lookup

_FIELDS = ("customerId", "siteId")
_WORDS = 30  # that are looked at
_MOST_WORDS = 5  # of a name
_SHORTEST_NAME = 2  # characters: `A` is a word of English
_SHORTEST_ID = 3
_SIGNS = ".,;:!?()[]{}<>\"'`*_~“”„‘’…–—-"
_POSSESSIVES = ("'s", "’s")


class _Named(NamedTuple):
    """Where in the text a name stands, by its words, and the IDs of what is called so."""

    field: str
    start: int
    end: int
    ids: frozenset[str]

    def is_part_of(self, other: "_Named") -> bool:
        is_within = other.start <= self.start and self.end <= other.end
        return is_within and other.end - other.start > self.end - self.start


def lookups(text: str) -> list[Lookup]:
    """What of the directory `proposed` needs."""
    runs = dict.fromkeys(name for _, _, names in _runs(text) for name in names)
    return [Lookup(KIND_OF[field], name, "name") for field in _FIELDS for name in runs]


def proposed(
    text: str, fields: Mapping[str, JsonValue], directory: Directory, *, doubtful: Collection[str] = ()
) -> dict[str, str]:
    """The customer and the site that a text names, of those that are open among `fields`. `doubtful`: the fields that were
    said badly. `directory` has what the text's `lookups` found, and what `fields` point at."""
    open_fields = [field for field in _FIELDS if not fields.get(field) and field not in doubtful]
    if not open_fields or "customerId" in doubtful:
        return {}
    named = _longest(text, directory)
    said = fields.get("customerId")
    customers = {found for each in named if each.field == "customerId" for found in each.ids}
    customers |= {said} if isinstance(said, str) else set()
    if len(customers) > 1:
        return {}
    within = {"customerId": next(iter(customers))} if customers else {}
    sites = {
        site
        for each in named
        if each.field == "siteId"
        for found in each.ids
        for site in directory.named("siteId", found, within)
    }
    whole = {**within, **({"siteId": next(iter(sites))} if len(sites) == 1 else {})}
    whole = directory.complete(whole)
    return {field: whole[field] for field in open_fields if field in whole}


def _longest(text: str, directory: Directory) -> list[_Named]:
    """The names in a text, without those that are a part of a longer one."""
    found = [
        _Named(field, start, end, ids)
        for start, end, names in _runs(text)
        for field in _FIELDS
        if (ids := frozenset(each for name in names for each in _called(field, name, directory)))
    ]
    return [each for each in found if not any(each.is_part_of(other) for other in found)]


def _called(field: str, name: str, directory: Directory) -> list[str]:
    """The IDs of what has this name, or this ID: a short one, or a number, is more likely a word of the text."""
    item = directory.get(KIND_OF[field], name)
    if item and (len(name) < _SHORTEST_ID or name.isdecimal()):
        return []
    return directory.named(field, name, {}) if directory.knows(KIND_OF[field]) else []


def _runs(text: str) -> Iterator[tuple[int, int, list[str]]]:
    """Each few words that follow one another, where they begin and end, and how a name may be read there: without signs
    around it, or with the one at its end."""
    words = text.split(maxsplit=_WORDS)[:_WORDS]
    for start in range(len(words)):
        for end in range(start + 1, min(start + _MOST_WORDS, len(words)) + 1):
            whole = " ".join(words[start:end]).lstrip(_SIGNS)
            bare = whole.rstrip(_SIGNS)
            names = [bare, whole]
            names += [bare.removesuffix(each) for each in _POSSESSIVES]
            if names := [name for name in dict.fromkeys(names) if len(name) >= _SHORTEST_NAME]:
                yield start, end, names
