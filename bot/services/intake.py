"""Intake channels: each new message of a person becomes a ticket, joins the one they have just asked for, or gets an offer."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import NamedTuple

from bot.domain.channel_defaults import ChannelDefaults
from bot.domain.comments import ThreadMessage, moment_of
from bot.domain.draft import Draft
from bot.domain.errors import InvalidInput, NotFound
from bot.domain.intake import (
    MOST_OF_A_CHANNEL,
    MOST_OF_A_PERSON,
    Meaning,
    Whose,
    span_of,
    taken_key,
    with_waiting,
)
from bot.domain.outbox import Target
from bot.domain.permissions import Actor
from bot.domain.ticket import Origin, SourceMessage, Ticket, message_key
from bot.domain.workspace import Workspace
from bot.services import bursts
from bot.services.message_tickets import not_hidden
from bot.services.ports.store import Reader, Store, Transaction
from bot.services.ticket_comments import TicketComments
from bot.services.tickets import CreateRequest, Tickets


@dataclass(frozen=True, slots=True)
class Said:
    """A message in a channel, or a change of one. `fields`: what of a ticket it says itself, by the contract's names;
    None where that is doubtful."""

    message: ThreadMessage
    source: SourceMessage
    fields: Mapping[str, object] | None
    meaning: Meaning
    permalink: str | None = None

    @property
    def key(self) -> str:
        """The idempotency key of what becomes of it: a retry after an undo makes nothing."""
        return f"intake:{self.message.key}"


@dataclass(frozen=True, slots=True)
class Offered:
    """An offer is to stand in the thread of its message, and is known by its nonce."""

    nonce: str


class OfferedMessage(NamedTuple):
    """The message that an offer is about: its first, or the next where that was deleted, of which there is no `source` then.
    `ticket` is what it has become by now."""

    message: ThreadMessage
    source: SourceMessage | None
    ticket: Ticket | None


@dataclass(frozen=True, slots=True)
class Limited:
    """No ticket was made: so many have come of this person's messages, or of all in the channel. `key` names the span of time
    in which its author hears of it once."""

    whose: Whose
    key: str


class Intake:
    """Raises StoreUnavailable; nothing is changed then."""

    def __init__(self, store: Store, tickets: Tickets, comments: TicketComments) -> None:
        self._store = store
        self._tickets = tickets
        self._comments = comments

    async def listens(self, workspace: Workspace, channel: str) -> bool:
        """Whether a channel was switched on a moment ago. What holds is read again with the change."""
        return await _switched_on(self._store.read(workspace), channel) is not None

    async def take(self, workspace: Workspace, actor: Actor, said: Said) -> Offered | Limited | None:
        """What is to be said of it, where something is. Once or often, in any order, with other messages before or after it:
        the result is the same."""

        async def work(tx: Transaction) -> Offered | Limited | None:
            defaults = await _switched_on(tx, said.message.channel)
            return await self._taken(tx, workspace, actor, said, defaults) if defaults else None

        return await self._store.change(workspace, work)

    async def offered(self, workspace: Workspace, actor: Actor, nonce: str) -> OfferedMessage:
        """Raises NotFound, and Forbidden where the actor may not see the ticket that there is."""

        async def work(tx: Transaction) -> OfferedMessage:
            draft = await tx.draft(nonce)
            left = [each for each in draft.waiting if not each.deleted] if draft else []
            if draft is None or not left:
                raise NotFound("That message is no longer there. Write it again, and I will ask again.")
            message = left[0]
            number = await bursts.number_of(tx, message)
            ticket = await tx.ticket(number) if number else None
            source = draft.message if message.ts == draft.waiting[0].ts else None
            return OfferedMessage(message, source, not_hidden(actor, ticket) if ticket else None)

        return await self._store.change(workspace, work)

    async def _taken(
        self, tx: Transaction, workspace: Workspace, actor: Actor, said: Said, defaults: ChannelDefaults
    ) -> Offered | Limited | None:
        message = said.message
        if await self._is_known(tx, workspace, said):
            return None
        offer = await bursts.offer_near(tx, message, defaults.joins_within)
        if message.changed_ts:
            await _keep_change(tx, offer, message)
            return None
        early = await _early_change(tx, message)
        if said.meaning == "nothing" or (early and early.deleted):
            return None
        reports = (message, early) if early else (message,)
        if ticket := await bursts.ticket_near(tx, message, defaults.joins_within):
            if sent := message.client_msg_id:
                await tx.save(ticket, now=ticket.updated_at, keys=[_joined_key(sent)])
            for report in reports:
                ticket = await self._comments.record_in(tx, workspace, ticket, report)
            return None
        is_clear = defaults.intake == "ticket" and said.meaning == "request"
        if is_clear and (limited := await _limited(tx, message)):
            return limited
        if is_clear and await self._create(tx, workspace, actor, said):
            return None
        return await _offer(tx, said, offer, reports)

    async def _is_known(self, tx: Transaction, workspace: Workspace, said: Said) -> bool:
        """Whether this message, or the gesture that it is of, has led to a ticket before; what is new of a comment is kept."""
        message, sent = said.message, said.message.client_msg_id
        if comment := await tx.comment(message.key):
            if ticket := await tx.ticket(comment.number):
                await self._comments.record_in(tx, workspace, ticket, message)
            return True
        keys = [message_key(message.channel, message.ts), said.key]
        keys += [f"sent:{sent}", _joined_key(sent)] if sent else []
        return any([await tx.answered(key) for key in keys])

    async def _create(self, tx: Transaction, workspace: Workspace, actor: Actor, said: Said) -> bool:
        """Whether there is a ticket now: what the message says may be doubtful, and the channel may not say all that it leaves
        open."""
        if said.fields is None:
            return False
        message = said.message
        place = await _taken_in(tx, message)
        request = CreateRequest(
            actor=actor,
            origin=Origin(
                way="intake",
                channel=message.channel,
                message_ts=message.ts,
                thread_ts=message.ts,
                permalink=said.permalink,
                message=said.source,
            ),
            target=Target(channel=message.channel, thread_ts=message.ts, user=message.author),
            key=said.key,
            also=(taken_key(message.channel, span_of(message.ts), place),),
        )
        try:
            await self._tickets.create_in(tx, workspace, said.fields, request)
        except InvalidInput:
            return False
        return True


async def _switched_on(reader: Reader, channel: str) -> ChannelDefaults | None:
    defaults = (await reader.settings()).channels.get(channel)
    return defaults if defaults and defaults.intake != "off" else None


async def _limited(tx: Transaction, message: ThreadMessage) -> Limited | None:
    """The limits are counted in the store, by when messages were written: no restart, no second process and no retry begins
    the count anew."""
    channel, span = message.channel, span_of(message.ts)
    own = [each async for each in bursts.tickets_of(tx, channel, message.author, span)]
    if sum(each.origin.way == "intake" for each in own) >= MOST_OF_A_PERSON:
        return Limited("person", f"intake-limit:{channel}:{message.author}:{span}")
    if await _taken_in(tx, message) >= MOST_OF_A_CHANNEL:
        return Limited("channel", f"intake-limit:{channel}:all:{message.author}:{span}")
    return None


async def _taken_in(tx: Transaction, message: ThreadMessage) -> int:
    """How many tickets the messages of a channel became in the span of this one."""
    span = span_of(message.ts)
    for place in range(MOST_OF_A_CHANNEL):
        if await tx.answered(taken_key(message.channel, span, place)) is None:
            return place
    return MOST_OF_A_CHANNEL


async def _offer(
    tx: Transaction, said: Said, offer: Draft | None, reports: Sequence[ThreadMessage]
) -> Offered | None:
    """One offer for a burst: what else is said in it waits for the ticket."""
    message, is_first = said.message, offer is None
    if offer is None:
        nonce, at = await bursts.free_offer_key(tx, message), moment_of(message.ts)
        offer = Draft(nonce=nonce, created_at=at, message=said.source)
    await _wait(tx, offer, reports)
    # Its own message was told again where it is the first that waits: perhaps the offer was never said.
    return Offered(offer.nonce) if is_first or offer.waiting[0].ts == message.ts else None


async def _wait(tx: Transaction, offer: Draft, reports: Iterable[ThreadMessage]) -> None:
    waiting = reduce(with_waiting, reports, offer.waiting)
    if waiting != offer.waiting:
        await tx.keep_draft(offer.model_copy(update={"waiting": waiting}))


async def _keep_change(tx: Transaction, offer: Draft | None, change: ThreadMessage) -> None:
    """An edit or a deletion of a message that waits for its ticket, or of one that Slack has not told us of yet."""
    if offer and any(each.ts == change.ts for each in offer.waiting):
        await _wait(tx, offer, [change])
        return
    early = await _early_change(tx, change)
    (newest,) = with_waiting((early,) if early else (), change)
    at = moment_of(change.changed_ts or change.ts)
    await tx.keep_draft(Draft(nonce=_change_key(change), created_at=at, waiting=(newest,)))


async def _early_change(tx: Transaction, message: ThreadMessage) -> ThreadMessage | None:
    """What came of a message before the message itself."""
    kept = await tx.draft(_change_key(message))
    return kept.waiting[0] if kept else None


def _change_key(message: ThreadMessage) -> str:
    return f"change:{message.key}"


def _joined_key(client_msg_id: str) -> str:
    return f"joined:{client_msg_id}"
