"""The emoji way, where an admin has turned it on: agents work with reactions. Taking one back does nothing.

ana: 🎫 on a message               -> a ticket, where the message has all that one needs; else the form is offered
ana: 👀 on that message, or a card -> T-1 is hers
ana: ✅ on it                      -> T-1 is resolved
"""

from collections.abc import Awaitable, Callable
from functools import partial
from uuid import uuid4

from bot.domain.draft import Draft
from bot.domain.errors import DeskError, InvalidInput, NotFound
from bot.domain.lifecycle import NotNow
from bot.domain.outbox import Target
from bot.domain.ticket import Origin, SourceMessage
from bot.services.desk import Request
from bot.services.work import Command, Forbidden, Taken
from handlers.blocks import notice
from handlers.slack.actors import opening
from handlers.slack.context import Visit
from handlers.slack.payload_fields import readable, source_message
from handlers.slack.payloads import BlockActions, Event, Item, Message
from handlers.slack.response import Ephemeral, ReadMessage, Response
from handlers.threads.reactions_view import offer
from handlers.tickets import create
from handlers.tickets.form_view import FormMeta

_NOT_READ = "Slack did not let me read that message. Choose “Create ticket” in its menu."


async def added(visit: Visit, event: Event) -> Response:
    """reaction_added. To most people an emoji is only that, so whoever may not work by it is told nothing."""
    way, item = REACTIONS.get(event.event.reaction or ""), event.event.item
    if way is None or item is None or item.type != "message":
        return Response()
    if not (await visit.tools.preferences.settings(visit.workspace)).emoji:
        return Response()
    # Of somebody from outside the event does not tell; in a channel that is shared, who is not known may be.
    if event.is_ext_shared_channel and not visit.people.knows(event.actor):
        return Response()
    by = Command(visit.actor, f"reaction:{event.event.reaction}:{item.channel}:{item.ts}:{event.actor}")
    return await way(visit, item, by) if visit.actor.is_agent else Response()


async def opened(visit: Visit, press: BlockActions) -> Response:
    """“Open the form”, for a message that needs one to become a ticket."""
    meta = FormMeta.model_validate_json(press.actions[0].value or "")
    there = await visit.tools.desk.ticket_of_message(
        visit.workspace, meta.channel or "", meta.message_ts or ""
    )
    if there:
        view = notice.taken(there, await visit.tools.desk.directory(visit.workspace))
    else:
        draft = await visit.tools.desk.draft(visit.workspace, meta.nonce)
        if draft is None or draft.message is None:
            raise NotFound("I no longer have that message. Choose “Create ticket” in its menu.")
        meta = meta.model_copy(update={"response_url": press.response_url})
        view = await create.form_of(visit, meta, draft.message)
    return opening(press, view)


async def _make(visit: Visit, item: Item, by: Command) -> Response:
    if await visit.tools.desk.ticket_of_message(visit.workspace, item.channel, item.ts):
        return Response()
    then = partial(_made, visit, item, by)
    return Response(follow_ups=(ReadMessage(item.channel, item.ts, then, _ephemeral(item, by, _NOT_READ)),))


async def _take(visit: Visit, item: Item, by: Command) -> Response:
    if ticket := await visit.tools.work.ticket_around(visit.workspace, item.channel, item.ts):
        try:
            await visit.tools.work.claim(visit.workspace, ticket.number, by)
        except Taken as error:
            return Response(follow_ups=(_ephemeral(item, by, error.message),))
        except (NotNow, Forbidden):
            return Response()
    return Response()


async def _resolve(visit: Visit, item: Item, by: Command) -> Response:
    if ticket := await visit.tools.work.ticket_around(visit.workspace, item.channel, item.ts):
        fields = {"resolution": "Resolved by reaction"}
        try:
            await visit.tools.work.step(visit.workspace, ticket.number, "resolve", fields, by)
        except (NotNow, Forbidden):
            return Response()
    return Response()


REACTIONS: dict[str, Callable[[Visit, Item, Command], Awaitable[Response]]] = {
    "ticket": _make,
    "eyes": _take,
    "white_check_mark": _resolve,
}


async def _made(visit: Visit, item: Item, by: Command, posted: Message, permalink: str) -> Response:
    """A ticket of a message, or the offer to tell what it lacks."""
    meta = FormMeta(
        nonce=uuid4().hex,
        way="message",
        channel=item.channel,
        message_ts=item.ts,
        thread_ts=posted.thread_ts or item.ts,
        permalink=permalink,
    )
    source = source_message(posted)
    try:
        await _create(visit, meta, source, by)
    except InvalidInput:
        return await _offered(visit, meta, source, by)
    except DeskError as error:
        return Response(follow_ups=(_ephemeral(item, by, error.message),))
    return Response()


async def _offered(visit: Visit, meta: FormMeta, source: SourceMessage, by: Command) -> Response:
    draft = Draft(nonce=meta.nonce, created_at=visit.tools.clock(), message=source)
    await visit.tools.desk.keep_draft(visit.workspace, draft)
    thread_ts = meta.thread_ts if meta.thread_ts != meta.message_ts else None
    offered = offer(meta.model_dump_json(exclude_defaults=True))
    return Response(follow_ups=(Ephemeral(meta.channel or "", thread_ts, by.actor.user, offered),))


async def _create(visit: Visit, meta: FormMeta, source: SourceMessage, by: Command) -> None:
    """Raises InvalidInput where the message has not all that a ticket needs."""
    user = by.actor.user
    text = readable(source.text).strip()
    phrase = await create.read(visit, user, create.first_line(text) if text else "")
    if phrase.problems:
        raise InvalidInput(phrase.problems)
    await visit.tools.desk.create(
        visit.workspace,
        {"symptomDescription": text, **phrase.fields},
        Request(
            actor=user,
            origin=Origin(
                way="message",
                channel=meta.channel,
                message_ts=meta.message_ts,
                thread_ts=meta.thread_ts,
                permalink=meta.permalink,
                message=source,
            ),
            target=Target(channel=meta.channel, thread_ts=meta.thread_ts, user=user),
            key=by.key,
        ),
    )


def _ephemeral(item: Item, by: Command, words: str) -> Ephemeral:
    return Ephemeral(item.channel, None, by.actor.user, notice.refused(words))
