"""What DESKHAND_STORE may name: a row for each kind of store."""

import shutil
import tempfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from bot.domain.errors import DeskError
from bot.services.ports.store import Store
from bot.services.ports.store_url import MOST_OPEN, POOL, Finding, Holder, OnCommit, StoreUrl, Verdict
from storage.copying.marker import require_no_copy
from storage.journal.errors import StoreOpenError
from storage.journal.lock import FolderLock, delivering, holder
from storage.postgres.url import PostgresUrl
from storage.repair.repair import repaired, verify
from storage.tinydb.store import TinyDBStore
from storage.tinydb.workspace_db import meta_by_name
from storage.tinydb.workspace_files import workspace_files

_MEGABYTE = 1_000_000
_TIGHT, _FULL = 500 * _MEGABYTE, 20 * _MEGABYTE


class TinyDBUrl:
    """`tinydb:` and a folder, such as `tinydb:./data`: a TinyDB for each workspace in that folder."""

    def __init__(self, rest: str) -> None:
        """`rest`: what stands behind `tinydb:`. Raises ValueError."""
        if not rest or rest.startswith("//"):
            raise ValueError(rest)
        self.folder = Path(rest)

    @property
    def is_shared(self) -> bool:
        return False

    def open(self, *, on_commit: OnCommit | None = None, most_open: int = MOST_OPEN) -> Store:
        require_no_copy(self.folder)
        return TinyDBStore(self.folder, on_commit, most_open)

    async def exists(self) -> bool:
        return self.folder.exists()

    def verify(self) -> Sequence[DeskError]:
        if not self.folder.exists():
            return []
        with self._locked():
            return verify(self.folder)

    def repair(self) -> Iterator[str]:
        if not self.folder.exists():
            return
        with self._locked():
            try:
                yield from repaired(self.folder, meta_by_name)
            except OSError as error:
                message = (
                    f"The repair has stopped ({error.strerror}), and has lost nothing."
                    " Mend that and start it again."
                )
                raise StoreOpenError(message) from error

    async def migrate(self) -> Sequence[str]:
        return [
            "Nothing to do: a TinyDB folder is read as it is, and written in today's form as its records change."
        ]

    def holder(self) -> Holder | None:
        held = holder(self.folder)
        return Holder(*held) if held else None

    async def replicas(self) -> Collection[str]:
        return ()

    def delivering(self) -> AbstractContextManager[None]:
        return delivering(self.folder)

    async def examine(self) -> Sequence[Finding]:
        return [*self._examined()]

    def _examined(self) -> Iterator[Finding]:
        name, remedy = "data folder", "Make it writable, or set DESKHAND_STORE to another folder."
        at = self.folder.absolute()
        while not at.exists() and at != at.parent:
            at = at.parent
        try:
            with tempfile.TemporaryFile(dir=at):
                free = shutil.disk_usage(at).free
        except OSError as error:
            yield Finding(name, "fail", f"{self.describe()} cannot be written ({error.strerror})", remedy)
            return
        if held := self.holder():
            state = f"is in use by Deskhand, process {held.process}"
        else:
            state = "is writable" if self.folder.exists() else "will be made"
        yield Finding(name, "ok", f"{self.describe()} {state}")
        for second in workspace_files(self.folder)[1] if self.folder.exists() else ():
            detail = f"{second.path.name} is of the same team as {second.used.name}, and is not used"
            yield Finding(name, "warn", detail, "Move the one that you do not need out of the folder.")
        if free < _TIGHT:
            verdict: Verdict = "fail" if free < _FULL else "warn"
            yield Finding(
                "disk", verdict, f"{free // _MEGABYTE} MB free", "Make room: tickets are kept there."
            )

    def beside(self, name: str) -> Path:
        return self.folder / name

    def describe(self) -> str:
        return str(self.folder)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        lock = FolderLock(self.folder)
        try:
            yield
        finally:
            lock.release()


_WANTED = (
    "DESKHAND_STORE must be “tinydb:” and a folder, such as tinydb:./data, or the address of a PostgreSQL database, such as"
    " postgresql://deskhand@db.example.com/deskhand."
)


def store_url(text: str, *, direct: str | None = None, pool: int = POOL) -> StoreUrl:
    """What a DESKHAND_STORE names, and of PostgreSQL its DESKHAND_STORE_DIRECT and DESKHAND_POOL. Raises StoreOpenError, which
    shows nothing of them: there may be a secret in them."""
    kind, _, rest = text.partition(":")
    try:
        if kind == "tinydb":
            return TinyDBUrl(rest)
        if kind in {"postgresql", "postgres"}:
            return PostgresUrl(text, direct, pool)
    except ValueError as error:
        wrong = f" {error}" if kind != "tinydb" else ""
        raise StoreOpenError(f"{_WANTED}{wrong}") from None
    raise StoreOpenError(_WANTED)
