"""Which workspaces a courier may deliver: those that it holds, so that of several couriers each workspace has one.

Two couriers at once would post a card twice. So whatever shows something begins only while its hold lasts for LONGEST_CALL
more, is renewed first where it does not, and is cut off MARGIN before the hold ends: no call is under way any more when another
courier may take over. What an old holder still wants to record is refused by the number of its hold. A process that stands still
in between (SIGSTOP, a machine that sleeps) keeps to none of that, and has the record alone: `overtaken` says what follows.

Whoever dies is taken over within LENGTH + RETRY seconds.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from math import inf
from time import monotonic
from uuid import uuid4

from bot.domain.workspace import Workspace
from bot.services.ports.clock import Clock
from bot.services.ports.store import Hold, HoldLost, Store

LENGTH = 12.0
"""Seconds that a hold lasts. So long stands still what a courier had that was killed; one that stops lets go."""

RENEWAL = 3.0
"""Seconds after which all are renewed: if that fails it may be tried again before the calls have to wait for it."""

RETRY = 2.0
"""Seconds after which what another holds is asked for again. LENGTH + RETRY is how long the dead are not missed: 15 at most."""

LONGEST_CALL = 8.0
"""Seconds that whatever shows a message has at least, and that must be left of the hold as it begins. Two calls of a message have
four each, so a Slack that is slow is still served."""

MARGIN = 0.5
"""Seconds before the end of the hold in which no call is under way any more: clocks drift."""

COURIERS = "courier"
"""How the names of all holds of couriers begin."""

REST = 1.0
"""Seconds that a channel rests after a post, also where the next one is another courier's."""


def lane_name(workspace: Workspace) -> str:
    """What the hold of a workspace's lanes is called."""
    return f"{COURIERS}:{workspace.id}"


@dataclass(frozen=True)
class _Held:
    hold: Hold
    ends: float  # by this process's monotonic clock, from before the store was asked
    since: datetime


class Holds:
    """Those of one courier, which has a name of its own."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self.holder = uuid4().hex
        self._held: dict[Workspace, _Held] = {}
        self._others: dict[str, Hold] = {}
        self._renewed_at = 0.0
        self._changing = asyncio.Lock()  # what was let go is not renewed by an answer that comes late

    @property
    def number(self) -> int:
        """How many workspaces are held."""
        return len(self._held)

    @property
    def renew_at(self) -> float:
        """When they are to be renewed, by `monotonic`."""
        return self._renewed_at + RENEWAL if self._held or self._others else inf

    def has(self, workspace: Workspace) -> bool:
        """As far as we know."""
        return workspace in self._held

    async def ask(self, workspace: Workspace) -> Hold | None:
        """Takes it or keeps it; None where another courier has it."""
        began, before = monotonic(), self._held.get(workspace)
        hold = await self._store.hold(lane_name(workspace), self.holder, LENGTH)
        if hold is None:
            self.lose(workspace)
        else:
            self._begin(began)
            since = before.since if before and before.hold == hold else self._clock()
            self._held[workspace] = _Held(hold, began + LENGTH, since)
        return hold

    async def keep(self, name: str) -> None:
        """Takes one that is no workspace's."""
        if name in self._others:
            return
        began = monotonic()
        if hold := await self._store.hold(name, self.holder, LENGTH):
            self._begin(began)
            self._others[name] = hold

    async def renew(self) -> None:
        """All of them at once, where it is time. Those that another courier has by now are lost."""
        async with self._changing:
            if self.renew_at <= monotonic():
                await self._renew()

    def is_anothers(self, workspace: Workspace, begun_at: datetime | None) -> bool:
        """Whether another process, which may still be there, can have begun something then: before we held the workspace."""
        held = self._held.get(workspace)
        is_ours = held is not None and begun_at is not None and begun_at >= held.since
        return self._store.is_shared and not is_ours

    def lasts(self, workspace: Workspace) -> bool:
        """Whether something that shows a message could begin now."""
        held = self._held.get(workspace)
        return held is not None and held.ends - MARGIN - monotonic() >= LONGEST_CALL

    async def look(self, workspace: Workspace, hold: Hold) -> float:
        """Right before what shows something: how many seconds it may take, LONGEST_CALL at least where no renewal took long. Raises
        HoldLost where somebody else may have it by the end of that."""
        if self.has(workspace) and not self.lasts(workspace):
            async with self._changing:
                if not self.lasts(workspace):  # nobody has renewed it meanwhile
                    await self._renew()
        held = self._held.get(workspace)
        if held is None or held.hold != hold:
            raise HoldLost(hold.name)
        return held.ends - MARGIN - monotonic()

    def lose(self, workspace: Workspace) -> None:
        self._held.pop(workspace, None)

    async def let_go_of(self, workspace: Workspace, *, rest: float) -> None:
        """For another courier to take when it has rested for so many seconds."""
        async with self._changing:
            held = self._held.pop(workspace, None)
            if held and rest:
                await self._store.hold(held.hold.name, self.holder, rest)
            elif held:
                await self._store.let_go(held.hold)

    async def let_go(self, rests: Mapping[Workspace, float]) -> None:
        """As `let_go_of`, of all of them."""
        for workspace in [*self._held]:
            await self.let_go_of(workspace, rest=rests.get(workspace, 0.0))
        others, self._others = self._others, {}
        for hold in others.values():
            await self._store.let_go(hold)

    def _begin(self, at: float) -> None:
        """The first one says when all are to be renewed."""
        if not (self._held or self._others):
            self._renewed_at = at

    async def _renew(self) -> None:
        began, held, others = monotonic(), [*self._held.items()], [*self._others.items()]
        kept = {*await self._store.renew([*(each.hold for _, each in held), *self._others.values()], LENGTH)}
        self._renewed_at = began
        for workspace, each in held:
            if self._held.get(workspace) != each:
                continue  # it was asked for meanwhile
            if each.hold in kept:
                self._held[workspace] = replace(each, ends=began + LENGTH)
            else:
                self.lose(workspace)
        self._others = {name: hold for name, hold in others if hold in kept}
