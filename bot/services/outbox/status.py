"""How outboxes stand, as people are told."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from bot.services.outbox.waiting import WaitingJobs


class OutboxStatus(NamedTuple):
    """How the outbox stands. `set_aside` and `stopped` count jobs and workspaces by their reasons."""

    waiting: int
    oldest: datetime | None
    set_aside: Mapping[str, int]
    stopped: Mapping[str, int]


def status(queues: Iterable[WaitingJobs]) -> OutboxStatus:
    """How the outboxes of several workspaces stand together."""
    each = list(queues)
    return OutboxStatus(
        waiting=sum(map(len, each)),
        oldest=min((queue.oldest for queue in each if queue.oldest), default=None),
        set_aside=Counter(reason for queue in each for reason in queue.set_aside.values()),
        stopped=Counter(queue.stopped for queue in each if queue.stopped),
    )


def together(each: Sequence[OutboxStatus]) -> OutboxStatus:
    """Several such as one."""
    aside, stopped = Counter[str](), Counter[str]()
    for one in each:
        aside.update(one.set_aside)
        stopped.update(one.stopped)
    return OutboxStatus(
        waiting=sum(one.waiting for one in each),
        oldest=min((one.oldest for one in each if one.oldest), default=None),
        set_aside=aside,
        stopped=stopped,
    )
