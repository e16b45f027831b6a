"""Of several replicas one looks at do-not-disturb, and tells how much there is: an old figure of another's would stand beside it."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.domain.clock.dnd import DndWindow
from bot.domain.workspace import Workspace
from bot.metrics import DND_IN_SHIFTS, Metrics
from bot.services.dnd_in_shifts import DndInShifts
from bot.services.leases import Leases
from bot.services.people import People
from bot.services.ports.store import Store
from bot.tasks import Supervisor
from storage import open_store
from tests.patience import PATIENCE
from tests.stores import store_url


def now() -> datetime:
    return datetime.now(UTC)


async def ask(workspace: Workspace, users: Collection[str]) -> Mapping[str, DndWindow]:  # noqa: ARG001  (the port's)
    return {}


class Replica:
    def __init__(self, store: Store) -> None:
        self.leases, self.tasks, self.metrics = Leases(store), Supervisor(now), Metrics()
        dnd = DndInShifts(store, People(store, now), now, ask)
        self.metrics.watch_dnd(dnd.found)
        dnd.start(self.tasks, self.leases)

    def tells(self) -> bool:
        """Whether it has a figure, be it none."""
        return f"\n{DND_IN_SHIFTS} " in self.metrics.render().decode()

    async def until_it_tells(self) -> None:
        async with asyncio.timeout(PATIENCE):
            while not self.tells():  # noqa: ASYNC110  (whoever looks at metrics looks now and then)
                await asyncio.sleep(0.02)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = open_store(store_url(tmp_path))
    yield store
    await store.close()


async def test_the_figure_goes_with_the_lease(store: Store) -> None:
    one = Replica(store)
    assert not one.tells(), "it has not looked yet"
    await one.until_it_tells()
    await one.leases.let_go("do-not-disturb")
    other = Replica(store)
    await other.until_it_tells()
    assert not one.tells()
    for each in (one, other):
        await each.tasks.stop(1)
