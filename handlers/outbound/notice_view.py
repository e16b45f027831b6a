"""A notice as a message."""

from bot.domain.outbox import Notice
from handlers.blocks.kit import Message, actions, button, message, section
from handlers.blocks.text import escape, pieces

_PIECE = 2900  # a section takes 3,000 characters
_PIECES = 4  # a message takes about 13,000 in all


def notice_message(notice: Notice) -> Message:
    """What somebody typed pages nobody and links nowhere."""
    text = "".join(escape(piece.text) if piece.typed else piece.text for piece in notice.text)
    words = pieces(text, _PIECE)[:_PIECES]
    blocks = [section(each) for each in words]
    if notice.buttons:
        blocks.append(actions(*(button(b.label, b.action_id, value=b.value) for b in notice.buttons)))
    return message(words[0], blocks)
