"""An import beside a desk at work: many short transactions, and none before all of it is checked."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest

from bot import import_parts
from bot.domain.directory import Directory
from bot.domain.errors import StoreUnavailable
from bot.domain.workspace import Workspace
from bot.import_parts import ImportCutOff, import_in_parts
from bot.imports import ImportRefused, import_files
from bot.services.ports.store import Store, Transaction
from storage import open_store
from tests.bot.test_imports import FILES, written
from tests.directories import whole
from tests.storage.samples import DESK
from tests.stores import store_url

T = TypeVar("T")

pytestmark = pytest.mark.usefixtures("in_small_parts")


class Commits:
    """Those of a store. `most`: after so many it is away."""

    def __init__(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sizes: list[int] = []
        self.most = 1000
        self._monkeypatch = monkeypatch
        monkeypatch.setattr(store, "change", self._changed(store))

    def _changed(self, store: Store) -> object:
        change = store.change

        async def counted(workspace: Workspace, work: Callable[[Transaction], Awaitable[T]]) -> T:
            if len(self.sizes) == self.most:
                raise StoreUnavailable("PostgreSQL is away.")
            before = await whole(store.read(DESK))
            done = await change(workspace, work)
            after = await whole(store.read(DESK))
            assert belongs(after), "nothing is there without what it belongs to"
            self.sizes.append(size(after) - size(before))
            return done

        return counted


def size(directory: Directory) -> int:
    return sum(len(directory.items(kind)) for kind in ("customer", "site", "system", "asset", "contact"))


def belongs(directory: Directory) -> bool:
    customers = {each.id for each in directory.customers}
    sites = {each.id for each in directory.sites}
    systems = {each.id for each in directory.systems}
    return (
        {each.customer_id for each in (*directory.sites, *directory.contacts)} <= customers
        and {each.site_id for each in (*directory.systems, *directory.assets)} <= sites
        and {each.system_id for each in directory.assets} <= systems
    )


@pytest.fixture
def in_small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_parts, "PART", 2)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = open_store(store_url(tmp_path / "data"))
    yield store
    await store.close()


@pytest.fixture
def commits(store: Store, monkeypatch: pytest.MonkeyPatch) -> Commits:
    return Commits(store, monkeypatch)


async def test_it_is_written_in_parts_and_comes_to_the_same(
    store: Store, commits: Commits, tmp_path: Path
) -> None:
    heard: list[tuple[int, int]] = []
    paths = [*reversed(written(tmp_path, {**FILES}))]
    counted = await import_in_parts(store, DESK, paths, on_written=lambda done, of: heard.append((done, of)))
    assert commits.sizes == [2, 2, 1]
    assert heard == [(2, 5), (4, 5), (5, 5)]
    other = open_store(store_url(tmp_path / "at once"))

    async def at_once(tx: Transaction) -> object:
        return await import_files(tx, paths)

    assert await other.change(DESK, at_once) == counted
    assert await whole(other.read(DESK)) == await whole(store.read(DESK))
    await other.close()


async def test_a_fault_is_found_before_anything_is_written(
    store: Store, commits: Commits, tmp_path: Path
) -> None:
    await import_in_parts(store, DESK, written(tmp_path, {**FILES}))
    commits.sizes.clear()
    rows = "id,name,siteId\n" + "".join(f"a{number},A,hq\n" for number in range(20))
    for last in ("b,B,nowhere\n", "a1,Again,hq\n", ",B,hq\n"):
        with pytest.raises(ImportRefused, match="Nothing was imported"):
            await import_in_parts(store, DESK, written(tmp_path, {"assets.csv": rows + last}))
    assert commits.sizes == []


async def test_what_was_there_is_known_and_what_comes_anew_takes_its_place(
    store: Store, tmp_path: Path
) -> None:
    await import_in_parts(store, DESK, written(tmp_path, {**FILES}))
    rows = "id,name,siteId\nfan-1,Small fan,hq\nfan-2,Fan,hq\n"
    counted = await import_in_parts(store, DESK, written(tmp_path, {"assets.csv": rows}))
    assert counted["assets"] == 2
    assert [each.name for each in (await whole(store.read(DESK))).assets] == ["Small fan", "Fan"]


async def test_where_it_is_cut_off_it_says_so_and_the_same_command_does_the_rest(
    store: Store, commits: Commits, tmp_path: Path
) -> None:
    paths, commits.most = written(tmp_path, {**FILES}), 1
    with pytest.raises(ImportCutOff) as told:
        await import_in_parts(store, DESK, paths)
    assert told.value.message == (
        "2 of 5 rows are imported, and the others are not: PostgreSQL is away."
        " Run the same command again: what is there stays as it is."
    )
    assert size(await whole(store.read(DESK))) == 2
    commits.most = 1000
    await import_in_parts(store, DESK, paths)
    assert size(await whole(store.read(DESK))) == 5
