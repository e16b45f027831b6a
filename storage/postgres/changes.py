"""What a transaction changes, kept until its end."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Final, Literal

from storage.common.documents import index_text
from storage.postgres.tables import TABLES, Row

Key = tuple[object, ...]


class _Missing(Enum):
    MISSING = "nothing was changed there"


MISSING: Final = _Missing.MISSING
Missing = Literal[_Missing.MISSING]


class Changes:
    """By table and key, the key's columns in the order of `TABLES`. The last one counts. A row has all of its table's columns,
    the key's among them; times are ISO texts, documents JSON-ready objects or `orjson.Fragment`s of JSON. None deletes.

    `last_number`: of the workspace's newest ticket, where the transaction has made one. `old_keys`: until when the keys came that
    may be forgotten by now, and how many of these at most.
    """

    def __init__(self) -> None:
        self.last_number: int | None = None
        self.old_keys: tuple[datetime, int] | None = None
        self._rows: dict[str, dict[Key, Row | None]] = {}
        self._deleted: set[tuple[str, Key]] = set()  # before they were written again

    def __bool__(self) -> bool:
        return bool(self._rows)

    def put(self, table: str, key: Key, row: Row | None) -> None:
        """Raises ValueError where a row that must say the same says something else."""
        if (named := fitting(key)) != key and row is not None:
            row = {**row, **dict(zip(TABLES[table].key, named, strict=True))}
        key, rows = named, self._rows.setdefault(table, {})
        before = rows.get(key, MISSING)
        if row is None:
            self._deleted.add((table, key))
        elif before is not MISSING and before is not None and not _may_replace(table, key, before, row):
            return
        if before is None:
            del rows[key]  # it comes last by now
        rows[key] = row

    def get(self, table: str, key: Key) -> Row | Missing | None:
        return self._rows.get(table, {}).get(fitting(key), MISSING)

    def count(self) -> int:
        """Of rows."""
        return sum(map(len, self._rows.values()))

    def tables(self) -> Mapping[str, Mapping[Key, Row | None]]:
        return self._rows

    def was_deleted(self, table: str, key: Key) -> bool:
        """Before it was written again: what stands there is to be replaced."""
        return (table, fitting(key)) in self._deleted


def fitting(key: Key) -> Key:
    """As an index takes it."""
    return tuple(index_text(each) if isinstance(each, str) else each for each in key)


def _may_replace(table: str, key: Key, before: Row, row: Row) -> bool:
    again = TABLES[table].again
    if again == "same" and before != row:
        raise ValueError(taken(table, key))
    return again == "replace"


def taken(table: str, key: object = "") -> str:
    """What is said where a row that must say the same says something else."""
    return f"a row of {table} would take the place of another" + (f": {key}" if key else "")
