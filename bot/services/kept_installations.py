"""The installations that were made by OAuth: all in memory, each change durable first.

Where other processes change them, too, what these did is read before somebody decides by it: at each request, and each second.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from functools import partial

import structlog

from bot.domain.errors import DeskError, StoreUnavailable
from bot.domain.installation import (
    Ended,
    Installation,
    Tokens,
    ended,
    granted,
    made,
    may_install,
    refreshed,
    taken,
    with_domain,
)
from bot.domain.workspace import Workspace
from bot.services.installations import NOT_INSTALLED, Tell
from bot.services.one_at_a_time import OneAtATime
from bot.services.ports.clock import Clock
from bot.services.ports.installations import ChangedInstallations, InstallationStore, Rotator
from bot.services.ports.messenger import Unauthorized
from bot.services.ports.tasks import Tasks
from bot.services.token_refresh import TokenRefresh

_NOTES = "installation notes"
"""The group of the tasks that write down what requests tell of an installation."""
_INSTALLING = 30.0
"""Seconds that the first installation of all keeps others waiting at most, where its process comes to no end."""
_log = structlog.get_logger()

Work = Callable[[Installation], Installation]


class NotAllowed(DeskError):
    """The operator does not let this workspace install."""

    code = "not_allowed"

    def __init__(self, place: str) -> None:
        """`place`: the ID of the workspace or organisation."""
        super().__init__(f"{place} may not install Deskhand here.")
        self.place = place


class KeptInstallations:
    """Implements Installations. `install`, `end`, `grant` and `take` raise StoreUnavailable; nothing has changed then."""

    def __init__(
        self,
        kept: InstallationStore,
        rotator: Rotator,
        tasks: Tasks,
        clock: Clock,
        one_at_a_time: OneAtATime | None = None,
    ) -> None:
        """`one_at_a_time`: of the processes that there are; without it, this is the only one."""
        self._kept = kept
        self._tasks = tasks
        self._clock = clock
        self._processes = one_at_a_time or OneAtATime()
        self.is_shared = self._processes.is_shared
        self._version = 0  # of what has been read
        self._one_at_a_time = asyncio.Lock()
        self._by_id: dict[str, Installation] = {}
        self.org_wide: Sequence[Installation] = ()
        """Those of organisations, the ones that have ended included."""
        self._by_team: dict[str, Installation] = {}  # the newest active one that is known to serve it
        self._by_org: dict[str, Installation] = {}  # the active organisation-wide ones
        self._workspaces: dict[
            tuple[str | None, str], Workspace
        ] = {}  # what was looked up since the last change
        self._unsaved: dict[str, tuple[Tokens, Tokens]] = {}  # of each that the disk did not take: used, new
        self._listeners: list[Tell] = []
        self.first_is_taken = False
        """Whether a token of the settings is about to be taken over: no stranger is the first meanwhile."""
        self.refresh = TokenRefresh(rotator, self._keep_tokens, self._change, tasks, clock, self._processes)

    async def load(self) -> None:
        found = await self._kept.changed(0)
        self._version = found.version
        self._know(found.changed)

    async def catch_up(self, since: float | None = None) -> None:
        if self.is_shared and await self._kept.version(since=since) != self._version:
            async with self._one_at_a_time:
                self._learn(await self._kept.changed(self._version))

    @property
    def all(self) -> Sequence[Installation]:
        """Those that have ended included."""
        return [*self._by_id.values()]

    def get(self, installation_id: str) -> Installation | None:
        """By the ID of its team or organisation. It may have ended."""
        return self._by_id.get(installation_id)

    def workspace_of(
        self, enterprise_id: str | None, team_id: str | None, *, is_told: bool = False
    ) -> Workspace | None:
        if not team_id:
            return None
        told_of = enterprise_id if is_told else None
        known = self._workspaces.get((told_of, team_id))
        return known or self._looked_up(told_of, team_id)

    def has_team(self, enterprise_id: str | None, team_id: str | None) -> bool:
        org = self._by_org.get(enterprise_id or "")
        return org is not None and team_id in org.teams

    def of(self, workspace: Workspace) -> Installation | None:
        return self._serving(workspace.enterprise_id, workspace.team_id or "")

    async def token(self, workspace: Workspace, *, expired: str | None = None) -> str:
        found: Installation | None = self.of(workspace)
        if found and (found.has_expired(self._clock()) or found.tokens.access.get_secret_value() == expired):
            found = await self.refresh.now(found)
        if not (found and found.is_active):
            raise Unauthorized(NOT_INSTALLED)
        return found.tokens.access.get_secret_value()

    def own_user(self, workspace: Workspace) -> str | None:
        found = self.of(workspace)
        return (found.bot_user or None) if found else None

    def on_change(self, tell: Tell) -> None:
        self._listeners.append(tell)

    async def install(self, new: Installation, allowed: Collection[str] | None) -> Installation:
        """Makes it, or makes it anew. Raises NotAllowed. `allowed`: as `may_install` has it."""
        if self.is_shared and allowed is None:  # of two that are the first, one is
            async with self._processes.alone("installing", _INSTALLING):
                await self.catch_up()
                return await self._install(new, allowed)
        return await self._install(new, allowed)

    async def _install(self, new: Installation, allowed: Collection[str] | None) -> Installation:
        async with self._one_at_a_time:
            is_early = allowed is None and self.first_is_taken and new.id not in self._by_id
            if is_early or not may_install(new, allowed, self._by_id.values()):
                raise NotAllowed(new.id)
            after = await self._kept.change(new.id, partial(made, new))
            self._unsaved.pop(new.id, None)
            return self._known(after or new)

    async def take_over(self, new: Installation) -> None:
        """Keeps what a token of the settings is the right to, where no installation is active there."""

        def work(before: Installation | None) -> Installation:
            return before if before and before.is_active else made(new, before)

        async with self._one_at_a_time:
            if (after := await self._kept.change(new.id, work)) and after != self._by_id.get(new.id):
                self._known(after)

    async def end(self, installation: Installation, why: Ended, at: datetime) -> None:
        """Once Slack tells that at this moment it was uninstalled, or its bot token revoked."""
        await self._change(installation.id, partial(ended, why=why, at=at, now=self._clock()))

    async def end_this(self, installation: Installation, why: Ended) -> None:
        """Once Slack takes its token no more, unless it was made anew since."""
        now = self._clock()

        def work(before: Installation) -> Installation:
            is_same = before.since == installation.since
            return ended(before, why, before.since, now) if is_same else before

        await self._change(installation.id, work)

    async def grant(
        self, installation: Installation, teams: Iterable[str], at: datetime | None = None
    ) -> None:
        """Gives an organisation-wide one these teams. `at`: when Slack did, where it tells."""
        await self._change(installation.id, partial(granted, teams=frozenset(teams), at=at))

    async def take(self, installation: Installation, teams: Iterable[str], at: datetime) -> None:
        """Takes these teams from an organisation-wide one, as Slack tells that it was done at this moment."""
        await self._change(installation.id, partial(taken, teams=frozenset(teams), at=at))

    async def note(self, installation: Installation, work: Work) -> None:
        """Keeps what the desk has done of it, such as that somebody was told."""
        await self._change(installation.id, work)

    def note_domain(self, workspace: Workspace, domain: str) -> None:
        """What stands before .slack.com there, as a request tells. It is written down later, if it is new."""
        found = self.of(workspace)
        if found and domain and found.called(workspace.id).domain != domain:
            work = partial(with_domain, team=workspace.id, domain=domain)
            self._tasks.spawn(_NOTES, self.note(found, work))

    async def save_unsaved(self) -> None:
        """Writes the tokens that the disk did not take. Raises StoreUnavailable."""
        for installation_id in [*self._unsaved]:
            await self._change(installation_id, lambda same: same)

    def _learn(self, found: ChangedInstallations) -> None:
        """What others have changed. Tokens that serve from memory alone go on doing so, unless there are others by now."""
        news, before = list[Installation](), self._by_id
        for each in found.changed:
            used, new = self._unsaved.get(each.id, (each.tokens, each.tokens))
            if each.tokens.refresh != used.refresh:
                del self._unsaved[each.id]
            after = refreshed(each, used, new)
            if after != before.get(each.id):
                news.append(after)
        gone = [each for each in before.values() if each.id not in found.ids]
        self._version = found.version
        if news or gone:
            left = {each: before[each] for each in before.keys() & found.ids}
            self._know((left | {each.id: each for each in news}).values())
            for each in (*news, *(ended(each, "uninstalled", each.since, each.since) for each in gone)):
                for tell in self._listeners:
                    tell(each)

    async def _change(self, installation_id: str, work: Work) -> Installation | None:
        """Writes, with whatever else is to be done, the tokens that serve from memory alone."""

        def on_what_serves(before: Installation | None) -> Installation | None:
            if before is None:
                return None
            used, new = self._unsaved.get(installation_id, (before.tokens, before.tokens))
            return work(refreshed(before, used, new))

        async with self._one_at_a_time:
            after = await self._kept.change(installation_id, on_what_serves)
            self._unsaved.pop(installation_id, None)
            if after and after != self._by_id.get(installation_id):
                self._known(after)
            return after

    async def _keep_tokens(self, installation: Installation, new: Tokens) -> Installation | None:
        used = installation.tokens
        try:
            return await self._change(installation.id, partial(refreshed, used=used, new=new))
        except StoreUnavailable as error:
            # Slack has used up the old refresh token, so the new ones are all there is.
            _log.error(
                "new tokens serve from memory, as they cannot be written", installation=installation.id
            )
            del error
        async with self._one_at_a_time:
            now = self._by_id.get(installation.id)
            after = refreshed(now, used, new) if now else None
            if after and after != now:
                self._unsaved[installation.id] = (used, new)
                self._known(after)
            return after

    def _looked_up(self, enterprise_id: str | None, team_id: str) -> Workspace | None:
        """`enterprise_id`: the organisation that the team is one of, where Slack says so."""
        found = self._serving(enterprise_id, team_id)
        if found is None:
            return None
        workspace = Workspace(enterprise_id=found.enterprise_id, team_id=team_id)
        self._workspaces[enterprise_id, team_id] = workspace
        if (
            found.is_org_wide and team_id not in found.teams
        ):  # for a restart, and for who does not name the organisation
            self._tasks.spawn(_NOTES, self.grant(found, [team_id]))
        return workspace

    def _serving(self, enterprise_id: str | None, team_id: str) -> Installation | None:
        """Of its own one and its organisation's, the newer. An organisation that a request names may be a guest's: it takes no team
        from another that is known to have it."""
        own, org = self._by_team.get(team_id), self._by_org.get(enterprise_id or "")
        if org is None or not org.serves(team_id):
            return own
        is_theirs = own is None or team_id in org.teams or own.enterprise_id == org.id
        return org if is_theirs and (own is None or own.since < org.since) else own

    def _known(self, installation: Installation) -> Installation:
        self._know([*(each for each in self._by_id.values() if each.id != installation.id), installation])
        for tell in self._listeners:
            tell(installation)
        return installation

    def _know(self, all_there_are: Iterable[Installation]) -> None:
        self._by_id = {each.id: each for each in all_there_are}
        self.org_wide = [each for each in self._by_id.values() if each.is_org_wide]
        active = sorted(
            (each for each in self._by_id.values() if each.is_active), key=lambda each: each.since
        )
        self._by_org = {each.id: each for each in active if each.is_org_wide}
        self._by_team = {
            team: each
            for each in active
            for team in (each.teams if each.is_org_wide else {each.team_id})
            if team
        }
        self._workspaces = {}
