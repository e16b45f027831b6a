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
        await source.require_whole()
        workspaces = await source.workspaces()
        known = await target.begin(name)
        for gone in {part.workspace for part in known if part.workspace} - {*workspaces}:
            await target.forget(gone)
        totals = dict[Part, int]()
        for whose in (None, *workspaces):
            for part in parts(whose):
                totals[part] = await _copy_part(source, target, part, known.get(part, 0), tell)
            if whose:
                await target.complete(whose)
            for part in parts(whose):
                await _check(source, target, part, totals[part], tell)
        _require_same(workspaces, await target.workspaces())
        await source.finish()
        await target.finish()
    tickets = sum(rows for part, rows in totals.items() if part.table == "tickets")
    return Copied(len(workspaces), tickets, sum(totals.values()))


async def _copy_part(source: Side, target: Side, part: Part, done: int, tell: Tell) -> int:
    """Behind the rows that are there already. Gives how many there are."""
    total = await source.count(part)
    tell(Step(part, done, total))
    async for rows in source.rows(part, skip=done):
        await target.put(part, done, rows)
        done += len(rows)
        tell(Step(part, done, total))
    return done


async def _check(source: Side, target: Side, part: Part, total: int, tell: Tell) -> None:
    """Raises CopyError where a table is not the same, even when it has been copied once more."""
    tell(Step(part, 0, total, is_check=True))
    wanted = await checksum(source, part)
    if await checksum(target, part) != wanted:
        await target.clear(part)
        await _copy_part(source, target, part, 0, tell)
        if await checksum(target, part) != wanted:
            message = (
                f"The copy of {part.name} is not the same as it. Nothing is lost: the source is as it was."
            )
            raise CopyError(message)
    tell(Step(part, total, total, is_check=True))


def _require_same(source: Sequence[Workspace], target: Sequence[Workspace]) -> None:
    if {*source} != {*target}:
        names = sorted(each.id for each in {*source} ^ {*target})
        message = f"The copy has not the same workspaces ({', '.join(names)} on one side alone). The source is as it was."
        raise CopyError(message)
