"""Where tickets live. Only `bot.app` opens a store; everybody else knows the port in `bot.services.ports`."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from bot.services.ports.store import Store
from storage.journal.errors import StoreOpenError
from storage.journal.lock import FolderLock, delivering
from storage.repair.repair import repaired, verify
from storage.tinydb.store import OnCommit, TinyDBStore
from storage.tinydb.workspace_db import meta_by_name

__all__ = ["OnCommit", "StoreOpenError", "delivering", "open_store", "repair_store", "verify_store"]


def open_store(url: str, *, on_commit: OnCommit | None = None) -> Store:
    """Opens the store that a `DESKHAND_STORE` names: `tinydb:` and a folder, such as `tinydb:./data`.

    `on_commit` is told the seconds of every commit. Raises StoreOpenError with the fault and its remedy.
    """
    return TinyDBStore(_folder(url), on_commit)


def verify_store(url: str) -> Sequence[StoreOpenError]:
    """What is wrong with the files of a store. Raises StoreOpenError while a Deskhand has it, and OSError."""
    folder = _folder(url)
    if not folder.exists():
        return []
    lock = FolderLock(folder)
    try:
        return verify(folder)
    finally:
        lock.release()


def repair_store(url: str) -> Iterator[str]:
    """Saves what can be saved of damaged databases, and says what became of each, a line at a time.

    Raises StoreOpenError while a Deskhand has the store, or where the disk does not take it.
    """
    folder = _folder(url)
    if not folder.exists():
        return
    lock = FolderLock(folder)
    try:
        yield from repaired(folder, meta_by_name)
    except OSError as error:
        message = (
            f"The repair has stopped ({error.strerror}), and has lost nothing. Mend that and start it again."
        )
        raise StoreOpenError(message) from error
    finally:
        lock.release()


def _folder(url: str) -> Path:
    kind, _, folder = url.partition(":")
    if kind != "tinydb" or not folder or folder.startswith("//"):
        message = "DESKHAND_STORE must be “tinydb:” and a folder, such as tinydb:./data."
        raise StoreOpenError(message)
    return Path(folder)
