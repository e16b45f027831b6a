"""One task for all installations: it refreshes tokens well before they end, learns the names of organisations' workspaces, and
tells what there is to tell. Of several replicas one does so, and each learns every second what the others have changed."""

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

import structlog

from bot.domain.errors import StoreUnavailable
from bot.domain.installation import Installation, listed
from bot.services.installation_notices import InstallationNotices
from bot.services.kept_installations import KeptInstallations
from bot.services.leases import Leases
from bot.services.outbox.holds import RETRY
from bot.services.ports.clock import Clock
from bot.services.ports.installations import TeamList
from bot.services.ports.messenger import NotDelivered
from bot.services.ports.store import Hold, HoldLost
from bot.services.ports.tasks import Tasks, TurnFailed

_TASK, _OTHERS = "installations", "installations: others"
_SOON = 1.0
"""Seconds after which it is looked again what other replicas have changed."""
_LONGEST = timedelta(minutes=10)  # between two turns: the clock may be set
_SHORTEST = timedelta(seconds=1)
_log = structlog.get_logger()


class InstallationUpkeep:
    def __init__(
        self,
        installations: KeptInstallations,
        notices: InstallationNotices,
        team_list: TeamList,
        clock: Clock,
        leases: Leases,
    ) -> None:
        self._leases = leases
        self._installations = installations
        self._notices = notices
        self._team_list = team_list
        self._clock = clock
        self._listed_at: dict[str, datetime] = {}  # when Slack was last asked for an organisation's teams
        self._woken = asyncio.Event()

    def start(self, tasks: Tasks) -> None:
        """From now on, and again whenever an installation changes."""
        self._installations.on_change(lambda _: self._woken.set())
        tasks.keep(_TASK, self._turn_alone, woken=self._woken)
        if self._installations.is_shared:
            tasks.keep(_OTHERS, self._look, backoff=lambda _: timedelta(seconds=_SOON))

    async def _look(self) -> float:
        try:
            await self._installations.catch_up()
            await self._installations.save_unsaved()
        except StoreUnavailable as error:
            raise TurnFailed(error.code) from error
        return _SOON

    async def _turn_alone(self) -> float:
        try:
            hold = await self._leases.hold(_TASK)
            return await self._turn(hold) if hold else RETRY
        except StoreUnavailable as error:
            raise TurnFailed(error.code) from error
        except HoldLost:
            return RETRY

    async def _turn(self, hold: Hold) -> float:
        """Gives the seconds until the next one."""
        await self._installations.catch_up()
        now, due_at = self._clock(), self._installations.refresh.due_at
        due = [each for each in self._installations.all if (at := due_at(each)) and at <= now]
        await asyncio.gather(*map(self._refresh, due))
        await self._installations.save_unsaved()
        await asyncio.gather(*map(self._list_teams, filter(self._wants_teams, self._installations.all)))
        await self._notices.tell(hold)
        times = [at for each in self._installations.all if (at := due_at(each))]
        pause = min(times, default=now + _LONGEST) - now
        return min(max(pause, _SHORTEST), _LONGEST).total_seconds()

    def _wants_teams(self, installation: Installation) -> bool:
        """Where not all are known by name; not again and again where Slack does not list one."""
        if not (installation.is_active and installation.is_org_wide):
            return False
        is_new = installation.teams_listed_for != installation.since
        if not is_new and installation.teams <= installation.team_names.keys():
            return False
        asked = self._listed_at.get(installation.id)
        return asked is None or not asked <= self._clock() < asked + _LONGEST

    async def _list_teams(self, installation: Installation) -> None:
        self._listed_at[installation.id] = self._clock()
        try:
            names = await self._team_list.names(installation)
        except NotDelivered as error:
            _log.warning("teams_not_listed", installation=installation.id, why=str(error))
            return
        await self._installations.note(installation, partial(listed, names=names))

    async def _refresh(self, installation: Installation) -> None:
        with suppress(NotDelivered):  # it is logged, and tried again when it is due
            await self._installations.refresh.now(installation)
