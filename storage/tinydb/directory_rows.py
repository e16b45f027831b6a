"""The directory of a workspace in TinyDB: its items are rows, and found by the indexes of their tables."""

from collections.abc import Iterator
from functools import partial

from bot.domain.directory import Item
from bot.domain.fields import ItemKind
from storage.common.directory_search import TABLES, DirectorySearch, searched, whole_texts
from storage.common.text_index import Grams, Whole
from storage.journal.engine import Engine
from storage.journal.indexes import Indexes, Unique
from storage.journal.layers import ReadView
from storage.tinydb.documents import read


def indexes() -> Indexes:
    """How each item is found: by its ID, its name, its parent, and by parts of its texts."""
    return {
        table.name: {
            "id": partial(Unique, "id"),
            **{name: partial(Whole, field) for name, field in whole_texts(table).items()},
            **{_parts(field): partial(Grams, field) for field in searched(table)},
        }
        for table in TABLES.values()
    }


def _parts(field: str) -> str:
    return f"parts of {field}"


class DirectoryIndexes:
    """Those that an engine has: of whole texts by what they are of, of parts by the field."""

    def __init__(self, engine: Engine) -> None:
        self.whole: dict[tuple[ItemKind, str], Whole] = {}
        self.parts: dict[tuple[ItemKind, str], Grams] = {}
        for kind, table in TABLES.items():
            for name in whole_texts(table):
                self.whole[kind, name] = engine.index(table.name, name, Whole)
            for field in searched(table):
                self.parts[kind, field] = engine.index(table.name, _parts(field), Grams)


class DirectoryRows(DirectorySearch):
    """What a view of the store has of the directory. Whoever uses it holds the engine's lock. The indexes have what is durable."""

    def __init__(self, indexes: DirectoryIndexes, view: ReadView) -> None:
        super().__init__(indexes.whole, indexes.parts)
        self._view = view

    def row_of(self, kind: ItemKind, item_id: str) -> int | None:
        return self._view.find(TABLES[kind].name, "id", item_id)

    def item(self, kind: ItemKind, row: int) -> Item | None:
        table = TABLES[kind]
        raw = self._view.get(table.name, row)
        return None if raw is None else read(table.record, raw)

    def last_row(self, kind: ItemKind) -> int:
        return self._view.last(TABLES[kind].name)

    def knows(self, kind: ItemKind) -> bool:
        return self._view.has(TABLES[kind].name)

    def everything(self, kind: ItemKind) -> Iterator[Item]:
        table = TABLES[kind]
        documents = self._view.documents(table.name)
        return (read(table.record, documents[row]) for row in sorted(documents))
