"""The journal of a database: the file to which transactions are appended, many with one sync.

The file is grown by zeros ahead of need, so that a sync has no new size to write down: 0.14 ms here instead of 0.22.
What follows the last line is zeros, or nothing. Used by one thread at a time.
"""

import re
from contextlib import suppress
from pathlib import Path

from storage.journal.disk import Disk, write_all
from storage.journal.format import Changes, write_line

_GROWTH = 1 << 20  # bytes


class Journal:
    """The journal in file `number` beside a snapshot: `size` bytes long, and ending with transaction `sequence`.

    Touches the disk with the first append, and cuts off what the file may hold after `size`.
    """

    def __init__(
        self,
        snapshot: Path,
        disk: Disk,
        *,
        number: int = 1,
        size: int = 0,
        sequence: int = 0,
        retired: int = 0,
    ) -> None:
        self.size = size
        self.sequence = sequence
        self.retired = retired
        """Bytes in the files before this one, which a compaction has yet to replace."""
        self._snapshot = snapshot
        self._disk = disk
        self._number = number
        self._file: int | None = None
        self._is_sound = False  # else it is opened and cut anew: who knows what a failed write left behind
        self._room = size  # the bytes up to here are there: writing them makes no file longer

    @property
    def path(self) -> Path:
        return journal_file(self._snapshot, self._number)

    def append(self, transactions: list[Changes]) -> None:
        """Returns once they are durable. Raises OSError, and then none of them is."""
        file = self._file if self._file is not None and self._is_sound else self.open()
        numbered = enumerate(transactions, self.sequence + 1)
        lines = b"".join(write_line(number, self.sequence, changes) for number, changes in numbered)
        try:
            self._make_room(file, len(lines))
            write_all(self._disk, file, lines, self.size)
            self._disk.sync(file)
        except OSError:
            self._is_sound = False
            with suppress(OSError):  # opening it anew, or closing, does it then: nobody may find what failed
                self._cut(file)
            raise
        self.size += len(lines)
        self.sequence += len(transactions)

    def open(self) -> int:
        """Cuts off what was not acknowledged, and tries whether the disk takes writes. Raises OSError."""
        self._is_sound = False
        file = self._disk.open(self.path)
        self._let_go()
        self._file = file
        self._disk.truncate(file, self.size)
        self._room = self.size
        self._make_room(file, 1)
        self._disk.sync_folder(self.path.parent)
        self._is_sound = True
        return file

    def sync(self) -> None:
        """Makes what the file holds outlive a loss of power. Raises OSError."""
        file = self._disk.open(self.path)
        try:
            self._disk.sync(file)
        finally:
            self._disk.close(file)

    def retire(self) -> None:
        """Goes on in a new file. Raises OSError, and then goes on in the old one."""
        old = self._file, self._number, self.size, self._room
        self._file, self._number, self.size, self._room = None, self._number + 1, 0, 0
        try:
            self.open()
        except OSError:
            self._let_go()
            self._file, self._number, self.size, self._room = old
            self._is_sound = True
            raise
        self.retired += old[2]
        if old[0] is not None:
            self._disk.close(old[0])

    def forget_retired(self) -> None:
        """Removes the files before this one: a snapshot holds what they say. Raises OSError."""
        for path in journal_files(self._snapshot):
            if number_of(path) < self._number:
                self._disk.remove(path)
        self._disk.sync_folder(self._snapshot.parent)
        self.retired = 0

    def close(self) -> None:
        """Leaves nothing behind the last line. Raises OSError."""
        if self._file is not None:
            try:
                self._cut(self._file)
            finally:
                self._let_go()

    def _cut(self, file: int) -> None:
        self._disk.truncate(file, self.size)
        self._disk.sync(file)

    def _let_go(self) -> None:
        if self._file is not None:
            file, self._file = self._file, None
            with suppress(OSError):
                self._disk.close(file)

    def _make_room(self, file: int, needed: int) -> None:
        if self.size + needed <= self._room:
            return
        room = self.size + needed + _GROWTH
        write_all(self._disk, file, bytes(room - self._room), self._room)
        self._disk.sync(file)
        self._room = room


def journal_file(snapshot: Path, number: int) -> Path:
    """`T111.1.journal` beside `T111.json`."""
    return snapshot.with_name(f"{snapshot.stem}.{number}.journal")


def journal_files(snapshot: Path) -> list[Path]:
    """The journal's files that are there, in the order in which they were written."""
    name = re.compile(rf"{re.escape(snapshot.stem)}\.[0-9]+\.journal")
    return sorted(filter(lambda path: name.fullmatch(path.name), snapshot.parent.iterdir()), key=number_of)


def number_of(path: Path) -> int:
    """Which of the journal's files this is."""
    return int(path.name.split(".")[-2])
