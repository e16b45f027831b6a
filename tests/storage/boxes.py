"""Stock TinyDB and ours, to run the same test on: what passes on both is TinyDB's behaviour, and we have it."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from tinydb import TinyDB
from tinydb.storages import MemoryStorage

from storage.journal.indexes import Indexes, Ordered, Unique, Values
from storage.tinydb.journal_db import JournalDB

INDEXES: Indexes = {
    table: {
        "name": partial(Values, "name"),
        "groups": partial(Values, "groups"),
        "city": partial(Ordered, "city"),
        "email": partial(Unique, "email"),
    }
    for table in ("_default", "groups")
}


class GoBack(Exception):
    """Ends a transaction without a trace."""


class Box:
    """A database, closed and opened again by `again` where `reopens`."""

    def __init__(self, make: Callable[[], TinyDB], *, reopens: bool) -> None:
        self._make = make
        self._reopens = reopens
        self.db = make()

    def again(self) -> TinyDB:
        if self._reopens:
            self.db.close()
            self.db = self._make()
        return self.db


KINDS: dict[str, Callable[[Path], Box]] = {
    "stock": lambda _: Box(lambda: TinyDB(storage=MemoryStorage), reopens=False),
    "stock, reopened": lambda folder: Box(lambda: TinyDB(folder / "stock.json"), reopens=True),
    "ours": lambda folder: Box(lambda: JournalDB(folder / "ours.json"), reopens=False),
    "ours, reopened": lambda folder: Box(lambda: JournalDB(folder / "ours.json"), reopens=True),
    "ours, indexed": lambda folder: Box(
        lambda: JournalDB(folder / "ours.json", indexes=INDEXES), reopens=True
    ),
}
