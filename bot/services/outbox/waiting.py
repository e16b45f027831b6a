"""The jobs that wait in one workspace, each in the lane of its channel. No I/O; the time is passed in."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from heapq import heappush
from itertools import count
from typing import NamedTuple
from uuid import UUID

from bot.domain.outbox import Call, Job
from bot.services.outbox.rate_limits import LONG_AGO, Bucket, tier
from bot.services.ports.tasks import Backoff

CLAIMED_AHEAD = 32
"""How many jobs may wait that were saved as claimed. After a crash each is looked for in Slack, at 50 a minute."""

_UNTIL_TAKEN = datetime.max.replace(tzinfo=UTC)
_PROMISED_FOR = timedelta(seconds=5)
"""How long a job is waited for that is being saved. Whatever comes later is looked for in Slack before it is posted."""


@dataclass(eq=False, slots=True)
class Lane:
    """`queue`: when each job is due, its order and its id. `turn` is that of its newest entry in an agenda."""

    queue: list[tuple[datetime, int, int]] = field(default_factory=list)
    rests_until: datetime = LONG_AGO
    backs_off_until: datetime = LONG_AGO
    failures: int = 0
    busy: bool = False
    turn: int = 0


class Rests(NamedTuple):
    """How long Slack is left alone in a workspace, and why: what of a queue outlives it. `lanes`: those that got no answer, by
    their names; `unanswered`: which of them since Slack last answered anybody."""

    paces: Mapping[Call, Bucket]
    lanes: Mapping[str, Lane]
    unanswered: frozenset[str]
    failures: int
    backs_off_until: datetime
    stopped: str | None

    @classmethod
    def none(cls) -> "Rests":
        return cls({}, {}, frozenset(), 0, LONG_AGO, None)

    def resumed(self) -> "Rests":
        """As JobQueue.resume has it: what Slack refused as too fast still waits."""
        return Rests.none()._replace(paces=self.paces)


# A job that waits is a few plain tuples of plain values. The garbage collector never looks at such again, and so a
# collection takes no longer the more jobs wait: a UUID, a model or a tuple of another class would each be looked at.
_Waiting = tuple[int, str, Call, datetime]
"""Its order among all that came, its lane, the call it needs, and when it was made."""

Entry = tuple[datetime, int, Lane]
"""In an agenda: when a lane may go on, and its turn, without which it was superseded."""


class WaitingJobs:
    """Knows each job once, by its id; the outbox has it. Whatever is asked takes no longer the more jobs wait."""

    def __init__(self, backoff: Backoff, rests: Rests | None = None) -> None:
        """`rests`: of the queue before."""
        self._backoff = backoff
        self._waiting: dict[int, _Waiting] = {}
        self._under_way: dict[int, Job | None] = {}  # and the newest that came meanwhile
        self._promised: dict[int, tuple[datetime, str]] = {}  # until when, and the lane
        self._kept: dict[int, Job] = {}  # those that were promised, and came
        rests = rests or Rests.none()
        self._lanes = {name: replace(lane, queue=[]) for name, lane in rests.lanes.items()}
        # chat.update, conversations.history, chat.postMessage, conversations.replies, reactions.add and chat.delete. The limit of posts is each
        # channel's; of replies, most apps get fewer, and Slack says so when the time comes.
        self._paces: Mapping[Call, Bucket] = rests.paces or {
            "update": tier(50),
            "find": tier(50),
            "post": Bucket(),
            "fetch": tier(50),
            "show": tier(50),
            "group": tier(20),
            "delete": tier(50),
            "hand_on": Bucket(),
        }
        self._agendas: Mapping[Call, list[Entry]] = {call: [] for call in self._paces}
        self._numbers = count(1)
        self._unanswered = {
            self._lanes[name] for name in rests.unanswered
        }  # since Slack last answered anybody
        self._failures = rests.failures
        self._backs_off_until = rests.backs_off_until
        self.set_aside: dict[UUID, str] = {}
        self.stopped = rests.stopped

    def __len__(self) -> int:
        """How many jobs wait or are under way."""
        return len(self._waiting)

    def __contains__(self, job_id: UUID) -> bool:
        """Whether it waits, is under way or is set aside."""
        return job_id.int in self._waiting or job_id in self.set_aside

    def ids(self) -> Iterator[UUID]:
        """Of the jobs that wait or are under way."""
        return (UUID(int=key) for key in self._waiting)

    @property
    def oldest(self) -> datetime | None:
        """When the job was made that has waited longest."""
        return next((created_at for _, _, _, created_at in self._waiting.values()), None)

    def add(self, job: Job) -> bool:
        """One that is known by its id already is replaced, and keeps its place. Whether one more waits now."""
        key = job.id.int
        self.set_aside.pop(job.id, None)
        if key in self._under_way:
            self._under_way[key] = job
        elif job.set_aside:
            self.set_aside[job.id] = job.set_aside
        elif known := self._waiting.get(key):
            order, lane, _, _ = known
            self._kept.pop(key, None)
            self._waiting[key] = order, lane, self._call_of(job), job.created_at
        else:
            if key in self._promised:
                self._promised[key] = _UNTIL_TAKEN, job.lane
                self._kept[key] = job
            self._put(job, next(self._numbers))
            return True
        return False

    def promise(self, job: Job, now: datetime) -> bool:
        """Whether a post that is about to be saved is the next of its channel, and its channel free: then it is saved as
        claimed already. One that does not come is forgotten."""
        self._promised = {key: given for key, given in self._promised.items() if given[0] > now}
        name = job.lane
        lane = self._lane(name)
        is_next = (
            not (self.stopped or self._is_down or lane.busy or lane.queue)
            and max(lane.rests_until, lane.backs_off_until, self._paces["post"].ready_at()) <= now
            and len(self._promised) < CLAIMED_AHEAD
            and all(promised != name for _, promised in self._promised.values())
        )
        if is_next:
            self._promised[job.id.int] = now + _PROMISED_FOR, name
        return is_next

    @property
    def _is_down(self) -> bool:
        return len(self._unanswered) > 1

    def _lane(self, name: str) -> Lane:
        """It stays: there are as many as channels and people, and tickets that wait to be handed on."""
        return self._lanes.get(name) or self._lanes.setdefault(name, Lane())

    def _put(self, job: Job, order: int) -> None:
        key = job.id.int
        self._waiting[key] = order, job.lane, self._call_of(job), job.created_at
        self._queue(key, job.due_at)

    def _call_of(self, job: Job) -> Call:
        """What was promised is claimed, and not begun: it is posted, and nobody looks for it."""
        call = job.call
        return "post" if call == "find" and job.id.int in self._promised else call

    def _queue(self, key: int, due_at: datetime) -> None:
        order, name, _, _ = self._waiting[key]
        lane = self._lane(name)
        heappush(lane.queue, (due_at, order, key))
        if lane.queue[0][2] == key:
            self._schedule(lane)

    def _schedule(self, lane: Lane) -> None:
        """Puts a lane into the agenda of its next job, in place of where it stood."""
        lane.turn = next(self._numbers)
        if lane.busy or not lane.queue:
            return
        due_at, _, key = lane.queue[0]
        _, _, call, _ = self._waiting[key]
        rest = LONG_AGO if call == "update" else lane.rests_until
        heappush(self._agendas[call], (max(due_at, rest, lane.backs_off_until), lane.turn, lane))
