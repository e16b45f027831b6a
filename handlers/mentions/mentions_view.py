"""What people are told who spoke to @Deskhand."""

from collections.abc import Mapping

from pydantic import JsonValue

from bot.domain.directory import Directory
from bot.domain.elsewhere import SeenTicket
from bot.domain.ticket import Ticket
from bot.domain.words import choice
from handlers.blocks.kit import SECTION, Block, Message, View, actions, button, context, message, section
from handlers.blocks.notice import typed_line
from handlers.blocks.text import one_line, user_text
from handlers.slack import ids

_NAME = 80
_OPENS_FORM = f"{ids.OPEN_FORM}:"


def line(words: str) -> Message:
    """What has been done, for all."""
    return message(f":heavy_check_mark: {words}")


def noted_in_public() -> Message:
    """For whoever wrote a private note where others read as well."""
    return message(
        "The note is kept for agents alone. Your message here can be read by everybody: delete it, and the note stays."
    )


def asked(said: str, doubt: str) -> Message:
    """What was meant? `doubt` is mrkdwn."""
    return message(doubt, [section(doubt), *typed_line(said)])


def whose(only_its_own: str, own: Ticket) -> str:
    """For an order below another workspace's ticket, with a number that is an own ticket's, too. mrkdwn, of plain text."""
    return f"{user_text(only_its_own, SECTION // 2)} If you mean your own {own.name}, type the order behind `/ticket`."


def to_press(view: View, nonce: str) -> Message:
    """A form, or a ticket, that opens at a press. `nonce`: under which the order is kept."""
    title = view.get("title")
    name = one_line(str(title.get("text")), _NAME) if isinstance(title, dict) else "It"
    words = f"*{name}*: a press opens it."
    return message(
        words, [section(words), actions(button("Open the form", ids.OPEN_ORDER, value=nonce, primary=True))]
    )


def no_order(said: str, ticket: Ticket, offered: str) -> Message:
    """For what was said in a ticket's thread and is no order. `offered`: what the button that makes a ticket of it carries."""
    words = (
        f"I don't know that order, so it is a comment of *{ticket.name}*. `@Deskhand help` shows what I can do: "
        "an order stands alone, or its words behind a colon, as in `@Deskhand close: done by phone`."
    )
    making = button("Make a ticket of it", ids.OPEN_MESSAGE_FORM, value=offered)
    return message(words, [section(words), *typed_line(said), actions(making)])


def comment_elsewhere(seen: SeenTicket) -> Message:
    """For what was said in the thread of another workspace's ticket and is no order."""
    heard = (
        "so it is a comment there"
        if seen.may_comment
        else "and nobody there reads it: they let you see it only"
    )
    return message(f"I don't know that order, {heard}: *{seen.name}* is a ticket of another workspace.")


def makes_a_ticket(body: Message) -> bool:
    """Whether a button of it makes a ticket of a typed line."""
    return any(_is_line_button(each) for block in body.get("blocks", ()) for each in _elements(block))


def of_the_message(body: Message, offered: str) -> Message:
    """With that button making a ticket of the message instead, so that the message is one ticket."""
    blocks = [
        {**block, "elements": [_of_message(each, offered) for each in _elements(block)]}
        if any(map(_is_line_button, _elements(block)))
        else block
        for block in body.get("blocks", ())
    ]
    return {**body, "blocks": blocks}


def direct_offer(said: str, usual: Mapping[str, JsonValue], directory: Directory, value: str) -> Message:
    """For a direct message that is no order: a press makes a ticket of it, with what is `usual` for whoever wrote it."""
    words = "Shall I make a ticket of this?"
    names = [
        directory.name_of("customerId", str(usual["customerId"])) if "customerId" in usual else "",
        directory.name_of("siteId", str(usual["siteId"])) if "siteId" in usual else "",
        choice(str(usual["ticketType"])) if "ticketType" in usual else "",
    ]
    told = " · ".join(one_line(name, _NAME) for name in names if name)
    as_usual = [context(f"As your last ones: {told}. You can change it afterwards.")] if told else []
    making = actions(button("Make it a ticket", ids.MAKE_TICKET, value=value, primary=True))
    hint = context("`help` shows what else I can do here.")
    return message(words, [section(words), *typed_line(said), *as_usual, making, hint])


def made(ticket: Ticket) -> Message:
    """In the place of the offer, once it is taken."""
    return message(
        f":heavy_check_mark: It is *{ticket.name}* now, and its card stands in the thread of your message."
    )


def _elements(block: Block) -> list[Block]:
    elements = block.get("elements")
    return [each for each in elements if isinstance(each, dict)] if isinstance(elements, list) else []


def _is_line_button(element: Block) -> bool:
    return str(element.get("action_id", "")).startswith(_OPENS_FORM)


def _of_message(element: Block, offered: str) -> JsonValue:
    is_line = _is_line_button(element)
    return {**element, "action_id": ids.OPEN_MESSAGE_FORM, "value": offered} if is_line else element
