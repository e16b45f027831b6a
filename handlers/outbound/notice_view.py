"""A notice as a message."""

from bot.domain.outbox import Notice
from handlers.blocks.kit import SECTION, Message, actions, button, message, section
from handlers.blocks.text import escape, pieces

_PIECES = 4  # sections; a message takes about 13,000 characters in all


def notice_message(notice: Notice) -> Message:
    """What somebody typed pages nobody and links nowhere."""
    text = "".join(escape(piece.text) if piece.typed else piece.text for piece in notice.text)
    words = pieces(text, SECTION)[:_PIECES]
    blocks = [section(each) for each in words]
    if notice.buttons:
        blocks.append(actions(*(button(b.label, b.action_id, value=b.value) for b in notice.buttons)))
    return message(words[0], blocks)
