"""What somebody answers who is asked whether they are still working on a ticket. “Hold…” opens the form of that step.

desk: nothing has happened to T-1 for days. Are you still working on it?
ana:  Still working on it    -> its history says so, and she is asked again only when as many days have passed
ana:  Give it back           -> nobody has it
ana:  (“Give it back”, when ben has it) -> “@ben has T-1 now.”
"""

from handlers.blocks import news
from handlers.slack.actors import press_request, ticket_number
from handlers.slack.context import Visit
from handlers.slack.payloads import BlockActions
from handlers.slack.response import Respond, Response


async def on_still_working(visit: Visit, press: BlockActions) -> Response:
    number, request = ticket_number(press), press_request(visit, press)
    ticket = await visit.tools.steps.still_working(visit.workspace, number, request)
    if not press.response_url:
        return Response()
    return Response(follow_ups=(Respond(press.response_url, news.still_working(ticket)),))


async def on_give_back(visit: Visit, press: BlockActions) -> Response:
    number, request = ticket_number(press), press_request(visit, press)
    ticket = await visit.tools.steps.give_back(visit.workspace, number, request)
    if not press.response_url:
        return Response()
    return Response(follow_ups=(Respond(press.response_url, news.given_back(ticket)),))
