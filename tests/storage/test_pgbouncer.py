"""Behind a PgBouncer that pools by transactions, everything works: with and without prepared statements, with and without LISTEN."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from bot.domain.clock.timers import Timer
from bot.services.ports.store import Transaction
from storage import store_url
from storage.postgres.store import PostgresStore
from tests.patience import PATIENCE
from tests.pgbouncer import PROGRAM, knows_prepared_statements, pooled
from tests.storage.samples import DESK, NOW, ticket

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="no pgbouncer: apt-get install pgbouncer")


def opened(url: str, direct: str | None = None) -> PostgresStore:
    store = store_url(url, direct=direct).open()
    assert isinstance(store, PostgresStore)
    return store


async def until(found: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not found():  # noqa: ASYNC110  (nothing tells of it)
            await asyncio.sleep(0.02)


@pytest.fixture
async def through(postgresql_url: str) -> AsyncIterator[str]:
    async with pooled(postgresql_url) as url:
        yield url


async def save(tx: Transaction) -> int:
    number = await tx.next_number()
    await tx.save(ticket(number), now=NOW)
    return number


async def test_transactions_and_reads_of_two_replicas_hold(through: str) -> None:
    replicas = [opened(through), opened(through)]
    numbers = await asyncio.gather(*(replicas[at % 2].change(DESK, save) for at in range(40)))
    assert sorted(numbers) == [*range(1, 41)]
    found = await asyncio.gather(*(replicas[at % 2].read(DESK).ticket(at) for at in numbers))
    assert [each and each.number for each in found] == numbers
    assert [each.database.address.has_prepared_statements for each in replicas] == (
        [knows_prepared_statements()] * 2
    )
    for each in replicas:
        await each.close()


@pytest.mark.parametrize("has_direct", [True, False])
async def test_replicas_hear_of_each_other(through: str, postgresql_url: str, has_direct: bool) -> None:  # noqa: FBT001
    """By LISTEN past the pooler, or else by asking every second."""
    one, other = (opened(through, postgresql_url if has_direct else None) for _ in range(2))
    woken: list[str] = []
    other.on_timers(lambda workspace: woken.append(workspace.id))
    await one.change(DESK, save)
    await other.open(DESK)
    if has_direct:
        await until(lambda: one.signals.are_heard and other.signals.are_heard)
    await one.change(DESK, lambda tx: tx.keep_timer(Timer(subject="ticket:1", at=NOW)))
    await until(lambda: DESK.id in woken)
    if not has_direct:
        assert not other.signals.are_heard
    for each in (one, other):
        await each.close()


async def test_the_doctor_tells_of_it(through: str) -> None:
    url = store_url(through)
    await url.migrate()
    off = "there is one, and prepared statements are off: each takes more trips"
    for text, is_off in (
        (through, not knows_prepared_statements()),
        (f"{through}?statement_cache_size=0", True),
    ):
        found = {each.name: each for each in await store_url(text).examine()}
        assert found["pooler"].detail == (off if is_off else "there is one, and it knows prepared statements")
        assert found["schema"].verdict == "ok"


async def test_commands_go_through_it_while_a_replica_is_at_work(through: str) -> None:
    store = opened(through)
    await store.change(DESK, save)
    for _ in range(3):
        url = store_url(through)
        assert await url.exists()
        assert [*await url.replicas()] == []
        assert "Nothing to do" in (await url.migrate())[0]
        await store.change(DESK, save)
    await store.close()
