"""Several couriers on one store: every card once, whichever of them is stopped, killed or slow in the middle."""

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import cast
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from bot.domain.comments import ThreadMessage
from bot.domain.lookup import Lookup
from bot.domain.outbox import Fetch, Job, Target, updates
from bot.domain.ticket import Place
from bot.domain.workspace import Workspace
from bot.services.outbox.commits import DELIVERIES
from bot.services.outbox.courier import Courier
from bot.services.outbox.holds import LENGTH, LONGEST_CALL, RENEWAL, RETRY, lane_name
from bot.services.outbox.takeover import LOOK
from bot.services.ports.messenger import Undeliverable
from bot.services.ports.store import Hold, Reader, Store, Transaction
from tests.services.courier_kit import DESK, OTHER, Late, Office, new_ticket, supervisor_of
from tests.services.passing import Seconds
from tests.services.test_courier import Counting
from tests.services.test_courier_properties import Mortal, MortalStore

pytestmark = pytest.mark.tinydb(reason="PostgreSQL measures holds by its own clock")


async def kill(courier: Courier) -> None:
    """Ends it as the end of its process would: nothing is recorded any more, and nothing let go."""
    tasks = [task for each in supervisor_of(courier)._all.values() for task in each.tasks]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    courier._outboxes.clear()


def cards(office: Office) -> list[str]:
    return sorted(place.channel for place in office.slack.messages)


async def enqueue_unheard(office: Office, job: Job, *, workspace: object = DESK) -> None:
    """As a process does whose word does not arrive."""

    async def work(tx: Transaction) -> None:
        if await tx.ticket(1) is None:
            await tx.save(new_ticket(1), now=office.now)
        await tx.enqueue(job)

    office.store.on_jobs(lambda *_: None)
    await office.store.change(OTHER if workspace == OTHER else DESK, work)


def new_job(office: Office, number: int = 900) -> Job:
    target = Target(channel="C9", user="U9")
    return Job(id=UUID(int=number), number=1, target=target, created_at=office.now, due_at=office.now)


def test_a_call_has_ended_before_another_courier_may_take_over() -> None:
    assert RENEWAL + LONGEST_CALL < LENGTH, "a renewal that fails leaves time for another before calls wait"
    assert LENGTH + RETRY < 15, "so soon is a dead one's work taken over"


async def test_of_two_couriers_one_delivers_a_workspace(office: Office, passes: Seconds) -> None:
    await office.courier.start()
    for number in (1, 2, 3):
        await office.post(number, channel=f"C{number}")
    other = await office.another()
    for number in (4, 5):
        await office.post(
            number, channel=f"C{number}"
        )  # the other's wake hears of it, and it is not the other's
    await office.deliver_all()
    await passes(RENEWAL)
    await office.deliver_all()
    assert cards(office) == ["C1", "C2", "C3", "C4", "C5"]
    assert not other._outboxes


async def test_what_one_that_stops_leaves_the_other_delivers(office: Office, passes: Seconds) -> None:
    office.slack.script[2] = [asyncio.Event()]
    await office.courier.start()
    await office.post(1, channel="C1")
    await office.post(2, channel="C2")
    await office.rest()
    other = await office.another()
    await office.courier.stop(grace=0)
    await passes(RETRY)
    assert not other._outboxes, "what was cut off may still arrive"
    await passes(LONGEST_CALL)
    await office.deliver_all()
    assert cards(office) == ["C1", "C2"]
    assert DESK.id in other._outboxes


async def test_what_one_that_was_killed_leaves_the_other_delivers_when_its_hold_has_ended(
    office: Office, passes: Seconds
) -> None:
    office.slack.script[1] = [asyncio.Event()]
    await office.courier.start()
    await office.post(1)
    await office.rest()
    other = await office.another()
    await kill(office.courier)
    await passes(RETRY)
    assert not other._outboxes, "a call of the old one may still be under way"
    await passes(LENGTH - RETRY + 1)
    await office.deliver_all()
    assert office.asked() == ["post", "find", "post"]
    assert cards(office) == ["C1"]


@pytest.mark.parametrize("death", range(1, 16))
async def test_wherever_one_dies_the_other_shows_every_card_once_and_its_newest_state(
    office: Office, passes: Seconds, death: int
) -> None:
    mortal = Mortal([death])
    office.courier = office.new_courier(cast("Store", MortalStore(office.store, mortal)))
    await office.courier.start()
    for number in (1, 2):
        await office.post(number, channel=f"C{number}")
    office._dead = lambda: mortal.dead
    await office.rest()
    changing = asyncio.create_task(office.change(1))  # which may have to wait for the dead one's transaction
    await office.rest()
    await kill(office.courier)
    await changing
    office._dead = lambda: False
    await office.another()
    await passes(LENGTH + 1)
    await office.deliver_all()
    assert cards(office) == ["C1", "C2"]
    assert {place.channel: message.versions[-1] for place, message in office.slack.messages.items()} == {
        "C1": 2,
        "C2": 1,
    }
    assert await office.jobs() == []


async def test_the_record_of_an_old_holder_is_refused_and_the_card_stands_once(
    office: Office, passes: Seconds
) -> None:
    gate = asyncio.Event()
    office.slack.script[1] = [Late(gate)]
    await office.courier.start()
    await office.post(1)
    await office.rest()
    old = office.courier
    other = await office.another()
    await passes(LENGTH + 1, old)  # its process stood still
    await office.deliver_all()
    assert office.asked() == ["post", "find", "update"]
    taken_over = await office.ticket(1)
    with capture_logs() as logs:
        gate.set()
        await office.rest()
    assert "workspace_lost" in [line["event"] for line in logs]
    assert await office.ticket(1) == taken_over
    assert (await office.jobs(), cards(office)) == ([], ["C1"])
    assert (DESK.id in old._outboxes, DESK.id in other._outboxes) == (False, True)


async def test_one_that_lost_its_hold_begins_nothing(office: Office, passes: Seconds) -> None:
    await office.courier.start()
    await office.post(1)
    await office.deliver_all()
    old = office.courier
    other = await office.another()
    await passes(LENGTH + 1, old)
    assert DESK.id in other._outboxes
    old.wake(DESK, [job := new_job(office)])
    await enqueue_unheard(office, job)
    await office.rest()
    assert office.asked() == ["post"]
    await passes(RENEWAL, old)
    await office.deliver_all()
    assert cards(office) == ["C1", "C9"]


async def test_a_hold_that_could_end_during_a_call_is_renewed_before_it(
    office: Office, passes: Seconds
) -> None:
    await office.courier.start()
    await office.post(1)
    await office.deliver_all()
    other = await office.another()
    await passes(LENGTH - LONGEST_CALL + 1, office.courier)
    office.courier.wake(DESK, [job := new_job(office)])
    await enqueue_unheard(office, job)
    await office.deliver_all()
    assert cards(office) == ["C1", "C9"]
    await passes(LENGTH - 5, office.courier)
    assert not other._outboxes


class Hesitating:
    """A store that tells the courier what it is to show when the gate opens."""

    def __init__(self, store: Store, gate: asyncio.Event) -> None:
        self._store = store
        self._gate = gate
        self.asked = asyncio.Event()

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    def read(self, workspace: Workspace, *, is_use: bool = True) -> Reader:
        reader = self._store.read(workspace, is_use=is_use)
        directory = reader.directory

        async def late(lookups: Iterable[Lookup]) -> object:
            self.asked.set()
            await self._gate.wait()
            return await directory(lookups)

        reader.directory = late  # type: ignore[method-assign, assignment]
        return reader


async def test_one_that_lost_its_hold_after_the_claim_posts_nothing(office: Office, passes: Seconds) -> None:
    gate = asyncio.Event()
    store = Hesitating(office.store, gate)
    old = office.courier = office.new_courier(cast("Store", store))
    await old.start()
    await office.post(1)
    await store.asked.wait()
    assert (await office.job()).claimed_at
    office.courier = await office.another()
    office.others.clear()
    await passes(LENGTH + 1)
    await office.deliver_all()
    assert office.asked() == ["find", "post"]
    gate.set()
    await supervisor_of(old).idle(DELIVERIES)
    assert not any(each.failures for each in supervisor_of(old).status())
    assert office.asked() == ["find", "post"]
    await old.stop(grace=0)


async def test_the_page_of_an_old_holder_is_refused(office: Office, passes: Seconds) -> None:
    gate = asyncio.Event()
    office.slack.replies = [
        ThreadMessage(channel="C1", thread_ts="1.0", ts=f"{n}.0", author="U2", text="Hello") for n in (2, 3)
    ]
    office.slack.script[1] = [gate, asyncio.Event()]
    await office.courier.start()
    fetch = {"fetch": Fetch(channel="C1", thread_ts="1.0")}
    await office.store.change(DESK, lambda tx: tx.enqueue(new_job(office).model_copy(update=fetch)))
    await office.rest()
    old = office.courier
    await office.another()
    await passes(LENGTH + 1, old)
    assert office.asked() == ["fetch", "fetch"]
    gate.set()
    await office.rest()
    assert (await office.store.read(DESK).comments(1)).total == 0
    assert (await office.job()).fetch == Fetch(channel="C1", thread_ts="1.0")


async def test_a_job_that_nobody_handed_over_is_found(office: Office, passes: Seconds) -> None:
    await office.courier.start()
    await office.post(1)
    await office.deliver_all()
    await enqueue_unheard(office, new_job(office))
    await office.deliver_all()
    assert cards(office) == ["C1"]
    await passes(LOOK)
    await office.deliver_all()
    assert cards(office) == ["C1", "C9"]


async def test_a_change_of_what_was_set_aside_is_found_where_nobody_handed_it_over(
    office: Office, passes: Seconds
) -> None:
    await office.courier.start()
    await office.post(1)
    await office.deliver_all()
    office.slack.script[1] = [Undeliverable("invalid_blocks")]
    await office.change(1)
    await office.deliver_all()
    (aside,) = await office.jobs()
    assert aside.place
    (again,) = updates(await office.ticket(1), office.now)
    assert again.id == aside.id
    await enqueue_unheard(office, again)
    await passes(LOOK)
    await office.deliver_all()
    assert office.versions() == [[1, 2]]
    assert not office.courier.status().set_aside


async def test_a_workspace_that_another_process_made_is_found(office: Office, passes: Seconds) -> None:
    await office.courier.start()
    await enqueue_unheard(office, new_job(office), workspace=OTHER)
    await passes(RETRY)
    await office.deliver_all()
    assert (await office.ticket(1, OTHER)).cards == (Place(channel="C9", ts="1.0"),)


async def test_a_workspace_that_was_deleted_is_let_go(office: Office, passes: Seconds) -> None:
    await office.courier.start()
    await office.post(1)
    await office.deliver_all()
    await office.store.forget(DESK)
    await passes(RENEWAL)
    assert not office.courier._outboxes
    assert not await office.store.workspaces()


async def test_to_look_for_jobs_reads_no_outbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    office = Office(tmp_path, wrap=Counting)  # type: ignore[arg-type]
    passes = Seconds(office)
    passes.measure(cast(Counting, office.store)._store, monkeypatch)
    await office.courier.start()
    for number in range(1, 5):
        office.slack.script[number] = [asyncio.Event()]
        await office.post(number, channel=f"C{number}")
    for _ in range(10):
        await passes(RENEWAL)
    assert isinstance(office.store, Counting)
    assert office.store.reads == {DESK: 1}
    assert office.courier.status().waiting == 4
    await office.close()


async def test_the_holds_of_all_workspaces_are_renewed_at_once(
    office: Office, passes: Seconds, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.courier.start()
    await office.post(1)
    await office.post(1, workspace=OTHER)
    await office.deliver_all()
    asked, renew = [], office.store.renew

    async def counting(held: Sequence[Hold], seconds: float) -> Sequence[Hold]:
        asked.append(sorted(each.name for each in held))
        return await renew(held, seconds)

    monkeypatch.setattr(office.store, "renew", counting)
    await passes(RENEWAL)
    await passes(RENEWAL / 2)
    assert asked == [sorted(map(lane_name, (DESK, OTHER)))]


async def test_a_workspace_whose_hold_was_lost_meanwhile_is_no_longer_ours(
    office: Office, passes: Seconds
) -> None:
    await office.courier.start()
    await office.post(1)
    await office.post(1, workspace=OTHER)
    await office.deliver_all()
    ours = office.courier._outboxes[DESK.id].hold
    await office.store.let_go(ours)
    other = await office.store.hold(ours.name, "another", LENGTH)
    await passes(RENEWAL)
    assert {*office.courier._outboxes} == {OTHER.id}
    assert other
    await office.store.let_go(other)
    await passes(RETRY)
    assert {*office.courier._outboxes} == {DESK.id, OTHER.id}


async def test_a_store_that_fails_to_renew_is_asked_again(
    office: Office, passes: Seconds, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.courier.start()
    await office.post(1)
    await office.deliver_all()

    async def failing(*_: object) -> None:
        raise OSError("the connection is gone")

    with monkeypatch.context() as patch, capture_logs() as logs:
        patch.setattr(office.store, "renew", failing)
        await passes(RENEWAL)
    assert "task_failed" in [line["event"] for line in logs]
    await passes(5)
    await office.post(2, channel="C2")
    await office.deliver_all()
    assert cards(office) == ["C1", "C2"]
