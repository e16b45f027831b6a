"""Triage: what somebody finds out about a ticket before anybody works it.

ana: (presses “Triage”, makes it critical, “Accept”)          -> one entry of its history
ana: (the same form, “Duplicate”, T-7)                        -> closed, and Ben is told of it
ana: (the form, “Not a ticket”, as its choice)                -> withdrawn, and “Undo” for ten minutes
chloe: (a message of its thread: “Triage ticket”)             -> the same form
"""

from dataclasses import replace

from bot.domain.steps import STEPS
from handlers.blocks import notice
from handlers.slack.actors import Opener, press_request, ticket_number, update_view
from handlers.slack.context import Visit
from handlers.slack.message_payloads import MessageShortcut
from handlers.slack.payload_fields import fields_of
from handlers.slack.payloads import BlockActions
from handlers.slack.response import Response
from handlers.work import step_form
from handlers.work.from_message import open_for_message


async def on_press(visit: Visit, press: BlockActions) -> Response:
    return await open_triage_form(visit, press, ticket_number(press))


async def on_message_shortcut(visit: Visit, shortcut: MessageShortcut) -> Response:
    """“Triage ticket” on a card, on the message that became a ticket, or on any message of its thread."""
    return await open_for_message(visit, shortcut, open_triage_form)


async def open_triage_form(visit: Visit, opener: Opener, number: int) -> Response:
    return await step_form.open_step_form(visit, opener, number, STEPS["triage"])


async def on_not_a_ticket(visit: Visit, press: BlockActions) -> Response:
    """“Not a ticket” as a button, of forms that were opened before it was a choice: triage notes that were typed before it
    become its note."""
    if press.view is None:
        return Response()
    meta, step = step_form.of_view(press.view)
    request = press_request(visit, press)
    ticket = await visit.tools.tickets.ticket(visit.workspace, visit.actor, meta.number, to=step.action)
    typed = await step_form.edited(visit, fields_of(press.view.state), ticket, meta.version, ["triageNotes"])
    note = str(typed.get("triageNotes") or "").strip() or None
    gone = await visit.tools.steps.withdraw(visit.workspace, meta.number, replace(request, note=note))
    return update_view(press, notice.withdrawn_view(gone))
