"""The snapshot's file: written beside the one before, and in its place only when it is complete."""

from contextlib import suppress
from pathlib import Path

from storage.journal.disk import Disk, write_all
from storage.journal.format import write_snapshot
from storage.journal.layers import Tables

TEMPORARY = ".tmp"
"""The suffix of a snapshot that is being written."""


def save_snapshot(disk: Disk, snapshot: Path, sequence: int, tables: Tables, journal: int) -> int:
    """Gives its size in bytes. Raises OSError, and then the one before is there, or this one."""
    temporary = snapshot.with_suffix(TEMPORARY)
    try:
        file, size = disk.open(temporary), 0
        try:
            disk.truncate(file, 0)
            for block in write_snapshot(sequence, tables, journal):
                write_all(disk, file, block, size)
                size += len(block)
            disk.sync(file)
        finally:
            disk.close(file)
        disk.replace(temporary, snapshot)
    except OSError:
        with suppress(OSError):
            disk.remove(temporary)  # a full disk needs the room
        raise
    disk.sync_folder(snapshot.parent)
    return size
