"""The words after `/ticket list`, which Home takes too: `status:open priority:high,critical assignee:me "no paper"`.

`key:value` narrows. Several values with commas are alternatives, and so are several pairs with the same key. `due:<24h` and
`created:>monday` are before and after. All other words are looked for in the tickets, phrases between quotes.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from difflib import get_close_matches
from functools import cache
from typing import NamedTuple, get_args

from bot.domain.contract import CHOICES, refuse_unstorable
from bot.domain.directory import Directory
from bot.domain.due import due_end, parse_due, parse_past
from bot.domain.errors import InvalidInput, Problem
from bot.domain.fields import TICKET_FIELDS, Element, by_sign
from bot.domain.names import folded, squashed
from bot.domain.people import Person
from bot.domain.phrases import called
from bot.domain.search import Sort, TicketFilter
from bot.domain.ticket import OPEN
from bot.domain.words import listed, quoted


class Key(NamedTuple):
    """What may stand before a colon. `field` is the ticket's, where it is one of a line; `fills` is the filter's."""

    words: tuple[str, ...]
    element: Element
    fills: str
    example: str
    field: str = ""

    @property
    def word(self) -> str:
        """How help shows it."""
        return self.words[0]

    @property
    def choices(self) -> tuple[str, ...]:
        match self.fills:
            case "sort":
                return get_args(Sort)
            case "statuses":
                return ("open", *CHOICES["status"], "any")
        return CHOICES[self.field]


_OF_LISTS = (
    Key(("requester", "from"), "person", "requesters", "me"),
    Key(("created", "opened"), "time", "created", ">monday"),
    Key(("sort", "order"), "choice", "sort", "due"),
)
"""What lists can be narrowed by, though nobody types it of a new ticket."""


@cache
def keys() -> Mapping[str, Key]:
    """By each of its words: the fields that lists are narrowed by, with what a line calls them, and the others."""
    of_fields = [
        Key(row.keys, row.element, row.filtered.fills, row.filtered.example, row.name)
        for row in TICKET_FIELDS.values()
        if row.filtered
    ]
    return {word: key for key in (*of_fields, *_OF_LISTS) for word in key.words}


_QUOTED = r"\"[^\"]*\"|“[^“”]*[“”]|„[^“”„]*[“”]"  # none looks twice for an end that is not there
_VALUE = rf"(?:{_QUOTED}|[^\s,\"“„]+|[\"“„])"
_KEY = r"[^\W\d_][\w-]*:"
_SIGNS = re.escape("".join(by_sign()))
_TOKEN = re.compile(rf"\s*(?:(?P<key>{_KEY})|(?P<sign>[{_SIGNS}])(?=\w)|(?P<word>{_QUOTED}|\S+))")
_VALUES = re.compile(rf"\s*(?!{_KEY}){_VALUE}(?:\s*,\s*{_VALUE})*")
_PARTS = re.compile(_VALUE)
_BOUND = re.compile(r"\s*([<>]?)=?\s*")
_QUOTES = '"“„”'
_FEW = 6  # queues that a message names


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, when and where. `people` finds persons by any of their names; `queues` are those that tickets are in."""

    user: str
    at: datetime
    zone: tzinfo | None
    directory: Directory
    people: Callable[[str], Sequence[Person]]
    queues: Collection[str]


class _FilterPart(NamedTuple):
    """One part of a filter. `bound` is `<` or `>`. Free words have no key; an unknown key is kept as it was typed."""

    key: Key | str | None
    values: tuple[str, ...]
    bound: str = ""


def read_filter(text: str, asker: Asker) -> TicketFilter:
    """What somebody asks for; mentions come as `@U123`. Open tickets only, unless a status is named.

    Raises `InvalidInput` with a sentence for each word that is not understood.
    """
    refuse_unstorable({"The list": text})
    reader = _Reader(asker)
    problems: list[Problem] = []
    for part in dict.fromkeys(
        _split(text.encode(errors="replace").decode())
    ):  # what is said again adds nothing
        try:
            reader.take(part)
        except InvalidInput as invalid:
            problems += invalid.problems
    if problems:
        raise InvalidInput(problems)
    return reader.filter()


def _split(text: str) -> Iterator[_FilterPart]:
    position = 0
    while token := _TOKEN.match(text, position):
        position = token.end()
        if token["word"]:
            yield _FilterPart(None, (_bare(token["word"]),))
            continue
        name = token["key"][:-1] if token["key"] else by_sign()[token["sign"]].keys[0]
        key, bound = keys().get(squashed(name), name), ""
        if isinstance(key, Key) and key.element == "time" and (found := _BOUND.match(text, position)):
            bound, position = found[1], found.end()
            if (end := due_end(text, position)) > position:
                yield _FilterPart(key, (text[position:end],), bound)
                position = end
                continue
        values = _VALUES.match(text, position)
        position = values.end() if values else position
        yield _FilterPart(key, tuple(map(_bare, _PARTS.findall(values[0]))) if values else (), bound)


def _bare(text: str) -> str:
    return text.strip(_QUOTES) if text[0] in _QUOTES else text


@dataclass(slots=True)
class _Reader:
    """Gathers what a filter says. `take` raises `InvalidInput`."""

    asker: Asker
    found: dict[str, dict[object, None]] = field(default_factory=dict)  # each value once, in order
    spans: dict[str, dict[str, datetime]] = field(default_factory=dict)

    def take(self, part: _FilterPart) -> None:
        if part.key is None:
            self._add("words", [value for value in part.values if value])
            return
        if isinstance(part.key, str):
            raise _unknown(
                "filter", part.key, dict.fromkeys(key.word for key in keys().values()), near=keys()
            )
        values = [value for value in part.values if value.strip()]
        if not values:
            example = f"{part.key.word}:{part.key.example}"
            raise _refused("blank", f"Write what you look for after {part.key.word}:, such as {example}.")
        if part.key.element == "time":
            self._bounded(part.key, values[0], part.bound)
        else:
            self._add(part.key.fills, [self._value(part.key, value) for value in values])

    def _value(self, key: Key, text: str) -> str | None:
        match key.element:
            case "person":
                return self._person(text, nobody=key.fills == "assignees")
            case "queue":
                return self._queue(text.removeprefix(TICKET_FIELDS[key.field].sign))
            case "item":
                return self.asker.directory.resolve(key.field, text, {})
            case "choice":
                return _choice(key, text)
        return text

    def filter(self) -> TicketFilter:
        fields: dict[str, object] = {name: [*values] for name, values in self.found.items()}
        fields |= self.spans
        statuses = self.found.get("statuses", ["open"])
        if "any" in statuses:
            fields["statuses"] = ()
        elif "open" in statuses:
            others = [status for status in statuses if status not in {"open", *OPEN}]
            fields |= {"statuses": [*OPEN, *others] if others else (), "open_only": not others}
        if sort := self.found.get("sort"):
            fields["sort"] = [*sort][-1]
        return TicketFilter.model_validate(fields)

    def _add(self, name: str, values: Iterable[object]) -> None:
        self.found.setdefault(name, {}).update(dict.fromkeys(values))

    def _bounded(self, key: Key, text: str, bound: str) -> None:
        if not bound:
            words = f"Write {key.word}:<{text} for before, or {key.word}:>{text} for after."
            raise _refused("no_bound", words)
        read = parse_past if key.fills == "created" else parse_due
        try:
            moment = read(text, now=self.asker.at, zone=self.asker.zone)
        except InvalidInput as invalid:
            if invalid.problems[0].code != "zone_unknown":
                raise
            words = "I don't know your time zone yet. Please try again in a moment."
            raise _refused("zone_unknown", words) from None
        span = self.spans.setdefault(key.fills, {})
        if bound == "<":
            span["end"] = min(moment, span.get("end", moment))
        else:
            span["start"] = max(moment, span.get("start", moment))

    def _person(self, text: str, *, nobody: bool = False) -> str | None:
        match text.casefold():
            case "me":
                return self.asker.user
            case "none" | "nobody" if nobody:
                return None
        return called(text, self.asker.people)

    def _queue(self, text: str) -> str:
        known = {folded(name): name for name in self.asker.queues}
        if not known or folded(text) in known:
            return known.get(folded(text), text)
        raise _unknown("queue", text, sorted(known.values())[:_FEW], near=known.values())


def _choice(key: Key, text: str) -> str:
    """`in-progress`, `In progress` and `in` are all `in_progress`."""
    choices = {squashed(value): value for value in key.choices}
    wanted = squashed(text)
    begun = [value for name, value in choices.items() if name.startswith(wanted)]
    if wanted in choices or len(begun) == 1:
        return choices.get(wanted) or begun[0]
    raise _unknown(key.word, text, choices.values())


def _unknown(what: str, text: str, known: Iterable[str], near: Iterable[str] = ()) -> InvalidInput:
    by_name = {squashed(name): name for name in near or known}
    close = get_close_matches(squashed(text), by_name, n=1)
    hint = f"Did you mean {quoted(by_name[close[0]])}?" if close else f"There is {listed([*known], 'and')}."
    return _refused(f"unknown_{what}", f"There is no {what} {quoted(text)}. {hint}")


def _refused(code: str, message: str) -> InvalidInput:
    return InvalidInput([Problem(field=None, code=code, message=message)])
