"""Asks Slack who has do-not-disturb on, which silences us and cannot be broken.

Source: https://docs.slack.dev/reference/methods/dnd.info (the optional scope dnd:read). `dnd_enabled` says that there is a
schedule or a pause; what counts is whether now lies between `next_dnd_start_ts` and `next_dnd_end_ts`.
"""

import asyncio
from collections.abc import Collection, Mapping
from datetime import UTC, datetime

import structlog
from pydantic import BaseModel, ValidationError

from bot.domain.workspace import Workspace
from bot.services.ports.messenger import NotDelivered
from handlers.outbound.after_answer import ClientFor
from handlers.outbound.slack_errors import call_slack

_SECONDS = 2.0
_log = structlog.get_logger()


class SlackSilence:
    """What Slack does not tell, for whatever reason, is said once in the log, and nobody counts as silenced by it."""

    def __init__(self, client_for: ClientFor) -> None:
        self._client_for = client_for
        self._warned: set[str] = set()

    async def __call__(
        self, workspace: Workspace, users: Collection[str], now: datetime
    ) -> Mapping[str, datetime]:
        ends = await asyncio.gather(*(self._silent_until(workspace, user, now) for user in users))
        return {user: until for user, until in zip(users, ends, strict=True) if until}

    async def _silent_until(self, workspace: Workspace, user: str, now: datetime) -> datetime | None:
        try:
            async with asyncio.timeout(_SECONDS):
                answer = await call_slack(self._client_for(workspace).dnd_info(user=user))
            window = _Window.model_validate(answer.data)
        except (NotDelivered, TimeoutError, ValidationError) as error:
            reason = str(error) if isinstance(error, NotDelivered) else type(error).__name__
            if reason not in self._warned:
                self._warned.add(reason)
                _log.warning("do_not_disturb_unknown", workspace=workspace.id, reason=reason)
            return None
        is_on = window.next_dnd_start_ts <= now.timestamp() < window.next_dnd_end_ts
        return datetime.fromtimestamp(window.next_dnd_end_ts, UTC) if is_on else None


class _Window(BaseModel):
    next_dnd_start_ts: int = 0
    next_dnd_end_ts: int = 0
