"""A courier's office, and its seconds."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.services.courier_kit import Office
from tests.services.passing import Seconds


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    office = Office(tmp_path)
    yield office
    await office.close()


@pytest.fixture
def passes(office: Office, monkeypatch: pytest.MonkeyPatch) -> Seconds:
    seconds = Seconds(office)
    seconds.measure(office.store, monkeypatch)
    return seconds
