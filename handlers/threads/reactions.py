"""The emoji way, where an admin has turned it on: agents work with reactions. Taking one back does nothing.

ana: 🎫 on a message               -> a ticket, where the message has all that one needs; else the form is offered
ana: 👀 on that message, or a card -> T-1 is hers
ana: ✅ on it                      -> T-1 is resolved
"""

from collections.abc import Awaitable, Callable
from functools import partial
from uuid import NAMESPACE_URL, uuid5

from bot.domain.draft import Draft
from bot.domain.errors import DeskError, Forbidden, InvalidInput, NotFound
from bot.domain.lifecycle import NotNow
from bot.domain.lookup import ids_of
from bot.domain.outbox import Target
from bot.domain.ticket import Origin, SourceMessage
from bot.services.ticket_steps import StepRequest, Taken
from bot.services.tickets import CreateRequest
from handlers.blocks import notice
from handlers.slack.actors import open_view
from handlers.slack.context import Visit
from handlers.slack.events import Event, ReactedItem
from handlers.slack.message_payloads import MessagePayload
from handlers.slack.payload_fields import readable
from handlers.slack.payloads import BlockActions
from handlers.slack.response import Ephemeral, ReadMessage, Response
from handlers.threads.reactions_view import offer
from handlers.tickets import FormMeta, form_for_message, read_typed, requester_of, source_of, summary_of

_NOT_READ = "Slack did not let me read that message. Choose “Create ticket” in its menu."


async def on_reaction(visit: Visit, event: Event) -> Response:
    """reaction_added. To most people an emoji is only an emoji, so somebody who may not work by it is told nothing."""
    react, item = REACTIONS.get(event.event.reaction or ""), event.event.item
    if react is None or item is None or item.type != "message":
        return Response()
    if not await visit.tools.settings.works_by_emoji(visit.workspace, visit.actor):
        return Response()
    what = f"{event.event.reaction}:{item.channel}:{item.ts}:{event.actor}:{event.event.event_ts}"
    request = StepRequest(visit.actor, f"reaction:{what}")
    return await react(visit, item, request)


async def on_open_form(visit: Visit, press: BlockActions) -> Response:
    """“Open the form”, for a message that needs one to become a ticket."""
    meta = FormMeta.model_validate_json(press.actions[0].value or "")
    existing = await visit.tools.tickets.of_message(
        visit.workspace, visit.actor, meta.channel or "", meta.message_ts or ""
    )
    if existing:
        directory = await visit.tools.tickets.directory(visit.workspace, visit.actor, ids_of(existing))
        view = notice.taken(existing, directory)
    else:
        draft = await visit.tools.drafts.draft(visit.workspace, visit.actor, meta.nonce)
        if draft is None or draft.message is None:
            raise NotFound("I no longer have that message. Choose “Create ticket” in its menu.")
        meta = meta.model_copy(update={"response_url": press.response_url})
        view = await form_for_message(visit, meta, draft.message)
    return open_view(press, view)


async def _make(visit: Visit, item: ReactedItem, request: StepRequest) -> Response:
    if await visit.tools.tickets.of_message(visit.workspace, visit.actor, item.channel, item.ts):
        return Response()
    begun = Draft(nonce=_nonce(request), created_at=visit.tools.clock())
    if not await visit.tools.drafts.begin(visit.workspace, visit.actor, begun):
        return Response()
    then = partial(_made, visit, item, request)
    return Response(
        follow_ups=(ReadMessage(item.channel, item.ts, then, _ephemeral(item, request, _NOT_READ)),)
    )


async def _take(visit: Visit, item: ReactedItem, request: StepRequest) -> Response:
    if ticket := await visit.tools.tickets.about_message(visit.workspace, visit.actor, item.channel, item.ts):
        try:
            await visit.tools.steps.claim(visit.workspace, ticket.number, request)
        except Taken as error:
            return Response(follow_ups=(_ephemeral(item, request, error.message),))
        except (NotNow, Forbidden):
            return Response()
    return Response()


async def _resolve(visit: Visit, item: ReactedItem, request: StepRequest) -> Response:
    if ticket := await visit.tools.tickets.about_message(visit.workspace, visit.actor, item.channel, item.ts):
        fields = {"resolution": "Resolved by reaction"}
        try:
            await visit.tools.steps.take(visit.workspace, ticket.number, "resolve", fields, request)
        except (NotNow, Forbidden):
            return Response()
    return Response()


REACTIONS: dict[str, Callable[[Visit, ReactedItem, StepRequest], Awaitable[Response]]] = {
    "ticket": _make,
    "eyes": _take,
    "white_check_mark": _resolve,
}


async def _made(
    visit: Visit, item: ReactedItem, request: StepRequest, posted: MessagePayload, permalink: str
) -> Response:
    """A ticket of a message, or the offer to tell what it lacks."""
    meta = FormMeta(
        nonce=_nonce(request),
        way="message",
        channel=item.channel,
        message_ts=item.ts,
        thread_ts=posted.thread_ts or item.ts,
        permalink=permalink,
    )
    source = source_of(visit, posted, permalink)
    try:
        await _create(visit, meta, source, request)
    except InvalidInput:
        return await _offered(visit, meta, source, request)
    except DeskError as error:
        return Response(follow_ups=(_ephemeral(item, request, error.message),))
    return Response()


async def _offered(visit: Visit, meta: FormMeta, source: SourceMessage, request: StepRequest) -> Response:
    draft = Draft(nonce=meta.nonce, created_at=visit.tools.clock(), message=source)
    await visit.tools.drafts.keep(visit.workspace, visit.actor, draft)
    thread_ts = meta.thread_ts if meta.thread_ts != meta.message_ts else None
    offered = offer(meta.model_dump_json(exclude_defaults=True))
    return Response(follow_ups=(Ephemeral(meta.channel or "", thread_ts, request.actor.user, offered),))


async def _create(visit: Visit, meta: FormMeta, source: SourceMessage, request: StepRequest) -> None:
    """Raises InvalidInput where the message has not all that a ticket needs."""
    user = request.actor.user
    text = readable(source.text).strip()
    phrase = await read_typed(visit, summary_of(source))
    if phrase.problems:
        raise InvalidInput(phrase.problems)
    await visit.tools.tickets.create(
        visit.workspace,
        {"symptomDescription": text, **phrase.fields},
        CreateRequest(
            actor=visit.actor,
            origin=Origin(
                way="message",
                channel=meta.channel,
                message_ts=meta.message_ts,
                thread_ts=meta.thread_ts,
                permalink=meta.permalink,
                message=source,
            ),
            target=Target(channel=meta.channel, thread_ts=meta.thread_ts, user=user),
            key=request.key,
            requester=requester_of(visit, source),
        ),
    )


def _nonce(request: StepRequest) -> str:
    """Of what comes of one reaction, however often Slack tells of it."""
    return uuid5(NAMESPACE_URL, request.key).hex


def _ephemeral(item: ReactedItem, request: StepRequest, words: str) -> Ephemeral:
    return Ephemeral(item.channel, None, request.actor.user, notice.refused(words))
