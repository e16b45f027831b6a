"""A message's menu: “Triage ticket” and “Assign ticket” find the ticket that the message belongs to."""

from collections.abc import Awaitable, Callable

from handlers.sharing import refuse_elsewhere
from handlers.slack.actors import Opener
from handlers.slack.context import Visit
from handlers.slack.message_payloads import MessageShortcut
from handlers.slack.response import Response
from handlers.tickets import offer_form

OpenForm = Callable[[Visit, Opener, int], Awaitable[Response]]
"""Opens a form for the ticket with a number."""


async def open_for_message(visit: Visit, shortcut: MessageShortcut, open_form: OpenForm) -> Response:
    """What a message's menu does to the ticket whose card it is, that was made from it, or whose thread it is in.

    Where there is none, it offers to make one, unless it is the card of another workspace's ticket.
    """
    message = shortcut.message
    ticket = await visit.tools.message_tickets.about_message(
        visit.workspace, visit.actor, shortcut.channel.id, message.ts, message.thread_ts
    )
    if ticket is None:
        await refuse_elsewhere(visit, shortcut.channel.id, message.ts, message.thread_ts)
        return await offer_form(visit, shortcut)
    return await open_form(visit, shortcut, ticket.number)
