"""The courier delivers the outbox: what was saved is shown in Slack, later, and whatever happens on the way.

It delivers cards, comments, notices and answers, which are messages, fetches replies, which are read and kept, and
has user groups changed.

What is promised:

- A job stays in the outbox until Slack has its message, or until it is set aside with the reason, which `deskhand
  doctor` and /metrics tell and `deskhand courier retry` undoes. A crash at any instant loses none.
- A message is posted once, but for one case in which nobody can know: Slack's answer was lost, or the process ended,
  after a post was begun and before its end was on disk. Then its own event tells where it stands
  or, where none comes in time, it is looked for by the delivery id it carries, a page at a time, which the job remembers.
  It is posted again only where it is not found: Slack never had it, or the bot may not read there. A search of MOST_PAGES
  that neither found it nor came to an end is given up: the job is set aside, and not posted again. What a response_url
  shows to one user alone cannot be looked for, and may then come twice.
- A card shows the newest state of its ticket in the end, and on the way there never goes back to an older one. Changes
  that come faster than they can be shown are one update for each message. A card whose channel is closed to the bot
  keeps its place, and is tried again at the next change; only a message that is gone is let go.
- Of several couriers on one store, each workspace has one: whoever holds it. A hold is renewed while its courier runs
  and let go when it stops. Another courier takes over within fifteen seconds of a death, when no call of the old one can be under
  way any more; what an old one still wants to record is refused, and what it has shown then is put right (`overtaken`). Each
  courier has its share of the workspaces in which there is something to do (`shares`).
- A page of replies is kept together with where the next begins, so none is kept twice or left out.
- What somebody's gesture wants of a message is done before its job ends, and once for each gesture; where Slack does not
  give the message, they hear of that.
- A user group becomes whoever is on call as its job is done; one that was asked for meanwhile is done after it.
- The messages of a channel go out oldest first, at most one message a second; a long search holds up none. A channel that is slow or broken holds up no
  other, but where AT_ONCE of a workspace are slow together: then its others wait until Slack answers one of them or its
  call times out. No workspace holds up another. What Slack refuses as too fast waits as long as it says. While Slack is
  down, one job at a time is tried, with back-off up to an hour. A wall clock that is set back or forth holds up nothing.
- What goes to another workspace's store is handed on by its own lanes, whatever Slack does, and without a token. It is done again
  after a crash, and changes nothing twice.
- A token that is refused stops its workspace, which keeps everything, until a restart or `deskhand courier retry`.

What it costs: the outbox of a workspace is read once, when the courier takes it over. After that, neither a new job nor
a delivery takes longer the more jobs wait. Jobs are handed over as they are committed, by other replicas as the news that there
are some; in case one was not, the ids of those that wait are looked at every LOOK seconds.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta

import structlog

from bot.domain.errors import StoreUnavailable
from bot.domain.outbox import Job
from bot.domain.workspace import Workspace
from bot.services.outbox.attempt import Attempts
from bot.services.outbox.closed import ClosedOutboxes
from bot.services.outbox.commits import DELIVERIES, Commits
from bot.services.outbox.holds import LONGEST_CALL, REST, RETRY, Holds
from bot.services.outbox.listeners import (
    OnGesture,
    OnGroup,
    OnHandOn,
    OnReplies,
    OnUnreadable,
    unhanded,
    unheard,
    unkept,
    unmade,
    unread,
)
from bot.services.outbox.outboxes import Outbox, Outboxes
from bot.services.outbox.queue import JobQueue
from bot.services.outbox.rate_limits import SteadyClock, exponential
from bot.services.outbox.status import OutboxStatus, status, together
from bot.services.outbox.stored import restore
from bot.services.outbox.subject import Mirrored, unseen
from bot.services.outbox.taken import Taken
from bot.services.outbox.takeover import Takeover
from bot.services.ports.clock import Clock
from bot.services.ports.messenger import Messenger
from bot.services.ports.store import HoldLost, Store
from bot.services.ports.tasks import Backoff, Tasks

_COURIER, _HOLDS, _RENEWALS = "courier", "holds", "renewals"

_AGAIN = timedelta(seconds=RETRY)
"""After so long a store that was away is asked again: what the dead leave is not to wait for longer than else."""

_RESTORED_AT_ONCE = 10
"""In so many workspaces what was set aside is put back before others have their turn."""

log = structlog.get_logger()


class Courier:
    """Delivers from `start` to `stop`."""

    def __init__(  # noqa: PLR0913  (what there is to listen to has defaults)
        self,
        store: Store,
        messenger: Messenger,
        clock: Clock,
        tasks: Tasks,
        *,
        backoff: Backoff = exponential,
        on_replies: OnReplies = unread,
        on_unreadable: OnUnreadable = unheard,
        on_gesture: OnGesture = unmade,
        on_group: OnGroup = unkept,
        on_hand_on: OnHandOn = unhanded,
        mirrored: Mirrored = unseen,
    ) -> None:
        self._store = store
        self._tasks = tasks
        self._backoff = backoff
        self._clock = SteadyClock(clock)
        self._holds = Holds(store, self._clock.wall)
        commits = Commits(store, tasks)
        self._attempts = Attempts(
            commits,
            messenger,
            self._clock,
            backoff,
            self._holds,
            on_replies=on_replies,
            on_unreadable=on_unreadable,
            on_gesture=on_gesture,
            on_group=on_group,
            on_hand_on=on_hand_on,
            mirrored=mirrored,
        )
        self._closed = ClosedOutboxes(store)
        self._outboxes = Outboxes(self._clock, self._holds, self._closed, self._hear)
        self._takeover = Takeover(store, self._holds, self._closed, self._outboxes, self._clock, backoff)
        self.wake, self.claimed = self._outboxes.wake, self._outboxes.claimed
        self.note_token, self.refused = self._outboxes.note_token, self._outboxes.refused
        self._to_restore: set[Workspace] = set()
        self._restores_all = False

    async def start(self) -> None:
        """Begins with what the outboxes still hold from before."""
        self._store.on_jobs(self.wake)
        self._store.on_retry(self._retry_here)
        await self._takeover.start()
        self._tasks.keep(_COURIER, self._go_on, woken=self._outboxes.woken, backoff=self._backoff)
        self._tasks.keep(_HOLDS, self._takeover.turn, woken=self._takeover.asked, backoff=lambda _: _AGAIN)
        self._tasks.keep(_RENEWALS, self._takeover.renew, backoff=lambda _: _AGAIN)

    def retry(self) -> None:
        """Puts what was set aside back to work, and goes on where a token was refused; so do the couriers of other replicas."""
        self._retry_here()
        self._restores_all = True
        self._outboxes.idle.clear()
        self._outboxes.woken.set()

    def _retry_here(self) -> None:
        """In the workspaces that we hold: others may have been asked."""
        held = {outbox.workspace for outbox in self._outboxes.values()}
        for workspace in held.union(self._closed):
            self.resume(workspace)
        self._to_restore.update(held)

    def resume(self, workspace: Workspace) -> None:
        """Goes on where its token was refused."""
        if outbox := self._outboxes.get(workspace.id):
            outbox.queue.resume()
        self._closed.resume(workspace)
        self._outboxes.touch(workspace.id)
        self._outboxes.idle.clear()
        self._outboxes.woken.set()
        self._takeover.asked.set()

    def resume_where(self, is_meant: Callable[[Workspace], bool]) -> None:
        """As `resume`, of all that were refused: there may be another token for them now."""
        stopped = [outbox.workspace for outbox in self._outboxes.values() if outbox.queue.stopped]
        stopped += filter(self._closed.stopped, self._closed)
        for workspace in filter(is_meant, stopped):
            self.resume(workspace)

    def refusals(self) -> AbstractSet[str]:
        """As `refused`, of all workspaces that we hold."""
        return self.status().stopped.keys() | self._outboxes.refusals

    def status(self) -> OutboxStatus:
        """How the outbox stands in all workspaces that we hold, or held until they were closed. What is set aside where a store is
        shared: in all workspaces, as it was last looked at."""
        held = together(
            [status([outbox.queue]) for outbox in self._outboxes.values()] + [*self._closed.statuses()]
        )
        if not self._store.is_shared:
            return held
        aside = sum(map(Counter, self._store.set_aside().values()), Counter[str]())
        return held._replace(set_aside=aside)

    @property
    def held(self) -> int:
        """How many workspaces we deliver."""
        return len(self._outboxes)

    async def idle(self) -> None:
        """Returns once nothing is left to be delivered by us. What waits for a token that is good waits on."""
        await self._outboxes.idle.wait()

    async def stop(self, grace: float) -> None:
        """Gives the deliveries under way `grace` seconds. What is not delivered stays in the outbox."""
        await self._tasks.end(_COURIER)
        await self._tasks.end(_HOLDS)
        await self._tasks.end(_RENEWALS)
        await self._tasks.end(DELIVERIES, grace)
        now = self._clock.steady()
        rests = {each.workspace: _rest(each.queue, now) for each in self._outboxes.values()}
        self._outboxes.clear()
        self._takeover.stop()
        try:
            await self._holds.let_go(rests)
        except StoreUnavailable as error:  # they end by themselves
            log.warning("holds_not_let_go", why=error.code)
        except Exception:
            log.exception("holds_not_let_go")

    def _hear(self, workspace: Workspace, jobs: Sequence[Job]) -> None:
        self._takeover.hear(workspace, jobs)

    async def _go_on(self) -> float | None:
        """A turn of the courier: what is wanted back is put back, and what may go out goes out."""
        await self._restore()
        to_look = self._outboxes.to_look
        for outbox in [self._outboxes[each] for each in to_look if each in self._outboxes]:
            try:
                await self._takeover.look(outbox)
            except StoreUnavailable:  # the store has said why: it is looked again in a while
                to_look.add(outbox.workspace.id)
        return self._begin()

    async def _restore(self) -> None:
        """Puts back what was set aside, where somebody wants it."""
        if self._restores_all:
            if self._store.is_shared:
                await self._store.ask_retry()
            self._to_restore.update(await self._store.workspaces())
            self._restores_all = False
        for workspace in [*self._to_restore][:_RESTORED_AT_ONCE]:
            try:
                restored = await restore(self._store, workspace, self._clock.wall)
            except StoreUnavailable:
                if self._store.is_open(workspace):
                    raise
                restored = ()  # it cannot be opened, and holds up no other
            if outbox := self._outboxes.get(workspace.id):
                self._outboxes.add(outbox, restored)
            self._to_restore.discard(workspace)
        if self._to_restore:
            self._outboxes.woken.set()

    def _begin(self) -> float | None:
        """Starts what may go out. Gives the seconds until more may; None where something must happen first."""
        for outbox, taken in self._outboxes.take():
            self._tasks.spawn(DELIVERIES, self._deliver(outbox, taken))
        if not (self._outboxes.is_busy or self._takeover.is_busy or self._to_restore):
            self._outboxes.idle.set()
        return self._outboxes.pause()

    async def _deliver(self, outbox: Outbox, taken: Taken) -> None:
        try:
            outcome = await self._attempts.make(outbox.workspace, taken, outbox.hold)
        except HoldLost:
            log.warning("workspace_lost", workspace=outbox.workspace.id)
            self._takeover.lost(outbox)
        else:
            self._outboxes.done(outbox, taken, outcome)
        self._outboxes.woken.set()


def _rest(queue: JobQueue, now: datetime) -> float:
    """For how many seconds others leave alone what we begin no more of: what was cut off may still arrive, and a channel rests
    after a post."""
    if queue.is_under_way:
        return LONGEST_CALL
    return REST if queue.is_resting(now) else 0.0
