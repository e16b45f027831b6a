"""Two replicas and one Slack, a request to the one, the next to the other: the whole walk in the browser, while each is killed once
and started again. Nobody notices, and every card is there once.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from bot import imports
from bot.domain.search import TicketFilter
from bot.domain.workspace import Workspace
from bot.playground import seed
from bot.playground.standin import StandIn
from storage import open_store
from tests.histories import history_of
from tests.journeys import replicas
from tests.journeys.replicas import Balancer
from tests.journeys.test_in_the_browser import Open, browser, opens, pytestmark
from tests.journeys.walk import WORKED, a_message_is_worked_and_comes_back

__all__ = ["browser", "opens", "pytestmark"]


@dataclass
class Site:
    """`url`: of the database."""

    slack: StandIn
    balancer: Balancer
    url: str

    async def loses(self, number: int) -> None:
        await self.balancer.replicas[number].kill()

    async def starts(self, number: int) -> None:
        self.balancer.replicas[number] = await replicas.start(self.slack, self.url)


@pytest.fixture
async def office(slack: StandIn, postgresql_url: str) -> AsyncIterator[Site]:
    store = open_store(postgresql_url)
    workspace = Workspace(team_id=slack.world.team.id)
    await store.change(workspace, lambda tx: imports.import_files(tx, seed.DIRECTORY))
    await store.close()
    balancer = Balancer([await replicas.start(slack, postgresql_url) for _ in range(2)])
    async with balancer.served() as url:
        slack.connect(url)
        yield Site(slack, balancer, postgresql_url)
        for replica in balancer.replicas:
            if replica.process.returncode is None:  # a walk that ends too soon may leave one killed
                await replica.end()


async def test_nobody_notices_that_a_replica_is_killed_and_comes_back(office: Site, opens: Open) -> None:
    async for stage in a_message_is_worked_and_comes_back(opens):
        match stage:
            case "made":
                await office.loses(0)
            case "triaged":
                await office.starts(0)
            case "assigned":
                await office.loses(1)
            case "started":
                await office.starts(1)
            case _:
                pass
    await is_told_once(office)
    assert all(given > 5 for given in office.balancer.given), "both were at work"


async def is_told_once(office: Site) -> None:
    """One ticket, its history, and one card in each place that shows it."""
    store = open_store(office.url)
    reader = store.read(Workspace(team_id=office.slack.world.team.id))
    page = await reader.tickets(TicketFilter())
    assert [ticket.number for ticket in page.tickets] == [1]
    assert [(entry.actor, entry.what) for entry in await history_of(reader, 1)] == WORKED
    cards = {(card.channel, card.ts) for card in page.tickets[0].cards}
    await store.close()
    bot, world = office.slack.world.bot, office.slack.world
    shown = [
        (place.id, message.ts)
        for place in world.conversations.values()
        for message in place.messages
        if message.author is bot and "Acme Manufacturing" in str(message.blocks)
    ]
    assert len(shown) == len({*shown})
    assert cards <= {*shown}, [each for place in world.conversations.values() for each in place.messages]
    by_place = [channel for channel, _ in shown if channel.startswith("C")]
    assert len(by_place) == len({*by_place}), "each channel has one card"
