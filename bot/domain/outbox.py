"""The outbox: what is still to be shown in Slack. A job names the ticket, never the text (law 3)."""

from datetime import datetime
from uuid import NAMESPACE_URL, UUID, uuid5

from pydantic import Field

from bot.domain.queues import Queue
from bot.domain.record import Instant, Record
from bot.domain.ticket import Place, Ticket


class Target(Record):
    """Where a card belongs, and the ways round where the bot may not post there.

    Tried in this order: `channel` (in `thread_ts`), `response_url`, a direct message to `user`.
    """

    channel: str | None = None
    thread_ts: str | None = None
    response_url: str | None = Field(None, repr=False)  # whoever holds it may post: a secret
    user: str
    internal: bool = False  # a channel of agents: the card's place there is internal too


class Job(Record):
    """Show the card of ticket `number` at `target`. Jobs of one ticket are delivered in the order they were made.

    With a `comment`, the key of one, that is shown instead; it has no way round to anybody but the target's user.
    """

    id: UUID
    number: int
    target: Target
    created_at: Instant
    due_at: Instant
    place: Place | None = None
    comment: str | None = None
    attempts: int = 0
    last_error: str | None = None


def announcement(ticket: Ticket, queue: Queue | None, now: datetime) -> tuple[Job, ...]:
    """The job that shows a ticket in its queue's triage channel, where it is not shown yet. Where the bot may not
    post there, whoever set the queue up hears of it."""
    if queue is None or any(card.channel == queue.channel for card in ticket.cards):
        return ()
    job_id = uuid5(NAMESPACE_URL, f"{ticket.id}:{queue.channel}")
    target = Target(channel=queue.channel, user=queue.owner, internal=True)
    return (Job(id=job_id, number=ticket.number, target=target, created_at=now, due_at=now),)


def updates(ticket: Ticket, now: datetime) -> tuple[Job, ...]:
    """The jobs that bring every card of a changed ticket up to date; one that waits already is replaced."""
    return tuple(
        Job(
            id=uuid5(NAMESPACE_URL, f"{place.channel}:{place.ts}"),
            number=ticket.number,
            target=Target(channel=place.channel, user=ticket.created_by),
            place=place,
            created_at=now,
            due_at=now,
        )
        for place in ticket.cards
    )
