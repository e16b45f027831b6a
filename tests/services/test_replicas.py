"""Two couriers with a store each, as two replicas have them, on one PostgreSQL: each card once, whoever dies or stands still, and
each replica its share."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from typing import cast
from uuid import UUID, uuid4

import pytest
from structlog.testing import capture_logs

from bot.domain.errors import StoreUnavailable
from bot.domain.outbox import Job, Target, updates
from bot.domain.unheard_notice import UnheardNotice
from bot.domain.workspace import Workspace
from bot.services.outbox import holds, overtaken, shares, takeover
from bot.services.outbox.courier import Courier
from bot.services.outbox.holds import lane_name
from bot.services.outbox.queue import JobQueue
from bot.services.outbox.stored import restore
from bot.services.ports.messenger import Unauthorized, Undeliverable
from bot.services.ports.store import Hold, Store, Transaction
from bot.tasks import Supervisor
from storage import open_store
from storage.postgres import database
from storage.postgres.reader import PostgresReader
from storage.postgres.store import PostgresStore
from tests.postgres import Databases, server
from tests.services.courier_kit import LateAndLost, Slack, new_ticket, supervisor_of
from tests.stores import CONNECTED_WITHIN

DESKS = [Workspace(team_id=f"T{number}") for number in range(1, 7)]


@pytest.fixture(scope="module")
def databases() -> Iterator[Databases]:
    with server() as url:
        databases = Databases(url)
        yield databases
        databases.drop()


class Replica:
    """A courier and its store."""

    def __init__(self, url: str, slack: Slack) -> None:
        self.store: Store = open_store(url)
        self.slack = slack
        self.courier = Courier(
            self.store, slack, now, Supervisor(now), backoff=lambda _: timedelta(seconds=0.2)
        )

    @property
    def held(self) -> set[str]:
        return {*self.courier._outboxes}

    async def post(
        self, workspace: Workspace, channel: str, user: str = "U1", ahead: timedelta = timedelta()
    ) -> Job:
        """A ticket, whose card is to be shown. `ahead`: by so much the clock of whoever wants it is."""
        target, due_at = Target(channel=channel, user=user), now() + ahead

        async def work(tx: Transaction) -> Job:
            ticket = new_ticket(await tx.next_number()).model_copy(update={"id": uuid4()})
            await tx.save(ticket, now=now())
            job = Job(id=uuid4(), number=ticket.number, target=target, created_at=now(), due_at=due_at)
            await tx.enqueue(self.courier.claimed(workspace, job))
            return job

        return await self.store.change(workspace, work)

    async def change(self, workspace: Workspace, number: int) -> None:
        async def work(tx: Transaction) -> None:
            ticket = await tx.ticket(number)
            assert ticket
            changed = ticket.model_copy(update={"version": ticket.version + 1})
            await tx.save(changed, now=now())
            for job in updates(changed, now()):
                await tx.enqueue(job)

        await self.store.change(workspace, work)

    async def die(self) -> None:
        """As the end of its process: nothing is let go."""
        tasks = [task for each in supervisor_of(self.courier)._all.values() for task in each.tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self.courier._outboxes.clear()
        self.courier._takeover._ask_at.clear()
        self.store.on_jobs(lambda *_: None)


def now() -> datetime:
    return datetime.now(UTC)


class Replicas:
    def __init__(self, url: str) -> None:
        self.url = url
        self.slack = Slack(now, asyncio.Event())
        self.all: list[Replica] = []

    async def start(self) -> Replica:
        self.all.append(replica := Replica(self.url, self.slack))
        await replica.courier.start()
        return replica

    async def drained(self) -> None:
        await until(self._is_drained)

    async def _is_drained(self) -> bool:
        store = self.all[-1].store
        return not any([await store.read(each).jobs() for each in DESKS])

    async def recorded(self) -> Sequence[tuple[str, str]]:
        """Where the cards of all tickets stand."""
        store, found = self.all[-1].store, list[tuple[str, str]]()
        for workspace in DESKS:
            number = 1
            while ticket := await store.read(workspace).ticket(number):
                found += [(each.channel, each.ts) for each in ticket.cards]
                number += 1
        return sorted(found)

    def standing(self) -> Sequence[tuple[str, str]]:
        """The messages that there are."""
        return sorted(
            (place.channel, place.ts) for place, message in self.slack.messages.items() if not message.deleted
        )

    async def close(self) -> None:
        for replica in self.all:
            with suppress(Exception):
                await replica.courier.stop(grace=0)
            await replica.store.close()


@pytest.fixture
async def replicas(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Replicas]:
    """Their holds last for four seconds, and not for twelve."""
    times = {
        "LENGTH": 1.5,
        "RENEWAL": 0.3,
        "RETRY": 0.2,
        "LONGEST_CALL": 0.7,
        "MARGIN": 0.1,
        "REST": 1.0,
        "LEFT_TO_OTHERS": 1.4,
        "WATCHED": 3.0,
    }
    for module in (holds, shares, overtaken, takeover):
        for name, seconds in times.items():
            if hasattr(module, name):
                monkeypatch.setattr(module, name, seconds)
    monkeypatch.setattr(database, "CONNECT", CONNECTED_WITHIN)
    replicas = Replicas(url := databases.take())
    yield replicas
    await replicas.close()
    databases.give_back(url)


async def until(holds_true: Callable[[], object], seconds: float = 90) -> None:
    async with asyncio.timeout(seconds):
        while True:
            found = holds_true()
            if await found if asyncio.iscoroutine(found) else found:
                return
            await asyncio.sleep(0.02)


async def test_of_hundreds_of_jobs_from_two_replicas_each_is_one_card_and_a_channel_gets_one_a_second(
    replicas: Replicas,
) -> None:
    both = [await replicas.start(), await replicas.start()]
    channels = [(desk, f"C{desk.id}{number}") for desk in DESKS for number in range(16)]
    posts = [
        both[(turn + index) % 2].post(desk, channel)
        for turn in range(3)
        for index, (desk, channel) in enumerate(channels)
    ]
    await asyncio.gather(*posts)
    await replicas.drained()
    assert replicas.standing() == await replicas.recorded()
    assert len(replicas.standing()) == len(posts) == 288
    posted: dict[str, list[datetime]] = {}
    for call in replicas.slack.calls:
        if call.call == "post":
            posted.setdefault(call.job.channel, []).append(call.at)
    gaps = [
        (later - sooner).total_seconds() for at in posted.values() for sooner, later in pairwise(sorted(at))
    ]
    assert min(gaps) > 0.95
    assert both[0].held
    assert both[1].held
    assert not both[0].held & both[1].held


async def test_where_a_replica_dies_the_other_shows_all_that_it_left_once(replicas: Replicas) -> None:
    first = await replicas.start()
    await first.post(DESKS[0], "C0")
    await replicas.drained()
    replicas.slack.script[2] = [asyncio.Event()]
    for desk in DESKS:
        for number in range(2):
            await first.post(desk, f"C{desk.id}{number}")
    other = await replicas.start()
    await first.die()
    began = asyncio.get_running_loop().time()
    await replicas.drained()
    assert asyncio.get_running_loop().time() - began < holds.LENGTH + holds.RETRY + 5
    assert replicas.standing() == await replicas.recorded()
    assert len(replicas.standing()) == 13
    assert not first.held & other.held


async def test_what_a_process_left_whose_clock_was_a_month_ahead_is_shown_at_once(replicas: Replicas) -> None:
    gone = Replica(replicas.url, replicas.slack)
    for desk in DESKS[:2]:
        await gone.post(desk, "C0", ahead=timedelta(days=30))
    await gone.store.close()
    await replicas.start()
    await replicas.drained()
    assert len(replicas.standing()) == 2


@pytest.mark.parametrize("answers", [True, False])
async def test_what_one_posts_that_stood_still_is_taken_back(
    replicas: Replicas,
    monkeypatch: pytest.MonkeyPatch,
    answers: bool,  # noqa: FBT001
) -> None:
    frozen = await replicas.start()
    gate = asyncio.Event()
    replicas.slack.script[1] = [gate if answers else LateAndLost(gate)]

    async def stands_still(_: Workspace, __: object, show: Callable[[], Awaitable[object]]) -> object:
        """Nothing is cut off in a process that stands still."""
        return await show()

    monkeypatch.setattr(frozen.courier._attempts, "_in_time", stands_still)
    posting = asyncio.create_task(frozen.post(DESKS[0], "C1"))
    await until(lambda: replicas.slack.calls)
    await posting

    async def nothing(*_: object) -> None:
        """It renews nothing."""
        raise StoreUnavailable("It stands still.")

    with monkeypatch.context() as patch:
        patch.setattr(frozen.store, "hold", nothing)
        patch.setattr(frozen.store, "renew", nothing)
        await replicas.start()
        await until(lambda: len(replicas.slack.messages) == 1)
        await replicas.drained()
        gate.set()
        await until(lambda: len(replicas.slack.messages) == 2)
    await until(lambda: len(replicas.standing()) == 1)
    await replicas.drained()
    assert replicas.standing() == await replicas.recorded()


@pytest.mark.parametrize("recorded", [True, False], ids=["a card", "a notice"])
async def test_what_one_posts_that_stood_still_and_is_killed_at_once_is_taken_back(
    replicas: Replicas,
    recorded: bool,  # noqa: FBT001
) -> None:
    """Nobody is left who could say that it was posted too late. The one that stays is the other one's, which may tell more."""
    frozen = await replicas.start()
    await frozen.post(DESKS[0], "C0")
    await replicas.drained()
    replicas.slack.script[2 if recorded else None] = [asyncio.Event()]
    if recorded:
        await frozen.post(DESKS[0], "C1")
    else:
        await frozen.store.change(DESKS[0], lambda tx: tx.enqueue(notice()))
    await until(lambda: len(replicas.slack.calls) == 2)
    job = replicas.slack.calls[-1].job
    await frozen.die()
    await replicas.start()
    await until(lambda: len(replicas.slack.messages) == 2)
    late = replicas.slack._post(job, new_ticket(2))
    assert late
    await until(lambda: replicas.slack.at(late).deleted)
    await replicas.drained()
    assert [each.channel for each in replicas.slack.messages] == ["C0", "C1", "C1"]
    assert [each.deleted for each in replicas.slack.messages.values()] == [False, False, True]


def notice() -> Job:
    told = UnheardNotice(ticket="acme/T-1", home="Acme", comment="K1")
    target = Target(user="U1", channel="C1")
    return Job(id=UUID(int=77), target=target, notice=told, created_at=now(), due_at=now())


async def test_a_replica_that_comes_gets_its_share_and_one_that_goes_leaves_it(replicas: Replicas) -> None:
    first = await replicas.start()
    for desk in DESKS:
        await first.post(desk, f"C{desk.id}")
    await replicas.drained()
    assert len(first.held) == 6
    second = await replicas.start()

    async def posts(via: Sequence[Replica]) -> None:
        for index, desk in enumerate(DESKS):
            await via[index % len(via)].post(desk, f"C{desk.id}{uuid4()}")
        await replicas.drained()

    async def is_fair() -> bool:
        await posts([first])  # all come to the one, and the other gets its share all the same
        return (len(first.held), len(second.held)) == (3, 3)

    await until(is_fair)
    before = first.held, second.held
    for _ in range(3):
        await posts([first, second])
    assert (first.held, second.held) == before, "nothing goes back and forth"
    await second.courier.stop(grace=1)
    await posts([first])
    assert len(first.held) == 6
    assert replicas.standing() == await replicas.recorded()


async def test_a_job_is_born_claimed_only_where_its_workspace_is_held(replicas: Replicas) -> None:
    holder, other = await replicas.start(), await replicas.start()
    await holder.post(DESKS[0], "C1")
    await replicas.drained()
    (held,) = [each for each in (holder, other) if each.held]
    job = Job(
        id=UUID(int=1), number=1, target=Target(channel="C2", user="U1"), created_at=now(), due_at=now()
    )
    (idle,) = [each for each in (holder, other) if not each.held]
    assert held.courier.claimed(DESKS[0], job).claimed_at
    assert idle.courier.claimed(DESKS[0], job).claimed_at is None


async def test_what_one_leaves_that_stops_goes_out_as_soon_as_its_channels_have_rested(
    replicas: Replicas, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a restart: it is asked for once more then, and not only when the next turn comes."""
    stopped = await replicas.start()
    await stopped.post(DESKS[0], "C1")
    await replicas.drained()
    monkeypatch.setattr(JobQueue, "is_resting", lambda *_: True)
    await stopped.courier.stop(grace=0)
    await stopped.post(DESKS[0], "C1")
    for module, name in ((holds, "RENEWAL"), (holds, "LENGTH"), (takeover, "RENEWAL"), (takeover, "RETRY")):
        monkeypatch.setattr(module, name, 3600.0)
    replicas.all.append(started := Replica(replicas.url, replicas.slack))
    asked, hold = list[bool](), started.store.hold

    async def recorded(name: str, holder: str, seconds: float) -> Hold | None:
        found = await hold(name, holder, seconds)
        if name == lane_name(DESKS[0]):
            asked.append(found is not None)
        return found

    monkeypatch.setattr(started.store, "hold", recorded)
    await started.courier.start()
    await replicas.drained()
    assert asked in ([False, True], [True], [False, False, True]), (
        "on a slow machine they have rested as the other starts, or as it hears that they had not"
    )
    assert len(replicas.standing()) == 2


async def test_what_comes_while_a_workspace_is_taken_over_goes_out_after_what_was_there(
    replicas: Replicas, monkeypatch: pytest.MonkeyPatch
) -> None:
    replica, is_read, go_on = await replicas.start(), asyncio.Event(), asyncio.Event()
    read = PostgresReader.jobs

    async def slow(self: PostgresReader) -> Sequence[Job]:
        found = await read(self)
        is_read.set()
        await go_on.wait()
        return found

    monkeypatch.setattr(PostgresReader, "jobs", slow)
    await replica.post(DESKS[0], "C1")
    await is_read.wait()
    for _ in range(2):
        await replica.post(DESKS[0], "C1")
    go_on.set()
    await until(lambda: len(replicas.slack.messages) == 3)
    assert [call.job.number for call in replicas.slack.calls] == [1, 2, 3]


async def test_what_is_saved_by_another_replica_is_shown_by_the_one_that_holds_the_workspace(
    replicas: Replicas,
) -> None:
    holder, other = await replicas.start(), await replicas.start()
    await holder.post(DESKS[0], "C1")
    await replicas.drained()
    before = holder.held, other.held
    for number in range(5):
        await other.post(DESKS[0], f"C{number + 2}")
        await holder.change(DESKS[0], 1)
        await other.change(DESKS[0], 1)
    await replicas.drained()
    assert (holder.held, other.held) == before
    assert len(replicas.standing()) == 6
    assert next(iter(replicas.slack.messages.values())).versions[-1] == 11


async def test_while_the_store_is_away_each_turn_is_a_plain_line_and_it_goes_on_soon_after(
    replicas: Replicas, monkeypatch: pytest.MonkeyPatch
) -> None:
    replica = await replicas.start()
    await replica.post(DESKS[0], "C1")
    await replicas.drained()
    supervised = supervisor_of(replica.courier)._all[("holds", "")]

    async def away(*_: object) -> None:
        raise StoreUnavailable("PostgreSQL is away.")

    with monkeypatch.context() as patch, capture_logs() as logs:
        for name in ("hold", "renew", "holds", "let_go"):
            patch.setattr(replica.store, name, away)
        monkeypatch.setattr(replica.courier._takeover, "_backoff", lambda _: timedelta(hours=1))
        await until(lambda: supervised.status().failures.get("store_unavailable", 0) > 1)
    await replica.post(DESKS[1], "C2")
    await replicas.drained()
    with monkeypatch.context() as patch, capture_logs() as more:
        patch.setattr(replica.store, "let_go", away)
        await replica.courier.stop(grace=0)
    said = {(line["event"], line.get("why")) for line in logs + more if line["log_level"] != "info"}
    assert {("task_failed", "store_unavailable"), ("holds_not_let_go", "store_unavailable")} <= said
    assert not [line for line in logs + more if "exc_info" in line]


async def test_what_waited_for_the_store_goes_out_soon_after_however_long_it_was_away(
    replicas: Replicas, monkeypatch: pytest.MonkeyPatch
) -> None:
    replica = await replicas.start()
    monkeypatch.setattr(replica.courier._takeover, "_backoff", lambda _: timedelta(hours=1))
    await replica.post(DESKS[0], "C1")
    await replicas.drained()
    await replica.post(DESKS[0], "C1")  # a second later, so it is not born claimed

    async def away(*_: object) -> None:
        raise StoreUnavailable("PostgreSQL is away.")

    with monkeypatch.context() as patch, capture_logs() as logs:
        for name in ("hold", "holds", "change"):
            patch.setattr(replica.store, name, away)
        await until(
            lambda: {"job_not_claimed", "task_failed"} <= {line["event"] for line in logs}, seconds=20
        )
    assert not [line for line in logs if "exc_info" in line]
    await until(replicas._is_drained, seconds=20)
    assert len(replicas.standing()) == 2


async def test_a_retry_from_another_machine_reaches_whoever_holds_the_workspace(replicas: Replicas) -> None:
    replicas.slack.script[1] = [Undeliverable("invalid_blocks")]
    replicas.slack.script[2] = [Unauthorized("token_revoked")]
    holder = await replicas.start()
    await holder.post(DESKS[0], "C1")
    await until(lambda: holder.courier.status().waiting == 0 and replicas.slack.calls)
    await holder.post(DESKS[0], "C2")
    await until(lambda: holder.courier.refused(DESKS[0]))
    machine = open_store(replicas.url)
    assert len(await restore(machine, DESKS[0], now)) == 1
    await machine.ask_retry()
    await machine.close()
    await replicas.drained()
    assert len(replicas.standing()) == 2
    assert holder.courier.refused(DESKS[0]) is None


async def test_whoever_is_asked_to_retry_tells_the_others_once(
    replicas: Replicas, monkeypatch: pytest.MonkeyPatch
) -> None:
    replicas.slack.script[1] = [Unauthorized("token_revoked")]
    both = [await replicas.start(), await replicas.start()]
    await both[0].post(DESKS[0], "C1")
    await until(lambda: any(each.courier.refused(DESKS[0]) for each in both))
    (other,) = [each for each in both if not each.held]
    asked: list[int] = []

    async def ask(store: Store) -> None:
        asked.append(1)
        await PostgresStore.ask_retry(cast(PostgresStore, store))

    for each in both:
        monkeypatch.setattr(each.store, "ask_retry", partial(ask, each.store))
    other.courier.retry()
    await replicas.drained()
    await both[0].post(DESKS[0], "C2")
    await replicas.drained()
    assert (len(replicas.standing()), len(asked)) == (2, 1)
