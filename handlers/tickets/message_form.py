"""Tickets of messages: at once where message and channel say enough, else by a form that has the rest.

ben: (a message's menu) Create ticket    -> the form, with the message filled in; T-2 at once, where the channel says the rest
ben: (the same message again)            -> “This message is already T-2”
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from pydantic import JsonValue

from bot.domain.channel_defaults import ChannelDefaults
from bot.domain.errors import InvalidInput
from bot.domain.lookup import ids_of
from bot.domain.mentions import behind_mention
from bot.domain.message import first_line
from bot.domain.outbox import Target
from bot.domain.phrases import Phrase
from bot.domain.ticket import Origin, SourceMessage, Ticket
from bot.services.tickets import Created, CreateRequest
from handlers.blocks import notice
from handlers.blocks.kit import View
from handlers.blocks.text import shorten
from handlers.slack.actors import open_view
from handlers.slack.context import Visit
from handlers.slack.message_payloads import MessageShortcut
from handlers.slack.payload_fields import permalink, readable
from handlers.slack.response import ReplyInThread, Response
from handlers.tickets.authors import requester_of, source_of
from handlers.tickets.create import confirmation, form_of, new_nonce, origin_of, read_typed
from handlers.tickets.form_view import FormMeta

_SUMMARY = 150


async def on_message_shortcut(visit: Visit, shortcut: MessageShortcut, said_above: str = "") -> Response:
    """The message shortcut “Create ticket”: all of it from the payload. Where nothing is missing, since the channel has
    defaults, no form opens, and the ticket's card is the confirmation."""
    tickets, message = visit.tools.tickets, shortcut.message
    key = f"shortcut:{shortcut.trigger_id}"
    if await tickets.made(visit.workspace, visit.actor, key):
        return Response()
    existing = await tickets.of_message(visit.workspace, visit.actor, shortcut.channel.id, message.ts)
    if existing:
        return await _taken(visit, shortcut, existing)
    meta = _meta(shortcut)
    source = source_of(visit, message, meta.permalink)
    if message.unread or said_above:
        above = "\n".join(filter(None, (said_above, notice.PARTLY_READ if message.unread else "")))
        return open_view(shortcut, await form_for_message(visit, meta, source, above))
    defaults = await visit.tools.channels.standing(visit.workspace, visit.actor, meta.channel)
    if not defaults.fields:
        return open_view(shortcut, await form_for_message(visit, meta, source))
    target = Target(
        channel=meta.channel, thread_ts=meta.thread_ts, response_url=meta.response_url, user=shortcut.actor
    )
    try:
        created = await make_of_message(visit, origin_of(meta, source), target, key)
    except InvalidInput:
        return open_view(shortcut, await form_for_message(visit, meta, source, as_typed=True))
    if created.outcome == "taken":
        return await _taken(visit, shortcut, created.ticket)
    if shortcut.response_url and visit.tools.refused(visit.workspace):  # no card comes that would confirm it
        saved = await confirmation(visit, created.ticket, filled=created.filled)
        return Response(follow_ups=(ReplyInThread(shortcut.response_url, saved),))
    return Response()


async def _taken(visit: Visit, shortcut: MessageShortcut, ticket: Ticket) -> Response:
    directory = await visit.tools.tickets.directory(visit.workspace, visit.actor, ids_of(ticket))
    return open_view(shortcut, notice.taken(ticket, directory))


async def offer_form(visit: Visit, shortcut: MessageShortcut) -> Response:
    """“Triage ticket” or “Assign ticket” where there is none yet: the form that makes one of the message."""
    return await on_message_shortcut(visit, shortcut, notice.NO_TICKET_YET)


def _meta(shortcut: MessageShortcut) -> FormMeta:
    message = shortcut.message
    return FormMeta(
        nonce=new_nonce(),
        way="message",
        channel=shortcut.channel.id,
        message_ts=message.ts,
        thread_ts=message.thread_ts or message.ts,
        permalink=permalink(shortcut),
        response_url=shortcut.response_url,
    )


async def make_of_message(
    visit: Visit, origin: Origin, target: Target, key: str, usual: Mapping[str, str] | None = None
) -> Created:
    """A ticket of the message of `origin`, whose first line is read as what somebody types. `usual` fills what it leaves open.
    Raises InvalidInput where all of them do not say what a ticket needs."""
    source = _spoken(visit, origin.message or SourceMessage())
    phrase = await read_typed(visit, summary_of(source), channel=origin.channel)
    if phrase.problems:
        raise InvalidInput(phrase.problems)
    text = readable(source.text, visit.people.name).strip()
    return await visit.tools.tickets.create(
        visit.workspace,
        _begun({"symptomDescription": text, **phrase.fields}, usual),
        CreateRequest(visit.actor, origin, target, key, requester=requester_of(visit, source)),
    )


async def form_for_message(
    visit: Visit,
    meta: FormMeta,
    message: SourceMessage,
    said_above: str = "",
    *,
    as_typed: bool = False,
    usual: Mapping[str, str] | None = None,
) -> View:
    """The form with a message filled in. `as_typed`: with what is read in its first line, where a ticket was to be made of it
    at once. `usual` fills what that leaves open."""
    spoken = _spoken(visit, message)
    texts = {
        "summary": summary_of(spoken, visit.people.name),
        "symptomDescription": readable(spoken.text, visit.people.name).strip(),
    }
    fields: dict[str, JsonValue] = {field: text for field, text in texts.items() if text}
    phrase = Phrase(fields, (), {})
    if as_typed:
        typed = await read_typed(visit, summary_of(spoken), channel=meta.channel)
        phrase = replace(typed, fields=_begun({**fields, **typed.fields}, usual))
    return await form_of(visit, meta, phrase, said_above, message=message)


def _spoken(visit: Visit, message: SourceMessage) -> SourceMessage:
    """What a message says, without our mention where it speaks to us."""
    said = behind_mention(message.text, visit.tools.own_users)
    return message.model_copy(update={"text": said}) if said else message


def _begun(said: dict[str, JsonValue], usual: Mapping[str, str] | None) -> dict[str, JsonValue]:
    return {**ChannelDefaults(fields=usual).fill(said)} if usual else said


def summary_of(message: SourceMessage, name_of: Callable[[str], str] | None = None) -> str:
    """What a message proposes as a ticket's summary: the first line that says something."""
    return shorten(readable(first_line(message.text), name_of).strip(), _SUMMARY)
