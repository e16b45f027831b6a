"""One Deskhand for one data folder: two would overwrite each other's tickets."""

import os
import sys
from pathlib import Path

from storage.errors import StoreOpenError
from storage.file_names import shown

if sys.platform != "win32":
    import fcntl


class FolderLock:
    """Held from construction until `release`, and let go by the system when the process dies.

    The lock file stays behind on purpose: removing it could take away another process's lock.
    """

    def __init__(self, folder: Path) -> None:
        if sys.platform == "win32":
            message = (
                "The tinydb store cannot lock its folder on Windows. Run Deskhand on Linux, macOS or WSL."
            )
            raise StoreOpenError(message)
        self._file = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(self._file, 0)
            os.write(self._file, b"%d" % os.getpid())
        except BlockingIOError:
            holder = os.read(self._file, 20).decode(errors="replace")
            os.close(self._file)
            message = (
                f"The data folder {shown(folder)} is in use by another Deskhand (process {holder or '?'})."
                " Stop it first, or set DESKHAND_STORE to another folder."
            )
            raise StoreOpenError(message) from None
        except OSError:
            os.close(self._file)
            raise

    def release(self) -> None:
        os.close(self._file)
