"""What the words after `/ticket list` ask for, which Home takes too: `status:open priority:high,critical assignee:me "no paper"`.

`key:value` narrows. Several values with commas are alternatives, and so are several pairs with the same key. `due:<24h` and
`created:>monday` are before and after, and `-status:closed` is all but that. All other words are looked for, phrases between
quotes. What is not understood is asked about, and never only looked for.
"""

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from difflib import get_close_matches
from itertools import pairwise

from bot.domain.contract import CHOICES, refuse_unstorable
from bot.domain.directory import Directory
from bot.domain.due import due_end, parse_due, parse_past
from bot.domain.elsewhere import HomeName
from bot.domain.errors import InvalidInput, Problem
from bot.domain.fields import KIND_OF, TICKET_FIELDS, by_key
from bot.domain.filter_homes import is_from, read_from
from bot.domain.filter_words import (
    ALONE,
    OR,
    OVERDUE,
    FilterPart,
    Key,
    Knows,
    connected,
    doubtful,
    filter_parts,
    keys,
)
from bot.domain.lookup import Lookup
from bot.domain.names import DASHES, folded, squashed
from bot.domain.people import Person
from bot.domain.search import TicketFilter
from bot.domain.ticket import OPEN
from bot.domain.values import called
from bot.domain.words import listed, quoted

_FEW = 6  # queues that a message names
_ALIKE = 0.8  # of 1, by difflib's measure
_OPENING = '"“„”«»‹›「『`'
_NO_WORD = re.compile(rf"[<>=,;|&{DASHES}-]|\S*?(?::|[^\W\d],[^\W\d])")
"""What is no word that somebody looks for: `-lamp`, `(status:open)`, `lamp,printer`."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, when and where. `people` finds persons by any of their names; `queues` are those that tickets are in, `homes` the
    other workspaces whose tickets they may see some of."""

    user: str
    at: datetime
    zone: tzinfo | None
    directory: Directory
    people: Callable[[str], Sequence[Person]]
    queues: Collection[str]
    homes: Sequence[HomeName] = ()


def read_filter(text: str, asker: Asker) -> TicketFilter:
    """What somebody asks for; mentions come as `@U123`. Open tickets only, unless a status is named.

    Raises `InvalidInput` with a sentence for each word that is not understood.
    """
    refuse_unstorable({"The list": text})
    reader = _Reader(asker)
    parts = connected([*filter_parts(text, reader.knows)])
    reader.has_words = any(part.key is None and not part.alone for part in parts)
    problems: list[Problem] = []
    for part, following in pairwise([*dict.fromkeys(parts), None]):  # what is said again adds nothing
        if part is None:
            break
        try:
            reader.take(part, following)
        except InvalidInput as invalid:
            problems += invalid.problems
    if problems:
        raise InvalidInput(problems)
    return reader.filter()


def knows(asker: Asker) -> Knows:
    """Whether a key can have a value that is called exactly so."""
    return _Reader(asker).knows


def items_asked(text: str) -> Iterable[Lookup]:
    """What a filter may name of the directory, so that it can be looked up before the filter is read."""
    lookups: dict[Lookup, None] = {}

    def ask(key: Key, name: str) -> bool:
        if key.element == "item":
            lookups[Lookup(KIND_OF[key.field], name, "typed")] = None
        return False

    for part, following in pairwise([*filter_parts(text, ask), None]):
        if part and isinstance(part.key, Key):
            for value in part.values:
                ask(part.key, value)
            if part.values and following:
                ask(part.key, f"{part.values[-1]} {following.text}")
    return lookups


@dataclass(slots=True)
class _Reader:
    """Gathers what a filter says. `take` and `filter` raise `InvalidInput`."""

    asker: Asker
    has_words: bool = False
    found: dict[str, dict[object, None]] = field(default_factory=dict)  # each value once, in order
    without: dict[str, set[object]] = field(default_factory=dict)
    spans: dict[str, dict[str, datetime]] = field(default_factory=dict)

    def knows(self, key: Key, text: str) -> bool:
        """Whether this is exactly what a value of the key is called."""
        match key.element:
            case "choice":
                return squashed(text) in key.choices
            case "item":
                return bool(self.asker.directory.named(key.field, text, {}))
            case "person":
                return bool(self.asker.people(text.removeprefix("@")))
            case "queue":
                return folded(text) in map(folded, self.asker.queues)
            case "home":
                return is_from(text, self.asker.homes) or bool(self.asker.people(text.removeprefix("@")))
        return False

    def take(self, part: FilterPart, following: FilterPart | None = None) -> None:
        """`following`: the part that stands behind it."""
        if part.key is None:
            self._take_words(part)
            return
        if isinstance(part.key, str):
            if part_of_a_line := by_key().get(squashed(part.key)):
                raise _not_narrowed(part_of_a_line.keys[0])
            raise _unknown(
                "filter", part.key, dict.fromkeys(key.word for key in keys().values()), near=keys()
            )
        key, values = part.key, [value for value in part.values if value.strip()]
        if not values:
            raise _refused(
                "blank", f"Write what you look for after {key.word}:, such as {key.word}:{key.example}."
            )
        if part.is_not:
            self._take_away(key, values)
        elif key.element == "time" and len(values) > 1:
            words = f"I cannot read {quoted(part.text)}. Write {key.word}: before each time."
            raise _refused("two_times", words)
        elif key.element == "time":
            self._bounded(key, values[0], part.bound)
        elif key.element == "home":
            self._take_from(values)
        else:
            self._add(key.fills, [self._value(key, value) for value in values])
            if following and following.key is None and not following.is_quoted:
                self._refuse_half_a_name(key, values[-1], following.text)

    def _take_words(self, part: FilterPart) -> None:
        word = part.values[0]
        if part.is_quoted:
            self._add("words", [word] if word.strip() else [])
        elif (part.alone and self.has_words and part.alone != OVERDUE) or squashed(word) in doubtful():
            said = ALONE[part.alone] if part.alone else doubtful()[squashed(word)]
            words = f"{quoted(word)} may be a filter, or a word to look for. Write {said}, or put it between quotes."
            raise _refused("doubtful", words)
        elif part.alone:
            for each in filter_parts(ALONE[part.alone]):
                self.take(each)
        elif word.casefold() in {*OR, "not"} or _NO_WORD.match(word):
            words = f"I cannot read {quoted(word)} here. Put it between quotes to look for it."
            raise _refused("not_a_filter", words)
        else:
            bare = word.strip(_OPENING) if word[0] in _OPENING else word
            self._add("words", [bare] if bare else [])

    def _take_away(self, key: Key, values: Sequence[str]) -> None:
        if key.element != "choice" or not key.field:
            able = dict.fromkeys(
                each.word for each in keys().values() if each.element == "choice" and each.field
            )
            words = f"I can leave out by {listed([*able], 'and')}, but not by {key.word}."
            raise _refused("not_left_out", words)
        self.without.setdefault(key.fills, set()).update(_choice(key, value) for value in values)

    def _take_from(self, values: Sequence[str]) -> None:
        said = read_from(values, self.asker.homes, self.asker.people, self._person)
        self._add("homes", said.teams)
        self._add("requesters", said.people)

    def _refuse_half_a_name(self, key: Key, value: str, word: str) -> None:
        """`customer:Acme Manufactoring` is no customer Acme and a word."""
        if key.element != "item":
            return
        directory, whole = self.asker.directory, folded(f"{value} {word}")
        longer = {folded(item.name): item.name for item in directory.search(KIND_OF[key.field], value)}
        near = [name for name in longer if name.startswith(whole)] or get_close_matches(
            whole, longer, n=1, cutoff=_ALIKE
        )
        if near and folded(value) != near[0]:
            words = f"{quoted(f'{value} {word}')} may be {longer[near[0]]}. Put what belongs together between quotes."
            raise _refused("doubtful", words)

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
        statuses = self.found.get("statuses", {} if "statuses" in self.without else {"open": None})
        if "any" in statuses:
            fields["statuses"] = ()
        elif "open" in statuses:
            others = [status for status in statuses if status not in {"open", *OPEN}]
            fields |= {"statuses": [*OPEN, *others] if others else (), "open_only": not others}
        for name, values in self.without.items():
            fields |= {name: self._left(name, values)} | ({"open_only": False} if name == "statuses" else {})
        if sort := self.found.get("sort"):
            fields["sort"] = [*sort][-1]
        return TicketFilter.model_validate(fields)

    def _left(self, name: str, without: Collection[object]) -> Sequence[object]:
        """The values that are asked for, or else all of them, without some."""
        key = next(key for key in keys().values() if key.fills == name)
        named, gone = (
            {*OPEN, *values} if "open" in values else {*values}
            for values in (self.found.get(name, ()), without)
        )
        every = [value for value in CHOICES[key.field] if not named or "any" in named or value in named]
        left = [value for value in every if value not in gone]
        if not left or "any" in gone:
            raise _refused("nothing_left", f"That leaves no {key.word} to look for.")
        return left

    def _add(self, name: str, values: Iterable[object]) -> None:
        self.found.setdefault(name, {}).update(dict.fromkeys(values))

    def _bounded(self, key: Key, text: str, bound: str) -> None:
        span = self.spans.setdefault(key.fills, {})
        if not bound and squashed(text) == OVERDUE and key.fills == "due":
            span["end"] = min(self.asker.at, span.get("end", self.asker.at))
            return
        if not bound:
            shown = text if due_end(text, 0) == len(text) else "friday"
            words = f"Write {key.word}:<{shown} for before, or {key.word}:>{shown} for after."
            raise _refused("no_bound", words)
        read = parse_past if key.fills == "created" else parse_due
        try:
            moment = read(text, now=self.asker.at, zone=self.asker.zone)
        except InvalidInput as invalid:
            if invalid.problems[0].code != "zone_unknown":
                raise
            words = "I don't know your time zone yet. Please try again in a moment."
            raise _refused("zone_unknown", words) from None
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
        if squashed(text) in {"none", "nobody"} and folded(text) not in known:
            raise _refused(
                "no_queue", "I cannot look for tickets in no queue. Name the queue, such as queue:network."
            )
        if not known or folded(text) in known:
            return known.get(folded(text), text)
        raise _unknown("queue", text, sorted(known.values())[:_FEW], near=known.values())


def _choice(key: Key, text: str) -> str:
    """`in-progress`, `In progress` and `in` are all `in_progress`, and `urgent` is `critical`."""
    choices, wanted = key.choices, squashed(text)
    begun = {value for name, value in choices.items() if name.startswith(wanted)}
    if wanted in choices or len(begun) == 1:
        return choices.get(wanted) or begun.pop()
    raise _unknown(key.word, text, dict.fromkeys(choices.values()), near=choices)


def _unknown(what: str, text: str, known: Iterable[str], near: Iterable[str] = ()) -> InvalidInput:
    by_name = {squashed(name): name for name in near or known}
    close = get_close_matches(squashed(text), by_name, n=1)
    hint = f"Did you mean {quoted(by_name[close[0]])}?" if close else f"There is {listed([*known], 'and')}."
    return _refused(f"unknown_{what}", f"There is no {what} {quoted(text)}. {hint}")


def _not_narrowed(key: str) -> InvalidInput:
    able = dict.fromkeys(each.word for each in keys().values())
    return _refused(
        "not_narrowed", f"Lists cannot be narrowed by {key}. They can by {listed([*able], 'and')}."
    )


def _refused(code: str, message: str) -> InvalidInput:
    return InvalidInput([Problem(field=None, code=code, message=message)])
