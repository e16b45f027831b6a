"""Learns who is in the workspace and what time it is for them, so that no handler has to ask Slack.

Source: https://docs.slack.dev/reference/methods/users.list (pages by cursor; a `tz` for each member).
"""

import asyncio
from collections.abc import Iterator
from contextlib import suppress

import structlog
from pydantic import ValidationError
from slack_sdk.web.async_client import AsyncWebClient

from bot.services.desk import Desk
from bot.services.people import People
from handlers.beside import SLACK_FAILURES, why
from handlers.home import person
from handlers.payloads import Member

_PAGE = 200
_FIRST_WAIT = 1.0  # seconds
_LONGEST_WAIT = 300.0
_log = structlog.get_logger()


class Roster:
    """Loads everybody once, trying until Slack answers; from then on Slack's events keep it true."""

    def __init__(self, client: AsyncWebClient, people: People, desk: Desk) -> None:
        self._client = client
        self._people = people
        self._desk = desk
        self._task: asyncio.Task[None] | None = None
        self.loaded = asyncio.Event()

    def start(self) -> None:
        self._task = asyncio.create_task(self._load_until_done())

    async def stop(self) -> None:
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _load_until_done(self) -> None:
        wait = _FIRST_WAIT
        while True:
            try:
                await self._load()
            except SLACK_FAILURES as error:
                _log.warning("could not learn who is in the workspace yet", why=why(error), again_in=wait)
            except Exception:  # noqa: BLE001  (the task has nobody above it; the log has the traceback)
                _log.exception("could not learn who is in the workspace", again_in=wait)
            else:
                self.loaded.set()
                return
            await asyncio.sleep(wait)
            wait = min(wait * 2, _LONGEST_WAIT)

    async def _load(self) -> None:
        me = await self._client.auth_test()
        workspace = self._desk.workspace(me.get("enterprise_id"), me.get("team_id"))
        cursor: str | None = None
        while cursor != "":
            answer = await self._client.users_list(limit=_PAGE, cursor=cursor)
            self._people.learn(
                workspace, [person(each) for each in _members(answer["members"]) if not each.deleted]
            )
            cursor = str((answer.get("response_metadata") or {}).get("next_cursor") or "")


def _members(listed: list[object]) -> Iterator[Member]:
    """One that cannot be read costs nobody else their time zone."""
    for each in listed:
        try:
            yield Member.model_validate(each)
        except ValidationError as error:
            _log.warning("a member could not be read", fields=[fault["loc"] for fault in error.errors()])
