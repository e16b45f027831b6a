"""A small Bolt app on a real uvicorn, and Slack's way of signing."""

import hashlib
import hmac
import re
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import aiohttp
import pytest_asyncio
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult

from bot.http import server
from bot.http.app import asgi
from bot.metrics import Metrics

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"  # noqa: S105  (the one of Slack's documentation)


async def _authorize() -> AuthorizeResult:
    return AuthorizeResult(enterprise_id=None, team_id="T1", bot_user_id="U0BOT", bot_id="B1")


def bolt_app() -> AsyncApp:
    """Answers everything of Slack's that Deskhand has a listener for."""
    app = AsyncApp(signing_secret=SECRET, authorize=_authorize, process_before_response=True)

    async def answer(ack: AsyncAck) -> None:
        await ack("hello")

    for kind in (app.command, app.shortcut, app.view, app.view_closed, app.action, app.options, app.event):
        kind(re.compile(""))(answer)
    return app


def signed(body: bytes, *, at: float | None = None, secret: str = SECRET) -> dict[str, str]:
    """The headers with which Slack sends this body."""
    timestamp = str(int(time.time() if at is None else at))
    digest = hmac.new(secret.encode(), b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    form = "application/json" if body.startswith(b"{") else "application/x-www-form-urlencoded"
    return {
        "x-slack-request-timestamp": timestamp,
        "x-slack-signature": f"v0={digest}",
        "content-type": form,
    }


async def always() -> str | None:
    """Ready: there is nothing that could be wrong."""
    return None


@dataclass
class Desk:
    """A served app: where it is, what it is not ready for, what it counted."""

    http: aiohttp.ClientSession
    port: int
    metrics: Metrics
    trouble: list[str] = field(default_factory=list)

    async def post(
        self, body: bytes, headers: dict[str, str], path: str = "/slack/events"
    ) -> tuple[int, str]:
        async with self.http.post(path, data=body, headers=headers) as response:
            return response.status, await response.text()

    async def get(self, path: str) -> tuple[int, str]:
        async with self.http.get(path) as response:
            return response.status, await response.text()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk() -> AsyncIterator[Desk]:
    metrics, trouble = Metrics(), list[str]()

    async def ready() -> str | None:
        return trouble[0] if trouble else None

    app = asgi(bolt_app(), ready=ready, metrics=metrics)
    async with (
        server.listening(app, host="127.0.0.1", port=0) as port,
        aiohttp.ClientSession(f"http://127.0.0.1:{port}") as http,
    ):
        yield Desk(http, port, metrics, trouble)
