"""The rules by which time acts on a ticket, each in a module of its own: what it plans, and what happens when that comes.

A rule is three pure functions. `changed`: what a change of the ticket means for what the rule has planned, which it keeps in
`ticket.clock`. `next_moment`: when it must be looked at next. `struck`: what has come due by now. It may come late, and once
where it was to come often: what it finds is what is true now.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from bot.domain.clock import alerts, asking, closing, paging, stale, targets, waking
from bot.domain.clock.context import Change, Moment, Struck
from bot.domain.news import News
from bot.domain.ticket import Ticket


class ClockRule(NamedTuple):
    next_moment: Callable[[Ticket], datetime | None]
    struck: Callable[[Ticket, Moment], Struck]
    changed: Callable[[Ticket, Change], Ticket] = lambda ticket, _: ticket


RULES: Sequence[ClockRule] = (
    ClockRule(waking.next_moment, waking.struck),
    ClockRule(targets.next_moment, targets.struck, targets.changed),
    ClockRule(paging.next_moment, paging.struck, alerts.replanned),
    ClockRule(stale.next_moment, stale.struck, stale.changed),
    ClockRule(asking.next_moment, asking.struck, asking.changed),
    ClockRule(closing.next_moment, closing.struck, closing.changed),
)
"""In the order in which they act."""


def changed(ticket: Ticket, change: Change) -> Ticket:
    """The ticket after a change, with what is planned for it."""
    for rule in RULES:
        ticket = rule.changed(ticket, change)
    return ticket


def next_moment(ticket: Ticket) -> datetime | None:
    """When the clock must look at it next; None where there is nothing to wait for."""
    if ticket.withdrawn_at:
        return None
    moments = (rule.next_moment(ticket) for rule in RULES)
    return min((at for at in moments if at), default=None)


def struck(ticket: Ticket, moment: Moment) -> Struck:
    """What has come due of a ticket by now, and who is told. The same ticket where nothing has."""
    told: list[News] = []
    if ticket.withdrawn_at:
        return Struck(ticket)
    for rule in RULES:
        after, news = rule.struck(ticket, moment)
        told += news
        if (after.status, after.snoozed_until) != (ticket.status, ticket.snoozed_until):
            # A step that the clock took is a change as any other.
            after = changed(after, Change(ticket, moment.settings, moment.at, profile=moment.profile))
        ticket = after
    return Struck(ticket, tuple(told))
