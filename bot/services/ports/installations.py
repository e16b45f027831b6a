"""Where installations are kept, beside the Store, and who makes new tokens of old ones. `storage` and `handlers.oauth`
implement them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from bot.domain.installation import Installation, Tokens


class ChangedInstallations(NamedTuple):
    """`changed`: at least those that have changed after the version that was asked about. `ids`: of all that there are."""

    version: int
    changed: Sequence[Installation]
    ids: frozenset[str]


class InstallationStore(Protocol):
    """All installations of a deployment. Tokens are encrypted at rest. Raises StoreUnavailable where a change cannot be
    written."""

    async def all(self) -> Sequence[Installation]:
        """Those that have ended included. Raises DeskError where the keys do not decrypt their tokens."""

    async def version(self, *, since: float | None = None) -> int:
        """A higher number after each change of any of them, whichever process makes it. `since`: a moment by `monotonic`; a look
        of `Store.open` finds the number, too, and one that began no earlier is looked at no second time."""

    async def changed(self, after: int) -> ChangedInstallations:
        """What has changed since they had this version; 0: all of them. As `all`."""

    async def change(
        self, installation_id: str, work: Callable[[Installation | None], Installation | None]
    ) -> Installation | None:
        """Makes of what is kept under this id what `work` gives, and keeps that; None forgets it. One change of an id runs after
        the other, and is durable when it returns."""

    async def forget(self, installation_id: str) -> None:
        """As a change that gives None, without a look at what is kept."""

    async def rekey(self) -> int:
        """Encrypts all tokens with the newest key, and says of how many installations."""

    async def use_state(self, state: str, expires_at: datetime, now: datetime) -> bool:
        """Whether this state of the OAuth flow was not used before. It is used by that: of two who ask, one is told so. Those
        that have expired are forgotten."""


class RefreshRefused(Exception):
    """Slack takes the refresh token no more: it was used before, or revoked. The message is its code."""


class TeamList(Protocol):
    async def names(self, installation: Installation) -> Mapping[str, str]:
        """The names of all teams that an organisation-wide installation has, by their IDs. Raises NotDelivered."""


class Rotator(Protocol):
    async def refreshed(self, installation: Installation) -> Tokens:
        """New tokens for those that it has. Raises RefreshRefused, and NotDelivered where nobody knows whether Slack made any.

        Takes 30 seconds at most, which is more than any other call: an answer that is given up is lost for good.
        """
