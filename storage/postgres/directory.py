"""A workspace's directory as a replica has it in memory: read once, and brought up to date with each commit that changed it."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import orjson

from bot.domain.directory import Item
from bot.domain.fields import ItemKind
from storage.common.directory_search import TABLES, DirectorySearch, searched, whole_texts
from storage.common.text_index import Grams, Whole

_AT_ONCE = 500
"""Items that are taken apart at once. Of more, parts of their texts are found a little later."""

MOST_AT_ONCE = 5000
"""Changes that are made without a thread: in some tens of milliseconds."""

_AT_A_TIME = 64  # texts taken apart before others get their turn
_PAUSE = 0.0005  # seconds of that


class ItemRow(NamedTuple):
    """A row of `deskhand.items`. `changed`: the workspace's version that wrote it; `document`: its JSON."""

    kind: ItemKind
    id: str
    document: bytes
    changed: int


class _Kind:
    """The items of a kind: documents by their rows, from 1 on in the order of their import."""

    def __init__(self, kind: ItemKind) -> None:
        table = TABLES[kind]
        self.record = table.record
        self.documents: list[bytes] = []
        self.rows: dict[str, int] = {}
        self.whole = {(kind, name): Whole(field) for name, field in whole_texts(table).items()}
        self.parts = {(kind, field): Grams(field) for field in searched(table)}

    def indexes(self) -> Iterator[Whole | Grams]:
        yield from self.whole.values()
        yield from self.parts.values()

    def put(self, rows: Sequence[ItemRow]) -> None:
        """Those that are there are replaced where they stand."""
        new: dict[int, bytes] = {}
        for each in rows:
            row = self.rows.setdefault(each.id, len(self.documents) + 1)
            if row > len(self.documents):
                self.documents.append(b"")
            elif row not in new:
                self._take_out(row)
            new[row] = each.document
        numbers = [*new]
        found = [orjson.loads(document) for document in new.values()]
        for index in self.indexes():
            values = [document.get(index.field) for document in found]
            if len(new) > _AT_ONCE and isinstance(index, Grams):
                index.load(numbers, values)
            else:
                for row, value in zip(numbers, values, strict=True):
                    index.add(row, value)
        for row, raw in new.items():
            self.documents[row - 1] = raw

    def _take_out(self, row: int) -> None:
        before = orjson.loads(self.documents[row - 1])
        for index in self.indexes():
            index.remove(row, before.get(index.field))


class KnownItems(DirectorySearch):
    """All of a workspace's directory as of its `version`: the workspace's that changed it last."""

    def __init__(self) -> None:
        self.version = 0
        self._kinds: Mapping[ItemKind, _Kind] = {kind: _Kind(kind) for kind in TABLES}
        whole = {name: index for kind in self._kinds.values() for name, index in kind.whole.items()}
        parts = {name: index for kind in self._kinds.values() for name, index in kind.parts.items()}
        super().__init__(whole, parts)

    def bring_up_to_date(self, rows: Iterable[ItemRow], version: int) -> None:
        """`rows`: all that were written after its version, in the order of their import, and perhaps older ones."""
        new: dict[ItemKind, list[ItemRow]] = {}
        for each in rows:
            if each.changed > self.version:
                new.setdefault(each.kind, []).append(each)
        for kind, changed in new.items():
            self._kinds[kind].put(changed)
        self.version = max(self.version, version)

    def documents(self) -> list[tuple[ItemKind, list[str], list[bytes]]]:
        """All there are, with their IDs before them."""
        return [(kind, [*items.rows], [*items.documents]) for kind, items in self._kinds.items()]

    def settle(self) -> None:
        """Takes apart what was put off, a little at a time between all else that goes on."""
        if any(index.settle(_AT_A_TIME) for kind in self._kinds.values() for index in kind.parts.values()):
            asyncio.get_running_loop().call_later(_PAUSE, self.settle)

    def row_of(self, kind: ItemKind, item_id: str) -> int | None:
        return self._kinds[kind].rows.get(item_id)

    def item(self, kind: ItemKind, row: int) -> Item | None:
        items = self._kinds[kind]
        if not 0 < row <= len(items.documents):
            return None
        return items.record.model_validate_json(items.documents[row - 1])

    def last_row(self, kind: ItemKind) -> int:
        return len(self._kinds[kind].documents)

    def knows(self, kind: ItemKind) -> bool:
        return bool(self._kinds[kind].documents)

    def everything(self, kind: ItemKind) -> Iterator[Item]:
        items = self._kinds[kind]
        return map(items.record.model_validate_json, [*items.documents])


class ChangedItems(DirectorySearch):
    """A directory as a transaction has changed it. What it kept is found by exactly its ID."""

    def __init__(self, known: KnownItems, kept: Mapping[ItemKind, Mapping[str, Item]]) -> None:
        super().__init__(known.whole, known.parts)
        self._known = known
        self._rows: dict[ItemKind, dict[str, int]] = {}
        self._kept: dict[ItemKind, dict[int, Item]] = {}
        for kind, items in kept.items():
            new = iter(range(known.last_row(kind) + 1, known.last_row(kind) + len(items) + 1))
            self._rows[kind] = {item_id: known.row_of(kind, item_id) or next(new) for item_id in items}
            self._kept[kind] = {self._rows[kind][item_id]: item for item_id, item in items.items()}

    def row_of(self, kind: ItemKind, item_id: str) -> int | None:
        return self._rows.get(kind, {}).get(item_id) or self._known.row_of(kind, item_id)

    def item(self, kind: ItemKind, row: int) -> Item | None:
        return self._kept.get(kind, {}).get(row) or self._known.item(kind, row)

    def last_row(self, kind: ItemKind) -> int:
        return max(self._known.last_row(kind), max(self._kept.get(kind, {}), default=0))

    def knows(self, kind: ItemKind) -> bool:
        return bool(self._kept.get(kind)) or self._known.knows(kind)

    def everything(self, kind: ItemKind) -> Iterator[Item]:
        items = self._kept.get(kind, {})
        known = (items.get(row, item) for row, item in enumerate(self._known.everything(kind), 1))
        yield from known
        yield from (item for row, item in items.items() if row > self._known.last_row(kind))


async def brought_up_to_date(known: KnownItems | None, rows: Sequence[ItemRow], version: int) -> KnownItems:
    """`known` itself, or another one in its place where so much has changed that it would hold up everybody."""
    known = known or KnownItems()
    if len(rows) > MOST_AT_ONCE:
        known = await asyncio.to_thread(_built, known.documents(), known.version, rows, version)
    else:
        known.bring_up_to_date(rows, version)
    known.settle()
    return known


def _built(
    before: Sequence[tuple[ItemKind, list[str], list[bytes]]],
    its_version: int,
    rows: Sequence[ItemRow],
    version: int,
) -> KnownItems:
    built = KnownItems()
    for kind, ids, documents in before:
        named = zip(ids, documents, strict=True)
        built.bring_up_to_date([ItemRow(kind, each, document, 1) for each, document in named], 0)
    built.version = its_version
    built.bring_up_to_date(rows, version)
    return built
