"""Tickets of messages: at once where message and channel say enough, else by a form that has the rest.

ben: (a message's menu) Create ticket    -> the form, with the message filled in
ben: (the same message again)            -> “This message is already T-2”
"""

from collections.abc import Callable, Mapping

from pydantic import JsonValue

from bot.domain.errors import InvalidInput
from bot.domain.lookup import ids_of
from bot.domain.message import first_line
from bot.domain.outbox import Target
from bot.domain.ticket import Origin, SourceMessage
from bot.services.tickets import Created, CreateRequest
from handlers.blocks import notice
from handlers.blocks.kit import View
from handlers.blocks.text import shorten
from handlers.slack.actors import open_view
from handlers.slack.context import Visit
from handlers.slack.message_payloads import MessageShortcut
from handlers.slack.payload_fields import permalink, readable
from handlers.slack.response import Response
from handlers.tickets.authors import requester_of, source_of
from handlers.tickets.create import new_form, new_nonce, read_typed
from handlers.tickets.form_view import FormMeta

_SUMMARY = 150


async def on_message_shortcut(visit: Visit, shortcut: MessageShortcut, said_above: str = "") -> Response:
    """The message shortcut “Create ticket”: all of it from the payload."""
    message = shortcut.message
    existing = await visit.tools.tickets.of_message(
        visit.workspace, visit.actor, shortcut.channel.id, message.ts
    )
    if existing:
        directory = await visit.tools.tickets.directory(visit.workspace, visit.actor, ids_of(existing))
        view = notice.taken(existing, directory)
    else:
        if message.unread:
            said_above = "\n".join(filter(None, (said_above, notice.PARTLY_READ)))
        meta = _meta(shortcut)
        view = await form_for_message(visit, meta, source_of(visit, message, meta.permalink), said_above)
    return open_view(shortcut, view)


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
    visit: Visit, origin: Origin, target: Target, key: str, usual: Mapping[str, JsonValue] | None = None
) -> Created:
    """A ticket of the message of `origin`, whose first line is read as what somebody types. `usual` fills what it leaves open.
    Raises InvalidInput where all of them do not say what a ticket needs."""
    source = origin.message or SourceMessage()
    phrase = await read_typed(visit, summary_of(source))
    if phrase.problems:
        raise InvalidInput(phrase.problems)
    text = readable(source.text, visit.people.name).strip()
    return await visit.tools.tickets.create(
        visit.workspace,
        {**(usual or {}), "symptomDescription": text, **phrase.fields},
        CreateRequest(visit.actor, origin, target, key, requester=requester_of(visit, source)),
    )


async def form_for_message(
    visit: Visit,
    meta: FormMeta,
    message: SourceMessage,
    said_above: str = "",
    usual: Mapping[str, JsonValue] | None = None,
) -> View:
    """The form with a message filled in, and what is usual."""
    texts = {
        "summary": summary_of(message, visit.people.name),
        "symptomDescription": readable(message.text, visit.people.name).strip(),
    }
    fields: dict[str, JsonValue] = {**(usual or {}), **{field: text for field, text in texts.items() if text}}
    return await new_form(visit, meta, fields, said_above, message=message)


def summary_of(message: SourceMessage, name_of: Callable[[str], str] | None = None) -> str:
    """What a message proposes as a ticket's summary: the first line that says something."""
    return shorten(readable(first_line(message.text), name_of).strip(), _SUMMARY)
