"""What somebody is told in private after a reaction."""

from handlers.blocks.kit import Message, actions, button, message, section
from handlers.slack import ids

_WORDS = "I can make a ticket of that message. Tell me the customer, the site and the type."


def offer(value: str) -> Message:
    """For a message that lacks what a ticket needs; the button carries `value`: which message it is, and under which draft it is kept."""
    opening = button("Open the form", ids.OPEN_MESSAGE_FORM, value=value, primary=True)
    return message(_WORDS, [section(_WORDS), actions(opening)])
