"""What waits to be delivered in one workspace, and which of it may go out now. No I/O; the time is passed in.

Every channel has a lane, in which one delivery is under way at a time, the oldest first. A lane rests for a second
after a post, and backs off where Slack does not answer it. Every kind of call has a pace, and waits where Slack said
so. When two lanes in a row got no answer, Slack is down: the workspace backs off as a whole, and each time one job is
tried, of the lane that was tried longest ago, so that a channel that is broken for itself cannot hold up the others. What goes to
another workspace's store is no call to Slack, and waits for none.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from heapq import heappop
from uuid import UUID

from bot.domain.outbox import Call, Job
from bot.services.outbox.rate_limits import A_MESSAGE_A_SECOND, LONG_AGO, Bucket
from bot.services.outbox.taken import Outcome, Taken
from bot.services.outbox.waiting import Entry, Lane, Rests, WaitingJobs
from bot.services.ports.messenger import NoAnswer, NotDelivered, RateLimited, Unauthorized

AT_ONCE = 8
"""How many deliveries may be under way at the same time in a workspace; so many slow ones hold up its others."""

HANDED_AT_ONCE = 4
"""How many jobs may be under way to other workspaces' stores."""


_SAYS_NOTHING = 60.0  # seconds to wait after a 429 without Retry-After: Slack counts calls by the minute


class JobQueue(WaitingJobs):
    """Says which of them may go out now, and learns from what came of it."""

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

    @property
    def is_under_way(self) -> bool:
        """Whether a delivery was begun that has not ended."""
        return bool(self._under_way)

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
            self._queue(key, LONG_AGO)  # it was due already, and nothing behind it overtakes it
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
    def _handed_on(self) -> int:
        """How many jobs are under way to other stores."""
        return sum(self._waiting[key][2] == "hand_on" for key in self._under_way)

    @property
    def _is_shut(self) -> bool:
        """For what Slack is asked: what is handed on to another store goes on."""
        asked = len(self._under_way) - self._handed_on
        return bool(self.stopped) or asked >= (1 if self._is_down else AT_ONCE)

    def _ahead(self) -> Iterator[tuple[Call, list[Entry], Bucket]]:
        """The agendas that hold something, without what was superseded at their top."""
        for call, agenda in self._agendas.items():
            while agenda and agenda[0][1] != agenda[0][2].turn:
                heappop(agenda)
            if agenda:
                yield call, agenda, self._paces[call]

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

    def _learn(self, call: Call, lane: Lane, failure: NotDelivered | None, now: datetime) -> None:
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
