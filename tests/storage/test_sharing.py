"""What workspaces share, where it is found: by its readers alone, the newest version, as a walk over all would find it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.contract import Priority
from bot.domain.elsewhere import SharedTicket
from bot.domain.mirror_ref import MirrorRef
from bot.domain.mirrors import Mirror, MirrorCopy, copy_key
from bot.domain.partners import Partnership, Side
from bot.domain.search import Sort, TicketFilter
from bot.domain.ticket import Place, Ticket
from bot.services.ports.sharing import Readers, SharingStore, Sources
from bot.services.ports.store import Transaction
from storage import open_store, sharing_store
from storage.tinydb import sharing as sharing_tables
from storage.tinydb.sharing import TinyDBSharing
from tests.storage.conftest import Fresh
from tests.storage.samples import DESK, NOW, ticket

T1, T2, T3, T4 = "T1", "T2", "T3", "T4"
SINCE = datetime(2026, 11, 29, tzinfo=UTC)
EVERYTHING = TicketFilter()


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[SharingStore]:
    store = open_store(url)
    yield sharing_store(store)
    await store.close()


@pytest.fixture
async def sharing(url: str) -> AsyncIterator[SharingStore]:
    async with opened(url) as sharing:
        yield sharing


def of(home: str, number: int, version: int = 1, **changes: object) -> SharedTicket:
    made = ticket(number).model_copy(update={"version": version, **changes})
    return SharedTicket(home=home, ticket=made, people={"U1": "Ana"}, items={"customerId": "Acme"})


def by(*teams: str, joined: bool = False) -> Readers:
    return Readers(frozenset(teams), joined)


def sources(team: str, *partners: str, joined: tuple[str, ...] = ()) -> Sources:
    return Sources(team, frozenset(partners), frozenset(joined))


async def names(sharing: SharingStore, where: Sources, wanted: TicketFilter = EVERYTHING) -> list[str]:
    found = await sharing.find(where, wanted, limit=100)
    return sorted(f"{each.home}/{each.ticket.number} v{each.ticket.version}" for each in found.tickets)


async def test_a_ticket_is_found_by_its_readers_as_it_has_left(sharing: SharingStore) -> None:
    shared = of(T1, 1)
    assert await sharing.put(shared, by(T2), frozenset({T2}))
    (found,) = (await sharing.find(sources(T2, T1), EVERYTHING)).tickets
    assert found == shared
    assert await names(sharing, sources(T3, T1)) == []
    assert await names(sharing, sources(T2)) == [], "a partner no more"
    assert await names(sharing, sources(T2, joined=(T1,))) == [], "joined, and it is not for all who are"
    assert await sharing.by_id(sources(T2, T1), shared.ticket.id) == shared
    assert await sharing.by_id(sources(T3, T1), shared.ticket.id) is None


async def test_a_global_ticket_is_found_by_the_joined(sharing: SharingStore) -> None:
    await sharing.put(of(T1, 1), by(joined=True), frozenset())
    assert await names(sharing, sources(T3, joined=(T1,))) == ["T1/1 v1"]
    assert await names(sharing, sources(T3, T1)) == []


async def test_the_newest_version_wins_whatever_comes_late(sharing: SharingStore) -> None:
    assert await sharing.put(of(T1, 1, 3), by(T2), frozenset({T2}))
    assert not await sharing.put(of(T1, 1, 2), by(T2, T3), frozenset({T2, T3}))
    assert await names(sharing, sources(T2, T1)) == ["T1/1 v3"]
    assert await names(sharing, sources(T3, T1)) == []
    assert await sharing.put(of(T1, 1, 4), by(), frozenset({T2}))
    assert not await sharing.put(of(T1, 1, 3), by(T2), frozenset({T2})), "it was taken back since"
    assert await names(sharing, sources(T2, T1)) == []
    told = await sharing.told(T1, 1)
    assert told
    assert (told.version, told.to_tell) == (4, frozenset({T2}))


async def test_what_is_shared_is_there_when_it_is_opened_again(url: str) -> None:
    async with opened(url) as sharing:
        await sharing.put(of(T1, 1), by(T2), frozenset({T2}))
        await sharing.join([T1, T3])
    async with opened(url) as sharing:
        assert await names(sharing, sources(T2, T1)) == ["T1/1 v1"]
        assert await sharing.joins() == [frozenset({T1, T3})]


async def test_a_number_is_found_by_how_it_begins_in_every_workspace(sharing: SharingStore) -> None:
    for home, number in ((T1, 4), (T1, 42), (T3, 421), (T3, 24)):
        await sharing.put(of(home, number), by(T2), frozenset({T2}))
    both = sources(T2, T1, T3)
    assert await names(sharing, both, TicketFilter(words=("T-42",))) == ["T1/42 v1", "T3/421 v1"]
    assert await names(sharing, both, TicketFilter(words=("4",))) == ["T1/4 v1", "T1/42 v1", "T3/421 v1"]
    assert await names(sharing, both, TicketFilter(homes=(T3,))) == ["T3/24 v1", "T3/421 v1"]


MOMENTS = st.integers(0, 5).map(lambda hours: NOW + timedelta(hours=hours))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    made=st.lists(
        st.tuples(
            st.sampled_from((T1, T3)),
            st.sampled_from(get_args(Priority)),
            MOMENTS,
            st.sampled_from((T2, T4, "*")),
        ),
        max_size=12,
    ),
    sort=st.sampled_from(get_args(Sort)),
    offset=st.integers(0, 4),
    limit=st.integers(0, 5),
    priorities=st.lists(st.sampled_from(get_args(Priority)), max_size=2, unique=True).map(tuple),
)
async def test_a_page_is_what_a_walk_over_all_finds(
    fresh: Fresh,
    made: list[tuple[str, Priority, datetime, str]],
    sort: Sort,
    offset: int,
    limit: int,
    priorities: tuple[Priority, ...],
) -> None:
    tickets: list[tuple[SharedTicket, str]] = []
    for number, (home, priority, at, reader) in enumerate(made, 1):
        begun = at + timedelta(seconds=number)  # no two at the same moment
        tickets.append((of(home, number, priority=priority, created_at=begun, updated_at=begun), reader))
    with fresh() as url:
        async with opened(url) as sharing:
            for shared, reader in tickets:
                readers = by(joined=True) if reader == "*" else by(reader)
                await sharing.put(shared, readers, frozenset())
            found = await sharing.find(
                sources(T2, T1, joined=(T3,)),
                TicketFilter(sort=sort, priorities=priorities),
                offset=offset,
                limit=limit,
            )
    seen = [
        shared.ticket
        for shared, reader in tickets
        if (shared.home, reader) in {(T1, T2), (T3, "*")}
        and (not priorities or shared.ticket.priority in priorities)
    ]
    ordered = sorted(seen, key=_order(sort))
    assert [each.ticket.number for each in found.tickets] == [
        each.number for each in ordered[offset : offset + limit]
    ]
    assert found.total == len(seen)
    assert found.has_more == (offset + len(found.tickets) < len(seen))


def _order(sort: Sort):  # type: ignore[no-untyped-def]  # noqa: ANN202
    def key(each: Ticket) -> tuple[float, ...]:
        age = each.created_at.timestamp()
        match sort:
            case "age":
                return (age,)
            case "priority":
                return (-get_args(Priority).index(each.priority), -age)
        return (-age,)

    return key


async def test_what_others_were_told_of_is_gone_through_in_pages(sharing: SharingStore) -> None:
    for number in (3, 1, 2):
        await sharing.put(of(T1, number), by(T2), frozenset({T2}))
    await sharing.put(of(T3, 9), by(T2), frozenset({T2}))
    first = await sharing.told_of(T1, limit=2)
    rest = await sharing.told_of(T1, after=first[-1].order, limit=2)
    assert [each.ref.number for each in (*first, *rest)] == [3, 1, 2]
    assert await sharing.told_of(T1, after=rest[-1].order, limit=2) == []


async def test_joins_are_sets_and_not_chains(sharing: SharingStore) -> None:
    for _ in range(2):
        await sharing.join([T2, T1])
        await sharing.join([T2, T3])
    assert await sharing.joins() == [frozenset({T1, T2}), frozenset({T2, T3})]
    assert not await sharing.part([T1, T3])
    assert await sharing.part([T1, T2])
    assert await sharing.joins() == [frozenset({T2, T3})]


def partnership(one: str, other: str) -> Partnership:
    sides = (Side(team=one, name=one, calls="a"), Side(team=other, name=other, calls="b"))
    return Partnership(sides=sides, state="active", since=SINCE, inviter=one, invited_by="U1")


async def test_a_partnership_is_kept_once_whoever_asks(sharing: SharingStore) -> None:
    made = partnership(T1, T2)
    await sharing.change_partnership(T2, T1, lambda known: known or made)
    await sharing.change_partnership(T1, T2, lambda known: known)
    assert await sharing.partnership(T1, T2) == await sharing.partnership(T2, T1) == made
    assert await sharing.partnerships(T1) == await sharing.partnerships(T2) == [made]
    assert await sharing.partnerships(T3) == []


async def test_a_forgotten_team_leaves_nothing(sharing: SharingStore) -> None:
    await sharing.change_partnership(T1, T2, lambda _: partnership(T1, T2))
    await sharing.join([T1, T2, T3])
    await sharing.put(of(T1, 1), by(T2), frozenset({T2}))
    await sharing.put(of(T2, 1), by(T1), frozenset({T1}))
    await sharing.forget(T1)
    assert await sharing.partnerships(T2) == []
    assert await sharing.joins() == [frozenset({T2, T3})]
    assert await names(sharing, sources(T2, T1)) == []
    assert await sharing.told(T1, 1) is None


async def test_the_cost_of_a_page_does_not_grow_with_what_others_share(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(f"tinydb:{tmp_path}")
    sharing = sharing_store(store)
    assert isinstance(sharing, TinyDBSharing)
    for number in range(1, 200):
        await sharing.put(of(T3, number), by(T4), frozenset({T4}))
    await sharing.put(of(T1, 1), by(T2), frozenset({T2}))
    read: list[int] = []
    table = sharing._deployment.read(sharing_tables.SHARED)
    real = table.get

    def get(*, doc_id: int) -> object:
        read.append(doc_id)
        return real(doc_id=doc_id)

    monkeypatch.setattr(table, "get", get)
    assert await names(sharing, sources(T2, T1), TicketFilter(words=("printer",))) == ["T1/1 v1"]
    assert len(read) == 1
    await store.close()


REF = MirrorRef(home=T1, number=7)


async def test_a_mirror_is_found_by_its_ticket_and_by_its_message_also_when_the_channel_has_another_id(
    url: str,
) -> None:
    store = open_store(url)
    mirror = Mirror(key=REF.key, ref=REF, version=1, told="1").standing([Place(channel="C1", ts="1.5")])
    copy = MirrorCopy(key=copy_key(REF, "C9:1"), of=REF.key, comment="C9:1", revision="1")

    async def keep(tx: Transaction) -> None:
        await tx.keep_mirror(mirror)
        await tx.keep_mirror_copy(copy)
        assert await tx.take_over("once")

    async def rename(tx: Transaction) -> None:
        assert not await tx.take_over("once")
        await tx.rename_channel("C1", "C2")

    await store.change(DESK, keep)
    reader = store.read(DESK)
    assert await reader.mirror(REF) == await reader.mirror_at("C1", "1.5") == mirror
    assert await reader.mirror_at("C1", "1.6") is None
    assert await reader.mirror_copies(REF) == [copy]
    assert await reader.mirror_copy(REF, "C9:1") == copy
    await store.change(DESK, rename)
    found = await reader.mirror_at("C2", "1.5")
    assert found
    assert found.place == Place(channel="C2", ts="1.5")
    await store.close()


async def test_the_unconfirmed_are_those_that_name_a_mode_and_were_never_chosen(url: str) -> None:
    store = open_store(url)

    async def fill(tx: Transaction) -> None:
        for number, (mode, since) in enumerate(
            [("shared", None), ("workspace_local", None), ("global", SINCE), ("global", None)], 1
        ):
            changes = {"visibility_mode": mode, "visible_since": since, "shared_with": (T2,) if since else ()}
            await tx.save(ticket(number).model_copy(update=changes), now=NOW)

    await store.change(DESK, fill)
    await store.close()
    store = open_store(url)
    reader = store.read(DESK)
    assert await reader.unconfirmed() == ([], 2)
    assert await reader.unconfirmed(limit=1) == ([1], 2)
    assert await reader.unconfirmed(after=1, limit=5) == ([4], 2)
    read = await reader.ticket(3)
    assert read
    assert (read.visible_since, read.shared_with) == (SINCE, (T2,))
    assert [
        each.number for each in (await reader.tickets(TicketFilter(visibilities=("global",)))).tickets
    ] == [
        4,
        3,
    ]
    await store.close()
