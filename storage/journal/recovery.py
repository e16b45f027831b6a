"""Opening a database: its snapshot, and what the journal says came since.

A line that nobody was told of may be torn: the process or the power went while it was written. It is cut off. A line
that was acknowledged may not be damaged, and is never guessed over: opening stops and names the byte. The two are
told apart by what comes later, since each line says what was durable when it was written.

Nor may lines be missing at the end: a journal that is being written ends with zeros, and one that was closed with a line
that says so. One that ends otherwise was cut off, be it at the end of a line. That is known of the journals that their
snapshot names, which it does since Deskhand marks their ends; those before are taken as they are. Not seen is a cut to
nothing of the file that a compaction has begun, as long as that has not ended: a crash may leave it so.
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
    CLOSED,
    SEAL,
    Line,
    NotASnapshotError,
    SnapshotReader,
    find_lines,
    read_changes,
    read_line,
)
from storage.journal.journal import journal_file, journal_files, number_of
from storage.journal.layers import Layers

_AT_A_TIME = 1 << 18
"""Bytes read at a time: with Python's own 8 KB, reading takes longer than parsing saves."""

_REMEDY = "or run `deskhand doctor --repair`, which saves what can be saved and keeps the damaged files."


class DamagedError(StoreOpenError):
    """A file is not as it was written. `offset`: the byte from which on."""

    def __init__(self, path: Path, offset: int, what: str = "is damaged at byte {:,}") -> None:
        super().__init__(
            f"{shown(path)} {what.format(offset)}. Deskhand has left it as it is: restore the folder from a"
            f" backup, {_REMEDY}"
        )
        self.path = path
        self.offset = offset


class CutError(DamagedError):
    """A journal ends before what was written into it does. `offset`: where it ends."""

    def __init__(self, path: Path, offset: int) -> None:
        super().__init__(path, offset, "was cut off: it ends at byte {:,}, and what came after is missing")


class Recovered(NamedTuple):
    """What was found. The journal's last file is `number`, its lines end at `size` with transaction `sequence`.

    `cut`: bytes of an unfinished write after that. `retired`: bytes in the journal's earlier files. `is_plain`: the
    snapshot is of stock TinyDB, or of Deskhand 0.1.0; `snapshot_size` is None where there is none. `is_marked`: the
    snapshot names its journal, whose end is marked.
    """

    sequence: int
    number: int
    size: int
    cut: int
    retired: int
    snapshot_size: int | None
    is_plain: bool
    is_marked: bool


def recover(snapshot: Path, memory: Layers) -> Recovered:
    """Fills an empty memory. Changes nothing on disk. Raises DamagedError, and OSError."""
    with _uncollected():
        loading = _Loading(memory)
        held = _read_snapshot(snapshot, loading) if snapshot.exists() else _Held()
        paths = journal_files(snapshot)
        is_sealed = snapshot.exists() and not held.is_plain
        named = journal_file(snapshot, held.journal or 1)
        if is_sealed and (not paths or (held.journal and named not in paths)):
            raise _lost(snapshot, f"its journal ({named.name} beside it)")
        replay = _Replay(paths, held, loading)
        if not is_sealed and (replay.sequence or replay.cut):  # there is one before anything is written
            raise _lost(paths[0], f"its snapshot ({snapshot.name} beside it)")
        loading.finish()
    return Recovered(
        sequence=max(held.sequence, replay.sequence),
        number=replay.number,
        size=replay.size,
        cut=replay.cut,
        retired=sum(path.stat().st_size for path in paths if number_of(path) < replay.number),
        snapshot_size=snapshot.stat().st_size if snapshot.exists() else None,
        is_plain=held.is_plain,
        is_marked=held.journal is not None,
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

    def __init__(self, memory: Layers) -> None:
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


class _Held(NamedTuple):
    """What a snapshot holds: the transactions up to `sequence`; the journal goes on in its file `journal`."""

    sequence: int = 0
    journal: int | None = None
    is_plain: bool = False


def _read_snapshot(path: Path, loading: _Loading) -> _Held:
    with path.open("rb", _AT_A_TIME) as file:
        if file.readline() != b"{\n":
            _read_plain(path, loading)
            return _Held(is_plain=True)
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
        return _Held(reader.sequence, reader.journal)


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

    def __init__(self, paths: list[Path], held: _Held, loading: _Loading) -> None:
        self.sequence = 0  # of the last whole line, once there was one
        self.number = held.journal or (number_of(paths[0]) if paths else 1)
        self.size = 0
        self.cut = 0
        self._held = held.sequence
        self._closing = 0  # bytes of the line that closes the last file with something in it
        self._ends_well: dict[
            int, bool
        ] = {}  # by the number of a file: with a zero, or the line that closes it
        broken: DamagedError | None = None
        for path in paths:
            size, rest = self._read(path, loading)
            if not size and not rest:
                continue
            if broken:
                raise broken
            self._closing = self._closes
            if rest:
                broken = DamagedError(path, size)
                if any(line.durable > (self.sequence or self._held) for _, line in find_lines(rest)):
                    raise broken
            self.number, self.size, self.cut = number_of(path), size, len(rest)
        if 0 < self.sequence < self._held:  # the snapshot was made of lines that are gone
            raise DamagedError(paths[-1], self.size)
        if held.journal and not self._ends_well[self.number]:
            raise CutError(
                next(path for path in paths if number_of(path) == self.number), self.size + self.cut
            )
        if (
            self._closing
        ):  # the next line takes its place: left behind, it would be the end of a journal that was cut
            self.size -= self._closing
            self.sequence -= 1

    def _read(self, path: Path, loading: _Loading) -> tuple[int, bytes]:
        """Applies what is whole. Gives its size, and the rest without the zeros that a journal is grown by."""
        size, line, number = 0, None, number_of(path)
        self._closes = 0
        with path.open("rb", _AT_A_TIME) as file:
            for raw in file:
                line = read_line(raw)
                if line is None or not self._follows(line):
                    rest = raw + file.read()
                    self._ends_well[number] = rest.endswith(b"\0")
                    return size, rest.rstrip(b"\0")
                if line.sequence > self._held:
                    loading.apply(line.changes)
                self.sequence = line.sequence
                size += len(raw)
        if line and line.changes == CLOSED:
            self._closes = len(raw)
        self._ends_well[number] = bool(self._closes)
        return size, b""

    def _follows(self, line: Line) -> bool:
        """A snapshot may hold what its journal says, or have said it alone, but no gap is between."""
        return self.sequence < line.sequence <= max(self.sequence, self._held) + 1
