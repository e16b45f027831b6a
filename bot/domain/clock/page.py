"""A page: somebody is needed now. It goes on from one to the next, in the steps of an escalation, until somebody says that
they are on it.

Steps of the same minute are one round. A round that reaches nobody takes no time: who is missing or was paged already is
passed over, and whoever has do-not-disturb on is paged and counts as not reached. What comes late comes once, and the rounds
after it count from then.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from bot.domain.clock.settings import EscalationStep
from bot.domain.news import Role, Silence
from bot.domain.record import Instant, Record

PATIENCE = 15
"""Minutes that whoever has answered a warning has before others are paged."""


_NIGHT = timedelta(hours=9)
"""So long may somebody be left alone."""


class Alert(Record):
    """What is planned about one thing that must not be missed: a target, or that nobody takes a critical ticket.

    `warn_at`: when its warning comes, or comes again; `page_at`: when it escalates; None where that is not to happen, or
    has. `told`: who was warned, a channel's ID for a team; `answered_by`: who is on it since then.
    """

    about: str
    due_at: Instant
    warn_at: Instant | None = None
    has_warned: bool = False
    told: tuple[str, ...] = ()
    answered_by: str | None = None
    page_at: Instant | None = None
    has_paged: bool = False

    @property
    def waits_for_answer(self) -> bool:
        return bool(self.told) and self.answered_by is None

    @property
    def has_said(self) -> bool:
        """Whether anybody was told of it, or everybody knew."""
        return self.has_warned or self.has_paged

    @property
    def needed(self) -> tuple[str, ...]:
        """Who is to do something about it: whoever is on it, else all who were told."""
        return (self.answered_by,) if self.answered_by else self.told

    def without_people(self, *only: str) -> "Alert":
        """Without those people; without any, where none is named."""
        return self.model_copy(
            update={
                "told": _others(self.told, only),
                "answered_by": next(iter(_others((self.answered_by or "",), only)), None) or None,
            }
        )


class Page(Record):
    """`about`: why, such as the target that is late; `also`: what else has come due since it began. `steps` are those that were set when it began, the soonest first, of which
    `done` are over; `next_at`: when the next one comes, None where none is left. `paged`: people, and channels, by their
    IDs. `answered_by`: who is on it; None also where what somebody did to the ticket has ended it."""

    about: str
    also: tuple[str, ...] = ()
    steps: tuple[EscalationStep, ...]
    done: int = 0
    next_at: Instant | None = None
    paged: tuple[str, ...] = ()
    has_reached: bool = False
    answered_at: Instant | None = None
    answered_by: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether nobody has answered it yet."""
        return self.answered_at is None

    @property
    def needed(self) -> tuple[str, ...]:
        """Who is to do something about it: whoever is on it, and until somebody is, all who were paged."""
        return self.paged if self.is_open else (self.answered_by,) if self.answered_by else ()

    def without_people(self, *only: str) -> "Page":
        """Without those people; without any, where none is named."""
        return self.model_copy(
            update={
                "paged": _others(self.paged, only),
                "answered_by": next(iter(_others((self.answered_by or "",), only)), None) or None,
            }
        )

    def without(self, met: Collection[str]) -> "Page | None":
        """Once some of what it is about needs nobody any more; None where nothing is left."""
        left = [each for each in (self.about, *self.also) if each not in met]
        return self.model_copy(update={"about": left[0], "also": tuple(left[1:])}) if left else None

    def in_reason(self, at: datetime) -> "Page":
        """Its next step comes after the longest wait at the latest: else the wall clock was ahead when it was planned."""
        latest = at + _NIGHT + timedelta(minutes=max((step.after for step in self.steps), default=0))
        is_far = self.next_at is not None and self.next_at > latest
        return self.model_copy(update={"next_at": at}) if is_far else self

    def answered(self, by: str | None, at: datetime) -> "Page":
        """The first answer holds."""
        if not self.is_open:
            return self
        return self.model_copy(update={"answered_at": at, "answered_by": by, "next_at": None})


def _others(people: Sequence[str], only: Collection[str]) -> tuple[str, ...]:
    return tuple(each for each in people if only and each not in only)


class Reach(NamedTuple):
    """Who is there to be paged. `on_call`: whose turn it is, and then the others. `channel`: the queue's. `silenced`: who has
    do-not-disturb on, and until when. `asleep`: until when somebody is left alone; None for whoever may be told now."""

    assignee: str | None = None
    on_call: tuple[str, ...] = ()
    lead: str | None = None
    channel: str | None = None
    silenced: Mapping[str, datetime] = {}
    asleep: Callable[[str], datetime | None] = lambda _: None

    @property
    def people(self) -> tuple[str, ...]:
        """All who can come to be paged."""
        found = (self.assignee, *self.on_call, self.lead)
        return tuple(dict.fromkeys(user for user in found if user))


class Paged(NamedTuple):
    """`to`: a person, or a channel for a whole team. `unreached`: who was paged just before in vain."""

    role: Role
    to: str
    unreached: tuple[Silence, ...] = ()


class Round(NamedTuple):
    page: Page
    paged: tuple[Paged, ...] = ()
    unreached: tuple[Silence, ...] = ()


def begun(about: str, steps: Sequence[EscalationStep], at: datetime) -> Page:
    """A page that pages nobody yet: its first step is due at once."""
    return Page(about=about, steps=tuple(sorted(steps, key=lambda step: step.after)), next_at=at)


def patient(steps: Sequence[EscalationStep]) -> Sequence[EscalationStep]:
    """Where somebody has answered the warning: whoever has it hears of it alone, and the others a while later."""
    others = [step for step in steps if step.to != "assignee"]
    return (
        EscalationStep(after=0, to="assignee"),
        *(step.model_copy(update={"after": step.after + PATIENCE}) for step in others),
    )


def advanced(page: Page, reach: Reach, at: datetime) -> Round:
    """The next round of a page and, while nobody is reached, those after it. Where none has reached anybody in the end, the
    queue's channel is told. Nothing happens before its moment."""
    paged: list[Paged] = []
    silent: list[Silence] = []
    if page.next_at is None or page.next_at > at:
        return Round(page)
    while page.next_at and page.next_at <= at:
        page, found = _round(page, reach, at)
        for role, to in found:
            paged.append(Paged(role, to, tuple(silent)))
            if to in reach.silenced:
                silent.append(Silence(user=to, until=reach.silenced[to]))
    is_in_vain = page.next_at is None and not page.has_reached
    if is_in_vain and reach.channel and reach.channel not in page.paged:
        paged.append(Paged("team", reach.channel, tuple(silent)))
        page = page.model_copy(update={"paged": (*page.paged, reach.channel), "has_reached": True})
    return Round(page, tuple(paged), tuple(silent))


def _round(page: Page, reach: Reach, at: datetime) -> tuple[Page, Sequence[tuple[Role, str]]]:
    """One round: who is paged in it, and when the next one comes: now, where it reaches nobody."""
    after = page.steps[page.done].after if page.done < len(page.steps) else 0
    steps = [step for step in page.steps[page.done :] if step.after == after]
    found = dict(_recipients(steps, reach, page.paged))
    mornings = {to: until for to in found if (until := reach.asleep(to))}
    if found and len(mornings) == len(found):
        return page.model_copy(update={"next_at": min(mornings.values())}), ()
    awake = [(role, to) for to, role in found.items() if to not in mornings]
    done = page.done + len(steps)
    is_reached = bool(awake) and awake[-1][1] not in reach.silenced
    wait = timedelta(minutes=page.steps[done].after - after) if done < len(page.steps) else None
    if not is_reached and wait is not None:
        wait = timedelta()
    update = {
        "done": done,
        "paged": (*page.paged, *(to for _, to in awake)),
        "has_reached": page.has_reached or any(to not in reach.silenced for _, to in awake),
        "next_at": None if wait is None else at + wait,
    }
    return page.model_copy(update=update), awake


def _recipients(
    steps: Sequence[EscalationStep], reach: Reach, paged: Collection[str]
) -> Iterator[tuple[str, Role]]:
    """Whom these steps page who was not yet."""
    known = {*paged}
    for step in steps:
        candidates: tuple[Role, Sequence[str | None]]
        match step.to:
            case "assignee":
                candidates = "assignee", [reach.assignee]
            case "on_call":
                candidates = "on_call", reach.on_call[:1]
            case "next_on_call":
                candidates = "on_call", reach.on_call[1:]
            case "lead":
                candidates = "lead", [reach.lead]
            case "channel":
                candidates = "team", [step.channel or reach.channel]
        role, users = candidates
        if to := next((user for user in users if user and user not in known), None):
            known.add(to)
            yield to, role
