"""Where tickets live. Only `bot.app` opens a store; everybody else knows the port in `bot.services.ports`."""

from pathlib import Path

from bot.services.ports import Store
from storage.errors import StoreOpenError
from storage.tinydb_store import OnCommit, TinyDBStore

__all__ = ["OnCommit", "StoreOpenError", "open_store"]


def open_store(url: str, *, on_commit: OnCommit | None = None) -> Store:
    """Opens the store that a `DESKHAND_STORE` names: `tinydb:` and a folder, such as `tinydb:./data`.

    `on_commit` is told the seconds of every commit. Raises StoreOpenError with the fault and its remedy.
    """
    kind, _, folder = url.partition(":")
    if kind != "tinydb" or not folder or folder.startswith("//"):
        message = "DESKHAND_STORE must be “tinydb:” and a folder, such as tinydb:./data."
        raise StoreOpenError(message)
    return TinyDBStore(Path(folder), on_commit)
