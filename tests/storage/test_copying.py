"""A store copied into another: everything is there, in its order, whatever was in the middle of it; and back again."""

import shutil
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import orjson
import pytest

from bot.domain.clock.timers import Timer
from bot.domain.comments import Comment
from bot.domain.elsewhere import SharedTicket
from bot.domain.errors import DeskError
from bot.domain.home import Home
from bot.domain.mirror_ref import MirrorRef
from bot.domain.mirrors import Mirror, MirrorCopy, WrittenHere, copy_key
from bot.domain.partners import Partnership, Side
from bot.domain.people import ChannelMembers, Group, MemberSyncProgress, Person
from bot.domain.record import Instant, Record
from bot.domain.search import Span, TicketFilter
from bot.domain.ticket import Place
from bot.services.ports.sharing import Readers
from bot.services.ports.store import Store, Transaction
from storage import StoreOpenError, copy_store, installation_store, open_store, sharing_store, store_url
from storage.copying.copy import Step, Tell
from storage.copying.rows import OF_DEPLOYMENT, OF_WORKSPACE, Key, Row, parts
from storage.copying.rows import Side as CopySide
from storage.copying.stores import side_of as _side
from storage.copying.tinydb_side import TinyDBSide
from storage.tinydb import documents, transaction
from tests import postgres
from tests.storage.samples import (
    DESK,
    DIRECTORY,
    FULL_TICKET,
    NEW_TICKET,
    NOW,
    OTHER,
    SETUP,
    draft,
    job,
    new_ticket,
)
from tests.storage.test_installations import NEW, becomes, installation

REF = MirrorRef(home="T9", number=4)
Tables = Mapping[str, Sequence[Row]]


def quiet(_: Step) -> None: ...


async def filled(url: str) -> None:
    """A store with something in each table, and jobs in an order that is not that of their ids."""
    store = open_store(url)
    await store.change(DESK, _work)
    await store.change(DESK, _more_work)
    await store.change(DESK, lambda tx: tx.rename_channel("C0HELP", "C0NEW"))
    await store.change(OTHER, lambda tx: tx.save(new_ticket(1), now=NOW, keys=["other"]))
    await _fill_deployment(store)
    await store.close()


async def _work(tx: Transaction) -> None:
    await tx.save(NEW_TICKET, now=NOW, keys=["key:2", "key:1"], origins=["message:C0HELP:1.1"])
    await tx.keep_cards(FULL_TICKET)
    claimed = {"claimed_at": NOW, "attempts": 2}
    for each in (
        job(9),
        job(3).model_copy(update=claimed),
        job(5).model_copy(update={"set_aside": "invalid_blocks"}),
    ):
        await tx.enqueue(each)
    for number, at in (("b", NOW), ("a", NOW), ("c", NOW - timedelta(hours=1))):
        await tx.keep_comment(Comment(key=f"C0HELP:{number}", number=1, author="U1", at=at, text="Nein 🔥"))
    await tx.keep_comment(Comment(key="C0HELP:d", number=1, author="U1", at=NOW, internal=True, heard=False))
    await tx.keep_home(Home(user="U1", tab="open"))
    await tx.keep_draft(draft("n1"))
    await tx.keep_settings(SETUP)
    await tx.keep_timer(Timer(subject="ticket:1", at=NOW))
    await tx.keep_member_sync_progress(MemberSyncProgress(cursor="next"))
    for item in (
        *DIRECTORY.customers,
        *DIRECTORY.sites,
        *DIRECTORY.systems,
        *DIRECTORY.assets,
        *DIRECTORY.contacts,
    ):
        await tx.keep_item(item)


async def _more_work(tx: Transaction) -> None:
    await tx.save(new_ticket(2, summary="Second “one”"), now=NOW + timedelta(seconds=1), keys=["key:0"])
    for person in ("U2", "U1"):
        await tx.keep_person(Person(id=person, names=("Ana Ŵ", person)))
    await tx.replace_groups(
        [
            Group(id="S2", name="b", members=frozenset({"U1", "U2"})),
            Group(id="S1", name="a", members=frozenset()),
        ]
    )
    for channel in ("C2", "C1"):
        await tx.keep_channel(ChannelMembers(channel=channel, members=frozenset({"U1"})))
    mirror = Mirror(key=REF.key, ref=REF, version=1, told="1").standing([Place(channel="C1", ts="1.5")])
    await tx.keep_mirror(mirror)
    for comment in ("C9:2", "C9:1"):
        await tx.keep_mirror_copy(
            MirrorCopy(key=copy_key(REF, comment), of=REF.key, comment=comment, revision="1")
        )
    await tx.keep_written_here(
        WrittenHere(key="C1:1.9", ref=REF, comment=Comment(key="C1:1.9", number=4, author="U1", at=NOW))
    )
    await tx.take_over("T9:4:done")


async def _fill_deployment(store: Store) -> None:
    kept = installation_store(store, [NEW])
    for each in ("T2", "T1"):
        await kept.change(each, becomes(installation(each)))
    for state in ("second", "first"):
        await kept.use_state(state, NOW + timedelta(days=9), NOW)
    sharing = sharing_store(store)
    sides = (Side(team="T1", name="Acme", calls="desk"), Side(team="T111", name="Desk", calls="acme"))
    made = Partnership(sides=sides, state="active", since=NOW, inviter="T1", invited_by="U1")
    await sharing.change_partnership("T1", "T111", lambda _: made)
    await sharing.join(["T9", "T111"])
    await sharing.join(["T1", "T9"])
    shared = SharedTicket(
        home="T111", ticket=FULL_TICKET, people={"U1": "Ana"}, items={"customerId": "Acme"}, due_state="late"
    )
    await sharing.put(shared, Readers(frozenset({"T1"}), joined=True), frozenset({"T9"}))


async def everything(side: CopySide) -> Tables:
    """All rows of a store, by the names of their parts; of the keys, in their order."""
    async with side:
        return {
            part.name: [row async for rows in side.rows(part) for row in rows]
            for whose in (None, *await side.workspaces())
            for part in parts(whose)
        }


def same(one: Tables, other: Tables) -> bool:
    """The order of rows that have none of their own does not count."""
    assert {*one} == {*other}
    for name in one:
        assert _by_key(one[name]) == _by_key(other[name]), name
    return True


def _by_key(rows: Sequence[Row]) -> Mapping[Key, Row]:
    found = {row.key: row for row in rows}
    assert len(found) == len(rows), "a key is there once"
    return found


@pytest.fixture
async def source(tmp_path: Path) -> str:
    url = f"tinydb:{tmp_path / 'source'}"
    await filled(url)
    return url


async def moved(source: str, target: str) -> None:
    await copy_store(store_url(source), store_url(target), quiet)


async def test_there_and_back_again_every_table_is_the_same_row_for_row(
    source: str, postgresql_url: str, tmp_path: Path
) -> None:
    before = await everything(TinyDBSide(tmp_path / "source"))
    named = {*OF_DEPLOYMENT, *OF_WORKSPACE}
    assert {name.partition(": ")[2] for name, rows in before.items() if rows} == named, "each has a row"
    await moved(source, postgresql_url)
    await moved(postgresql_url, f"tinydb:{tmp_path / 'back'}")
    assert same(before, await everything(TinyDBSide(tmp_path / "back")))
    assert same(before, await everything(TinyDBSide(tmp_path / "source")))


async def test_a_desk_on_the_copy_knows_all_that_the_other_knew_and_makes_nothing_twice(
    source: str, postgresql_url: str
) -> None:
    before = await told(source)
    await moved(source, postgresql_url)
    assert await told(postgresql_url) == before
    store = open_store(postgresql_url)
    assert [each.id for each in await store.workspaces()] == ["T111", "T222"]

    async def work(tx: Transaction) -> int:
        await tx.enqueue(job(1))
        await tx.keep_comment(Comment(key="C1:z", number=1, author="U1", at=NOW))
        return await tx.next_number()

    assert await store.change(DESK, work) == 3
    reader = store.read(DESK)
    assert [each.id for each in await reader.jobs()] == [job(name).id for name in (9, 3, 5, 1)], (
        "in their order"
    )
    assert [each.key[-1] for each in (await reader.comments(1)).comments] == ["c", "a", "b", "z"]
    for wanted in (
        TicketFilter(statuses=("triaged",)),
        TicketFilter(priorities=("critical",)),
        TicketFilter(words=("smells",)),
        TicketFilter(queues=("heating",)),
        TicketFilter(sort="due", due=Span(end=NOW + timedelta(days=1))),
    ):
        assert [each.number for each in (await reader.tickets(wanted)).tickets] == [1], wanted
    assert [await reader.answered(key) for key in ("key:0", "message:C0NEW:1.1", "key:9")] == [2, 1, None]
    await store.close()


WRITTEN = Path(__file__).parent
OLD = {
    "schema 1": [WRITTEN / "written-by-0.1.0.json"],
    "schema 2": [*(WRITTEN / "written-by-schema-2").iterdir()],
}


@pytest.mark.parametrize("schema", OLD)
async def test_what_an_earlier_version_wrote_is_copied_as_todays_would_write_it(
    schema: str, postgresql_url: str, tmp_path: Path
) -> None:
    source, back = tmp_path / "source", tmp_path / "back"
    source.mkdir()
    for file in OLD[schema]:
        shutil.copy(file, source / file.name.replace("written-by-0.1.0", "E111-T111"))
    before = await everything(TinyDBSide(source))
    assert before["T111: history"]
    await moved(f"tinydb:{source}", postgresql_url)
    await moved(postgresql_url, f"tinydb:{back}")
    assert same(before, await everything(TinyDBSide(back)))
    assert await told(f"tinydb:{back}") == await told(f"tinydb:{source}")


async def told(url: str) -> object:
    """What a desk on this store says of its first ticket."""
    store = open_store(url)
    reader = store.read(DESK)
    ticket = await reader.ticket(1)
    assert ticket
    found = (
        ticket,
        await reader.history(1, limit=100),
        await reader.comments(1, limit=100),
        await reader.jobs(),
        [
            await reader.answered(key)
            for key in ("key:1", "message:C0HELP:1795426200.000100", "message:C0HELP:1.1")
        ],
        await reader.ticket_at("C0HELP", "1795426200.000100"),
        await reader.people(),
        await reader.settings(),
    )
    await store.close()
    return found


async def test_what_replicas_wrote_is_brought_into_a_folder_and_back(
    postgresql_url: str, tmp_path: Path
) -> None:
    await filled(postgresql_url)
    before = await everything(_side(store_url(postgresql_url)))
    folder = f"tinydb:{tmp_path / 'folder'}"
    await moved(postgresql_url, folder)
    assert same(before, await everything(TinyDBSide(tmp_path / "folder")))
    assert await told(folder) == await told(postgresql_url)
    async with postgres.connected(postgresql_url) as connection:
        for table in (*OF_DEPLOYMENT, *OF_WORKSPACE, "words", "workspaces"):
            await connection.execute(f"DELETE FROM deskhand.{table}")  # noqa: S608  (ours)
    await moved(folder, postgresql_url)
    assert same(before, await everything(_side(store_url(postgresql_url))))


class CutOff(Exception):
    """The process ends here."""


def until(steps: int) -> Tell:
    left = [steps]

    def tell(_: Step) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise CutOff

    return tell


@pytest.mark.parametrize("way", ["there", "back"])
@pytest.mark.parametrize("steps", [0, 13, 40, 77, 120, 160])
async def test_a_copy_that_was_cut_off_goes_on_and_no_desk_uses_what_is_there(
    source: str, postgresql_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, steps: int, way: str
) -> None:
    for module in ("postgres_side", "tinydb_side"):
        monkeypatch.setattr(f"storage.copying.{module}.BATCH", 1)
    before = await everything(TinyDBSide(tmp_path / "source"))
    one, other = source, postgresql_url
    if way == "back":
        await moved(source, postgresql_url)
        one, other = postgresql_url, f"tinydb:{tmp_path / 'back'}"
    with pytest.raises(CutOff):
        await copy_store(store_url(one), store_url(other), until(steps))
    with pytest.raises(
        DeskError, match=r"holds a copy that is not complete. Run the same `deskhand copy` again"
    ):
        await used(other)
    with pytest.raises(DeskError, match="a copy that is not complete"):
        await moved(other, f"tinydb:{tmp_path / 'third'}")
    done: list[Step] = []
    await copy_store(store_url(one), store_url(other), done.append)
    if steps == 160:
        assert done[0].done == done[0].total > 0, "it has gone on where it was"
    await used(other)
    assert same(before, await everything(_side(store_url(other))))


async def used(url: str) -> None:
    """As a desk does."""
    store = open_store(url)
    try:
        await store.workspaces()
    finally:
        await store.close()


async def test_what_was_changed_between_two_runs_is_copied_once_more(
    source: str, postgresql_url: str, tmp_path: Path
) -> None:
    with pytest.raises(CutOff):
        await copy_store(store_url(source), store_url(postgresql_url), until(150))
    store = open_store(source)
    await store.change(DESK, lambda tx: tx.dequeue(job(9).id))
    await store.change(DESK, lambda tx: tx.keep_home(Home(user="U1", tab="done")))
    await store.forget(OTHER)
    await store.close()
    await moved(source, postgresql_url)
    assert same(
        await everything(TinyDBSide(tmp_path / "source")), await everything(_side(store_url(postgresql_url)))
    )


async def test_a_copy_goes_only_where_nothing_is(source: str, postgresql_url: str, tmp_path: Path) -> None:
    other = f"tinydb:{tmp_path / 'other'}"
    await filled(other)
    with pytest.raises(
        DeskError, match=r"There are workspaces in .*other already. Copy into an empty folder"
    ):
        await moved(source, other)
    await moved(source, postgresql_url)
    with pytest.raises(
        DeskError, match=r"There is something in PostgreSQL at .* already. Copy into an empty database"
    ):
        await moved(source, postgresql_url)
    with pytest.raises(DeskError, match="Name two stores"):
        await moved(source, source)
    with pytest.raises(DeskError, match=r"There is nothing in .*nowhere yet"):
        await moved(f"tinydb:{tmp_path / 'nowhere'}", f"tinydb:{tmp_path / 'third'}")


async def test_the_rest_of_another_copy_is_told(source: str, postgresql_url: str, tmp_path: Path) -> None:
    other, third = f"tinydb:{tmp_path / 'other'}", f"tinydb:{tmp_path / 'third'}"
    await filled(other)
    for target in (postgresql_url, third):
        with pytest.raises(CutOff):
            await copy_store(store_url(source), store_url(target), until(9))
        with pytest.raises(
            DeskError, match=r"holds a copy of .*source that is not complete. Copy that again to its end"
        ):
            await moved(other, target)


async def test_a_folder_or_a_database_in_use_is_left_alone(
    source: str, postgresql_url: str, tmp_path: Path
) -> None:
    store = open_store(source)
    with pytest.raises(StoreOpenError, match="is in use by another Deskhand"):
        await moved(source, postgresql_url)
    await store.close()
    await store_url(postgresql_url).migrate()
    async with postgres.connected(postgresql_url) as connection:
        await connection.execute(
            "INSERT INTO deskhand.holds VALUES ('courier:T1', 'replica', 1, now() + interval '15 seconds')"
        )
        for way in ((source, postgresql_url), (postgresql_url, f"tinydb:{tmp_path / 'back'}")):
            with pytest.raises(DeskError, match=r"Deskhand runs on PostgreSQL at .* Stop every replica"):
                await moved(*way)
        await connection.execute("UPDATE deskhand.holds SET ends_at = now()")
    await moved(source, postgresql_url)


async def test_who_works_on_a_database_while_it_is_copied_is_noticed(
    source: str, postgresql_url: str
) -> None:
    await moved(source, postgresql_url)
    async with postgres.connected(postgresql_url) as connection:
        await connection.execute("UPDATE deskhand.workspaces SET version = version - 5")
    side = _side(store_url(postgresql_url))
    async with side:
        async with postgres.connected(postgresql_url) as connection:
            await connection.execute(
                "UPDATE deskhand.workspaces SET version = version + 1 WHERE workspace = 'T222'"
            )
        with pytest.raises(DeskError, match=r"A Deskhand has worked with PostgreSQL at .* meanwhile"):
            await side.finish()


def by_an_earlier_version(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which kept keys of any length, and U+0000."""
    monkeypatch.setattr(documents, "_storable", lambda kept: (kept, orjson.dumps(kept)))
    monkeypatch.setattr(documents, "index_text", str)
    monkeypatch.setattr(documents, "storable_text", str)
    monkeypatch.setattr(documents, "KeptKey", AnyKey)
    monkeypatch.setattr(transaction, "KeptKey", AnyKey)


class AnyKey(Record):
    key: str
    number: int
    at: Instant | None = None


async def test_any_text_that_a_folder_holds_is_copied(
    source: str, postgresql_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nul, long = "nul \0", "".join(map(str, range(3000)))
    with monkeypatch.context() as patch:
        by_an_earlier_version(patch)
        store = open_store(source)
        await store.change(DESK, lambda tx: tx.keep_person(Person(id="U9", names=(nul, "\\u0000"))))
        comment = Comment(key=f"C1:{nul}", number=1, author="U1", at=NOW, text=nul)
        await store.change(DESK, lambda tx: tx.keep_comment(comment))
        await store.change(DESK, lambda tx: tx.keep_draft(draft(long)))
        made = new_ticket(3, customerId=long, assignedQueue=long)
        await store.change(DESK, lambda tx: tx.save(made, now=NOW, keys=[nul, long], origins=[f"o{long}"]))
        await store.close()
    before = await everything(TinyDBSide(tmp_path / "source"))
    await moved(source, postgresql_url)
    back = f"tinydb:{tmp_path / 'back'}"
    await moved(postgresql_url, back)
    assert same(before, await everything(TinyDBSide(tmp_path / "back")))
    for url in (postgresql_url, back):
        store = open_store(url)
        reader = store.read(DESK)
        assert [await reader.answered(key) for key in (nul, long, f"o{long}")] == [3, 3, 3]
        assert (await reader.people())[-1].names == ("nul \ufffd", "\\u0000")
        assert await reader.comment(f"C1:{nul}")
        assert await reader.draft(long) == draft(long)
        found = await reader.tickets(TicketFilter(customers=(long,), queues=(long,)))
        assert [each.number for each in found.tickets] == [3]
        await store.close()


async def test_a_row_that_postgresql_cannot_hold_is_named_and_the_source_is_as_it_was(
    source: str, postgresql_url: str, tmp_path: Path
) -> None:
    store = open_store(source)
    newest = FULL_TICKET.model_copy(update={"version": 2**40, "number": 77})
    shared = SharedTicket(home="T111", ticket=newest)
    await sharing_store(store).put(shared, Readers(frozenset({"T1"})), frozenset())
    await store.close()
    before = await everything(TinyDBSide(tmp_path / "source"))
    with pytest.raises(DeskError, match="PostgreSQL does not take row T111 77 of deployment: told"):
        await moved(source, postgresql_url)
    assert same(before, await everything(TinyDBSide(tmp_path / "source")))


async def test_of_an_empty_store_there_is_an_empty_copy(postgresql_url: str, tmp_path: Path) -> None:
    store = open_store(f"tinydb:{tmp_path / 'source'}")
    await store.close()
    await moved(f"tinydb:{tmp_path / 'source'}", postgresql_url)
    await used(postgresql_url)
