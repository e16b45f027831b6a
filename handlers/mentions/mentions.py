"""@Deskhand speaks the grammar of `/ticket`."""

from handlers.slack.context import Visit
from handlers.slack.events import Event, EventMessage
from handlers.slack.response import Response


async def on_mention(_: Visit, __: Event) -> Response:
    """app_mention."""
    return Response()


async def on_direct_message(_: Visit, __: Event, ___: EventMessage) -> Response:
    """message.im: what a person writes to the bot, outside of threads of tickets."""
    return Response()


def is_order(_: Visit, __: Event, ___: EventMessage) -> bool:
    """Whether a message speaks to us, so that it is no comment of the ticket in whose thread it stands."""
    return False
