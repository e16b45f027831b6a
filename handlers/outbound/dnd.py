"""Asks Slack who has do-not-disturb on. Source: https://docs.slack.dev/reference/methods/dnd.info, with the optional scope
dnd:read. `dnd_enabled` says that there is a schedule; a pause is told by its times alone, and where there is neither, both
times are 1.
"""

import asyncio
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta

import structlog
from pydantic import BaseModel, Field, ValidationError
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.clock.dnd import DndWindow
from bot.domain.workspace import Workspace
from bot.services.ports.clock import Clock
from bot.services.ports.messenger import NotDelivered, RateLimited, Unauthorized
from handlers.outbound.clients import ClientFor
from handlers.outbound.slack_errors import call_slack

_SECONDS = 2.0
_DAY = timedelta(days=1)
_RECENT = timedelta(minutes=1)
_REST = timedelta(minutes=10)
"""Without the scope, or where Slack wants fewer calls and does not say for how long."""
_NEVER = datetime.min.replace(tzinfo=UTC)
_log = structlog.get_logger()


class SlackDnd:
    """What Slack does not tell, for whatever reason, is said once in the log, and nobody counts as silenced by it. Where it
    takes no such calls, it gets none for a while."""

    def __init__(self, client_for: ClientFor, clock: Clock) -> None:
        self._client_for = client_for
        self._clock = clock
        self._warned: set[str] = set()
        self._resting: dict[Workspace, tuple[datetime, timedelta]] = {}
        self._known: dict[tuple[Workspace, str], tuple[datetime, DndWindow | None]] = {}

    async def windows(self, workspace: Workspace, users: Collection[str]) -> Mapping[str, DndWindow]:
        """An AskDnd that asks each time."""
        if self._is_within(*self._resting.get(workspace, (_NEVER, _RECENT))):
            return {}
        client = self._client_for(workspace)
        windows = await asyncio.gather(*(self._window(client, workspace, user) for user in users))
        return {user: window for user, window in zip(users, windows, strict=True) if window}

    async def recent(self, workspace: Workspace, users: Collection[str]) -> Mapping[str, DndWindow]:
        """An AskDnd that asks of each at most once a minute: many tickets are late at one moment."""
        self._known = {key: known for key, known in self._known.items() if self._is_within(known[0], _RECENT)}
        asked = [user for user in users if (workspace, user) not in self._known]
        found = await self.windows(workspace, asked) if asked else {}
        now = self._clock()
        self._known |= {(workspace, user): (now, found.get(user)) for user in asked}
        windows = {user: known[1] for user in users if (known := self._known.get((workspace, user)))}
        return {user: window for user, window in windows.items() if window}

    def _is_within(self, since: datetime, span: timedelta) -> bool:
        """Whether it was a short while ago; not of a time to come, for the wall clock may be set back."""
        return timedelta() <= self._clock() - since < span

    def _rest(self, workspace: Workspace, error: Exception) -> None:
        if isinstance(error, RateLimited) and error.after:
            self._resting[workspace] = self._clock(), timedelta(seconds=error.after)
        elif isinstance(error, RateLimited | Unauthorized):
            self._resting[workspace] = self._clock(), _REST

    async def _window(self, client: AsyncWebClient, workspace: Workspace, user: str) -> DndWindow | None:
        try:
            async with asyncio.timeout(_SECONDS):
                answer = await call_slack(client.dnd_info(user=user))
            told = _Told.model_validate(answer.data)
            start, end = (
                datetime.fromtimestamp(ts, UTC) for ts in (told.next_dnd_start_ts, told.next_dnd_end_ts)
            )
        except (NotDelivered, TimeoutError, ValidationError, ValueError, OSError, OverflowError) as error:
            self._rest(workspace, error)
            reason = str(error) if isinstance(error, NotDelivered) else type(error).__name__
            if reason not in self._warned:
                self._warned.add(reason)
                _log.warning("do_not_disturb_unknown", reason=reason)
            return None
        is_daily = told.has_schedule and end - start < _DAY
        return DndWindow(start, end, is_daily) if start < end else None


class _Told(BaseModel):
    has_schedule: bool = Field(default=False, alias="dnd_enabled")
    next_dnd_start_ts: int = 0
    next_dnd_end_ts: int = 0
