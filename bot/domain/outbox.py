"""The outbox: what is still to be shown in Slack. A job names the ticket, never the text (law 3)."""

from uuid import UUID

from pydantic import Field

from bot.domain.record import Instant, Record


class Target(Record):
    """Where a card belongs, and the ways round where the bot may not post there.

    Tried in this order: `channel` (in `thread_ts`), `response_url`, a direct message to `user`.
    """

    channel: str | None = None
    thread_ts: str | None = None
    response_url: str | None = Field(None, repr=False)  # whoever holds it may post: a secret
    user: str


class Job(Record):
    """Show the card of ticket `number` at `target`. Jobs of one ticket are delivered in the order they were made."""

    id: UUID
    number: int
    target: Target
    created_at: Instant
    due_at: Instant
    attempts: int = 0
    last_error: str | None = None
