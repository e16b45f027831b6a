"""One database: memory, journal and snapshot together. Transactions of the moment share one sync of the disk.

A transaction is staged in memory, where only other transactions see it, and its line is queued. One thread at a time
writes what is queued; when the disk has it, everybody sees it and whoever waited is told. Where the disk does not take it,
everything that was staged is dropped: it may rest on what was lost, and nobody was told of any of it.
"""

import threading
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TypeVar

import structlog

from storage.journal.disk import Disk
from storage.journal.file_names import shown
from storage.journal.folder import DESTROYED, destroy, finish_destroying
from storage.journal.format import Changes
from storage.journal.indexes import Index, Indexes
from storage.journal.journal import Journal
from storage.journal.layers import JournalTransaction, Layers, ReadView, Tables
from storage.journal.lock import FolderLock
from storage.journal.recovery import recover
from storage.journal.snapshot import TEMPORARY, Snapshot
from storage.journal.worker import BACKGROUND, WRITERS

KindOfIndex = TypeVar("KindOfIndex", bound=Index)
Done = Callable[[OSError | None], None]
"""Told, in the writing thread, that a transaction is durable, or why it is not and never was."""

COMPACT_FROM = 4 << 20
"""Bytes of journal below which nothing is compacted; above, it is once the journal outgrows the snapshot."""

_AT_A_TIME = 128  # texts taken apart before others get their turn
_PAUSE = 0.0005  # seconds of that: who has Python's lock in the background has it from whoever answers
_log = structlog.get_logger()


class LostError(OSError):
    """What a transaction had read was never written; nothing of it was kept."""


class Engine:
    """Safe to use from any thread.

    `view` reads what is durable. Who reads more than one document, or an index, holds `lock`: nothing becomes visible
    meanwhile. It is never held while the disk is waited for.
    """

    def __init__(
        self,
        snapshot: Path,
        indexes: Indexes | None = None,
        *,
        disk: Disk | None = None,
        compact_from: int = COMPACT_FROM,
        lock: FolderLock | None = None,
    ) -> None:
        """Opens a database, or makes one. Raises StoreOpenError (DamagedError with the byte), and OSError.

        `lock`: of its folder. Once that is lost, nothing is written.
        """
        self.lock = threading.RLock()
        self._rested = threading.Condition(self.lock)  # nobody is writing
        self._disk = disk or Disk()
        self._compact_from = compact_from
        self._memory = Layers(indexes or {})
        self.view = ReadView(self._memory)
        self.generation = 0
        self.fault: OSError | None = None
        """Why the last write failed, until one succeeds."""
        if snapshot.with_suffix(DESTROYED).exists():
            finish_destroying(snapshot, self._disk)
        with suppress(OSError):
            self._disk.remove(snapshot.with_suffix(TEMPORARY))  # of a process that ended while it wrote one
        found = recover(snapshot, self._memory)
        self._snapshot = Snapshot(snapshot, self._disk)
        if found.cut:
            _log.warning("an unfinished write was cut off", file=shown(snapshot), bytes=found.cut)
        self._journal = Journal(
            snapshot,
            self._disk,
            number=found.number,
            size=found.size,
            sequence=found.sequence,
            retired=found.retired,
            lock=lock,
        )
        self._compact_at = max(compact_from, self._snapshot.size)  # bytes of journal
        self.was_plain = found.is_plain
        """Whether the file is stock TinyDB's, or Deskhand 0.1.0's, until the first write."""
        if found.size:
            self._journal.sync()  # what a killed process wrote may not be on the disk yet
        self._is_founded = found.snapshot_size is not None and not found.is_plain
        if self._is_founded and not found.is_marked:
            self._compact_at = 0  # with the first write: from then on the end of the journal is marked
        self.told: Callable[[], None] = lambda: None
        """Called after each `Done` that a write was waited for, or several of them: to wake up whoever waits."""
        self._queue: list[tuple[Changes, Done]] = []
        self._waiting: list[Done] = []  # those without changes, for what is staged or being written
        self._writing = False
        self._turns = 0  # calls of the writing threads that are not over
        self._is_compacting = False
        self._closed = threading.Event()
        BACKGROUND.call(self._settle)

    def index(self, table: str, name: str, kind: type[KindOfIndex]) -> KindOfIndex:
        index = self._memory.table(table).indexes[name]
        if not isinstance(index, kind):
            message = f"{name} of {table} is no {kind.__name__}"
            raise TypeError(message)
        return index

    def indexes(self, table: str) -> Collection[Index]:
        return self._memory.table(table).indexes.values()

    def unique(self, table: str) -> Mapping[str, str]:
        """The names of a table's unique indexes, by their fields."""
        return self._memory.table(table).unique_fields

    def changes(self, table: str) -> int:
        """Grows with every document of a table that comes, changes or goes."""
        return self._memory.table(table).changes

    def begin(self) -> JournalTransaction:
        """Reads what came before it. The caller sees to it that one ends before the next begins."""
        with self.lock:
            return JournalTransaction(self._memory, self.generation)

    def commit(self, transaction: JournalTransaction, done: Done) -> None:
        """Stages it. `done` is called once it is durable, and so is all that it read; or once that has failed."""
        with self.lock:
            if self.stage(transaction, done):
                self._call_writer()

    def stage(self, transaction: JournalTransaction, done: Done) -> Callable[[], None] | None:
        """As `commit`. Where nobody is writing, it is the caller's turn: to call what is given back, which blocks."""
        with self.lock:
            if transaction.generation != self.generation or self._closed.is_set():
                self._tell([done], LostError("it rested on what could not be written"))
            elif transaction.layer:
                self._memory.staged.lay(transaction.layer)
                self._queue.append((transaction.layer.changes(), done))
                if not self._writing:
                    self._writing = True
                    return self._lead
            elif self._writing:
                self._waiting.append(done)
            else:
                self._tell([done], None)
        return None

    def mend(self) -> OSError | None:
        """Tries whether the disk takes writes again, and gives why not; a snapshot that is lost is written anew. Blocks."""
        with self._rested:
            self._rested.wait_for(lambda: not self._writing)
            if self._closed.is_set():
                return self.fault
            self._writing = True
        self._open()
        if lost := self._lost_snapshot():
            _log.warning("the snapshot is written anew", file=shown(self._snapshot.path), reason=str(lost))
            self._compact_at = 0
        self._lead()
        if lost:
            with self._rested:
                self._rested.wait_for(lambda: not self._is_compacting)
        return self.fault or self._lost_snapshot()

    def compact_next(self) -> None:
        """The next write is followed by a compaction, however short the journal is."""
        self._compact_at = 0

    @property
    def is_busy(self) -> bool:
        """Whether something is being written, or the journal compacted."""
        return self._writing or self._is_compacting

    def trouble(self) -> OSError | None:
        """Why the last write failed, or the next one, or the next opening, would not find its files where they were opened."""
        try:
            self._journal.require_in_place()
        except OSError as error:
            return error
        return self.fault or self._lost_snapshot()

    def close(self) -> None:
        """Waits for what is under way. Blocks."""
        with self._rested:
            self._closed.set()
            self._rested.wait_for(lambda: not (self._writing or self._turns or self._is_compacting))
        with suppress(OSError):
            self._journal.close()

    def destroy(self) -> None:
        """Closes, and removes every file. Blocks. Raises OSError; `finish_destroying` then does the rest."""
        self.close()
        self._journal.require_in_place()
        destroy(self._snapshot.path, self._disk)

    # What follows runs in one thread at a time, while `_writing`.

    def _lead(self) -> None:
        """For a caller who waits for the disk: what came meanwhile is left to the writing thread."""
        if self._write_batch():
            self._call_writer()

    def _call_writer(self) -> None:
        with self.lock:
            self._turns += 1
        WRITERS.call(self._write)

    def _write(self) -> None:
        """After each batch other databases have their turn, where they wait for a thread."""
        try:
            while self._write_batch():
                if WRITERS.has_waiting:
                    self._call_writer()
                    break
        finally:
            with self._rested:
                self._turns -= 1
                if self._closed.is_set():
                    self._rested.notify_all()

    def _write_batch(self) -> bool:
        """Writes what is queued, and whether more is queued by then. Whoever waits is told at the very end: this thread
        then has nothing left to hold Python's lock for, which they need.
        """
        with self.lock:
            batch, self._queue = self._queue, []
            told, self._waiting = [*(done for _, done in batch), *self._waiting], []
            self._memory.take_off()
        try:
            error = self._written([changes for changes, _ in batch]) if batch else None
        except BaseException:
            # Ctrl-C while a caller writes: whether the disk has it is known on opening again.
            self._closed.set()
            interrupted = OSError("it was interrupted: start Deskhand again")
            self._tell(self._fail(interrupted, told), interrupted)
            self._rest()
            raise
        if error:
            told = self._fail(error, told)
        else:
            self._compact_if_due()
        goes_on = self._rest()
        self._tell(told, error)
        return goes_on

    def _tell(self, told: list[Done], error: OSError | None) -> None:
        for done in told:
            done(error)
        self.told()

    def _rest(self) -> bool:
        """Ends a turn of writing. Whether more is queued by now: that is the next."""
        with self._rested:
            self._writing = bool(self._queue or self._waiting)
            if not self._writing:
                self._rested.notify_all()
            return self._writing

    def _written(self, batch: list[Changes]) -> OSError | None:
        """Whatever goes wrong, nobody may wait for ever."""
        try:
            if not self._is_founded:
                self._found()
            self._journal.append(batch)
        except OSError as error:
            return error
        except Exception as error:  # noqa: BLE001
            _log.exception("a transaction was not written")
            return OSError(f"a fault of Deskhand's own: {error!r}")
        try:
            with self.lock:
                self._memory.land()
        except Exception:  # noqa: BLE001
            _log.exception("what is on disk is not what is in memory")
            self._closed.set()
            return OSError("a fault of Deskhand's own: start it again")
        self.fault = None
        return None

    def _fail(self, error: OSError, told: list[Done]) -> list[Done]:
        """Drops all that was staged. Everybody to be told of it, with those who are known to be."""
        with self.lock:
            self.fault = error
            self.generation += 1
            self._memory.crash()
            told = [*told, *(done for _, done in self._queue), *self._waiting]
            self._queue, self._waiting = [], []
        return told

    def _open(self) -> None:
        try:
            self._journal.open()
            self.fault = None
        except OSError as error:
            self.fault = error

    def _found(self) -> None:
        """The journal comes first: a snapshot without one would look as if it had lost it."""
        self._journal.open()
        self._snapshot.save(self._journal.sequence, self._memory.durable(), self._journal.number)
        self._is_founded = True

    def _compact_if_due(self) -> None:
        journal = self._journal.retired + self._journal.size
        if journal < self._compact_at or self._is_compacting:
            return
        self._compact_at = journal + self._compact_from  # where this fails: not again at once
        with self.lock:
            state, sequence = self._memory.durable(), self._journal.sequence
        try:
            self._journal.retire()
        except OSError as error:
            _log.warning("compaction put off", file=shown(self._snapshot.path), reason=str(error))
            return
        self._is_compacting = True
        BACKGROUND.call(partial(self._compact, sequence, state, self._journal.number))

    # What follows runs in the background.

    def _compact(self, sequence: int, state: Tables, journal: int) -> None:
        try:
            self._journal.require_in_place()  # else it would be another's snapshot that is replaced
            self._snapshot.save(sequence, state, journal, self._pause)
            self._journal.forget_retired(self._pause)
            self._compact_at = max(self._compact_from, self._snapshot.size)
        except Exception as error:  # noqa: BLE001  (the journal's files say what the snapshot does not)
            ours = not isinstance(error, OSError)
            _log.warning(
                "compaction put off", file=shown(self._snapshot.path), reason=str(error), exc_info=ours
            )
        finally:
            with self._rested:
                self._is_compacting = False
                self._rested.notify_all()

    def _settle(self) -> None:
        """Texts are taken apart a few at a time, so that nobody waits for it longer than a millisecond or two, and no
        other database until all of them are."""
        if not self._closed.is_set() and self._settle_some() and not self._pause():
            BACKGROUND.call(self._settle)

    def _pause(self) -> bool:
        """Lets others go first. Whether there is no more time for anything."""
        return self._closed.wait(_PAUSE)

    def _settle_some(self) -> bool:
        """Whether there are more."""
        with self.lock:
            # The first that has some goes first.
            return any(index.settle(_AT_A_TIME) for index in self._memory.indexes())

    def _lost_snapshot(self) -> OSError | None:
        """Why opening would refuse the folder now."""
        try:
            self._snapshot.require_in_place()
        except OSError as error:
            return error
        return None
