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

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import NamedTuple

import structlog

from bot.domain.errors import StoreUnavailable
from bot.domain.outbox import HELD, Job
from bot.domain.workspace import Workspace
from bot.services.outbox.attempt import Attempts
from bot.services.outbox.closed import ClosedOutboxes
from bot.services.outbox.commits import DELIVERIES, Commits
from bot.services.outbox.holds import RETRY, Holds
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
from bot.services.outbox.queue import JobQueue
from bot.services.outbox.rate_limits import SteadyClock, exponential, longest
from bot.services.outbox.shares import Shares
from bot.services.outbox.status import OutboxStatus, status, together
from bot.services.outbox.stored import restore
from bot.services.outbox.subject import Mirrored, unseen
from bot.services.outbox.taken import Taken
from bot.services.ports.clock import Clock
from bot.services.ports.messenger import Messenger
from bot.services.ports.store import JOBS, Hold, HoldLost, Store
from bot.services.ports.tasks import Backoff, Tasks

_COURIER, _HOLDS = "courier", "holds"
_AT_ONCE = 0.0
"""When to ask for a workspace that was not asked for yet."""

_EVER = datetime.max.replace(tzinfo=UTC)
"""Of a store that is shared whoever can takes over all that waits: when it is due, another process's clock has said, which may
have been wrong, and nothing waits for longer than an hour."""

_AT_START = 1
"""So many workspaces are taken over before `start` returns; the others beside what is delivered. A start does not wait for
what was open at the end, nor for what has fallen due since."""

LONGEST_PAUSE = 30.0
"""Seconds after which it is looked in any case for workspaces in which something is due. Others make some where a store is shared."""

LOOK = 20.0
"""Seconds after which it is looked for jobs that nobody handed over."""

_AGAIN = timedelta(seconds=RETRY)
"""After so long a store that was away is asked again: what the dead leave is not to wait for longer than else."""

_NO_ROOM = 1.0
"""Seconds after which those that had no room are asked for again."""

_FEW = 200
"""So many jobs are told apart from new ones by one question."""

_SOON = timedelta(minutes=1)
"""A workspace in which something goes out so soon stays open."""

_RESTORED_AT_ONCE = 10
"""In so many workspaces what was set aside is put back before others have their turn."""

log = structlog.get_logger()


class _Outbox(NamedTuple):
    """The outbox of a workspace, as long as we hold it."""

    workspace: Workspace
    hold: Hold
    queue: JobQueue


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
        self._clock = SteadyClock(clock)
        self._backoff = backoff
        self._holds = Holds(store, self._clock.wall)
        self._shares = Shares(store, self._holds)
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
        self._outboxes: dict[str, _Outbox] = {}  # by the ids of their workspaces
        self._ask_at: dict[
            Workspace, float
        ] = {}  # when to take each workspace or, where it is ours, to look for jobs that nobody handed over, by `monotonic`
        self._next_at: dict[str, datetime] = {}  # when something may go out
        self._to_look: set[str] = set()  # where others say that there are some
        self._taking: set[Workspace] = set()  # those that are being taken over
        self._came_meanwhile: dict[
            str, list[Job]
        ] = {}  # while they are: none where others say that there are some
        self._without_room: set[Workspace] = set()  # those that are not taken over yet, as too many are open
        self._touched: set[str] = set()  # those of which we do not know that any more
        self._busy: set[str] = set()  # those of which something may still go out
        self._closed = ClosedOutboxes(store)
        self._to_restore: set[Workspace] = set()
        self._restores_all = False
        self._was_away = False  # whether the store was, when holds were last looked at
        self._refused: dict[Workspace | None, str] = {}  # what others were told of the tokens
        self._woken, self._asked, self._idle = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def start(self) -> None:
        """Begins with what the outboxes still hold from before."""
        self._store.on_jobs(self.wake)
        self._store.on_closed(self._let_go_of)
        self._store.keep_open(self._is_at_work)
        self._store.on_retry(self._retry_here)
        if self._store.is_shared:
            await self._shares.look()
        else:
            self._closed.load()
        awake = await self._store.awake(_EVER if self._store.is_shared else self._now(), JOBS)
        self._ask_at = dict.fromkeys(awake, _AT_ONCE)
        for workspace in awake[:_AT_START]:
            await self._ask(workspace)
        self._tasks.keep(_COURIER, self._go_on, woken=self._woken, backoff=self._backoff)
        self._tasks.keep(_HOLDS, self._keep_holds, woken=self._asked, backoff=lambda _: _AGAIN)

    def wake(self, workspace: Workspace, jobs: Sequence[Job]) -> None:
        """Hands over new jobs; none where another replica says that there are some. Those that turn out not to be in the outbox
        are forgotten."""
        if outbox := self._outboxes.get(workspace.id):
            self._add(outbox, jobs)
            if not jobs:
                self._to_look.add(workspace.id)
                self._idle.clear()
                self._woken.set()
            return
        if workspace in self._taking:
            self._came_meanwhile.setdefault(workspace.id, []).extend(jobs)
        self._store.let_jobs_wait(workspace, until=None)  # these may be due sooner than those that were known
        is_asked_for = workspace in self._ask_at and workspace not in self._without_room
        if not is_asked_for and not self._shares.leaves(
            workspace
        ):  # else it is another's, or being taken over
            self._idle.clear()
            self._ask_soon(workspace)

    def claimed(self, workspace: Workspace, job: Job) -> Job:
        """A new post as it is to be saved: claimed at once where its channel is free, which spares the claim its commit.
        Others are claimed when it is their turn: what a crash leaves claimed is looked for in Slack, one by one."""
        outbox = self._outboxes.get(workspace.id)
        if outbox is None or not self._holds.lasts(workspace):
            return job
        if not outbox.queue.promise(job, self._clock.steady()):
            return job
        return job.model_copy(update={"claimed_at": self._clock.wall()})

    def retry(self) -> None:
        """Puts what was set aside back to work, and goes on where a token was refused; so do the couriers of other replicas."""
        self._retry_here()
        self._restores_all = True
        self._idle.clear()
        self._woken.set()

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
        self._touched.add(workspace.id)
        self._idle.clear()
        self._woken.set()
        self._asked.set()

    def resume_where(self, is_meant: Callable[[Workspace], bool]) -> None:
        """As `resume`, of all that were refused: there may be another token for them now."""
        stopped = [outbox.workspace for outbox in self._outboxes.values() if outbox.queue.stopped]
        stopped += filter(self._closed.stopped, self._closed)
        for workspace in filter(is_meant, stopped):
            self.resume(workspace)

    def note_token(self, refused: str | None, workspace: Workspace | None = None) -> None:
        """What somebody else, who has just asked Slack, was told of a token: why it was refused, if it was. Without a
        workspace, of the one that all have."""
        if refused:
            self._refused[workspace] = refused
        else:
            self._refused.pop(workspace, None)

    def refused(self, workspace: Workspace) -> str | None:
        """Slack's code for why it takes nothing with the token of a workspace at the moment, where it does not."""
        outbox = self._outboxes.get(workspace.id)
        stopped = outbox.queue.stopped if outbox else self._closed.stopped(workspace)
        return stopped or self._refused.get(workspace) or self._refused.get(None)

    def refusals(self) -> AbstractSet[str]:
        """As `refused`, of all workspaces that we hold."""
        return self.status().stopped.keys() | set(self._refused.values())

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
        await self._idle.wait()

    async def stop(self, grace: float) -> None:
        """Gives the deliveries under way `grace` seconds. What is not delivered stays in the outbox."""
        await self._tasks.end(_COURIER)
        await self._tasks.end(_HOLDS)
        await self._tasks.end(DELIVERIES, grace)
        resting = [
            each.workspace for each in self._outboxes.values() if each.queue.is_resting(self._clock.steady())
        ]
        self._outboxes.clear()
        self._ask_at.clear()
        self._without_room.clear()
        self._next_at.clear()
        try:
            await self._holds.let_go(resting)
        except StoreUnavailable as error:  # they end by themselves
            log.warning("holds_not_let_go", why=error.code)
        except Exception:
            log.exception("holds_not_let_go")

    def _add(self, outbox: _Outbox, jobs: Iterable[Job]) -> None:
        """Those that were known already, such as what a delivery itself has written, change nothing to be done now."""
        self._touched.add(outbox.workspace.id)
        if sum(outbox.queue.add(self._in_reason(job)) for job in jobs):
            self._idle.clear()
            self._woken.set()

    def _in_reason(self, job: Job) -> Job:
        """Due no later than it may be held or back off: the clock was wrong where it was put off for longer."""
        held = HELD if job.told else timedelta()
        latest = self._clock.steady() + max(longest(job.attempts), held)
        return job if job.due_at <= latest else job.model_copy(update={"due_at": latest})

    def _ask_soon(self, workspace: Workspace) -> None:
        self._ask_at[workspace] = _AT_ONCE
        self._asked.set()

    def _is_at_work(self, workspace: Workspace) -> bool:
        """Whether something is under way there, or will be soon."""
        if workspace in self._taking:
            return True
        outbox = self._outboxes.get(workspace.id)
        if outbox is None:
            return self._ask_at.get(workspace) == _AT_ONCE
        return outbox.queue.has_work_by(self._clock.steady() + _SOON)

    def _let_go_of(self, workspace: Workspace) -> None:
        """It is closed, or there is none any more."""
        outbox = self._outboxes.get(workspace.id)
        if not self._store.workspace_of(workspace.id):
            self._closed.drop(workspace)
        elif outbox and not self._store.is_shared:
            self._closed.keep(workspace, outbox.queue)
        self._drop(workspace.id)
        self._holds.lose(workspace)
        self._ask_at.pop(workspace, None)

    def _drop(self, identifier: str) -> None:
        self._busy.discard(identifier)
        self._outboxes.pop(identifier, None)
        self._next_at.pop(identifier, None)
        self._to_look.discard(identifier)

    def _now(self) -> datetime:
        """By which a job is due, by whichever clock it was put off."""
        return max(self._clock.wall(), self._clock.steady())

    async def _keep_holds(self) -> float:
        """Takes workspaces over and renews their holds, where it is time. Gives the seconds until it is again. Of those that are
        closed no more are taken over than may be open: they stay open as long as something goes out there."""
        now = self._now()
        try:
            await self._renew()
            awake = await (self._to_have() if self._store.is_shared else self._store.awake(now, JOBS))
        except StoreUnavailable:
            self._was_away = True
            raise
        self._go_on_after_away()
        before, self._ask_at = self._ask_at, {each: self._ask_at.get(each, _AT_ONCE) for each in awake}
        if before.keys() - self._ask_at.keys():  # another courier has it: there may be nothing left to do
            self._woken.set()
        self._without_room &= self._ask_at.keys()
        for gone in {each.workspace for each in self._outboxes.values()}.difference(awake):
            self._drop(gone.id)
            self._holds.lose(gone)
        room = max(1, self._store.room())  # one at least: none waits for ever because others are always busy
        for workspace in [each for each, at in self._ask_at.items() if at <= monotonic()]:
            if not self._store.is_open(workspace):
                if not room:
                    self._ask_at[workspace] = monotonic() + _NO_ROOM
                    self._without_room.add(workspace)
                    continue
                room -= 1
            await self._renew()
            await self._ask(workspace)
        pause = min((self._holds.renew_at, *self._ask_at.values())) - monotonic()
        if due := self._store.next_due(after=now, due=JOBS):
            pause = min(pause, (due - self._now()).total_seconds())
        return max(0.0, min(pause, RETRY if self._store.is_shared else LONGEST_PAUSE))

    async def _renew(self) -> None:
        """Renews the holds where it is time, and asks again for the workspaces that are lost."""
        if self._holds.renew_at <= monotonic():
            await self._holds.renew()
        for outbox in [each for each in self._outboxes.values() if not self._holds.has(each.workspace)]:
            self._drop(outbox.workspace.id)
            self._ask_at[outbox.workspace] = monotonic() + RETRY

    def _go_on_after_away(self) -> None:
        """What backed off since the store was away backs off no more, be it that Slack was, too."""
        if self._was_away:
            self._was_away = False
            for outbox in self._outboxes.values():
                outbox.queue.go_on()
            self._touched.update(self._outboxes)
            self._woken.set()

    async def _to_have(self) -> Sequence[Workspace]:
        """Of a store that is shared: those that we hold, less one that we let go, those that are asked for at another time, and those
        in which something waits and that nobody else holds."""
        await self._shares.look()
        held = {each.workspace: each.queue for each in self._outboxes.values()}
        steady = self._clock.steady()
        if given := self._shares.to_let_go(held, steady):
            self._drop(given.id)
            self._ask_at.pop(given, None)
            await self._holds.let_go_of(given, is_resting=held[given].is_resting(steady))
        for workspace in await self._store.awake(_EVER, JOBS):
            if workspace not in self._ask_at and not self._shares.leaves(workspace):
                self._ask_at[workspace] = _AT_ONCE
        return [each for each in self._ask_at if each.id in self._outboxes or not self._shares.leaves(each)]

    async def _ask(self, workspace: Workspace) -> None:
        self._ask_at[workspace] = monotonic() + self._backoff(1).total_seconds()
        self._without_room.discard(workspace)
        self._taking.add(workspace)
        try:
            await self._take(workspace)
        except StoreUnavailable as error:  # the store has said why
            log.warning("workspace_not_taken", workspace=workspace.id, why=error.code)
            self._ask_at[workspace] = monotonic() + RETRY
        except Exception:
            log.exception("workspace_not_taken", workspace=workspace.id)
        finally:
            self._taking.discard(workspace)
            self._came_meanwhile.pop(workspace.id, None)
        self._woken.set()

    async def _take(self, workspace: Workspace) -> None:
        """Takes a workspace over, or finds the jobs that were not handed over."""
        if outbox := self._outboxes.get(workspace.id):
            await self._look(outbox)
        elif hold := await self._holds.ask(workspace):
            jobs = await self._store.read(
                workspace, is_use=False
            ).jobs()  # before what came later is handed over
            queue = JobQueue(self._backoff, self._closed.rests(workspace))
            self._outboxes[workspace.id] = outbox = _Outbox(workspace, hold, queue)
            self._add(outbox, jobs)
            if workspace.id in self._came_meanwhile:
                self._add(outbox, self._came_meanwhile.pop(workspace.id))
                self._to_look.add(workspace.id)
            self._closed.drop(workspace)
        else:
            self._ask_at[workspace] = monotonic() + RETRY
            return
        self._ask_at[workspace] = monotonic() + LOOK

    async def _look(self, outbox: _Outbox) -> None:
        """Finds the jobs that nobody handed over, those that take the place of one that was set aside among them."""
        self._to_look.discard(outbox.workspace.id)
        reader, queue = self._store.read(outbox.workspace, is_use=False), outbox.queue
        aside = {*queue.set_aside}
        if len(queue) + len(aside) <= _FEW:
            found = await reader.jobs(besides={*queue.ids()})
        else:
            unknown = [job_id async for job_id in reader.job_ids() if job_id not in queue]
            read = [await reader.job(job_id) for job_id in (*unknown, *aside)]
            found = [job for job in read if job]
        for gone in aside.difference(job.id for job in found):
            queue.set_aside.pop(gone, None)
        new = [job for job in found if job.id not in queue or not job.set_aside]
        self._add(outbox, sorted(new, key=lambda job: job.created_at))

    async def _go_on(self) -> float | None:
        """A turn of the courier: what is wanted back is put back, and what may go out goes out."""
        await self._restore()
        for outbox in [self._outboxes[each] for each in self._to_look if each in self._outboxes]:
            try:
                await self._look(outbox)
            except StoreUnavailable:  # the store has said why: as the hold is renewed it is looked again
                self._to_look.add(outbox.workspace.id)
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
                self._add(outbox, restored)
            self._to_restore.discard(workspace)
        if self._to_restore:
            self._woken.set()

    def _begin(self) -> float | None:
        """Starts what may go out. Gives the seconds until more may; None where something must happen first."""
        now = self._clock.steady()
        for identifier in self._touched | {each for each, at in self._next_at.items() if at <= now}:
            self._next_at.pop(identifier, None)
            self._busy.discard(identifier)
            if outbox := self._outboxes.get(identifier):
                while taken := outbox.queue.take(now):
                    self._tasks.spawn(DELIVERIES, self._deliver(outbox, taken))
                if at := outbox.queue.next_at():
                    self._next_at[identifier] = at
                if not outbox.queue.is_idle:
                    self._busy.add(identifier)
        self._touched.clear()
        is_left = self._to_look or self._to_restore or self._taking or self._without_room or self._busy
        if not is_left and _AT_ONCE not in self._ask_at.values():
            self._idle.set()
        next_at = min(self._next_at.values(), default=None)
        return max(0.0, (next_at - now).total_seconds()) if next_at else None

    async def _deliver(self, outbox: _Outbox, taken: Taken) -> None:
        workspace = outbox.workspace
        try:
            outcome = await self._attempts.make(workspace, taken, outbox.hold)
        except HoldLost:
            log.warning("workspace_lost", workspace=workspace.id)
            if self._outboxes.get(workspace.id) is outbox:
                self._drop(workspace.id)
                self._ask_soon(workspace)
        else:
            left = outcome.left and tuple(map(self._in_reason, outcome.left))
            outbox.queue.done(taken.job_id, outcome._replace(left=left), self._clock.steady())
            self._touched.add(workspace.id)
        self._woken.set()
