"""Two replicas and one Slack, a request to the one, the next to the other: the whole walk in the browser, while each is killed once
and started again. Nobody notices, and every card is there once.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from playwright.async_api import expect

from bot import imports
from bot.domain.search import TicketFilter
from bot.domain.workspace import Workspace
from bot.playground import seed
from bot.playground.standin import StandIn
from storage import open_store
from tests.histories import history_of
from tests.journeys import replicas
from tests.journeys.replicas import Balancer
from tests.journeys.test_at_work_in_the_browser import (
    chooses,
    makes_a_ticket,
    opens_the_thread,
    presses,
    replies,
    set_up_a_queue,
    show,
    submits,
)
from tests.journeys.test_in_the_browser import Open, browser, field, opens, picks, pytestmark

__all__ = ["browser", "opens", "pytestmark"]

_TAKEN_OVER = 20_000
"""Milliseconds in which whatever a replica was to show is shown, whatever became of it."""


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
            await replica.end()


async def test_nobody_notices_that_a_replica_is_killed_and_comes_back(office: Site, opens: Open) -> None:
    expect.set_options(timeout=_TAKEN_OVER)
    dana, ana = await opens("U0DANA", place="C0ONCALL"), await opens("U0ANA", place="C0ONCALL")
    await set_up_a_queue(dana)
    ben, chloe, emil = (
        await opens("U0BEN"),
        await opens("U0CHLOE"),
        await opens("U0EMIL", place="app/messages"),
    )
    await makes_a_ticket(ben)
    await office.loses(0)
    await opens_the_thread(ben)
    await opens_the_thread(chloe)

    await presses(ana, "Triage")
    await picks(ana, "Priority", "High")
    await submits(ana, "Accept")
    await show("Triaged", ana, ben, chloe)
    await office.starts(0)

    await chooses(chloe, await replies(chloe, "Mine, I am on call"), "Assign ticket")
    await picks(chloe, "Assignee", "Emil")
    await field(chloe, "Note for the assignee").fill("Look at the fuser first")
    await submits(chloe, "Assign")
    await office.loses(1)
    await show("Assigned", ana, ben, chloe, emil)

    await presses(emil, "Start")
    await show("In progress", emil)
    await office.starts(1)
    await presses(emil, "Resolve")
    await field(emil, "Resolution").fill("Replaced the fuser")
    await submits(emil, "Resolve")
    await show("Resolved: Replaced the fuser", ana, ben, chloe, emil)

    await replies(ben, "It is down again")
    await show("In progress", ana, ben, chloe, emil)
    await is_told_once(office)
    assert all(given > 5 for given in office.balancer.given), "both were at work"


async def is_told_once(office: Site) -> None:
    """One ticket, its history, and one card in each place that shows it."""
    store = open_store(office.url)
    reader = store.read(Workspace(team_id=office.slack.world.team.id))
    page = await reader.tickets(TicketFilter())
    assert [ticket.number for ticket in page.tickets] == [1]
    whats = [entry.what for entry in await history_of(reader, 1)]
    assert whats == ["created", "triaged", "assigned", "started", "resolved", "reopened"]
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
