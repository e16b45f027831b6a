"""Names a ticket of another workspace."""

from bot.domain.record import Record


class MirrorRef(Record):
    """Ticket `number` of the team `home`. `ticket`: its ID, where what is meant is that one and no other: one that was installed anew
    counts its tickets from the beginning.
    """

    home: str
    number: int
    ticket: str | None = None

    @property
    def key(self) -> str:
        return f"{self.home}/{self.number} {self.ticket}" if self.ticket else f"{self.home}/{self.number}"
