"""A small bot on Bolt, over real HTTP or Socket Mode, with the stand-in as its Slack."""

import asyncio
import logging
import re
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import ClientSession, web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.async_app import AsyncAck
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.clock import Clock
from bot.playground.standin import StandIn, start_standin
from bot.playground.wire import Json

_ANY = re.compile(".*")
MANIFEST: dict[str, Json] = {
    "features": {
        "bot_user": {"display_name": "Deskhand"},
        "slash_commands": [
            {"command": "/ticket", "description": "Make a ticket", "should_escape": True},
            {"command": "/plain", "description": "Text as it was typed"},
        ],
        "shortcuts": [
            {"name": "New ticket", "type": "global", "callback_id": "new_ticket", "description": "."},
            {"name": "Create ticket", "type": "message", "callback_id": "create_ticket", "description": "."},
        ],
    },
    "oauth_config": {
        "scopes": {
            "bot": [
                "chat:write",
                "commands",
                "users:read",
                "channels:read",
                "channels:history",
                "im:write",
                "im:history",
                "app_mentions:read",
                "reactions:read",
                "im:read",
                "reactions:write",
            ]
        }
    },
    "settings": {
        "event_subscriptions": {
            "bot_events": [
                "message.channels",
                "message.im",
                "app_mention",
                "app_home_opened",
                "reaction_added",
            ]
        }
    },
}


@dataclass
class Bot:
    """`heard` has the body of every request; a test says in `on` what is answered to a kind of payload."""

    app: AsyncApp
    client: AsyncWebClient
    heard: list[Json] = field(default_factory=list)
    on: dict[str, Callable[..., Any]] = field(default_factory=dict)

    async def listen(self, ack: AsyncAck, body: Json) -> None:
        self.heard.append(body)
        answer = self.on.get(_kind(body))
        if answer is None:
            await ack()
            return
        given = answer(body)
        given = await given if asyncio.iscoroutine(given) else given
        await ack(given) if given is not None else await ack()

    def of(self, kind: str) -> list[Json]:
        return [body for body in self.heard if _kind(body) == kind]


def _kind(body: Json) -> str:
    if "command" in body:
        return "slash_command"
    return str(body["event"]["type"] if "event" in body else body["type"])


def make_bot(slack: StandIn, session: ClientSession, *, signs: bool = True) -> Bot:
    client = AsyncWebClient(
        token=slack.bot_token, base_url=slack.api_url, session=session, retry_handlers=[], timeout=5
    )

    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id=slack.world.team.id, bot_token=slack.bot_token)

    app = AsyncApp(
        client=client,
        signing_secret=slack.signing_secret if signs else None,
        request_verification_enabled=signs,
        authorize=authorize,
        process_before_response=True,
        ignoring_self_events_enabled=False,
    )
    app.client.session = session
    bot = Bot(app, client)
    for register in (
        app.command("/ticket"),
        app.command("/plain"),
        app.shortcut({"type": "shortcut", "callback_id": "new_ticket"}),
        app.shortcut({"type": "message_action", "callback_id": "create_ticket"}),
        app.action(_ANY),
        app.options(_ANY),
        app.view_submission("form"),
        app.view_closed("form"),
        app.event(_ANY),
    ):
        register(bot.listen)
    return bot


@asynccontextmanager
async def served(app: AsyncApp) -> AsyncIterator[str]:
    """The address at which a Bolt app takes everything."""

    async def take(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))

    site = web.Application()
    site.router.add_post("/slack/events", take)
    runner = web.AppRunner(site, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    listener = socket.create_server(("127.0.0.1", 0))
    await web.SockSite(runner, listener).start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/slack/events"
    await runner.cleanup()


@pytest.fixture
def clock() -> Clock:
    """Time that stands still unless a test moves it."""
    fixed = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    return Clock(lambda: fixed)


@pytest.fixture
async def slack(clock: Clock) -> AsyncIterator[StandIn]:
    async with await start_standin(MANIFEST, clock=clock) as standin:
        yield standin


@pytest.fixture
async def bot(slack: StandIn) -> AsyncIterator[Bot]:
    """The bot, served over HTTP and known to the stand-in. Bolt's log is quiet meanwhile."""
    bolts_log = logging.getLogger("slack_bolt")
    level = bolts_log.level
    bolts_log.setLevel(logging.CRITICAL)
    async with ClientSession() as session:
        made = make_bot(slack, session)
        async with served(made.app) as url:
            slack.connect(url)
            yield made
    bolts_log.setLevel(level)


async def refusal(call: Awaitable[object]) -> str:
    """The error code that a call is refused with."""
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])


def modal(*blocks: Json, **also: object) -> Json:
    words = {"type": "plain_text", "text": "Form"}
    return {
        "type": "modal",
        "callback_id": "form",
        "title": words,
        "submit": words,
        "blocks": list(blocks),
        **also,
    }


def text_input(name: str, **also: object) -> Json:
    return {
        "type": "input",
        "block_id": also.pop("block_id", name),
        "label": {"type": "plain_text", "text": name},
        "optional": also.pop("optional", False),
        "element": {"type": "plain_text_input", "action_id": name, **also},
    }


def button(name: str) -> Json:
    words = {"type": "plain_text", "text": name.title()}
    return {"type": "actions", "elements": [{"type": "button", "action_id": name, "text": words}]}
