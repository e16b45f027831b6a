"""@Deskhand in channels and threads, and what people write to it directly."""

from handlers.mentions.mentions import is_order, on_direct_message, on_mention
from handlers.slack.journey import Journey

__all__ = [
    "JOURNEY",
    "is_order",
    "on_direct_message",
]
"""What other journeys may use."""

JOURNEY = Journey(events={"app_mention": on_mention})
