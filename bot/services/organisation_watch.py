"""Which teams are of one organisation decides who reads their global tickets: when that changes, cards follow.

Of several replicas one has them follow. The others remember for a while what has changed, and look themselves where it dies
before it has: a second look changes nothing.
"""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.domain.errors import StoreUnavailable
from bot.services.installed_neighbours import InstalledNeighbours
from bot.services.kept_installations import KeptInstallations
from bot.services.leases import Leases
from bot.services.outbox.holds import RETRY
from bot.services.ports.clock import Clock
from bot.services.ports.sharing import SharingStore
from bot.services.ports.store import Store
from bot.services.ports.tasks import Tasks, TurnFailed
from bot.services.shared_again import look_again

_TASK = "organisations"
_DONE_BY_THEN = timedelta(minutes=2)
"""So long after a change another replica has looked: where one died before it had, the next one has taken its lease."""


class OrganisationWatch:
    """What somebody may find follows at once; cards that stand somewhere follow by jobs, which a failed turn enqueues again."""

    def __init__(
        self,
        store: Store,
        sharing: SharingStore,
        installations: KeptInstallations,
        clock: Clock,
        leases: Leases,
    ) -> None:
        self._leases = leases
        self._store = store
        self._sharing = sharing
        self._installations = installations
        self._neighbours = InstalledNeighbours(installations)
        self._clock = clock
        self._woken = asyncio.Event()
        self._known: Mapping[str, frozenset[str]] = {}
        self._changed_at: datetime | None = None  # where another replica looks

    def start(self, tasks: Tasks) -> None:
        """From now on, once the installations are read."""
        self._known = self._teams()
        self._installations.on_change(lambda _: self._woken.set())
        tasks.keep(_TASK, self.turn, woken=self._woken)

    async def turn(self) -> float | None:
        """Looks at what those share who came or went, and at what was shared with them."""
        now = self._teams()
        if now == self._known:
            return None
        try:
            if not await self._leases.is_mine(_TASK):
                self._leave_to_another(now)
                return RETRY
            for organisation in self._known.keys() | now.keys():
                before, after = (each.get(organisation, frozenset()) for each in (self._known, now))
                for team in sorted(before ^ after):
                    await self._look_again(team, (before | after) - {team})
        except StoreUnavailable as error:
            raise TurnFailed("store_unavailable") from error
        self._known, self._changed_at = now, None
        return None

    def _leave_to_another(self, now: Mapping[str, frozenset[str]]) -> None:
        at = self._clock()
        self._changed_at = self._changed_at or at
        if at - self._changed_at >= _DONE_BY_THEN:
            self._known, self._changed_at = now, None

    async def _look_again(self, team: str, beside: frozenset[str]) -> None:
        await look_again(self._store, self._sharing, team, None, self._clock)
        for home in sorted(beside):
            await look_again(self._store, self._sharing, home, team, self._clock)

    def _teams(self) -> Mapping[str, frozenset[str]]:
        """The teams of each organisation."""
        organisations = {each.enterprise_id for each in self._installations.all if each.enterprise_id}
        return {each: frozenset(self._neighbours.teams_of(each)) for each in organisations}
