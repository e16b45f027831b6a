"""Assigning a ticket: to a person or to a queue, with a note for the one who gets it.

ana: (presses “Assign…”, chooses Ben, “Assign”)           -> Ben gets its card, in a direct message
chloe: /ticket assign T-1 @ana look at the fuser first    -> at once, and the words are a private note
chloe: /ticket assign T-1 #network                        -> nobody's for now, in the queue
"""

from pydantic import JsonValue

from bot.domain.errors import InvalidInput, Problem
from bot.domain.step_words import whom
from bot.domain.steps import STEPS
from handlers.slack.actors import Opener, ticket_number
from handlers.slack.context import Visit
from handlers.slack.message_payloads import MessageShortcut
from handlers.slack.payloads import BlockActions
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


async def read_whom(visit: Visit, words: str) -> tuple[dict[str, JsonValue], str]:
    """What follows `/ticket assign T-42`: who gets it, as fields, and a private note as it was typed. Nobody is a None."""
    named, note = whom(words, visit.people.remembered)
    match named.casefold():
        case "me":
            return {"assignedUserId": visit.actor.user}, note
        case "nobody" | "none":
            return {"assignedUserId": None}, note
    phrase = await read_typed(visit, named, any_queue=True)
    if phrase.problems:
        raise InvalidInput(phrase.problems)
    fields = {name: phrase.fields[name] for name in STEPS["assign"].takes if name in phrase.fields}
    if not fields:
        asked = "Say who gets it: @someone, #queue, me or nobody."
        raise InvalidInput([Problem(field="assignedUserId", code="missing", message=asked)])
    return {"assignedUserId": None, **fields}, note  # handed to a queue, it is nobody's there yet
