"""Seconds that pass when a test says so, for all that holds are measured by."""

from time import monotonic
from typing import cast

import pytest

from bot.services.outbox import holds, takeover
from bot.services.outbox.courier import Courier
from bot.services.ports.store import Store
from storage.tinydb.store import TinyDBStore
from tests.services.courier_kit import Office


class Seconds:
    """What holds are measured by; they pass when a test says so."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._passed = 0.0

    def now(self) -> float:
        return monotonic() + self._passed

    def measure(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        """From now on all that holds have to do with is measured by these."""
        for module in (holds, takeover):
            monkeypatch.setattr(module, "monotonic", self.now)
        monkeypatch.setattr(cast(TinyDBStore, store)._holds, "_clock", self.now)

    async def __call__(self, seconds: float, *asleep: Courier) -> None:
        """Lets them pass. All couriers that are not asleep renew, look and take over, and a store that is shared tells them where
        something is due."""
        self._passed += seconds
        for courier in (self._office.courier, *self._office.others):
            if courier not in asleep:
                courier._takeover.asked.set()
                for workspace in [each.workspace for each in courier._outboxes.values()]:
                    courier.wake(workspace, ())
        await self._office.rest()
