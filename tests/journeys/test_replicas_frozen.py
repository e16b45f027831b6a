"""A replica that stands still (SIGSTOP) between its look at the lease and its post, for so long that another one posts: its post comes
late, and in the end the card stands once.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from signal import SIGCONT, SIGSTOP

import pytest
from aiohttp import ClientSession, web

from bot import imports
from bot.domain.workspace import Workspace
from bot.playground import seed
from bot.playground.standin import StandIn
from storage import open_store
from tests.journeys import replicas
from tests.journeys.replicas import Balancer, Replica

pytestmark = pytest.mark.slow

LINE = "/ticket Printer down customer:acme site:hq type:break_fix"
TAKEN_OVER = 60
"""Seconds: a lease lasts twelve, and the machine may be busy."""

_HOP_BY_HOP = {"host", "content-length", "transfer-encoding", "connection"}


class Gate:
    """Stands between a replica and Slack. The first post of any replica freezes it, and passes when it is let through."""

    is_held = False

    def __init__(self, slack: StandIn) -> None:
        self.replica: Replica | None = None
        self.holds = asyncio.Event()
        self.through = asyncio.Event()
        self.let_through = asyncio.Event()
        self._slack = slack

    @asynccontextmanager
    async def served(self) -> AsyncIterator[str]:
        """The address at which Slack is called."""
        async with ClientSession(auto_decompress=False) as self._session:
            site = web.Application(client_max_size=1 << 24)
            site.router.add_route("*", "/api/{method}", self._pass_on)
            runner = web.AppRunner(site, access_log=None)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            yield f"http://127.0.0.1:{runner.addresses[0][1]}/api/"
            await runner.cleanup()

    async def _pass_on(self, request: web.Request) -> web.Response:
        method, body = request.match_info["method"], await request.read()
        is_first = method == "chat.postMessage" and not Gate.is_held
        if is_first:
            assert self.replica
            Gate.is_held = True
            self.replica.process.send_signal(SIGSTOP)
            self.holds.set()
            await self.let_through.wait()
        headers = {name: value for name, value in request.headers.items() if name.lower() not in _HOP_BY_HOP}
        url = f"{self._slack.api_url}{method}?{request.query_string}"
        async with self._session.request(request.method, url, data=body, headers=headers) as answer:
            text, kind = await answer.read(), answer.headers.get("content-type", "application/json")
        if is_first:
            self.through.set()
        return web.Response(body=text, status=answer.status, headers={"content-type": kind})


@dataclass
class Site:
    slack: StandIn
    gates: list[Gate]
    url: str

    async def frozen(self) -> Gate:
        """The one whose replica stands still."""
        waiting = [asyncio.create_task(each.holds.wait()) for each in self.gates]
        done, others = await asyncio.wait(waiting, timeout=TAKEN_OVER, return_when=asyncio.FIRST_COMPLETED)
        for each in others:
            each.cancel()
        assert done, "nobody posted"
        return next(each for each in self.gates if each.holds.is_set())

    def cards(self) -> list[str]:
        """Those of the ticket, by their ts."""
        return [each.ts for each in self.slack.channel("support").messages if "T-1" in each.shown]

    async def recorded(self) -> list[str]:
        store = open_store(self.url)
        ticket = await store.read(Workspace(team_id=self.slack.world.team.id)).ticket(1)
        await store.close()
        assert ticket
        return [each.ts for each in ticket.cards]


@pytest.fixture
async def site(slack: StandIn, postgresql_url: str, tmp_path: Path) -> AsyncIterator[Site]:  # noqa: ARG001
    store = open_store(postgresql_url)
    workspace = Workspace(team_id=slack.world.team.id)
    await store.change(workspace, lambda tx: imports.import_files(tx, seed.DIRECTORY))
    await store.close()
    Gate.is_held = False
    gates = [Gate(slack), Gate(slack)]
    async with AsyncExitStack() as stack:
        for gate in gates:
            gate.replica = await replicas.start(
                slack, postgresql_url, await stack.enter_async_context(gate.served())
            )
        balancer = Balancer([each.replica for each in gates if each.replica])
        slack.connect(await stack.enter_async_context(balancer.served()))
        yield Site(slack, gates, postgresql_url)
        for each in balancer.replicas:
            if each.process.returncode is None:
                await each.end()


@pytest.mark.parametrize("is_killed", [False, True], ids=["goes on", "is killed at once"])
async def test_a_card_that_comes_after_another_replica_has_posted_it_is_deleted(
    site: Site,
    is_killed: bool,  # noqa: FBT001
) -> None:
    typing = asyncio.create_task(site.slack.person("ben").types(LINE))
    frozen = await site.frozen()
    await site.slack.until(lambda: len(site.cards()) == 1, within=TAKEN_OVER)
    (counts,) = site.cards()
    frozen.let_through.set()
    async with asyncio.timeout(TAKEN_OVER):
        await frozen.through.wait()
    assert frozen.replica
    if is_killed:
        await frozen.replica.kill()
    else:
        frozen.replica.process.send_signal(SIGCONT)
    await site.slack.until(lambda: site.slack.calls("chat.delete"), within=TAKEN_OVER)
    await site.slack.until(lambda: len(site.cards()) == 1, within=TAKEN_OVER)
    assert site.cards() == [counts] == await site.recorded()
    assert len(site.slack.calls("chat.postMessage")) == 2
    assert [each["ts"] for each in site.slack.calls("chat.delete")] != [counts]
    await typing
