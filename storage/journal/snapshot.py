"""The snapshot's file: written beside the one before, and in its place only when it is complete."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from storage.journal.disk import Disk, Identity, MovedError, free, identity, is_in_place, write_all
from storage.journal.format import write_snapshot
from storage.journal.layers import Tables

TEMPORARY = ".tmp"
"""The suffix of a snapshot that is being written."""

_SYNCED = 1 << 20
"""Bytes after which what was written is synced: transactions would have to wait for a sync of all of it."""


class Snapshot:
    """The file that a database has, or will have. Written by one thread at a time."""

    def __init__(self, path: Path, disk: Disk) -> None:
        self.path = path
        self._disk = disk
        self._known = self._found()
        """None where there is nothing to be missed: there was none, or a new one is being written."""

    @property
    def size(self) -> int:
        """Of the last one in bytes."""
        return self._known[1] if self._known else 0

    def save(
        self, sequence: int, tables: Tables, journal: int, pause: Callable[[], object] = lambda: None
    ) -> None:
        """Raises OSError, and then the one before is there, or this one. `pause`: as `save_snapshot` has it."""
        before, self._known = self._known, None
        try:
            save_snapshot(self._disk, self.path, sequence, tables, journal, pause)
        except OSError:
            self._known = before
            raise
        self._known = self._found()

    def require_in_place(self) -> None:
        """Raises MovedError where it was removed or replaced since, or is shorter."""
        if (known := self._known) and not is_in_place(str(self.path), *known):
            raise MovedError(self.path.name)

    def _found(self) -> tuple[Identity, int] | None:
        found = identity(str(self.path))
        return (found, self.path.stat().st_size) if found else None


def save_snapshot(
    disk: Disk,
    snapshot: Path,
    sequence: int,
    tables: Tables,
    journal: int,
    pause: Callable[[], object] = lambda: None,
) -> None:
    """Raises OSError, and then the one before is there, or this one. `pause` is called every few hundred documents."""
    temporary, before = snapshot.with_suffix(TEMPORARY), None
    try:
        file, size, synced = disk.open(temporary), 0, 0
        try:
            disk.truncate(file, 0)
            for part in write_snapshot(sequence, tables, journal):
                write_all(disk, file, part, size)
                size += len(part)
                if size - synced > _SYNCED:
                    disk.sync(file)
                    synced = size
                pause()
            disk.sync(file)
        finally:
            disk.close(file)
        before = disk.open(snapshot) if snapshot.exists() else None
        disk.replace(temporary, snapshot)
        disk.sync_folder(snapshot.parent)
    except OSError:
        with suppress(OSError):
            disk.remove(temporary)  # a full disk needs the room
            if before is not None:
                disk.close(before)
        raise
    if before is not None:
        free(disk, before, pause)
