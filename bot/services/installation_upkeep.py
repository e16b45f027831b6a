"""One task for all installations: it refreshes tokens well before they end, and tells what there is to tell of them."""

import asyncio
from contextlib import suppress
from datetime import timedelta

from bot.domain.errors import StoreUnavailable
from bot.domain.installation import Installation
from bot.services.installation_notices import InstallationNotices
from bot.services.kept_installations import KeptInstallations
from bot.services.ports.clock import Clock
from bot.services.ports.messenger import NotDelivered
from bot.services.ports.tasks import Tasks, TurnFailed

_TASK = "installations"
_LONGEST = timedelta(minutes=10)  # between two turns: the clock may be set
_SHORTEST = timedelta(seconds=1)


class InstallationUpkeep:
    def __init__(self, installations: KeptInstallations, notices: InstallationNotices, clock: Clock) -> None:
        self._installations = installations
        self._notices = notices
        self._clock = clock
        self._woken = asyncio.Event()

    def start(self, tasks: Tasks) -> None:
        """From now on, and again whenever an installation changes."""
        self._installations.on_change(lambda _: self._woken.set())
        tasks.keep(_TASK, self.turn, woken=self._woken)

    async def turn(self) -> float:
        """Gives the seconds until the next one."""
        now, due_at = self._clock(), self._installations.refresh.due_at
        due = [each for each in self._installations.all if (at := due_at(each)) and at <= now]
        await asyncio.gather(*map(self._refresh, due))
        try:
            await self._installations.save_unsaved()
            await self._notices.tell()
        except StoreUnavailable as error:
            raise TurnFailed(error.code) from error
        times = [at for each in self._installations.all if (at := due_at(each))]
        pause = min(times, default=now + _LONGEST) - now
        return min(max(pause, _SHORTEST), _LONGEST).total_seconds()

    async def _refresh(self, installation: Installation) -> None:
        with suppress(NotDelivered):  # it is logged, and tried again when it is due
            await self._installations.refresh.now(installation)
