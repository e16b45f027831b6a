"""A courier's office, and its seconds."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.services.outbox import courier
from tests.services.courier_kit import Office
from tests.services.passing import Seconds
from tests.stores import is_postgresql


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


@pytest.fixture(autouse=True)
def _what_a_stop_cuts_off_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """On PostgreSQL, whose clock no test moves: who stops amid a call leaves its hold for as long as that may take. On TinyDB
    `test_courier_holds` has it."""
    if is_postgresql():
        monkeypatch.setattr(courier, "LONGEST_CALL", 0.0)
