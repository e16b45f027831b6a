"""What somebody is told in private of a reaction."""

from handlers.blocks.kit import Message, actions, button, message, section
from handlers.slack import ids
from handlers.tickets.form_view import FormMeta

_WORDS = "I can make a ticket of that message. Tell me the customer, the site and the type."


def offer(meta: FormMeta) -> Message:
    """For a message that lacks what a ticket needs; the button carries where it stands and where it is kept."""
    value = meta.model_dump_json(exclude_defaults=True)
    opening = button("Open the form", ids.OPEN_MESSAGE_FORM, value=value, primary=True)
    return message(_WORDS, [section(_WORDS), actions(opening)])
