"""Working a ticket from its card.

ana: (presses “Assign to me”)        -> T-1 is hers; whoever presses next is told so
ana: (presses “Start”)               -> it is in progress, on every card
ben: (presses “⋯”, “Private note”)   -> “That is for agents.”, which only Ben sees
"""

from collections.abc import Awaitable, Callable, Mapping

from bot.domain.lookup import ids_of
from bot.domain.steps import STEPS, Step, StepName, named
from bot.domain.ticket import Ticket
from handlers.blocks import card, notice, saved
from handlers.blocks.kit import Message
from handlers.home import redraw
from handlers.reminders import open_reminder_form
from handlers.sharing import open_share_form
from handlers.slack import ids
from handlers.slack.actors import home_offset, press_request, ticket_number, update_view
from handlers.slack.context import Visit
from handlers.slack.payload_fields import number_in
from handlers.slack.payloads import BlockActions, ViewSubmission
from handlers.slack.response import ReplyInThread, Respond, Response
from handlers.tickets import (
    FormMeta,
    keepable,
    nonce_after,
    open_correction,
    open_history,
    open_ticket,
    refreshed,
    save_correction,
)
from handlers.work import step_form

_OPENS: Mapping[StepName, Callable[[Visit, BlockActions, int], Awaitable[Response]]] = {
    "show": open_ticket,
    "history": open_history,
    "remind": open_reminder_form,
    "share": open_share_form,
}
"""The steps that only open a view."""


async def on_claim(visit: Visit, press: BlockActions) -> Response:
    """“Assign to me”."""
    return await _claimed(visit, press, ticket_number(press))


async def on_step(visit: Visit, press: BlockActions) -> Response:
    """A step's button: at once, or a form for what the step asks for."""
    step = named(press.actions[0].action_id.partition(":")[2])
    return await _stepped(visit, press, ticket_number(press), step)


def step_opens(press: BlockActions) -> bool:
    """Whether a step's button opens a view, and changes nothing yet."""
    return _opens(press.actions[0].action_id.partition(":")[2])


def more_opens(press: BlockActions) -> bool:
    option = press.actions[0].selected_option
    return _opens((option.value if option else "").partition(":")[0])


def _opens(name: str) -> bool:
    step = next((each for each in STEPS.values() if each.name == name), None)
    return step is not None and (step.name in _OPENS or (step.name != "edit" and step.asks))


async def on_more(visit: Visit, press: BlockActions) -> Response:
    """“⋯”: its options carry what and the ticket's number."""
    option = press.actions[0].selected_option
    what, _, number = (option.value if option else "").partition(":")
    return await _stepped(visit, press, number_in(number), named(what))


async def _stepped(visit: Visit, press: BlockActions, number: int, step: Step) -> Response:
    if opens := _OPENS.get(step.name):
        return await opens(visit, press, number)
    match step.name:
        case "claim":
            return await _claimed(visit, press, number)
        case "withdraw":
            return await _withdrawn(visit, press, number)
        case "undo":
            return await _undone(visit, press, number)
        case "edit":
            return await _edit(visit, press, number)
    if step.asks:
        return await step_form.open_step_form(visit, press, number, step)
    request = press_request(visit, press)
    ticket = await visit.tools.steps.take(visit.workspace, number, step.name, {}, request)
    return await _refresh_own(visit, press, ticket)


async def _claimed(visit: Visit, press: BlockActions, number: int) -> Response:
    ticket = await visit.tools.steps.claim(visit.workspace, number, press_request(visit, press))
    return await _refresh_own(visit, press, ticket)


async def _withdrawn(visit: Visit, press: BlockActions, number: int) -> Response:
    """The way back stands on the card, where it lasts."""
    ticket = await visit.tools.steps.withdraw(visit.workspace, number, press_request(visit, press))
    return await _refresh_own(visit, press, ticket)


async def _undone(visit: Visit, press: BlockActions, number: int) -> Response:
    """“Undo” of a ticket that was a slip: what was typed is offered again, in the place of its confirmation."""
    told = await undone(
        visit, await visit.tools.steps.undo(visit.workspace, number, press_request(visit, press))
    )
    if not press.response_url:
        offset = home_offset(press)
        return await refreshed(visit, press, number) if offset is None else await redraw(visit, offset)
    if press.container.is_ephemeral:
        return Response(follow_ups=(Respond(press.response_url, told),))
    return Response(follow_ups=(ReplyInThread(press.response_url, told, press.container.thread_ts),))


async def undone(visit: Visit, ticket: Ticket) -> Message:
    """What whoever undid a ticket hears."""
    line = ticket.origin.line
    again = await keepable(visit, line) if line else ""
    return saved.undone(ticket, again=again, nonce=nonce_after(ticket))


async def _edit(visit: Visit, press: BlockActions, number: int) -> Response:
    """All fields for whoever just made it, else summary and description."""
    is_confirmation = press.actions[0].action_id == f"{ids.STEP}:edit"  # on cards it stands behind “⋯”
    url = press.response_url if is_confirmation else None
    whole = await open_correction(visit, press, number, confirmed_on=url)
    return whole or await step_form.open_step_form(visit, press, number, STEPS["edit"])


async def on_correction(visit: Visit, submission: ViewSubmission) -> Response:
    """“Save” of the form with all fields."""
    saved = await save_correction(visit, submission)
    offset = FormMeta.model_validate_json(submission.view.private_metadata).home
    return saved if saved.body or offset is None else await redraw(visit, offset)


async def on_undo(visit: Visit, press: BlockActions) -> Response:
    """“Undo”, for ten minutes after “Not a ticket”, and “Bring it back” after “Undo”. A card is drawn by the courier."""
    request = press_request(visit, press)
    ticket = await visit.tools.steps.restore(visit.workspace, ticket_number(press), request)
    if press.view and press.view.callback_id == ids.NOTICE:
        return update_view(press, notice.restored_view(ticket))
    if press.view or not (press.container.is_ephemeral and press.response_url):
        return await _refresh_own(visit, press, ticket)
    return Response(follow_ups=(Respond(press.response_url, notice.restored(ticket)),))


async def _refresh_own(visit: Visit, press: BlockActions, ticket: Ticket) -> Response:
    """Cards are brought up to date by the courier; one that only its reader sees, by its response_url."""
    if (offset := home_offset(press)) is not None:
        return await redraw(visit, offset)
    if press.view:
        return await refreshed(visit, press, ticket.number)
    if not (press.container.is_ephemeral and press.response_url):
        return Response()
    directory = await visit.tools.tickets.directory(visit.workspace, visit.actor, ids_of(ticket))
    shown = card.card(ticket, directory)
    return Response(follow_ups=(Respond(press.response_url, shown),))
