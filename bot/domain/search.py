"""What a list of tickets asks for."""

from datetime import datetime
from typing import Annotated, Literal, Optional

from pydantic import AfterValidator

from bot.domain.contract import Priority, Status, TicketType, VisibilityMode
from bot.domain.permissions import Actor
from bot.domain.record import Instant, Record
from bot.domain.ticket import Ticket

Sort = Literal["newest", "age", "due", "priority"]
"""`age`: the oldest first. `due`: the soonest first, then those without. `priority`: the highest, of equals the newest."""

Response = Literal["late"]
"""`late`: a requester waits for an answer for longer than the service level has it."""


def _whole(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)


Second = Annotated[Instant, AfterValidator(_whole)]
"""A moment to the second, which is as exactly as anybody asks."""


class Span(Record):
    """From a moment (itself included) until another (itself not). None is no bound."""

    start: Second | None = None
    end: Second | None = None


class TicketFilter(Record):
    """All conditions must hold; of those with several values, one must. An empty one asks for nothing.

    `assignees`: user IDs; None stands for nobody. `queues`, whatever their case. `words` are looked for in number (`42`,
    `T-42`), summary and description. `due` is of the due time that somebody gave or that the service level makes. `homes`: the teams of other workspaces whose tickets are wanted instead. `involving`: who asked for it or has it. `within`: another filter that must
    hold as well; its order does not count.
    """

    open_only: bool = False
    statuses: tuple[Status, ...] = ()
    priorities: tuple[Priority, ...] = ()
    types: tuple[TicketType, ...] = ()
    assignees: tuple[str | None, ...] = ()
    queues: tuple[str, ...] = ()
    customers: tuple[str, ...] = ()
    requesters: tuple[str, ...] = ()
    due: Span | None = None
    created: Span | None = None
    response: tuple[Response, ...] = ()
    visibilities: tuple[VisibilityMode, ...] = ()
    homes: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    sort: Sort = "newest"
    involving: str | None = None
    within: Optional["TicketFilter"] = None


COUNTED = 1000
"""How many tickets a list counts; of more it says that there are more."""


class TicketPage(Record):
    """One page of a list: `offset` tickets came before it. `total` match in all; of more than COUNTED it is one more than
    that, for no store counts a million at once. `has_more`: there is a page after this one.

    `is_partial`: it was looked for by words, and the store, which was opened moments ago, has yet to read those of older
    tickets.
    """

    tickets: tuple[Ticket, ...]
    offset: int
    total: int
    has_more: bool
    is_partial: bool = False

    @property
    def hint(self) -> str:
        """What is to be known of a page that may hold too little; else empty."""
        return _STILL_READING if self.is_partial else ""


_STILL_READING = "Deskhand has just started and is still reading what older tickets say. Search again in a few seconds to find all of them."


def seen_by(actor: Actor) -> TicketFilter:
    """The tickets that `permissions.may` lets somebody see."""
    if actor.is_agent:
        return TicketFilter()
    return TicketFilter(involving=actor.user) if actor.is_member else TicketFilter(requesters=(actor.user,))


def bounded(wanted: TicketFilter, actor: Actor) -> TicketFilter:
    """What is wanted, of the tickets that somebody may see."""
    return _within(wanted, seen_by(actor))


def _within(wanted: TicketFilter, bounds: TicketFilter) -> TicketFilter:
    return wanted.model_copy(update={"within": _within(wanted.within, bounds) if wanted.within else bounds})
