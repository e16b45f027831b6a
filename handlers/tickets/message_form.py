"""The form that makes a ticket of a message.

ben: (a message's menu) Create ticket    -> the form, with the message filled in
ben: (the same message again)            -> “This message is already T-2”
"""

from pydantic import JsonValue

from bot.domain.ticket import SourceMessage
from handlers.blocks import notice
from handlers.blocks.kit import View
from handlers.slack.actors import open_view
from handlers.slack.context import Visit
from handlers.slack.payload_fields import permalink, readable, source_message
from handlers.slack.payloads import MessageShortcut
from handlers.slack.response import Response
from handlers.tickets.create import new_form, new_nonce
from handlers.tickets.form_view import FormMeta

_SUMMARY = 150


async def on_message_shortcut(visit: Visit, shortcut: MessageShortcut, said_above: str = "") -> Response:
    """The message shortcut “Create ticket”: all of it from the payload."""
    message = shortcut.message
    existing = await visit.tools.tickets.of_message(
        visit.workspace, visit.actor, shortcut.channel.id, message.ts
    )
    if existing:
        view = notice.taken(existing, await visit.tools.tickets.directory(visit.workspace, visit.actor))
    else:
        view = await form_for_message(visit, _meta(shortcut), source_message(message), said_above)
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


async def form_for_message(
    visit: Visit, meta: FormMeta, message: SourceMessage, said_above: str = ""
) -> View:
    """The form with a message filled in."""
    text = readable(message.text, visit.people.name).strip()
    fields: dict[str, JsonValue] = {"summary": first_line(text), "symptomDescription": text} if text else {}
    return await new_form(visit, meta, fields, said_above, message=message)


def first_line(text: str) -> str:
    line = text.splitlines()[0].strip()
    return line if len(line) <= _SUMMARY else line[: _SUMMARY - 1].rstrip() + "…"
