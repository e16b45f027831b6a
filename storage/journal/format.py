"""The bytes of a database: how a transaction becomes a line of the journal, and a table the lines of a snapshot.

A document is JSON without raw tabs or line breaks, which JSON escapes inside strings and allows between values. So a
tab on either side tells where a document begins and ends, and it can be cut out as it stands: nothing is written
twice, and nothing is parsed only to be written again.

A line of the journal: checksum of the rest (CRC-32, 8 hex digits), sequence number, the sequence number up to which
everything was durable when it was written, and the transaction: `{table: {row: document | null} | null}`. Null
removes. The last line of a journal that was closed is a transaction without changes.

A snapshot: one JSON object that stock TinyDB opens, a document a line; its last line says which transactions it holds,
the checksums of its blocks, and which file of the journal goes on from there.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import NamedTuple
from zlib import crc32

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

Rows = Mapping[int, bytes | None]
"""Documents by row; None removes the row."""

Changes = Mapping[str, Rows | None]
"""What a transaction does to each table; None removes the table."""

Document = dict[str, object]

SEAL = "_snapshot"
"""The table of a snapshot that is no user's: its one document is the `Seal`."""

_SEAL_BEGINS = b'"%b":{"1":' % SEAL.encode()

BLOCK = 4096
"""Lines of a snapshot to a checksum."""

_PART = 256  # lines of a block that are written at a time

CLOSED = b"{}"
"""The transaction that closes a journal: it changes nothing."""

_START = re.compile(rb'[0-9a-f]{8} [0-9]{1,18} [0-9]{1,18} \{(?:"|\}\n)')
"""How a line begins. No document has that in it: inside its strings, quotes and line breaks are escaped."""


class Line(NamedTuple):
    """One transaction of the journal. `durable`: every transaction up to that number was, when this was written."""

    sequence: int
    durable: int
    changes: bytes


class Seal(BaseModel):
    """The end of a snapshot: it holds the transactions up to `sequence`, and the journal goes on in the file `journal`.

    `blocks`: a checksum for each block. `journal` is None in what was written before a journal's end was marked.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    sequence: int
    blocks: tuple[int, ...]
    journal: int | None = None
    check: int

    @classmethod
    def of(cls, sequence: int, blocks: tuple[int, ...], journal: int | None) -> "Seal":
        check = _check_of(sequence, blocks, journal)
        return cls(sequence=sequence, blocks=blocks, journal=journal, check=check)

    @property
    def is_whole(self) -> bool:
        return self.check == _check_of(self.sequence, self.blocks, self.journal)


def _check_of(sequence: int, blocks: tuple[int, ...], journal: int | None) -> int:
    said = (sequence, blocks) if journal is None else (sequence, blocks, journal)
    return crc32(repr(said).encode())


def write_line(sequence: int, durable: int, changes: Changes) -> bytes:
    rest = b"%d %d %b" % (sequence, durable, _written(changes))
    return b"%08x %b\n" % (crc32(rest), rest)


def read_line(line: bytes) -> Line | None:
    """None where it is not a whole line, or not what was written."""
    rest = line[9:-1]
    if line[-1:] != b"\n" or line[:9] != b"%08x " % crc32(rest):
        return None
    sequence, durable, changes = rest.split(b" ", 2)
    return Line(int(sequence), int(durable), changes)


def find_lines(text: bytes) -> Iterator[tuple[int, Line]]:
    """The whole lines in a stretch that is damaged, wherever they begin, and where that is."""
    for found in _START.finditer(text):
        line = read_line(text[found.start() : text.find(b"\n", found.start()) + 1])
        if line is not None:
            yield found.start(), line


def read_changes(text: bytes) -> Changes:
    """What `write_line` was given."""
    pieces = text.split(b"\t")
    documents = iter(pieces[1::2])
    tables = orjson.loads(b"1".join(pieces[::2]))
    return {
        table: rows and {int(row): new and next(documents) for row, new in rows.items()}
        for table, rows in tables.items()
    }


def _written(changes: Changes) -> bytes:
    return b"{%b}" % b",".join(
        b"%b:null" % orjson.dumps(table)
        if rows is None
        else b"%b:{%b}"
        % (
            orjson.dumps(table),
            b",".join(
                b'"%d":null' % row if document is None else b'"%d":\t%b\t' % (row, document)
                for row, document in rows.items()
            ),
        )
        for table, rows in changes.items()
    )


def write_snapshot(
    sequence: int, tables: Mapping[str, Mapping[int, bytes]], journal: int | None = None
) -> Iterator[bytes]:
    """The parts of a snapshot, to be written one after the other. `sequence`, `journal`: as the `Seal` has them."""
    checks, lines, written = [0], _lines(tables), 0
    while part := [*islice(lines, min(_PART, BLOCK))]:
        text = b"".join(part)
        checks[-1] = crc32(text, checks[-1])
        written += len(part)
        if written % BLOCK == 0:
            checks.append(0)
        yield text
    seal = Seal.of(sequence, tuple(checks), journal)
    yield b"%b\t%b\t}}\n" % (_SEAL_BEGINS, seal.model_dump_json(exclude_none=True).encode())


def _lines(tables: Mapping[str, Mapping[int, bytes]]) -> Iterator[bytes]:
    yield b"{\n"
    for table, rows in tables.items():
        yield b"%b:{\n" % orjson.dumps(table)
        last = len(rows) - 1
        for index, (row, document) in enumerate(rows.items()):
            yield (b'"%d":\t%b\t\n' if index == last else b'"%d":\t%b\t,\n') % (row, document)
        yield b"},\n"


class NotASnapshotError(Exception):
    """Whatever it is, `write_snapshot` has not written it so. `offset`: the byte from which on it is wrong."""

    def __init__(self, offset: int) -> None:
        super().__init__(f"damaged at byte {offset}")
        self.offset = offset


class SnapshotReader:
    """Gives each document of a snapshot with its table and row, and each table's beginning with row None.

    Raises NotASnapshotError. What was given is proven only once all of it is, and then `sequence` and `journal` are
    what the seal says.
    """

    def __init__(self, lines: Iterable[bytes]) -> None:
        self._lines = iter(lines)
        self.sequence = 0
        self.journal: int | None = None

    def __iter__(self) -> Iterator[tuple[str, int | None, bytes]]:
        offset = block_at = check = count = 0
        checks: list[tuple[int, int]] = []  # checksum and first byte of each block
        table: str | None = None
        for line in self._lines:
            before, _, rest = line.partition(b"\t")
            document, tab, after = rest.rpartition(b"\t")
            if before[:1] == b'"' and tab:
                if before == _SEAL_BEGINS and after == b"}}\n":
                    self._close(document, [*checks, (check, block_at)], offset)
                    if next(self._lines, None) is not None:
                        raise NotASnapshotError(offset + len(line))
                    return
                if table is None:
                    raise NotASnapshotError(offset)
                try:
                    row = int(before[1:-2])
                except ValueError:
                    raise NotASnapshotError(offset) from None
                yield table, row, document
            elif before[:1] == b'"':
                table = _name(line, offset)
                yield table, None, b""
            elif line not in {b"{\n", b"},\n"}:
                raise NotASnapshotError(max(0, offset - 1))  # the line before may have been cut in two
            check = crc32(line, check)
            count += 1
            offset += len(line)
            if count == BLOCK:
                checks.append((check, block_at))
                check, count, block_at = 0, 0, offset
        raise NotASnapshotError(offset)

    def _close(self, text: bytes, found: list[tuple[int, int]], offset: int) -> None:
        try:
            seal = Seal.model_validate_json(text)
        except ValidationError:
            raise NotASnapshotError(offset) from None
        if not seal.is_whole or len(seal.blocks) != len(found):
            raise NotASnapshotError(offset)
        for expected, (check, block_at) in zip(seal.blocks, found, strict=True):
            if check != expected:
                raise NotASnapshotError(block_at)
        self.sequence, self.journal = seal.sequence, seal.journal


def _name(line: bytes, offset: int) -> str:
    try:
        name = orjson.loads(line[:-3])
    except orjson.JSONDecodeError:
        raise NotASnapshotError(offset) from None
    if not isinstance(name, str) or line[-3:] != b":{\n":
        raise NotASnapshotError(offset)
    return name
