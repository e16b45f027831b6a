"""`deskhand copy`: everything that one store has, into another one that is empty.

A copy that was cut off goes on where it was when it is begun again. When a workspace is copied, each of its tables is compared by
a checksum that is made of either store anew; a table that differs, such as one that a desk has changed between two runs,
is copied once more from its beginning.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from bot.domain.errors import DeskError
from bot.domain.workspace import Workspace
from storage.copying.rows import Part, Side, checksum, parts


class CopyError(DeskError):
    """Nothing is lost: the source is as it was."""

    code = "copy"


class Step(NamedTuple):
    """What is being done: `done` of `total` rows of a part are copied, or all of them are compared."""

    part: Part
    done: int
    total: int
    is_check: bool = False


class Copied(NamedTuple):
    workspaces: int
    tickets: int
    rows: int


Tell = Callable[[Step], None]


async def copy(source: Side, target: Side, name: str, tell: Tell) -> Copied:
    """Copies all of a source, which has a `name`, and checks it. Raises DeskError."""
    async with source, target:
        workspaces = await source.workspaces()
        known = await target.begin(name)
        for gone in {part.workspace for part in known if part.workspace} - {*workspaces}:
            await target.forget(gone)
        rows, tickets = 0, 0
        for whose in (None, *workspaces):
            for part in parts(whose):
                total = await _copy_part(source, target, part, known.get(part, 0), tell)
                rows += total
                tickets += total if part.table == "tickets" else 0
            if whose:
                await target.complete(whose)
            await _check(source, target, whose, tell)
        await _require_same(workspaces, await target.workspaces())
        await source.finish()
        await target.finish()
    return Copied(len(workspaces), tickets, rows)
