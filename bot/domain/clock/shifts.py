"""A change of shift on call: what the clock knew of it, and what is handed over."""

from collections.abc import Sequence
from datetime import datetime

from bot.domain.queues import Queue
from bot.domain.record import Record
from bot.domain.search import Span, TicketFilter, TicketPage

NAMED = 10
"""So many tickets a hand-over names; of the others it tells how many there are."""


class Refusal(Record):
    """Why a user group does not follow on call: Slack's code, or one of ours. `person`: whom it is about."""

    why: str
    person: str | None = None


class LastShift(Record):
    """Who was on call when the clock last looked, which user group has been told to follow, and why it does not."""

    on_call: str | None = None
    group: str | None = None
    refused: Refusal | None = None


class HandOver(Record):
    """What there is to do in a queue as its shift changes. `off` goes, `on` comes: Slack user IDs; None where nobody is on
    call. `numbers`: of the tickets that it names, the late ones first, then the critical ones."""

    queue: str
    off: str | None = None
    on: str | None = None
    open: int
    late: int
    critical: int
    numbers: tuple[int, ...]


def open_tickets(queue: Queue, at: datetime) -> tuple[TicketFilter, TicketFilter, TicketFilter]:
    """The late ones of a queue, the critical ones, and all: the most urgent first."""
    every = TicketFilter(open_only=True, queues=(queue.name,), sort="priority")
    late = every.model_copy(update={"due": Span(end=at), "sort": "due"})
    return late, every.model_copy(update={"priorities": ("critical",)}), every


def hand_over(queue: Queue, off: str | None, on: str | None, pages: Sequence[TicketPage]) -> HandOver | None:
    """`pages`: of what `open_tickets` asks for, in its order. None where there is nothing to say."""
    late, critical, every = pages
    if not every.total:
        return None
    numbers = dict.fromkeys(ticket.number for page in pages for ticket in page.tickets)
    return HandOver(
        queue=queue.name,
        off=off,
        on=on,
        open=every.total,
        late=late.total,
        critical=critical.total,
        numbers=tuple(numbers)[:NAMED],
    )
