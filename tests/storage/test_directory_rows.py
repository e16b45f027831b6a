"""The directory in the store: what is looked up of it means what all of it would, and costs the same in a large one."""

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import orjson
import pytest

from bot.domain.directory import Asset, Contact, Customer, Directory, Site, System
from bot.domain.errors import InvalidInput
from bot.domain.fields import ItemKind
from bot.domain.filters import Asker, items_asked, read_filter
from bot.domain.lookup import Lookup
from bot.domain.phrases import LineReader, Phrase
from bot.domain.search import TicketFilter
from bot.services.ports.store import Store
from storage.common.directory_search import TABLES, DirectorySearch
from storage.journal.engine import Engine
from storage.journal.layers import ReadView
from storage.tinydb.directory_rows import DirectoryIndexes
from storage.tinydb.documents import SCHEMA, document, read
from storage.tinydb.workspace_db import INDEXES
from tests.directories import KINDS, fill
from tests.storage.samples import DESK
from tests.storage.test_store import reopened

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
OFFICE = Directory(
    customers=(
        Customer(id="acme", name="Acme"),
        Customer(id="c2", name="Acme Manufacturing"),
        Customer(id="AbC", name="Łódź Works"),
        Customer(id="aBc", name="Cafe"),
        Customer(id="c5", name="Café"),
    ),
    sites=(
        Site(id="hq-1", name="HQ", customer_id="acme", address="1 Foundry Lane, Zürich"),
        Site(id="hq-2", name="HQ", customer_id="c2", address="2 Kiln Road"),
        Site(id="p2", name="Plant 2", customer_id="c2"),
        Site(id="p22", name="Plant 22 North", customer_id="aBc"),
    ),
    systems=(System(id="hvac", name="Ventilation", site_id="p2"),),
    assets=(
        Asset(id="a-1", name="Pump 7", site_id="hq-1"),
        Asset(id="a-2", name="Pump 7", site_id="p2", system_id="hvac"),
        Asset(id="a-3", name="Pumpkin", site_id="p22"),
    ),
    contacts=(Contact(id="ann", name="Ann Lee", customer_id="c2", email="ann@acme.example", phone="555 12"),),
)
Get = Callable[[ReadView, str, int], bytes | None]
PIECES = (
    *("Lamp", "broken", "in", "hall", "customer:", "site:", "asset:", "contact:", "system:", "custmer:"),
    *("Acme", "acme", "Manufacturing", "Manufactoring", "Cafe", "café", "ABC", "abc", "aBc", "Lodz", "Works"),
    *(
        "HQ",
        "hq-1",
        "Plant",
        "2",
        "22",
        "Nor",
        "plnt",
        "Pump",
        "7",
        "Pumpk",
        "hvac",
        "Vent",
        "Ann",
        '"HQ"',
        ",",
    ),
)


def lines(count: int) -> Iterator[str]:
    draw = random.Random(7)  # noqa: S311
    for _ in range(count):
        pieces = draw.choices(PIECES, k=draw.randint(2, 12))
        yield "".join(piece if piece.endswith(":") else f"{piece} " for piece in pieces)


def reader(line: str) -> LineReader:
    return LineReader(line, now=NOW, zone=UTC, people=lambda _: (), ticket_id=lambda _: None)


def read_with(line: str, directory: Directory) -> Phrase:
    return reader(line).phrase(directory)


def filter_with(words: str, directory: Directory) -> TicketFilter | str:
    asker = Asker(
        user="U0BEN", at=NOW, zone=UTC, directory=directory, people=lambda _: (), queues=frozenset()
    )
    try:
        return read_filter(words, asker)
    except InvalidInput as invalid:
        return invalid.message


async def test_a_line_means_the_same_with_what_it_names_as_with_all_there_is(store: Store) -> None:
    await store.change(DESK, partial(fill, directory=OFFICE))
    for line in lines(600):
        named = await store.read(DESK).directory(reader(line).lookups)
        assert read_with(line, named) == read_with(line, OFFICE), line


async def test_a_filter_means_the_same_with_what_it_names_as_with_all_there_is(store: Store) -> None:
    await store.change(DESK, partial(fill, directory=OFFICE))
    for words in lines(600):
        named = await store.read(DESK).directory(items_asked(words))
        assert filter_with(words, named) == filter_with(words, OFFICE), words


async def test_type_ahead_gives_what_fits_best_first_right_after_opening_too(store: Store, url: str) -> None:
    await store.change(DESK, partial(fill, directory=OFFICE))
    typed = {item.name[:end] for kind in KINDS for item in OFFICE.items(kind) for end in range(12)}
    typed |= {"plant n", "road", "ump", "ustria", "2", "zurich", "lodz", "a-", "555", "ann@", "abc", "hq-2"}
    async with reopened(store, url) as again:
        read = again.read(DESK)
        for kind in KINDS:
            for text in typed:
                found = await read.items_like(kind, text, limit=100)
                if fitting := OFFICE.search(kind, text):
                    assert found == fitting, (kind, text)
        within = await read.items_like("site", "", within="C2", limit=100)
        assert within == OFFICE.search("site", "", within="C2")


async def test_type_ahead_offers_what_looks_like_it_where_nothing_fits(store: Store) -> None:
    await store.change(DESK, partial(fill, directory=OFFICE))
    read = store.read(DESK)
    assert (await read.items_like("site", "plnt 22 nrth", limit=9))[0].id == "p22"
    assert await read.items_like("site", "zebra", limit=9) == []


async def test_what_is_looked_up_comes_with_what_it_belongs_to_and_nothing_else(store: Store) -> None:
    await store.change(DESK, partial(fill, directory=OFFICE))
    found = await store.read(DESK).directory([Lookup("asset", "A-2")])
    assert [item.id for kind in KINDS for item in found.items(kind)] == ["c2", "p2", "a-2"]
    assert all(found.knows(kind) for kind in KINDS)
    nothing = await store.read(DESK).directory([])
    assert not any(nothing.items(kind) for kind in KINDS)


async def test_one_of_very_many_sites_of_the_same_name_is_found_by_its_customer(store: Store) -> None:
    many = range(300)
    directory = Directory(
        customers=tuple(Customer(id=f"c{n}", name=f"Customer {n}") for n in many),
        sites=tuple(Site(id=f"s{n}", name="HQ", customer_id=f"c{n}") for n in many),
    )
    await store.change(DESK, partial(fill, directory=directory))
    line = "Lamp broken customer:c250 site:HQ"
    read = read_with(line, await store.read(DESK).directory(reader(line).lookups))
    assert (read.problems, read.fields["siteId"]) == ((), "s250")
    alone = read_with("Lamp site:HQ", await store.read(DESK).directory(reader("Lamp site:HQ").lookups))
    assert "many more" in alone.problems[0].message


async def test_a_changed_item_is_all_that_is_written_and_an_equal_one_is_nothing(
    tinydb_store: Store, tmp_path: Path
) -> None:
    def written() -> int:
        return sum(len(path.read_bytes().rstrip(b"\0")) for path in tmp_path.rglob("*.journal*"))

    customers = [Customer(id=f"c{n}", name=f"Customer {n}") for n in range(2000)]
    await tinydb_store.change(DESK, partial(fill, directory=Directory(customers=tuple(customers))))
    before = written()
    await tinydb_store.change(DESK, partial(fill, directory=Directory(customers=tuple(customers))))
    assert written() == before
    customers[77] = Customer(id="c77", name="Acme")
    await tinydb_store.change(DESK, partial(fill, directory=Directory(customers=tuple(customers))))
    assert 0 < written() - before < 200
    assert [item.name async for item in tinydb_store.read(DESK).items("customer")][77] == "Acme"


async def test_an_item_with_another_name_is_found_by_that_alone(store: Store) -> None:
    await store.change(DESK, partial(fill, directory=OFFICE))
    changed = Directory(sites=(Site(id="p2", name="Mill", customer_id="acme", address="3 Dock St"),))
    await store.change(DESK, partial(fill, directory=changed))
    read = store.read(DESK)
    assert [item.id for item in await read.items_like("site", "plant 2", limit=9)] == ["p22"]
    for typed in ("mill", "dock"):
        assert [item.id for item in await read.items_like("site", typed, limit=9)] == ["p2"]
    assert [item.id for item in await read.items_like("site", "", within="acme", limit=9)] == ["hq-1", "p2"]
    assert (await read.directory([Lookup("site", "Plant 2", "name")])).sites == ()


def large(folder: Path, count: int) -> Engine:
    """As an earlier version left it: so many sites, a customer for ten of them, and an asset in each."""
    towns = ("Millbrook", "Ashford", "Bergen", "Zürich", "Gent", "Porto", "Cork")
    tables: dict[str, list[dict[str, object]]] = {
        "customers": [{"id": f"c{n}", "name": f"Acme {towns[n % 7]} {n}"} for n in range(count // 10)],
        "sites": [
            {
                "id": f"s{n}",
                "name": f"Plant {n} {towns[n % 7]}",
                "customerId": f"c{n // 10}",
                "address": "1 Kiln Rd",
            }
            for n in range(count)
        ],
        "assets": [
            {"id": f"a{n}", "name": f"Pump {n} Hall {n % 9}", "siteId": f"s{n}", "systemId": None}
            for n in range(count)
        ],
    }
    kept = {
        name: {str(row): document for row, document in enumerate(documents, 1)}
        for name, documents in tables.items()
    }
    (folder / "T1.json").write_bytes(orjson.dumps(kept))
    engine = Engine(folder / "T1.json", INDEXES)
    with engine.lock:
        for kind in KINDS:
            for index in engine.indexes(TABLES[kind].name):
                while index.settle(10_000):
                    pass
    return engine


@pytest.mark.parametrize("count", [1_000, pytest.param(100_000, marks=pytest.mark.slow)])
def test_few_rows_are_read_however_many_there_are(
    count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, reads = large(tmp_path, count), list[int]()

    def counted(view: ReadView, table: str, row: int, original: Get = ReadView.get) -> bytes | None:
        reads.append(row)
        return original(view, table, row)

    monkeypatch.setattr(ReadView, "get", counted)
    indexes = DirectoryIndexes(engine)
    rows = DirectorySearch(indexes.whole, indexes.parts, engine.view, read)
    for line, most in (
        ("Lamp customer:c77 site:s770", 10),
        ("Lamp customer:Acme Ashford 50 site:Plant 500 asset:Pump 500", 1000),
        ("Lamp site:plnt 77 ashfrd", 1100),
    ):
        reads.clear()
        directory = rows.part(reader(line).lookups)
        assert 0 < len(reads) <= most, line
        assert 0 < sum(len(directory.items(kind)) for kind in KINDS) < 1000
    typed: list[tuple[ItemKind, str]] = [("site", ""), ("site", "p"), ("asset", "ump 77"), ("site", "s-1")]
    for kind, text in typed:
        reads.clear()
        rows.like(kind, text, None, 100)
        assert len(reads) <= 4 * 150 + 20, text
    engine.close()


async def test_what_one_must_know_on_site_is_kept_and_nothing_where_there_is_none(
    store: Store, url: str
) -> None:
    bare = Site(id="bare", name="Bare", customer_id="acme")
    known = bare.model_copy(
        update={
            "id": "known",
            "site_type": "mixed_use",
            "occupancy_profile": "24_7",
            "hazards_notes": "Wires",
        }
    )
    await store.change(DESK, partial(fill, directory=Directory(sites=(bare, known))))
    assert document(bare) == {"schema": SCHEMA, "id": "bare", "name": "Bare", "customerId": "acme"}
    async with reopened(store, url) as again:
        found = await again.read(DESK).directory([Lookup("site", "bare"), Lookup("site", "known")])
    assert found.sites == (bare, known)


def test_a_site_of_an_earlier_version_opens() -> None:
    raw = orjson.dumps({"id": "hq", "name": "HQ", "customerId": "acme", "address": "1 Foundry Lane"})
    assert read(Site, raw) == Site(id="hq", name="HQ", customer_id="acme", address="1 Foundry Lane")
