"""How couriers that share a store share its workspaces: each says that it lives, and sees what the others hold.

A courier with more than its share lets workspaces go in which nothing is left to do, one at a time, and leaves those that nobody
holds to the others for a moment. So a courier that comes gets its share as soon as there is something to do, and nothing goes
back and forth: whoever has its share, or less, lets go of none that is in use.
"""

from collections.abc import Mapping
from math import ceil
from time import monotonic
from uuid import uuid4

from bot.domain.workspace import Workspace
from bot.services.outbox.holds import COURIERS, LENGTH, Holds, lane_name
from bot.services.outbox.queue import JobQueue
from bot.services.ports.store import Store

IDLE = 60.0
"""Seconds after which a workspace is let go in which there is nothing to do: a hold that is renewed costs a commit."""

_AT_REST = 2.0
"""After so many seconds one that is too many is."""

_LIVES, _RETRY = f"{COURIERS}@", f"{COURIERS} retry "


async def ask_to_retry(store: Store) -> None:
    """Tells all couriers of a store, wherever they run, to go on where a token was refused. What was set aside is put back by
    `restore`."""
    await store.hold(f"{_RETRY}{uuid4().hex}", uuid4().hex, LENGTH)


class Shares:
    """Those of one courier, as its last look found them."""

    def __init__(self, store: Store, holds: Holds) -> None:
        self._store = store
        self._holds = holds
        self._holders: Mapping[str, str] = {}  # by the names of what they hold
        self._couriers = 1
        self._retries: frozenset[str] = frozenset()
        self._rests_since: dict[Workspace, float] = {}

    async def look(self) -> bool:
        """Says that we live, and sees who else does. Whether somebody wants us to go on where a token was refused."""
        await self._holds.keep(f"{_LIVES}{self._holds.holder}")
        found = await self._store.holds(COURIERS)
        self._couriers = max(1, sum(each.name.startswith(_LIVES) for each in found))
        self._holders = {each.name: each.holder for each in found if each.name.startswith(f"{COURIERS}:")}
        before, self._retries = (
            self._retries,
            frozenset(each.name for each in found if each.name.startswith(_RETRY)),
        )
        return bool(self._retries - before)

    def is_elsewhere(self, workspace: Workspace) -> bool:
        """Whether another courier has it, or had it a moment ago."""
        return self._holders.get(lane_name(workspace), self._holds.holder) != self._holds.holder

    def may_take(self) -> bool:
        """Whether one more is within our share."""
        return self._couriers == 1 or self._holds.number < self._share(self._total + 1)

    def to_let_go(
        self, held: Mapping[Workspace, JobQueue], at_rest: Mapping[Workspace, bool]
    ) -> Workspace | None:
        """One of those that we hold, where it is idle, or at rest and one too many."""
        now = monotonic()
        self._rests_since = {each: self._rests_since.get(each, now) for each in held if at_rest[each]}
        too_many = self._holds.number > self._share(self._total)
        enough = _AT_REST if too_many else IDLE
        return next((each for each, since in self._rests_since.items() if now - since >= enough), None)

    @property
    def _total(self) -> int:
        """How many are held by anybody."""
        return self._holds.number + sum(each != self._holds.holder for each in self._holders.values())

    def _share(self, total: int) -> int:
        return ceil(total / self._couriers)
