"""The calls to the operating system that durability hangs on, in one place, so that tests can make each of them fail."""

import errno
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

if sys.platform == "darwin":
    import fcntl


_FREED = 4 << 20  # bytes: a millisecond


class Disk:
    """The real thing. All calls block; all raise OSError."""

    def open(self, path: Path) -> int:
        """Opens a file for reading and writing; makes it, for its owner alone, where there is none."""
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def write(self, file: int, data: bytes | memoryview, offset: int) -> int:
        """Gives how many bytes were taken, which may be fewer than there were."""
        return os.pwrite(file, data, offset)

    def sync(self, file: int) -> None:
        """Returns once what was written would outlive a loss of power."""
        if sys.platform == "darwin":
            fcntl.fcntl(file, fcntl.F_FULLFSYNC)  # there fsync leaves it in the drive's cache
        else:
            os.fdatasync(file)

    def truncate(self, file: int, size: int) -> None:
        os.ftruncate(file, size)

    def close(self, file: int) -> None:
        os.close(file)

    def replace(self, source: Path, target: Path) -> None:
        source.replace(target)

    def remove(self, path: Path) -> None:
        """Does nothing where there is no such file."""
        path.unlink(missing_ok=True)

    def sync_folder(self, folder: Path) -> None:
        """Makes what was created, renamed or removed in a folder outlive a loss of power."""
        handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


class Identity(NamedTuple):
    """Which file it is, whatever its name."""

    device: int
    inode: int


def identity(path: str | int) -> Identity | None:
    """Of the file with that name or handle; None where there is none."""
    try:
        found = os.stat(path)  # noqa: PTH116  (asked before every answer: a Path costs as much again)
    except FileNotFoundError:
        return None
    return Identity(found.st_dev, found.st_ino)


class MovedError(OSError):
    """The files are not where they were opened: what is written would be in nobody's sight, or in another's files."""

    def __init__(self, what: str) -> None:
        super().__init__(errno.ESTALE, f"{what} was removed or replaced while Deskhand ran")


def is_in_place(path: str, known: Identity, least: int) -> bool:
    """Whether that name is still that file's, which holds as many bytes at least."""
    try:
        found = os.stat(path)  # noqa: PTH116  (asked before every answer: a Path costs as much again)
    except FileNotFoundError:
        return False
    return (found.st_dev, found.st_ino) == known and found.st_size >= least


def whereabouts(file: int) -> str | None:
    """The name that an open file has by now; another one once it is moved or removed. None where no system tells it."""
    try:
        return os.readlink(f"/proc/self/fd/{file}")  # noqa: PTH115  (as `os.stat` above)
    except OSError:
        return None


def free(disk: Disk, file: int, pause: Callable[[], object]) -> None:
    """Closes a file that was removed, and gives its room back a little at a time: while the file system frees hundreds of
    megabytes at once, every sync waits. Of one that has another name, it gives nothing back.

    Its removal has to be durable. Raises nothing: what is left of it goes when it is closed.
    """
    with suppress(OSError):
        found = os.fstat(file)
        size = 0 if found.st_nlink else found.st_size
        while size:
            size = max(0, size - _FREED)
            disk.truncate(file, size)
            pause()
    with suppress(OSError):
        disk.close(file)


def write_all(disk: Disk, file: int, data: bytes, offset: int) -> None:
    """Writes until everything is taken."""
    rest = memoryview(data)
    while rest:
        taken = disk.write(file, rest, offset)
        rest, offset = rest[taken:], offset + taken
