"""A typed line -> contract fields: `Printer down customer:acme !high @ana #network due:tomorrow 5pm`.

A field that is given twice must say the same.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from uuid import UUID

from pydantic import JsonValue

from bot.domain.contract import CHOICES, REQUIRED
from bot.domain.directory import Directory
from bot.domain.due import parse_due
from bot.domain.errors import InvalidInput, Problem
from bot.domain.fields import TICKET_FIELDS, TicketField, defaults, label
from bot.domain.line import TypedLine
from bot.domain.names import squashed
from bot.domain.people import Person
from bot.domain.words import listed, quoted

_CHOICES = {field: {squashed(value): value for value in values} for field, values in CHOICES.items()}
_USER_ID = re.compile(r"(?=.*\d)[UW][A-Z0-9]{8,}")  # of somebody who is not known yet
_HOURS = re.compile(r"(\d{1,9}(?:\.\d+|,\d{1,2})?)\s*(?:h|hrs?|hours?)?", re.IGNORECASE | re.ASCII)
_RELATED = re.compile(r"(?<![\w-])related[\w-]*:\s*[\"'“]?(?:t-?|#)?(\d{1,9})\b", re.IGNORECASE)
_NUMBER = re.compile(r"(?:t-?|#)?(\d{1,9})", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class Phrase:
    """What a line was understood to say.

    `fields` are in wire form, ready for `contract.parse`; a field with a problem is not among them, but what was
    typed for it is in `raw`. That required fields are missing is no problem here: `contract.parse` finds it.
    """

    fields: dict[str, JsonValue]
    problems: tuple[Problem, ...]
    raw: dict[str, str]


def read_line(
    text: str,
    *,
    now: datetime,
    zone: tzinfo | None,
    directory: Directory,
    people: Callable[[str], Sequence[Person]],
    ticket_id: Callable[[int], UUID | None],
) -> Phrase:
    """Reads what somebody in `zone` typed; mentions come as `@U123`, channels as `#name`. Never raises.

    `people` finds persons by any of their names, `ticket_id` a ticket's id by its number.
    """
    reader = _Reader(now, zone, directory, people, ticket_id)
    typed: dict[str, list[str]] = {}
    problems: list[Problem] = []
    for part in TypedLine(text.encode(errors="replace").decode()).parts():
        typed.setdefault(part.field, []).append(part.value)
        if part.problem:
            problems.append(part.problem)
    fields: dict[str, JsonValue] = {field: value for field, value in defaults().items() if field in REQUIRED}
    faulty = {problem.field for problem in problems}
    for field, row in TICKET_FIELDS.items():  # the customer narrows its sites, and so on
        if field not in typed or field in faulty:
            continue
        try:
            fields[field] = reader.one(row, typed[field], fields)
        except InvalidInput as invalid:
            problems += invalid.problems
            faulty.add(field)
    whole = directory.complete(fields)
    return Phrase(
        fields={field: value for field, value in whole.items() if value is not None and field not in faulty},
        problems=tuple(problems),
        raw={field: " ".join(values) for field, values in typed.items() if field in faulty},
    )


def related_numbers(text: str) -> set[int]:
    """The numbers of the tickets that a line may name, so that they can be looked up before it is read."""
    return {int(number) for number in _RELATED.findall(text)}


@dataclass(frozen=True, slots=True)
class _Reader:
    """Turns what was typed for a field into its wire form. Raises `InvalidInput`."""

    at: datetime
    zone: tzinfo | None
    directory: Directory
    people: Callable[[str], Sequence[Person]]
    ticket_id: Callable[[int], UUID | None]

    def one(self, row: TicketField, texts: Sequence[str], fields: dict[str, JsonValue]) -> JsonValue:
        """The value that all texts agree on. `fields` are those already read."""
        if row.name == "summary":
            return " ".join(texts).strip(" ,;") or None
        values = [self._value(row, text, fields) for text in texts]
        if values.count(values[0]) < len(values):
            both = listed([quoted(text) for text in dict.fromkeys(texts)], "and")
            message = f"{row.label} is given as {both}. Keep one."
            raise _refused(row.name, code="given_twice", message=message)
        return values[0]

    def _value(self, row: TicketField, text: str, fields: dict[str, JsonValue]) -> JsonValue:
        match row.element:
            case "item":
                return self.directory.resolve(row.name, text, fields)
            case "choice":
                return _choice(row.name, text)
            case "time":
                return parse_due(text, now=self.at, zone=self.zone).isoformat().replace("+00:00", "Z")
            case "person":
                return called(text, self.people)
            case "queue":
                return text.removeprefix(row.sign)
            case "hours":
                return _hours(row.name, text)
            case "ticket":
                return self._ticket(row.name, text)
            case "text":
                return text

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


def _choice(field: str, text: str) -> str:
    """`break-fix`, `Break fix` and `br` are all `break_fix`."""
    wanted, choices = squashed(text), _CHOICES[field]
    if wanted in choices:
        return choices[wanted]
    begun = [value for name, value in choices.items() if name.startswith(wanted)]
    if len(begun) == 1:
        return begun[0]
    wanted_one = listed(begun or list(CHOICES[field]))
    raise _refused(
        field, code="not_a_choice", message=f"{label(field)} must be {wanted_one}, not {quoted(text)}."
    )


def _hours(field: str, text: str) -> float:
    if read := _HOURS.fullmatch(text):
        return float(read[1].replace(",", "."))
    message = f"{label(field)} must be a number, such as 2.5, not {quoted(text)}."
    raise _refused(field, code="not_a_number", message=message)


def _refused(field: str, *, code: str, message: str) -> InvalidInput:
    return InvalidInput([Problem(field=field, code=code, message=message)])
