"""What somebody is told in private after a reaction."""

from collections.abc import Sequence

from bot.domain.errors import Problem
from bot.domain.fields import label
from bot.domain.words import listed
from handlers.blocks.kit import Message, actions, button, message, section
from handlers.slack import ids


def offer(value: str, problems: Sequence[Problem]) -> Message:
    """For a message that lacks what a ticket needs, or of which something is doubtful; the button carries `value`: which message
    it is, and under which draft it is kept."""
    missing = [
        f"the {label(each.field).lower()}" for each in problems if each.field and each.code == "required"
    ]
    asked = f"Tell me {listed(missing, 'and')}." if missing else "Look at it in the form first."
    words = f"I can make a ticket of that message. {asked}"
    opening = button("Open the form", ids.OPEN_MESSAGE_FORM, value=value, primary=True)
    return message(words, [section(words), actions(opening)])
