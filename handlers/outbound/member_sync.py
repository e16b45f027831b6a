"""Asks Slack who is in each workspace that is in use, and with a SLACK_BOT_TOKEN first which workspace that is of.

A workspace is in use from its installation or a request on, until nobody asks there for a while, its store closes or its
installation ends. So a start asks nothing of workspaces where nothing happens, however many are installed.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.installation import Installation
from bot.domain.workspace import Workspace
from bot.services.installations import OneInstallation
from bot.services.leases import Leases
from bot.services.ports.tasks import Tasks
from handlers.outbound.clients import ClientFor
from handlers.outbound.member_listing import spread
from handlers.outbound.slack_errors import call_slack, scopes_of
from handlers.outbound.workspace_sync import WorkspaceLease, WorkspaceSync, asking, backoff
from handlers.slack.context import Tools

NoteToken = Callable[[str | None, Workspace | None], None]
"""Hears after each call why the token of a workspace was refused, or None; without one, that of the settings."""

_WHO_WE_ARE, _REST, _GRANTED = "member_sync: auth.test", "member_sync: rest", "member_sync: granted"
ENDING = "member_sync: ending"
"""The tasks that end the reading of a workspace, which may have a lease to let go of."""
_UNUSED = timedelta(minutes=15)
_SPREAD = timedelta(hours=4)
"""Over so much time the daily lists of many workspaces are spread, where they are due at the start."""
_PATIENCE = 60
"""Seconds that one workspace of an organisation is waited for before the next is read."""


class MemberSync:
    """`one`: the token of the settings, with the client that asks whose it is. Its workspace is in use from then to the end.
    `leases`: where there may be other replicas: each workspace is read by one of those in which it is in use."""

    def __init__(
        self,
        client_for: ClientFor,
        tools: Tools,
        tasks: Tasks,
        note_token: NoteToken = lambda _, __: None,
        *,
        one: tuple[OneInstallation, AsyncWebClient] | None = None,
        leases: Leases | None = None,
    ) -> None:
        self._leases = leases
        self._client_for = client_for
        self._tools = tools
        self._tasks = tasks
        self._note_token = note_token
        self._one = one
        self._started_at: datetime | None = None
        self._at_work: dict[Workspace, WorkspaceSync] = {}
        self.in_use = set[str]()
        """The ids of the workspaces where somebody was a short while ago."""
        self._installed: dict[str, datetime] = {}  # by team, since when, of those made since the start
        self._granted = deque[
            Workspace
        ]()  # of organisations, whose people are to be read one after the other
        self._has_granted = asyncio.Event()
        self._knows_us = asyncio.Event()

    def start(self) -> None:
        """Reads from now on."""
        self._started_at = self._tools.clock()
        if self._one:
            turn = asking(partial(self._ask_who_we_are, *self._one), self._note_of(None), asyncio.Event())
            self._tasks.keep(_WHO_WE_ARE, turn, backoff=backoff)
        else:
            self._knows_us.set()
            self._tasks.keep(_REST, self._rest)
            self._tasks.keep(_GRANTED, self._read_granted, woken=self._has_granted)

    async def introduced(self) -> None:
        """Returns once everybody is known in the workspaces that are in use, and their groups and triage channels have been
        asked for at least once."""
        await self._knows_us.wait()
        for sync in list(self._at_work.values()):
            await sync.introduced()

    def use(self, workspace: Workspace) -> None:
        """Somebody is there. To be called again where it is not `in_use` any more."""
        if self._started_at is None or (self._one and not self._one[0].is_known):
            return
        self.in_use.add(workspace.id)
        if workspace not in self._at_work:
            self._begin(workspace, timedelta() if self._one else spread(workspace, _SPREAD))

    def follow(self, installation: Installation) -> None:
        """It was made, or has changed, or ended. Where it is new, its people are read before anybody asks."""
        for workspace in [each for each in self._at_work if not self._tools.installations.of(each)]:
            self.stop(workspace)
        if self._one or not installation.is_active:
            return
        for team in sorted(installation.teams) if installation.is_org_wide else [installation.team_id]:
            workspace = Workspace(enterprise_id=installation.enterprise_id, team_id=team)
            if not self._is_new(workspace, installation):
                continue
            if installation.is_org_wide:
                self._granted.append(workspace)
                self._has_granted.set()
            else:
                self.use(workspace)

    def _is_new(self, workspace: Workspace, installation: Installation) -> bool:
        """Whether it has been installed there, or an organisation's was given it, since the start and the last time."""
        since = max(installation.since, installation.teams_at.get(workspace.id, installation.since))
        is_new = self._started_at is not None and self._started_at.replace(microsecond=0) <= since
        if not is_new or self._installed.get(workspace.id) == since:
            return False
        self._installed[workspace.id] = since
        return True

    def stop(self, workspace: Workspace) -> None:
        """Its store has closed, or nothing is installed there any more."""
        self.in_use.discard(workspace.id)
        if sync := self._at_work.pop(workspace, None):
            self._tasks.spawn(ENDING, sync.end())

    def _begin(self, workspace: Workspace, later: timedelta) -> None:
        since = self._started_at or self._tools.clock()
        client = partial(self._client_for, workspace)
        note = self._note_of(workspace)
        lease = WorkspaceLease(self._leases, workspace) if self._leases else None
        sync = WorkspaceSync(
            workspace, client, self._tools, self._tasks, note, since=since, later=later, lease=lease
        )
        self._at_work[workspace] = sync
        sync.begin()

    async def _ask_who_we_are(self, one: OneInstallation, client: AsyncWebClient) -> None:
        me = await call_slack(client.auth_test())
        enterprise, team, bot = (me.get(name) for name in ("enterprise_id", "team_id", "user_id"))
        one.learned(enterprise, team, str(bot), scopes_of(me))
        if workspace := one.workspace_of(enterprise, team):
            self.use(workspace)
        self._knows_us.set()

    async def _read_granted(self) -> float | None:
        """An organisation may give it hundreds of workspaces at once."""
        if not self._granted:
            return None
        workspace = self._granted.popleft()
        self.use(workspace)
        if sync := self._at_work.get(workspace):
            with suppress(TimeoutError):
                async with asyncio.timeout(_PATIENCE):
                    await sync.everybody_known()
        return 0

    async def _rest(self) -> float:
        """Where nobody has asked since the last time, neither do we: a store that we read from would never close."""
        for workspace in [each for each in self._at_work if each.id not in self.in_use]:
            self.stop(workspace)
        self.in_use.clear()
        return _UNUSED.total_seconds()

    def _note_of(self, workspace: Workspace | None) -> Callable[[str | None], None]:
        return lambda refused: self._note_token(refused, workspace)
