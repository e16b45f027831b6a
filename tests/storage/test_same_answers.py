"""Both stores say the same of the same: within a transaction and behind it, whatever was done there before."""

from collections.abc import AsyncIterator, Sequence
from itertools import count
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings

from bot.domain.workspace import Workspace
from bot.services.ports.store import Store, Transaction
from storage import open_store
from tests.storage.port_script import Failed, Step, all_answers, scripts, taken

_teams = count(1)


class Both(NamedTuple):
    tinydb: Store
    postgresql: Store


@pytest.fixture
async def both(tmp_path: Path, postgresql_url: str) -> AsyncIterator[Both]:
    """They are opened once: each example has a workspace of its own."""
    both = Both(open_store(f"tinydb:{tmp_path / 'data'}"), open_store(postgresql_url))
    yield both
    for store in both:
        await store.close()


Answers = dict[str, object]


async def outcome(store: Store, workspace: Workspace, steps: Sequence[Step]) -> Answers:
    """What each step of a transaction gave, or the transaction's error."""

    async def work(tx: Transaction) -> tuple[Answers, int]:
        done = {f"step {at}, {each}": await taken(tx, each) for at, each in enumerate(steps)}
        return done, await tx.people_version()

    known = await store.read(workspace).people_version()
    try:
        done, version = await store.change(workspace, work)
    except (ValueError, Failed) as error:
        return {"error": type(error)}
    assert version == await store.read(workspace).people_version() or not known
    return done


def differing(one: Answers, other: Answers) -> Answers:
    return {
        name: (one.get(name), other.get(name)) for name in one | other if one.get(name) != other.get(name)
    }


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(scripts())
async def test_both_stores_answer_alike(both: Both, script: list[list[Step]]) -> None:
    workspace = Workspace(team_id=f"T{next(_teams)}")
    for steps in script:
        by_store = [await outcome(store, workspace, steps) for store in both]
        assert differing(*by_store) == {}
    assert differing(*[await all_answers(store.read(workspace)) for store in both]) == {}
    for store in both:
        await store.forget(workspace)
