"""One store in a process of its own, and what it is asked to do there."""

import asyncio
import multiprocessing
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from itertools import islice
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from statistics import median
from threading import Barrier, Thread
from typing import TypeVar, get_args
from uuid import UUID

import orjson
import uvloop

from bot.domain.contract import Status
from tests.benchmarks.contestants import Append, Contestant, Document, Ours
from tests.benchmarks.tickets import QUEUES

T = TypeVar("T")

Play = Callable[[str], float]
"""Does what is named, some times, and gives the seconds that one took at the median."""

CROWD = 64
_BUDGET = 0.2  # seconds for one thing in one round; once it is done at least
_MOST = {"read": 200, "write": 30}


class Player:
    """Its methods are the things to do."""

    def __init__(
        self, store: Contestant | Append, documents: Sequence[Document], *, keeps_size: bool
    ) -> None:
        store.fill(documents)
        self._store = store
        self._keeps_size = keeps_size
        self._luck = Random(f"after {len(documents)}")  # noqa: S311  (a sample, and no secret)
        self._ids = [str(document["id"]) for document in documents]
        self._requesters = [str(document["createdBy"]) for document in documents]
        self._templates = [orjson.dumps(document) for document in documents[-100:]]

    def insert(self) -> float:
        rows: list[int] = []
        took = _median(lambda document: rows.append(self._store.insert(document)), self._new(), "write")
        self._forget(rows)
        return took

    def tasks(self) -> float:
        """Seconds for each insert while 64 tasks of one event loop insert, each waiting for its own to be durable."""
        store = self._store
        assert isinstance(store, Ours)

        async def write(documents: Sequence[Document]) -> list[int]:
            return [await store.insert_soon(document) for document in documents]

        async def write_all() -> list[list[int]]:
            return await asyncio.gather(*map(write, work))

        work = self._work()
        began = time.perf_counter()
        written = uvloop.run(write_all())
        took = time.perf_counter() - began
        rows = [row for some in written for row in some]
        self._forget(rows)
        return took / len(rows)

    def threads(self) -> float:
        """The same by 64 threads."""
        rows: list[int] = []
        begin = Barrier(CROWD + 1)

        def write(documents: list[Document]) -> None:
            begin.wait()
            rows.extend([self._store.insert(document) for document in documents])

        threads = [Thread(target=write, args=(documents,)) for documents in self._work()]
        for thread in threads:
            thread.start()
        begin.wait()
        began = time.perf_counter()
        for thread in threads:
            thread.join()
        took = time.perf_counter() - began
        self._forget(rows)
        return took / len(rows)

    def get(self) -> float:
        return _median(self._found.get, self._any(self._ids), "read")

    def first(self) -> float:
        wanted = zip(self._any(get_args(Status)), self._any(QUEUES), strict=True)
        return _median(lambda pair: self._found.first(*pair), wanted, "read")

    def search(self) -> float:
        return _median(self._found.search, self._any(self._requesters), "read")

    def update(self) -> float:
        changes = zip(self._any(self._ids), self._any(get_args(Status)), strict=True)
        return _median(lambda change: self._found.update(*change), changes, "write")

    @property
    def _found(self) -> Contestant:
        if isinstance(self._store, Append):
            message = "nothing is found again in a bare file"
            raise TypeError(message)
        return self._store

    def _any(self, of: Sequence[T]) -> Iterator[T]:
        while True:
            yield self._luck.choice(of)

    def _new(self) -> Iterator[Document]:
        for template in self._any(self._templates):
            yield orjson.loads(template) | {"id": str(UUID(int=self._luck.getrandbits(128), version=4))}

    def _work(self) -> list[list[Document]]:
        return [[*islice(self._new(), _MOST["write"])] for _ in range(CROWD)]

    def _forget(self, rows: list[int]) -> None:
        if self._keeps_size and not isinstance(self._store, Append):
            self._store.forget(rows)


def _median(do: Callable[[T], object], arguments: Iterator[T], kind: str) -> float:
    took: list[float] = []
    end = time.perf_counter() + _BUDGET
    for argument in islice(arguments, _MOST[kind]):
        began = time.perf_counter()
        do(argument)
        ended = time.perf_counter()
        took.append(ended - began)
        if ended > end:
            break
    return median(took)


@contextmanager
def player(
    make: type[Contestant | Append], folder: Path, tickets: Path, *, keeps_size: bool
) -> Iterator[Play]:
    """A process with a store of these tickets, a line each. It fills the store while the caller goes on."""
    here, there = multiprocessing.Pipe()
    arguments = (there, make, folder, tickets, keeps_size)
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=arguments)
    process.start()
    there.close()

    def play(operation: str) -> float:
        here.send(operation)
        took: float = here.recv()  # EOFError where the process has died; it has said why
        return took

    try:
        yield play
    finally:
        here.close()
        process.join()


def _serve(
    pipe: Connection,
    make: Callable[[Path], Contestant | Append],
    folder: Path,
    tickets: Path,
    keeps_size: bool,  # noqa: FBT001
) -> None:
    folder.mkdir()
    documents = [orjson.loads(line) for line in tickets.read_bytes().splitlines()]
    store = make(folder)
    served = Player(store, documents, keeps_size=keeps_size)
    del documents
    with closing(store), suppress(EOFError):  # when nobody asks any more
        while True:
            pipe.send(getattr(served, pipe.recv())())
