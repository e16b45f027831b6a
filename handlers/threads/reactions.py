"""The emoji way, where an admin has turned it on: agents work with reactions. Taking one back does nothing.

ana: 🎫 on a message               -> a ticket, where the message has all that one needs; else the form is offered
ana: 👀 on that message, or a card -> T-1 is hers
ana: ✅ on it                      -> T-1 is resolved
"""

from collections.abc import Awaitable, Callable

from bot.domain.errors import Forbidden, NotFound
from bot.domain.lifecycle import NotNow
from bot.domain.lookup import ids_of
from bot.services.ticket_steps import StepRequest, Taken
from handlers.blocks import notice
from handlers.slack.actors import open_view
from handlers.slack.context import Visit
from handlers.slack.events import Event, ReactedItem
from handlers.slack.payloads import BlockActions
from handlers.slack.response import Ephemeral, Response
from handlers.tickets import FormMeta, form_for_message


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
    existing = await visit.tools.message_tickets.of_message(
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
        view = await form_for_message(visit, meta, draft.message, as_typed=True)
    return open_view(press, view)


async def _make(visit: Visit, item: ReactedItem, request: StepRequest) -> Response:
    gestures = visit.tools.gestures
    await gestures.begin(visit.workspace, visit.actor, request.key, "reaction", item.channel, item.ts)
    return Response()


async def _take(visit: Visit, item: ReactedItem, request: StepRequest) -> Response:
    if ticket := await visit.tools.message_tickets.about_message(
        visit.workspace, visit.actor, item.channel, item.ts
    ):
        try:
            await visit.tools.steps.claim(visit.workspace, ticket.number, request)
        except Taken as error:
            return Response(follow_ups=(_ephemeral(item, request, error.message),))
        except (NotNow, Forbidden):
            return Response()
    return Response()


async def _resolve(visit: Visit, item: ReactedItem, request: StepRequest) -> Response:
    if ticket := await visit.tools.message_tickets.about_message(
        visit.workspace, visit.actor, item.channel, item.ts
    ):
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


def _ephemeral(item: ReactedItem, request: StepRequest, words: str) -> Ephemeral:
    return Ephemeral(item.channel, None, request.actor.user, notice.refused(words))
