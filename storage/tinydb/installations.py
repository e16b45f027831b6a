"""The installations of a deployment, in its database. Tokens stand there encrypted, and in no other form."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from itertools import islice

from pydantic import JsonValue

from bot.domain.installation import Installation
from bot.domain.record import Instant, Record
from bot.services.ports.installations import ChangedInstallations
from storage.common.keyring import Keyring
from storage.common.sealing import MOST_STATES, Sealed, digest, opened, sealed
from storage.journal.indexes import Unique
from storage.tinydb.deployment import DeploymentDB, DeploymentTable, DeploymentTransaction
from storage.tinydb.queries import Is

_SWEPT = 10
"""So many of the oldest are looked at when one is used."""


class SealedInstallation(Record):
    """An installation whose tokens are encrypted: `tokens` holds them, `plain` all the rest."""

    id: str
    plain: Mapping[str, JsonValue]
    tokens: str


class OAuthState(Record):
    """A state that was used, by its digest."""

    digest: str
    expires_at: Instant


INSTALLATIONS = DeploymentTable("installations", SealedInstallation, {"id": partial(Unique, "id")})
STATES = DeploymentTable("oauth_states", OAuthState, {"digest": partial(Unique, "digest")})
TABLES = (INSTALLATIONS, STATES)


class TinyDBInstallations:
    """Implements the port InstallationStore."""

    def __init__(self, deployment: DeploymentDB, keyring: Keyring) -> None:
        self._deployment = deployment
        self._keyring = keyring
        self._version = 1

    async def all(self) -> Sequence[Installation]:
        return [self._opened(kept) for kept in self._deployment.read(INSTALLATIONS)]

    async def version(self, *, since: float | None = None) -> int:  # noqa: ARG002
        return self._version

    async def changed(self, after: int) -> ChangedInstallations:  # noqa: ARG002
        version, found = self._version, await self.all()
        return ChangedInstallations(version, found, frozenset(each.id for each in found))

    async def change(
        self, installation_id: str, work: Callable[[Installation | None], Installation | None]
    ) -> Installation | None:
        whose = Is("id", installation_id)

        def change(tx: DeploymentTransaction) -> Installation | None:
            table = tx.table(INSTALLATIONS)
            kept = table.get(whose)
            before = self._opened(kept) if kept else None
            after = work(before)
            if after is None:
                table.remove(whose)
            elif after != before:
                table.keep_as(self._sealed(after), whose)
            return after

        try:
            return await self._deployment.change(change)
        finally:  # only now is it read
            self._version += 1

    async def forget(self, installation_id: str) -> None:
        self._deployment.forget_replaced()
        try:
            await self._deployment.change(
                lambda tx: tx.table(INSTALLATIONS).remove(Is("id", installation_id))
            )
        finally:
            self._version += 1

    async def rekey(self) -> int:
        def work(tx: DeploymentTransaction) -> int:
            table = tx.table(INSTALLATIONS)
            installations = [self._opened(kept) for kept in table]
            for installation in installations:
                table.keep_as(self._sealed(installation), Is("id", installation.id))
            return len(installations)

        self._deployment.forget_replaced()  # what an old key decrypts must not stay in the journal
        return await self._deployment.change(work)

    async def use_state(self, state: str, expires_at: datetime, now: datetime) -> bool:
        name = digest(state)
        whose = Is("digest", name)

        def work(tx: DeploymentTransaction) -> bool:
            table = tx.table(STATES)
            if table.get(whose):
                return False
            surplus = len(table) - MOST_STATES
            for at, old in enumerate([*islice(table, _SWEPT)]):
                if at <= surplus or old.expires_at <= now:
                    table.remove(Is("digest", old.digest))
            table.keep_as(OAuthState(digest=name, expires_at=expires_at), whose)
            return True

        return await self._deployment.change(work)

    def _sealed(self, installation: Installation) -> SealedInstallation:
        plain, tokens = sealed(self._keyring, installation)
        return SealedInstallation(id=installation.id, plain=plain, tokens=tokens)

    def _opened(self, kept: SealedInstallation) -> Installation:
        """Raises WrongKey and NoKey."""
        return opened(self._keyring, Sealed(kept.plain, kept.tokens))
