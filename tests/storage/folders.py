"""Data folders of many workspaces, made without opening any of them."""

import asyncio
from collections.abc import Iterable
from pathlib import Path

import orjson

from bot.domain.workspace import Workspace
from storage.journal.lock import FolderLock
from storage.tinydb import deployment_tables
from storage.tinydb.deployment import DeploymentDB
from storage.tinydb.due_index import DueIndex, DueRow
from storage.tinydb.workspace_files import like
from tests.storage.samples import ticket


def teams(count: int) -> list[Workspace]:
    return [Workspace(team_id=f"T{number}") for number in range(1, count + 1)]


def fill_folder(folder: Path, workspaces: Iterable[Workspace]) -> None:
    """Each has one ticket, and was closed with nothing due."""
    folder.mkdir(exist_ok=True)
    for workspace in workspaces:
        tables = {
            "meta": {"1": {"schema": 2, "workspace": workspace.to_wire()}},
            "tickets": {"1": {"schema": 2, **ticket(1).to_wire()}},
        }
        (folder / f"{workspace.id}.json").write_bytes(orjson.dumps(tables))
    asyncio.run(_say_that_nothing_is_due(folder, [workspace.id for workspace in workspaces]))


async def _say_that_nothing_is_due(folder: Path, ids: Iterable[str]) -> None:
    lock = FolderLock(folder)
    deployment = DeploymentDB(folder, lock, deployment_tables.ALL)
    due = DueIndex(deployment, {})
    await due.closed([DueRow(id=each, files=like(folder / f"{each}.json")) for each in ids])
    deployment.close()
    lock.release()
