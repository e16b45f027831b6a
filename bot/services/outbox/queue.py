"""What waits to be delivered in one workspace, and which of it may go out now. No I/O; the time is passed in.

Every channel has a lane, in which one delivery is under way at a time, the oldest first. A lane rests for a second
after a post, and backs off where Slack does not answer it. Every kind of call has a pace, and waits where Slack said
so. When two lanes in a row got no answer, Slack is down: the workspace backs off as a whole, and each time one job is
tried, of the lane that was tried longest ago, so that a channel that is broken for itself cannot hold up the others. What goes to
another workspace's store is no call to Slack, and waits for none.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from typing import NamedTuple
from uuid import UUID

from bot.domain.outbox import Call, Job
from bot.services.outbox.rate_limits import A_MESSAGE_A_SECOND, LONG_AGO, Bucket, tier
from bot.services.ports.messenger import NoAnswer, NotDelivered, RateLimited, Unauthorized
from bot.services.ports.tasks import Backoff

AT_ONCE = 8
"""How many deliveries may be under way at the same time in a workspace; so many slow ones hold up its others."""

HANDED_AT_ONCE = 4
"""How many jobs may be under way to other workspaces' stores."""

CLAIMED_AHEAD = 32
"""How many jobs may wait that were saved as claimed. After a crash each is looked for in Slack, at 50 a minute."""

_UNTIL_TAKEN = datetime.max.replace(tzinfo=UTC)
_PROMISED_FOR = timedelta(seconds=5)
"""How long a job is waited for that is being saved. Whatever comes later is looked for in Slack before it is posted."""

_SAYS_NOTHING = 60.0  # seconds to wait after a 429 without Retry-After: Slack counts calls by the minute


class Taken(NamedTuple):
    """A job to deliver now, and what is to be asked of Slack. `is_claimed`: it was saved so, and nobody has begun it; `job`: as it
    was saved, where that is known."""

    job_id: UUID
    call: Call
    is_claimed: bool
    job: Job | None = None


class Outcome(NamedTuple):
    """What came of a delivery: what is to be delivered, or stays set aside, after it; why it failed, if it did.

    `left` is None where it did not begin: the job is in the outbox as it was. `claimed` is what the delivery itself made
    of the job before it began.
    """

    left: tuple[Job, ...] | None = ()
    failure: NotDelivered | None = None
    claimed: Job | None = None


class OutboxStatus(NamedTuple):
    """How the outbox stands. `set_aside` and `stopped` count jobs and workspaces by their reasons."""

    waiting: int
    oldest: datetime | None
    set_aside: Mapping[str, int]
    stopped: Mapping[str, int]


@dataclass(eq=False, slots=True)
class _Lane:
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
    lanes: Mapping[str, _Lane]
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

_Entry = tuple[datetime, int, _Lane]
"""In an agenda: when a lane may go on, and its turn, without which it was superseded."""


class JobQueue:
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
        self._agendas: Mapping[Call, list[_Entry]] = {call: [] for call in self._paces}
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
            self._waiting[key] = order, lane, job.call, job.created_at
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

    def take(self, now: datetime) -> Taken | None:
        """A job to deliver now, until `done`; None where none may be."""
        is_open = not self._is_shut and now >= self._backs_off_until
        may_hand_on = self._handed_on < HANDED_AT_ONCE
        ready = [
            (agenda[0], call)
            for call, agenda, pace in self._ahead()
            if max(agenda[0][0], pace.ready_at()) <= now and (may_hand_on if call == "hand_on" else is_open)
        ]
        if not ready:
            return None
        (_, _, lane), call = min(ready)
        heappop(self._agendas[call])
        self._paces[call].take(now)
        lane.busy = True
        _, _, key = heappop(lane.queue)
        self._under_way[key] = None
        is_claimed = self._promised.pop(key, None) is not None
        return Taken(UUID(int=key), self._waiting[key][2], is_claimed, self._kept.pop(key, None))

    def next_at(self) -> datetime | None:
        """When `take` has a job; None where something else has to happen first."""
        is_shut, may_hand_on = self._is_shut, self._handed_on < HANDED_AT_ONCE
        times = [
            max(agenda[0][0], pace.ready_at(), LONG_AGO if call == "hand_on" else self._backs_off_until)
            for call, agenda, pace in self._ahead()
            if (may_hand_on if call == "hand_on" else not is_shut)
        ]
        return min(times, default=None)

    def has_work_by(self, moment: datetime) -> bool:
        """Whether something is under way, or may be taken by then; nothing may where the token is refused."""
        if self._under_way or self._promised:
            return True
        at = self.next_at()
        return at is not None and at <= moment

    def may_move(self, now: datetime) -> bool:
        """Whether another courier's queue may go on in its place, once all channels have rested: nothing is under way, and Slack
        does not want to be left alone."""
        is_promised = any(until > now for until, _ in self._promised.values())
        is_held = any(pace.ready_at() > now for pace in self._paces.values())
        is_failing = any(lane.failures for lane in self._lanes.values())
        return not (self._under_way or is_promised or self.stopped or is_held or is_failing)

    def is_resting(self, now: datetime) -> bool:
        """Whether a channel rests after a post."""
        return any(lane.rests_until > now for lane in self._lanes.values())

    def done(self, job_id: UUID, outcome: Outcome, now: datetime) -> None:
        """Ends what `take` began."""
        key = job_id.int
        _, name, call, _ = self._waiting[key]
        lane = self._lanes[name]
        lane.busy = False
        if call == "post":
            lane.rests_until = now + A_MESSAGE_A_SECOND
        self._learn(call, lane, outcome.failure, now)
        came = self._under_way.pop(key)
        if outcome.left is None:
            self._queue(key, now)
        else:
            is_claim = call == "post" and came == outcome.claimed  # what the delivery itself has written
            self._leave(key, outcome.left, None if is_claim else came)
        self._schedule(lane)
        if call == "hand_on" and not (lane.queue or lane.failures):
            del self._lanes[name]  # each ticket has one

    @property
    def is_idle(self) -> bool:
        """Whether nothing is left but, where the token was refused, what waits for another."""
        if not self.stopped:
            return not self._waiting
        return not self._under_way and all(call != "hand_on" for call, *_ in self._ahead())

    def rests(self) -> Rests:
        """What the next queue of the workspace is to go on with, where this one has nothing under way."""
        lanes = {name: replace(lane, queue=[]) for name, lane in self._lanes.items() if lane.failures}
        return Rests(
            paces=self._paces,
            lanes=lanes,
            unanswered=frozenset(name for name in lanes if self._lanes[name] in self._unanswered),
            failures=self._failures,
            backs_off_until=self._backs_off_until,
            stopped=self.stopped,
        )

    def resume(self) -> None:
        """Forgets what was wrong: somebody says that it is mended."""
        self.stopped = None
        self._is_up()

    def go_on(self) -> None:
        """Backs off no longer, unless the token is refused."""
        self._unanswered.update(lane for lane in self._lanes.values() if lane.failures)
        self._is_up()

    @property
    def _is_down(self) -> bool:
        return len(self._unanswered) > 1

    @property
    def _handed_on(self) -> int:
        """How many jobs are under way to other stores."""
        return sum(self._waiting[key][2] == "hand_on" for key in self._under_way)

    @property
    def _is_shut(self) -> bool:
        """For what Slack is asked: what is handed on to another store goes on."""
        asked = len(self._under_way) - self._handed_on
        return bool(self.stopped) or asked >= (1 if self._is_down else AT_ONCE)

    def _ahead(self) -> Iterator[tuple[Call, list[_Entry], Bucket]]:
        """The agendas that hold something, without what was superseded at their top."""
        for call, agenda in self._agendas.items():
            while agenda and agenda[0][1] != agenda[0][2].turn:
                heappop(agenda)
            if agenda:
                yield call, agenda, self._paces[call]

    def _lane(self, name: str) -> _Lane:
        """It stays: there are as many as channels and people, and tickets that wait to be handed on."""
        return self._lanes.get(name) or self._lanes.setdefault(name, _Lane())

    def _leave(self, key: int, left: tuple[Job, ...], came: Job | None) -> None:
        """What is left of a delivery, and where somebody else has replaced its job meanwhile, what `came`."""
        stays = {each.id: each for each in left}
        if came and came not in left:
            stays[came.id] = came
        again = next((each for each in stays.values() if each.id.int == key and not each.set_aside), None)
        if again:
            self._put(again, self._waiting[key][0])
        else:
            del self._waiting[key]
        for each in stays.values():
            self.add(each)

    def _put(self, job: Job, order: int) -> None:
        key = job.id.int
        call = "post" if key in self._promised else job.call
        self._waiting[key] = order, job.lane, call, job.created_at
        self._queue(key, job.due_at)

    def _queue(self, key: int, due_at: datetime) -> None:
        order, name, _, _ = self._waiting[key]
        lane = self._lane(name)
        heappush(lane.queue, (due_at, order, key))
        if lane.queue[0][2] == key:
            self._schedule(lane)

    def _schedule(self, lane: _Lane) -> None:
        """Puts a lane into the agenda of its next job, in place of where it stood."""
        lane.turn = next(self._numbers)
        if lane.busy or not lane.queue:
            return
        due_at, _, key = lane.queue[0]
        _, _, call, _ = self._waiting[key]
        rest = LONG_AGO if call == "update" else lane.rests_until
        heappush(self._agendas[call], (max(due_at, rest, lane.backs_off_until), lane.turn, lane))

    def _learn(self, call: Call, lane: _Lane, failure: NotDelivered | None, now: datetime) -> None:
        if isinstance(failure, NoAnswer):
            lane.failures += 1
            lane.backs_off_until = now + self._backoff(lane.failures)
        if call == "hand_on":  # it says nothing of Slack
            lane.failures = lane.failures if isinstance(failure, NoAnswer) else 0
            return
        if isinstance(failure, NoAnswer):
            self._unanswered.add(lane)
            if self._is_down and now >= self._backs_off_until:  # else it was under way before
                self._failures += 1
                self._backs_off_until = now + self._backoff(self._failures)
            return
        if self._is_down:
            self._is_up()
        self._unanswered.clear()
        lane.failures = 0
        if isinstance(failure, RateLimited):
            wait = _SAYS_NOTHING if failure.after is None else failure.after
            self._paces[call].hold(now + timedelta(seconds=wait))
        elif isinstance(failure, Unauthorized):
            self.stopped = str(failure)

    def _is_up(self) -> None:
        """Slack answers again: nobody waits any longer because it did not."""
        for lane in self._unanswered:
            lane.failures, lane.backs_off_until = 0, LONG_AGO
            self._schedule(lane)
        self._unanswered.clear()
        self._failures, self._backs_off_until = 0, LONG_AGO


def status(queues: Iterable[JobQueue]) -> OutboxStatus:
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
