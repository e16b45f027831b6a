"""Which workspaces a courier has: it takes them over where something is to go out, renews its holds, and lets go."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from time import monotonic

import structlog

from bot.domain.errors import StoreUnavailable
from bot.domain.outbox import Job
from bot.domain.workspace import Workspace
from bot.services.outbox.closed import ClosedOutboxes
from bot.services.outbox.holds import RENEWAL, REST, RETRY, Holds
from bot.services.outbox.outboxes import Outbox, Outboxes
from bot.services.outbox.queue import JobQueue
from bot.services.outbox.rate_limits import SteadyClock
from bot.services.outbox.shares import Shares
from bot.services.ports.store import JOBS, Store
from bot.services.ports.tasks import Backoff

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

_NO_ROOM = 1.0
"""Seconds after which those that had no room are asked for again."""

_SOON = timedelta(minutes=1)
"""A workspace in which something goes out so soon stays open."""

log = structlog.get_logger()


class Takeover:
    """Of one courier. `asked` is set where it is to look at once."""

    def __init__(
        self,
        store: Store,
        holds: Holds,
        closed: ClosedOutboxes,
        outboxes: Outboxes,
        clock: SteadyClock,
        backoff: Backoff,
    ) -> None:
        self._store = store
        self._holds = holds
        self._closed = closed
        self._outboxes = outboxes
        self._clock = clock
        self._backoff = backoff
        self._shares = Shares(store, holds)
        self._ask_at: dict[
            Workspace, float
        ] = {}  # when to take each workspace or, where it is ours, to look for jobs that nobody handed over, by `monotonic`
        self._taking: set[Workspace] = set()  # those that are being taken over
        self._came_meanwhile: dict[
            str, list[Job]
        ] = {}  # while they are: none where others say that there are some
        self._without_room: set[Workspace] = set()  # those that are not taken over yet, as too many are open
        self._was_away = False  # whether the store was, when holds were last looked at
        self._rested_at = 0.0  # when what was let go before the start has rested, by `monotonic`
        self.asked = asyncio.Event()

    @property
    def is_busy(self) -> bool:
        """Whether workspaces are being taken over, or are to be as soon as there is room."""
        return bool(self._taking or self._without_room or _AT_ONCE in self._ask_at.values())

    async def start(self) -> None:
        """Takes over the first; the others come in the turns."""
        self._store.on_closed(self._let_go_of)
        self._store.keep_open(self._is_at_work)
        if self._store.is_shared:
            self._rested_at = monotonic() + REST
            await self._shares.look()
        else:
            self._closed.load()
        awake = await self._store.awake(_EVER if self._store.is_shared else self._now(), JOBS)
        self._ask_at = dict.fromkeys(awake, _AT_ONCE)
        for workspace in awake[:_AT_START]:
            await self._ask(workspace)

    def stop(self) -> None:
        """Takes over none any more."""
        self._ask_at.clear()
        self._without_room.clear()

    def hear(self, workspace: Workspace, jobs: Sequence[Job]) -> None:
        """Of new jobs in a workspace that is not ours; of none where another replica says that there are some."""
        if workspace in self._taking:
            self._came_meanwhile.setdefault(workspace.id, []).extend(jobs)
        self._store.let_jobs_wait(workspace, until=None)  # these may be due sooner than those that were known
        is_asked_for = workspace in self._ask_at and workspace not in self._without_room
        if not is_asked_for and not self._shares.leaves(
            workspace
        ):  # else it is another's, or being taken over
            self._outboxes.idle.clear()
            self.ask_soon(workspace)

    def lost(self, outbox: Outbox) -> None:
        """Another courier has it, as a delivery has found."""
        if self._outboxes.get(outbox.workspace.id) is outbox:
            self._outboxes.drop(outbox.workspace.id)
            self.ask_soon(outbox.workspace)

    async def look(self, outbox: Outbox) -> None:
        """Finds the jobs that nobody handed over."""
        await self._outboxes.look(outbox, self._store.read(outbox.workspace, is_use=False))

    def ask_soon(self, workspace: Workspace) -> None:
        self._ask_at[workspace] = _AT_ONCE
        self.asked.set()

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
        self._outboxes.drop(workspace.id)
        self._holds.lose(workspace)
        self._ask_at.pop(workspace, None)

    def _retry_at(self, asked_at: float) -> float:
        """When what another holds is asked for again. Whoever stopped as we started may have had a channel that rested still as we
        asked, however long the answer took."""
        return self._rested_at if asked_at < self._rested_at < asked_at + RETRY else monotonic() + RETRY

    def _now(self) -> datetime:
        """By which a job is due, by whichever clock it was put off."""
        return max(self._clock.wall(), self._clock.steady())

    async def turn(self) -> float:
        """Takes workspaces over and renews their holds, where it is time. Gives the seconds until it is again. Of those that are
        closed no more are taken over than may be open: they stay open as long as something goes out there."""
        now = self._now()
        try:
            await self._keep()
            awake = await (self._to_have() if self._store.is_shared else self._store.awake(now, JOBS))
        except StoreUnavailable:
            self._was_away = True
            raise
        self._go_on_after_away()
        before, self._ask_at = self._ask_at, {each: self._ask_at.get(each, _AT_ONCE) for each in awake}
        if before.keys() - self._ask_at.keys():  # another courier has it: there may be nothing left to do
            self._outboxes.woken.set()
        self._without_room &= self._ask_at.keys()
        for gone in {each.workspace for each in self._outboxes.values()}.difference(awake):
            self._outboxes.drop(gone.id)
            self._holds.lose(gone)
        room = max(1, self._store.room())  # one at least: none waits for ever because others are always busy
        for workspace in [each for each, at in self._ask_at.items() if at <= monotonic()]:
            if not self._store.is_open(workspace):
                if not room:
                    self._ask_at[workspace] = monotonic() + _NO_ROOM
                    self._without_room.add(workspace)
                    continue
                room -= 1
            await self._keep()
            await self._ask(workspace)
        pause = min((self._holds.renew_at, *self._ask_at.values())) - monotonic()
        if due := self._store.next_due(after=now, due=JOBS):
            pause = min(pause, (due - self._now()).total_seconds())
        longest = self._retry_at(monotonic()) - monotonic() if self._store.is_shared else LONGEST_PAUSE
        return max(0.0, min(pause, longest))

    async def renew(self) -> float:
        """A turn that nothing holds up, however much is to be taken over: renews the holds where it is time."""
        if self._holds.renew_at <= monotonic():
            await self._holds.renew()
        return max(0.0, min(RENEWAL, self._holds.renew_at - monotonic()))

    async def _keep(self) -> None:
        """Renews the holds where it is time, and asks again for the workspaces that are lost."""
        await self.renew()
        for outbox in [each for each in self._outboxes.values() if not self._holds.has(each.workspace)]:
            self._outboxes.drop(outbox.workspace.id)
            self._ask_at[outbox.workspace] = monotonic() + RETRY

    def _go_on_after_away(self) -> None:
        """What backed off since the store was away backs off no more, be it that Slack was, too."""
        if self._was_away:
            self._was_away = False
            for outbox in self._outboxes.values():
                outbox.queue.go_on()
            self._outboxes.touch(*self._outboxes)

    async def _to_have(self) -> Sequence[Workspace]:
        """Of a store that is shared: those that we hold, less one that we let go, those that are asked for at another time, and those
        in which something waits and that nobody else holds."""
        await self._shares.look()
        held = {each.workspace: each.queue for each in self._outboxes.values()}
        steady = self._clock.steady()
        if given := self._shares.to_let_go(held, steady):
            self._outboxes.drop(given.id)
            self._ask_at.pop(given, None)
            await self._holds.let_go_of(given, rest=REST if held[given].is_resting(steady) else 0.0)
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
        self._outboxes.woken.set()

    async def _take(self, workspace: Workspace) -> None:
        """Takes a workspace over, or finds the jobs that were not handed over."""
        asked_at = monotonic()
        if outbox := self._outboxes.get(workspace.id):
            await self.look(outbox)
        elif hold := await self._holds.ask(workspace):
            jobs = await self._store.read(
                workspace, is_use=False
            ).jobs()  # before what came later is handed over
            queue = JobQueue(self._backoff, self._closed.rests(workspace))
            self._outboxes[workspace.id] = outbox = Outbox(workspace, hold, queue)
            self._outboxes.add(outbox, jobs)
            if workspace.id in self._came_meanwhile:
                self._outboxes.add(outbox, self._came_meanwhile.pop(workspace.id))
                self._outboxes.to_look.add(workspace.id)
            self._closed.drop(workspace)
        else:
            self._ask_at[workspace] = self._retry_at(asked_at)
            return
        self._ask_at[workspace] = monotonic() + LOOK
