"""Each new top-level message of a person becomes a ticket, or gets an offer, where the channel is switched on."""

from handlers.slack.context import Visit
from handlers.slack.events import Event, EventMessage
from handlers.slack.response import Response


async def on_channel_message(_: Visit, __: Event, ___: EventMessage) -> Response:
    """A new message of a person that stands in no thread."""
    return Response()
