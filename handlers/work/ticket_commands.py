"""Working a ticket by typing.

ana: /ticket resolve T-42 Replaced the toner          -> at once, and its card answers
ana: /ticket resolve T-42                             -> the form asks what was done
ana: /ticket status T-42 on hold waiting for parts    -> on hold, with the reason
"""

from typing import NoReturn

from bot.domain.errors import InvalidInput, Problem
from bot.domain.lifecycle import Step, step_to
from bot.domain.ticket import Ticket
from bot.domain.ticket_commands import TicketCommand, status_of
from bot.domain.workspace import Workspace
from handlers.blocks import card
from handlers.slack.actors import actor_of, by_command
from handlers.slack.payloads import SlashCommand
from handlers.slack.response import Answer, Tools
from handlers.tickets import create, history
from handlers.work import assign, triage
from handlers.work import steps as work

_HOLDS_AND_RESOLVES = {"hold": "holdReason", "resolve": "resolution"}


async def followed(tools: Tools, workspace: Workspace, command: SlashCommand, order: TicketCommand) -> Answer:
    """What somebody typed about a ticket: at once where it says all that is needed, else a form, or its card."""
    number, rest = order.number, order.rest
    match order.verb:
        case "history":
            return await history.opened(tools, workspace, command, number)
        case "triage":
            return await triage.opened(tools, workspace, command, number)
        case "edit":
            return await work.form_opened(tools, workspace, command, number, "edit")
        case "note" | "link" if not rest:
            return await work.form_opened(tools, workspace, command, number, order.verb)
        case "note":
            by = await by_command(tools, workspace, command, note=rest)
            ticket = await tools.work.edit(workspace, number, "noted", {}, by)
        case "link":
            fields = {"relatedTicketId": await _other(tools, workspace, command, rest)}
            by = await by_command(tools, workspace, command)
            ticket = await tools.work.edit(workspace, number, "linked", fields, by)
        case "assign":
            return await _assigned(tools, workspace, command, number, rest)
        case "status":
            return await _put(tools, workspace, command, number, rest)
        case step:
            return await _stepped(tools, workspace, command, number, step, rest)
    return await _answered(tools, workspace, ticket)


async def _assigned(
    tools: Tools, workspace: Workspace, command: SlashCommand, number: int, rest: str
) -> Answer:
    if not rest:
        return await assign.opened(tools, workspace, command, number)
    return await _answered(tools, workspace, await assign.typed(tools, workspace, command, number, rest))


async def _put(tools: Tools, workspace: Workspace, command: SlashCommand, number: int, rest: str) -> Answer:
    """`/ticket status T-42 in progress`: by the step that leads there."""
    actor = await actor_of(tools, workspace, command)
    ticket = await tools.work.ticket_for(workspace, number, "see", actor)
    status, rest = status_of(rest)
    if status:
        return await _stepped(tools, workspace, command, number, step_to(ticket, status), rest)
    if rest:
        words = f"There is no such status. Try `/ticket status T-{number} in progress`, on hold, resolved or closed."
        _refuse("status", "not_a_choice", words)
    return await _answered(tools, workspace, ticket)


async def _stepped(
    tools: Tools, workspace: Workspace, command: SlashCommand, number: int, step: Step, rest: str
) -> Answer:
    """Words behind a step are what it asks for; where it asks for nothing, a private note."""
    match step:
        case "hold" | "resolve" if not rest:
            return await work.form_opened(tools, workspace, command, number, step)
        case "hold" | "resolve":
            fields = {_HOLDS_AND_RESOLVES[step]: rest}
            by = await by_command(tools, workspace, command)
        case "assign":
            return await _assigned(tools, workspace, command, number, rest)
        case _:
            fields = {}
            by = await by_command(tools, workspace, command, note=rest or None)
    return await _answered(tools, workspace, await tools.work.step(workspace, number, step, fields, by))


async def _other(tools: Tools, workspace: Workspace, command: SlashCommand, rest: str) -> str:
    """The ID of the ticket that a number names."""
    phrase = await create.read(tools, workspace, command.actor, f'related:"{rest}"')
    if phrase.problems:
        raise InvalidInput(phrase.problems)
    return str(phrase.fields["relatedTicketId"])


async def _answered(tools: Tools, workspace: Workspace, ticket: Ticket) -> Answer:
    """The ticket's card, for whoever typed: others see it on theirs."""
    return Answer(card.card(ticket, await tools.desk.directory(workspace)))


def _refuse(field: str, code: str, words: str) -> NoReturn:
    raise InvalidInput([Problem(field=field, code=code, message=words)])
