"""What was typed for a field -> its value in wire form: a name -> its ID, `p1` -> `critical`, `fri 9am` -> a moment."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from difflib import get_close_matches
from functools import lru_cache
from uuid import UUID

from pydantic import JsonValue

from bot.domain.contract import CHOICES
from bot.domain.directory import Directory
from bot.domain.due import parse_due
from bot.domain.elsewhere import named
from bot.domain.errors import InvalidInput, Problem
from bot.domain.fields import TICKET_FIELDS, TicketField, label
from bot.domain.names import folded, squashed
from bot.domain.people import Person, unassignable
from bot.domain.words import choice, listed, quoted

_CHOICES = {field: {squashed(value): value for value in values} for field, values in CHOICES.items()}
_CALLED = {field: {**values, **TICKET_FIELDS[field].also} for field, values in _CHOICES.items()}
_NEAR = 0.7  # of 1, by difflib's measure
_BEGINNING = 2  # letters
_USER_ID = re.compile(r"[UW](?:0[A-Z0-9]{2,}|(?=.*\d)[A-Z0-9]{8,})")  # of somebody who is not known yet
_HOURS = re.compile(r"(\d{1,9}(?:\.\d+|,\d{1,2})?)\s*(?:h|hrs?|hours?)?", re.IGNORECASE | re.ASCII)
_NUMBER = re.compile(r"(?:t-?|#)?(\d{1,9})", re.IGNORECASE | re.ASCII)
_MORE_HOURS = re.compile(r"\s+(?:(?:to|or|and|bis|oder|und|[-\u2010-\u2015])\s+)?\d")
_PROSE_TOO = {"choice", "time", "hours", "ticket", "person", "queue"}
"""Whose values are words of English as well, so that `Owner: Ana is out` may be a sentence."""


def doubt_of(row: TicketField, key: str, value: str, behind: str, *, is_apart: bool) -> Problem | None:
    """Why the words behind a value may belong to it, where they do not belong to another field.

    `is_apart`: a space stands between the key and the value, as in `Status: resolved orders vanish`.
    """
    if is_apart and row.element in _PROSE_TOO:
        words = quoted(f"{key}: {value}")
        message = f"{words} may be the {row.label.lower()}, or the beginning of the summary. I took it for the first."
    elif row.element == "hours" and _MORE_HOURS.match(behind):
        message = f"{row.label} may be more than {quoted(value)}. Write one number, such as 2.5."
    else:
        return None
    return Problem(field=row.name, code="doubtful", message=message)


@dataclass
class ValueReader:
    """Turns what was typed for a field into its wire form. Raises `InvalidInput`."""

    at: datetime
    zone: tzinfo | None
    directory: Directory
    people: Callable[[str], Sequence[Person]]
    ticket_id: Callable[[int], UUID | None]
    queues: Collection[str] | None
    elsewhere_id: Callable[[str], UUID | None] = lambda _: None

    def knows(self, row: TicketField, text: str) -> bool:
        if row.element == "queue" and self.queues is None:
            return bool(text) and not any(map(str.isspace, text))
        return bool(text and self.called(row, text, {}))

    def near(self, row: TicketField, text: str) -> str | None:
        match row.element:
            case "choice":
                wanted = squashed(text)
                begun = (value for name, value in _CHOICES[row.name].items() if name.startswith(wanted))
                return next(begun, None) or _near_choice(row.name, wanted)
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

    @property
    def _queues(self) -> Mapping[str, str]:
        return _by_folded(tuple(self.queues or ()))

    def one(self, row: TicketField, texts: Sequence[str], fields: Mapping[str, JsonValue]) -> JsonValue:
        """The value that all texts agree on. `fields` are those already read."""
        if row.name == "summary":
            return " ".join(filter(None, texts)).strip(" ,;") or None
        values = [self._value(row, text, fields) for text in texts]
        if len(values) > 1 and values.count(values[0]) < len(values):
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
        if numbered := _NUMBER.fullmatch(text):
            number = int(numbered[1])
            if found := self.ticket_id(number):
                return str(found)
            raise _refused(field, code="unknown_ticket", message=f"There is no ticket T-{number}.")
        if "/" in text and (elsewhere := named(text)):
            name = f"{elsewhere[0]}/T-{elsewhere[1]}"
            if found := self.elsewhere_id(name):
                return str(found)
            raise _refused(
                field, code="unknown_ticket", message=f"There is no ticket {name} that you can see."
            )
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
    meant = None if begun else _near_choice(row.name, wanted)
    hint = f" Did you mean {choice(meant).lower()}?" if meant else ""
    wanted_one = listed(begun or list(CHOICES[row.name]))
    message = f"{row.label} must be {wanted_one}, not {quoted(text)}.{hint}"
    raise InvalidInput([Problem(field=row.name, code="not_a_choice", message=message, meant=meant)])


def _choices(row: TicketField) -> Mapping[str, str]:
    """The values that a field can hold, by what they are called."""
    return _CALLED.get(row.name, {})


@lru_cache(maxsize=64)  # asked twice of a word: whether there is one, and which
def _near_choice(field: str, wanted: str) -> str | None:
    return _near(wanted, _CALLED.get(field, {}))


@lru_cache(maxsize=1024)  # the queues of each workspace
def _by_folded(names: tuple[str, ...]) -> Mapping[str, str]:
    return {folded(name): name for name in names}


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
