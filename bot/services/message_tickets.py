"""Which ticket a message belongs to: it became one, or shows one, or stands in one's thread."""

from collections.abc import Sequence

from bot.domain.comments import closest, key_of, threads
from bot.domain.errors import Forbidden, NotFound, NotKnown
from bot.domain.permissions import Actor, if_visible, may
from bot.domain.ticket import Ticket, message_key, message_keys
from bot.domain.workspace import Workspace
from bot.services.ports.store import Reader, Store


class MessageTickets:
    """Each for an actor, who gets only what they may see."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def of_message(
        self, workspace: Workspace, actor: Actor, channel: str, ts: str, client_msg_id: str | None = None
    ) -> Ticket | None:
        """The ticket that a message was turned into, or that a message of ours shows. Raises Forbidden where the actor may not
        see the former: a message cannot become a second one."""
        reader = self._store.read(workspace)
        for key in message_keys(channel, ts, client_msg_id):
            number = await reader.answered(key)
            if ticket := await reader.ticket(number) if number else None:
                return not_hidden(actor, ticket)
        return if_visible(actor, await _shown_at(reader, channel, ts))

    async def about_message(
        self, workspace: Workspace, actor: Actor, channel: str, *messages: str | None
    ) -> Ticket | None:
        """The ticket that was made from one of these messages, that shows its card there, or whose thread it is.
        Raises NotKnown where the actor sees none, perhaps only because we do not know yet who they are."""
        reader = self._store.read(workspace)
        for ts in messages:
            if ts and (ticket := await _about(reader, channel, ts)):
                if if_visible(actor, ticket):
                    return ticket
                break
        if not actor.is_settled:
            raise NotKnown
        return None

    async def in_thread(
        self, workspace: Workspace, actor: Actor, channel: str, thread_ts: str
    ) -> Sequence[Ticket]:
        """The tickets of a thread, of which the actor sees some. Raises NotKnown or NotFound where they see none of them."""
        there = await tickets_at(self._store.read(workspace), channel, thread_ts)
        visible = [ticket for ticket in there if may(actor, "see", ticket)]
        if there and not visible:
            if not actor.is_settled:
                raise NotKnown
            raise NotFound("I know of no ticket of this thread that you can see.")
        return visible


def not_hidden(actor: Actor, ticket: Ticket) -> Ticket:
    """The ticket that a message became: a message has one ticket, whoever asks."""
    if may(actor, "see", ticket):
        return ticket
    if not actor.is_settled:
        raise NotKnown
    raise Forbidden("This message is a ticket already. Only agents and whoever asked for it can see it.")


async def number_at(reader: Reader, channel: str, ts: str) -> int | None:
    """The number of the ticket that a message was turned into, or whose thread hangs on it."""
    return await reader.answered(message_key(channel, ts)) or await reader.ticket_at(channel, ts)


async def tickets_at(reader: Reader, channel: str, ts: str) -> Sequence[Ticket]:
    """The tickets whose thread hangs on a message: more than one where several of its messages became tickets."""
    number = await number_at(reader, channel, ts)
    first = await reader.ticket(number) if number else None
    if first is None:
        return ()
    others = [await reader.ticket(other) for other in first.same_thread]
    there = (first, *(other for other in others if other and key_of(channel, ts) in threads(other)))
    return [ticket for ticket in there if not ticket.withdrawn_at] or there[:1]


async def _about(reader: Reader, channel: str, ts: str) -> Ticket | None:
    """The ticket that a message became, that it shows, whose comment it is, or whose thread hangs on it."""
    comment = await reader.comment(key_of(channel, ts))
    number = await reader.answered(message_key(channel, ts)) or (comment and comment.number)
    if number:
        return await reader.ticket(number)
    tickets = await tickets_at(reader, channel, ts)
    return closest(tickets) if tickets else None


async def _shown_at(reader: Reader, channel: str, ts: str) -> Ticket | None:
    """The ticket whose card, or one of whose comments, a message of ours shows."""
    number = await reader.ticket_at(channel, ts)
    ticket = await reader.ticket(number) if number else None
    asked_for_here = ticket and (ticket.origin.channel, ticket.origin.thread_ts) == (channel, ts)
    return None if asked_for_here else ticket
