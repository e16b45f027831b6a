"""What one replica does alone: a lease goes on with another one where its holder dies, stops or stands still."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

import pytest

from bot.domain.errors import StoreUnavailable
from bot.domain.workspace import Workspace
from bot.services import leases
from bot.services.leases import Leases
from bot.services.outbox.holds import LENGTH, RENEWAL, RETRY
from bot.services.ports.store import Hold, HoldLost, Transaction
from bot.services.ports.tasks import TurnFailed
from bot.tasks import Supervisor
from storage import open_store
from storage.tinydb.store import TinyDBStore
from tests.stores import store_url

pytestmark = pytest.mark.tinydb(reason="PostgreSQL measures holds by its own clock")

DESK = Workspace(team_id="T111")


class Seconds:
    """They pass when a test says so, for the leases and for the store."""

    def __init__(self) -> None:
        self.passed = 0.0

    def now(self) -> float:
        return monotonic() + self.passed


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[TinyDBStore]:
    store = open_store(store_url(tmp_path))
    assert isinstance(store, TinyDBStore)
    yield store
    await store.close()


@pytest.fixture
def seconds(store: TinyDBStore, monkeypatch: pytest.MonkeyPatch) -> Seconds:
    seconds = Seconds()
    monkeypatch.setattr(leases, "monotonic", seconds.now)
    monkeypatch.setattr(store._holds, "_clock", seconds.now)
    return seconds


def test_somebody_else_goes_on_within_fifteen_seconds_of_a_death() -> None:
    assert LENGTH + RETRY < 15
    assert 2 * RENEWAL < LENGTH, "a renewal that fails is tried again in time"


async def test_of_two_replicas_one_does_it(store: TinyDBStore) -> None:
    one, other = Leases(store), Leases(store)
    assert [await one.is_mine("clock"), await other.is_mine("clock")] == [True, False]
    for workspace in ("T1", "T2"):
        name = f"members:{workspace}"
        assert [await other.is_mine(name), await one.is_mine(name)] == [True, False]
    assert (one.held(), other.held()) == ({"clock": 1}, {"members": 2})


async def test_all_who_ask_for_the_same_at_once_get_the_same_answer(
    store: TinyDBStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold, asked = store.hold, list[str]()

    async def answered_later(name: str, holder: str, seconds: float) -> Hold | None:
        asked.append(name)
        await asyncio.sleep(0)
        return await hold(name, holder, seconds)

    monkeypatch.setattr(store, "hold", answered_later)
    one = Leases(store)
    assert await asyncio.gather(*(one.is_mine("members:T1") for _ in range(3))) == [True, True, True]
    assert asked == ["members:T1"]


async def test_one_that_is_renewed_is_kept_and_one_that_is_not_goes_to_the_other(
    store: TinyDBStore, seconds: Seconds
) -> None:
    one, other = Leases(store), Leases(store)
    assert await one.is_mine("clock")
    for _ in range(10):
        seconds.passed += RENEWAL
        await one._keep()
        assert not await other.is_mine("clock")
    seconds.passed += LENGTH - 1
    assert not await other.is_mine("clock")
    seconds.passed += RETRY
    assert await other.is_mine("clock")
    assert (one.held(), await one.is_mine("clock")) == ({}, False)


async def test_what_one_that_stood_still_still_writes_is_refused(
    store: TinyDBStore, seconds: Seconds
) -> None:
    one, other = Leases(store), Leases(store)
    old = await one.hold("clock")
    seconds.passed += LENGTH + 1
    new = await other.hold("clock")
    assert old
    assert new
    assert new.number > old.number

    async def work(tx: Transaction) -> None:
        await tx.require(old)

    with pytest.raises(HoldLost):
        await store.change(DESK, work)


async def test_one_that_stops_lets_go(store: TinyDBStore, seconds: Seconds) -> None:
    one, other = Leases(store), Leases(store)
    tasks = Supervisor(lambda: datetime.now(UTC))
    one.start(tasks)
    assert [await one.is_mine("clock"), await other.is_mine("clock")] == [True, False]
    await one.stop()
    seconds.passed += RETRY
    assert await other.is_mine("clock")
    await tasks.stop(0)


async def test_it_is_renewed_while_what_it_is_for_sleeps(store: TinyDBStore, seconds: Seconds) -> None:
    """A turn may come once an hour."""
    woken = asyncio.Event()

    async def wait(_: asyncio.Event, pause: float | None) -> None:
        seconds.passed += pause or 0
        woken.set()
        await asyncio.sleep(0)

    one, other, tasks = Leases(store), Leases(store), Supervisor(lambda: datetime.now(UTC), wait)
    assert await one.is_mine("hourly")
    began = seconds.passed
    one.start(tasks)
    while seconds.passed < began + 5 * LENGTH:
        woken.clear()
        await woken.wait()
    assert not await other.is_mine("hourly")
    await tasks.stop(0)


async def test_turns_are_taken_on_one_replica_and_on_the_other_once_that_has_died(
    store: TinyDBStore, seconds: Seconds
) -> None:
    taken = []

    async def turn(who: str) -> float:
        taken.append(who)
        return 3600.0

    one = Leases(store).alone("hourly", lambda: turn("one"))
    other = Leases(store).alone("hourly", lambda: turn("other"))
    assert [await one(), await other()] == [3600.0, RETRY]
    seconds.passed += LENGTH + 1
    assert [await other(), await one()] == [3600.0, RETRY]
    assert taken == ["one", "other"]


async def test_all_are_renewed_at_once_and_those_of_others_are_only_looked_at(
    store: TinyDBStore, seconds: Seconds, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = Leases(store), Leases(store)
    for workspace in range(10):
        assert [await each.is_mine(f"members:T{workspace}") for each in (one, other)] == [True, False]
    asked, renew, hold = [], store.renew, store.hold

    async def renewing(holds: Sequence[Hold], length: float) -> Sequence[Hold]:
        asked.append(f"renew {len(holds)}")
        return await renew(holds, length)

    async def holding(name: str, holder: str, length: float) -> Hold | None:
        asked.append("hold")
        return await hold(name, holder, length)

    monkeypatch.setattr(store, "renew", renewing)
    monkeypatch.setattr(store, "hold", holding)
    for _ in range(3):
        seconds.passed += RENEWAL
        for each in (one, other):
            await each._keep()
        assert [await each.is_mine("members:T3") for each in (one, other)] == [True, False]
    assert asked == ["renew 10"] * 3
    await one.let_go("members:T3")
    seconds.passed += RETRY
    await other._keep()
    assert await other.is_mine("members:T3")


async def test_a_store_that_is_away_ends_no_lease_before_its_time(
    store: TinyDBStore, seconds: Seconds, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, taken = Leases(store), []

    async def turn() -> float:
        taken.append(1)
        return 1.0

    alone = one.alone("clock", turn)
    await alone()

    async def away(*_: object) -> None:
        raise StoreUnavailable("away")

    for name in ("hold", "renew"):
        monkeypatch.setattr(store, name, away)
    seconds.passed += RENEWAL
    await alone()
    assert len(taken) == 2
    seconds.passed += LENGTH
    with pytest.raises(TurnFailed, match="store_unavailable"):
        await alone()
    seconds.passed += RENEWAL
    with pytest.raises(TurnFailed):
        await one._keep()
    assert len(taken) == 2


async def test_one_that_is_let_go_as_others_are_tried_is_not_taken_again(
    store: TinyDBStore, seconds: Seconds, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, one = Leases(store), Leases(store)
    assert [await other.is_mine("members:T1"), await one.is_mine("members:T1")] == [True, False]
    await other.let_go("members:T1")
    seconds.passed += RETRY
    holds = store.holds

    async def let_go_meanwhile(beginning: str) -> Sequence[Hold]:
        found = await holds(beginning)
        await one.let_go("members:T1")
        return found

    monkeypatch.setattr(store, "holds", let_go_meanwhile)
    await one._keep()
    assert await holds("members") == []


async def test_what_nobody_could_tell_is_asked_again_at_once(
    store: TinyDBStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not told as another's."""
    one = Leases(store)

    async def away(*_: object) -> Hold | None:
        raise StoreUnavailable("It is away.")

    with monkeypatch.context() as patched:
        patched.setattr(store, "hold", away)
        for _ in range(2):
            with pytest.raises(StoreUnavailable):
                await one.hold("clock")
    assert await one.is_mine("clock")
