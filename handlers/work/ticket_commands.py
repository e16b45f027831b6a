"""Working a ticket by typing.

ana: /ticket resolve T-42 Replaced the toner          -> at once, and its card answers
ana: /ticket resolve T-42                             -> the form asks what was done
ana: /ticket status T-42 on hold waiting for parts    -> on hold, with the reason
"""

from collections.abc import Iterator
from typing import NoReturn

from pydantic import JsonValue

from bot.domain.errors import InvalidInput, Problem
from bot.domain.fields import TICKET_FIELDS
from bot.domain.lifecycle import step_to
from bot.domain.steps import STEPS, Step
from bot.domain.ticket import Ticket
from bot.domain.ticket_commands import TicketCommand, command_of, status_of
from handlers.blocks import card
from handlers.slack.actors import command_request
from handlers.slack.context import Visit
from handlers.slack.journey import Subcommand
from handlers.slack.payloads import SlashCommand
from handlers.slack.response import Response
from handlers.tickets import open_history, read_typed
from handlers.work import assign, step_form, triage
from handlers.work.steps import undone


async def run_command(visit: Visit, command: SlashCommand, typed: TicketCommand) -> Response:
    """What somebody typed about a ticket: at once where it says all that is needed, else a form, or its card."""
    number, rest = typed.number, typed.rest
    match typed.step:
        case "history":
            return await open_history(visit, command, number)
        case "triage":
            return await triage.open_triage_form(visit, command, number)
        case "undo":
            request = command_request(visit, command)
            return Response(
                await undone(visit, await visit.tools.steps.undo(visit.workspace, number, request))
            )
        case "status":
            return await _put(visit, command, number, rest)
        case step:
            return await _stepped(visit, command, number, STEPS[step], rest)


async def _assigned(visit: Visit, command: SlashCommand, number: int, rest: str) -> Response:
    if not rest:
        return await assign.open_assign_form(visit, command, number)
    return await _answered(visit, await assign.assign_typed(visit, command, number, rest))


async def _put(visit: Visit, command: SlashCommand, number: int, rest: str) -> Response:
    """`/ticket status T-42 in progress`: by the step that leads there."""
    ticket = await visit.tools.tickets.ticket(visit.workspace, visit.actor, number, to=STEPS["status"].action)
    status, rest = status_of(rest)
    if status:
        return await _stepped(visit, command, number, STEPS[step_to(ticket, status)], rest)
    if rest:
        words = f"There is no such status. Try `/ticket status T-{number} in progress`, on hold, resolved or closed."
        _refuse("status", "not_a_choice", words)
    return await _answered(visit, ticket)


async def _stepped(visit: Visit, command: SlashCommand, number: int, step: Step, rest: str) -> Response:
    """Words behind a step are what it asks for; where it asks for nothing, a private note."""
    if step.name == "assign":
        return await _assigned(visit, command, number, rest)
    if step.asks and not (step.behind and rest):
        return await step_form.open_step_form(visit, command, number, step)
    await visit.tools.tickets.ticket(
        visit.workspace, visit.actor, number, to=step.action
    )  # before it is read
    behind = step.behind
    fields = {behind: await _value(visit, behind, rest)} if behind in step.takes else {}
    request = command_request(visit, command, note=None if fields else rest or None)
    ticket = await visit.tools.steps.take(visit.workspace, number, step.name, fields, request)
    return await _answered(visit, ticket)


async def _value(visit: Visit, field: str, words: str) -> JsonValue:
    """What words mean for a field: as a line would have them, where the field is one of a line."""
    keys = TICKET_FIELDS[field].keys
    if not keys:
        return words
    phrase = await read_typed(visit, f'{keys[0]}:"{words}"')
    if phrase.problems:
        raise InvalidInput(phrase.problems)
    return phrase.fields[field]


async def _answered(visit: Visit, ticket: Ticket) -> Response:
    """The ticket's card, for the person who typed. Others see the change on their own cards."""
    return Response(card.card(ticket, await visit.tools.tickets.directory(visit.workspace, visit.actor)))


def _refuse(field: str, code: str, words: str) -> NoReturn:
    raise InvalidInput([Problem(field=field, code=code, message=words)])


def _subcommand(word: str, step: Step) -> Subcommand:
    async def follow(visit: Visit, command: SlashCommand, rest: str) -> Response | None:
        typed = command_of(f"{word} {rest}")
        return await run_command(visit, command, typed) if typed else None

    return Subcommand(word, step.usage, follow)


def subcommands() -> Iterator[Subcommand]:
    """One for each word that names a step."""
    for step in STEPS.values():
        for word in step.words:
            yield _subcommand(word, step)
