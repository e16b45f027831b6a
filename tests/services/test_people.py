"""Who is who is kept by workspace, on a real store: a restart knows it, and what is known follows the commits."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import pytest

from bot.domain.errors import StoreUnavailable
from bot.domain.people import Group, MemberSyncProgress, Person, WorkspacePeople
from bot.domain.workspace import Workspace
from bot.services.people import People
from bot.services.ports.store import Reader, Store, Transaction
from storage import open_store
from storage.journal.disk import Disk
from storage.tinydb.store import TinyDBStore
from tests.patience import PATIENCE

T = TypeVar("T")

HERE, ELSEWHERE = Workspace(team_id="T1"), Workspace(team_id="T2")
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
ANA = Person(id="U1", names=("ana", "Ana Weber"), timezone="Europe/Berlin")
BEN = Person(id="U2", names=("ben",))
GONE = Person(id="U3", names=("gil",), has_left=True)
FIELD = Group(id="S1", name="field-team", members=frozenset({"U2"}))


class CountingStore(TinyDBStore):
    """Counts the transactions that were asked for."""

    changes = 0

    async def change(self, workspace: Workspace, work: Callable[[Transaction], Awaitable[T]]) -> T:
        self.changes += 1
        return await super().change(workspace, work)


@pytest.fixture(params=[False, True], ids=["alone", "shared"])
async def store(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[CountingStore]:
    """`shared`: as if other processes changed it, too."""
    store = CountingStore(tmp_path)
    store.is_shared = request.param
    yield store
    await store.close()


@pytest.fixture
def people(store: CountingStore) -> People:
    return again(store)


def again(store: Store) -> People:
    """As after a restart: it knows only what was kept."""
    return People(store, lambda: NOW)


async def test_a_restart_knows_everybody_and_who_is_in_what(store: CountingStore, people: People) -> None:
    await people.learn(HERE, [ANA, BEN, GONE])
    await people.learn_groups(HERE, [FIELD])
    await people.learn_channel(HERE, "C1", ["U1"])
    for each in (people, again(store)):
        known = await each.of(HERE)
        assert known.differing([ANA, BEN, GONE]) == []
        assert known.left == {"U3"}
        assert known.groups == [FIELD]
        assert known.channels == {"C1": {"U1"}}


async def test_no_workspace_knows_the_people_of_another(people: People) -> None:
    await people.learn(HERE, [ANA])
    elsewhere = await people.of(ELSEWHERE)
    assert not elsewhere.knows("U1")
    assert elsewhere.called("ana") == ()


async def test_what_was_known_before_is_not_written_again(store: CountingStore, people: People) -> None:
    await people.learn(HERE, [ANA, BEN])
    await people.learn_channel(HERE, "C1", ["U1", "U2"])
    assert store.changes == 2
    await people.learn(HERE, [BEN, ANA])
    await people.learn_channel(HERE, "C1", ["U2", "U1"])
    assert store.changes == 2
    await people.learn(HERE, [ANA, GONE])
    assert store.changes == 3


async def test_a_page_of_people_and_how_far_it_goes_are_one_transaction(
    store: CountingStore, people: People
) -> None:
    crowd = [Person(id=f"U{number}", names=(f"worker {number}",)) for number in range(200)]
    await people.learn_page(HERE, crowd, "next")
    assert store.changes == 1
    assert await people.progress(HERE) == MemberSyncProgress(cursor="next")
    await people.learn_page(HERE, [ANA], None)
    assert await people.progress(HERE) == MemberSyncProgress(people_read_at=NOW)


async def test_people_and_groups_do_not_undo_how_far_the_other_was_read(people: People) -> None:
    await people.learn_page(HERE, [ANA], None)
    await asyncio.gather(people.learn_page(HERE, [BEN], "next"), people.learn_groups(HERE, [FIELD]))
    assert await people.progress(HERE) == MemberSyncProgress(
        cursor="next", people_read_at=NOW, groups_read_at=NOW
    )
    await people.start_over(HERE)
    assert await people.progress(HERE) == MemberSyncProgress(people_read_at=NOW, groups_read_at=NOW)


async def test_what_happens_at_once_leaves_what_is_known_and_what_is_kept_the_same(
    store: CountingStore, people: People
) -> None:
    ids = [f"U{number}" for number in range(20)]
    await asyncio.gather(
        *(people.learn(HERE, [Person(id=user, names=(name,))]) for user in ids for name in ("old", "new")),
        *(people.learn_channel(HERE, "C1", ids[:many]) for many in range(20)),
        people.of(HERE),
    )
    known, kept = await people.of(HERE), await again(store).of(HERE)
    assert {person.id for person in known.called("new")} == set(ids)
    assert known.differing(kept.called("new")) == []
    assert known.channels == kept.channels == {"C1": set(ids[:19])}


async def test_what_could_not_be_saved_is_not_known_either(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: Disk, __: int) -> None:
        raise OSError(28, "No space left on device")

    await people.learn(HERE, [ANA])
    with monkeypatch.context() as patch:
        patch.setattr(Disk, "sync", full)
        with pytest.raises(StoreUnavailable):
            await people.learn(HERE, [BEN])
    assert not (await people.of(HERE)).knows("U2")
    await people.learn(HERE, [BEN])
    assert (await people.of(HERE)).knows("U2")


async def test_a_commit_whose_caller_was_cut_off_is_known_all_the_same(
    store: CountingStore, people: People
) -> None:
    await people.learn(HERE, [ANA])
    learning = asyncio.create_task(people.learn(HERE, [BEN]))
    await asyncio.sleep(0)  # up to where it waits for the disk
    assert store.changes == 2
    learning.cancel()
    await asyncio.gather(learning, return_exceptions=True)
    assert learning.cancelled()
    assert (await people.of(HERE)).differing([BEN]) == (await again(store).of(HERE)).differing([BEN]) == []


async def test_a_channel_that_no_queue_is_triaged_in_is_forgotten(
    store: CountingStore, people: People
) -> None:
    await people.learn_channel(HERE, "C1", ["U1"])
    await people.forget_channel(HERE, "C1")
    assert (await people.of(HERE)).channels == (await again(store).of(HERE)).channels == {}


@pytest.fixture
async def stores(postgresql_url: str) -> AsyncIterator[tuple[Store, Store]]:
    """Of two processes on one database."""
    stores = open_store(postgresql_url), open_store(postgresql_url)
    yield stores
    for store in stores:
        await store.close()


class Requested(People):
    """As requests ask: each begins with a look at whether another process has changed anything."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, lambda: NOW)
        self._look = store.open

    async def of(self, workspace: Workspace, tx: Reader | None = None) -> WorkspacePeople:
        await self._look(workspace)
        return await super().of(workspace, tx)


@pytest.fixture
def replicas(stores: tuple[Store, Store]) -> tuple[People, People]:
    """Who is who, as two processes know it."""
    return Requested(stores[0]), Requested(stores[1])


async def test_what_one_process_learns_the_other_knows_at_once(replicas: tuple[People, People]) -> None:
    one, other = replicas
    await asyncio.gather(one.of(HERE), other.of(HERE))
    await one.learn(HERE, [ANA, BEN])
    assert (await other.of(HERE)).knows("U1")
    await other.learn(HERE, [ANA.model_copy(update={"is_admin": True})])
    assert (await one.of(HERE)).is_admin("U1")
    await one.learn(HERE, [ANA])
    assert not (await other.of(HERE)).is_admin("U1")
    await other.learn_groups(HERE, [FIELD])
    await other.learn_channel(HERE, "C1", ["U1"])
    known = await one.of(HERE)
    assert known.groups == [FIELD]
    assert known.channels == {"C1": {"U1"}}
    await one.forget_channel(HERE, "C1")
    assert (await other.of(HERE)).channels == {}


async def test_what_two_processes_learn_at_once_is_known_to_both(
    stores: tuple[Store, Store], replicas: tuple[People, People]
) -> None:
    ids = [f"U{number}" for number in range(20)]
    await asyncio.gather(
        *(
            each.learn(HERE, [Person(id=f"{user}-{at}", names=(f"worker {user}",))])
            for at, each in enumerate(replicas)
            for user in ids
        ),
        *(each.learn_channel(HERE, f"C{at}", ids) for at, each in enumerate(replicas)),
    )
    for each in (*replicas, *map(Requested, stores)):
        known = await each.of(HERE)
        assert all(len(known.called(f"worker {user}")) == 2 for user in ids)
        assert known.channels == {"C0": set(ids), "C1": set(ids)}


async def test_a_channel_that_another_process_has_renamed_is_not_known_by_its_old_id(
    replicas: tuple[People, People],
) -> None:
    one, other = replicas
    await one.learn_channel(HERE, "C1", ["U1"])
    assert (await other.of(HERE)).channels == {"C1": {"U1"}}
    await one.rename_channel(HERE, "C1", "C2")
    await other.rename_channel(HERE, "C1", "C2")  # Slack has told both
    assert (await one.of(HERE)).channels == (await other.of(HERE)).channels == {"C2": {"U1"}}


async def test_what_slack_does_not_let_one_process_read_it_remembers_until_another_may(
    replicas: tuple[People, People],
) -> None:
    one, other = replicas
    await one.learn(HERE, [BEN])
    await one.cannot_read(HERE, "C1")
    await other.learn(HERE, [ANA])
    assert (await one.of(HERE)).unreadable == {"C1"}
    await other.learn_channel(HERE, "C1", ["U1"])
    assert (await one.of(HERE)).unreadable == frozenset()


async def test_a_transaction_that_asks_who_is_who_does_not_wait_for_a_change_that_waits_for_it(
    store: CountingStore,
) -> None:
    store.is_shared = True
    one, other = again(store), again(store)
    await one.of(HERE)
    await other.learn(HERE, [ANA])

    async def work(tx: Transaction) -> bool:
        learning.append(asyncio.create_task(one.learn(HERE, [BEN])))
        for _ in range(20):  # until it waits for this transaction
            await asyncio.sleep(0)
        return (await one.of(HERE)).knows("U1") and (await one.of(HERE, tx)).knows("U1")

    learning = list[asyncio.Task[None]]()
    async with asyncio.timeout(PATIENCE):
        assert await store.change(HERE, work)
        await learning[0]
    assert (await one.of(HERE)).knows("U2")
