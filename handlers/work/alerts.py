"""What somebody says to a warning or a page, by a button of the message that tells them of it.

emil: I'm on it      -> nobody else is paged, and T-1 is his where nobody had it
ana: I'm on it       -> “@emil is on T-1 already.”
emil: Snooze 1 h     -> the warning comes again in an hour
emil: Give it to…    -> the form that assigns it
"""

from bot.domain.clock.alerts import OnIt, on_it
from bot.domain.steps import STEPS
from handlers.blocks import alerts, notice
from handlers.blocks.kit import Message
from handlers.slack.actors import press_request, ticket_number
from handlers.slack.context import Visit
from handlers.slack.payloads import BlockActions
from handlers.slack.response import ReplyInThread, Respond, Response
from handlers.work import step_form


async def on_it_pressed(visit: Visit, press: BlockActions) -> Response:
    number, request = ticket_number(press), press_request(visit, press)
    try:
        ticket = await visit.tools.steps.acknowledge(visit.workspace, number, request)
    except OnIt as error:
        return await _was_first(visit, press, error)
    return _in_place(press, alerts.answered(ticket, visit.actor.user))


async def on_put_off(visit: Visit, press: BlockActions) -> Response:
    number, request = ticket_number(press), press_request(visit, press)
    try:
        ticket = await visit.tools.steps.put_off_warning(visit.workspace, number, request)
    except OnIt as error:
        return await _was_first(visit, press, error)
    return _in_place(press, alerts.put_off(ticket, visit.actor.user))


async def on_give(visit: Visit, press: BlockActions) -> Response:
    """“Give it to…”: once the form is sent, the message says who has it."""
    return await step_form.open_step_form(
        visit, press, ticket_number(press), STEPS["assign"], answers=press.response_url
    )


async def _was_first(visit: Visit, press: BlockActions, error: OnIt) -> Response:
    """Whoever presses is told who is on it, and so does the message say from now on."""
    ticket = await visit.tools.tickets.ticket(visit.workspace, visit.actor, ticket_number(press))
    shown = _in_place(press, alerts.answered(ticket, on_it(ticket)))
    if not press.response_url:
        return shown
    told = ReplyInThread(press.response_url, notice.refused(error.message), press.container.thread_ts)
    return Response(follow_ups=(*shown.follow_ups, told))


def _in_place(press: BlockActions, shown: Message) -> Response:
    return Response(follow_ups=(Respond(press.response_url, shown),) if press.response_url else ())
