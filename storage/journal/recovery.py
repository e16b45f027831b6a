"""Opening a database: its snapshot, and what the journal says came since.

A line that nobody was told of may be torn: the process or the power went while it was written. It is cut off. A line
that was acknowledged may not be damaged, and is never guessed over: opening stops and names the byte. The two are
told apart by what comes later, since each line says what was durable when it was written.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import orjson

from storage.journal.errors import StoreOpenError
from storage.journal.file_names import shown
from storage.journal.format import (
    SEAL,
    Line,
    NotASnapshotError,
    SnapshotReader,
    find_lines,
    read_changes,
    read_line,
)
from storage.journal.journal import journal_files, number_of
from storage.journal.layers import Memory

_AT_A_TIME = 1 << 18
"""Bytes read at a time: with Python's own 8 KB, reading takes longer than parsing saves."""

_REMEDY = "or run `deskhand doctor --repair`, which saves what can be saved and keeps the damaged files."


class DamagedError(StoreOpenError):
    """A file is not as it was written. `offset`: the byte from which on."""

    def __init__(self, path: Path, offset: int) -> None:
        super().__init__(
            f"{shown(path)} is damaged at byte {offset:,}. Deskhand has left it as it is: restore the folder from a"
            f" backup, {_REMEDY}"
        )
        self.path = path
        self.offset = offset


class Recovered(NamedTuple):
    """What was found. The journal's last file is `number`, its lines end at `size` with transaction `sequence`.

    `cut`: bytes of an unfinished write after that. `retired`: bytes in the journal's earlier files. `is_plain`: the
    snapshot is of stock TinyDB, or of Deskhand 0.1.0; `snapshot_size` is null where there is none.
    """

    sequence: int
    number: int
    size: int
    cut: int
    retired: int
    snapshot_size: int | None
    is_plain: bool


def recover(snapshot: Path, memory: Memory) -> Recovered:
    """Fills an empty memory. Changes nothing on disk. Raises DamagedError, and OSError."""
    with _uncollected():
        loading = _Loading(memory)
        sequence, is_plain = _read_snapshot(snapshot, loading) if snapshot.exists() else (0, False)
        paths = journal_files(snapshot)
        is_sealed = snapshot.exists() and not is_plain
        if is_sealed and not paths:
            raise _lost(snapshot, f"its journal ({snapshot.stem}.1.journal beside it)")
        replay = _Replay(paths, sequence, loading)
        if not is_sealed and (replay.sequence or replay.cut):  # there is one before anything is written
            raise _lost(paths[0], f"its snapshot ({snapshot.name} beside it)")
        loading.finish()
    return Recovered(
        sequence=max(sequence, replay.sequence),
        number=replay.number,
        size=replay.size,
        cut=replay.cut,
        retired=sum(path.stat().st_size for path in paths if number_of(path) < replay.number),
        snapshot_size=snapshot.stat().st_size if snapshot.exists() else None,
        is_plain=is_plain,
    )


def _lost(path: Path, what: str) -> StoreOpenError:
    return StoreOpenError(f"{shown(path)} has lost {what}. Restore both from a backup, {_REMEDY}")


@contextmanager
def _uncollected() -> Iterator[None]:
    """The collector would look at everything again and again while it is loaded, and find nothing to collect."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


class _Loading:
    """What the files have said so far. Only what is left at the end is parsed, for the indexes."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._tables: dict[str, dict[int, bytes]] = {}

    def table(self, name: str) -> dict[int, bytes]:
        """Its documents by row, to be filled."""
        return self._tables.setdefault(name, {})

    def apply(self, text: bytes) -> None:
        """One transaction."""
        for table, rows in read_changes(text).items():
            if rows is None:
                self._tables.pop(table, None)
                continue
            documents = self.table(table)
            for row, new in rows.items():
                if new is None:
                    documents.pop(row, None)
                else:
                    documents[row] = new

    def finish(self) -> None:
        while self._tables:
            name, documents = self._tables.popitem()
            self._memory.table(name).load(documents)


def _read_snapshot(path: Path, loading: _Loading) -> tuple[int, bool]:
    """The last transaction that it holds, and whether it is a plain file of TinyDB."""
    with path.open("rb", _AT_A_TIME) as file:
        if file.readline() != b"{\n":
            _read_plain(path, loading)
            return 0, True
        file.seek(0)
        reader = SnapshotReader(file)
        documents: dict[int, bytes] = {}
        try:
            for table, row, raw in reader:
                if row is None:
                    documents = loading.table(table)
                else:
                    documents[row] = raw
        except NotASnapshotError as error:
            raise DamagedError(path, error.offset) from None
        return reader.sequence, False


def _read_plain(path: Path, loading: _Loading) -> None:
    raw = path.read_bytes()
    try:
        tables = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        is_ours = SEAL.encode() in raw  # and then it is the first line that is damaged
        raise DamagedError(path, 0 if is_ours else len(error.doc[: error.pos].encode())) from None
    if not isinstance(tables, dict) or SEAL in tables or not all(map(_is_table, tables.values())):
        raise DamagedError(path, 0)
    for table, rows in tables.items():
        loading.table(table).update((int(row), orjson.dumps(document)) for row, document in rows.items())


def _is_table(rows: object) -> bool:
    if not isinstance(rows, dict):
        return False
    return all(row.isdecimal() and isinstance(document, dict) for row, document in rows.items())


class _Replay:
    """Reads the journal's files one after the other, as far as they are whole.

    Each was complete before the next was begun, and those after the last are empty: a file is made before it is needed.
    """

    def __init__(self, paths: list[Path], snapshot_sequence: int, loading: _Loading) -> None:
        self.sequence = 0  # of the last whole line, once there was one
        self.number = number_of(paths[0]) if paths else 1
        self.size = 0
        self.cut = 0
        self._held = snapshot_sequence
        broken: DamagedError | None = None
        for path in paths:
            size, rest = self._read(path, loading)
            if not size and not rest:
                continue
            if broken:
                raise broken
            if rest:
                broken = DamagedError(path, size)
                if any(line.durable > (self.sequence or self._held) for _, line in find_lines(rest)):
                    raise broken
            self.number, self.size, self.cut = number_of(path), size, len(rest)
        if 0 < self.sequence < self._held:  # the snapshot was made of lines that are gone
            raise DamagedError(paths[-1], self.size)

    def _read(self, path: Path, loading: _Loading) -> tuple[int, bytes]:
        """Applies what is whole. Gives its size, and the rest without the zeros that a journal is grown by."""
        size = 0
        with path.open("rb", _AT_A_TIME) as file:
            for raw in file:
                line = read_line(raw)
                if line is None or not self._follows(line):
                    return size, (raw + file.read()).rstrip(b"\0")
                if line.sequence > self._held:
                    loading.apply(line.changes)
                self.sequence = line.sequence
                size += len(raw)
        return size, b""

    def _follows(self, line: Line) -> bool:
        """A snapshot may hold what its journal says, or have said it alone, but no gap is between."""
        return self.sequence < line.sequence <= max(self.sequence, self._held) + 1
