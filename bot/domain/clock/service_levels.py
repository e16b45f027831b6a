"""Service levels: what an admin promises of which tickets, and by which calendar that is counted.

A policy says within how many working minutes somebody must answer, have and resolve a ticket. Of those that fit a ticket
the most specific one holds: the one with the most kinds of conditions (priority, type, customer, queue). Of equals, the one
that stands first.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Literal, get_args

from pydantic import Field

from bot.domain.calendars import ALWAYS
from bot.domain.contract import Priority, TicketCreate, TicketType
from bot.domain.names import folded
from bot.domain.record import Record

TargetKind = Literal["response", "next_response", "assignment", "resolution"]
"""`response`: somebody answers the requester, for the first time. `next_response`: once more, after the requester has
written again. `assignment`: somebody has it. `resolution`: it is done. They are stored: never rename one."""
KINDS: tuple[TargetKind, ...] = get_args(TargetKind)
ANSWERS: frozenset[TargetKind] = frozenset({"response", "next_response"})
"""Those for which a requester waits."""
KIND_NAMES: Mapping[TargetKind, str] = {
    "response": "first response",
    "next_response": "next response",
    "assignment": "assignment",
    "resolution": "resolution",
}

DueState = Literal["on_time", "soon", "late"]
"""`soon`: four fifths of the time have passed. `late`: all of it."""
STATES: tuple[DueState, ...] = get_args(DueState)
"""In the order in which they come."""

Pauses = Literal["all", "none"] | tuple[str, ...]
"""Which holds stop the clock: those whose reason has one of these words, whatever their case."""

_WORD = re.compile(r"\w+")

Minutes = Field(None, ge=1, le=10 * 366 * 24 * 60)


class Policy(Record):
    """`priorities`, `types`, `customers` (their IDs) and `queues` (names) say which tickets it is for; empty is any. The
    targets are minutes of working time; None is no promise. `calendar`: the name of the one by which they count, before
    that of the queue or the site."""

    name: str = Field(min_length=1, max_length=60)
    priorities: tuple[Priority, ...] = ()
    types: tuple[TicketType, ...] = ()
    customers: tuple[str, ...] = ()
    queues: tuple[str, ...] = ()
    response: int | None = Minutes
    next_response: int | None = Minutes
    assignment: int | None = Minutes
    resolution: int | None = Minutes
    calendar: str | None = None
    pauses: Pauses = ("customer", "requester")

    @property
    def conditions(self) -> int:
        """How specific it is."""
        return sum(map(bool, (self.priorities, self.types, self.customers, self.queues)))

    @property
    def targets(self) -> Mapping[TargetKind, int]:
        """The minutes of each promise that it makes."""
        minutes = {
            "response": self.response,
            "next_response": self.next_response,
            "assignment": self.assignment,
            "resolution": self.resolution,
        }
        return {kind: found for kind in KINDS if (found := minutes[kind])}

    def fits(self, ticket: TicketCreate) -> bool:
        queue = folded(ticket.assigned_queue or "")
        return (
            (not self.priorities or ticket.priority in self.priorities)
            and (not self.types or ticket.ticket_type in self.types)
            and (not self.customers or ticket.customer_id in self.customers)
            and (not self.queues or queue in map(folded, self.queues))
        )


CRITICAL = Policy(
    name="24×7 critical",
    priorities=("critical",),
    response=15,
    next_response=30,
    assignment=10,
    resolution=4 * 60,
    calendar=ALWAYS.name,
    pauses="none",
)
BUSINESS_HOURS = Policy(
    name="Business hours",
    response=4 * 60,
    next_response=4 * 60,
    assignment=8 * 60,
    resolution=3 * 8 * 60,
    calendar="Business hours",
)
READY: tuple[Policy, ...] = (CRITICAL, BUSINESS_HOURS)
"""Sensible ones. Where there is no calendar of that name, the queue's or the site's counts."""


def policy_for(ticket: TicketCreate, policies: Iterable[Policy]) -> Policy | None:
    """The most specific one; of equals the first."""
    fitting = [policy for policy in policies if policy.fits(ticket)]
    return max(fitting, key=lambda policy: policy.conditions, default=None)


def stops(pauses: Pauses, reason: str | None) -> bool:
    """Whether a hold with this reason stops the clock: “waiting for customer” where `customer` does."""
    if isinstance(pauses, str):
        return pauses == "all"
    said = _spaced(reason or "")
    return any((wanted := _spaced(words)).strip() and wanted in said for words in pauses)


def _spaced(text: str) -> str:
    """Its words, a space before and behind each."""
    return f" {' '.join(_WORD.findall(folded(text)))} "
