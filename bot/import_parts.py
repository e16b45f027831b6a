"""An import beside a desk at work, as replicas have it: many short transactions, so that nobody waits for a long one.

All files are read and checked before anything is written, so a fault in them still changes nothing. Where it is cut off in the
middle, a part of it is there, and of that nothing without what it belongs to; importing again does the rest.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from time import monotonic

from bot.domain.directory import Item
from bot.domain.errors import DeskError, StoreUnavailable
from bot.domain.fields import ItemKind
from bot.domain.workspace import Workspace
from bot.import_rows import KINDS, Plural
from bot.imports import Progress, import_files
from bot.services.ports.store import Reader, Store, Transaction

PART = 500
"""So many items are written at once. Whoever changes something in the workspace meanwhile waits for as long as that takes."""

Written = Callable[[int, int], None]
"""Takes the number of items that are written, and of all."""


class ImportCutOff(DeskError):
    """Some of it was imported."""

    code = "import_cut_off"

    def __init__(self, done: int, of: int, why: str) -> None:
        super().__init__(
            f"{done:,} of {of:,} rows are imported, and the others are not: {why}"
            " Run the same command again: what is there stays as it is."
        )


async def import_in_parts(  # noqa: PLR0913  (an import's, and where to)
    store: Store,
    workspace: Workspace,
    paths: Iterable[Path],
    on_progress: Progress = lambda _: None,
    on_written: Written = lambda *_: None,
    *,
    renamed: Mapping[str, str] | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Mapping[Plural, int]:
    """As `import_files`. Raises ImportRefused where nothing was written, and ImportCutOff where some was."""
    gathered = _Gathered(store.read(workspace))
    counted = await import_files(gathered, paths, on_progress, renamed=renamed, tell=tell)
    done, of = 0, gathered.count
    for part in gathered.parts():
        began = monotonic()
        try:
            await store.change(workspace, partial(_keep, part))
        except StoreUnavailable as error:
            raise ImportCutOff(done, of, error.message) from error
        done += len(part)
        on_written(done, of)
        await asyncio.sleep(monotonic() - began)  # others have as much time as we
    return counted


async def _keep(part: Sequence[Item], tx: Transaction) -> None:
    for item in part:
        await tx.keep_item(item)


class _Gathered:
    """What an import would make of a directory."""

    def __init__(self, known: Reader) -> None:
        self._known = known
        self._new: Mapping[ItemKind, dict[str, Item]] = {kind: {} for kind, _ in KINDS.values()}

    @property
    def count(self) -> int:
        return sum(map(len, self._new.values()))

    async def keep_item(self, item: Item) -> None:
        self._new[item.kind][item.id] = item

    async def items(self, kind: ItemKind) -> AsyncIterator[Item]:
        new = self._new[kind].copy()
        async for item in self._known.items(kind):
            yield new.pop(item.id, item)
        for item in new.values():
            yield item

    def parts(self) -> Iterator[Sequence[Item]]:
        """What something belongs to comes before it."""
        items = (item for each in self._new.values() for item in each.values())
        while part := [*islice(items, PART)]:
            yield part
