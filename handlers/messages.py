"""What people say, and to which journey it belongs: a reply to its ticket, an order to whoever follows it, a new message to
its channel."""

from handlers import intake, threads
from handlers.mentions import Mentions
from handlers.slack.context import Visit
from handlers.slack.events import Event, EventMessage
from handlers.slack.journey import Journey
from handlers.slack.response import Response


def journey(mentions: Mentions) -> Journey:
    async def on_message(visit: Visit, event: Event) -> Response:
        """message: something was said, edited or deleted."""
        message = threads.by_a_person(visit, event)
        if message is None:
            await threads.note_delivery(visit, event)
            return Response()
        is_direct = (event.event.channel or "").startswith("D")
        if mentions.is_order(visit, event, message):
            # What is followed is its app_mention, which does not come of direct messages.
            return await mentions.on_mention(visit, event) if is_direct else Response()
        await threads.record(visit, event, message)
        if _is_reply(message):
            return Response()
        if not is_direct:
            return await intake.on_channel_message(visit, event, message)
        return (
            Response() if event.event.changed_ts else await mentions.on_direct_message(visit, event, message)
        )

    return Journey(events={"message": on_message})


def _is_reply(message: EventMessage) -> bool:
    """Whether it stands below another message, though the channel may show it as well."""
    return message.subtype == "thread_broadcast" or message.thread_ts not in {None, message.ts}
