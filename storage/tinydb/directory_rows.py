"""The directory of a workspace in TinyDB: its items are rows, and found by the indexes of their tables."""

from functools import partial

from bot.domain.fields import ItemKind
from storage.common.directory_search import TABLES, searched, whole_texts
from storage.common.text_index import Grams, Whole
from storage.journal.engine import Engine
from storage.journal.indexes import Indexes, Unique


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
