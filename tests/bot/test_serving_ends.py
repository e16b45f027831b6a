"""SIGTERM ends a real process within five seconds, whatever Slack does; and from its start it says how it is."""

import asyncio
import json
import signal
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic
from typing import Literal

import aiohttp
import pytest
from aiohttp import web

from tests.bot.test_cli import SECRETS, environment
from tests.patience import PATIENCE

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no SIGTERM there")

Silence = Literal["call", "handshake", "good-bye"]
"""What Slack does not answer: calls of its Web API, the wish for a WebSocket, the wish to close it."""

TICKET = "1f2e3d4c"


@asynccontextmanager
async def silent_slack(silence: Silence) -> AsyncIterator[tuple[str, asyncio.Event]]:
    """Where it is, and the event of its falling silent."""
    asked, over = asyncio.Event(), asyncio.Event()

    async def never() -> None:
        asked.set()
        await over.wait()

    async def call(request: web.Request) -> web.Response:
        if silence == "call" or not request.path.endswith("apps.connections.open"):
            await never()
        url = f"ws://127.0.0.1:{request.url.port}/link?ticket={TICKET}"
        return web.json_response({"ok": True, "url": url})

    async def link(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(autoclose=False)
        if silence == "good-bye":
            await socket.prepare(request)
        await never()
        return socket

    slack = web.Application()
    slack.router.add_get("/link", link)
    slack.router.add_post("/api/{method}", call)
    runner = web.AppRunner(slack, shutdown_timeout=0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/api/", asked
    finally:
        over.set()
        await runner.cleanup()


@pytest.mark.parametrize("silence", ["call", "handshake", "good-bye"])
async def test_a_slack_that_says_nothing_does_not_keep_the_desk_from_ending(
    silence: Silence, tmp_path: Path
) -> None:
    async with silent_slack(silence) as (url, asked):
        secrets = {"SLACK_BOT_TOKEN": SECRETS["SLACK_BOT_TOKEN"], "SLACK_APP_TOKEN": "xapp-secret-3"}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "serve"),
            env=environment(tmp_path, **secrets, SLACK_API_URL=url),
            stderr=PIPE,
        )
        assert process.stderr
        said = await process.stderr.readline()
        serving = json.loads(said)
        assert serving["event"] == "serving"
        async with aiohttp.ClientSession(f"http://127.0.0.1:{serving['port']}") as http:
            async with http.get("/healthz") as response:
                assert response.status == 200
            async with asyncio.timeout(PATIENCE):
                await asked.wait()
            if silence != "good-bye":
                async with http.get("/readyz") as response:
                    assert (response.status, await response.json()) == (
                        503,
                        {"error": "not connected to Slack"},
                    )
        process.send_signal(signal.SIGTERM)
        began = monotonic()
        said += await process.stderr.read()
        assert (await process.wait(), monotonic() - began < 5) == (0, True), said
        assert TICKET not in said.decode()


async def test_a_refused_token_ends_the_desk_with_what_to_do(tmp_path: Path) -> None:
    async def refuse(_: web.Request) -> web.Response:
        return web.json_response({"ok": False, "error": "invalid_auth"})

    slack = web.Application()
    slack.router.add_post("/api/{method}", refuse)
    runner = web.AppRunner(slack)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    secrets = {"SLACK_BOT_TOKEN": SECRETS["SLACK_BOT_TOKEN"], "SLACK_APP_TOKEN": "xapp-secret-3"}
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/api/"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "serve"),
        env=environment(tmp_path, **secrets, SLACK_API_URL=url),
        stderr=PIPE,
    )
    assert process.stderr
    said = (await process.stderr.read()).decode()
    assert await process.wait() == 2
    assert "deskhand: Slack refuses SLACK_APP_TOKEN (invalid_auth). Make a token" in said
    assert "Traceback" not in said
    await runner.cleanup()
