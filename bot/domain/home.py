"""What somebody looks at in App Home: a tab, and the words that narrow it."""

from datetime import datetime, timedelta
from typing import Literal

from pydantic import Field

from bot.domain.permissions import Actor
from bot.domain.record import Record
from bot.domain.search import Span, TicketFilter
from bot.domain.ticket import DONE

HomeTab = Literal["mine", "queues", "asked", "unassigned", "due", "open", "done", "elsewhere"]
"""`elsewhere`: what other workspaces share."""

SOON = timedelta(hours=24)
"""What is due within this time is due soon; what is overdue, too."""


class Home(Record):
    """What `user` looked at last. `words` are a filter, as `filters.read_filter` reads them."""

    user: str
    tab: HomeTab = Field(alias="sight")  # as it was first written down
    words: str = ""


def tabs(actor: Actor, *, has_homes: bool = False) -> tuple[HomeTab, ...]:
    """The tabs that somebody has. Home opens with the first. `has_homes`: there are workspaces that may share tickets."""
    others: tuple[HomeTab, ...] = ("elsewhere",) if has_homes and actor.may_look_elsewhere else ()
    if not actor.is_agent:
        return ("asked", "done", *others)
    return ("mine", *(("queues",) if actor.queues else ()), "asked", "unassigned", "due", "open", *others)


def tab_filter(tab: HomeTab, actor: Actor, now: datetime) -> TicketFilter:
    """Which tickets belong to a tab, open or not."""
    match tab:
        case "mine":
            return TicketFilter(assignees=(actor.user,))
        case "queues":
            return TicketFilter(queues=actor.queues)
        case "asked":
            return TicketFilter(requesters=(actor.user,))
        case "unassigned":
            return TicketFilter(assignees=(None,))
        case "due":
            return TicketFilter(due=Span(end=now + SOON), sort="due")
        case "open" | "elsewhere":
            return TicketFilter(open_only=True)
        case "done":
            return TicketFilter(requesters=(actor.user,), statuses=DONE)


def home_filter(tab: TicketFilter, asked: TicketFilter) -> TicketFilter:
    """What somebody asks for by words, of a tab's tickets; in the tab's order, unless the words name another."""
    sort = asked.sort if "sort" in asked.model_fields_set else tab.sort
    open_only = asked.open_only and not tab.statuses
    return asked.model_copy(update={"within": tab, "sort": sort, "open_only": open_only})
