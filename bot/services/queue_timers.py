"""When the clock looks at a queue: kept by whatever may change who is on call there."""

from collections.abc import Collection
from datetime import datetime, timedelta

from bot.domain.clock.shifts import LastShift
from bot.domain.clock.timers import Timer, subject
from bot.domain.queues import Queue
from bot.services.ports.store import Transaction

_KNOWN_AFTER = timedelta(seconds=1)
"""What a commit says of people is known to the clock right after it, not in it."""


async def look_again(
    tx: Transaction, queue: Queue, now: datetime, *, once_called: str | None = None, group_anew: bool = False
) -> None:
    """Has the clock look at a queue now: it was added or changed. `once_called`: its name before. `group_anew`: its group is
    set again, and what hindered that is told again."""
    old, new = subject("queue", once_called or queue.name), subject("queue", queue.name)
    timer = await tx.timer(old)
    last = timer.shift if timer else None
    if last and group_anew:
        last = LastShift(on_call=last.on_call)
    if old != new:
        await tx.drop_timer(old)
    await tx.keep_timer(Timer(subject=new, at=now.replace(microsecond=0), shift=last))


async def forget(tx: Transaction, queue: Queue) -> None:
    """It was removed."""
    await tx.drop_timer(subject("queue", queue.name))


async def look_at_queues_of(tx: Transaction, users: Collection[str], now: datetime) -> None:
    """They have left, or are here again: somebody else may be on call where they take turns or stand in."""
    for queue in (await tx.settings()).queues:
        people = {
            *(queue.rotation.people if queue.rotation else ()),
            *(each.person for each in queue.overrides),
        }
        if people.intersection(users):
            await look_again(tx, queue, now + _KNOWN_AFTER)
