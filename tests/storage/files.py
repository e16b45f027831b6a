"""Databases made by hand, a byte at a time."""

from pathlib import Path

from storage.journal.engine import Engine
from storage.journal.format import Changes, write_line, write_snapshot
from storage.journal.journal import journal_file, journal_files
from storage.journal.layers import Layers, Tables
from storage.journal.recovery import DamagedError, Recovered, recover
from tests.storage.scripts import Script, apply

ZEROS = bytes(300)  # what a journal is grown by


def of(number: int) -> Changes:
    """The transaction of this number."""
    return {"t": {number: b'{"n":%d}' % number}, "last": {1: b'{"n":%d}' % number}}


def after(number: int) -> Tables:
    """The state after this transaction."""
    made: Tables = {}
    for each in range(1, number + 1):
        made = apply(of(each), made)
    return made


def group(first: int, last: int) -> bytes:
    """The lines of transactions that shared one sync."""
    return b"".join(write_line(number, first - 1, of(number)) for number in range(first, last + 1))


class Files:
    """A database made by hand: its snapshot holds some transactions, its journal's files what is put there."""

    def __init__(self, folder: Path, held: int = 0) -> None:
        self.snapshot = folder / "T1.json"
        self.hold(held)

    def hold(self, number: int) -> None:
        self.snapshot.write_bytes(b"".join(write_snapshot(number, after(number))))

    def put(self, *journals: bytes, first: int = 1) -> None:
        for path in journal_files(self.snapshot):
            path.unlink()
        for number, content in enumerate(journals, first):
            journal_file(self.snapshot, number).write_bytes(content)

    def found(self) -> tuple[Recovered, Tables]:
        memory = Layers({})
        recovered = recover(self.snapshot, memory)
        return recovered, memory.durable()

    def whole(self, name: str) -> bytes:
        return self.snapshot.with_name(name).read_bytes()

    def damage(self) -> DamagedError | None:
        try:
            self.found()
        except DamagedError as damage:
            return damage
        return None

    def goes_on(self) -> None:
        """Opens, writes, and is found again: twice, since what is written now proves what was there before."""
        for _ in range(2):
            script = Script(Engine(self.snapshot))
            for count in (1, 2, 1):
                assert script.run(count) == [None] * count
            script.engine.close()
            assert self.found() == (self.found()[0]._replace(cut=0), script.state)
