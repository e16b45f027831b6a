"""Learns who is in the workspace, what time it is for them and who works in which queue, so that no handler has to ask.

Source: https://docs.slack.dev/reference/methods/users.list (pages by cursor; a `tz` for each member).
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from pydantic import ValidationError
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.workspace import Workspace
from bot.services.desk import Desk
from bot.services.people import People
from bot.services.workspace_settings import Preferences
from handlers.home.home import person
from handlers.outbound.after_answer import SLACK_FAILURES, why
from handlers.outbound.members import channel_members, user_groups
from handlers.slack.payloads import Member

_PAGE = 200
_FIRST_WAIT = 1.0  # seconds
_LONGEST_WAIT = 300.0
_NEVER = {"channel_not_found", "missing_scope", "paid_teams_only", "plan_upgrade_required"}
_log = structlog.get_logger()


class MemberSync:
    """Loads everybody once, trying until Slack answers; from then on Slack's events keep it true. Who works in which
    queue is asked again every few minutes: of user groups, and of channels without us, no event tells."""

    def __init__(self, client: AsyncWebClient, people: People, desk: Desk, preferences: Preferences) -> None:
        self._client = client
        self._people = people
        self._desk = desk
        self._preferences = preferences
        self._workspace: Workspace | None = None
        self.loaded = asyncio.Event()

    async def run(self) -> None:
        """Until it is cancelled."""
        wait = _FIRST_WAIT
        while True:
            try:
                workspace = self._workspace or await self._load_people()
                await self._load_agents(workspace)
            except SLACK_FAILURES as error:
                _log.warning("could not learn who is in the workspace yet", why=why(error), again_in=wait)
            except Exception:  # noqa: BLE001  (the task has nobody above it; the log has the traceback)
                _log.exception("could not learn who is in the workspace", again_in=wait)
            else:
                self._workspace = workspace
                self.loaded.set()
                wait = _FIRST_WAIT
                await asyncio.sleep(_LONGEST_WAIT)
                continue
            await asyncio.sleep(wait)
            wait = min(wait * 2, _LONGEST_WAIT)

    async def _load_people(self) -> Workspace:
        me = await self._client.auth_test()
        workspace = self._desk.workspace(me.get("enterprise_id"), me.get("team_id"))
        cursor: str | None = None
        while cursor != "":
            answer = await self._client.users_list(limit=_PAGE, cursor=cursor)
            for member in _members(answer["members"]):
                if member.deleted:
                    self._people.forget(workspace, member.id)
                else:
                    self._people.learn(workspace, [person(member, workspace)])
            cursor = str((answer.get("response_metadata") or {}).get("next_cursor") or "")
        return workspace

    async def _load_agents(self, workspace: Workspace) -> None:
        with _going_on_without("user groups"):
            self._people.learn_groups(workspace, await user_groups(self._client))
        for queue in (await self._preferences.settings(workspace)).queues:
            if queue.group is None:
                with _going_on_without(queue.channel):
                    members = await channel_members(self._client, queue.channel)
                    self._people.learn_channel(workspace, queue.channel, members)


@contextmanager
def _going_on_without(what: str) -> Iterator[None]:
    """What Slack will not tell, however often it is asked, costs nobody else their queues."""
    try:
        yield
    except SlackApiError as error:
        if why(error) not in _NEVER:
            raise
        _log.warning("Slack does not tell who is in there", what=what, why=why(error))


def _members(listed: list[object]) -> Iterator[Member]:
    """One that cannot be read costs nobody else their time zone."""
    for each in listed:
        try:
            yield Member.model_validate(each)
        except ValidationError as error:
            _log.warning("a member could not be read", fields=[fault["loc"] for fault in error.errors()])
