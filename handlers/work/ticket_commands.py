"""Working a ticket by typing.

ana: /ticket resolve T-42 Replaced the toner          -> at once, and its card answers
ana: /ticket resolve T-42                             -> the form asks what was done
ana: /ticket status T-42 on hold waiting for parts    -> on hold, with the reason
"""

from typing import NoReturn

from bot.domain.errors import InvalidInput, Problem
from bot.domain.lifecycle import Step, step_to
from bot.domain.ticket import Ticket
from bot.domain.ticket_commands import VERBS, TicketCommand, Verb, command_of, status_of
from handlers.blocks import card, notice
from handlers.slack.actors import by_command
from handlers.slack.context import Visit
from handlers.slack.journey import Subcommand
from handlers.slack.payloads import SlashCommand
from handlers.slack.response import Response
from handlers.tickets import create, history
from handlers.work import assign, triage
from handlers.work import steps as work

_HOLDS_AND_RESOLVES = {"hold": "holdReason", "resolve": "resolution"}


async def followed(visit: Visit, command: SlashCommand, order: TicketCommand) -> Response:
    """What somebody typed about a ticket: at once where it says all that is needed, else a form, or its card."""
    number, rest = order.number, order.rest
    match order.verb:
        case "history":
            return await history.opened(visit, command, number)
        case "triage":
            return await triage.opened(visit, command, number)
        case "edit":
            return await work.form_opened(visit, command, number, "edit")
        case "note" | "link" if not rest:
            return await work.form_opened(visit, command, number, order.verb)
        case "note":
            by = await by_command(visit, command, note=rest)
            ticket = await visit.tools.work.edit(visit.workspace, number, "noted", {}, by)
        case "link":
            fields = {"relatedTicketId": await _other(visit, command, rest)}
            by = await by_command(visit, command)
            ticket = await visit.tools.work.edit(visit.workspace, number, "linked", fields, by)
        case "assign":
            return await _assigned(visit, command, number, rest)
        case "status":
            return await _put(visit, command, number, rest)
        case step:
            return await _stepped(visit, command, number, step, rest)
    return await _answered(visit, ticket)


async def _assigned(visit: Visit, command: SlashCommand, number: int, rest: str) -> Response:
    if not rest:
        return await assign.opened(visit, command, number)
    return await _answered(visit, await assign.typed(visit, command, number, rest))


async def _put(visit: Visit, command: SlashCommand, number: int, rest: str) -> Response:
    """`/ticket status T-42 in progress`: by the step that leads there."""
    ticket = await visit.tools.work.ticket_for(visit.workspace, number, "see", visit.actor)
    status, rest = status_of(rest)
    if status:
        return await _stepped(visit, command, number, step_to(ticket, status), rest)
    if rest:
        words = f"There is no such status. Try `/ticket status T-{number} in progress`, on hold, resolved or closed."
        _refuse("status", "not_a_choice", words)
    return await _answered(visit, ticket)


async def _stepped(visit: Visit, command: SlashCommand, number: int, step: Step, rest: str) -> Response:
    """Words behind a step are what it asks for; where it asks for nothing, a private note."""
    match step:
        case "hold" | "resolve" if not rest:
            return await work.form_opened(visit, command, number, step)
        case "hold" | "resolve":
            fields = {_HOLDS_AND_RESOLVES[step]: rest}
            by = await by_command(visit, command)
        case "assign":
            return await _assigned(visit, command, number, rest)
        case _:
            fields = {}
            by = await by_command(visit, command, note=rest or None)
    return await _answered(visit, await visit.tools.work.step(visit.workspace, number, step, fields, by))


async def _other(visit: Visit, command: SlashCommand, rest: str) -> str:
    """The ID of the ticket that a number names."""
    phrase = await create.read(visit, command.actor, f'related:"{rest}"')
    if phrase.problems:
        raise InvalidInput(phrase.problems)
    return str(phrase.fields["relatedTicketId"])


async def _answered(visit: Visit, ticket: Ticket) -> Response:
    """The ticket's card, for whoever typed: others see it on theirs."""
    return Response(card.card(ticket, await visit.tools.desk.directory(visit.workspace)))


def _refuse(field: str, code: str, words: str) -> NoReturn:
    raise InvalidInput([Problem(field=field, code=code, message=words)])


def _subcommand(verb: Verb) -> Subcommand:
    async def follow(visit: Visit, command: SlashCommand, rest: str) -> Response | None:
        typed = command_of(f"{verb} {rest}")
        return await followed(visit, command, typed) if typed else None

    return Subcommand(verb, notice.TAKES[verb], follow)


SUBCOMMANDS = tuple(_subcommand(verb) for verb in VERBS)
