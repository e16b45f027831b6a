"""Replicas of the desk as processes on one database, and a balancer in front of them that gives each request to the next one."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count

from aiohttp import ClientConnectionError, ClientSession, web

from bot.playground.standin import StandIn
from tests.bot.test_cli import kept_environment

_HOP_BY_HOP = {"host", "content-length", "transfer-encoding", "connection"}


class Replica:
    """`port` is its own. What it logs is read, and kept."""

    def __init__(self, process: Process, port: int, log: list[bytes], reading: "asyncio.Task[None]") -> None:
        self.process = process
        self.port = port
        self.log = log
        self._reading = reading

    async def kill(self) -> None:
        self.process.kill()
        await self.process.wait()
        await self._reading

    async def end(self) -> None:
        """In order."""
        self.process.terminate()
        assert await self.process.wait() == 0, b"".join(self.log).decode()
        await self._reading


async def start(slack: StandIn, url: str, api_url: str = "") -> Replica:
    """Returns once it serves. `api_url`: where it calls Slack, if not at Slack's own address."""
    settings = {
        "SLACK_SIGNING_SECRET": slack.signing_secret,
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_API_URL": api_url or slack.api_url,
        "DESKHAND_STORE": url,
        "DESKHAND_PORT": "0",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "serve", env=kept_environment(**settings), stderr=PIPE
    )
    assert process.stderr
    log = list[bytes]()
    async for line in process.stderr:
        log.append(line)
        if (event := json.loads(line))["event"] == "serving":
            return Replica(process, event["port"], log, asyncio.create_task(_read(process, log)))
    raise AssertionError(b"".join(log).decode())


async def _read(process: Process, log: list[bytes]) -> None:
    assert process.stderr
    while line := await process.stderr.readline():
        log.append(line)


class Balancer:
    """What is given to one that is not there, or dies over it, goes to the next."""

    def __init__(self, replicas: list[Replica]) -> None:
        self.replicas = replicas
        self.given = [0 for _ in replicas]
        """How many requests each has answered."""
        self._turn = count()

    @asynccontextmanager
    async def served(self) -> AsyncIterator[str]:
        """The address of where Slack is to send what happens."""
        async with ClientSession(auto_decompress=False) as self._session:
            site = web.Application(client_max_size=1 << 24)
            site.router.add_post("/{path:.*}", self._pass_on)
            runner = web.AppRunner(site, access_log=None)
            await runner.setup()
            place = web.TCPSite(runner, "127.0.0.1", 0)
            await place.start()
            yield f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
            await runner.cleanup()

    async def _pass_on(self, request: web.Request) -> web.Response:
        body = await request.read()
        headers = {name: value for name, value in request.headers.items() if name.lower() not in _HOP_BY_HOP}
        for _ in self.replicas:
            at = next(self._turn) % len(self.replicas)
            url = f"http://127.0.0.1:{self.replicas[at].port}{request.path_qs}"
            try:
                async with self._session.post(url, data=body, headers=headers) as answer:
                    text, kind = await answer.read(), answer.headers.get("content-type", "text/plain")
            except ClientConnectionError:
                continue
            self.given[at] += 1
            return web.Response(body=text, status=answer.status, headers={"content-type": kind})
        return web.Response(status=502)
