"""@Deskhand in channels and threads, and what people write to it directly."""

from handlers.mentions.mentions import Mentions

__all__ = ["Mentions"]
"""What other journeys may use."""
