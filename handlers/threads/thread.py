"""Threads: what is said under a ticket's message or card becomes its comments, and changes with it.

ben: Printer is dead                 -> (made into T-1)
ben: └ It smells, too                -> a comment of T-1; where T-1 was resolved, it is open again
ben: └ It smells of glue (edited)    -> the same comment, and T-1's history says so
ana: └ Toner leak, I think           -> (among agents) a comment for agents only, until Ana sends it on
ana: (its menu) Reply to requester   -> the form with her words; what she sends is shown to Ben
"""

from uuid import UUID, uuid4

from bot.domain.errors import NotFound
from bot.domain.ticket import Place
from handlers.slack.actors import open_view
from handlers.slack.context import Visit
from handlers.slack.events import Event, EventMessage, delivery_of
from handlers.slack.message_content import message_text
from handlers.slack.message_payloads import MessageShortcut
from handlers.slack.payload_fields import fields_of, readable
from handlers.slack.payloads import SlashCommand, ViewSubmission
from handlers.slack.response import Response
from handlers.slack.thread_messages import is_by_a_person, thread_message
from handlers.threads import reply_view


async def note_delivery(visit: Visit, event: Event) -> None:
    """What a message of ours says of the job that posted it."""
    posted = event.event.message
    if posted and event.event.subtype in {None, "bot_message"} and _is_ours(event, posted.app_id):
        delivery = delivery_of(posted.metadata, posted.client_msg_id)
        await _delivered(visit, delivery, event.event.channel, posted.ts)


async def record(visit: Visit, event: Event, message: EventMessage) -> None:
    """What a person said in a thread, edited or deleted there, as a comment of its ticket. A message in the channel itself
    may have joined one, and what changes of it does there."""
    said = thread_message(
        message,
        event.event.channel or "",
        visit.people,
        visit.workspace,
        changed_ts=event.event.changed_ts,
        deleted=event.event.is_deletion,
    )
    if said and (event.event.changed_ts or not said.is_head):
        await visit.tools.comments.record_reply(visit.workspace, said)


async def on_metadata(visit: Visit, event: Event) -> Response:
    """message_metadata_posted: a message of ours stands there, whatever Slack answered when we posted it."""
    body = event.event
    if _is_ours(event, body.app_id):
        await _delivered(visit, delivery_of(body.metadata, None), body.channel_id, body.message_ts)
    return Response()


def _is_ours(event: Event, app_id: str | None) -> bool:
    """Whether our app posted it: what another one attaches to its messages says nothing of ours."""
    return app_id is not None and app_id == event.api_app_id


async def _delivered(visit: Visit, delivery: UUID | None, channel: str | None, ts: str | None) -> None:
    if delivery and channel and ts:
        await visit.tools.deliveries.seen(visit.workspace, delivery, Place(channel=channel, ts=ts))


def by_a_person(visit: Visit, event: Event) -> EventMessage | None:
    """The message that an event tells of, where a person wrote it: bots, and we ourselves, are not listened to."""
    body = event.event
    message = body.previous_message if body.is_deletion else body.message
    if message is None or not is_by_a_person(message, event.own_users | visit.own_users):
        return None
    return None if visit.people.is_bot(message.user or "") else message


async def on_reply_shortcut(visit: Visit, shortcut: MessageShortcut) -> Response:
    """The message shortcut “Reply to requester”: its words in a form, to be sent when they have been looked at."""
    message = shortcut.message
    ticket = await visit.tools.message_tickets.about_message(
        visit.workspace, visit.actor, shortcut.channel.id, message.ts, message.thread_ts
    )
    if ticket is None:
        raise NotFound("This message is about no ticket. Use it on a message in a ticket's thread.")
    await visit.tools.tickets.ticket(visit.workspace, visit.actor, ticket.number, to="work")
    # What we posted ourselves, such as a card, is nothing that somebody wants to say.
    written = "" if message.bot_id else message_text(message)
    text = readable(written, visit.people.name).strip()
    view = reply_view.reply_form(ticket, text, uuid4(), has_files=bool(message.files))
    return open_view(shortcut, view)


async def open_reply_form(visit: Visit, command: SlashCommand, number: int) -> Response:
    """The form for a reply that is still to be written."""
    ticket = await visit.tools.tickets.ticket(visit.workspace, visit.actor, number, to="work")
    return open_view(command, reply_view.reply_form(ticket, "", uuid4(), has_files=False))


async def on_reply_submit(visit: Visit, submission: ViewSubmission) -> Response:
    """The form's “Send”."""
    meta = reply_view.ReplyMeta.model_validate_json(submission.view.private_metadata)
    text = str(fields_of(submission.view.state).get(reply_view.REPLY) or "")
    ticket = await visit.tools.comments.reply(visit.workspace, visit.actor, meta.number, text, meta.nonce)
    return Response(
        {
            "response_action": "update",
            "view": reply_view.reply_sent(ticket, visit.tools.refused(visit.workspace)),
        }
    )
