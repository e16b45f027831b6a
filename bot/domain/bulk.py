"""What can be done to several tickets at once: one row for each choice, and the steps it takes for each ticket."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pydantic import JsonValue

from bot.domain.errors import InvalidInput, NotFound, Problem
from bot.domain.permissions import Actor
from bot.domain.steps import StepName
from bot.domain.ticket import Ticket
from bot.domain.words import listed, quoted


class BulkChoice(NamedTuple):
    """A choice of the form of picked tickets. `name` is what the form sends, `words` what stands there, `done` what
    is said of the tickets afterwards.

    `field` is the input that goes with it, under `label`; `asks` is said there where it is needed and empty.
    """

    name: str
    words: str
    done: str
    step: StepName
    field: str
    label: str
    asks: str


BULK_CHOICES: Mapping[str, BulkChoice] = {
    row.name: row
    for row in (
        BulkChoice(
            "assign",
            "Assign to a person",
            "assigned",
            "assign",
            "assignedUserId",
            "Person",
            "Choose a person.",
        ),
        BulkChoice("move", "Move to a queue", "moved", "assign", "assignedQueue", "Queue", "Choose a queue."),
        BulkChoice(
            "close",
            "Close",
            "closed",
            "close",
            "resolution",
            "What was done about them",
            "Say what was done about them.",
        ),
    )
}


def may_pick(actor: Actor) -> bool:
    """Whether somebody is offered to pick several tickets. Each of them has its own rights after all."""
    return actor.is_agent


def choice_of(name: str) -> BulkChoice:
    """The choice that a form sends. Raises NotFound."""
    if choice := BULK_CHOICES.get(name):
        return choice
    raise NotFound(f"There is nothing called {quoted(name)} that can be done to several tickets.")


def require_value(choice: BulkChoice, value: JsonValue, tickets: Sequence[Ticket]) -> None:
    """Raises InvalidInput where a choice needs more to be said. What is resolved already is closed without it."""
    unresolved = [ticket.name for ticket in tickets if ticket.is_open]
    if str(value or "").strip() or (choice.step == "close" and not unresolved):
        return
    words = choice.asks
    if choice.step == "close":
        words += f" {listed(unresolved, 'and')} {'is' if len(unresolved) == 1 else 'are'} not resolved yet."
    raise InvalidInput([Problem(field=choice.field, code="missing", message=words)])


def steps_of(
    choice: BulkChoice, ticket: Ticket, value: JsonValue
) -> Sequence[tuple[StepName, dict[str, JsonValue]]]:
    """The steps that a choice takes for a ticket, with their fields. What is closed is resolved before."""
    if choice.step != "close":
        return [(choice.step, {choice.field: value})]
    resolving: list[tuple[StepName, dict[str, JsonValue]]] = [("resolve", {choice.field: value})]
    return [*(resolving if ticket.is_open and value else []), ("close", {})]
