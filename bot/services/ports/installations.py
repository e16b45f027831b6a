"""Where installations are kept, beside the Store. `storage` implements it."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from bot.domain.installation import Installation


class InstallationStore(Protocol):
    """All installations of a deployment. Tokens are encrypted at rest. Raises StoreUnavailable where a change cannot be
    written."""

    async def all(self) -> Sequence[Installation]:
        """Those that have ended included."""

    async def change(
        self, installation_id: str, work: Callable[[Installation | None], Installation | None]
    ) -> Installation | None:
        """Makes of what is kept under this id what `work` gives, and keeps that; None forgets it. One change of an id runs after
        the other, and is durable when it returns."""

    async def keep_state(self, state: str, expires_at: datetime) -> None:
        """Remembers a state of the OAuth flow."""

    async def use_state(self, state: str, now: datetime) -> bool:
        """Whether it was remembered and has not expired; it is forgotten by that. Of two who ask, one is told so."""
