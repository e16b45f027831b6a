"""The words behind a typed step and its tickets: which fields they set, and what is a note."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from pydantic import JsonValue

from bot.domain.due import due_end
from bot.domain.errors import InvalidInput, Problem
from bot.domain.fields import TICKET_FIELDS
from bot.domain.lifecycle import step_to
from bot.domain.step_words import first_choice, status_of, until_meant, until_of
from bot.domain.steps import STEPS, Step
from bot.domain.ticket import Ticket
from handlers.slack.context import Visit
from handlers.tickets import read_typed
from handlers.work.assign import read_whom


@dataclass(frozen=True, slots=True)
class StepWords:
    """`fields` in wire form. `text` is what is said to others, `note` what only agents read; both as they were typed.
    `asks`: something is needed that the words do not say, so the step's form opens."""

    step: Step
    fields: Mapping[str, JsonValue] = field(default_factory=dict)
    note: str = ""
    text: str = ""
    asks: bool = False

    def for_form(self, ticket: Ticket) -> Mapping[str, JsonValue]:
        """What the form of the step shows of it. A form without a note has the words in its first field, triage in its notes."""
        if not self.note:
            return self.fields
        if self.step.note:
            return {**self.fields, "note": self.note}
        if self.step.name == "triage":
            notes = [ticket.triage_notes, self.note]
            return {**self.fields, "triageNotes": "\n".join(filter(None, notes))}
        return {self.step.takes[0]: self.note, **self.fields}


async def read_words(visit: Visit, step: Step, rest: str) -> StepWords:
    """What somebody says with a step. Raises InvalidInput."""
    if step.behind == "text":
        if not rest:
            message = f"Say it behind the ticket: `/ticket {step.example}`."
            raise InvalidInput([Problem(field=None, code="missing", message=message)])
        return StepWords(step, text=rest)
    fields: dict[str, JsonValue] = {}
    if step.name == "assign" and rest:
        fields, rest = await read_whom(visit, rest)
        if fields == {"assignedUserId": None}:
            return StepWords(STEPS["unassign"], note=rest)
    if step.until and rest:
        now, zone = visit.tools.clock(), visit.people.zone(visit.actor.user)
        until, rest = until_of(step, rest, now=now, zone=zone)
        meant = until or until_meant(rest, now=now, zone=zone)
        fields |= {step.until: meant.isoformat().replace("+00:00", "Z")} if meant else {}
        if meant and not until:  # `hold T-42 2d`, `hold T-42 friday is a holiday`: the form shows both
            has_words = bool(rest[due_end(rest, 0) :].strip(" ,;:.!"))
            return StepWords(step, fields | ({step.behind: rest} if has_words else {}), asks=True)
    if step.behind in step.takes and step.behind not in fields and rest:
        fields[step.behind], rest = await _value(visit, step.behind, rest)
    lacks = [need for need in step.needs if need not in fields and not (need == "note" and rest)]
    asks = bool(step.title) and bool(lacks or (step.takes and not fields))
    return StepWords(step, fields, rest, asks=asks)


async def read_status(visit: Visit, ticket: Ticket, rest: str) -> StepWords:
    """`in progress`: the step that leads there. Raises InvalidInput and NotNow."""
    status, words = status_of(rest)
    if status is None:
        message = f"There is no such status. Try `/ticket status {ticket.name} in progress`, on hold, resolved or closed."
        raise InvalidInput([Problem(field="status", code="not_a_choice", message=message)])
    read = await read_words(visit, STEPS[step_to(ticket, status)], words)
    return replace(read, asks=read.asks and read.step.name != "triage")


async def _value(visit: Visit, name: str, words: str) -> tuple[JsonValue, str]:
    """What words mean for a field, and those that are left: as a line would have it, where it is one of a line."""
    row = TICKET_FIELDS[name]
    if not row.keys:
        return words, ""
    value, rest = first_choice(name, words) if row.element in {"choice", "ticket"} else (words, "")
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    phrase = await read_typed(visit, f'{row.keys[0]}:"{escaped}"')
    if phrase.problems:
        raise InvalidInput(phrase.problems)
    return phrase.fields[name], rest
