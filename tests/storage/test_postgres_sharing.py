"""What a replica keeps in memory of partnerships and joins, while another one changes them."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import NamedTuple

import pytest

from bot.domain.partners import Partnership, Side
from bot.domain.workspace import Workspace
from storage.postgres.address import Address
from storage.postgres.database import Database
from storage.postgres.sharing import PostgresSharing
from storage.postgres.store import PostgresStore
from tests.storage.samples import NOW

T1, T2, T3 = "T1", "T2", "T3"


class Replica(NamedTuple):
    store: PostgresStore
    sharing: PostgresSharing

    async def begins_a_request(self) -> None:
        await self.store.open(Workspace(team_id=T1))


@pytest.fixture
async def replicas(postgresql_url: str) -> AsyncIterator[tuple[Replica, Replica]]:
    async with AsyncExitStack() as stack:

        def one() -> Replica:
            store = PostgresStore(Database(Address(postgresql_url)))
            stack.push_async_callback(store.close)
            return Replica(store, PostgresSharing(store.database))

        yield one(), one()


def invited(before: Partnership | None) -> Partnership:
    assert before is None
    return Partnership(
        sides=(Side(team=T1, name="Acme", calls="globex"), Side(team=T2, name="Globex", calls="acme")),
        state="invited",
        since=NOW,
        inviter=T1,
        invited_by="U1",
    )


def ended(before: Partnership | None) -> Partnership:
    assert before
    return before.model_copy(update={"state": "ended"})


async def states(replica: Replica) -> list[str]:
    return [each.state for each in await replica.sharing.partnerships(T1)]


async def test_a_request_knows_the_partnerships_as_another_replica_has_left_them(
    replicas: tuple[Replica, Replica],
) -> None:
    one, other = replicas
    await one.begins_a_request()
    assert await states(one) == []
    await other.sharing.change_partnership(T1, T2, invited)
    await one.begins_a_request()
    assert await states(one) == ["invited"]
    await other.sharing.change_partnership(T1, T2, ended)
    await one.begins_a_request()
    assert await states(one) == ["ended"]
    await other.sharing.forget(T2)
    await one.begins_a_request()
    assert await states(one) == []


async def test_a_request_knows_the_joins_as_another_replica_has_left_them(
    replicas: tuple[Replica, Replica],
) -> None:
    one, other = replicas
    await one.begins_a_request()
    assert await one.sharing.joins() == []
    await other.sharing.join([T1, T3])
    await one.begins_a_request()
    assert await one.sharing.joins() == [frozenset({T1, T3})]
    await other.sharing.part([T1, T3])
    await one.begins_a_request()
    assert await one.sharing.joins() == []


async def test_what_a_replica_has_changed_itself_it_knows_without_a_look(
    replicas: tuple[Replica, Replica],
) -> None:
    one, _ = replicas
    await one.begins_a_request()
    assert (await states(one), await one.sharing.joins()) == ([], [])
    await one.sharing.change_partnership(T1, T2, invited)
    await one.sharing.join([T1, T3])
    assert (await states(one), await one.sharing.joins()) == (["invited"], [frozenset({T1, T3})])


async def test_what_was_read_a_moment_ago_takes_no_trip(replicas: tuple[Replica, Replica]) -> None:
    one, _ = replicas
    await one.begins_a_request()
    await states(one)
    await one.sharing.joins()
    before = one.store.database.trips
    await states(one)
    await one.sharing.joins()
    assert one.store.database.trips == before
