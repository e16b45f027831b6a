"""What people say, and to which journey it belongs: a reply to its ticket, an order to whoever follows it, a new message to
its channel."""

from handlers import intake, mentions, threads
from handlers.slack.context import Visit
from handlers.slack.events import Event, EventMessage
from handlers.slack.journey import Journey
from handlers.slack.response import Response


async def on_message(visit: Visit, event: Event) -> Response:
    """message: something was said, edited or deleted."""
    message = threads.by_a_person(visit, event)
    if message is None:
        await threads.note_delivery(visit, event)
        return Response()
    if mentions.is_order(visit, event, message):
        return Response()  # its app_mention is what is followed
    await threads.record(visit, event, message)
    if not _is_new(message):
        return Response()
    if not (event.event.channel or "").startswith("D"):
        return await intake.on_channel_message(visit, event, message)
    return Response() if event.event.changed_ts else await mentions.on_direct_message(visit, event, message)


def _is_new(message: EventMessage) -> bool:
    """Whether it stands by itself, and not below another."""
    return message.thread_ts in {None, message.ts} or message.subtype == "thread_broadcast"


JOURNEY = Journey(events={"message": on_message})
