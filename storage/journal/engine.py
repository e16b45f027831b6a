"""One database: memory, journal and snapshot together. Transactions of the moment share one sync of the disk.

A transaction is staged in memory, where only other transactions see it, and its line is queued. One thread at a time
writes what is queued; when the disk has it, everybody sees it and whoever waited is told. Where the disk does not take it,
everything that was staged is dropped: it may rest on what was lost, and nobody was told of any of it.
"""

import threading
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import structlog

from storage.journal.disk import Disk
from storage.journal.file_names import shown
from storage.journal.folder import DESTROYED, finish_destroying
from storage.journal.format import Changes
from storage.journal.indexes import Index, Indexes, Words
from storage.journal.journal import Journal
from storage.journal.layers import JournalTransaction, Layers, ReadView, Tables
from storage.journal.lock import FolderLock
from storage.journal.recovery import recover
from storage.journal.snapshot import TEMPORARY, save_snapshot

Done = Callable[[OSError | None], None]
"""Told, in the writing thread, that a transaction is durable, or why it is not and never was."""

COMPACT_FROM = 4 << 20
"""Bytes of journal below which nothing is compacted; above, it is once the journal outgrows the snapshot."""

_AT_A_TIME, _PAUSE = 128, 0.0005  # texts taken apart before others get their turn, and the seconds of that
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
        self._snapshot = snapshot
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
        self._compact_at = max(compact_from, found.snapshot_size or 0)  # bytes of journal
        self.was_plain = found.is_plain
        """Whether the file is stock TinyDB's, or Deskhand 0.1.0's, until the first write."""
        if found.size:
            self._journal.sync()  # what a killed process wrote may not be on the disk yet
        self._is_founded = found.snapshot_size is not None and not found.is_plain
        if self._is_founded and not found.is_marked:
            self._compact_at = 0  # with the first write: from then on the end of the journal is marked
        self._queue: list[tuple[Changes, Done]] = []
        self._waiting: list[Done] = []  # those without changes, for what is staged or being written
        self._writing = self._compacting = False
        self._closed = threading.Event()
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="journal")
        self._background = ThreadPoolExecutor(2, thread_name_prefix="journal-background")
        self._background.submit(self._settle)

    def index(self, table: str, name: str) -> Index:
        return self._memory.table(table).indexes[name]

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
                self._hand_over()

    def stage(self, transaction: JournalTransaction, done: Done) -> Callable[[], None] | None:
        """As `commit`. Where nobody is writing, it is the caller's turn: to call what is given back, which blocks."""
        with self.lock:
            if transaction.generation != self.generation or self._closed.is_set():
                done(LostError("it rested on what could not be written"))
            elif transaction.layer:
                self._memory.staged.lay(transaction.layer)
                self._queue.append((transaction.layer.changes(), done))
                if not self._writing:
                    self._writing = True
                    return self._lead
            elif self._writing:
                self._waiting.append(done)
            else:
                done(None)
        return None

    def mend(self) -> OSError | None:
        """Tries whether the disk takes writes again, and gives why not. Blocks."""
        with self._rested:
            self._rested.wait_for(lambda: not self._writing)
            if self._closed.is_set():
                return self.fault
            self._writing = True
        self._open()
        if self._write_batch():
            self._hand_over()
        return self.fault

    def is_well(self) -> bool:
        """Whether the last write succeeded, and the next one would find its files where they were opened."""
        try:
            self._journal.require_in_place()
        except OSError:
            return False
        return self.fault is None

    def close(self) -> None:
        """Waits for what is under way. Blocks."""
        with self._rested:
            self._closed.set()
            self._rested.wait_for(lambda: not self._writing)
        self._writer.shutdown()
        self._background.shutdown()
        with suppress(OSError):
            self._journal.close()

    def destroy(self) -> None:
        """Closes, and removes every file. Blocks. Raises OSError; `finish_destroying` then does the rest."""
        self.close()
        self._journal.require_in_place()
        if self._snapshot.exists():
            self._disk.replace(self._snapshot, self._snapshot.with_suffix(DESTROYED))
        finish_destroying(self._snapshot, self._disk)

    # What follows runs in one thread at a time, while `_writing`.

    def _lead(self) -> None:
        """For a caller who waits for the disk: what came meanwhile is left to the writing thread."""
        if self._write_batch():
            self._hand_over()

    def _hand_over(self) -> None:
        try:
            self._writer.submit(self._write)
        except RuntimeError:  # the program is ending: what is left is done here
            self._write()

    def _write(self) -> None:
        while self._write_batch():
            pass

    def _write_batch(self) -> bool:
        """Writes what is queued, and tells who waits for it. Whether more is queued by then."""
        with self.lock:
            batch, self._queue = self._queue, []
            told, self._waiting = [*(done for _, done in batch), *self._waiting], []
            self._memory.take_off()
        try:
            error = self._written([changes for changes, _ in batch]) if batch else None
        except BaseException:
            # Ctrl-C while a caller writes: whether the disk has it is known on opening again.
            self._closed.set()
            self._fail(OSError("it was interrupted: start Deskhand again"), told)
            self._rest()
            raise
        if error:
            self._fail(error, told)
        else:
            for done in told:
                done(None)
            self._settle_some(max(_AT_A_TIME, len(batch)))
            self._compact_if_due()
        return self._rest()

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

    def _fail(self, error: OSError, told: list[Done]) -> None:
        with self.lock:
            self.fault = error
            self.generation += 1
            self._memory.crash()
            told += [*(done for _, done in self._queue), *self._waiting]
            self._queue, self._waiting = [], []
        for done in told:
            done(error)

    def _open(self) -> None:
        try:
            self._journal.open()
            self.fault = None
        except OSError as error:
            self.fault = error

    def _found(self) -> None:
        """The journal comes first: a snapshot without one would look as if it had lost it."""
        self._journal.open()
        journal = self._journal
        save_snapshot(self._disk, self._snapshot, journal.sequence, self._memory.durable(), journal.number)
        self._is_founded = True

    def _compact_if_due(self) -> None:
        journal = self._journal.retired + self._journal.size
        if self._compacting or journal < self._compact_at:
            return
        self._compact_at = journal + self._compact_from  # where this fails: not again at once
        with self.lock:
            state, sequence = self._memory.durable(), self._journal.sequence
        try:
            self._journal.retire()
            self._compacting = True
            self._background.submit(self._compact, sequence, state, self._journal.number)
        except (OSError, RuntimeError) as error:  # RuntimeError: the program is ending
            self._compacting = False
            _log.warning("compaction put off", file=shown(self._snapshot), reason=str(error))

    # What follows runs in the background.

    def _compact(self, sequence: int, state: Tables, journal: int) -> None:
        try:
            self._journal.require_in_place()  # else it would be another's snapshot that is replaced
            size = save_snapshot(self._disk, self._snapshot, sequence, state, journal)
            self._journal.forget_retired()
            self._compact_at = max(self._compact_from, size)
        except Exception as error:  # noqa: BLE001  (the journal's files say what the snapshot does not)
            ours = not isinstance(error, OSError)
            _log.warning("compaction put off", file=shown(self._snapshot), reason=str(error), exc_info=ours)
        finally:
            self._compacting = False

    def _settle(self) -> None:
        """Texts are taken apart a few at a time, so that nobody waits for it longer than a millisecond or two."""
        while self._settle_some(_AT_A_TIME) and not self._closed.wait(_PAUSE):
            pass

    def _settle_some(self, most: int) -> bool:
        """Whether there are more."""
        with self.lock:
            words = [index for index in self._memory.indexes() if isinstance(index, Words)]
            left = [index.settle(most) for index in words]
            return any(left)
