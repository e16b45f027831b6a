"""Assigning a ticket: to a person or to a queue, with a note for the one who gets it.

ana: (presses “Assign…”, chooses Ben, “Assign”)           -> Ben gets its card, in a direct message
chloe: /ticket assign T-1 @ana look at the fuser first    -> at once, and the words are a private note
chloe: /ticket assign T-1 #network                        -> nobody's for now, in the queue
"""

from dataclasses import replace

from bot.domain.errors import InvalidInput, Problem
from bot.domain.steps import STEPS
from bot.domain.ticket import Ticket
from handlers.slack.actors import Opener, command_request, ticket_number
from handlers.slack.context import Visit
from handlers.slack.payloads import BlockActions, MessageShortcut, SlashCommand
from handlers.slack.response import Response
from handlers.tickets import read_typed
from handlers.work import step_form
from handlers.work.from_message import open_for_message


async def on_press(visit: Visit, press: BlockActions) -> Response:
    return await open_assign_form(visit, press, ticket_number(press))


async def on_message_shortcut(visit: Visit, shortcut: MessageShortcut) -> Response:
    """“Assign ticket” on a card, on the message that became a ticket, or on any message of its thread."""
    return await open_for_message(visit, shortcut, open_assign_form)


async def open_assign_form(visit: Visit, opener: Opener, number: int) -> Response:
    return await step_form.open_step_form(visit, opener, number, STEPS["assign"])


async def assign_typed(visit: Visit, command: SlashCommand, number: int, words: str) -> Ticket:
    """What follows `/ticket assign T-42`: `me`, `nobody`, a person, a queue; other words are a private note."""
    whom, _, rest = words.partition(" ")
    request = command_request(visit, command, note=rest.strip() or None)
    match whom.casefold():
        case "me":
            mine = {"assignedUserId": command.actor}
            return await visit.tools.steps.take(visit.workspace, number, "assign", mine, request)
        case "nobody" | "none":
            return await visit.tools.steps.take(visit.workspace, number, "unassign", {}, request)
    phrase = await read_typed(visit, words, any_queue=True)
    if phrase.problems:
        raise InvalidInput(phrase.problems)
    fields = {name: phrase.fields[name] for name in STEPS["assign"].takes if name in phrase.fields}
    if not fields:
        asked = f"Say who gets T-{number}: @someone, #queue, me or nobody."
        raise InvalidInput([Problem(field="assignedUserId", code="missing", message=asked)])
    fields.setdefault("assignedUserId", None)  # handed to a queue, it is nobody's there yet
    note = str(phrase.fields.get("summary") or "").strip() or None
    return await visit.tools.steps.take(
        visit.workspace, number, "assign", fields, replace(request, note=note)
    )
