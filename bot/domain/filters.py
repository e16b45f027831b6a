"""The words after `/ticket list`, which Home takes too: `status:open priority:high,critical assignee:me "no paper"`.

`key:value` narrows; several values with commas are alternatives, and so is a key said again. `due:<24h` and
`created:>monday` are before and after. All other words are looked for in the tickets, phrases between quotes.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from difflib import get_close_matches
from typing import Literal, NamedTuple, get_args

from bot.domain.contract import CHOICES
from bot.domain.directory import Directory
from bot.domain.due import due_end, parse_due, parse_past
from bot.domain.errors import InvalidInput, Problem
from bot.domain.line import squashed
from bot.domain.lookup import folded
from bot.domain.people import Person
from bot.domain.phrases import called
from bot.domain.search import OPEN, Sort, TicketFilter
from bot.domain.words import listed, quoted

Key = Literal[
    "status", "priority", "assignee", "queue", "customer", "requester", "type", "due", "created", "sort"
]

_ALIASES: Mapping[Key, str] = {
    "status": "state",
    "priority": "prio",
    "assignee": "assigned owner",
    "queue": "",
    "customer": "client",
    "requester": "from",
    "type": "kind",
    "due": "deadline",
    "created": "opened",
    "sort": "order",
}
_KEYS: Mapping[str, Key] = {word: key for key in get_args(Key) for word in (key, *_ALIASES[key].split())}
_EXAMPLES: Mapping[Key, str] = {
    "status": "open",
    "priority": "high,critical",
    "assignee": "me",
    "queue": "network",
    "customer": "acme",
    "requester": "me",
    "type": "inspection",
    "due": "<24h",
    "created": ">monday",
    "sort": "due",
}
_CHOICES: Mapping[Key, Collection[str]] = {
    "status": ("open", *CHOICES["status"], "any"),
    "priority": CHOICES["priority"],
    "type": CHOICES["ticketType"],
    "sort": get_args(Sort),
}

_QUOTED = r"\"[^\"]*\"|“[^“”]*[“”]|„[^“”„]*[“”]"  # none looks twice for an end that is not there
_VALUE = rf"(?:{_QUOTED}|[^\s,\"“„]+|[\"“„])"
_KEY = r"[^\W\d_][\w-]*:"
_TOKEN = re.compile(rf"\s*(?:(?P<key>{_KEY})|(?P<sign>[!@#])(?=\w)|(?P<word>{_QUOTED}|\S+))")
_VALUES = re.compile(rf"\s*(?!{_KEY}){_VALUE}(?:\s*,\s*{_VALUE})*")
_PARTS = re.compile(_VALUE)
_BOUND = re.compile(r"\s*([<>]?)=?\s*")
_SIGNS: Mapping[str, Key] = {"!": "priority", "@": "assignee", "#": "queue"}
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


class _Saying(NamedTuple):
    """One piece of a filter. `bound` is `<` or `>`; free words have no key, and unknown keys stand as typed."""

    key: str | None
    values: tuple[str, ...]
    bound: str = ""


def read_filter(text: str, asker: Asker) -> TicketFilter:
    """What somebody asks for; mentions come as `@U123`. Open tickets only, unless a status is named.

    Raises `InvalidInput` with a sentence for each word that is not understood.
    """
    reader = _Reader(asker)
    problems: list[Problem] = []
    for said in dict.fromkeys(
        _sayings(text.encode(errors="replace").decode())
    ):  # what is said again adds nothing
        try:
            reader.take(said)
        except InvalidInput as invalid:
            problems += invalid.problems
    if problems:
        raise InvalidInput(problems)
    return reader.filter()


def _sayings(text: str) -> Iterator[_Saying]:
    position = 0
    while token := _TOKEN.match(text, position):
        position = token.end()
        if token["word"]:
            yield _Saying(None, (_bare(token["word"]),))
            continue
        name = token["key"][:-1] if token["key"] else _SIGNS[token["sign"]]
        key, bound = _KEYS.get(squashed(name), name), ""
        if key in {"due", "created"} and (found := _BOUND.match(text, position)):
            bound, position = found[1], found.end()
            if (end := due_end(text, position)) > position:
                yield _Saying(key, (text[position:end],), bound)
                position = end
                continue
        values = _VALUES.match(text, position)
        position = values.end() if values else position
        yield _Saying(key, tuple(map(_bare, _PARTS.findall(values[0]))) if values else (), bound)


def _bare(text: str) -> str:
    return text.strip(_QUOTES) if text[0] in _QUOTES else text


@dataclass(slots=True)
class _Reader:
    """Gathers what a filter says. `take` raises `InvalidInput`."""

    asker: Asker
    found: dict[str, dict[object, None]] = field(default_factory=dict)  # each value once, in order
    spans: dict[str, dict[str, datetime]] = field(default_factory=dict)

    def take(self, said: _Saying) -> None:
        if said.key is None:
            self._add("words", [value for value in said.values if value])
            return
        if said.key not in _EXAMPLES:
            raise _unknown("filter", said.key, get_args(Key), near=_KEYS)
        values = [value for value in said.values if value.strip()]
        if not values:
            raise _refused(
                "blank", f"Write what you look for after {said.key}:, such as {_example(said.key)}."
            )
        match said.key:
            case "due" | "created":
                self._bounded(said.key, values[0], said.bound)
            case "assignee":
                self._add("assignees", [self._person(value, nobody=True) for value in values])
            case "requester":
                self._add("requesters", [self._person(value) for value in values])
            case "queue":
                self._add("queues", [self._queue(value.removeprefix("#")) for value in values])
            case "customer":
                directory = self.asker.directory
                self._add("customers", [directory.resolve("customerId", value, {}) for value in values])
            case key:
                names = {"status": "statuses", "priority": "priorities", "type": "types", "sort": "sort"}
                self._add(names[key], [_choice(key, value) for value in values])

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

    def _bounded(self, key: str, text: str, bound: str) -> None:
        if not bound:
            words = f"Write {key}:<{text} for before, or {key}:>{text} for after."
            raise _refused("no_bound", words)
        read = parse_due if key == "due" else parse_past
        try:
            moment = read(text, now=self.asker.at, zone=self.asker.zone)
        except InvalidInput as invalid:
            if invalid.problems[0].code != "zone_unknown":
                raise
            words = "I don't know your time zone yet. Please try again in a moment."
            raise _refused("zone_unknown", words) from None
        span = self.spans.setdefault(key, {})
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


def _choice(key: str, text: str) -> str:
    """`in-progress`, `In progress` and `in` are all `in_progress`."""
    choices = {squashed(value): value for value in _CHOICES[_KEYS[key]]}
    wanted = squashed(text)
    begun = [value for name, value in choices.items() if name.startswith(wanted)]
    if wanted in choices or len(begun) == 1:
        return choices.get(wanted) or begun[0]
    raise _unknown(key, text, choices.values())


def _unknown(what: str, text: str, known: Iterable[str], near: Iterable[str] = ()) -> InvalidInput:
    by_name = {squashed(name): name for name in near or known}
    close = get_close_matches(squashed(text), by_name, n=1)
    hint = f"Did you mean {quoted(by_name[close[0]])}?" if close else f"There is {listed([*known], 'and')}."
    return _refused(f"unknown_{what}", f"There is no {what} {quoted(text)}. {hint}")


def _example(key: str) -> str:
    return f"{key}:{_EXAMPLES[_KEYS[key]]}"


def _refused(code: str, message: str) -> InvalidInput:
    return InvalidInput([Problem(field=None, code=code, message=message)])
