"""A transaction may begin with what its process has just read: it reads that no more, and is never wrong by it."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from bot.domain.ticket import Ticket
from bot.services.ports.store import Transaction
from storage.postgres.address import Address
from storage.postgres.database import Database
from storage.postgres.store import PostgresStore
from tests.storage.samples import DESK, NOW, job, ticket

Two = tuple[PostgresStore, PostgresStore]


@pytest.fixture
async def two(postgresql_url: str) -> AsyncIterator[Two]:
    """Two stores on one database with a ticket and its job, which both have heard of."""
    async with AsyncExitStack() as stack:
        stores = (
            PostgresStore(Database(Address(postgresql_url))),
            PostgresStore(Database(Address(postgresql_url))),
        )
        for store in stores:
            stack.push_async_callback(store.close)

        async def work(tx: Transaction) -> None:
            await tx.save(ticket(1), now=NOW)
            await tx.enqueue(job(1))

        await stores[0].change(DESK, work)
        for store in stores:
            await store.open(DESK)
            await store.signals.close()  # nobody else asks for anything here
        yield stores


async def changed(tx: Transaction) -> int:
    """Makes the ticket's next version, and gives it."""
    known = await tx.ticket(1)
    assert known
    await tx.save(known.model_copy(update={"version": known.version + 1}), now=NOW)
    return known.version + 1


async def trips(store: PostgresStore, work: object) -> int:
    before = store.database.trips
    await work  # type: ignore[misc]
    return store.database.trips - before


async def read(store: PostgresStore) -> Ticket:
    found = await store.read(DESK).ticket(1)
    assert found
    return found


async def settle(tx: Transaction) -> None:
    assert await tx.job(job(1).id)
    await tx.dequeue(job(1).id)


async def test_what_was_just_read_is_not_read_again_by_the_transaction_after_it(two: Two) -> None:
    store, _ = two
    assert len(await store.read(DESK).jobs()) == 1
    assert await trips(store, store.change(DESK, settle)) == 1
    assert await store.read(DESK).jobs() == ()


async def test_after_a_commit_it_is_read_again(two: Two) -> None:
    store, _ = two
    await read(store)
    assert await store.change(DESK, changed) == 2
    assert await trips(store, store.change(DESK, changed)) == 2
    assert (await read(store)).version == 3


async def test_a_transaction_that_began_with_what_another_replica_has_changed_runs_again(two: Two) -> None:
    store, other = two
    assert (await read(store)).version == 1
    assert await other.change(DESK, changed) == 2
    assert await store.change(DESK, changed) == 3
    assert (await read(other)).version == 3


async def test_one_that_only_reads_gives_what_is_committed(two: Two) -> None:
    store, other = two
    await read(store)
    await other.change(DESK, changed)

    async def looking(tx: Transaction) -> int:
        found = await tx.ticket(1)
        assert found
        return found.version

    assert await store.change(DESK, looking) == 2


async def test_one_that_fails_by_what_was_true_a_moment_ago_runs_again(two: Two) -> None:
    store, other = two
    await read(store)
    await other.change(DESK, changed)

    async def picky(tx: Transaction) -> None:
        found = await tx.ticket(1)
        assert found
        if found.version == 1:
            message = "that was long ago"
            raise ValueError(message)
        await tx.dequeue(job(1).id)

    await store.change(DESK, picky)
    assert await store.read(DESK).jobs() == ()


async def test_a_workspace_that_was_forgotten_meanwhile_has_nothing(two: Two) -> None:
    store, other = two
    await read(store)
    await other.forget(DESK)

    async def looking(tx: Transaction) -> Ticket | None:
        found = await tx.ticket(1)
        await tx.enqueue(job(2))
        return found

    assert await store.change(DESK, looking) is None
