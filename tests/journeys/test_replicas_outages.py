"""PostgreSQL is away under load, with replicas as processes: what was acknowledged is there once, what was refused is not, what
somebody typed is given back to them, and everything goes on by itself.
"""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count

import pytest
from aiohttp import ClientError, ClientSession

from bot import imports, manifest
from bot.domain.search import TicketFilter
from bot.domain.workspace import Workspace
from bot.playground import seed
from bot.playground.records import Conversation
from bot.playground.standin import StandIn, start_standin
from bot.playground.world import World
from bot.services.ports.store import Store
from storage import open_store
from tests.journeys import replicas
from tests.journeys.replicas import Balancer
from tests.postgres import Cluster, connected

pytestmark = pytest.mark.slow

PEOPLE = 8
CHANNELS = [f"desk-{number}" for number in range(60)]  # each takes a card a second
ENOUGH = 200
"""So many tickets are acknowledged before, and as many afterwards."""

_SAVED = re.compile(r"\*T-(\d+)\* is saved")
_LINE = "/ticket {} customer:acme site:hq type:break_fix"
_PATIENCE = 300  # seconds
_READS = 0.3
"""Seconds in which somebody reads that it was refused: whoever types on at once has both cores refuse for a minute."""
_READ_ONLY = "ALTER SYSTEM SET default_transaction_read_only = {}"
_CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"


@dataclass
class Crowd:
    """People who type a line, each one after the other, in one channel after the other. What they were told, by what they typed."""

    slack: StandIn
    saved: dict[str, int] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    untold: set[str] = field(default_factory=set)
    """Of these nobody could tell them, or Slack had no answer within its three seconds."""
    _numbers: "count[int]" = field(default_factory=count)

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        people = [asyncio.create_task(self._types()) for _ in range(PEOPLE)]
        yield
        for each in people:
            each.cancel()
        for result in await asyncio.gather(*people, return_exceptions=True):
            assert isinstance(result, asyncio.CancelledError), result

    async def _types(self) -> None:
        while True:
            summary = f"Printer {next(self._numbers)} down"
            await asyncio.shield(asyncio.create_task(self._typed(summary)))

    async def _typed(self, summary: str) -> None:
        number = int(summary.split()[1])
        line = _LINE.format(summary)
        answer = await self.slack.person("ben").types(line, in_=CHANNELS[number % len(CHANNELS)])
        if answer.trouble:
            self.untold.add(summary)
            return
        said = await answer.shows("")
        if is_saved := _SAVED.search(said.shown):
            self.saved[summary] = int(is_saved[1])
            return
        assert line.removeprefix("/ticket ") in said.shown, "what was typed is kept"
        if "could not be saved" in said.shown:
            self.refused.add(summary)
            await asyncio.sleep(_READS)
        else:
            assert "Nobody can tell" in said.shown, said.shown
            self.untold.add(summary)


@dataclass
class Site:
    slack: StandIn
    cluster: Cluster
    balancer: Balancer
    crowd: Crowd
    store: Store

    async def ready(self) -> list[tuple[int, str]]:
        """What each replica says of itself."""
        async with ClientSession() as session:
            return [await _asked(session, each.port) for each in self.balancer.replicas]

    async def until_ready(self, status: int) -> list[str]:
        """Each of them says so. Gives why."""
        said: list[tuple[int, str]] = []

        async def is_so() -> bool:
            said[:] = await self.ready()
            return {each for each, _ in said} == {status}

        await until(is_so)
        return [why for _, why in said]

    async def until_saved(self, more: int) -> None:
        wanted = len(self.crowd.saved) + more

        async def is_so() -> bool:
            return len(self.crowd.saved) >= wanted

        await until(is_so)

    async def run_sql(self, *statements: str) -> None:
        async with connected(self.cluster.url) as connection:
            for each in statements:
                await connection.execute(each)


async def _asked(session: ClientSession, port: int) -> tuple[int, str]:
    try:
        async with session.get(f"http://127.0.0.1:{port}/readyz") as answer:
            return answer.status, await answer.text()
    except ClientError as error:
        return 0, str(error)


async def until(holds_true: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(_PATIENCE):
        while not await holds_true():  # noqa: ASYNC110  (nobody tells)
            await asyncio.sleep(0.05)


def fill(world: World) -> None:
    seed.fill(world)
    everybody = {*world.users}
    for name in CHANNELS:
        world.add_conversation(Conversation(f"C0{name.upper()}", name, members={*everybody}))


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    with Cluster(durable=True) as cluster:
        async with await start_standin(manifest.read(), fill=fill) as slack:
            store = open_store(cluster.url)
            await store.change(workspace_of(slack), lambda tx: imports.import_files(tx, seed.DIRECTORY))
            balancer = Balancer([await replicas.start(slack, cluster.url) for _ in range(2)])
            async with balancer.served() as url:
                slack.connect(url)
                yield Site(slack, cluster, balancer, Crowd(slack), store)
                for each in balancer.replicas:
                    await each.end()
            await store.close()


def workspace_of(slack: StandIn) -> Workspace:
    return Workspace(team_id=slack.world.team.id)


async def stopped_for_a_minute(site: Site) -> None:
    site.cluster.stop()
    async with asyncio.timeout(_PATIENCE):
        away = asyncio.create_task(asyncio.sleep(60))
        for why in await site.until_ready(503):
            assert "The database cannot be used" in why
        await away
    site.cluster.start()


async def failed_over(site: Site) -> None:
    """As a standby takes over: connections are cut, and what is connected to then is read-only for a while."""
    await site.run_sql(_READ_ONLY.format("on"), "SELECT pg_reload_conf()", _CUT)
    for why in await site.until_ready(503):
        assert "read-only" in why
    refused = len(site.crowd.refused)

    async def some_are_refused() -> bool:
        return len(site.crowd.refused) > refused + 20

    await until(some_are_refused)
    await site.run_sql(_READ_ONLY.format("off"), "SELECT pg_reload_conf()", _CUT)


@pytest.mark.parametrize("outage", [stopped_for_a_minute, failed_over])
async def test_under_load_nothing_acknowledged_is_lost_and_it_goes_on_by_itself(
    site: Site, outage: Callable[[Site], Awaitable[None]]
) -> None:
    processes = [each.process.pid for each in site.balancer.replicas]
    async with site.crowd.at_work():
        await site.until_saved(ENOUGH)
        await outage(site)
        await site.until_ready(200)
        await site.until_saved(ENOUGH)
    assert site.crowd.refused
    assert len(site.crowd.untold) <= 4 * PEOPLE, "those who were in the middle of it"
    assert [each.process.pid for each in site.balancer.replicas] == processes
    assert [each.process.returncode for each in site.balancer.replicas] == [None, None]
    await is_as_was_told(site)


async def is_as_was_told(site: Site) -> None:
    reader = site.store.read(workspace_of(site.slack))

    async def is_drained() -> bool:
        return not await reader.jobs()

    await until(is_drained)
    page = await reader.tickets(TicketFilter(), limit=100_000)
    numbers = {each.summary: each.number for each in page.tickets}
    assert len(numbers) == len(page.tickets), "nothing is there twice"
    assert sorted(numbers.values()) == [*range(1, len(numbers) + 1)]
    assert site.crowd.saved.items() <= numbers.items(), "what was acknowledged is there"
    assert not site.crowd.refused & numbers.keys(), "what was refused is not"
    cards = Counter(
        summary
        for place in site.slack.world.conversations.values()
        for message in place.visible
        if place.kind != "im" and (summary := _summary(message.shown))
    )
    assert cards == dict.fromkeys(numbers, 1), "every ticket has one card"


def _summary(shown: str) -> str | None:
    found = re.search(r"Printer \d+ down", shown)
    return found[0] if found else None
