"""A workspace that one replica forgets and that is used again: no other replica goes on with what it knew of the old one."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from bot.domain.directory import Customer
from bot.domain.lookup import Lookup
from bot.domain.people import Person, WorkspacePeople
from bot.domain.queues import Queue
from bot.domain.workspace import Workspace
from bot.domain.workspace_settings import WorkspaceSettings
from bot.services.people import People
from bot.services.ports.store import Transaction
from storage.postgres.address import Address
from storage.postgres.database import Database
from storage.postgres.store import PostgresStore

DESK = Workspace(team_id="T111")
NOW = datetime(2026, 11, 29, 9, tzinfo=UTC)
GUEST = Person(id="U1", names=("gil",), is_outsider=True)
LEFT = Person(id="U2", names=("lea",), has_left=True)
BEN = Person(id="U3", names=("ben",))
NETWORK = WorkspaceSettings(queues=(Queue(name="network", channel="C1", owner="U3"),))


class Replica:
    def __init__(self, url: str) -> None:
        self.store = PostgresStore(Database(Address(url), size=3))
        self.closed: list[Workspace] = []
        self.people = People(self.store, lambda: NOW)
        self.store.on_closed(self.closed.append)

    async def known(self) -> WorkspacePeople:
        """As a request finds them."""
        await self.store.open(DESK)
        return await self.people.of(DESK)


@pytest.fixture
async def one(postgresql_url: str) -> AsyncIterator[Replica]:
    replica = Replica(postgresql_url)
    yield replica
    await replica.store.close()


@pytest.fixture
async def other(postgresql_url: str, one: Replica) -> AsyncIterator[Replica]:
    """Knows the old workspace, and hears nothing any more: its next request is what tells it."""
    replica = Replica(postgresql_url)
    await one.people.learn(DESK, [GUEST, LEFT])
    await one.store.change(DESK, lambda tx: tx.keep_settings(NETWORK))
    await one.store.change(DESK, lambda tx: tx.keep_item(Customer(id="acme", name="Acme")))
    assert (await replica.known()).is_outsider("U1")
    reader = replica.store.read(DESK)
    assert await reader.settings() == NETWORK
    assert (await reader.directory([Lookup("customer", "acme")])).get("customer", "acme")
    await replica.store.signals.close()
    yield replica
    await replica.store.close()


async def forgotten_and_used_again(replica: Replica) -> None:
    await replica.store.forget(DESK)
    await replica.people.learn(DESK, [BEN])


async def test_a_request_knows_nobody_of_the_old_one(one: Replica, other: Replica) -> None:
    await forgotten_and_used_again(one)
    known = await other.known()
    assert known.knows("U3")
    assert not known.remembers("U1")
    assert not known.remembers("U2")
    assert not known.is_outsider("U1"), "a member of today would be a guest for ever"


async def test_a_transaction_without_a_request_knows_nobody_of_the_old_one(
    one: Replica, other: Replica
) -> None:
    await forgotten_and_used_again(one)

    async def work(tx: Transaction) -> WorkspacePeople:
        return await other.people.of(DESK, tx)

    known = await other.store.change(DESK, work)
    assert known.knows("U3")
    assert not known.remembers("U1")


async def test_what_is_learned_there_then_is_added_to_the_new_one(one: Replica, other: Replica) -> None:
    await forgotten_and_used_again(one)
    await other.people.learn(DESK, [Person(id="U4", names=("mo",))])
    for known in (await other.known(), await one.known()):
        assert known.knows("U3")
        assert known.knows("U4")
        assert not known.remembers("U1")


async def test_settings_and_directory_are_those_of_the_new_one(one: Replica, other: Replica) -> None:
    await forgotten_and_used_again(one)
    await one.store.change(DESK, lambda tx: tx.keep_item(Customer(id="zeta", name="Zeta")))
    await other.store.open(DESK)
    reader = other.store.read(DESK)
    assert await reader.settings() == WorkspaceSettings()
    found = await reader.directory([Lookup("customer", "acme"), Lookup("customer", "zeta")])
    assert found.get("customer", "zeta")
    assert not found.get("customer", "acme")


async def test_a_read_under_way_leaves_nothing_of_the_old_one(
    one: Replica, other: Replica, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has asked before, and is answered after the request that finds the new one."""
    await one.store.change(DESK, lambda tx: tx.keep_item(Customer(id="north", name="North")))
    await other.store.open(DESK)
    asked, may_go_on, fetch = asyncio.Event(), asyncio.Event(), other.store.database.fetch

    async def slow(sql: str, *args: object) -> object:
        rows = await fetch(sql, *args)
        if "deskhand.items" in sql and not asked.is_set():
            asked.set()
            await may_go_on.wait()
        return rows

    monkeypatch.setattr(other.store.database, "fetch", slow)
    late = asyncio.create_task(other.store.read(DESK).directory([Lookup("customer", "acme")]))
    await asked.wait()
    await forgotten_and_used_again(one)
    await one.store.change(DESK, lambda tx: tx.keep_item(Customer(id="zeta", name="Zeta")))
    await other.store.open(DESK)
    may_go_on.set()
    await late
    found = await other.store.read(DESK).directory([Lookup("customer", "acme"), Lookup("customer", "zeta")])
    assert found.get("customer", "zeta")
    assert not found.get("customer", "acme")


async def test_whoever_keeps_something_of_it_is_told_by_the_request_that_finds_it(
    one: Replica, other: Replica
) -> None:
    await forgotten_and_used_again(one)
    await other.store.open(DESK)
    assert other.closed == [DESK]
    await other.store.open(DESK)
    assert other.closed == [DESK]
    assert other.store.workspace_of("T111") == DESK


async def test_without_a_request_it_is_told_by_asking(one: Replica, other: Replica) -> None:
    await other.store._ask()
    await forgotten_and_used_again(one)
    await other.store._ask()
    assert other.closed == [DESK]
    assert other.store.workspace_of("T111") == DESK


async def test_who_lists_the_workspaces_in_between_loses_no_news_of_one_that_is_gone(
    one: Replica, other: Replica
) -> None:
    await other.store._ask()
    await one.store.forget(DESK)
    assert await other.store.workspaces() == []
    await other.store._ask()
    assert other.closed == [DESK]


async def test_one_that_is_new_is_not_taken_for_another_one(one: Replica, postgresql_url: str) -> None:
    replica = Replica(postgresql_url)
    await replica.known()
    await one.people.learn(DESK, [BEN])
    assert (await replica.known()).knows("U3")
    await replica.store._ask()
    await one.people.learn(DESK, [LEFT])
    await replica.known()
    await replica.store._ask()
    assert replica.closed == []
    await replica.store.close()
