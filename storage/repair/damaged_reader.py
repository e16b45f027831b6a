"""Reading damaged files: what has its checksum is certain, what can only be read is doubtful, the rest is lost."""

import re
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import orjson
from pydantic import ValidationError

from storage.journal.format import BLOCK, SEAL, Line, Seal, find_lines, read_changes
from storage.journal.layers import Tables

FOUND = "lost+found"
"""The table of documents of which nobody knows whose they are."""

_DRIFT = 256  # lines that damage may have joined or cut in two, before the checksums fit again
_SEAL = re.compile(rb'"%b":\{"1":\t([^\t\n]*)\t\}\}\n' % SEAL.encode())
_COUNTED = 10**9
"""Rows above are not counted one by one, and come in any order: those of histories."""
_SEALED = {"sequence", "blocks", "check"}  # what every seal has
_PIECE = re.compile(
    rb'"(?P<row>-?[0-9]{1,19})":\t(?P<document>[^\x00-\x1f]*)\t,?\n?'
    rb'|(?P<table>"(?:[^"\\\x00-\x1f]|\\.)*"):\{\n'
    rb"|(?P<close>\},\n)"
    rb"|\{\n"
)


class Row(NamedTuple):
    """Whose place a document has."""

    table: str
    row: int


class Loss(NamedTuple):
    """Bytes of a file that could not be read, and what they held as far as that is known."""

    path: Path
    start: int
    end: int
    row: Row | None = None
    transactions: range = range(0)


class DamagedReader:
    """What the files of a database still say."""

    def __init__(self, snapshot: Path, journals: Sequence[Path]) -> None:
        """Raises OSError."""
        self.tables: Tables = {}
        self.sequence = 0
        """Of the last transaction."""
        self.doubtful: dict[Row, None] = {}
        self.lost: list[Loss] = []
        self.later = range(0)
        """Transactions that were applied though one before them is lost."""
        self.unfinished = 0
        """Bytes of a write that nobody was told of."""
        held = self._read_snapshot(snapshot) if snapshot.exists() else 0
        self._replay([piece for path in journals for piece in _pieces(path)], held)

    def put(self, row: Row, document: bytes, *, certain: bool) -> None:
        self.tables.setdefault(row.table, {})[row.row] = document
        if certain:
            self.doubtful.pop(row, None)
        else:
            self.doubtful[row] = None

    def _remove(self, row: Row) -> None:
        self.tables.get(row.table, {}).pop(row.row, None)
        self.doubtful.pop(row, None)

    def _drop(self, table: str) -> None:
        for row in self.tables.pop(table, {}):
            self.doubtful.pop(Row(table, row), None)

    def _read_snapshot(self, path: Path) -> int | None:
        """The last transaction that it holds; None where that is lost."""
        raw = path.read_bytes()
        if b"\t" not in raw:  # stock TinyDB wrote it, as one line of JSON
            return self._read_plain(path, raw)
        seal = _seal(raw)
        content = raw[: seal[0]] if seal else raw
        reader = _SnapshotPieces(self, path, content)
        at = 0
        for start, end in _proven(content, seal[1].blocks if seal else ()):
            reader.read(at, start, certain=False)
            reader.read(start, end, certain=True)
            at = end
        reader.read(at, len(content), certain=False)
        if not seal:
            return None
        return seal[1].sequence

    def _read_plain(self, path: Path, raw: bytes) -> int:
        try:
            tables = orjson.loads(raw)
            seal = tables.pop(SEAL, {"1": {"sequence": 0}})
            for table, rows in tables.items():
                self.tables[table] = {int(row): orjson.dumps(document) for row, document in rows.items()}
            return int(seal["1"]["sequence"])
        except (ValueError, TypeError, LookupError, AttributeError):
            self.lost.append(Loss(path, 0, len(raw)))
            return 0

    def _replay(self, pieces: list["_Piece"], held: int | None) -> None:
        proven = max((piece.line.durable for piece in pieces if piece.line), default=0)
        self.sequence = held or next((piece.line.sequence - 1 for piece in pieces if piece.line), 0)
        broken: list[_Piece] = []
        for index, piece in enumerate(pieces):
            if piece.line is None:
                broken.append(piece)
                continue
            missing = range(self.sequence + 1, piece.line.sequence)
            if piece.line.sequence > self.sequence:
                if (broken or missing) and self.sequence >= proven:
                    broken += pieces[index:]
                    break
                self._miss(missing, broken or [piece._replace(end=piece.start)])
                self._apply(piece.line)
            broken = []
        self.unfinished = sum(piece.end - piece.start for piece in broken)

    def _apply(self, line: Line) -> None:
        for table, rows in read_changes(line.changes).items():
            if rows is None:
                self._drop(table)
                continue
            self.tables.setdefault(table, {})
            for row, document in rows.items():
                if document is None:
                    self._remove(Row(table, row))
                else:
                    self.put(Row(table, row), document, certain=True)
        self.sequence = line.sequence
        if any(loss.transactions for loss in self.lost):
            self.later = range(self.later.start or line.sequence, line.sequence + 1)

    def _miss(self, transactions: range, broken: list["_Piece"]) -> None:
        """Saves the documents of damaged transactions that can be read."""
        for piece in broken if transactions else ():
            self.lost.append(Loss(piece.path, piece.start, piece.end, transactions=transactions))
            for row, document in _documents(piece.text):
                self.put(row, document, certain=False)


class _SnapshotPieces:
    """Reads stretches of a snapshot one after the other."""

    def __init__(self, reader: DamagedReader, path: Path, raw: bytes) -> None:
        self._reader = reader
        self._path = path
        self._raw = raw
        self._table: str | None = None
        self._last: tuple[int, bytes] | None = None  # row and document, of this table
        self._is_sure = True  # that the table is still the same

    def read(self, start: int, end: int, *, certain: bool) -> None:
        at = start
        for piece in _PIECE.finditer(self._raw, start, end):
            self._miss(at, piece.start())
            at = piece.end()
            if piece["table"] or piece["close"]:
                self._table, self._last, self._is_sure = _name(piece["table"] or b""), None, True
            elif piece["row"] and (certain or _is_object(piece["document"])):
                self._take(int(piece["row"]), piece["document"], certain=certain)
            elif piece["row"]:
                row = Row(self._table or FOUND, int(piece["row"]))
                self._reader.lost.append(Loss(self._path, piece.start(), piece.end(), row))
        self._miss(at, end)

    def _miss(self, start: int, end: int) -> None:
        if self._raw[start:end].strip(b"\n"):
            self._reader.lost.append(Loss(self._path, start, end))
            self._is_sure = False

    def _take(self, row: int, document: bytes, *, certain: bool) -> None:
        if not self._is_sure and not self._goes_on(row, document):
            self._table = None
        self._is_sure = True
        if self._table is not None:
            self._reader.put(Row(self._table, row), document, certain=certain)
        elif not orjson.loads(document).keys() >= _SEALED:
            found = self._reader.tables.get(FOUND, {})
            self._reader.put(Row(FOUND, len(found) + 1), document, certain=False)
        self._last = row, document

    def _goes_on(self, row: int, document: bytes) -> bool:
        """Whether it looks as if the table were still the same, and its end and the next one's name not lost."""
        if self._last is None:
            return True
        last, before = self._last
        fields, known = orjson.loads(document).keys(), orjson.loads(before).keys()
        is_alike = len(fields ^ known) < len(fields & known)  # fields without a value are not written
        return is_alike and (row > last or row > _COUNTED)


class _Piece(NamedTuple):
    """A line of a journal, or what is broken between two lines."""

    path: Path
    start: int
    end: int
    line: Line | None
    text: bytes


def _pieces(path: Path) -> Iterator[_Piece]:
    raw = path.read_bytes()
    at = 0
    for start, line in find_lines(raw):
        yield from _broken(path, raw, at, start)
        at = raw.index(b"\n", start) + 1
        yield _Piece(path, start, at, line, b"")
    yield from _broken(path, raw, at, len(raw.rstrip(b"\0")))


def _broken(path: Path, raw: bytes, start: int, end: int) -> Iterator[_Piece]:
    if start < end:
        yield _Piece(path, start, end, None, raw[start:end])


def _documents(broken: bytes) -> Iterator[tuple[Row, bytes]]:
    """What can be read of transactions without a checksum."""
    for text in broken.split(b"\n"):
        try:
            changes = read_changes(text[text.find(b'{"') :])
            rows = [
                (Row(table, row), new) for table, rows in changes.items() for row, new in (rows or {}).items()
            ]
        except (ValueError, TypeError, AttributeError, StopIteration):
            continue
        yield from ((row, document) for row, document in rows if document and _is_object(document))


def _proven(content: bytes, checks: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The stretches of a snapshot that have their checksum."""
    starts = [0, *(end.end() for end in re.finditer(b"\n", content))]
    drift, is_whole = 0, True
    for number, check in enumerate(checks):
        reach = 0 if is_whole else _DRIFT
        for guess in sorted(range(drift - reach, drift + reach + 1), key=lambda guess: abs(guess - drift)):
            first = max(0, number * BLOCK + guess)
            stretch = starts[first : first + BLOCK + 1]
            if stretch and zlib.crc32(content[stretch[0] : stretch[-1]]) == check:
                yield stretch[0], stretch[-1]
                drift, is_whole = guess, True
                break
        else:
            is_whole = False


def _seal(raw: bytes) -> tuple[int, Seal] | None:
    """The end of a snapshot, and where it begins."""
    for found in _SEAL.finditer(raw):
        try:
            seal = Seal.model_validate_json(found[1])
        except ValidationError:
            continue
        if seal.is_whole:
            return found.start(), seal
    return None


def _name(text: bytes) -> str | None:
    try:
        return str(orjson.loads(text))
    except orjson.JSONDecodeError:
        return None


def _is_object(text: bytes) -> bool:
    try:
        return isinstance(orjson.loads(text), dict)
    except orjson.JSONDecodeError:
        return False
