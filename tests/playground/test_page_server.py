"""The page's files, its bootstrap, and who may ask."""

import asyncio
import json
import os
import shutil
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession

from bot.playground.page.static import STATIC
from bot.playground.standin import StandIn
from bot.playground.wire import Json
from tests.playground.conftest import Bot


@pytest.fixture
async def browser(slack: StandIn) -> AsyncIterator[ClientSession]:
    async with ClientSession(slack.url) as session:
        yield session


async def test_scripts_and_styles_have_their_types_and_are_checked_for_each_time(
    browser: ClientSession,
) -> None:
    async with browser.get("/page/static/inspector/index.js") as first:
        assert first.headers["Content-Type"] == "text/javascript; charset=utf-8"
        assert first.headers["Cache-Control"] == "no-cache"
    again = {"If-None-Match": first.headers["ETag"]}
    async with browser.get("/page/static/inspector/index.js", headers=again) as second:
        assert second.status == 304
    async with browser.get("/page/static/css/inspector.css") as style:
        assert style.headers["Content-Type"] == "text/css; charset=utf-8"


@pytest.mark.parametrize("path", ["/", "/page/static/tour.js", "/page/bootstrap", "/page/nothing", "/else"])
async def test_every_answer_tells_the_browser_to_run_nothing_foreign(
    browser: ClientSession, path: str
) -> None:
    async with browser.get(path) as response:
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'none'; script-src 'self'" in policy
        assert "unsafe" not in policy
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"


@pytest.mark.parametrize(
    "path",
    ["../stream.py", "%2e%2e/stream.py", "..%2fstream.py", "css/../../stream.py", "/etc/passwd", "css"],
)
async def test_nothing_but_the_page_s_own_files_can_be_fetched(slack: StandIn, path: str) -> None:
    """Sent raw, since a client would tidy the path up."""
    assert STATIC.parent.joinpath("stream.py").exists()
    assert b" 404 " in await raw(slack, f"GET /page/static/{path} HTTP/1.1\r\nHost: 127.0.0.1:1\r\n")


async def raw(slack: StandIn, head: str) -> bytes:
    """The first line of the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(slack.url.rpartition(":")[2]))
    writer.write(head.encode() + b"Connection: close\r\n\r\n")
    line = await reader.readline()
    writer.close()
    await writer.wait_closed()
    return line


@pytest.mark.parametrize("host", ["evil.example", "evil.example:3000", "127.0.0.1.evil.example:1", ""])
async def test_a_foreign_name_that_leads_here_is_refused(slack: StandIn, host: str) -> None:
    assert b" 403 " in await raw(slack, f"GET /page/bootstrap HTTP/1.1\r\nHost: {host}\r\n")


async def test_another_site_cannot_act(browser: ClientSession, slack: StandIn) -> None:
    ask = {"as": "U0ANA", "action": "say", "channel": "C0SUPPORT", "text": "hello"}
    for origin in ("http://evil.example", "null", "http://127.0.0.1:1"):
        async with browser.post("/page/do", json=ask, headers={"Origin": origin}) as response:
            assert response.status == 403
    async with browser.post(
        "/page/do", data=json.dumps(ask), headers={"Content-Type": "text/plain"}
    ) as response:
        assert response.status == 415
    assert not [each for each in slack.channel("support").messages if each.shown == "hello"]
    async with browser.post("/page/do", json=ask, headers={"Origin": slack.url}) as response:
        assert (await response.json())["ok"]


async def test_what_the_page_starts_with(browser: ClientSession, slack: StandIn) -> None:
    async with browser.get("/page/bootstrap") as response:
        about: Json = await response.json()
    assert about["team"] == {
        "id": "T0NORTHGATE",
        "name": "Northgate Building Services",
        "domain": "northgate-building",
    }
    assert about["app"] == {"name": "Deskhand", "userId": "U0DESK"}
    ana = next(each for each in about["people"] if each["name"] == "ana")
    assert (ana["id"], ana["tz"], ana["isBot"], ana["isAdmin"]) == ("U0ANA", "Europe/Berlin", False, False)
    assert about["commands"][0] == {"name": "/ticket", "description": "Make a ticket", "usageHint": ""}
    assert {"name": "Create ticket", "kind": "message", "callbackId": "create_ticket"} in about["shortcuts"]
    assert slack.signing_secret not in str(about)


async def test_an_exchange_is_shown_without_secrets(browser: ClientSession, slack: StandIn, bot: Bot) -> None:
    await slack.person("ana").types("/ticket Printer down")
    await bot.client.auth_test()
    for exchange in list(slack.exchanges.all):
        async with browser.get(f"/page/exchanges/{exchange.number}") as response:
            text = await response.text()
        assert exchange.kind in text
        for secret in (slack.signing_secret, slack.bot_token, slack.world.app.verification_token):
            assert secret not in text
    async with browser.get("/page/exchanges/999") as response:
        assert response.status == 404


@pytest.mark.skipif(not (shutil.which("curl") and shutil.which("openssl")), reason="needs curl and openssl")
async def test_the_copied_command_is_one_that_the_bot_believes(
    browser: ClientSession, slack: StandIn, bot: Bot
) -> None:
    await slack.person("ana").types("/ticket It's “down” & <out> $HOME `ls` %s \\n")
    async with browser.get("/page/exchanges/1") as response:
        command = (await response.json())["curl"]
    shell = await asyncio.create_subprocess_exec(
        "sh",
        "-c",
        command,
        env=os.environ | {"SLACK_SIGNING_SECRET": slack.signing_secret},
        stdout=PIPE,
        stderr=PIPE,
    )
    answer, _ = await shell.communicate()
    assert b"200 OK" in answer
    first, second = bot.heard
    assert second == first | {"token": "[redacted]"}
