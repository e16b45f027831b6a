"""A page by hand: somebody pages whoever is on call for a queue, about no ticket, in the steps of an escalation.

Whoever pages hears who was paged, who is on it, and where nobody is.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from bot.domain.clock.page import Page, Paged, Reach, advanced
from bot.domain.names import folded
from bot.domain.news import Silence
from bot.domain.permissions import Actor
from bot.domain.queues import Queue
from bot.domain.record import Record

_WAIT = timedelta(minutes=15)
"""After so long, once the last was paged, whoever pages hears that nobody is on it."""

_KEPT = timedelta(days=1)
"""So long somebody can still say that they are on it."""

_QUOTES = ('""', "“”", "„“", "''", "‘’", "«»")

PageEvent = Literal["paged", "told", "answered", "unanswered"]
"""`paged`: for whoever is paged. The others are for who pages: who was paged in a round, who is on it, and that nobody is. They are
stored: never rename one."""


class HandPage(Record):
    """`queue` is a name, `channel` where it was triaged when the page began; those of old have none. `by`: who pages.
    `is_over`: who pages has heard that nobody is on it."""

    id: str
    queue: str
    words: str
    by: str
    page: Page
    is_over: bool = False
    channel: str | None = None

    def answered(self, by: str, at: datetime) -> "HandPage":
        return self.model_copy(update={"page": self.page.answered(by, at)})


def renamed(hand: HandPage, queues: Sequence[Queue]) -> HandPage:
    """The page with what its queue is called by now: one that got another name is known by its channel."""
    if any(folded(queue.name) == folded(hand.queue) for queue in queues):
        return hand
    same = next((queue for queue in queues if queue.channel == hand.channel), None)
    return hand.model_copy(update={"queue": same.name}) if same else hand


class PageNotice(Record):
    """What is said of a page by hand. `people`: who was paged, or is on it; channels, too. `unreached`: who was paged in
    vain, since they have do-not-disturb on."""

    event: PageEvent
    page_id: str
    queue: str
    words: str
    by: str
    people: tuple[str, ...] = ()
    unreached: tuple[Silence, ...] = ()


class Rung(NamedTuple):
    """A page after its moment: whom it has paged, what whoever pages hears, and when it must be looked at next."""

    hand: HandPage
    paged: tuple[Paged, ...]
    told: PageNotice | None
    next_at: datetime


def struck(hand: HandPage, reach: Reach, at: datetime) -> Rung | None:
    """What has come due of a page; None where it is over, and forgotten."""
    if not hand.page.is_open or hand.is_over:
        return None
    if hand.page.next_at is None:
        over = hand.model_copy(update={"is_over": True})
        return Rung(over, (), notice(over, "unanswered", hand.page.paged), at + _KEPT)
    page, paged, unreached = advanced(hand.page.in_reason(at), reach, at)
    after = hand.model_copy(update={"page": page})
    told = notice(after, "told", [each.to for each in paged], unreached) if paged else None
    return Rung(after, paged, told, page.next_at or at + _WAIT)


def kept_until(at: datetime) -> datetime:
    """How long a page that was answered then can be read."""
    return at + _KEPT


def notice(
    hand: HandPage, event: PageEvent, people: Iterable[str] = (), unreached: tuple[Silence, ...] = ()
) -> PageNotice:
    return PageNotice(
        event=event,
        page_id=hand.id,
        queue=hand.queue,
        words=hand.words,
        by=hand.by,
        people=tuple(people),
        unreached=unreached,
    )


def may_page(actor: Actor) -> bool:
    """Agents of any queue, and admins."""
    return actor.is_member and (actor.is_agent or actor.is_admin)


def may_answer(actor: Actor, hand: HandPage) -> bool:
    """Whoever was paged, the queue's agents, and admins."""
    is_theirs = actor.user in hand.page.paged or hand.queue in actor.queues
    return actor.is_member and (is_theirs or actor.is_admin)


def queue_and_words(text: str, queues: Iterable[Queue]) -> tuple[str, str]:
    """`network "VPN down"` -> the queue's name, and the words without their quotation marks. A name that is none is the first
    word, as it was typed."""
    text = text.strip().removeprefix("#").strip()
    for name in sorted((queue.name for queue in queues), key=len, reverse=True):
        typed, rest = text[: len(name)], text[len(name) :]
        if folded(typed) == folded(name) and not rest[:1].strip(" :,-"):
            return name, _unquoted(rest)
    typed, _, rest = text.partition(" ")
    return typed, _unquoted(rest)


def _unquoted(text: str) -> str:
    text = text.strip(" :,")
    is_quoted = len(text) > 1 and any(text[0] == pair[0] and text[-1] == pair[1] for pair in _QUOTES)
    return text[1:-1].strip() if is_quoted else text
