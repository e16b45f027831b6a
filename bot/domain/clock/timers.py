"""When somebody must look at something: one row for each subject, such as a ticket or a reminder.

A row says when to look, and never what is found then: that is decided by what is true at that moment. So a clock that was
set, or a row that comes late, does nothing wrong.
"""

from collections import Counter
from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from bot.domain.clock.hand_page import HandPage
from bot.domain.clock.reminders import Reminder
from bot.domain.clock.shifts import HandOver, LastShift
from bot.domain.news import News
from bot.domain.record import Instant, Record

SubjectKind = Literal["ticket", "queue", "digest", "sweep", "page", "reminder"]

FEW = 3
"""So many things are told one by one; more become one digest."""

_SHOWN = 20  # tickets that a digest can name


def _begun(at: datetime) -> datetime:
    """The whole second at which it has come."""
    return at if at.microsecond == 0 else at.replace(microsecond=0) + timedelta(seconds=1)


class Digested(Record):
    """What somebody is told of one ticket."""

    number: int
    news: News


class Digest(Record):
    """All that one person, or one channel, is told in one turn of the clock: the first of it, and how much there is of each
    event. `tickets`: how many it is of; `newest`: what came last. `hand_overs`: of queues in which a shift of theirs begins or
    ends."""

    first: tuple[Digested, ...] = ()
    counts: tuple[tuple[str, int], ...] = Field((), description="An event, and of how many tickets")
    tickets: int = 0
    newest: tuple[Digested, ...] = Field((), description="All that came of the last ticket")
    hand_overs: tuple[HandOver, ...] = ()

    def with_one(self, number: int, news: News) -> "Digest":
        """What comes of one ticket comes at once."""
        one, counts = Digested(number=number, news=news), Counter(dict(self.counts))
        same = tuple(each for each in self.newest if each.number == number)
        counts[news.event] += news.event not in {each.news.event for each in same}
        return self.model_copy(
            update={
                "first": (*self.first, one)[:_SHOWN],
                "counts": tuple(counts.items()),
                "tickets": self.tickets + (not same),
                "newest": (*same, one),
            }
        )

    def with_hand_over(self, hand_over: HandOver) -> "Digest":
        return self.model_copy(update={"hand_overs": (*self.hand_overs, hand_over)})


class Timer(Record):
    """`subject` is what to look at: a kind and its id, such as `ticket:42`. `at` is a whole second. What is kept nowhere else
    is kept with it."""

    subject: str
    at: Annotated[Instant, AfterValidator(_begun)]
    digest: Digest | None = None
    reminders: tuple[Reminder, ...] = ()
    page: HandPage | None = None
    shift: LastShift | None = None

    @property
    def kind(self) -> str:
        return self.subject.partition(":")[0]

    @property
    def id(self) -> str:
        return self.subject.partition(":")[2]


def subject(kind: SubjectKind, name: str | int) -> str:
    """`ticket:42`."""
    return f"{kind}:{name}"
