"""Every store there is, freshly opened. The suite of test_store.py runs on each."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.services.ports import Store
from storage import open_store


@pytest.fixture(params=["tinydb"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return f"{request.param}:{tmp_path / 'data'}"


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    store = open_store(url)
    yield store
    await store.close()
