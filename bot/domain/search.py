"""What a list of tickets asks for."""

from bot.domain.record import Record
from bot.domain.ticket import Ticket


class TicketFilter(Record):
    """All conditions must hold. `words` are looked for in number (`42`, `T-42`) and summary, whatever their case."""

    open_only: bool = False
    words: tuple[str, ...] = ()


class Page(Record):
    """One page of a list, newest first: `offset` tickets came before it, `total` match in all."""

    tickets: tuple[Ticket, ...]
    offset: int
    total: int
