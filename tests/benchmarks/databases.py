"""Databases to open, as the engine would have written them, and the least that can be done with their lines."""

import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from random import Random
from typing import NamedTuple
from uuid import UUID

import orjson

from bot.domain.outbox import Job, Target
from storage.journal.format import Changes, write_line, write_snapshot
from storage.journal.journal import journal_file
from storage.tinydb.documents import KeptKey, document
from tests.benchmarks.tickets import START, raw

FILE = "desk.json"
DISTINCT = 20_000  # tickets; what comes after repeats their words under new ids
_NAME = b"00000000-0000-4000-8000-000000000000"  # of a sample, to be replaced by one of as many bytes
READ_AT_A_TIME = 1 << 18  # bytes, as the engine


class Saved(NamedTuple):
    """A ticket when it is new and when its card stands, its idempotency key, and its job before and after a claim."""

    new: bytes
    shown: bytes
    key: bytes
    job: bytes
    claimed: bytes

    def transactions(self, row: int) -> Iterator[Changes]:
        """What the desk and its courier write for a ticket, until its card is posted."""
        yield {"tickets": {row: self.new}, "keys": {row: self.key}, "jobs": {row: self.job}}
        yield {"jobs": {row: self.claimed}}
        yield {"tickets": {row: self.shown}, "jobs": {row: None}}


def saved(count: int) -> Iterator[tuple[int, Saved]]:
    """By row."""
    luck = Random("ids")  # noqa: S311  (a sample, and no secret)
    known = [raw(number) for number in range(1, min(count, DISTINCT) + 1)]
    key, job, claimed = _samples()
    for row in range(1, count + 1):
        ticket = known[(row - 1) % DISTINCT]
        if row > DISTINCT:
            at = ticket.index(b'"id":"') + len(b'"id":"')
            ticket = (
                ticket[:at] + str(UUID(int=luck.getrandbits(128), version=4)).encode() + ticket[at + 36 :]
            )
        shown = ticket.replace(
            b'"cards":[]', b'"cards":[{"channel":"C0SUPPORT","ts":"%d.000100"}]' % (10**9 + row)
        )
        name = b"%036d" % row
        yield row, Saved(ticket, shown, *(sample.replace(_NAME, name) for sample in (key, job, claimed)))


def _samples() -> Iterator[bytes]:
    name = UUID(_NAME.decode())
    target = Target(
        channel="C0SUPPORT", response_url="https://hooks.slack.invalid/commands/T0/1/abc", user="U1"
    )
    job = Job(id=name, number=1, target=target, created_at=START, due_at=START)
    for record in (
        KeptKey(key=_NAME.decode(), number=1, at=START),
        job,
        job.model_copy(update={"claimed_at": START}),
    ):
        yield orjson.dumps(document(record))


def prepare(folder: Path, count: int, in_snapshot: float) -> None:
    """Writes the files that saving so many tickets leaves, with that part of them in the snapshot."""
    every, held = saved(count), round(count * in_snapshot)
    first = dict(islice(every, held))
    tables = {
        "tickets": {row: each.shown for row, each in first.items()},
        "keys": {row: each.key for row, each in first.items()},
    }
    with (folder / FILE).open("wb") as file:
        file.writelines(write_snapshot(3 * held, tables if held else {}))
    with journal_file(folder / FILE, 1).open("wb") as file:
        transactions = (changes for row, each in every for changes in each.transactions(row))
        for sequence, changes in enumerate(transactions, 3 * held + 1):
            file.write(write_line(sequence, sequence - 1, changes))


def parse(folder: Path) -> float:
    """Seconds. What a program that only wants the documents would do."""
    began = time.perf_counter()
    with (folder / FILE).open("rb", READ_AT_A_TIME) as file:
        for line in file:
            begin = line.find(b"\t")
            if begin > 0:
                orjson.loads(line[begin : line.rindex(b"\t")])
    with journal_file(folder / FILE, 1).open("rb", READ_AT_A_TIME) as file:
        for line in file:
            orjson.loads(line[line.index(b"{") :])
    return time.perf_counter() - began
