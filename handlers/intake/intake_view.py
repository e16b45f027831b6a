"""What is said below a message of an intake channel that has become no ticket by itself."""

from bot.domain.intake import MOST_OF_A_CHANNEL, MOST_OF_A_PERSON, SPAN, Whose
from bot.domain.ticket import Ticket
from handlers.blocks.kit import Message, actions, button, message, section
from handlers.slack import ids

_OFFER = "Shall this be a ticket? What you write here next goes with it."
_MINUTES = int(SPAN.total_seconds() // 60)
_REACHED: dict[Whose, str] = {
    "person": f"you have sent in {MOST_OF_A_PERSON} of them within {_MINUTES} minutes",
    "channel": f"{MOST_OF_A_CHANNEL} came from this channel within {_MINUTES} minutes",
}


def offer(nonce: str) -> Message:
    """The button carries the nonce of the offer, under which the message is kept."""
    making = button("Make it a ticket", ids.INTAKE_OFFER, value=nonce, primary=True)
    return message(_OFFER, [section(_OFFER), actions(making)])


def made(ticket: Ticket) -> Message:
    """In the place of the offer."""
    return message(f"This is *{ticket.name}* now.")


def already(ticket: Ticket) -> Message:
    return message(f"This is already *{ticket.name}*.")


def limited(whose: Whose) -> Message:
    """Said once in a span of time, though it may hold for many messages."""
    return message(
        f"I made no ticket of this message, nor of those that follow: {_REACHED[whose]}. "
        "For one that needs a ticket now, choose *Create ticket* in its menu."
    )
