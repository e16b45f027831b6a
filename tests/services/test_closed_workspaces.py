"""Courier, clock and people where workspaces close: nothing is late, and nothing of a closed one is kept in memory."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import cast

import pytest

from bot.domain.clock.timers import Timer
from bot.domain.errors import StoreUnavailable
from bot.domain.people import Person
from bot.domain.workspace import Workspace
from bot.services.clock import LONGEST_SLEEP, DeskClock
from bot.services.outbox.takeover import LONGEST_PAUSE
from bot.services.people import People
from bot.services.ports.messenger import ChannelClosed, NoAnswer, RateLimited, Unauthorized
from bot.services.ports.store import Transaction
from bot.services.ports.tasks import TurnFailed
from bot.tasks import Supervisor
from storage.tinydb import open_databases
from storage.tinydb.store import TinyDBStore
from tests.services.courier_kit import DESK, OTHER, Office
from tests.storage.folders import teams
from tests.storage.test_open_and_closed import until

HOUR = timedelta(hours=1)

pytestmark = pytest.mark.tinydb(reason="no workspace is opened or closed on PostgreSQL")


@pytest.fixture
async def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Office]:
    monkeypatch.setattr(open_databases, "IDLE", -1.0)
    office = Office(tmp_path)
    yield office
    await office.close()


async def close_idle(office: Office) -> set[str]:
    """Which are still open then."""
    await office.store.close_idle()
    databases = cast(TinyDBStore, office.store)._databases
    await until(lambda: not databases._under_way)
    return {*databases.open}


async def put_off(office: Office, by: timedelta) -> None:
    """All that is in the outbox."""

    async def work(tx: Transaction) -> None:
        for job in await tx.jobs():
            await tx.enqueue(job.model_copy(update={"due_at": office.now + by, "attempts": 13}))

    await office.store.change(DESK, work)


async def test_a_workspace_stays_open_while_something_goes_out_or_will_soon(office: Office) -> None:
    gate = asyncio.Event()
    office.slack.script[1] = [gate]
    await office.courier.start()
    await office.post(1)
    await office.rest()
    assert await close_idle(office) == {"T111"}, "it is under way"
    gate.set()
    await office.deliver_all()
    assert await close_idle(office) == set()
    assert not office.courier._outboxes
    await office.change(1)
    await office.deliver_all()
    assert office.versions() == [[1, 2]]


async def test_a_job_that_falls_due_in_a_closed_workspace_is_delivered_then(office: Office) -> None:
    await office.post(1)
    await put_off(office, HOUR)
    await office.courier.start()
    await office.rest()
    assert await close_idle(office) == set()
    assert not office.courier._outboxes
    assert office.courier.status().waiting == 1, "it is still told of"
    assert await office.courier._takeover.turn() == pytest.approx(LONGEST_PAUSE)
    office.now += HOUR - timedelta(seconds=5)
    assert await office.courier._takeover.turn() == pytest.approx(5), "it wakes up for it"
    assert not cast(TinyDBStore, office.store)._databases.open
    office.now += timedelta(seconds=5)
    await office.courier._takeover.turn()
    await office.deliver_all()
    assert office.slack.posted() == ["U1"]
    assert office.courier.status().waiting == 0


async def test_a_workspace_whose_token_is_refused_closes_and_rests_until_it_is_resumed(
    office: Office,
) -> None:
    office.slack.script[1] = [Unauthorized("token_revoked")]
    await office.courier.start()
    await office.post(1)
    await office.rest()
    assert office.courier.refused(DESK) == "token_revoked"
    assert await close_idle(office) == set()
    await office.courier._takeover.turn()
    assert not cast(TinyDBStore, office.store)._databases.open, "nobody opens it for what nobody takes"
    assert office.courier.refused(DESK) == "token_revoked"
    assert dict(office.courier.status().stopped) == {"token_revoked": 1}
    await office.change(1)
    await office.rest()
    assert office.asked() == ["post"], "used again, it is still refused"
    assert await close_idle(office) == set()
    office.courier.resume(DESK)
    await until(lambda: office.slack.posted() == ["U1"])
    assert office.courier.status().stopped == {}


async def tries(office: Office) -> list[int]:
    """How many calls there were after each opening and closing, for a while."""
    found = []
    for _ in range(5):
        office.now += timedelta(seconds=20)
        await office.courier._takeover.turn()
        await office.store.read(DESK).ticket(1)  # somebody looks
        await until(lambda: DESK.id in cast(TinyDBStore, office.store)._databases.open)
        await office.courier._takeover.turn()
        await office.rest()
        await close_idle(office)
        found.append(len(office.slack.calls))
    return found


async def test_slack_is_left_alone_for_as_long_as_it_said_though_the_workspace_is_closed(
    office: Office,
) -> None:
    office.slack.script[1] = [RateLimited("ratelimited", 3600)]
    await office.courier.start()
    await office.post(1)
    await office.rest()
    assert await close_idle(office) == set()
    assert await tries(office) == [1] * 5
    await office.post(2)
    await office.rest()
    assert office.asked() == ["post"], "nor is it asked for another card"
    assert await close_idle(office) == set()
    office.now += HOUR
    await office.courier._takeover.turn()
    await office.deliver_all()
    assert sorted(office.slack.posted()) == ["U1", "U1"]


async def test_back_off_goes_on_where_the_workspace_is_closed_meanwhile(office: Office) -> None:
    office.slack.script[1] = [NoAnswer("timeout")] * 9
    await office.courier.start()
    await office.post(1)
    await office.rest()
    for _ in range(7):  # 1, 2, 4 … 64 seconds
        office.advance((min(office.times()) - office.now).total_seconds())
        await office.rest()
    assert len(office.slack.calls) == 8
    assert await close_idle(office) == set(), "what waits for two minutes is closed"
    assert office.courier.status().waiting == 1
    assert await tries(office) == [8] * 5
    office.advance(28)
    await office.rest()
    assert len(office.slack.calls) == 9
    assert office.times() == [office.now + timedelta(seconds=256)], "it failed for the ninth time"
    await close_idle(office)
    office.courier.retry()
    await until(lambda: office.slack.posted() == ["U1"])


async def test_what_is_set_aside_in_a_closed_workspace_is_told_of_and_put_back(office: Office) -> None:
    office.slack.script[1] = [ChannelClosed("is_archived"), ChannelClosed("cannot_dm_bot")]
    await office.courier.start()
    await office.post(1)
    await office.deliver_all()
    aside = dict(office.courier.status().set_aside)
    assert sum(aside.values()) == 1
    assert await close_idle(office) == set()
    assert dict(office.courier.status().set_aside) == aside
    await office.stop()
    office.open()
    await office.courier.start()
    assert dict(office.courier.status().set_aside) == aside, "another process tells of it without opening it"
    assert not cast(TinyDBStore, office.store)._databases.open
    office.courier.resume(DESK)
    assert dict(office.courier.status().set_aside) == aside
    office.courier.retry()
    await until(lambda: len(office.slack.posted()) == 1)
    assert office.courier.status().set_aside == {}


async def test_of_many_in_which_something_is_due_few_are_open_at_a_time(office: Office) -> None:
    """They stay open while something goes out: each is taken over once there is room."""
    databases, workspaces = cast(TinyDBStore, office.store)._databases, teams(12)
    databases.most = most = 4
    for workspace in workspaces:
        await office.post(1, workspace=workspace)
    assert await close_idle(office) == set()
    gate = asyncio.Event()
    office.slack.script[1] = [gate] * 12
    await office.courier.start()
    for _ in range(3):
        await office.rest()
    assert most <= len(databases.open) < 2 * most
    gate.set()
    while len(office.slack.posted()) < 12:
        office.courier._takeover._ask_at.update(
            dict.fromkeys(office.courier._takeover._without_room, 0.0)
        )  # a second has passed
        await office.courier._takeover.turn()
        await office.rest()
        assert len(databases.open) < 2 * most
    assert sorted(office.slack.posted()) == ["U1"] * 12
    await office.courier.idle()


async def test_a_workspace_that_is_forgotten_leaves_nothing_with_the_courier(office: Office) -> None:
    await office.courier.start()
    await office.post(1)
    await office.post(1, workspace=OTHER)
    await office.store.forget(DESK)
    assert {*office.courier._outboxes} <= {OTHER.id}
    await office.store.forget(OTHER)
    await office.rest()
    assert (office.courier._outboxes, [*office.courier._closed]) == ({}, [])


class Struck:
    """Counts what the clock acts on."""

    def __init__(self) -> None:
        self.subjects: list[str] = []

    async def strike(self, _: Transaction, __: object, timer: Timer, ___: object) -> None:
        self.subjects.append(timer.subject)


async def test_a_timer_of_a_closed_workspace_is_acted_on_at_its_moment(office: Office) -> None:
    struck = Struck()
    clock = DeskClock(office.store, lambda: office.now, Supervisor(lambda: office.now), {"ticket": struck})
    at = office.now + HOUR
    await office.store.change(DESK, lambda tx: tx.keep_timer(Timer(subject="ticket:1", at=at)))
    await office.store.change(OTHER, lambda tx: tx.keep_timer(Timer(subject="ticket:2", at=at + HOUR)))
    assert await clock.turn() == LONGEST_SLEEP
    assert await close_idle(office) == set()
    assert await clock.turn() == LONGEST_SLEEP
    assert not cast(TinyDBStore, office.store)._databases.open, "nothing is opened before it is due"
    office.now = at - timedelta(seconds=3)
    assert await clock.turn() == 3
    office.now = at
    while await clock.turn() == 0:
        pass
    assert struck.subjects == ["ticket:1"]
    assert await close_idle(office) == set()
    office.now = at + HOUR
    while await clock.turn() == 0:
        pass
    assert struck.subjects == ["ticket:1", "ticket:2"]


async def test_a_timer_of_a_workspace_that_was_opened_for_something_else_is_acted_on_too(
    office: Office,
) -> None:
    struck = Struck()
    clock = DeskClock(office.store, lambda: office.now, Supervisor(lambda: office.now), {"ticket": struck})
    at = office.now + timedelta(seconds=5)
    await office.store.change(DESK, lambda tx: tx.keep_timer(Timer(subject="ticket:1", at=at)))
    assert await clock.turn() == 5
    assert await close_idle(office) == set()
    assert await clock.turn() == 5
    assert await office.store.read(DESK).jobs() == ()
    office.now = at
    while await clock.turn() == 0:
        pass
    assert struck.subjects == ["ticket:1"]


async def test_a_workspace_that_cannot_be_opened_holds_up_no_other(tmp_path: Path) -> None:
    (tmp_path / "T0.json").write_text("{")
    office, struck = Office(tmp_path), Struck()
    clock = DeskClock(office.store, lambda: office.now, Supervisor(lambda: office.now), {"ticket": struck})
    people = People(office.store, lambda: office.now)
    await people.load()
    await office.courier.start()
    await clock.start()
    timer = Timer(subject="ticket:1", at=office.now)
    await office.store.change(DESK, lambda tx: tx.keep_timer(timer))
    await office.post(1)
    await office.deliver_all()
    while await clock.turn() == 0:
        pass
    assert (office.slack.posted(), struck.subjects) == (["U1"], ["ticket:1"])
    assert await office.courier._takeover.turn() > 0
    assert await office.store.fault() is None
    assert "T0.json is damaged" in office.store.troubles()["T0"]
    await clock.stop()
    await office.close()


async def test_a_workspace_that_cannot_be_written_holds_up_no_other_with_its_timers(office: Office) -> None:
    struck = Struck()
    clock = DeskClock(office.store, lambda: office.now, Supervisor(lambda: office.now), {"ticket": struck})
    for workspace in (DESK, OTHER):
        timer = Timer(subject=f"ticket:{workspace.id[1]}", at=office.now)
        await office.store.change(workspace, partial(_keep, timer))
    change = office.store.change

    async def is_full(workspace: Workspace, work: Callable[[Transaction], Awaitable[None]]) -> None:
        if workspace == DESK:
            raise StoreUnavailable("The journal was moved.")
        await change(workspace, work)

    with pytest.MonkeyPatch.context() as broken:
        broken.setattr(office.store, "change", is_full)
        with pytest.raises(TurnFailed):
            await clock.turn()
        assert struck.subjects == ["ticket:2"]
        assert await clock.turn() > 0, "and the turns after that do not fail"
    office.now += timedelta(seconds=LONGEST_SLEEP)
    await clock.turn()
    assert struck.subjects == ["ticket:2", "ticket:1"]


async def _keep(timer: Timer, tx: Transaction) -> None:
    await tx.keep_timer(timer)


async def test_who_is_in_a_closed_workspace_is_read_again(office: Office) -> None:
    people = People(office.store, lambda: office.now)
    await people.learn(DESK, [Person(id="U1", names=("Ana",))])
    assert (await people.of(DESK)).name("U1") == "Ana"
    assert await close_idle(office) == set()
    assert (people._known, people._locks) == ({}, {})
    assert (await people.of(DESK)).name("U1") == "Ana"
    await people.learn(DESK, [Person(id="U2", names=("Ben",))])
    assert await close_idle(office) == set()
    assert (await people.of(DESK)).name("U2") == "Ben"
