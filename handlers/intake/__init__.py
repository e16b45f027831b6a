"""Channels whose messages become tickets."""

from handlers.intake.intake import on_channel_message, on_make
from handlers.slack import ids
from handlers.slack.journey import Journey

__all__ = [
    "JOURNEY",
    "on_channel_message",
]
"""What other journeys may use."""

JOURNEY = Journey(actions={ids.INTAKE_OFFER: on_make})
