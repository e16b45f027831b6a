"""A workspace's directory as a replica has it in memory: read once, and brought up to date with each commit that changed it."""

import asyncio
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import count
from typing import NamedTuple

import orjson

from bot.domain.directory import Item
from bot.domain.fields import ItemKind
from storage.common.directory_search import TABLES, DirectorySearch, Documents, searched, whole_texts
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


class KnownItems:
    """All of a workspace's directory as of its `version`: the workspace's that changed it last."""

    def __init__(self) -> None:
        self.version = 0
        self._kinds: Mapping[ItemKind, _Kind] = {kind: _Kind(kind) for kind in TABLES}
        self._tables = {TABLES[kind].name: items for kind, items in self._kinds.items()}
        self._whole = {name: index for kind in self._kinds.values() for name, index in kind.whole.items()}
        self._parts = {name: index for kind in self._kinds.values() for name, index in kind.parts.items()}

    def search(self, view: Documents | None = None) -> DirectorySearch:
        """`view`: these as a transaction has changed them."""
        return DirectorySearch(self._whole, self._parts, view or self, made_item)

    def bring_up_to_date(self, rows: Iterable[ItemRow], version: int) -> None:
        """`rows`: all that were written after its version, in the order of their import, and perhaps older ones."""
        new: dict[ItemKind, list[ItemRow]] = {}
        for each in rows:
            if each.changed > self.version:
                new.setdefault(each.kind, []).append(each)
        for kind, changed in new.items():
            self._kinds[kind].put(changed)
        self.version = max(self.version, version)

    def everything(self) -> list[tuple[ItemKind, list[str], list[bytes]]]:
        """Of each kind the IDs and the documents."""
        return [(kind, [*items.rows], [*items.documents]) for kind, items in self._kinds.items()]

    def settle(self) -> None:
        """Takes apart what was put off, a little at a time between all else that goes on."""
        if any(index.settle(_AT_A_TIME) for index in self._parts.values()):
            asyncio.get_running_loop().call_later(_PAUSE, self.settle)

    def find(self, table: str, index: str, value: object) -> int | None:
        del index
        return self._tables[table].rows.get(str(value))

    def get(self, table: str, row: int) -> bytes | None:
        documents = self._tables[table].documents
        return documents[row - 1] if 0 < row <= len(documents) else None

    def last(self, table: str) -> int:
        return len(self._tables[table].documents)

    def tables(self) -> Collection[str]:
        return {name for name, items in self._tables.items() if items.documents}

    def documents(self, table: str) -> Mapping[int, bytes]:
        return dict(enumerate(self._tables[table].documents, 1))


class ChangedItems:
    """A directory as a transaction has changed it: `kept` are documents by their IDs, by the names of their tables."""

    def __init__(self, known: KnownItems, kept: Mapping[str, Mapping[str, bytes]]) -> None:
        self._known = known
        self._rows: dict[str, dict[str, int]] = {}
        self._kept: dict[str, dict[int, bytes]] = {}
        for table, documents in kept.items():
            new = count(known.last(table) + 1)
            rows = {each: known.find(table, "id", each) or next(new) for each in documents}
            self._rows[table] = rows
            self._kept[table] = {rows[each]: document for each, document in documents.items()}

    def find(self, table: str, index: str, value: object) -> int | None:
        return self._rows.get(table, {}).get(str(value)) or self._known.find(table, index, value)

    def get(self, table: str, row: int) -> bytes | None:
        return self._kept.get(table, {}).get(row) or self._known.get(table, row)

    def last(self, table: str) -> int:
        return max(self._known.last(table), max(self._kept.get(table, {}), default=0))

    def tables(self) -> Collection[str]:
        return {*self._known.tables(), *self._kept}

    def documents(self, table: str) -> Mapping[int, bytes]:
        return {**self._known.documents(table), **self._kept.get(table, {})}


def made_item(kind: type[Item], raw: bytes) -> Item:
    """Nothing in it names a channel."""
    return kind.model_validate_json(raw)


async def brought_up_to_date(known: KnownItems | None, rows: Sequence[ItemRow], version: int) -> KnownItems:
    """`known` itself, or another one in its place where so much has changed that it would hold up everybody."""
    known = known or KnownItems()
    if len(rows) > MOST_AT_ONCE:
        known = await asyncio.to_thread(_built, known.everything(), known.version, rows, version)
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
