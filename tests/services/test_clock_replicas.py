"""Of several replicas one has the clock: nothing is done twice, and nothing is forgotten where that one dies or stands still."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic

import pytest

from bot.domain.clock.timers import Timer
from bot.domain.workspace import Workspace
from bot.services import leases
from bot.services.clock import DeskClock
from bot.services.leases import Leases
from bot.services.outbox.holds import LENGTH, RETRY
from bot.services.ports.store import Reader, Transaction
from bot.tasks import Supervisor
from storage import open_store
from storage.tinydb.store import TinyDBStore
from tests.services.clock_kit import DESK, MONDAY
from tests.storage.samples import draft


class Subjects:
    """What a replica's clock acts on; it stands still before each one until its gate opens."""

    def __init__(self, struck: list[str]) -> None:
        self._struck = struck
        self.gate = asyncio.Event()
        self.gate.set()
        self.reached = asyncio.Event()

    async def prepared(self, *_: object) -> "Subjects":
        self.reached.set()
        await self.gate.wait()
        return self

    async def strike(self, tx: Transaction, _: Workspace, timer: Timer, now: datetime) -> None:
        """Each is looked at again an hour later."""
        self._struck.append(f"{timer.subject} {timer.at:%H:%M}")
        await tx.keep_timer(timer.model_copy(update={"at": now + timedelta(hours=1)}))


class Replicas:
    def __init__(self, store: TinyDBStore) -> None:
        self.store, self.now, self.passed = store, MONDAY, 0.0
        self.struck: list[str] = []
        self.subjects = [Subjects(self.struck), Subjects(self.struck)]
        self.leases = [Leases(store), Leases(store)]
        self.clocks = [self.clock(number) for number in (0, 1)]

    def clock(self, number: int) -> DeskClock:
        read, subjects = self.read, {"ticket": self.subjects[number]}
        return DeskClock(self.store, read, Supervisor(read), subjects, self.leases[number])

    def read(self) -> datetime:
        return self.now

    def monotonic(self) -> float:
        return monotonic() + self.passed

    def passes(self, seconds: float) -> None:
        self.passed += seconds
        self.now += timedelta(seconds=seconds)

    async def plan(self, subject: str, at: datetime) -> None:
        await self.store.change(DESK, lambda tx: tx.keep_timer(Timer(subject=subject, at=at)))

    async def turns(self, number: int) -> float:
        """Until nothing is left to be done."""
        while (pause := await self.clocks[number].turn()) == 0:
            pass
        return pause


@pytest.fixture
async def replicas(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Replicas]:
    store = open_store(f"tinydb:{tmp_path}")
    assert isinstance(store, TinyDBStore)
    monkeypatch.setattr(TinyDBStore, "is_shared", True)
    replicas = Replicas(store)
    monkeypatch.setattr(leases, "monotonic", replicas.monotonic)
    monkeypatch.setattr(store._holds, "_clock", replicas.monotonic)
    yield replicas
    await store.close()


async def test_of_two_clocks_one_acts(replicas: Replicas) -> None:
    for number in range(20):
        await replicas.plan(f"ticket:{number}", MONDAY)
    pauses = await asyncio.gather(replicas.turns(0), replicas.turns(1))
    assert pauses[1] == RETRY
    assert len(replicas.struck) == len({*replicas.struck}) == 20
    assert [each.held() for each in replicas.leases] == [{"clock": 1}, {}]


async def test_where_its_replica_dies_another_goes_on_within_fifteen_seconds(replicas: Replicas) -> None:
    await replicas.turns(0)
    await replicas.plan("ticket:1", MONDAY + timedelta(seconds=1))
    replicas.passes(LENGTH - 1)
    assert await replicas.turns(1) == RETRY
    replicas.passes(RETRY)
    await replicas.turns(1)
    assert replicas.struck == ["ticket:1 09:00"]


async def test_one_that_stood_still_does_nothing_twice(replicas: Replicas) -> None:
    await replicas.plan("ticket:1", MONDAY)
    replicas.subjects[0].gate.clear()
    old = asyncio.create_task(replicas.turns(0))
    await replicas.subjects[0].reached.wait()
    replicas.passes(LENGTH + RETRY)
    await replicas.turns(1)
    replicas.subjects[0].gate.set()
    await old
    assert replicas.struck == ["ticket:1 09:00"]
    assert await replicas.turns(0) == RETRY


async def test_what_the_other_has_planned_meanwhile_is_kept_to(replicas: Replicas) -> None:
    """Whoever gets the clock back has an old idea of what comes next."""
    await replicas.plan("ticket:1", MONDAY)
    await replicas.turns(0)
    replicas.passes(LENGTH + 1)
    await replicas.turns(1)
    await replicas.plan("ticket:2", MONDAY + timedelta(minutes=1))
    replicas.passes(60)
    await replicas.turns(0)
    assert replicas.struck == ["ticket:1 09:00", "ticket:2 09:01"]


async def test_a_timer_that_nobody_told_of_is_acted_on(replicas: Replicas) -> None:
    """Another replica has planned it, and its word was lost."""
    await replicas.turns(0)
    replicas.store.on_timers(lambda _: None)
    await replicas.plan("ticket:1", MONDAY)
    await replicas.turns(0)
    assert replicas.struck == ["ticket:1 09:00"]


async def test_a_clock_that_is_set_back_is_looked_at_in_every_workspace(replicas: Replicas) -> None:
    await replicas.plan("digest:U1", MONDAY + timedelta(days=300))
    await replicas.turns(0)
    replicas.now -= timedelta(minutes=1)
    await replicas.turns(0)
    reader: Reader = replicas.store.read(DESK)
    assert await reader.timer("digest:U1") is None


async def test_a_workspace_in_which_nothing_is_due_is_begun_too(replicas: Replicas) -> None:
    """Also one that came after the start, or was made by another replica."""
    clock = replicas.clocks[0]
    await clock.start()
    await clock.stop()
    for team in ("T1", "T2"):
        workspace = Workspace(team_id=team)
        await replicas.store.change(workspace, lambda tx: tx.keep_draft(draft("1")))
        replicas.passes(61)
        await replicas.turns(0)
        assert (await replicas.store.read(workspace).settings()).clock.begun
