"""Whatever replicas do at once in a workspace, it is as if they had done it one after the other."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from bot.domain.home import Home
from bot.domain.search import TicketFilter
from bot.domain.workspace import Workspace
from bot.services.ports.store import Store, Transaction
from storage import open_store
from tests.storage.samples import NOW, ticket

Action = tuple[str, int]
_teams = count(1)


class Work(NamedTuple):
    """What a replica does in a transaction, which waits for so many turns of the loop before each of its actions."""

    replica: int
    actions: Sequence[Action]
    turns: int


WORKS = some.builds(
    Work,
    some.integers(0, 1),
    some.lists(
        some.tuples(some.sampled_from(["create", "add", "look", "look up", "fail"]), some.integers(0, 2)),
        min_size=1,
        max_size=4,
    ),
    some.integers(0, 3),
)


class Failed(Exception):
    """A transaction that leaves nothing."""


@dataclass
class Model:
    """A workspace as plain dictionaries."""

    last: int = 0
    keys: dict[int, int] = field(default_factory=dict)
    sums: dict[int, int] = field(default_factory=dict)

    def take(self, action: Action) -> object:
        what, name = action
        match what:
            case "create" if name not in self.keys:
                self.last += 1
                self.keys[name] = self.last
            case "add":
                self.sums[name] = self.sums.get(name, 0) + 1
        return self.sums.get(name, 0) if what in {"add", "look"} else self.keys.get(name)


async def taken(tx: Transaction, action: Action) -> object:
    """As `Model.take`."""
    what, name = action
    match what:
        case "create":
            if (known := await tx.answered(f"{name}")) is not None:
                return known
            number = await tx.next_number()
            await tx.save(ticket(number), now=NOW, keys=[f"{name}"])
            return number
        case "add":
            home = await added(tx, f"{name}")
            return home + 1
        case "look":
            home_of = await tx.home(f"{name}")
            return int(home_of.words) if home_of else 0
        case "fail":
            raise Failed
    return await tx.answered(f"{name}")


async def added(tx: Transaction, name: str) -> int:
    """What it was before."""
    known = await tx.home(name)
    before = int(known.words) if known else 0
    await tx.keep_home(Home(user=name, tab="mine", words=f"{before + 1}"))
    return before


class Done(NamedTuple):
    """How many transactions had changed something before it, and what its actions gave."""

    place: int
    work: Work
    given: Sequence[object]

    @property
    def is_change(self) -> bool:
        return any(what in {"create", "add"} for what, _ in self.work.actions)


async def run(store: Store, workspace: Workspace, work: Work) -> Done | None:
    async def transaction(tx: Transaction) -> Done:
        given = []
        for action in work.actions:
            for _ in range(work.turns):
                await asyncio.sleep(0)
            given.append(await taken(tx, action))
        done = Done(0, work, given)
        known = await tx.home("place")
        place = await added(tx, "place") if done.is_change else int(known.words) if known else 0
        return done._replace(place=place)

    try:
        return await store.change(workspace, transaction)
    except Failed:
        return None


@pytest.fixture
async def replicas(postgresql_url: str) -> AsyncIterator[list[Store]]:
    """They are opened once: each example has a workspace of its own."""
    replicas = [open_store(postgresql_url) for _ in range(2)]
    yield replicas
    for store in replicas:
        await store.close()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(some.lists(WORKS, max_size=10))
async def test_what_replicas_do_at_once_is_as_if_one_did_it_after_the_other(
    replicas: list[Store], works: list[Work]
) -> None:
    workspace = Workspace(team_id=f"T{next(_teams)}")
    ended = await asyncio.gather(*(run(replicas[each.replica], workspace, each) for each in works))
    done = sorted(filter(None, ended), key=lambda each: (each.place, each.is_change))
    changes = [each for each in done if each.is_change]
    assert [each.place for each in changes] == [*range(len(changes))]
    model = Model()
    for each in done:  # those that only read come before the change that has their place
        assert each.given == [model.take(action) for action in each.work.actions], each
    for store in replicas:
        await store.open(workspace)
        reader = store.read(workspace)
        page = await reader.tickets(TicketFilter(), limit=100)
        assert [each.number for each in page.tickets] == [*range(model.last, 0, -1)]
        assert {name: await reader.answered(f"{name}") for name in model.keys} == model.keys
