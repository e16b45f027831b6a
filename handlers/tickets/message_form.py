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


async def on_message_shortcut(visit: Visit, shortcut: MessageShortcut) -> Response:
    """The message shortcut “Create ticket”: all of it from the payload. Where the channel has defaults and nothing is missing,
    no form opens: the ticket's card is the confirmation."""
    if await visit.tools.tickets.made(visit.workspace, visit.actor, _key(shortcut)):
        return Response()
    if existing := await _existing(visit, shortcut):
        return await _show(visit, shortcut, existing)
    defaults = await visit.tools.channels.standing(visit.workspace, visit.actor, shortcut.channel.id)
    if defaults.fields and not shortcut.message.unread:
        return await _make_at_once(visit, shortcut)
    return await _open_form(visit, shortcut)


async def offer_form(visit: Visit, shortcut: MessageShortcut) -> Response:
    """“Triage ticket” or “Assign ticket” where there is none yet: the form that makes one of the message."""
    if existing := await _existing(visit, shortcut):
        return await _show(visit, shortcut, existing)
    return await _open_form(visit, shortcut, notice.NO_TICKET_YET)


async def _open_form(
    visit: Visit, shortcut: MessageShortcut, said_above: str = "", *, as_typed: bool = False
) -> Response:
    message = shortcut.message
    if message.unread:
        said_above = "\n".join(filter(None, (said_above, notice.PARTLY_READ)))
    meta = _meta(shortcut)
    source = source_of(visit, message, meta.permalink)
    return open_view(shortcut, await form_for_message(visit, meta, source, said_above, as_typed=as_typed))


async def _make_at_once(visit: Visit, shortcut: MessageShortcut) -> Response:
    meta, url = _meta(shortcut), shortcut.response_url
    origin = origin_of(meta, source_of(visit, shortcut.message, meta.permalink))
    target = Target(channel=meta.channel, thread_ts=meta.thread_ts, response_url=url, user=shortcut.actor)
    try:
        created = await make_of_message(visit, origin, target, _key(shortcut))
    except InvalidInput:
        return await _open_form(visit, shortcut, as_typed=True)
    if created.outcome == "taken":
        return await _show(visit, shortcut, created.ticket)
    if url and visit.tools.refused(visit.workspace):  # no card comes that would confirm it
        saved = await confirmation(visit, created.ticket, filled=created.filled)
        return Response(follow_ups=(ReplyInThread(url, saved),))
    return Response()


async def _existing(visit: Visit, shortcut: MessageShortcut) -> Ticket | None:
    message = shortcut.message
    return await visit.tools.message_tickets.of_message(
        visit.workspace, visit.actor, shortcut.channel.id, message.ts, message.client_msg_id
    )


async def _show(visit: Visit, shortcut: MessageShortcut, ticket: Ticket) -> Response:
    """What the message is already."""
    directory = await visit.tools.tickets.directory(visit.workspace, visit.actor, ids_of(ticket))
    return open_view(shortcut, notice.taken(ticket, directory))


def _key(shortcut: MessageShortcut) -> str:
    return f"shortcut:{shortcut.trigger_id}"


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
    source = origin.message or SourceMessage()
    return await visit.tools.tickets.create(
        visit.workspace,
        _begun(await read_message(visit, source, origin.channel), usual),
        CreateRequest(visit.actor, origin, target, key, requester=requester_of(visit, source)),
    )


async def read_message(visit: Visit, message: SourceMessage, channel: str | None) -> dict[str, JsonValue]:
    """What a message says of a ticket, by the contract's names: its first line is read as what somebody types. Raises
    InvalidInput where that is doubtful."""
    message = _unaddressed(visit, message)
    phrase = await read_typed(visit, summary_of(message), channel=channel)
    if phrase.problems:
        raise InvalidInput(phrase.problems)
    return {"symptomDescription": readable(message.text, visit.people.name).strip(), **phrase.fields}


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
    message = _unaddressed(visit, message)
    texts = {
        "summary": summary_of(message, visit.people.name),
        "symptomDescription": readable(message.text, visit.people.name).strip(),
    }
    fields: dict[str, JsonValue] = {field: text for field, text in texts.items() if text}
    phrase = Phrase(fields, (), {})
    if as_typed:
        typed = await read_typed(visit, summary_of(message), channel=meta.channel)
        phrase = replace(typed, fields=_begun({**fields, **typed.fields}, usual))
    return await form_of(visit, meta, phrase, said_above, message=message)


def _begun(said: dict[str, JsonValue], usual: Mapping[str, str] | None) -> dict[str, JsonValue]:
    return {**ChannelDefaults(fields=usual).fill(said)} if usual else said


def _unaddressed(visit: Visit, message: SourceMessage) -> SourceMessage:
    """A message as it would be if it did not speak to us."""
    said = behind_mention(message.text, visit.own_users)
    return message.model_copy(update={"text": said}) if said else message


def summary_of(message: SourceMessage, name_of: Callable[[str], str] | None = None) -> str:
    """What a message proposes as a ticket's summary: the first line that says something."""
    return shorten(readable(first_line(message.text), name_of).strip(), _SUMMARY)
