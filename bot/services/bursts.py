"""What one person writes in an intake channel within a few minutes: the ticket that it joins, or the offer it waits for.

All of it is read and kept inside a transaction, so that two messages that come at once find each other.
"""

from collections.abc import AsyncIterator
from itertools import count
from typing import NamedTuple

from bot.domain.comments import Comment, ThreadMessage, comment_of
from bot.domain.draft import Draft
from bot.domain.intake import burst_key, is_near, joined_by, span_of, spans_near
from bot.domain.ticket import Ticket, message_key
from bot.domain.workspace_settings import WorkspaceSettings
from bot.services.ports.store import Transaction


class NewBurst(NamedTuple):
    """What a new ticket gathers: the `key` by which later messages find it, and earlier ones as its comments."""

    key: str
    comments: tuple[Comment, ...]


async def of_new(tx: Transaction, ticket: Ticket, settings: WorkspaceSettings) -> NewBurst | None:
    """Of a ticket that a person's own message in an intake channel became, whichever way; None of any other."""
    origin = ticket.origin
    channel, ts, source = origin.channel, origin.message_ts, origin.message
    defaults = settings.channels.get(channel) if channel else None
    is_own = source is not None and source.author == ticket.created_by
    if not (channel and ts and is_own and defaults) or defaults.intake == "off" or origin.thread_ts != ts:
        return None
    place = len([each async for each in tickets_of(tx, channel, ticket.created_by, span_of(ts))])
    waited = [
        message
        async for offer in _offers_near(tx, channel, ticket.created_by, ts, defaults.joins_within)
        for message in offer.waiting
        if message.ts != ts and is_near(ts, message.ts, defaults.joins_within)
    ]
    comments = [
        comment_of(each, ticket).model_copy(update={"heard": True})
        for each in waited
        if not await _has_ticket(tx, each)
    ]
    return NewBurst(burst_key(channel, ticket.created_by, span_of(ts), place), tuple(comments))


async def tickets_of(tx: Transaction, channel: str, user: str, span: int) -> AsyncIterator[Ticket]:
    """What a person's messages of one span of time became."""
    for place in count():
        number = await tx.answered(burst_key(channel, user, span, place))
        if number is None:
            return
        if ticket := await tx.ticket(number):
            yield ticket


async def ticket_near(tx: Transaction, message: ThreadMessage, minutes: int) -> Ticket | None:
    """The ticket that a message joins."""
    near = [
        ticket
        for span in spans_near(message.ts, minutes)
        async for ticket in tickets_of(tx, message.channel, message.author, span)
    ]
    return joined_by(message.ts, near, minutes)


async def offer_near(tx: Transaction, message: ThreadMessage, minutes: int) -> Draft | None:
    """The offer that stands for a message: its own, or that of another one of the same burst."""
    async for offer in _offers_near(tx, message.channel, message.author, message.ts, minutes):
        if not await _has_ticket(tx, offer.waiting[0]):
            return offer
    return None


async def free_offer_key(tx: Transaction, message: ThreadMessage) -> str:
    span = span_of(message.ts)
    there = [each async for each in _offers_of(tx, message.channel, message.author, span)]
    return burst_key(message.channel, message.author, span, len(there))


async def number_of(tx: Transaction, message: ThreadMessage) -> int | None:
    """Of the ticket that a message became, or whose comment it is."""
    if number := await tx.answered(message_key(message.channel, message.ts)):
        return number
    comment = await tx.comment(message.key)
    return comment.number if comment else None


async def _offers_of(tx: Transaction, channel: str, user: str, span: int) -> AsyncIterator[Draft]:
    for place in count():
        offer = await tx.draft(burst_key(channel, user, span, place))
        if offer is None:
            return
        yield offer


async def _offers_near(
    tx: Transaction, channel: str, user: str, ts: str, minutes: int
) -> AsyncIterator[Draft]:
    for span in spans_near(ts, minutes):
        async for offer in _offers_of(tx, channel, user, span):
            if is_near(ts, offer.waiting[0].ts, minutes):
                yield offer


async def _has_ticket(tx: Transaction, message: ThreadMessage) -> bool:
    return await number_of(tx, message) is not None
