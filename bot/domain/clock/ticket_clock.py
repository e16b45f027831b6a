"""What the clock knows of one ticket, kept with it."""

from datetime import datetime, timedelta

from pydantic import Field

from bot.domain.clock.page import Alert, Page
from bot.domain.clock.service_levels import STATES, DueState, Pauses, TargetKind
from bot.domain.record import Instant, Record


class Target(Record):
    """A promise of `minutes` of working time. `spent` of it had passed when it last began to run, at `since`; that is None
    while it stands still. `soon_at` and `due_at` are when four fifths, and all, will have passed. `met_at`: when it was kept,
    late or not. `state`: what the clock has found so far."""

    kind: TargetKind
    minutes: int
    spent: timedelta = timedelta()
    since: Instant | None = None
    soon_at: Instant | None = None
    due_at: Instant | None = None
    met_at: Instant | None = None
    state: DueState = "on_time"

    def state_at(self, at: datetime) -> DueState:
        """By the moments that are planned."""
        if self.due_at and self.due_at <= at:
            return "late"
        return "soon" if self.soon_at and self.soon_at <= at else "on_time"

    def state_of(self, spent: timedelta) -> DueState:
        if spent >= timedelta(minutes=self.minutes):
            return "late"
        return "soon" if spent >= self.soon_after else "on_time"

    @property
    def soon_after(self) -> timedelta:
        """Four fifths of it."""
        return timedelta(seconds=48 * self.minutes)


class ServiceLevel(Record):
    """A ticket keeps the policy that it began with: its name, which holds stop the clock, the name of its calendar, and how
    far each target is."""

    policy: str
    calendar: str
    pauses: Pauses
    targets: tuple[Target, ...]

    def target(self, kind: TargetKind) -> Target | None:
        return next((target for target in self.targets if target.kind == kind), None)


class Stale(Record):
    """When somebody is asked whether it is still worked on; None where all were. `is_asked`: whoever has it was. `calendar`: the
    name of the one by which it counts."""

    calendar: str
    ask_at: Instant | None = None
    is_asked: bool = False


class Asking(Record):
    """Its requester waits for an answer `since` then; None where nobody does. `answer_at`: when they are to be answered that
    it is known, for they asked again, by `comment`; `tell_at`: when whoever has it hears of that in their morning. `has_told`: that was done, and `on_call_at` is when whoever is on call
    hears of it."""

    since: Instant | None = None
    answer_at: Instant | None = None
    tell_at: Instant | None = None
    has_told: bool = False
    on_call_at: Instant | None = None
    comment: str | None = None


class TicketClock(Record):
    """Each part is a rule's own, and empty where the rule has nothing to do with the ticket.

    `given_due`: what was found of the due time that somebody gave; `tell_due_at`: when that is told, put off to a morning.
    `level`: its service level. `alerts`: what is planned so
    that nothing is missed; `page`: the last one. `stale`: when it will be. `asking`: whether its requester waits. `close_at`:
    when it closes by itself.
    """

    given_due: DueState = "on_time"
    tell_due_at: Instant | None = None
    level: ServiceLevel | None = Field(None)
    alerts: tuple[Alert, ...] = ()
    page: Page | None = None
    stale: Stale | None = None
    asking: Asking | None = None
    close_at: Instant | None = None

    @property
    def alerted(self) -> frozenset[str]:
        """Who is on what the clock has told, and where nobody is, whom it told that the ticket needs somebody."""
        warned = (user for alert in self.alerts for user in alert.needed)
        return frozenset({*warned, *(self.page.needed if self.page else ())})


def later(one: DueState, other: DueState) -> bool:
    """Whether one state comes after the other."""
    return STATES.index(one) > STATES.index(other)
