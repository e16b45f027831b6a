"""Databases to open, as the engine would have written them, and the least that can be done with their lines."""

import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from random import Random
from typing import NamedTuple
from uuid import UUID

import orjson

from bot.domain.comments import key_of
from bot.domain.outbox import Job, Target
from bot.domain.ticket import Place
from storage.journal.format import Changes, write_line, write_snapshot
from storage.journal.journal import journal_file
from storage.tinydb.documents import SCHEMA, KeptKey, document
from storage.tinydb.ticket_history import row_of
from tests.benchmarks.tickets import START, raw

FILE = "desk.json"
DISTINCT = 20_000  # tickets; what comes after repeats their words under new ids
_NAME = b"00000000-0000-4000-8000-000000000000"  # of a sample, to be replaced by one of as many bytes
_TS = b"1700000000.000100"  # the same for its card
READ_AT_A_TIME = 1 << 18  # bytes, as the engine


class Saved(NamedTuple):
    """A ticket with the first entry of its history, its idempotency key and its job, and where its card and its thread
    stand."""

    ticket: bytes
    entry: bytes
    key: bytes
    job: bytes
    cards: bytes
    thread: bytes

    def transactions(self, row: int) -> Iterator[Changes]:
        """What the desk and its courier write for a ticket, until its card is posted."""
        yield {
            "history": {row_of(row, 1): self.entry},
            "tickets": {row: self.ticket},
            "keys": {row: self.key},
            "jobs": {row: self.job},
        }
        yield {"jobs": {row: None}, "cards": {row: self.cards}, "places": {row: self.thread}}

    def rows(self, row: int) -> dict[str, tuple[int, bytes]]:
        """What is left of that, by table."""
        return {
            "history": (row_of(row, 1), self.entry),
            "tickets": (row, self.ticket),
            "keys": (row, self.key),
            "cards": (row, self.cards),
            "places": (row, self.thread),
        }


def saved(count: int) -> Iterator[tuple[int, Saved]]:
    """By row."""
    luck = Random("ids")  # noqa: S311  (a sample, and no secret)
    known = [raw(number) for number in range(1, min(count, DISTINCT) + 1)]
    samples = [*_samples()]
    for row in range(1, count + 1):
        ticket, entry = known[(row - 1) % DISTINCT]
        if row > DISTINCT:
            at = ticket.index(b'"id":"') + len(b'"id":"')
            ticket = (
                ticket[:at] + str(UUID(int=luck.getrandbits(128), version=4)).encode() + ticket[at + 36 :]
            )
        names = {_NAME: b"%036d" % row, _TS: b"%017d" % row}
        yield row, Saved(ticket, entry, *(_named(sample, names) for sample in samples))


def _named(sample: bytes, names: Mapping[bytes, bytes]) -> bytes:
    for name, other in names.items():
        sample = sample.replace(name, other)
    return sample


def _samples() -> Iterator[bytes]:
    name = UUID(_NAME.decode())
    target = Target(
        channel="C0SUPPORT", response_url="https://hooks.slack.invalid/commands/T0/1/abc", user="U1"
    )
    card = Place(channel="C0SUPPORT", ts=_TS.decode())
    yield orjson.dumps(document(KeptKey(key=_NAME.decode(), number=1, at=START)))
    yield orjson.dumps(
        document(Job(id=name, number=1, target=target, created_at=START, due_at=START, claimed_at=START))
    )
    yield orjson.dumps({"schema": SCHEMA, "cards": [card.to_wire()]})
    yield orjson.dumps(document(KeptKey(key=key_of(card.channel, card.ts), number=1)))


def prepare(folder: Path, count: int, in_snapshot: float) -> None:
    """Writes the files that saving so many tickets leaves, with that part of them in the snapshot."""
    every, held = saved(count), round(count * in_snapshot)
    first = dict(islice(every, held))
    tables: dict[str, dict[int, bytes]] = defaultdict(dict)
    for row, each in first.items():
        for table, (place, document_there) in each.rows(row).items():
            tables[table][place] = document_there
    with (folder / FILE).open("wb") as file:
        file.writelines(write_snapshot(2 * held, tables))
    with journal_file(folder / FILE, 1).open("wb") as file:
        transactions = (changes for row, each in every for changes in each.transactions(row))
        for sequence, changes in enumerate(transactions, 2 * held + 1):
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
