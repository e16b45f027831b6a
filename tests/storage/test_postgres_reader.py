"""How often a transaction asks PostgreSQL, what it writes, and what a replica keeps in memory."""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack
from functools import partial
from typing import Any

import asyncpg
import pytest

from bot.domain.directory import Customer, Directory, Site
from bot.domain.lookup import Lookup
from bot.domain.outbox import Target
from bot.domain.permissions import Actor
from bot.domain.search import TicketFilter
from bot.domain.ticket import Origin
from bot.services.people import People
from bot.services.ports.store import Transaction
from bot.services.step_requests import StepRequest
from bot.services.ticket_steps import TicketSteps
from bot.services.tickets import CreateRequest, Tickets
from storage.postgres import directory
from storage.postgres.address import Address
from storage.postgres.database import Database
from storage.postgres.directory import ItemRow, KnownItems, brought_up_to_date
from storage.postgres.store import PostgresStore
from storage.postgres.turns import Turns
from tests.directories import fill
from tests.postgres import connected
from tests.storage.samples import DESK, NOW, ticket

AGENT = Actor(user="U0ANA", is_known=True, is_agent=True, reads_all_notes=True)
WIRE = {"customerId": "acme", "siteId": "hq", "ticketType": "break_fix", "sourceChannel": "internal"}
Opened = Callable[[], PostgresStore]


@pytest.fixture
async def opened(postgresql_url: str) -> AsyncIterator[Opened]:
    """Opens replicas."""
    async with AsyncExitStack() as stack:

        def open_one() -> PostgresStore:
            store = PostgresStore(Database(Address(postgresql_url)))
            stack.push_async_callback(store.close)
            return store

        yield open_one


class Asked:
    """The statements that one workspace's changes take."""

    def __init__(self, store: PostgresStore, monkeypatch: pytest.MonkeyPatch) -> None:
        self.statements: list[str] = []
        for name in ("fetch", "fetch_once"):
            monkeypatch.setattr(store.database, name, partial(self._counted, getattr(store.database, name)))

    async def _counted(self, fetch: Callable[..., object], sql: str, *args: object, **more: float) -> object:
        if args[:1] == (DESK.id,):  # of no workspace: what is told later, and asked each second
            self.statements.append(sql)
        return await fetch(sql, *args, **more)  # type: ignore[misc]


async def test_a_ticket_takes_one_statement_and_its_commit_and_a_step_one_more_for_its_news(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = opened()
    people = People(store, lambda: NOW)
    tickets = Tickets(store, lambda: NOW, people=people)
    steps = TicketSteps(store, lambda: NOW, people=people)
    origin = Origin(way="message", channel="C1", message_ts="7.1", thread_ts="7.1")
    target = Target(channel="C1", user="U0ANA")

    async def create(name: str, origin: Origin) -> None:
        request = CreateRequest(AGENT, origin, target, name)
        await tickets.create(DESK, {**WIRE, "summary": name}, request)

    await create("first", Origin(way="command", channel="C1"))
    await people.of(DESK)
    asked = Asked(store, monkeypatch)
    await create("of a message", origin)
    assert len(asked.statements) == 2, asked.statements
    asked.statements.clear()
    await steps.take(DESK, 1, "assign", {"assignedUserId": "U0BEN"}, StepRequest(AGENT, "step"))
    assert len(asked.statements) <= 3, asked.statements


async def test_each_replica_has_the_directory_as_it_was_committed(opened: Opened) -> None:
    first, second = opened(), opened()
    acme, mill = Customer(id="acme", name="Acme"), Site(id="mill", name="Mill", customer_id="acme")
    await first.change(DESK, partial(fill, directory=Directory(customers=(acme,), sites=(mill,))))
    for store in (first, second):
        await store.open(DESK)
        assert (await store.read(DESK).directory([Lookup("site", "mill")])).sites == (mill,)
    moved = mill.model_copy(update={"name": "Dock"})
    await first.change(DESK, lambda tx: tx.keep_item(moved))
    for store in (first, second):
        await store.open(DESK)
        read = store.read(DESK)
        assert await read.items_like("site", "dock", limit=9) == [moved]
        assert await read.items_like("site", "mill", limit=9) == [moved]  # by its ID
        assert (await read.directory([Lookup("site", "Mill", "name")])).sites == (moved,)


async def test_a_transaction_finds_the_items_that_it_keeps_and_writes_no_equal_one(
    opened: Opened, postgresql_url: str
) -> None:
    store = opened()
    customers = [Customer(id=f"c{n}", name=f"Customer {n}") for n in range(5)]
    await store.change(DESK, partial(fill, directory=Directory(customers=tuple(customers))))

    async def work(tx: Transaction) -> None:
        changed, new = Customer(id="c2", name="Acme"), Customer(id="new", name="New")
        for item in (*customers, new, changed):
            await tx.keep_item(item)
        found = await tx.directory([Lookup("customer", "c2"), Lookup("customer", "new")])
        assert found.customers == (changed, new)
        assert [item.id async for item in tx.items("customer")] == [*(f"c{n}" for n in range(5)), "new"]

    await store.change(DESK, work)
    async with connected(postgresql_url) as connection:
        rows = await connection.fetch("SELECT id FROM deskhand.items ORDER BY changed, position")
    assert [row["id"] for row in rows] == ["c0", "c1", "c3", "c4", "c2", "new"]


async def test_a_directory_that_changes_much_is_the_same_as_one_that_was_read_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(directory, "MOST_AT_ONCE", 10)

    def rows(version: int, names: Sequence[str]) -> list[ItemRow]:
        items = [Customer(id=f"c{n}", name=name) for n, name in enumerate(names)]
        return [ItemRow("customer", each.id, each.model_dump_json().encode(), version) for each in items]

    known: KnownItems | None = None
    for version, count in ((1, 30), (2, 5), (3, 700)):
        names = [f"Works {version} {n}" for n in range(count)]
        known = await brought_up_to_date(known, rows(version, names), version)
        stale = rows(version - 1, ["Stale"] * 3)
        known = await brought_up_to_date(known, stale, version - 1)
        assert known.version == version
        assert [item.name for item in known.search().everything("customer")][:count] == names
        assert known.search().like("customer", f"works {version} 4", None, 9)[0].name == names[4]
        assert known.search().like("customer", "stale", None, 9) == []


async def test_a_list_is_planned_for_what_it_asks_however_often_it_is_asked(postgresql_url: str) -> None:
    database = Database(Address(postgresql_url), size=1)
    store = PostgresStore(database)
    await store.change(DESK, lambda tx: tx.save(ticket(1), now=NOW))
    for _ in range(8):
        assert (await store.read(DESK).tickets(TicketFilter(open_only=True))).total == 1
    sql = "SELECT sum(generic_plans) AS plans FROM pg_prepared_statements WHERE statement LIKE 'WITH RECURSIVE%'"
    assert (await database.fetch(sql))[0]["plans"] == 0
    with pytest.raises(asyncpg.UndefinedTableError):
        await database.fetch_list("SELECT FROM nothing")
    assert await database.fetch_list("SELECT 1")
    await store.close()


def test_a_statement_is_never_the_same_for_more_than_the_times_that_it_is_planned() -> None:
    turns, ran = Turns(), Counter[tuple[str, int]]()
    for each in range(3000):
        for sql in ("often", f"once {each}"):
            ran[sql, turns.of(sql)] += 1
    assert max(ran.values()) == 5


async def test_a_pooler_that_refuses_settings_gets_them_in_each_transaction(
    postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect, refused = asyncpg.connect, 0

    async def as_pgbouncer(**options: Any) -> object:  # noqa: ANN401  (asyncpg's)
        nonlocal refused
        if options["server_settings"].keys() - {"application_name"}:
            refused += 1
            message = "unsupported startup parameter: jit"
            raise asyncpg.ProtocolViolationError(message)
        return await connect(**options)

    monkeypatch.setattr(asyncpg, "connect", as_pgbouncer)
    database = Database(Address(postgresql_url), size=2)
    await database.fetch("SELECT 1")  # by now it knows
    assert [tuple(row) for row in await database.fetch_list("SELECT current_setting('jit')")] == [("off",)]
    with pytest.raises(asyncpg.UndefinedTableError):
        await database.fetch_list("SELECT FROM nothing")
    assert await database.fetch_list("SELECT 1")
    assert refused == 1
    await database.close()


async def test_no_list_is_compiled(postgresql_url: str) -> None:
    database = Database(Address(postgresql_url))
    assert [tuple(row) for row in await database.fetch_list("SELECT current_setting('jit')")] == [("off",)]
    await database.close()
