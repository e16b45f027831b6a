"""Every store keeps who is in a workspace, so that a restart knows everybody at once."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

import pytest

from bot.domain.people import ChannelMembers, Group, MemberSyncProgress, Person
from bot.services.ports.store import PeopleVersion, Reader, Store, Transaction
from storage import open_store
from tests.storage.samples import DESK, NOW, OTHER

ANA = Person(id="U1", names=("Ana", "ana"), timezone="Europe/Berlin", is_admin=True)
BEN = Person(id="U2", names=("Ben",), is_outsider=True)
TEAM, NIGHT = (
    Group(id="S1", name="network-team", members=frozenset({"U1"})),
    Group(id="S2", name="night", members=frozenset({"U1", "U2"})),
)
SUPPORT = ChannelMembers(channel="C1", members=frozenset({"U1", "U2"}))
HALF_WAY = MemberSyncProgress(cursor="dXNlcjpVMw==", groups_read_at=NOW)


async def keep_all(tx: Transaction) -> None:
    for person in (BEN, ANA):
        await tx.keep_person(person)
    await tx.replace_groups([TEAM, NIGHT])
    await tx.keep_channel(SUPPORT)
    await tx.keep_member_sync_progress(HALF_WAY)


async def everything(read: Reader) -> tuple[object, ...]:
    return (
        tuple(await read.people()),
        tuple(await read.groups()),
        tuple(await read.channels()),
        await read.member_sync_progress(),
    )


NOTHING = ((), (), (), MemberSyncProgress())
ALL = ((BEN, ANA), (TEAM, NIGHT), (SUPPORT,), HALF_WAY)


async def test_people_are_kept_with_their_workspace_and_again_after_a_restart(store: Store, url: str) -> None:
    await store.change(DESK, keep_all)
    assert await everything(store.read(DESK)) == ALL
    assert await everything(store.read(OTHER)) == NOTHING
    await store.close()
    again = open_store(url)
    assert await everything(again.read(DESK)) == ALL
    await again.close()


async def test_a_person_who_changed_takes_his_own_place(store: Store) -> None:
    await store.change(DESK, keep_all)
    left = BEN.model_copy(update={"has_left": True})
    await store.change(DESK, lambda tx: tx.keep_person(left))
    assert await store.read(DESK).people() == (left, ANA)


@pytest.mark.parametrize(
    "groups", [(), (NIGHT,), (NIGHT, TEAM), (TEAM, NIGHT, TEAM.model_copy(update={"id": "S3"}))]
)
async def test_groups_are_replaced_as_a_whole(store: Store, groups: tuple[Group, ...]) -> None:
    await store.change(DESK, keep_all)
    await store.change(DESK, lambda tx: tx.replace_groups(groups))
    assert await store.read(DESK).groups() == groups


async def test_a_channel_is_kept_replaced_and_dropped(store: Store) -> None:
    await store.change(DESK, keep_all)
    fewer, other = (
        SUPPORT.model_copy(update={"members": frozenset()}),
        ChannelMembers(channel="C2", members=frozenset()),
    )
    steps: Sequence[tuple[Callable[[Transaction], Awaitable[None]], object]] = (
        (lambda tx: tx.keep_channel(other), (SUPPORT, other)),
        (lambda tx: tx.keep_channel(fewer), (fewer, other)),
        (lambda tx: tx.drop_channel("C1"), (other,)),
        (lambda tx: tx.drop_channel("C1"), (other,)),
    )
    for change, expected in steps:
        await store.change(DESK, change)
        assert await store.read(DESK).channels() == expected


async def test_a_transaction_reads_the_people_that_it_keeps_and_one_that_fails_keeps_none(
    store: Store,
) -> None:
    async def fail(tx: Transaction) -> None:
        await keep_all(tx)
        assert await everything(tx) == ALL
        raise LookupError

    with suppress(LookupError):
        await store.change(DESK, fail)
    assert await everything(store.read(DESK)) == NOTHING


CHANGES: Sequence[Callable[[Transaction], Awaitable[None]]] = (
    lambda tx: tx.keep_person(ANA),
    lambda tx: tx.keep_person(ANA.model_copy(update={"has_left": True})),
    lambda tx: tx.replace_groups([TEAM, NIGHT]),
    lambda tx: tx.replace_groups([NIGHT]),
    lambda tx: tx.keep_channel(SUPPORT),
    lambda tx: tx.drop_channel("C1"),
)


async def test_the_version_of_the_people_grows_with_each_change_of_them_and_with_nothing_else(
    store: Store,
) -> None:
    read = store.read(DESK)
    version = await read.people_version()
    for change in CHANGES:
        await store.change(DESK, change)
        assert await read.people_version() > version, "somebody would go on with who is who no more"
        version = await read.people_version()
        await store.change(DESK, lambda tx: tx.keep_member_sync_progress(HALF_WAY))
        await store.change(OTHER, change)
        assert await read.people_version() == version


async def test_a_transaction_reads_the_version_of_the_people_that_it_reads(store: Store) -> None:
    async def version(tx: Transaction) -> PeopleVersion:
        return await tx.people_version()

    before = await store.change(DESK, version)
    await store.change(DESK, keep_all)
    assert await store.change(DESK, version) > before
    assert await store.change(DESK, version) == await store.read(DESK).people_version()
