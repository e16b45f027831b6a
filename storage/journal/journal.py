"""The journal of a database: the file to which transactions are appended, many with one sync.

The file is grown by zeros ahead of need, so that a sync has no new size to write down: 0.14 ms here instead of 0.22.
So while it is written it always ends with a zero, and when it is closed, with a line that says so. A file that ends
otherwise was cut off by somebody else. The closing line goes when the next run writes: it is no end any more.
Used by one thread at a time.
"""

import os
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from storage.journal.disk import (
    Disk,
    Identity,
    MovedError,
    free,
    identity,
    is_in_place,
    whereabouts,
    write_all,
)
from storage.journal.format import Changes, write_line
from storage.journal.lock import FolderLock

_GROWTH = 1 << 20  # bytes


class Journal:
    """The journal in file `number` beside a snapshot: `size` bytes long, and ending with transaction `sequence`.

    Writes nothing before the first append, which cuts off what the file may hold after `size`. Nothing is written or
    acknowledged once the file, or the folder's `lock`, is not the one any more that was opened.
    """

    def __init__(  # noqa: PLR0913  (where it ends, as recovery finds it)
        self,
        snapshot: Path,
        disk: Disk,
        *,
        number: int = 1,
        size: int = 0,
        sequence: int = 0,
        retired: int = 0,
        lock: FolderLock | None = None,
    ) -> None:
        self.size = size
        self.sequence = sequence
        self.number = number
        self.retired = retired
        """Bytes in the files before this one, which a compaction has yet to replace."""
        self._snapshot = snapshot
        self._disk = disk
        self._lock = lock
        self._path = str(self.path)
        self._identity = identity(self._path)
        self._file: int | None = None
        self._place: str | None = None  # where that file was when it was opened
        self._is_sound = False  # else it is opened and cut anew: who knows what a failed write left behind
        self._is_begun = False  # whether anything was written into it
        self._room = size  # the bytes up to here are there: writing them makes no file longer

    @property
    def path(self) -> Path:
        return journal_file(self._snapshot, self.number)

    def append(self, transactions: list[Changes]) -> None:
        """Returns once they are durable. Raises OSError, and then none of them is."""
        file = self._sound()
        numbered = enumerate(transactions, self.sequence + 1)
        lines = b"".join(write_line(number, self.sequence, changes) for number, changes in numbered)
        try:
            self._make_room(file, len(lines))
            write_all(self._disk, file, lines, self.size)
            self._disk.sync(file)
            self.require_in_place()
        except OSError:
            self._is_sound = False
            if self._is_locked():
                with suppress(
                    OSError
                ):  # opening it anew, or closing, does it then: nobody may find what failed
                    self._wipe(file, len(lines))
            raise
        self.size += len(lines)
        self.sequence += len(transactions)

    def require_in_place(self) -> None:
        """Raises MovedError where the file or the lock is not the one that was opened, or is cut off. Costs 3 µs."""
        if not self._is_in_place():
            raise MovedError(self.path.name)
        if not self._is_locked():
            raise MovedError("the lock file")

    def open(self) -> int:
        """Cuts off what was not acknowledged, and tries whether the disk takes writes. Raises OSError."""
        self._is_sound, self._is_begun = False, True
        self.require_in_place()
        file = self._disk.open(self.path)
        self._let_go()
        self._file, self._place = file, whereabouts(file)
        self._identity = identity(file)
        self._room = end = max(self.size, os.fstat(file).st_size)
        if end == self.size or os.pread(file, 1, end - 1) != b"\0":
            self._grow(file, end + _GROWTH)  # first: it never ends as if it had been cut off
        if end > self.size:
            self._wipe(file, end - self.size)
        self._disk.sync_folder(self.path.parent)
        self._is_sound = True
        return file

    def sync(self) -> None:
        """Makes what the file holds outlive a loss of power. Raises OSError. It stays open: no other gets its inode."""
        self._file = self._disk.open(self.path)
        self._place = whereabouts(self._file)
        try:
            self._disk.sync(self._file)
        except OSError:
            self._let_go()
            raise

    def retire(self) -> None:
        """Goes on in a new file. Raises OSError, and then goes on in the old one."""
        old = self._file, self._place, self.number, self.size, self._room, self._identity
        self._go_on(None, None, self.number + 1, 0, 0, None)
        try:
            self.open()
        except OSError:
            self._let_go()
            self._go_on(*old)
            self._is_sound = True
            raise
        self.retired += old[3]
        if old[0] is not None:
            self._disk.close(old[0])

    def forget_retired(self, pause: Callable[[], object] = lambda: None) -> None:
        """Removes the files before this one: a snapshot holds what they say. Raises OSError. `pause`: as of `free`."""
        for path in journal_files(self._snapshot):
            if number_of(path) < self.number:
                file = self._disk.open(path)
                try:
                    self._disk.remove(path)
                    self._disk.sync_folder(self._snapshot.parent)
                except OSError:
                    with suppress(OSError):
                        self._disk.close(file)
                    raise
                free(self._disk, file, pause)
        self.retired = 0

    def close(self) -> None:
        """Leaves a line that says so, and nothing behind it. Raises OSError, and then leaves it as a crash would."""
        try:
            if self._is_begun:
                self.append([{}])
                file = self._sound()
                self._room = self.size
                self._disk.truncate(file, self.size)
                self._disk.sync(file)
        finally:
            self._let_go()

    def _sound(self) -> int:
        return self._file if self._file is not None and self._is_sound else self.open()

    def _go_on(
        self, file: int | None, place: str | None, number: int, size: int, room: int, known: Identity | None
    ) -> None:
        self._file, self._place, self.number, self.size = file, place, number, size
        self._room, self._identity = room, known
        self._path = str(self.path)

    def _is_in_place(self) -> bool:
        """Asks for no times, as `stat` does: where somebody asked for them, Linux makes the next write note its own
        exactly, and its sync takes half as long again.
        """
        least = self._room if self._is_sound else self.size  # who else cuts it off takes tickets away
        if self._file is not None and self._place:
            return whereabouts(self._file) == self._place and os.lseek(self._file, 0, os.SEEK_END) >= least
        return self._identity is None or is_in_place(self._path, self._identity, least)

    def _is_locked(self) -> bool:
        return self._lock is None or self._lock.is_held()

    def _let_go(self) -> None:
        if self._file is not None:
            file, self._file = self._file, None
            with suppress(OSError):
                self._disk.close(file)

    def _make_room(self, file: int, needed: int) -> None:
        """And for one zero behind it."""
        if self.size + needed < self._room:
            return
        self._grow(file, self.size + needed + _GROWTH)

    def _grow(self, file: int, room: int) -> None:
        write_all(self._disk, file, bytes(room - self._room), self._room)
        self._disk.sync(file)
        self._room = room

    def _wipe(self, file: int, length: int) -> None:
        write_all(self._disk, file, bytes(length), self.size)
        self._disk.sync(file)


def journal_file(snapshot: Path, number: int) -> Path:
    """`T111.1.journal` beside `T111.json`."""
    return snapshot.with_name(f"{snapshot.stem}.{number}.journal")


def journal_files(snapshot: Path) -> list[Path]:
    """The journal's files that are there, in the order in which they were written."""
    begin, name = f"{snapshot.stem}.", re.compile(rf"{re.escape(snapshot.stem)}\.[0-9]+\.journal")
    every = os.listdir(snapshot.parent)  # noqa: PTH208  (a folder of a thousand workspaces: Paths cost ten times as much)
    return sorted(
        (snapshot.with_name(each) for each in every if each.startswith(begin) and name.fullmatch(each)),
        key=number_of,
    )


def number_of(path: Path) -> int:
    """Which of the journal's files this is."""
    return int(path.name.split(".")[-2])
