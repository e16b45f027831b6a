"""Every store there is, freshly opened: the suite of test_store.py runs on each. And TinyDB, stock and ours."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.services.ports.store import Store
from storage import open_store
from tests.storage.boxes import KINDS, Box


@pytest.fixture(params=["tinydb", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgresql_url"))
    return f"{request.param}:{tmp_path / 'data'}"


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
