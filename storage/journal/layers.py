"""The documents of a database in memory, in layers: what is durable, what is on its way to the disk, what is new.

A document is kept as the bytes of its JSON. They cannot be changed by whoever gets one, they take a third of the
memory that dictionaries would, and the garbage collector has nothing to look at.
"""

from collections import defaultdict
from collections.abc import Mapping
from itertools import islice

import orjson

from storage.journal.format import Changes
from storage.journal.indexes import Document, Index, Indexes, Unique

Tables = dict[str, dict[int, bytes]]

STRICTLY = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS
"""Times and dataclasses are refused: who reads a document would get something else."""

_MOST_ROWS = 2**32  # what an index can hold
_LONG = 1024  # bytes; to parse less of a shorter document takes longer than to parse all of it
_AT_A_TIME = 256  # documents: what is read of them stays in the processor's cache until every index has it


class DuplicateError(ValueError):
    """A document has a value that an index keeps for another one."""


class Layer:
    """Changes over what lies below. None for a row removes it; `values` are what the indexes read of new documents."""

    def __init__(self) -> None:
        self.rows: defaultdict[str, dict[int, bytes | None]] = defaultdict(dict)
        self.values: dict[tuple[str, int], tuple[object, ...]] = {}
        self.unique: defaultdict[tuple[str, str], dict[object, int | None]] = defaultdict(dict)
        self.dropped: set[str] = set()
        self.last: defaultdict[str, int] = defaultdict(int)  # the highest row that came to each table
        self.thinned: set[str] = set()  # tables that rows were taken from

    def __bool__(self) -> bool:
        return bool(self.rows or self.dropped)

    def lay(self, upper: "Layer") -> None:
        """Puts another layer's changes over these."""
        for table, rows in upper.rows.items():
            self.rows[table].update(rows)
        for index, rows_by_value in upper.unique.items():
            self.unique[index].update(rows_by_value)
        self.values.update(upper.values)
        self.thinned |= upper.thinned
        for table, row in upper.last.items():
            self.last[table] = max(self.last[table], row)
        self.dropped = (self.dropped - upper.rows.keys()) | upper.dropped

    def changes(self) -> Changes:
        return {**self.rows, **dict.fromkeys(self.dropped)}


class DurableTable:
    """The durable documents of a table by row, in the order in which they came, and its indexes."""

    def __init__(self, indexes: Mapping[str, Index]) -> None:
        self.rows: dict[int, bytes] = {}
        self.indexes = indexes
        self.unique = {name: index for name, index in indexes.items() if isinstance(index, Unique)}
        self.unique_fields = {index.field: name for name, index in self.unique.items()}
        self._fields = [index.field for index in indexes.values()]
        self._otherwise = [
            (at, index.otherwise) for at, index in enumerate(indexes.values()) if index.otherwise
        ]
        self._usual = {index.field for index in indexes.values() if not index.seldom}
        self.changes = 0  # how many documents came, changed or went
        self.in_order = True  # whether the rows came in ascending order
        self.newest = 0  # the row that came last
        self.exists = False  # empty tables may, and those with indexes are prepared before they do
        self._last = 0

    def last(self) -> int:
        """The highest row there is."""
        if self._last not in self.rows:
            self._last = next(reversed(self.rows), 0) if self.in_order else max(self.rows, default=0)
        return self._last

    def load(self, documents: dict[int, bytes]) -> None:
        """Many at once, into an empty table."""
        self.rows, self.exists = documents, True
        self.newest = next(reversed(documents), 0)
        self.in_order = [*documents] == sorted(documents)
        self._last = self.newest if self.in_order else max(documents)
        if not self.indexes:
            return
        every_row, every_raw = iter(documents), iter(documents.values())
        while rows := [*islice(every_row, _AT_A_TIME)]:
            columns = zip(*map(self.read, islice(every_raw, _AT_A_TIME)), strict=True)
            for index, column in zip(self.indexes.values(), columns, strict=True):
                index.load(rows, column)
        for index in self.indexes.values():
            index.loaded()

    def read(self, raw: bytes) -> tuple[object, ...]:
        """What the indexes hold of a document. Where it is long, it is parsed up to its first nested value, if that is
        enough."""
        if len(raw) < _LONG:
            return self.values(orjson.loads(raw))
        end = raw.find(b"{", 1)
        if (nested := raw.find(b"[", 0, end)) >= 0:
            end = nested
        head = raw if end < 0 else raw[: raw.rfind(b',"', 0, end)] + b"}"
        try:
            document = orjson.loads(head)
        except orjson.JSONDecodeError:  # the cut was in a text
            return self.values(orjson.loads(raw))
        if document.keys() >= self._usual:
            return self.values(document)
        return self.values(orjson.loads(raw))  # something stands behind it

    def values(self, document: Document) -> tuple[object, ...]:
        """What each index reads of a document."""
        found = tuple(map(document.get, self._fields))
        for at, field in self._otherwise:
            if found[at] is None and (value := document.get(field)) is not None:
                found = (*found[:at], value, *found[at + 1 :])
        return found

    def change(self, row: int, document: bytes | None, values: tuple[object, ...]) -> None:
        self.changes += 1
        before = self.rows.get(row)
        if before is not None and self.indexes:
            for index, value in zip(self.indexes.values(), self.read(before), strict=True):
                index.remove(row, value)
        if document is None:
            self.rows.pop(row, None)
            return
        if before is None:
            self.in_order = not self.rows or (self.in_order and row > self.newest)
            self.newest = row
        self.rows[row] = document
        self._last = max(self._last, row)
        for index, value in zip(self.indexes.values(), values, strict=False):
            index.add(row, value)


class Layers:
    """All tables. `staged` lies over `flying`, which is being written, which lies over the durable `tables`."""

    def __init__(self, indexes: Indexes) -> None:
        self._declared = indexes
        self.tables: dict[str, DurableTable] = {}
        self.staged, self.flying = Layer(), Layer()
        for table in indexes:
            self.table(table)

    def table(self, name: str) -> DurableTable:
        """Made where it is missing."""
        if name not in self.tables:
            made = {index: make() for index, make in self._declared.get(name, {}).items()}
            self.tables[name] = DurableTable(made)
        return self.tables[name]

    def durable(self) -> Tables:
        """The documents of every table, as they are now: what comes later does not change them."""
        return {name: dict(table.rows) for name, table in self.tables.items() if table.exists}

    def indexes(self) -> list[Index]:
        return [index for table in self.tables.values() for index in table.indexes.values()]

    def take_off(self) -> None:
        """What is staged begins to be written; what comes now is staged anew."""
        self.flying, self.staged = self.staged, Layer()

    def land(self) -> None:
        """What was being written is durable: everybody sees it."""
        layer, self.flying = self.flying, Layer()
        for name, rows in layer.rows.items():
            table = self.table(name)
            table.exists = True
            for row, document in rows.items():
                table.change(row, document, layer.values.get((name, row), ()))
        for name in layer.dropped:
            self.tables.pop(name, None)
            self.table(name)

    def crash(self) -> None:
        """What is not durable never was."""
        self.flying, self.staged = Layer(), Layer()


class ReadView:
    """What can be read: in these layers, the uppermost first, and in what is durable."""

    def __init__(self, memory: Layers, *layers: Layer) -> None:
        self._memory = memory
        self._layers = layers

    def tables(self) -> set[str]:
        names = {name for name, table in self._memory.tables.items() if table.exists}
        for layer in reversed(self._layers):
            names = (names | layer.rows.keys()) - layer.dropped
        return names

    def has(self, table: str) -> bool:
        """Whether there is such a table."""
        for layer in self._layers:
            if table in layer.rows:
                return table not in layer.dropped
            if table in layer.dropped:
                return False
        return self._durable(table).exists

    def get(self, table: str, row: int) -> bytes | None:
        for layer in self._layers:
            if (rows := layer.rows.get(table)) is not None and row in rows:
                return rows[row]
        return self._durable(table).rows.get(row)

    def documents(self, table: str) -> dict[int, bytes]:
        """All of a table, in the order in which they came."""
        rows = dict(self._durable(table).rows)
        for row, document in self.changed(table).items():
            if document is None:
                rows.pop(row, None)
            else:
                rows[row] = document
        return rows

    def count(self, table: str) -> int:
        """How many documents a table has."""
        rows, changed = self._durable(table).rows, self.changed(table).items()
        return len(rows) + sum((document is not None) - (row in rows) for row, document in changed)

    def in_order(self, table: str) -> bool:
        """Whether the documents of a table came in the order of their rows."""
        durable = self._durable(table)
        came = [durable.newest, *(row for row in self.changed(table) if row not in durable.rows)]
        return durable.in_order and came == sorted(came)

    def find(self, table: str, index: str, value: object) -> int | None:
        """The row with this value of a unique index."""
        for layer in self._layers:
            rows = layer.unique.get((table, index))
            if rows is not None and value in rows:
                return rows[value]
        return self._memory.table(table).unique[index].rows.get(value)

    def last(self, table: str) -> int:
        """The highest row there is."""
        last, is_thinned = self._durable(table).last(), False
        for layer in self._layers:
            if (came := layer.last.get(table, 0)) > last:
                last = came
            is_thinned = is_thinned or table in layer.thinned
        if is_thinned:
            while last > 0 and self.get(table, last) is None:
                last -= 1
        return last

    def changed(self, table: str) -> dict[int, bytes | None]:
        """The rows of a table that are not, or not yet, as what is durable has them."""
        above: dict[int, bytes | None] = {}
        for layer in reversed(self._layers):
            above.update(layer.rows.get(table, {}))
        return above

    def _durable(self, table: str) -> DurableTable:
        return self._memory.tables.get(table) or _NO_TABLE


_NO_TABLE = DurableTable({})


class JournalTransaction(ReadView):
    """Reads all that came before it, and its own changes."""

    def __init__(self, memory: Layers, generation: int, *below: Layer) -> None:
        self.layer = Layer()
        self.generation = generation
        super().__init__(memory, self.layer, *(below or (memory.staged, memory.flying)))

    def nested(self) -> "JournalTransaction":
        """One that reads this one's changes; `layer.lay` makes its own a part of them."""
        return JournalTransaction(self._memory, self.generation, *self._layers)

    def put(self, table: str, row: int, document: Document, raw: bytes | None = None) -> None:
        """Raises TypeError or ValueError where a document cannot be kept; nothing is changed then.

        `raw`: its JSON, of a caller who has it.
        """
        known, layer = self._memory.table(table), self.layer
        raw = bytes(
            memoryview(raw or orjson.dumps(document, option=STRICTLY))
        )  # orjson's take 4 KB, however short
        self._claim(table, row, known, document)
        layer.rows[table][row] = raw
        layer.values[table, row] = known.values(document)
        layer.last[table] = max(layer.last[table], row)
        layer.dropped.discard(table)

    def remove(self, table: str, row: int) -> None:
        self._give_up(table, row, self._memory.table(table))
        self.layer.rows[table][row] = None
        self.layer.values.pop((table, row), None)
        self.layer.thinned.add(table)

    def make(self, table: str) -> None:
        """An empty table, where there is none."""
        self.layer.rows.setdefault(table, {})
        self.layer.dropped.discard(table)

    def drop(self, table: str) -> None:
        for row in self.documents(table):
            self.remove(table, row)
        self.layer.dropped.add(table)

    def _claim(self, table: str, row: int, known: DurableTable, document: Document) -> None:
        """Gives a row its unique values, and takes away those it had."""
        if known.indexes and not 0 < row < _MOST_ROWS:
            message = f"a row of {table} must be from 1 to {_MOST_ROWS - 1}, not {row}"
            raise ValueError(message)
        claimed = [
            (name, value)
            for name, index in known.unique.items()
            if (value := document.get(index.field)) is not None
        ]
        for name, value in claimed:
            if self.find(table, name, value) not in {None, row}:
                message = f"{table} has another document with this {name}"
                raise DuplicateError(message)
        self._give_up(table, row, known)
        for name, value in claimed:
            self.layer.unique[table, name][value] = row

    def _give_up(self, table: str, row: int, known: DurableTable) -> None:
        if known.unique and (before := self.get(table, row)) is not None:
            old = orjson.loads(before)
            for name, index in known.unique.items():
                if (value := old.get(index.field)) is not None:
                    self.layer.unique[table, name][value] = None
