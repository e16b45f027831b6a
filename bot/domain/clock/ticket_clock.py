"""What the clock knows of one ticket, kept with it."""

from bot.domain.clock.page import Page
from bot.domain.record import Instant, Record


class Alert(Record):
    """What is planned about one thing that must not be missed: a target, or that nobody takes a critical ticket.

    `warn_at`: when its warning comes, or comes again; `page_at`: when it escalates; None where that is not to happen, or
    has. `told`: who was warned, a channel's ID for a team; `answered_by`: who is on it since then.
    """

    about: str
    due_at: Instant
    warn_at: Instant | None = None
    warned_at: Instant | None = None
    told: tuple[str, ...] = ()
    answered_by: str | None = None
    page_at: Instant | None = None
    has_paged: bool = False

    @property
    def waits_for_answer(self) -> bool:
        return bool(self.told) and self.answered_by is None


class TicketClock(Record):
    """Each part is a rule's own, and empty where the rule has nothing to do with the ticket. `page`: the last one."""

    alerts: tuple[Alert, ...] = ()
    page: Page | None = None

    @property
    def alerted(self) -> frozenset[str]:
        """Whom the clock has told that the ticket needs somebody."""
        warned = (user for alert in self.alerts for user in alert.told)
        return frozenset({*warned, *(self.page.paged if self.page else ())})
