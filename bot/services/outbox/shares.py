"""How couriers that share a store share its workspaces: each says that it lives, and sees what the others hold.

A courier with more than its share lets workspaces go, one at a time and never in the middle of a delivery, and leaves those that
nobody holds to the others for a moment. So a courier that comes gets its share as soon as there is something to do, and nothing
goes back and forth: whoever has its share, or less, lets go of none that is in use.
"""

from collections.abc import Mapping
from datetime import datetime
from math import ceil
from time import monotonic

from bot.domain.workspace import Workspace
from bot.services.outbox.holds import COURIERS, RETRY, Holds, lane_name
from bot.services.outbox.queue import JobQueue
from bot.services.ports.store import Store

IDLE = 60.0
"""Seconds after which a workspace is let go in which there is nothing to do: a hold that is renewed costs a commit."""

LEFT_TO_OTHERS = 2 * RETRY
"""Seconds that whoever has its share of the workspaces leaves one to the others."""

_LIVES = f"{COURIERS}@"


class Shares:
    """Those of one courier, as its last look found them."""

    def __init__(self, store: Store, holds: Holds) -> None:
        self._store = store
        self._holds = holds
        self._holders: Mapping[str, str] = {}  # by the names of what they hold
        self._couriers = 1
        self._idle_since: dict[Workspace, float] = {}
        self._left: dict[Workspace, float] = {}  # until when each is left to others, by `monotonic`

    async def look(self) -> None:
        """Says that we live, and sees who else does."""
        await self._holds.keep(f"{_LIVES}{self._holds.holder}")
        found = await self._store.holds(COURIERS)
        self._left = {each: until for each, until in self._left.items() if monotonic() < until + IDLE}
        self._couriers = max(1, sum(each.name.startswith(_LIVES) for each in found))
        self._holders = {each.name: each.holder for each in found if each.name.startswith(f"{COURIERS}:")}

    def leaves(self, workspace: Workspace) -> bool:
        """Whether we leave it to others: one has it, or had it a moment ago, or may have it since they have less than we. Nobody
        leaves one alone for long in which there is something to do."""
        if self._holders.get(lane_name(workspace), self._holds.holder) != self._holds.holder:
            return True
        is_one_too_many = self._couriers > 1 and self._holds.number >= self._share(self._total + 1)
        if is_one_too_many and workspace not in self._left:
            self._leave(workspace)
        return self._left.get(workspace, 0.0) > monotonic()

    def to_let_go(self, held: Mapping[Workspace, JobQueue], now: datetime) -> Workspace | None:
        """One of those that we hold, never in the middle of a delivery: one that has been idle for long or, where we have too
        many, the one that is idle longest, or else any. What nobody wanted lately is kept."""
        at = monotonic()
        movable = {each: queue for each, queue in held.items() if queue.may_move(now)}
        idle = [each for each, queue in movable.items() if not len(queue)]
        self._idle_since = {each: self._idle_since.get(each, at) for each in idle}
        if self._holds.number > self._share(self._total):
            for workspace in [*sorted(self._idle_since, key=self._idle_since.__getitem__), *movable]:
                if workspace not in self._left:
                    self._leave(workspace)
                    return workspace
        return next((each for each, since in self._idle_since.items() if at - since >= IDLE), None)

    def _leave(self, workspace: Workspace) -> None:
        self._left[workspace] = monotonic() + LEFT_TO_OTHERS

    @property
    def _total(self) -> int:
        """How many are held by anybody, or left to others that nobody holds yet."""
        elsewhere = {name for name, holder in self._holders.items() if holder != self._holds.holder}
        free = sum(lane_name(each) not in elsewhere and not self._holds.has(each) for each in self._left)
        return self._holds.number + len(elsewhere) + free

    def _share(self, total: int) -> int:
        return ceil(total / self._couriers)
