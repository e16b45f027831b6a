"""A small bot that can be installed: it sends browsers to Slack's page, and keeps the tokens that it gets."""

import secrets
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlencode

from aiohttp import web
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.standin import StandIn
from bot.playground.wire import Json

REDIRECT = "/slack/oauth_redirect"


@dataclass
class InstallableBot:
    """`grants` are Slack's answers with a token, the newest last; `heard` what Slack has sent."""

    slack: StandIn
    url: str
    scopes: Sequence[str] = ()
    heard: list[Json] = field(default_factory=list)
    grants: list[Json] = field(default_factory=list)

    def events(self, kind: str) -> list[Json]:
        return [each for each in self.heard if each.get("event", {}).get("type") == kind]

    def client(self, token: str | None = None) -> AsyncWebClient:
        found = self.grants[-1]["access_token"] if token is None else token
        return AsyncWebClient(found, base_url=self.slack.api_url, retry_handlers=[], timeout=5)

    async def begin(self, request: web.Request) -> web.Response:
        state = secrets.token_hex(8)
        asked = {
            "client_id": self.slack.client_id,
            "scope": ",".join(self.scopes),
            "redirect_uri": self.url + REDIRECT,
            "state": state,
            "team": request.query.get("team", ""),
        }
        response = web.Response(
            status=302, headers={"Location": f"{self.slack.url}/oauth/v2/authorize?{urlencode(asked)}"}
        )
        response.set_cookie("state", state, secure=True, httponly=True)
        return response

    async def end(self, request: web.Request) -> web.Response:
        if request.query.get("state") != request.cookies.get("state"):
            return web.Response(status=400, text="not this browser")
        if error := request.query.get("error"):
            return web.Response(text=f"not installed: {error}")
        try:
            self.grants.append(await self.exchange(code=request.query["code"]))
        except SlackApiError as refused:
            return web.Response(status=502, text=str(refused.response["error"]))
        return web.Response(text="installed")

    async def exchange(self, **fields: str) -> Json:
        """A code, or a refresh token, for a token. Raises SlackApiError."""
        redirect = {"redirect_uri": self.url + REDIRECT} if "code" in fields else {}
        own = {"client_id": self.slack.client_id, "client_secret": self.slack.client_secret}
        answer = await self.client("").api_call("oauth.v2.access", data=own | redirect | fields)
        assert isinstance(answer.data, dict)
        return answer.data

    async def take(self, request: web.Request) -> web.Response:
        self.heard.append(await request.json() if request.content_type == "application/json" else {})
        return web.Response()


async def no_icon(_: web.Request) -> web.Response:
    return web.Response(status=204)


@asynccontextmanager
async def installable(slack: StandIn, scopes: Sequence[str]) -> AsyncIterator[InstallableBot]:
    """The bot, served over HTTP and known to the stand-in."""
    listener = socket.create_server(("127.0.0.1", 0))
    bot = InstallableBot(slack, f"http://127.0.0.1:{listener.getsockname()[1]}", scopes)
    site = web.Application()
    site.router.add_get("/slack/install", bot.begin)
    site.router.add_get(REDIRECT, bot.end)
    site.router.add_get("/favicon.ico", no_icon)
    site.router.add_post("/slack/events", bot.take)
    runner = web.AppRunner(site, shutdown_timeout=0.1)
    await runner.setup()
    await web.SockSite(runner, listener).start()
    slack.connect(f"{bot.url}/slack/events")
    try:
        yield bot
    finally:
        await runner.cleanup()
