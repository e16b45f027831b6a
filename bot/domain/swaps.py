"""A swap: somebody stands in on call for somebody else. Both are told, and either of them can end it."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Literal, NamedTuple

from bot.domain.permissions import Actor
from bot.domain.queues import Override, Queue, on_call
from bot.domain.record import Record

SwapEvent = Literal["made", "ended"]
"""What can happen to a swap. That its time is over is nobody's act, and nobody is told. They are stored: never rename one."""


class Swap(NamedTuple):
    """`relieved`: whose turn it would be as it begins; None where nobody is on call then, or they themselves are."""

    queue: Queue
    override: Override
    relieved: str | None

    @property
    def people(self) -> tuple[str, ...]:
        """Whom it is about."""
        return (self.override.person, self.relieved) if self.relieved else (self.override.person,)


class SwapNotice(Record):
    """What is said of a swap that `by` has made or ended. `on_call`: who is, after that. People are Slack user IDs."""

    event: SwapEvent
    queue: str
    override: Override
    relieved: str | None = None
    by: str
    on_call: str | None = None


def swaps(queue: Queue, now: datetime, left: Collection[str] = ()) -> Sequence[Swap]:
    """Those of a queue that are not over, in the order in which they were made."""
    return [_swap(queue, each, left) for each in queue.overrides if each.end > now]


def made(queue: Queue, swap_id: str, now: datetime, left: Collection[str] = ()) -> Swap | None:
    """The swap with this id; None where it is over, or was ended."""
    return next((each for each in swaps(queue, now, left) if each.override.id == swap_id), None)


def ended(swap: Swap) -> Queue:
    """The queue without it."""
    kept = tuple(each for each in swap.queue.overrides if each != swap.override)
    return swap.queue.model_copy(update={"overrides": kept})


def may_swap(actor: Actor, queue: Queue) -> bool:
    """Its agents and admins say who is on call for a queue."""
    return actor.is_member and (actor.is_admin or queue.name in actor.queues)


def may_end(actor: Actor, swap: Swap) -> bool:
    return actor.is_member and (actor.user in swap.people or may_swap(actor, swap.queue))


def _swap(queue: Queue, override: Override, left: Collection[str]) -> Swap:
    before = queue.overrides[: queue.overrides.index(override)]
    holder = on_call(queue.model_copy(update={"overrides": before}), override.start, left)
    relieved = override.covers or holder
    return Swap(queue, override, relieved if relieved != override.person else None)
