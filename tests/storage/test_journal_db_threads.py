"""Ours under many threads, and on a disk that is slow or fails."""

import errno
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from tinydb import where
from tinydb.operations import add
from tinydb.table import Document

from storage.journal.disk import Disk
from storage.journal.engine import LostError
from storage.tinydb.journal_db import JournalDB
from tests.storage.boxes import GoBack


class GatedDisk(Disk):
    """Syncs wait while the gate is closed, and fail where `fault` is set."""

    def __init__(self) -> None:
        self.gate, self.waiting = threading.Event(), threading.Event()
        self.gate.set()
        self.fault: OSError | None = None
        self.syncs = 0

    def sync(self, file: int) -> None:
        self.waiting.set()
        assert self.gate.wait(10)
        self.syncs += 1
        if self.fault:
            raise self.fault
        super().sync(file)

    def close_gate(self) -> None:
        self.waiting.clear()
        self.gate.clear()


@pytest.fixture
def disk() -> GatedDisk:
    return GatedDisk()


@pytest.fixture
def db(tmp_path: Path, disk: GatedDisk) -> Iterator[JournalDB]:
    with JournalDB(tmp_path / "db.json", disk=disk) as db:
        db.insert({"n": 1})
        yield db


@pytest.fixture
def hurry() -> Iterator[None]:
    """Threads take turns a hundred times as often."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(before / 100)
    yield
    sys.setswitchinterval(before)


def reopened(db: JournalDB, path: Path) -> list[Document]:
    db.close()
    with JournalDB(path / "db.json") as again:
        kept: list[Document] = again.all()
        return kept


def test_eight_threads_lose_nothing(db: JournalDB, tmp_path: Path) -> None:
    def work(thread: int) -> list[int]:
        return [db.insert({"thread": thread, "n": n}) for n in range(200)]

    with ThreadPoolExecutor(8) as threads:
        ids = [doc_id for given in threads.map(work, range(8)) for doc_id in given]
    assert sorted(ids) == [*range(2, 1602)]
    kept = reopened(db, tmp_path)
    for thread in range(8):
        assert [each["n"] for each in kept if each.get("thread") == thread] == [*range(200)]


@pytest.mark.usefixtures("hurry")
def test_transactions_of_several_threads_happen_one_after_the_other(db: JournalDB) -> None:
    def work(_: int) -> None:
        for _ in range(50):
            with db.transaction():
                [one] = db.all()
                db.update({"n": one["n"] + 1}, doc_ids=[1])

    with ThreadPoolExecutor(8) as threads:
        [*threads.map(work, range(8))]
    assert db.get(doc_id=1) == {"n": 401}


@pytest.mark.usefixtures("hurry")
def test_nobody_sees_half_of_a_transaction(db: JournalDB) -> None:
    """An amount wanders between two documents of a table, and between two tables."""
    here, there = db.table("_default"), db.table("there")
    here.insert({"n": 0})
    there.insert({"n": 0})

    def move() -> None:
        for _ in range(300):
            with db.transaction():
                for table, doc_id, amount in ((here, 1, -2), (here, 2, 1), (there, 1, 1)):
                    table.update(add("n", amount), doc_ids=[doc_id])

    seen = set()
    with ThreadPoolExecutor(1) as writer:
        moving = writer.submit(move)
        while not moving.done():
            one, two = (each["n"] for each in here.search(where("n") < 1000))
            whole = db.storage.read() or {}
            seen |= {
                one + 2 * two - 1,
                sum(each["n"] for rows in whole.values() for each in rows.values()) - 1,
            }
    moving.result()
    assert seen == {0}
    assert there.all() == [{"n": 300}]


def test_reading_does_not_wait_for_the_disk_and_waiting_writers_share_a_sync(
    db: JournalDB, disk: GatedDisk
) -> None:
    disk.close_gate()
    disk.syncs = 0
    with ThreadPoolExecutor(8) as threads:
        first = threads.submit(db.insert, {"n": 2})
        assert disk.waiting.wait(10)
        others = [threads.submit(db.insert, {"n": 3}) for _ in range(7)]
        assert db.all() == [{"n": 1}], "what is not durable is nobody's to see"
        while staged(db) < 8:
            pass
        disk.gate.set()
        assert sorted(each.result(10) for each in (first, *others)) == [*range(2, 10)]
    assert disk.syncs == 2


def staged(db: JournalDB) -> int:
    """How many changed documents a transaction finds that begins now."""
    changed = 0
    with suppress(GoBack), db.storage.transaction() as changes:
        changed = len(changes.changed("_default"))
        raise GoBack  # at its end it would wait for them
    return changed


def test_a_write_that_fails_is_told_to_everybody_who_waits(
    db: JournalDB, disk: GatedDisk, tmp_path: Path
) -> None:
    disk.fault = OSError(errno.ENOSPC, "No space left on device")
    disk.close_gate()

    def insert() -> object:
        return db.insert({"n": 2})

    with ThreadPoolExecutor(8) as threads:
        waiting: list[Future[object]] = [threads.submit(insert) for _ in range(8)]
        assert disk.waiting.wait(10)
        disk.gate.set()
        errors = [each.exception(10) for each in waiting]
    assert {type(error) for error in errors} <= {OSError, LostError}
    assert len({id(error) for error in errors}) == 8
    assert db.all() == [{"n": 1}]
    disk.fault = None
    db.insert({"n": 3})
    assert reopened(db, tmp_path) == [{"n": 1}, {"n": 3}]
