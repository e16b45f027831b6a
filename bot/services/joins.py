"""Joins: which workspaces may find and read each other's global tickets, as the operator says."""

from collections.abc import Collection, Sequence

from bot.services.ports.clock import Clock
from bot.services.ports.sharing import SharingStore
from bot.services.ports.store import Store
from bot.services.shared_again import look_again


class Joins:
    """For the operator, who is nobody in a workspace. What somebody may find follows at once; cards that stand somewhere follow by
    jobs, which a second call enqueues again where the first was cut off."""

    def __init__(self, store: Store, sharing: SharingStore, clock: Clock) -> None:
        self._store = store
        self._sharing = sharing
        self._clock = clock

    async def sets(self) -> Sequence[frozenset[str]]:
        """The sets of teams that are joined: each with each of its set."""
        return await self._sharing.joins()

    async def join(self, teams: Collection[str]) -> None:
        """Each of these with each."""
        await self._sharing.join(teams)
        await self._look_again(teams)

    async def part(self, teams: Collection[str]) -> bool:
        """Takes a set apart that was joined; whether there was exactly this one."""
        was_there = await self._sharing.part(teams)
        await self._look_again(teams)
        return was_there

    async def _look_again(self, teams: Collection[str]) -> None:
        for home in sorted(set(teams)):
            await look_again(self._store, self._sharing, home, None, self._clock)
