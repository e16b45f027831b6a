"""The thread of a ticket in which somebody has others reminded."""

from typing import NamedTuple

from bot.domain.comments import requesters_thread
from bot.domain.permissions import Actor, may
from bot.domain.ticket import Ticket

_DIRECT = "D"  # how the IDs of direct messages begin


class Thread(NamedTuple):
    channel: str
    thread_ts: str


def thread_channel(ticket: Ticket, actor: Actor, channel: str | None) -> str | None:
    """The channel of the thread in which an actor can have others reminded of a ticket: this one where it has a thread there;
    None where it has none at all."""
    channels = [each.channel for each in _threads(ticket, actor)]
    return channel if channel in channels else next(iter(channels), None)


def thread_in(ticket: Ticket, actor: Actor | None, channel: str | None) -> Thread | None:
    """`actor`: None for whoever has left, and might have others reminded there when they asked for it."""
    return next((each for each in _threads(ticket, actor) if each.channel == channel), None)


def _threads(ticket: Ticket, actor: Actor | None) -> list[Thread]:
    """Where its requester follows it, and then where else it is talked about, as far as the actor may be there; direct
    messages are none."""
    own, works = requesters_thread(ticket), actor is None or may(actor, "work", ticket)
    places = [
        (own.channel, own.thread_ts),
        *((card.channel, card.ts) for card in ticket.cards if works or not card.internal),
    ]
    return [Thread(channel, ts) for channel, ts in places if channel and ts and channel[0] != _DIRECT]
