"""Each new message of a person becomes a ticket, or gets an offer, where the channel is switched on.

ben: The printer is dead             -> T-1, where the channel's defaults suffice; else “Make it a ticket” in its thread
ben: It smells, too                  -> a comment of T-1, or of what the offer becomes
ben: thanks!                         -> nothing
"""

from uuid import uuid4

from pydantic import JsonValue

from bot.domain.comments import ThreadMessage
from bot.domain.errors import InvalidInput
from bot.domain.intake import meaning_of
from bot.domain.outbox import Target
from bot.domain.ticket import Origin, SourceMessage, Ticket
from bot.services.intake import Limited, Said
from handlers.blocks.kit import message_json
from handlers.blocks.text import escape
from handlers.intake import intake_view
from handlers.slack.actors import open_view
from handlers.slack.context import Visit
from handlers.slack.events import Event, EventMessage
from handlers.slack.payload_fields import link_to
from handlers.slack.payloads import BlockActions
from handlers.slack.response import ReplyInThread, Respond, Response
from handlers.slack.thread_messages import thread_message
from handlers.tickets import FormMeta, form_for_message, make_of_message, read_message, source_of


async def on_channel_message(visit: Visit, event: Event, message: EventMessage) -> Response:
    """A person's message that stands in no thread: new, edited or deleted."""
    channel = event.event.channel or ""
    if not await visit.tools.intake.listens(visit.workspace, channel):
        return Response()
    said = await _said(visit, event, message, channel)
    if said is None:
        return Response()
    outcome = await visit.tools.intake.take(visit.workspace, visit.actor, said)
    if outcome is None:
        return Response()
    if isinstance(outcome, Limited):
        key, words = outcome.key, intake_view.limited(outcome.whose)
    else:
        key, words = outcome.nonce, intake_view.offer(outcome.nonce)
    target = Target(channel=channel, thread_ts=said.message.ts, user=said.message.author)
    await visit.tools.answers.say(visit.workspace, key, target, message_json(words))
    return Response()


async def on_make(visit: Visit, press: BlockActions) -> Response:
    """“Make it a ticket”, by whoever is there: its author is the requester."""
    nonce = press.actions[0].value or ""
    message, kept, ticket = await visit.tools.intake.offered(visit.workspace, visit.actor, nonce)
    if ticket:
        return _already(press, ticket)
    source = kept or _source_again(message)
    origin = Origin(
        way="intake",
        channel=message.channel,
        message_ts=message.ts,
        thread_ts=message.ts,
        permalink=link_to(message.channel, message.ts),
        message=source,
    )
    target = Target(channel=message.channel, thread_ts=message.ts, user=visit.actor.user)
    try:
        created = await make_of_message(visit, origin, target, f"offer:{press.trigger_id}")
    except InvalidInput:
        return await _form(visit, press, message, source)
    if created.outcome == "taken":
        return _already(press, created.ticket)
    made = intake_view.made(created.ticket)
    return Response(follow_ups=(Respond(press.response_url, made),) if press.response_url else ())


async def _said(visit: Visit, event: Event, message: EventMessage, channel: str) -> Said | None:
    link = link_to(channel, message.ts)
    source = source_of(visit, message, link)
    read = thread_message(
        message,
        channel,
        visit.people,
        visit.workspace,
        changed_ts=event.event.changed_ts,
        deleted=event.event.is_deletion,
    )
    if read is None:
        return None
    meaning = meaning_of(source.text, has_files=bool(source.files))
    return Said(read, source, await _fields(visit, source, channel), meaning, link)


def _source_again(message: ThreadMessage) -> SourceMessage:
    return SourceMessage(
        author=message.author,
        author_name=message.author_name,
        text=escape(message.text),
        files=message.files,
        client_msg_id=message.client_msg_id,
    )


async def _fields(visit: Visit, source: SourceMessage, channel: str) -> dict[str, JsonValue] | None:
    """What of a ticket a message says itself; the rest is for the channel's defaults to say. None where that is doubtful."""
    try:
        return await read_message(visit, source, channel)
    except InvalidInput:
        return None


async def _form(visit: Visit, press: BlockActions, message: ThreadMessage, source: SourceMessage) -> Response:
    """Asks for what is missing. The offer stays as it is, in case the form is closed."""
    meta = FormMeta(
        nonce=uuid4().hex,
        way="intake",
        channel=message.channel,
        message_ts=message.ts,
        thread_ts=message.ts,
        permalink=link_to(message.channel, message.ts),
        response_url=press.response_url,
    )
    return open_view(press, await form_for_message(visit, meta, source, as_typed=True))


def _already(press: BlockActions, ticket: Ticket) -> Response:
    if not press.response_url:
        return Response()
    told = ReplyInThread(press.response_url, intake_view.already(ticket), press.container.thread_ts)
    return Response(follow_ups=(told,))
