"""Calls to Slack, each with the token of its workspace's installation. No client holds a token: it is asked for at each call.

Where an installation is for an organisation, every call names the team: "always pass team_id", since what needs none
ignores it. What goes out is stamped here (handlers/slack/stamps.py). Source: https://docs.slack.dev/enterprise/developing-for-enterprise-orgs#team_id.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from functools import partial

import orjson
from aiohttp import ClientSession
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.domain.workspace import Workspace
from bot.services.installations import Installations
from handlers.outbound.slack_errors import CALL_SECONDS, why
from handlers.slack.stamps import stamped

_MOST = 500
"""So many are kept, those that were asked for last. A client is cheap, but for what it finds out of the machine."""
_EXPIRED = "token_expired"
_JSON = "application/json;charset=utf-8"


class WorkspaceClient(AsyncWebClient):
    """The SDK's client of one workspace. Its calls raise Unauthorized, too, where nothing is installed there, and another
    NotDelivered where Slack did not give a new token."""

    def __init__(
        self, workspace: Workspace, installations: Installations, api_url: str, session: ClientSession | None
    ) -> None:
        super().__init__(base_url=api_url, session=session, timeout=CALL_SECONDS, retry_handlers=[])
        self._workspace = workspace
        self._installations = installations

    async def api_call(  # noqa: PLR0913  (the SDK's signature)
        self,
        api_method: str,
        *,
        http_verb: str = "POST",
        files: dict[str, object] | None = None,
        data: object = None,
        params: dict[str, object] | None = None,
        json: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
        auth: dict[str, str] | None = None,
    ) -> AsyncSlackResponse:
        team, called = self._team(), super().api_call
        if json is not None:
            json = {**stamped(json, self._workspace), **team}
        else:
            params = {**(params or {}), **team}

        async def call(bearer: Mapping[str, str]) -> AsyncSlackResponse:
            return await called(
                api_method,
                http_verb=http_verb,
                files=files,
                data=data,  # type: ignore[arg-type]
                params=params,
                json=json,
                headers={**(headers or {}), **bearer},
                auth=auth,
            )

        return await self._with_token(call)

    async def post(self, method: str, body: Mapping[str, object]) -> AsyncSlackResponse:
        """As `api_call` with this JSON, at half the price: every ticket has at least one. The SDK's session carries it, and
        its errors tell what failed; only what lies between is left out."""
        assert self.session  # noqa: S101  (whoever starts the desk gives it one)
        content = orjson.dumps({**stamped(body, self._workspace), **self._team()})
        return await self._with_token(partial(self._post, self.base_url + method, content))

    async def _post(self, url: str, content: bytes, bearer: Mapping[str, str]) -> AsyncSlackResponse:
        assert self.session  # noqa: S101  (as above)
        headers = {**self.headers, **bearer, "Content-Type": _JSON}
        async with self.session.post(
            url, data=content, headers=headers, proxy=self.proxy, ssl=self.ssl or True
        ) as answer:
            raw = await answer.read()
        response = AsyncSlackResponse(
            client=self,
            http_verb="POST",
            api_url=url,
            req_args={},
            data=_object(raw),
            headers=dict(answer.headers),
            status_code=answer.status,
        )
        response.validate()  # type: ignore[no-untyped-call]
        return response

    async def respond(self, response_url: str, body: Mapping[str, object]) -> None:
        """Posts to a response_url, which takes no token. Raises SlackApiError where Slack does not take it (any more)."""
        webhook = AsyncWebhookClient(
            response_url, timeout=self.timeout, session=self.session, retry_handlers=[]
        )
        response = await webhook.send_dict(dict(stamped(body, self._workspace)))
        if response.status_code != 200:  # noqa: PLR2004  (HTTP's OK)
            raise SlackApiError(f"response_url: {response.status_code}", response)  # type: ignore[no-untyped-call]

    async def _with_token(
        self, call: Callable[[Mapping[str, str]], Awaitable[AsyncSlackResponse]]
    ) -> AsyncSlackResponse:
        """Once more, with the next token, where Slack says that this one has expired: our clock may say otherwise."""
        token = await self._installations.token(self._workspace)
        try:
            return await call(_bearer(token))
        except SlackApiError as error:
            if why(error) != _EXPIRED:
                raise
            renewed = await self._installations.token(self._workspace, expired=token)
            if renewed == token:
                raise
        return await call(_bearer(renewed))

    def _team(self) -> dict[str, str]:
        """What a call with an organisation's token names."""
        installation, team = self._installations.of(self._workspace), self._workspace.team_id
        return {"team_id": team} if team and installation and installation.is_org_wide else {}


ClientFor = Callable[[Workspace], WorkspaceClient]


class Clients:
    """One for each workspace. `session`: what carries their calls, from the start of the desk to its end."""

    def __init__(
        self, installations: Installations, api_url: str, session: ClientSession | None = None
    ) -> None:
        self.session = session
        self._installations = installations
        self._api_url = api_url
        self._clients = OrderedDict[tuple[str | None, str], WorkspaceClient]()

    def of(self, workspace: Workspace) -> WorkspaceClient:
        """A ClientFor."""
        key = (
            workspace.enterprise_id,
            workspace.id,
        )  # a team may join an organisation, and has its installation then
        client = self._clients.get(key)
        if client is None or client.session is not self.session:
            client = WorkspaceClient(workspace, self._installations, self._api_url, self.session)
            self._clients[key] = client
            if len(self._clients) > _MOST:
                self._clients.popitem(last=False)
        else:
            self._clients.move_to_end(key)
        return client


def _bearer(token: str) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _object(raw: bytes) -> dict[str, object]:
    """Empty where it is none: a proxy or an outage answered, and not Slack."""
    try:
        read = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return {}
    return read if isinstance(read, dict) else {}
