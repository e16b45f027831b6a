"""What only the store on PostgreSQL has: several of them on one database, and what becomes of lost answers."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from time import monotonic
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from bot.domain.clock.timers import Timer
from bot.domain.draft import Draft
from bot.domain.errors import StoreUnavailable
from bot.domain.search import TicketFilter
from bot.domain.ticket import SourceMessage
from bot.domain.workspace import Workspace
from bot.services.ports.store import JOBS, TIMERS, HoldLost, Transaction
from storage.postgres import changing
from storage.postgres import database as database_module
from storage.postgres.address import Address
from storage.postgres.database import Database
from storage.postgres.driver import Connection
from storage.postgres.errors import OutcomeUnknown
from storage.postgres.known import Head, Known, Version
from storage.postgres.migrations import Migration, MigrationError, known, migrate
from storage.postgres.store import PostgresStore
from storage.postgres.tables import PARTIAL, TABLES
from tests.patience import PATIENCE
from tests.postgres import Cluster, connected
from tests.storage.cut_connections import Fate, proxied
from tests.storage.samples import DESK, NOW, OTHER, draft, job, ticket

ANY = TicketFilter()
Opened = Callable[..., PostgresStore]


@pytest.fixture
async def opened(postgresql_url: str) -> AsyncIterator[Opened]:
    """Opens stores on one database, or on what a URL names."""
    async with AsyncExitStack() as stack:

        def open_one(url: str = postgresql_url, *, size: int = 10) -> PostgresStore:
            store = PostgresStore(Database(Address(url), size=size))
            stack.push_async_callback(store.close)
            return store

        yield open_one


async def create(tx: Transaction) -> int:
    number = await tx.next_number()
    await tx.save(ticket(number), now=NOW)
    return number


def saving(number: int, **fields: object) -> Callable[[Transaction], object]:
    async def work(tx: Transaction) -> None:
        await tx.save(ticket(number, **fields), now=NOW)

    return work


async def numbers(store: PostgresStore) -> list[int]:
    return sorted(each.number for each in (await store.read(DESK).tickets(ANY, limit=500)).tickets)


async def test_numbers_of_two_stores_at_once_have_no_gap_and_no_duplicate(opened: Opened) -> None:
    stores = [opened(), opened()]
    given = await asyncio.gather(*(stores[each % 2].change(DESK, create) for each in range(40)))
    assert sorted(given) == await numbers(stores[0]) == [*range(1, 41)]


async def test_work_that_was_overtaken_runs_again(opened: Opened) -> None:
    first, second = opened(), opened()
    runs: list[object] = []

    async def overtaken(tx: Transaction) -> int:
        runs.append(await tx.next_number())
        if len(runs) == 1:
            await second.change(DESK, create)
        return await create(tx)

    assert await first.change(DESK, overtaken) == 2
    assert runs == [1, 2]


@pytest.mark.slow
async def test_work_that_takes_long_commits_although_others_are_busy(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As an import does. A transaction may not rest so long otherwise."""
    monkeypatch.setattr(
        database_module, "_BEGIN", "BEGIN; SET LOCAL idle_in_transaction_session_timeout = '1s'"
    )
    first, second = opened(), opened()
    runs = 0

    async def long(tx: Transaction) -> None:
        nonlocal runs
        runs += 1
        await tx.next_number()
        if runs <= 3:
            await second.change(DESK, create)
        await asyncio.sleep(1.2)  # what another takes that long for needs nothing of PostgreSQL
        await tx.keep_draft(draft("1"))

    await first.change(DESK, long)
    assert runs == 4
    assert await first.read(DESK).draft("1")


async def test_what_only_reads_never_sees_two_states(opened: Opened) -> None:
    first, second = opened(), opened()
    await first.change(DESK, create)
    runs: list[object] = []

    async def reads(tx: Transaction) -> tuple[bool, bool]:
        one = await tx.ticket(2)
        runs.append(one)
        if len(runs) == 1:
            await second.change(DESK, create)
        return one is not None, await tx.answered("x") is None and await tx.ticket(2) is not None

    assert await first.change(DESK, reads) == (True, True)


async def test_an_exception_after_two_states_counts_for_nothing(opened: Opened) -> None:
    first, second = opened(), opened()
    await first.change(DESK, create)
    runs: list[object] = []

    async def refuses(tx: Transaction) -> str:
        before = await tx.ticket(2)
        if not runs:
            runs.append(1)
            await second.change(DESK, create)
        after = await tx.ticket(2)
        if (before is None) != (after is None):
            raise LookupError
        return "well"

    assert await first.change(DESK, refuses) == "well"


async def test_after_three_collisions_no_other_store_commits_meanwhile(opened: Opened) -> None:
    first, second = opened(), opened()
    runs: list[int] = []
    waiting: list[asyncio.Task[int]] = []

    async def unlucky(tx: Transaction) -> int:
        runs.append(await tx.next_number())
        if len(runs) <= 3:
            await second.change(DESK, create)
        elif not waiting:
            waiting.append(asyncio.create_task(second.change(DESK, create)))
            await until_blocked(first, 1)
        return await create(tx)

    assert await first.change(DESK, unlucky) == 4
    assert runs == [1, 2, 3, 4]
    assert await waiting[0] == 5


async def until_blocked(store: PostgresStore, many: int) -> None:
    """So many wait for a lock."""
    sql = "SELECT count(*) AS waiting FROM pg_locks WHERE NOT granted AND locktype IN ('transactionid', 'tuple')"
    async with asyncio.timeout(PATIENCE):
        while (await store.database.fetch(sql))[0]["waiting"] < many:  # noqa: ASYNC110  (PostgreSQL knows)
            await asyncio.sleep(0.005)


async def test_a_key_of_another_ticket_is_refused_by_the_commit(opened: Opened) -> None:
    store = opened()

    async def keyed(tx: Transaction) -> None:
        await tx.save(ticket(await tx.next_number()), now=NOW, origins=("message:C1:1.2",))

    await store.change(DESK, keyed)
    with pytest.raises(ValueError, match="take"):
        await store.change(DESK, keyed)
    assert await numbers(store) == [1]


@pytest.mark.parametrize(
    ("fate", "runs"), [("lose the answer", 1), ("lose the question", 2), ("deliver it late", 2)]
)
async def test_a_commit_whose_answer_is_lost_is_looked_up_and_happens_once(
    opened: Opened, postgresql_url: str, fate: Fate, runs: int
) -> None:
    await opened().change(DESK, create)
    async with proxied(postgresql_url) as (proxy, url):
        store = opened(url)
        await store.read(DESK).ticket(1)
        count = 0

        async def work(tx: Transaction) -> int:
            nonlocal count
            count += 1
            number = await tx.next_number()
            await tx.save(ticket(number, summary="Marked"), now=NOW)
            return number

        proxy.await_mark("Marked", fate)
        assert await store.change(DESK, work) == 2
        assert proxy.cut.is_set()
        assert count == runs
        assert await numbers(store) == [1, 2]
        if fate == "deliver it late":
            assert b"SELECT" in await proxy.deliver()
            assert await store.change(DESK, create) == 3
            assert await numbers(store) == [1, 2, 3]


async def test_the_first_commit_of_a_workspace_that_comes_late_is_none(
    opened: Opened, postgresql_url: str
) -> None:
    async with proxied(postgresql_url) as (proxy, url):
        store = opened(url)
        proxy.await_mark("Printer 1", "deliver it late")
        assert await store.change(DESK, create) == 1
        await opened().forget(DESK)
        await proxy.deliver()
        assert await opened().workspaces() == []
        assert await rows_of(postgresql_url, "T111") == {}


async def test_a_commit_of_which_nobody_can_tell_is_told_as_unknown(opened: Opened) -> None:
    with Cluster(durable=False) as cluster:
        await opened().change(DESK, create)
        async with proxied(cluster.url) as (proxy, url):
            store = opened(url)
            woken: list[Workspace] = []
            store.on_jobs(lambda workspace, _: woken.append(workspace))
            await store.change(DESK, create)

            async def work(tx: Transaction) -> None:
                await tx.save(ticket(await tx.next_number(), summary="Marked"), now=NOW)
                await tx.enqueue(job(1))

            proxy.await_mark("Marked", "lose the answer")
            change = asyncio.create_task(store.change(DESK, work))
            await proxy.cut.wait()
            cluster.stop()
            with pytest.raises(OutcomeUnknown, match="look before"):
                await change
            assert woken == [DESK]
            cluster.start()
            assert await numbers(store) == [1, 2]
            await store.close()


async def test_who_is_cut_off_during_a_commit_hears_of_it_when_it_has_ended(
    opened: Opened, postgresql_url: str
) -> None:
    store = opened()
    await store.change(DESK, create)
    async with connected(postgresql_url) as other:
        transaction = other.transaction()
        await transaction.start()
        await other.execute("SELECT 1 FROM deskhand.workspaces FOR UPDATE")
        change = asyncio.create_task(store.change(DESK, create))
        await until_blocked(store, 1)
        change.cancel()
        await asyncio.sleep(0)
        assert not change.done()
        await transaction.rollback()
        with pytest.raises(asyncio.CancelledError):
            await change
    assert await numbers(store) == [1, 2]


async def test_of_two_stores_one_holds_and_what_an_earlier_holder_writes_is_refused(opened: Opened) -> None:
    first, second = opened(), opened()
    hold = await first.hold("courier:T111", "a", 60)
    assert hold
    assert hold == await first.hold("courier:T111", "a", 60)
    assert await second.hold("courier:T111", "b", 60) is None
    await first.let_go(hold)
    taken = await second.hold("courier:T111", "b", 60)
    assert taken
    assert taken.number == hold.number + 1
    await first.let_go(hold)

    async def work(tx: Transaction) -> None:
        await tx.require(hold)
        await create(tx)

    with pytest.raises(HoldLost):
        await first.change(DESK, work)
    assert await numbers(first) == []

    async def held(tx: Transaction) -> None:
        await tx.require(taken)
        await create(tx)

    await second.change(DESK, held)
    assert await numbers(first) == [1]


async def test_a_hold_that_is_taken_over_waits_for_a_commit_under_way_and_refuses_the_next(
    opened: Opened, postgresql_url: str
) -> None:
    store = opened()
    await store.change(DESK, create)
    hold = await store.hold("x", "a", 0)
    assert hold

    async def work(tx: Transaction) -> None:
        await tx.require(hold)
        await create(tx)

    async with connected(postgresql_url) as other:
        transaction = other.transaction()
        await transaction.start()
        await other.execute("UPDATE deskhand.holds SET holder = 'b', number = number + 1")
        change = asyncio.create_task(store.change(DESK, work))
        await until_blocked(store, 1)
        await transaction.commit()
    with pytest.raises(HoldLost):
        await change
    assert await numbers(store) == [1]


async def test_two_that_begin_at_once_migrate_once(postgresql_url: str) -> None:
    async with connected(postgresql_url) as other:
        await other.execute("DROP SCHEMA IF EXISTS deskhand CASCADE")
    databases = [Database(Address(postgresql_url)) for _ in range(4)]
    counts = await asyncio.gather(
        *(each.fetch("SELECT count(*) FROM deskhand.migrations") for each in databases)
    )
    assert [rows[0]["count"] for rows in counts] == [len(known())] * 4
    for database in databases:
        await database.close()


async def test_a_migration_that_fails_changes_nothing_and_one_of_a_newer_version_is_told(
    postgresql_url: str,
) -> None:
    async with connected(postgresql_url) as connection:
        await migrate(connection)
        broken = [*known(), Migration(9998, 1, "CREATE TABLE deskhand.more (); SELECT 1 / 0")]
        with pytest.raises(asyncpg.DivisionByZeroError):
            await migrate(connection, broken)
        good = [*known(), Migration(9998, 1, "SELECT 1"), Migration(9999, 9999, "SELECT 1")]
        assert await migrate(connection, good[:-1]) == [9998]
        assert await migrate(connection) == []
        assert await migrate(connection, good) == [9999]
        with pytest.raises(MigrationError, match="newer Deskhand"):
            await migrate(connection)
        await connection.execute("DELETE FROM deskhand.migrations WHERE number > 9000")


async def test_nothing_is_left_of_a_forgotten_workspace_and_a_late_transaction_brings_nothing_back(
    opened: Opened, postgresql_url: str
) -> None:
    first, second = opened(), opened()
    closed: list[Workspace] = []
    first.on_closed(closed.append)

    async def work(tx: Transaction) -> None:
        await tx.save(ticket(await tx.next_number()), now=NOW, keys=("a",), origins=("b",))
        await tx.enqueue(job(1))

    await first.change(DESK, work)
    await first.change(OTHER, work)
    await first.hold("courier:T111", "a", 60)
    runs: list[object] = []

    async def late(tx: Transaction) -> int:
        runs.append(await tx.next_number())
        if len(runs) == 1:
            await second.forget(DESK)
            assert await rows_of(postgresql_url, "T111") == {}
        return await create(tx)

    assert await first.change(DESK, late) == 1
    assert runs == [2, 1]
    found = await rows_of(postgresql_url, "T111")
    assert found["tickets"] == 1
    assert not {"keys", "origins", "jobs", "holds"} & found.keys()
    await first.forget(DESK)
    assert {*closed} == {DESK}, "once more where it has heard of the other one in time"
    assert await rows_of(postgresql_url, "T111") == {}
    assert await second.workspaces() == [OTHER]


async def rows_of(url: str, team: str) -> dict[str, int]:
    """How many each table has of a team, where there are any."""
    found = {}
    async with connected(url) as connection:
        for table in ("workspaces", "commits", *(each for each in TABLES if each not in PARTIAL)):
            if count := await connection.fetchval(
                f"SELECT count(*) FROM deskhand.{table} WHERE workspace = $1",  # noqa: S608  (ours)
                team,
            ):
                found[table] = count
        if count := await connection.fetchval(
            "SELECT count(*) FROM deskhand.holds WHERE name LIKE '%' || $1", team
        ):
            found["holds"] = count
    return found


async def test_replicas_hear_of_each_others_jobs_timers_and_workspaces(opened: Opened) -> None:
    first, second = opened(), opened()
    jobs: asyncio.Queue[Workspace] = asyncio.Queue()
    timers: asyncio.Queue[Workspace] = asyncio.Queue()
    second.on_jobs(lambda workspace, _: jobs.put_nowait(workspace))
    second.on_timers(timers.put_nowait)
    await second.awake(NOW)

    async def work(tx: Transaction) -> None:
        await tx.enqueue(job(1))
        await tx.keep_timer(Timer(subject="ticket:1", at=NOW))

    async with asyncio.timeout(PATIENCE):
        await first.change(DESK, work)
        assert await jobs.get() == await timers.get() == DESK
        assert second.workspace_of("T111") == DESK
        await first.forget(DESK)
        await until(lambda: second.workspace_of("T111") is None)


async def test_when_a_timer_falls_due_is_known_whoever_looks_for_jobs_meanwhile(opened: Opened) -> None:
    store, at = opened(), NOW + timedelta(hours=1)
    await store.change(DESK, lambda tx: tx.keep_timer(Timer(subject="ticket:1", at=at)))
    await store.awake(NOW, TIMERS)
    await store.awake(NOW + timedelta(days=1), JOBS)
    assert store.next_due(after=NOW, due=TIMERS) == at


async def test_without_listening_everything_is_asked_for(opened: Opened) -> None:
    first, second = opened(), opened()
    jobs: asyncio.Queue[Workspace] = asyncio.Queue()
    second.on_jobs(lambda workspace, _: jobs.put_nowait(workspace))

    async def deaf() -> object:
        raise ConnectionRefusedError

    await second.workspaces()
    second.database.connect_directly = deaf  # type: ignore[assignment, method-assign]
    await second.awake(NOW)
    async with asyncio.timeout(PATIENCE):
        await first.change(DESK, lambda tx: tx.enqueue(job(1)))
        assert await jobs.get() == DESK
        assert not second.signals.are_heard


async def test_a_listener_that_was_cut_listens_again(opened: Opened, postgresql_url: str) -> None:
    first, second = opened(), opened()
    await second.awake(NOW)
    async with asyncio.timeout(PATIENCE):
        await until(lambda: second.signals.are_heard)
        lost = second.signals._listener  # nobody else can tell one from the next
        await cut(postgresql_url)
        await until(lambda: second.signals._listener is not lost and second.signals.are_heard)
        jobs: asyncio.Queue[Workspace] = asyncio.Queue()
        await first.change(DESK, create)
        second.on_jobs(lambda workspace, _: jobs.put_nowait(workspace))
        await first.change(DESK, lambda tx: tx.enqueue(job(1)))
        assert await jobs.get() == DESK


async def until(is_so: Callable[[], bool]) -> None:
    while not is_so():  # noqa: ASYNC110  (it is another's to say)
        await asyncio.sleep(0.005)


async def cut(url: str) -> None:
    """All other connections."""
    async with connected(url) as connection:
        await connection.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


async def test_connections_that_were_cut_are_made_anew(opened: Opened, postgresql_url: str) -> None:
    store = opened()
    for number in range(1, 4):
        assert await store.change(DESK, create) == number
        await cut(postgresql_url)
    assert await numbers(store) == [1, 2, 3]


async def test_a_workspace_is_forgotten_although_the_answer_is_lost(
    opened: Opened, postgresql_url: str
) -> None:
    async with proxied(postgresql_url) as (proxy, url):
        store = opened(url)
        assert await store.change(DESK, create) == 1
        proxy.await_mark("COMMIT\0", "lose the answer")
        await store.forget(DESK)
        assert proxy.cut.is_set()
        assert await store.change(DESK, create) == 1


async def test_who_forgets_again_as_the_answer_was_lost_leaves_what_has_begun_since(
    opened: Opened, postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A workspace may be used again before the second run."""
    direct = opened()
    assert await direct.change(DESK, create) == 1
    async with proxied(postgresql_url) as (proxy, url):
        store = opened(url)
        session_once = Database.session_once

        @asynccontextmanager
        async def used_before_the_second(database: Database) -> AsyncIterator[Connection]:
            if proxy.cut.is_set():
                proxy.cut.clear()
                assert await direct.change(DESK, create) == 1
            async with session_once(database) as connection:
                yield connection

        await store.open(DESK)
        proxy.await_mark("COMMIT\0", "lose the answer")
        with monkeypatch.context() as patched:
            patched.setattr(Database, "session_once", used_before_the_second)
            await store.forget(DESK)
        assert await numbers(direct) == [1]


@pytest.mark.parametrize("is_there", [True, False])
async def test_what_collides_too_often_needs_one_connection(
    postgresql_url: str, monkeypatch: pytest.MonkeyPatch, *, is_there: bool
) -> None:
    store = PostgresStore(Database(Address(postgresql_url), size=1))
    if is_there:
        await store.change(DESK, create)
    hold = await store.hold("courier:T111", "one", 60)
    assert hold
    monkeypatch.setattr(changing, "_OPTIMISTIC", 0)

    async def looks(tx: Transaction) -> int:
        await tx.require(hold)
        return await tx.next_number()

    assert await store.change(DESK, looks if is_there else create) == (2 if is_there else 1)
    await store.close()


async def test_postgresql_may_go_and_come_back(opened: Opened) -> None:
    with Cluster(durable=False) as cluster:
        store = opened(cluster.url)
        assert await store.fault() is None
        assert await store.change(DESK, create) == 1
        cluster.stop()
        assert await store.fault() == "The database cannot be used (connection refused)."
        with pytest.raises(StoreUnavailable, match="nothing was changed"):
            await store.change(DESK, create)
        with pytest.raises(StoreUnavailable):
            await store.read(DESK).ticket(1)
        cluster.start()
        assert await store.fault() is None
        assert await store.change(DESK, create) == 2
        await store.close()


@pytest.mark.slow
async def test_a_server_that_says_nothing_holds_up_each_request_for_itself(opened: Opened) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        store = opened(f"postgresql://postgres@127.0.0.1:{silent.getsockname()[1]}/postgres")
        began = monotonic()
        changes = (store.change(DESK, create) for _ in range(20))
        for error in await asyncio.gather(*changes, return_exceptions=True):
            assert isinstance(error, StoreUnavailable)
            assert "does not answer" in error.message
        assert monotonic() - began < 10


async def test_a_server_that_became_read_only_is_told_and_left(opened: Opened, postgresql_url: str) -> None:
    store = opened(size=1)
    await store.change(DESK, create)
    await store.database.fetch("SELECT set_config('default_transaction_read_only', 'on', false)")
    with pytest.raises(StoreUnavailable, match="read-only"):
        await store.change(DESK, create)
    assert await store.change(DESK, create) == 2
    name = urlsplit(postgresql_url).path[1:]
    elsewhere = urlunsplit(urlsplit(postgresql_url)._replace(path="/postgres"))
    async with connected(elsewhere) as other:
        await other.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        try:
            await cut(postgresql_url)
            with pytest.raises(StoreUnavailable, match="read-only"):
                await store.change(DESK, create)
            assert "read-only" in (await store.fault() or "")
        finally:
            await other.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
    assert await store.change(DESK, create) == 3


async def test_who_is_too_old_for_what_a_newer_one_has_made_of_it_says_so(
    opened: Opened, postgresql_url: str
) -> None:
    store = opened()
    await store.change(DESK, create)
    assert await store.fault() is None
    async with connected(postgresql_url) as other:
        await other.execute("INSERT INTO deskhand.migrations (number, oldest) VALUES (9998, 1)")
        assert await store.fault() is None, "what only adds is none of its business"
        await other.execute("INSERT INTO deskhand.migrations (number, oldest) VALUES (9999, 9999)")
        try:
            assert "was changed by a newer Deskhand" in (await store.fault() or "")
        finally:
            await other.execute("DELETE FROM deskhand.migrations WHERE number > 9000")
    assert await store.fault() is None


async def test_a_password_is_shown_nowhere(
    opened: Opened, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    store = opened("postgresql://desk:sesame@127.0.0.1:1/desk?sslpassword=sesame&application_name=x")
    with pytest.raises(StoreUnavailable) as refused:
        await store.change(DESK, create)
    said = [str(refused.value), repr(store.database.address), store.database.address.describe()]
    said += [await store.fault() or "", *capsys.readouterr(), caplog.text]
    assert "sesame" not in "".join(said)
    for wrong in (
        "postgresql://u:ses@me@h/d",
        "postgresql://u:p@h/d?sesame=1",
        "postgresql://u:p@h/d?sslmode=sesame",
    ):
        with pytest.raises(ValueError, match=r"must|option") as refused_url:
            Address(wrong)
        assert wrong.endswith("sesame=1") or "sesame" not in str(refused_url.value)


def test_what_a_commit_has_found_is_not_undone_by_a_look_that_began_before_or_saw_less() -> None:
    known = Known()
    at_7 = Version(5, 7)
    known.look(Head(version=7, born=5), at=1.0, answered=1.4)
    known.keep("settings", at_7, "kept")
    known.look(Head(version=6, born=5), at=2.0, answered=2.4)
    assert known.head.version == 7
    assert known.cached("settings", at_7) == "kept"
    assert not known.look(Head(version=9, born=9), at=2.2, answered=2.5), "it may be the older one"
    assert known.head.born == 5
    assert known.looked_at < 0, "so it is looked again"
    assert known.look(Head(version=9, born=9), at=3.0, answered=3.1)
    assert known.head.born == 9
    assert known.last_cached("settings") is None


@pytest.mark.parametrize(
    ("text", "kept"), [("a\x00b", "a\ufffdb"), ("a\\u0000b", "a\\u0000b"), ("\\\x00", "\\\ufffd")]
)
async def test_what_postgresql_cannot_keep_is_replaced_and_loses_nothing_else(
    opened: Opened, text: str, kept: str
) -> None:
    store = opened()
    message = SourceMessage(author="U2", text=text)
    await store.change(DESK, lambda tx: tx.keep_draft(Draft(nonce="n", created_at=NOW, message=message)))
    found = await store.read(DESK).draft("n")
    assert found
    assert found.message
    assert found.message.text == kept


async def test_a_pool_of_two_serves_many_at_once(opened: Opened) -> None:
    store = opened(size=2)
    workspaces = [Workspace(team_id=f"T{each}") for each in range(20)]
    assert await asyncio.gather(*(store.change(each, create) for each in workspaces)) == [1] * 20


async def test_it_works_without_prepared_statements(opened: Opened, postgresql_url: str) -> None:
    store = opened(f"{postgresql_url}?statement_cache_size=0")
    assert [await store.change(DESK, create) for _ in range(3)] == [1, 2, 3]
    assert await numbers(store) == [1, 2, 3]


async def test_holds_are_renewed_while_a_commit_that_requires_one_waits(
    opened: Opened, postgresql_url: str
) -> None:
    """Such as for a workspace that is being forgotten. Who wants to take it over waits for that commit."""
    store, slow = opened(), opened()
    holds = [await store.hold(f"courier:{each.id}", "one", 60) for each in (DESK, OTHER)]
    mine, others = holds
    assert mine
    assert others
    await store.change(DESK, create)

    async def recorded(tx: Transaction) -> None:
        await tx.require(mine)
        await create(tx)

    async with connected(postgresql_url) as locker:
        await locker.execute("BEGIN")
        await locker.execute("SELECT FROM deskhand.workspaces WHERE workspace = $1 FOR UPDATE", DESK.id)
        recording = asyncio.create_task(slow.change(DESK, recorded))
        await waits(postgresql_url, 1)
        assert [*await store.renew([mine, others], 0.0)] == [mine, others]
        taking = asyncio.create_task(opened().hold(mine.name, "another", 60))
        await waits(postgresql_url, 2)
        await locker.execute("COMMIT")
    await recording
    taken = await taking
    assert taken
    assert taken.number == mine.number + 1


async def waits(url: str, count: int) -> None:
    """Returns once so many wait for a lock."""
    async with connected(url) as watcher:
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        while await watcher.fetchval(waiting) < count:  # noqa: ASYNC110  (nobody tells)
            await asyncio.sleep(0.01)
