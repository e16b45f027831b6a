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
from bot.services.ports.messenger import NotDelivered
from handlers.outbound.after_answer import ClientFor
from handlers.outbound.slack_errors import call_slack

_SECONDS = 2.0
_DAY = timedelta(days=1)
_log = structlog.get_logger()


class SlackDnd:
    """What Slack does not tell, for whatever reason, is said once in the log, and nobody counts as silenced by it."""

    def __init__(self, client_for: ClientFor) -> None:
        self._client_for = client_for
        self._warned: set[str] = set()

    async def silenced(
        self, workspace: Workspace, users: Collection[str], now: datetime
    ) -> Mapping[str, datetime]:
        """An AskSilence."""
        windows = await self.windows(workspace, users)
        return {user: window.end for user, window in windows.items() if window.start <= now < window.end}

    async def windows(self, workspace: Workspace, users: Collection[str]) -> Mapping[str, DndWindow]:
        """An AskDnd."""
        client = self._client_for(workspace)
        windows = await asyncio.gather(*(self._window(client, user) for user in users))
        return {user: window for user, window in zip(users, windows, strict=True) if window}

    async def _window(self, client: AsyncWebClient, user: str) -> DndWindow | None:
        try:
            async with asyncio.timeout(_SECONDS):
                answer = await call_slack(client.dnd_info(user=user))
            told = _Told.model_validate(answer.data)
            start, end = (
                datetime.fromtimestamp(ts, UTC) for ts in (told.next_dnd_start_ts, told.next_dnd_end_ts)
            )
        except (NotDelivered, TimeoutError, ValidationError, ValueError, OSError, OverflowError) as error:
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
