"""Saving what can be saved of a damaged database. The damaged files are kept, under other names."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import NamedTuple

from storage.journal.disk import Disk
from storage.journal.errors import StoreOpenError
from storage.journal.file_names import shown
from storage.journal.folder import databases
from storage.journal.journal import Journal, journal_files, number_of
from storage.journal.layers import Layers
from storage.journal.recovery import CutError, recover
from storage.journal.snapshot import save_snapshot
from storage.repair.damaged_reader import DamagedReader, Loss, Row

FindMeta = Callable[[Path], bytes | None]
"""Makes the document that says whose a database is, by the name of its file; None where that does not tell."""

_SHOWN = 20  # of what is lost or doubtful; whoever has more of it restores a backup


class Report(NamedTuple):
    """What became of a database. `kept`: its damaged files, by the names they had."""

    snapshot: Path
    kept: Mapping[Path, Path]
    saved: Mapping[str, int]
    """Documents by table."""
    doubtful: Sequence[Row]
    """Documents that were read without a checksum to prove them."""
    lost: Sequence[Loss]
    later: range
    """Transactions that were applied though one before them is lost."""
    unfinished: int
    """Bytes of a write that nobody was told of."""
    cut_after: int | None
    """The last transaction of a journal that was cut off; None where its end is there."""

    def words(self) -> list[str]:
        """For people, a line each."""
        tables = ", ".join(f"{number:,} {table}" for table, number in self.saved.items() if number)
        lines = [f"{shown(self.snapshot)} is repaired. Saved: {tables or 'nothing'}."]
        lines += _some("Lost", [self._loss(loss) for loss in self.lost])
        rows = [f"{table} {row}" for table, row in self.doubtful]
        lines += _some("Doubtful, have a look at them", rows)
        if self.later:
            lines.append(f"Applied though one before them is lost: transactions {_range(self.later)}.")
        if self.cut_after is not None:
            lines.append(
                f"Lost: what came after transaction {self.cut_after:,}, since the journal was cut off there."
            )
        if self.unfinished:
            lines.append(f"Cut off: {self.unfinished:,} bytes of a write that nobody had been told of.")
        kept = ", ".join(shown(path) for path in self.kept.values())
        return [*lines, f"The damaged files are kept: {kept}."]

    def _loss(self, loss: Loss) -> str:
        where = f"bytes {loss.start:,} to {loss.end:,} of {self.kept[loss.path].name}"
        if loss.row:
            return f"{loss.row.table} {loss.row.row} ({where})"
        return f"transaction {_range(loss.transactions)} ({where})" if loss.transactions else where


def verify(folder: Path) -> list[StoreOpenError]:
    """What is wrong with the databases of a folder that nobody has open. Raises OSError."""
    return [fault for snapshot in databases(folder) if (fault := _fault(snapshot))]


def repaired(folder: Path, meta: FindMeta) -> Iterator[str]:
    """Repairs the damaged databases of a folder, and says what became of each. Raises OSError."""
    for snapshot in databases(folder):
        if _fault(snapshot):
            try:
                yield from repair(snapshot, meta=meta).words()
            except StoreOpenError as fault:
                yield fault.message


def _fault(snapshot: Path) -> StoreOpenError | None:
    try:
        recover(snapshot, Layers({}))
    except StoreOpenError as fault:
        return fault
    return None


def repair(snapshot: Path, disk: Disk | None = None, *, meta: FindMeta = lambda _: None) -> Report:
    """Puts what can be saved in the place of a damaged database. `meta`: asked where it has lost that document.

    Raises StoreOpenError where nothing can be, and OSError; whatever happens, nothing is lost by it, and it can be
    done again.
    """
    disk = disk or Disk()
    journals = journal_files(snapshot)
    is_cut = isinstance(_fault(snapshot), CutError)
    reader = DamagedReader(snapshot, journals)
    if not any(reader.tables.values()):
        message = f"Nothing can be read in {shown(snapshot)}: restore it from a backup, or move it out of the folder."
        raise StoreOpenError(message)
    if not reader.tables.get("meta") and (found := meta(snapshot)):
        reader.put(Row("meta", 1), found, certain=False)
    kept = _keep([*([snapshot] if snapshot.exists() else []), *journals])
    following = max(map(number_of, journals), default=0) + 1
    journal = Journal(snapshot, disk, number=following, sequence=reader.sequence)
    journal.open()
    journal.close()
    save_snapshot(disk, snapshot, reader.sequence, reader.tables, following)
    journal.forget_retired()
    return Report(
        snapshot=snapshot,
        kept=kept,
        saved={table: len(rows) for table, rows in reader.tables.items()},
        doubtful=[*reader.doubtful],
        lost=reader.lost,
        later=reader.later,
        unfinished=reader.unfinished,
        cut_after=reader.sequence if is_cut else None,
    )


def _keep(paths: Sequence[Path]) -> Mapping[Path, Path]:
    """Gives files a second name, which stays when another file takes the first."""
    for number in count(1):
        kept = {path: path.with_name(f"{path.name}.damaged-{number}") for path in paths}
        if not any(name.exists() for name in kept.values()):
            break
    for path, name in kept.items():
        name.hardlink_to(path)
    return kept


def _some(title: str, those: Sequence[str]) -> list[str]:
    if not those:
        return []
    more = f", and {len(those) - _SHOWN:,} more" if len(those) > _SHOWN else ""
    return [f"{title}: {', '.join(those[:_SHOWN])}{more}."]


def _range(numbers: range) -> str:
    return f"{numbers[0]:,}" if len(numbers) == 1 else f"{numbers[0]:,} to {numbers[-1]:,}"
