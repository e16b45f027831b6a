"""A typed line -> contract fields: `Printer down customer:acme !high @ana #network due:tomorrow 5pm`.

A field that is given twice must say the same. Where words might mean something else, the best reading is among the
fields, and a problem says what else it might be.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import NamedTuple
from uuid import UUID

from pydantic import JsonValue

from bot.domain.characters import visible
from bot.domain.contract import REQUIRED, USUAL
from bot.domain.directory import Directory
from bot.domain.errors import InvalidInput, Problem
from bot.domain.fields import KIND_OF, TICKET_FIELDS, TicketField
from bot.domain.line import LinePart, TypedLine
from bot.domain.lookup import Lookup
from bot.domain.people import Person
from bot.domain.values import ValueReader
from bot.domain.words import quoted

_OF_A_QUEUE = re.compile(r"[#＃]|q[\w-]{0,12}[:：]", re.IGNORECASE)
_RELATED = re.compile(r"(?<![\w-])related[\w-]*:\s*[\"'“]?(?:t-?|#)?(\d{1,9})\b", re.IGNORECASE)
_UNREAD = Directory()


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


class _Asked:
    """Knows what needs no look-up, and keeps the names of items that it is asked for: by field and name, each once."""

    def __init__(self, reader: ValueReader) -> None:
        self.names: dict[tuple[str, str], None] = {}
        self._reader = reader

    def knows(self, row: TicketField, text: str) -> bool:
        if row.kind is None:
            return self._reader.knows(row, text)
        if text.strip():
            self.names[row.name, text] = None
        return False

    def near(self, row: TicketField, text: str) -> str | None:
        return self._reader.near(row, text)


class LineReader:
    """Reads what somebody in `zone` typed; mentions come as `@U123`. Never raises.

    Of the directory only the names are needed that the line may have: its `lookups` say which, and `phrase` reads the line
    with what they found. `people` finds persons by any of their names, those who have left included; `ticket_id` a
    ticket's id by its number, `elsewhere_id` that of another workspace's by its name. `queues` are those that are set up:
    `#name` is none but these. With None, any is one.
    """

    def __init__(  # noqa: PLR0913  (what there is to look things up with)
        self,
        text: str,
        *,
        now: datetime,
        zone: tzinfo | None,
        people: Callable[[str], Sequence[Person]],
        ticket_id: Callable[[int], UUID | None],
        queues: Collection[str] | None = (),
        elsewhere_id: Callable[[str], UUID | None] = lambda _: None,
    ) -> None:
        self._text = visible(text.encode(errors="replace").decode())
        self._reader = ValueReader(now, zone, _UNREAD, people, ticket_id, queues, elsewhere_id)
        asked = _Asked(self._reader)
        self._asked, self._line = asked.names, TypedLine(self._text, asked)
        self._parts = [*self._line.parts()]
        typed = [(part.field, part.value) for part in self._parts if part.field in KIND_OF]
        typed += [(row.name, self._line.named(row, start)[0]) for row, start in self._line.prose if row.kind]
        self.lookups = [Lookup(KIND_OF[field], text, "typed") for field, text in typed if text.strip()]
        self.lookups += [Lookup(KIND_OF[field], text, "name") for field, text in self._asked]

    def phrase(self, directory: Directory, within: Mapping[str, JsonValue] | None = None) -> Phrase:
        """What the line says. `directory` has what its `lookups` found. Where several are called so, that is meant which
        belongs to the customer and the site of these fields: those of the channel, say."""
        reader = self._reader
        reader.directory = directory
        line, parts = self._line, self._parts
        if line.prose or (self._asked and self._has_other_names(reader)):
            line = TypedLine(self._text, reader)
            parts = [*line.parts()]
        typed: dict[str, list[LinePart]] = {}
        for part in parts:
            typed.setdefault(part.field, []).append(part)
        reading = _Reading(reader, within or {})
        for field, row in TICKET_FIELDS.items():  # the customer narrows its sites, and so on
            if field in typed:
                reading.read(row, typed[field])
        return reading.phrase(line)

    def _has_other_names(self, reader: ValueReader) -> bool:
        """Whether a name is known that is longer or shorter than the words that were taken for one."""
        taken = {(part.field, part.value) for part in self._parts}
        return any(
            (field, text) not in taken and reader.knows(TICKET_FIELDS[field], text)
            for field, text in self._asked
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

    def __init__(self, reader: ValueReader, within: Mapping[str, JsonValue]) -> None:
        self._reader = reader
        self._within = within
        self._fields: dict[str, JsonValue] = {}
        self._problems: list[Problem] = []
        self._raw: dict[str, str] = {}

    def read(self, row: TicketField, parts: Sequence[LinePart]) -> None:
        """Takes what was typed for a field."""
        problems = [part.problem for part in parts if part.problem]
        is_faulty = bool(problems) and self._take_doubts(row, problems)
        if not problems or _UNREADABLE.isdisjoint(problem.code for problem in problems):
            try:
                self._fields[row.name] = self._one(row, [part.value for part in parts])
            except InvalidInput as invalid:
                self._take_what_was_meant(row, invalid.problems, is_faulty=is_faulty)
                is_faulty = True
            else:
                is_faulty = self._also_shorter(row, parts) or is_faulty
        if is_faulty:
            self._raw[row.name] = " ".join(part.value for part in parts)

    def _one(self, row: TicketField, values: Sequence[str]) -> JsonValue:
        try:
            return self._reader.one(row, values, self._fields)
        except InvalidInput as invalid:
            if row.kind and self._within and invalid.problems[0].code == "ambiguous_name":
                with suppress(InvalidInput):
                    return self._reader.one(row, values, {**self._within, **self._fields})
            raise

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
            is_needed = row.name in REQUIRED and row.name not in USUAL
            if is_needed and whole.get(row.name) is None and row.name not in self._raw:
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
