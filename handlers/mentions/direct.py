"""Direct messages to the bot: an order is followed, anything else may become a ticket by one press.

ben: mine                          -> his tickets
ben: The lobby printer is dead     -> “Shall I make a ticket of this?”, with the customer and site of his last ones
"""

from collections.abc import Mapping
from uuid import NAMESPACE_URL, uuid5

from bot.domain.errors import InvalidInput, NotFound
from bot.domain.lookup import ids_of
from bot.domain.outbox import Target
from bot.domain.record import Record
from bot.domain.search import TicketFilter
from bot.domain.ticket import Origin
from bot.domain.usual import usual_of
from handlers.blocks import notice
from handlers.blocks.kit import Message
from handlers.mentions import mentions_view
from handlers.mentions.answering import Heard, tell_privately
from handlers.slack.actors import open_view
from handlers.slack.context import Visit
from handlers.slack.payloads import BlockActions
from handlers.slack.response import Respond, Response
from handlers.tickets import FormMeta, form_for_message, make_of_message

_LAST = 5  # tickets, that say what is usual for somebody


class Offered(Record):
    """What the button carries: which message it is, under which draft it is kept, and what was shown as usual."""

    nonce: str
    ts: str
    usual: Mapping[str, str] = {}


async def offer(heard: Heard) -> Response:
    """Asks whether it is to be a ticket."""
    visit = heard.visit
    meta = FormMeta.model_validate_json(await heard.kept("direct"))
    wanted = TicketFilter(requesters=(visit.actor.user,))
    last = await visit.tools.tickets.find(visit.workspace, visit.actor, wanted, limit=_LAST)
    usual = usual_of(last.tickets)
    directory = await visit.tools.tickets.directory(visit.workspace, visit.actor, ids_of(usual))
    offered = Offered(nonce=meta.nonce, ts=heard.message.ts, usual=usual)
    value = offered.model_dump_json(exclude_defaults=True)
    said = mentions_view.direct_offer(heard.said, usual, directory, value)
    return await tell_privately(heard, said)


async def on_make(visit: Visit, press: BlockActions) -> Response:
    """“Make it a ticket”: at once where enough is said or usual, else by the form."""
    offered = Offered.model_validate_json(press.actions[0].value or "")
    draft = await visit.tools.drafts.draft(visit.workspace, visit.actor, offered.nonce)
    if draft is None or draft.message is None or press.channel is None:
        raise NotFound("I no longer have that message. Please write it again.")
    origin = Origin(
        way="direct",
        channel=press.channel.id,
        message_ts=offered.ts,
        thread_ts=offered.ts,
        message=draft.message,
    )
    target = Target(channel=origin.channel, thread_ts=offered.ts, user=visit.actor.user)
    key, usual = uuid5(NAMESPACE_URL, f"direct:{offered.nonce}").hex, offered.usual
    try:
        made = await make_of_message(visit, origin, target, key, usual)
    except InvalidInput:
        meta = FormMeta(
            nonce=offered.nonce,
            way="direct",
            channel=press.channel.id,
            message_ts=offered.ts,
            thread_ts=offered.ts,
            response_url=press.response_url,
        )
        return open_view(
            press, await form_for_message(visit, meta, draft.message, as_typed=True, usual=usual)
        )
    told: Message = (
        notice.already(made.ticket) if made.outcome == "taken" else mentions_view.made(made.ticket)
    )
    return Response(follow_ups=(Respond(press.response_url, told),) if press.response_url else ())
