"""Where tickets live. Only `bot.app` opens a store; everybody else knows the ports in `bot.services.ports`.

A workspace is a TinyDB database. `storage.tinydb` has its tables, and is all that the Store port needs: TinyDB's Table
and Storage open it, read it and query it, and a transaction is a TinyDB of its own whose commit can be awaited. Under
it `storage.journal` keeps the files, and `storage.repair` saves damaged ones; neither knows of TinyDB. `storage.postgres` is the
same port on PostgreSQL, `storage.common` what both need, and `storage.copying` brings everything from one to the other.

PostgreSQL's driver is an extra: nothing imports it before a store needs it.
"""

from collections.abc import Sequence

from pydantic import SecretStr

from bot.services.ports.installations import InstallationStore
from bot.services.ports.sharing import SharingStore
from bot.services.ports.store import Store
from bot.services.ports.store_url import MOST_OPEN, OnCommit, StoreUrl
from storage.common.keyring import Keyring
from storage.copying.copy import Step
from storage.copying.stores import copy_store
from storage.journal.errors import StoreOpenError
from storage.store_url import store_url
from storage.tinydb.installations import TinyDBInstallations
from storage.tinydb.sharing import TinyDBSharing
from storage.tinydb.store import TinyDBStore

__all__ = [
    "OnCommit",
    "Step",
    "StoreOpenError",
    "StoreUrl",
    "copy_store",
    "installation_store",
    "open_store",
    "sharing_store",
    "store_url",
]


def open_store(url: str, *, on_commit: OnCommit | None = None, most_open: int = MOST_OPEN) -> Store:
    """Opens what a DESKHAND_STORE names. Raises StoreOpenError with the fault and its remedy."""
    return store_url(url).open(on_commit=on_commit, most_open=most_open)


def installation_store(store: Store, keys: Sequence[SecretStr]) -> InstallationStore:
    """Where the installations of a store's deployment are kept. `keys`: the newest first; without any, what is kept cannot be
    read."""
    if isinstance(store, TinyDBStore):
        return TinyDBInstallations(store.deployment, Keyring(keys))
    from storage.postgres.installations import PostgresInstallations  # noqa: PLC0415  (needs the driver)
    from storage.postgres.store import PostgresStore  # noqa: PLC0415

    if not isinstance(store, PostgresStore):
        raise TypeError(store)
    return PostgresInstallations(store.database, Keyring(keys), store.signals.tell)


def sharing_store(store: Store) -> SharingStore:
    """Where a store's deployment keeps what its workspaces know of each other."""
    if isinstance(store, TinyDBStore):
        return TinyDBSharing(store.deployment)
    from storage.postgres.sharing import PostgresSharing  # noqa: PLC0415  (needs the driver)
    from storage.postgres.store import PostgresStore  # noqa: PLC0415

    if not isinstance(store, PostgresStore):
        raise TypeError(store)
    return PostgresSharing(store.database)
