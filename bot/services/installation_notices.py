"""What people are told of the installation in their workspace: a welcome, and that it has to be made again.

Each is told once, also after a crash: what was written down in the workspace's outbox, and not yet in the installation, is
written again as a post that may have been made, and looked for before it is posted. So it is where another replica told until now.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID, uuid5

import structlog

from bot.domain.errors import StoreUnavailable
from bot.domain.installation import Installation
from bot.domain.installation_notice import InstallationNotice
from bot.domain.outbox import Job, Target
from bot.domain.workspace import Workspace
from bot.services.kept_installations import KeptInstallations
from bot.services.people import People
from bot.services.ports.clock import Clock
from bot.services.ports.store import Hold, Store, Transaction

_log = structlog.get_logger()
_CLOCKS = timedelta(minutes=1)
"""Whatever was installed so little after another replica told is looked for, too: its clock may differ from ours."""
_JOBS = UUID("5f0d2c7e-8a41-4c06-9b3d-7d1e0c9a6f52")  # only tells these ids from all others


class InstallationNotices:
    """Raises StoreUnavailable; then it is to be tried again."""

    def __init__(
        self, store: Store, people: People, installations: KeptInstallations, install_url: str, clock: Clock
    ) -> None:
        """`install_url`: where somebody installs it again."""
        self._store = store
        self._people = people
        self._installations = installations
        self._install_url = install_url
        self._clock = clock
        self._began = clock()
        self._tried = set[UUID]()
        self._hold: Hold | None = None  # the last one

    async def tell(self, hold: Hold) -> None:
        """Tells what is still to be told, of each installation whatever becomes of the others. `hold`: of the one replica that does
        so. Raises HoldLost."""
        if hold != self._hold and hold.number > 1:
            self._began = self._clock() + _CLOCKS
        self._hold = hold
        failed: StoreUnavailable | None = None
        for installation in self._installations.all:
            try:
                await self._tell_of(installation, hold)
            except StoreUnavailable as error:
                _log.warning("not told of an installation", installation=installation.id, why=error.message)
                failed = error
        if failed:
            raise failed

    async def _tell_of(self, installation: Installation, hold: Hold) -> None:
        if installation.is_active and installation.noted_at is None:
            await self._note(installation, hold)
        if installation.has_refusal_to_tell:
            await self._tell_refusal(installation, hold)

    async def _note(self, installation: Installation, hold: Hold) -> None:
        """Tells its workspace who installed it, and them what it is, where nobody was told before. Of an organisation it is the
        first of its workspaces, once there is one."""
        served = self._served(installation)
        if not served:
            return
        workspace, who, now = served[0], installation.installed_by, self._clock()
        is_first = installation.welcomed_at is None
        notice = InstallationNotice(event="installed", team=workspace.id)
        job = self._job(f"welcome:{installation.id}", who, notice, installation.since)

        async def work(tx: Transaction) -> None:
            await tx.require(hold)
            settings = await tx.settings()
            if who and settings.installer != who:
                await tx.keep_settings(settings.model_copy(update={"installer": who}))
            if who and is_first:
                await tx.enqueue(job)

        await self._store.change(workspace, work)
        for each in () if is_first else served:
            await self._store.change(each, _unsay_refusals)
        told = {"noted_at": now, "welcomed_at": installation.welcomed_at or now}
        await self._installations.note(installation, partial(_with, since=installation.since, told=told))

    async def _tell_refusal(self, installation: Installation, hold: Hold) -> None:
        """Tells the installer and the admins, each once, in the workspace that they are in."""
        tokens, told = installation.tokens, {""}
        for workspace in self._served(installation):
            admins = (await self._people.of(workspace)).admins
            users = {installation.installed_by, *(each.id for each in admins if not each.is_bot)} - told
            told |= users
            notice = InstallationNotice(
                event="token_refused",
                team=workspace.id,
                install_url=self._install_url,
                ends_at=tokens.expires_at,
            )
            since = tokens.refresh_refused_at or self._clock()
            named = f"refused:{installation.id}:{since.isoformat()}"
            jobs = [self._job(f"{named}:{user}", user, notice, since) for user in sorted(users)]
            await self._store.change(workspace, partial(_enqueued, jobs=jobs, hold=hold))
        now = self._clock()

        def work(before: Installation) -> Installation:
            if before.tokens.refresh != tokens.refresh:
                return before
            said = before.tokens.model_copy(update={"refusal_told_at": now})
            return before.model_copy(update={"tokens": said})

        await self._installations.note(installation, work)

    def _served(self, installation: Installation) -> Sequence[Workspace]:
        """The workspaces that it serves; of an organisation's, those that are known."""
        if installation.team_id:
            return [Workspace(enterprise_id=installation.enterprise_id, team_id=installation.team_id)]
        return [
            Workspace(enterprise_id=installation.enterprise_id, team_id=team)
            for team in sorted(installation.teams)
        ]

    def _job(self, name: str, user: str, notice: InstallationNotice, since: datetime) -> Job:
        """`since`: when there was first something to tell."""
        job_id, now = uuid5(_JOBS, name), self._clock()
        may_be_posted = job_id in self._tried or since < self._began
        self._tried.add(job_id)
        return Job(
            id=job_id,
            target=Target(user=user),
            notice=notice,
            created_at=now,
            due_at=now,
            claimed_at=since if may_be_posted else None,
        )


async def _enqueued(tx: Transaction, jobs: Collection[Job], hold: Hold) -> None:
    await tx.require(hold)
    for job in jobs:
        await tx.enqueue(job)


async def _unsay_refusals(tx: Transaction) -> None:
    """What waits of a token that nobody needs any more."""
    for waiting in await tx.jobs():
        if isinstance(waiting.notice, InstallationNotice) and waiting.notice.event == "token_refused":
            await tx.dequeue(waiting.id)


def _with(before: Installation, since: datetime, told: dict[str, datetime]) -> Installation:
    """Unless it was made anew meanwhile."""
    return before.model_copy(update=told) if before.since == since else before
