"""The databases of a folder, by the names of their files."""

from pathlib import Path

from storage.journal.disk import Disk
from storage.journal.journal import journal_files
from storage.journal.snapshot import TEMPORARY

DEPLOYMENT = "deployment.json"
"""The database that is no workspace's: none has a name in lower case."""

DESTROYED = ".destroyed"
"""The suffix of a snapshot whose database is being removed."""


def databases(folder: Path) -> list[Path]:
    """The snapshots of a folder's databases, also those that are lost."""
    stems = {path.name.removesuffix(".json") for path in folder.glob("*.json")}
    stems |= {path.name.rsplit(".", 2)[0] for path in folder.glob("*.[0-9]*.journal")}
    stems -= {path.name.removesuffix(DESTROYED) for path in folder.glob(f"*{DESTROYED}")}
    return [folder / f"{stem}.json" for stem in sorted(stems)]


def destroy(snapshot: Path, disk: Disk) -> None:
    """Removes every file of a database that nobody has open. Raises OSError; `finish_destroying` then does the rest."""
    if snapshot.exists():
        disk.replace(snapshot, snapshot.with_suffix(DESTROYED))
    finish_destroying(snapshot, disk)


def finish_destroying(snapshot: Path, disk: Disk) -> None:
    """Removes what is left of a database that was being destroyed. Raises OSError."""
    disk.sync_folder(snapshot.parent)  # with its old name back, it would look as if it had lost its journal
    for path in (*journal_files(snapshot), snapshot.with_suffix(TEMPORARY)):
        disk.remove(path)
    disk.sync_folder(snapshot.parent)
    disk.remove(snapshot.with_suffix(DESTROYED))
    disk.sync_folder(snapshot.parent)
