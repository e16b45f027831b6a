"""Names a ticket of another workspace."""

from bot.domain.record import Record


class MirrorRef(Record):
    """Ticket `number` of the team `home`."""

    home: str
    number: int

    @property
    def key(self) -> str:
        return f"{self.home}/{self.number}"
