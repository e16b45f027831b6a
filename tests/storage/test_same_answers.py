"""Both stores say the same of the same: within a transaction and behind it, whatever was done there before."""

from collections.abc import AsyncIterator, Sequence
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from bot.domain.workspace import Workspace
from bot.services.ports.store import PeopleVersion, Store, Transaction
from storage import open_store
from tests.storage.port_script import RESTART, Failed, Step, all_answers, scripts, taken

_teams = count(1)


class Opened:
    """A store that is opened once, and again where that is asked for: each example has a workspace of its own."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.store = open_store(url)

    async def restart(self) -> None:
        await self.store.close()
        self.store = open_store(self._url)


@pytest.fixture
async def both(tmp_path: Path, postgresql_url: str) -> AsyncIterator[list[Opened]]:
    both = [Opened(f"tinydb:{tmp_path / 'data'}"), Opened(postgresql_url)]
    yield both
    for each in both:
        await each.store.close()


Answers = dict[str, object]


async def outcome(store: Store, workspace: Workspace, steps: Sequence[Step]) -> Answers:
    """What each step of a transaction gave, or the transaction's error."""

    async def work(tx: Transaction) -> tuple[Answers, PeopleVersion]:
        done = {f"step {at}, {each}": await taken(tx, each) for at, each in enumerate(steps)}
        return done, await tx.people_version()

    known = await store.read(workspace).people_version()
    try:
        done, version = await store.change(workspace, work)
    except (ValueError, Failed) as error:
        return {"error": type(error)}
    assert version == await store.read(workspace).people_version() or not known.at
    return done


def differing(one: Answers, other: Answers) -> Answers:
    return {
        name: (one.get(name), other.get(name)) for name in one | other if one.get(name) != other.get(name)
    }


@settings(
    max_examples=settings().max_examples // 2,  # each is many transactions, and all that can be asked
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(scripts())
async def test_both_stores_answer_alike(both: list[Opened], script: list[list[Step]]) -> None:
    workspace = Workspace(team_id=f"T{next(_teams)}")
    for steps in script:
        if steps == [RESTART]:
            for each in both:
                await each.restart()
        else:
            by_store = [await outcome(each.store, workspace, steps) for each in both]
            assert differing(*by_store) == {}
    assert differing(*[await all_answers(each.store.read(workspace)) for each in both]) == {}
    for each in both:
        await each.store.forget(workspace)
