"""A typed line -> contract fields: `Printer down customer:acme !high @ana #network due:tomorrow 5pm`.

A field that is given twice must say the same. Where words might mean something else, the best reading is among the
fields, and a problem says what else it might be.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, tzinfo
from difflib import get_close_matches
from functools import cached_property
from typing import NamedTuple
from uuid import UUID

from pydantic import JsonValue

from bot.domain.characters import visible
from bot.domain.contract import CHOICES, REQUIRED
from bot.domain.directory import Directory
from bot.domain.due import parse_due
from bot.domain.errors import InvalidInput, Problem
from bot.domain.fields import TICKET_FIELDS, ItemKind, TicketField, defaults, label
from bot.domain.line import LinePart, TypedLine
from bot.domain.lookup import Lookup
from bot.domain.names import folded, squashed
from bot.domain.people import Person, unassignable
from bot.domain.words import choice, listed, quoted

_CHOICES = {field: {squashed(value): value for value in values} for field, values in CHOICES.items()}
_CALLED = {field: {**values, **TICKET_FIELDS[field].also} for field, values in _CHOICES.items()}
_NEAR = 0.7  # of 1, by difflib's measure
_BEGINNING = 2  # letters
_USER_ID = re.compile(r"[UW](?:0[A-Z0-9]{2,}|(?=.*\d)[A-Z0-9]{8,})")  # of somebody who is not known yet
_OF_A_QUEUE = re.compile(r"[#＃]|q[\w-]{0,12}[:：]", re.IGNORECASE)
_HOURS = re.compile(r"(\d{1,9}(?:\.\d+|,\d{1,2})?)\s*(?:h|hrs?|hours?)?", re.IGNORECASE | re.ASCII)
_RELATED = re.compile(r"(?<![\w-])related[\w-]*:\s*[\"'“]?(?:t-?|#)?(\d{1,9})\b", re.IGNORECASE)
_NUMBER = re.compile(r"(?:t-?|#)?(\d{1,9})", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class Phrase:
    """What a line was understood to say.

    `fields` are in wire form, ready for `contract.parse`; of a field with a problem they have what was most likely meant,
    if anything was, and `raw` has what was typed for it. That required fields are missing is no problem here:
    `contract.parse` finds it.
    """

    fields: dict[str, JsonValue]
    problems: tuple[Problem, ...]
    raw: dict[str, str]


class LineReader:
    """Reads what somebody in `zone` typed; mentions come as `@U123`. Never raises.

    Of the directory only the names are needed that the line may have: its `lookups` say which, and `phrase` reads the line
    with what they found. `people` finds persons by any of their names, those who have left included; `ticket_id` a
    ticket's id by its number. `queues` are those that are set up: `#name` is none but these. With None, any is one.
    """

    def __init__(
        self,
        text: str,
        *,
        now: datetime,
        zone: tzinfo | None,
        people: Callable[[str], Sequence[Person]],
        ticket_id: Callable[[int], UUID | None],
        queues: Collection[str] | None = (),
    ) -> None:
        self._text = visible(text.encode(errors="replace").decode())
        self._reader = _Reader(now, zone, Directory(), people, ticket_id, queues)
        self._asked: dict[
            tuple[ItemKind, str, str], None
        ] = {}  # by kind, field and name; each once, in order
        self._line = TypedLine(self._text, self)
        self._parts = [*self._line.parts()]
        typed = [(TICKET_FIELDS[part.field], part.value) for part in self._parts]
        prose = [(row, self._line.named(row, start)[0]) for row, start in self._line.prose]
        self.lookups = [
            Lookup(row.kind, text, "typed") for row, text in typed + prose if row.kind and text.strip()
        ]
        self.lookups += [Lookup(kind, text, "name") for kind, _, text in self._asked]

    def knows(self, row: TicketField, text: str) -> bool:
        """Whether a name is known already. Those of items are looked up later."""
        if row.kind and text.strip():
            self._asked[row.kind, row.name, text] = None
        return not row.kind and self._reader.knows(row, text)

    def near(self, row: TicketField, text: str) -> str | None:
        return self._reader.near(row, text)

    def phrase(self, directory: Directory) -> Phrase:
        """What the line says. `directory` has what its `lookups` found."""
        reader = self._reader
        reader.directory = directory
        line, parts = self._line, self._parts
        if line.prose or self._has_other_names(reader):
            line = TypedLine(self._text, reader)
            parts = [*line.parts()]
        typed: dict[str, list[LinePart]] = {}
        for part in parts:
            typed.setdefault(part.field, []).append(part)
        reading = _Reading(reader)
        for field, row in TICKET_FIELDS.items():  # the customer narrows its sites, and so on
            if field in typed:
                reading.read(row, typed[field])
        return reading.phrase(line)

    def _has_other_names(self, reader: "_Reader") -> bool:
        """Whether a name is known that is longer or shorter than the words that were taken for one."""
        taken = {(part.field, part.value) for part in self._parts}
        return any(
            (field, text) not in taken and reader.knows(TICKET_FIELDS[field], text)
            for _, field, text in self._asked
        )


class Needed(NamedTuple):
    """What has to be looked up before a line is read: these tickets, and whether the queues."""

    tickets: frozenset[int]
    queues: bool


def needed(text: str) -> Needed:
    """What a line may name. No key but those of a queue has a q."""
    tickets = frozenset(map(int, _RELATED.findall(text)))
    return Needed(tickets, queues=_OF_A_QUEUE.search(text) is not None)


class _Reading:
    """A line as far as it has been read."""

    def __init__(self, reader: "_Reader") -> None:
        self._reader = reader
        self._fields: dict[str, JsonValue] = {
            field: value for field, value in defaults().items() if field in REQUIRED
        }
        self._problems: list[Problem] = []
        self._raw: dict[str, str] = {}

    def read(self, row: TicketField, parts: Sequence[LinePart]) -> None:
        """Takes what was typed for a field."""
        problems = [part.problem for part in parts if part.problem]
        is_faulty = bool(problems) and self._take_doubts(row, problems)
        if not problems or _UNREADABLE.isdisjoint(problem.code for problem in problems):
            try:
                self._fields[row.name] = self._reader.one(row, [part.value for part in parts], self._fields)
            except InvalidInput as invalid:
                self._take_what_was_meant(row, invalid.problems, is_faulty=is_faulty)
                is_faulty = True
            else:
                is_faulty = self._also_shorter(row, parts) or is_faulty
        if is_faulty:
            self._raw[row.name] = " ".join(part.value for part in parts)

    def _take_doubts(self, row: TicketField, problems: Sequence[Problem]) -> bool:
        """Whether any of them is of the field itself: a word of the summary may be doubtful for another."""
        self._problems += problems
        for problem in problems:
            if problem.field != row.name and problem.field and problem.meant:
                self._fields.setdefault(problem.field, problem.meant)
        is_faulty = any(problem.field == row.name for problem in problems)
        if is_faulty:
            self._fields.pop(row.name, None)
        return is_faulty

    def phrase(self, line: TypedLine) -> Phrase:
        whole = self._reader.directory.complete(self._fields)
        for field in self._raw:
            if field not in self._fields:
                whole.pop(field, None)
        for row, start in line.prose:
            if row.name in REQUIRED and whole.get(row.name) is None and row.name not in self._raw:
                self._take_prose(row, *line.named(row, start)[:1], whole)
        fields: dict[str, JsonValue] = {field: value for field, value in whole.items() if value is not None}
        return Phrase(fields, tuple(self._problems), self._raw)

    def _take_what_was_meant(self, row: TicketField, problems: Sequence[Problem], *, is_faulty: bool) -> None:
        self._fields.pop(row.name, None)
        if meant := problems[0].meant:
            self._fields[row.name] = meant
        if not is_faulty:
            self._problems += problems

    def _also_shorter(self, row: TicketField, parts: Sequence[LinePart]) -> bool:
        """Whether a shorter name than the one that was taken is a name as well, of something else."""
        for part in parts:
            for text in part.shorter:
                others = self._reader.called(row, text, self._fields)
                if others and self._fields[row.name] not in others:
                    message = f"{row.label} may be {quoted(part.value)}, or only {quoted(text)}. I took the longer one."
                    self._problems.append(Problem(field=row.name, code="ambiguous_name", message=message))
                    return True
        return False

    def _take_prose(self, row: TicketField, text: str, whole: dict[str, JsonValue]) -> None:
        """A word of the summary that may as well say a field which is needed and missing."""
        if not self._reader.knows(row, text):
            return
        with suppress(InvalidInput):
            whole[row.name] = self._reader.one(row, [text], whole)
            message = f"{quoted(f'{row.keys[0]}: {text}')} may be a part of the summary, or the {row.label.lower()}. It is in both."
            self._problems.append(Problem(field=row.name, code="doubtful", message=message))


_UNREADABLE = frozenset({"blank", "unclosed_quote"})


@dataclass
class _Reader:
    """Turns what was typed for a field into its wire form. Raises `InvalidInput`."""

    at: datetime
    zone: tzinfo | None
    directory: Directory
    people: Callable[[str], Sequence[Person]]
    ticket_id: Callable[[int], UUID | None]
    queues: Collection[str] | None

    def knows(self, row: TicketField, text: str) -> bool:
        if row.element == "queue" and self.queues is None:
            return bool(text) and not any(map(str.isspace, text))
        return bool(text and self.called(row, text, {}))

    def near(self, row: TicketField, text: str) -> str | None:
        match row.element:
            case "choice":
                wanted = squashed(text)
                begun = (value for name, value in _CHOICES[row.name].items() if name.startswith(wanted))
                return next(begun, None) or _near(wanted, _choices(row))
            case "queue":
                return None if text.isdecimal() else _near(folded(text), self._queues)
        return None

    def called(self, row: TicketField, text: str, fields: Mapping[str, JsonValue]) -> Collection[JsonValue]:
        """The values that are called exactly this."""
        match row.element:
            case "item":
                return self.directory.named(row.name, text, fields)
            case "person":
                return [person.id for person in self.people(text.removeprefix("@"))]
            case "queue":
                name = self._queues.get(folded(text.removeprefix(row.sign)))
                return [name] if name else []
            case "choice":
                value = _choices(row).get(squashed(text))
                return [value] if value else []
        return []

    @cached_property
    def _queues(self) -> Mapping[str, str]:
        return {folded(name): name for name in self.queues or ()}

    def one(self, row: TicketField, texts: Sequence[str], fields: Mapping[str, JsonValue]) -> JsonValue:
        """The value that all texts agree on. `fields` are those already read."""
        if row.name == "summary":
            return " ".join(filter(None, texts)).strip(" ,;") or None
        values = [self._value(row, text, fields) for text in texts]
        if values.count(values[0]) < len(values):
            both = listed([quoted(text) for text in dict.fromkeys(texts)], "and")
            message = f"{row.label} is given as {both}. Keep one."
            raise _refused(row.name, code="given_twice", message=message)
        return values[0]

    def _value(self, row: TicketField, text: str, fields: Mapping[str, JsonValue]) -> JsonValue:
        match row.element:
            case "item":
                return self.directory.resolve(row.name, text, fields)
            case "choice":
                return _choice(row, text)
            case "time":
                return parse_due(text, now=self.at, zone=self.zone).isoformat().replace("+00:00", "Z")
            case "person":
                return self._person(row.name, text)
            case "queue":
                return self._queue(row, text.removeprefix(row.sign))
            case "hours":
                return _hours(row.name, text)
            case "ticket":
                return self._ticket(row.name, text)
            case "text":
                return text

    def _person(self, field: str, text: str) -> str:
        found = self.people(text.removeprefix("@"))
        able = [person for person in found if not unassignable(person)]
        if found and not able:
            raise _refused(field, code="unassignable", message=unassignable(found[0]))
        return called(text, lambda _: able)

    def _queue(self, row: TicketField, text: str) -> str:
        """One that is set up, or any other that looks like none of these."""
        name = self._queues.get(folded(text))
        if name is None and (near := self.near(row, text)):
            message = f"No queue is called {quoted(text)}. Did you mean {quoted(near)}?"
            raise InvalidInput([Problem(field=row.name, code="unknown_queue", message=message, meant=near)])
        return name or text

    def _ticket(self, field: str, text: str) -> str:
        if named := _NUMBER.fullmatch(text):
            number = int(named[1])
            if found := self.ticket_id(number):
                return str(found)
            raise _refused(field, code="unknown_ticket", message=f"There is no ticket T-{number}.")
        try:
            return str(UUID(text))
        except ValueError:
            message = f"{quoted(text)} is no ticket. Write its number, such as T-42."
            raise _refused(field, code="not_a_ticket", message=message) from None


def called(text: str, people: Callable[[str], Sequence[Person]]) -> str:
    """The user ID of whom somebody means by `@ana`, `Ana Weber` or `U0ANA`. Raises `InvalidInput` on the assignee."""
    field, name = "assignedUserId", text.removeprefix("@")
    found = {person.id: person for person in people(name)}
    if len(found) == 1:
        return next(iter(found))
    if found:
        names = listed([f"{person.name} ({person.id})" for person in found.values()])
        message = f"{quoted(name)} could be {names}. Say which one by the ID."
        raise _refused(field, code="ambiguous_name", message=message)
    if _USER_ID.fullmatch(name):
        return name
    message = f"Nobody here is called {quoted(name)}. Mention them with @, or use their ID."
    raise _refused(field, code="unknown_name", message=message)


def _choice(row: TicketField, text: str) -> str:
    """`break-fix`, `Break fix` and `br` are all `break_fix`."""
    wanted, choices = squashed(text), _CHOICES[row.name]
    if value := _choices(row).get(wanted):
        return value
    begun = [value for name, value in choices.items() if name.startswith(wanted)]
    if len(begun) == 1:
        return begun[0]
    meant = None if begun else _near(wanted, _choices(row))
    hint = f" Did you mean {choice(meant).lower()}?" if meant else ""
    wanted_one = listed(begun or list(CHOICES[row.name]))
    message = f"{row.label} must be {wanted_one}, not {quoted(text)}.{hint}"
    raise InvalidInput([Problem(field=row.name, code="not_a_choice", message=message, meant=meant)])


def _choices(row: TicketField) -> Mapping[str, str]:
    """The values that a field can hold, by what they are called."""
    return _CALLED.get(row.name, {})


def _near(text: str, names: Mapping[str, str]) -> str | None:
    """What one of these names stands for, where the text is its beginning, or like it."""
    begun = [name for name in names if len(text) >= _BEGINNING and name.startswith(text)]
    near = begun or get_close_matches(text, names, n=1, cutoff=_NEAR)
    return names[near[0]] if near else None


def _hours(field: str, text: str) -> float:
    if read := _HOURS.fullmatch(text):
        return float(read[1].replace(",", "."))
    message = f"{label(field)} must be a number, such as 2.5, not {quoted(text)}."
    raise _refused(field, code="not_a_number", message=message)


def _refused(field: str, *, code: str, message: str) -> InvalidInput:
    return InvalidInput([Problem(field=field, code=code, message=message)])
