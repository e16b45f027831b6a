"""One Deskhand for one data folder: two would overwrite each other's tickets."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from storage.journal.disk import identity
from storage.journal.errors import StoreOpenError
from storage.journal.file_names import shown

if sys.platform != "win32":
    import fcntl

_NAME = ".lock"
_DELIVERS = "delivers"
_LONGEST = 40  # bytes of what it says: the number of a process and a word


class FolderLock:
    """Held from construction until `release`, and let go by the system when the process dies.

    The lock file says which process that is. It stays behind on purpose: removing it could take away another
    process's lock.
    """

    def __init__(self, folder: Path) -> None:
        if sys.platform == "win32":
            message = (
                "The tinydb store cannot lock its folder on Windows. Run Deskhand on Linux, macOS or WSL."
            )
            raise StoreOpenError(message)
        self._path = str(folder / _NAME)
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        self._identity = identity(self._file)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(self._file, 0)
            os.write(self._file, b"%d" % os.getpid())
        except BlockingIOError:
            process, _ = _said(self._file)
            os.close(self._file)
            message = (
                f"The data folder {shown(folder)} is in use by another Deskhand (process {process})."
                " Stop it first, or set DESKHAND_STORE to another folder."
            )
            raise StoreOpenError(message) from None
        except OSError:
            os.close(self._file)
            raise

    def is_held(self) -> bool:
        """Whether the lock file is still the one that was locked: where that one was removed, the lock keeps nobody out."""
        return identity(self._path) == self._identity

    def release(self) -> None:
        os.close(self._file)


def holder(folder: Path) -> tuple[str, bool] | None:
    """The number of the process that has a folder's lock, and whether it delivers; None where nobody has it."""
    if sys.platform == "win32":
        return None
    try:
        file = os.open(folder / _NAME, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _said(file)
    finally:
        os.close(file)
    return None


def _said(file: int) -> tuple[str, bool]:
    process, *more = os.read(file, _LONGEST).decode(errors="replace").split() or ["?"]
    return process, _DELIVERS in more


@contextmanager
def delivering(folder: Path) -> Iterator[None]:
    """Says in the lock file, while the block runs, that this process, which holds it, delivers what is in the outbox."""
    file = folder / _NAME
    before = file.stat().st_size
    with file.open("a") as said:
        said.write(f" {_DELIVERS}")
    try:
        yield
    finally:
        os.truncate(file, before)
