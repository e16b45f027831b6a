"""What a replica keeps in memory of workspaces is bounded at once, however many are used within a moment."""

from collections.abc import AsyncIterator

import pytest

from bot.domain.workspace import Workspace
from storage import open_store
from storage.postgres.store import PostgresStore
from tests.storage.samples import NOW, ticket

MANY = [Workspace(team_id=f"T{number}") for number in range(12)]


@pytest.fixture
async def store(postgresql_url: str) -> AsyncIterator[PostgresStore]:
    store = open_store(postgresql_url, most_open=4)
    assert isinstance(store, PostgresStore)
    yield store
    await store.close()


async def test_those_that_were_used_last_are_kept_and_the_others_told_of(store: PostgresStore) -> None:
    closed: list[Workspace] = []
    store.on_closed(closed.append)
    for workspace in MANY:
        await store.open(workspace)
        await store.change(workspace, lambda tx: tx.save(ticket(1), now=NOW))
        assert len(store.workspaces_known) <= 4
    assert store.workspaces_known.ids() == [each.id for each in MANY[-4:]]
    assert closed == MANY[:-4]
    assert await store.read(MANY[0]).ticket(1)


async def test_those_that_are_needed_stay_and_so_does_the_one_that_is_used(store: PostgresStore) -> None:
    store.keep_open(lambda workspace: workspace in MANY[:6])
    for workspace in MANY[:6]:
        await store.change(workspace, lambda tx: tx.save(ticket(1), now=NOW))
    for workspace in MANY:
        await store.open(workspace)
        assert workspace.id in store.workspaces_known
    assert {*store.workspaces_known.ids()} >= {each.id for each in MANY[:6]}
