"""A TinyDB storage that keeps the tables in memory and writes all of them, durably, with every commit.

A commit has three steps, so that the disk holds up nobody: `stage` (in memory), `persist` (in any thread) and
`adopt`. Until the last, everybody reads what was committed before.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson
from tinydb.storages import Storage

from storage.errors import StoreOpenError
from storage.file_names import shown

Tables = dict[str, dict[str, Any]]  # TinyDB's own shape: documents by id, by table

_PROBE = 64 * 1024  # bytes: more than a disk has left when it calls itself full


class WholeFile(Storage):
    """The tables of one JSON file. The file is either the state before a commit or the state after it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._tables = _load(path)
        self._staged: Tables | None = None

    def read(self) -> Tables:
        return self._tables if self._staged is None else self._staged

    def write(self, data: Tables) -> None:
        if self._staged is None:
            message = "tables are written inside stage() only"
            raise RuntimeError(message)
        self._staged = data

    def stage(self, change: Callable[[], None]) -> Tables:
        """What the tables would be after `change`, which writes to them through TinyDB."""
        self._staged = dict(self._tables)
        try:
            change()
            return self._staged
        finally:
            self._staged = None

    def persist(self, tables: Tables) -> None:
        """Writes the tables to disk and waits for it. Raises OSError, and then the file is as it was."""
        _replace(self._path, tables)
        try:
            _sync_folder(self._path.parent)
        except OSError:
            # The new file stands already, but might not outlive a crash: nobody may ever see it.
            with suppress(OSError):
                if self._tables:
                    _replace(self._path, self._tables)
                else:
                    self._path.unlink()
            raise

    def delete(self) -> None:
        """Removes the file, for good."""
        self._path.unlink(missing_ok=True)
        _sync_folder(self._path.parent)

    def adopt(self, tables: Tables) -> None:
        """Lets everybody read what was persisted."""
        self._tables = tables


def _load(path: Path) -> Tables:
    try:
        tables: Tables = orjson.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, orjson.JSONDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise unreadable(path, reason or "unknown error") from error
    if not isinstance(tables, dict) or not tables:
        raise unreadable(path, "it is not a store of Deskhand")
    return tables


def unreadable(path: Path, reason: str) -> StoreOpenError:
    """What to say of a file that is not what Deskhand wrote."""
    return StoreOpenError(
        f"{shown(path)} cannot be read ({reason}). Deskhand has left it as it is: restore it from a backup,"
        " or move it out of the folder to start that workspace empty."
    )


def _replace(path: Path, tables: Tables) -> None:
    temporary = path.with_suffix(".tmp")
    try:
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(orjson.dumps(tables))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
        with suppress(OSError):
            temporary.unlink()  # on a full disk, what was half written only makes it fuller
        raise


def _sync_folder(folder: Path) -> None:
    """Makes a rename durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def probe(folder: Path) -> None:
    """Raises OSError where the disk does not take what a commit does. Blocks until it has."""
    attempt = folder / ".probe"
    _replace(attempt, {"probe": {"1": {"filler": " " * _PROBE}}})
    attempt.unlink()
    _sync_folder(folder)
