"""What the requester says of a resolution, by a button of the message that tells them of it.

ben: Solved     -> T-1 is closed
ben: Not yet    -> T-1 is open again; what is still wrong may be said in the thread
"""

from bot.domain.steps import StepName
from handlers.blocks import news
from handlers.slack.actors import press_request, ticket_number
from handlers.slack.context import Visit
from handlers.slack.payloads import BlockActions
from handlers.slack.response import Respond, Response


async def on_solved(visit: Visit, press: BlockActions) -> Response:
    return await _said(visit, press, "close")


async def on_not_yet(visit: Visit, press: BlockActions) -> Response:
    return await _said(visit, press, "reopen")


async def _said(visit: Visit, press: BlockActions, step: StepName) -> Response:
    number, request = ticket_number(press), press_request(visit, press)
    ticket = await visit.tools.steps.take(visit.workspace, number, step, {}, request)
    if not press.response_url:
        return Response()
    return Response(
        follow_ups=(Respond(press.response_url, news.verdict(ticket, is_solved=step == "close")),)
    )
