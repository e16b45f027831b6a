"""`deskhand import`: CSV and JSON files become items of the directory. All of them, or nothing and every reason why not.

What the files may look like is import_rows.py's part. An imported item takes the place of the one with its ID, so
importing a file again changes nothing.
"""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Protocol

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from bot.domain.directory import PARENTS, Item, orphaned
from bot.domain.errors import DeskError
from bot.domain.fields import ItemKind
from bot.domain.sites import CHOICES
from bot.domain.words import listed, quoted
from bot.domain.workspace_settings import WorkspaceSettings
from bot.import_rows import KINDS, Columns, FileFaultError, ImportRow, Plural, rows_of, texts_of
from bot.services.ports.store import Transaction
from bot.services.queue_timers import look_again

Progress = Callable[[int], None]
"""Takes the number of rows that are done."""

SHOWN = 20
"""How many faults are told; the rest is counted."""

_STEP = 1000  # rows between two reports of progress


class ImportRefused(DeskError):
    """Nothing was imported: a line for each fault."""

    code = "import_refused"

    def __init__(self, faults: Sequence[str]) -> None:
        more = len(faults) - SHOWN
        rest = [f"… and {more} more."] if more > 0 else []
        super().__init__("\n".join(["Nothing was imported.", *faults[:SHOWN], *rest]))


class Items(Protocol):
    """A directory that is imported into."""

    async def keep_item(self, item: Item) -> None: ...
    def items(self, kind: ItemKind) -> AsyncIterator[Item]: ...


async def import_files(
    tx: Items,
    paths: Iterable[Path],
    on_progress: Progress = lambda _: None,
    *,
    renamed: Mapping[str, str] | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Mapping[Plural, int]:
    """Puts the items of the files into the directory, and counts all that it then has. Raises ImportRefused with every
    fault, by file and row: the transaction may not be committed then.

    `renamed` are columns with the field that each is. `tell` is told of columns that are ignored, once a file.
    """
    columns = Columns(renamed)
    faults: list[str] = []
    twice: list[str] = []
    taken: dict[ItemKind, dict[str, str]] = {kind: {} for kind, _ in KINDS.values()}  # where each ID stands
    rows = chain.from_iterable(_rows(path, columns, tell, faults) for path in paths)
    done = 0
    for done, row in enumerate(rows, start=1):
        if item := _item(row, faults):
            first = taken[item.kind].setdefault(item.id, row.where)
            if first == row.where:
                await tx.keep_item(item)
            else:
                twice.append(f"{row.where}: the ID {quoted(item.id)} is taken already, by {first}.")
        if done % _STEP == 0:
            on_progress(done)
    on_progress(done)
    faults += [f"No file has a column {quoted(column)}." for column in columns.unused.values()]
    # Whoever belongs to a row that could not be read is no fault of its own.
    counted, misplaced = ({}, []) if faults else await _checked(tx, taken)
    if faults := [*faults, *twice, *misplaced]:
        raise ImportRefused(faults)
    return counted


async def import_desk(
    tx: Transaction, paths: Iterable[Path], chosen: WorkspaceSettings, now: datetime
) -> None:
    """Puts a whole desk into an empty workspace: the items of the files, and what an admin has chosen; who is on call is looked
    at from now on."""
    await import_files(tx, paths)
    await tx.keep_settings(chosen)
    for queue in chosen.queues:
        await look_again(tx, queue, now)


def _rows(
    path: Path, columns: Columns, tell: Callable[[str], None], faults: list[str]
) -> Iterator[ImportRow]:
    try:
        yield from rows_of(path, columns, tell)
    except FileFaultError as fault:
        faults.append(f"{path.name}{fault}")


def is_field(name: str) -> bool:
    """Whether items of any kind have a field that is called so."""
    return any(Columns().field_of(plural, name) for plural in KINDS)


def _item(row: ImportRow, faults: list[str]) -> Item | None:
    texts, unfit = texts_of(row)
    if unfit:
        faults += [f"{row.where}: {why}." for why in unfit]
        return None
    try:
        return KINDS[row.plural][1].model_validate(texts, by_alias=True, by_name=False)
    except ValidationError as error:
        faults += [f"{row.where}: {_explained(detail)}." for detail in error.errors(include_url=False)]
    return None


def _explained(detail: ErrorDetails) -> str:
    field = str(detail["loc"][0])
    match detail["type"]:
        case "missing" | "string_too_short":
            return f"{field} is missing"
        case "string_too_long":
            return f"{field} is longer than {detail['ctx']['max_length']} characters"
        case "literal_error":
            return f"{field} must be {listed([*CHOICES[field]])}, not {quoted(str(detail['input']))}"
        case "extra_forbidden":
            return f"there is no {quoted(field)}"
        case _:
            return f"{field} must be text"


async def _checked(
    tx: Items, taken: Mapping[ItemKind, Mapping[str, str]]
) -> tuple[Mapping[Plural, int], list[str]]:
    """How many items there are, and those that belong to something that does not exist."""
    ids: dict[ItemKind, _Ids] = {}
    counted: Counter[Plural] = Counter(dict.fromkeys(KINDS, 0))
    faults: list[str] = []
    for plural, (kind, _) in KINDS.items():
        ids[kind] = _Ids()
        async for item in tx.items(kind):
            counted[plural] += 1
            if kind in PARENTS:
                ids[kind].exact.add(item.id)
            for why in orphaned(item, lambda above: bool(ids[above].exact), lambda above, i: i in ids[above]):
                place = taken[kind].get(item.id)
                faults.append(f"{place}: {why}" if place else why)
    return counted, faults


class _Ids:
    """Those of a kind. One that is in none in its case is in where it is one in another."""

    def __init__(self) -> None:
        self.exact: set[str] = set()

    def __contains__(self, item_id: str) -> bool:
        return item_id in self.exact or self._folded[item_id.casefold()] == 1

    @cached_property
    def _folded(self) -> Counter[str]:
        return Counter(map(str.casefold, self.exact))
