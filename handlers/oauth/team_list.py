"""The TeamList on Slack's auth.teams.list.

Source: https://docs.slack.dev/reference/methods/auth.teams.list (no scope; names and IDs, a thousand a page).
"""

from collections.abc import Mapping

from pydantic import BaseModel, ValidationError
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.installation import Installation
from bot.services.ports.messenger import NoAnswer
from handlers.outbound.slack_errors import CALL_SECONDS, call_slack

_A_PAGE, _PAGES = 1000, 20


class _Team(BaseModel):
    id: str
    name: str = ""


class _More(BaseModel):
    next_cursor: str = ""


class _Teams(BaseModel):
    teams: tuple[_Team, ...]
    response_metadata: _More = _More()


class SlackTeams:
    def __init__(self, api_url: str) -> None:
        self._client = AsyncWebClient(base_url=api_url, timeout=CALL_SECONDS, retry_handlers=[])

    async def names(self, installation: Installation) -> Mapping[str, str]:
        token, cursor = installation.tokens.access.get_secret_value(), ""
        names: dict[str, str] = {}
        for _ in range(_PAGES):
            called = self._client.auth_teams_list(token=token, limit=_A_PAGE, cursor=cursor or None)
            try:
                page = _Teams.model_validate((await call_slack(called)).data)
            except ValidationError as error:
                raise NoAnswer("no_teams") from error
            names |= {each.id: each.name for each in page.teams}
            cursor = page.response_metadata.next_cursor
            if not cursor:
                break
        return names
