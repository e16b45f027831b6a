"""The workspaces of a data folder, by the names of their files: none is opened for it."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from bot.domain.workspace import Workspace
from storage.journal.file_names import workspace_named
from storage.journal.folder import DEPLOYMENT, databases
from storage.journal.journal import journal_files
from storage.journal.lock import FolderLock
from storage.tinydb.workspace_db import WorkspaceDB


class WorkspaceFile(NamedTuple):
    """Where a workspace is kept, and what its files are like: not the same once anything was written."""

    workspace: Workspace
    path: Path
    like: str


class Second(NamedTuple):
    """Another file of a team that has one. It is left alone until the team is forgotten."""

    path: Path
    used: Path


def workspace_files(
    folder: Path, lock: FolderLock | None = None
) -> tuple[dict[str, WorkspaceFile], list[Second]]:
    """Those of a folder by the ids of their workspaces, in the order of their names. Of two of one team the first is its own:
    before a workspace was known by its team alone, it was the one that was used.

    Raises StoreOpenError and OSError. Without a `lock`, files whose names do not tell are left out.
    """
    files: dict[str, WorkspaceFile] = {}
    seconds = []
    likes = dict(_likes(folder))
    for path in databases(folder):
        if path.name == DEPLOYMENT:
            continue
        workspace = workspace_named(path.name) or (_whose(path, lock) if lock else None)
        if workspace is None:
            continue
        if first := files.get(workspace.id):
            seconds.append(Second(path, first.path))
        else:
            files[workspace.id] = WorkspaceFile(workspace, path, likes.get(path.stem, ""))
    return files, seconds


def like(snapshot: Path) -> str:
    """What the files of one database are like."""
    paths = [path for path in (snapshot, *journal_files(snapshot)[-1:]) if path.exists()]
    return " ".join(_stat(path.stat()) for path in paths)


def _likes(folder: Path) -> Iterator[tuple[str, str]]:
    """As `like` of each, with one look at the folder."""
    snapshots: dict[str, str] = {}
    journals: dict[str, tuple[int, str]] = {}
    for entry in os.scandir(folder):
        if entry.name.endswith(".json"):
            snapshots[entry.name.removesuffix(".json")] = _stat(entry.stat())
        elif entry.name.endswith(".journal") and entry.name.count(".") > 1:
            stem, number, _ = entry.name.rsplit(".", 2)
            if number.isdecimal() and journals.get(stem, (-1, ""))[0] < int(number):
                journals[stem] = int(number), _stat(entry.stat())
    for stem in snapshots.keys() | journals.keys():
        parts = (snapshots.get(stem), journals.get(stem, (0, None))[1])
        yield stem, " ".join(filter(None, parts))


def _stat(found: os.stat_result) -> str:
    return f"{found.st_size}@{found.st_mtime_ns}"


def _whose(path: Path, lock: FolderLock) -> Workspace | None:
    """By what is in the file."""
    database = WorkspaceDB.open(path, lock)
    if database is None:
        return None
    database.close()
    return database.workspace
