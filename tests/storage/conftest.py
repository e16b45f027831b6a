"""Every store there is, freshly opened: the suite of test_store.py runs on each. And TinyDB, stock and ours."""

import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from bot.services.ports.store import Store
from storage import open_store
from tests.postgres import Databases
from tests.storage.boxes import KINDS, Box

Fresh = Callable[[], AbstractContextManager[str]]


@pytest.fixture(params=["tinydb", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgresql_url"))
    return f"{request.param}:{tmp_path / 'data'}"


@pytest.fixture(scope="session", params=["tinydb", "postgresql"])
def fresh(request: pytest.FixtureRequest) -> Fresh:
    """A fresh store's URL for each example of a property."""

    @contextmanager
    def in_a_folder() -> Iterator[str]:
        with tempfile.TemporaryDirectory() as folder:
            yield f"tinydb:{folder}"

    @contextmanager
    def in_a_database() -> Iterator[str]:
        databases: Databases = request.getfixturevalue("postgresql")
        url = databases.take()
        yield url
        databases.give_back(url)

    return in_a_database if request.param == "postgresql" else in_a_folder


@pytest.fixture
async def tinydb_store(tmp_path: Path) -> AsyncIterator[Store]:
    """For what is about its files."""
    store = open_store(f"tinydb:{tmp_path / 'data'}")
    yield store
    await store.close()


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    store = open_store(url)
    yield store
    await store.close()


@pytest.fixture(params=KINDS)
def box(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Box]:
    box = KINDS[request.param](tmp_path)
    yield box
    box.db.close()
