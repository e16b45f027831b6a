"""What the clock knows of one ticket, kept with it."""

from bot.domain.record import Record


class TicketClock(Record):
    """Each part is a rule's own, and empty where the rule has nothing to do with the ticket."""
