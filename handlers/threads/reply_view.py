"""The form that sends a reply to the requester."""

from uuid import UUID

from bot.domain.record import Record
from bot.domain.ticket import Ticket
from handlers.blocks import card
from handlers.blocks.kit import (
    INITIAL_VALUE,
    Block,
    View,
    context,
    form_modal,
    input_block,
    modal,
    section,
)
from handlers.blocks.text import on_its_way, one_line, shorten
from handlers.slack import ids

REPLY = "reply"
"""The name of the form's one input."""


class ReplyMeta(Record):
    """What rides in the private_metadata of a reply's form."""

    nonce: UUID
    number: int


def reply_form(ticket: Ticket, text: str, nonce: UUID, *, has_files: bool) -> View:
    """What stands in the input is sent: so somebody reads an internal message once more before it leaves."""
    element: Block = {
        "type": "plain_text_input",
        "action_id": REPLY,
        "multiline": True,
        "max_length": INITIAL_VALUE,
    }
    if text:
        element["initial_value"] = shorten(text, INITIAL_VALUE)
    blocks: list[Block] = [
        section(f"This goes to {card.requester(ticket)}, who asked for *{ticket.name}*: {_summary(ticket)}"),
        input_block(REPLY, "Reply", element),
    ]
    if has_files:
        blocks.append(context("Files stay here: only the words are sent."))
    return form_modal(
        "Reply to requester",
        blocks,
        callback_id=ids.REPLY_FORM,
        submit="Send",
        private_metadata=ReplyMeta(nonce=nonce, number=ticket.number).model_dump_json(),
    )


def reply_sent(ticket: Ticket, refused: str | None = None) -> View:
    reply = f"Your reply to {card.requester(ticket)} about *{ticket.name}*"
    words = f":white_check_mark: It is saved. {on_its_way(reply, refused)}"
    return modal("Saved" if refused else "Sent", [section(words)], callback_id=ids.NOTICE, close="Done")


def _summary(ticket: Ticket) -> str:
    return one_line(ticket.summary, card.SUMMARY)
