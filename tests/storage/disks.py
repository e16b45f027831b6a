"""Disks that fail on demand, and disks that remember what was done, so that every crash can be tried out."""

import errno
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random  # what chance decides here guards nothing
from typing import Literal, NamedTuple

from storage.journal.disk import Disk
from tests.patience import PATIENCE

Call = Literal["open", "write", "sync", "truncate", "close", "replace", "remove", "sync_folder"]

_SECTOR = 512  # bytes that a drive writes whole or not at all


class WatchedDisk(Disk):
    """The real disk, a call at a time, with something around each call."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        """Held during every call: who holds it sees the folder as it was between two calls."""

    @contextmanager
    def around(self, call: Call) -> Iterator[None]:  # noqa: ARG002  (who inherits wants to know)
        with self.lock:
            yield

    def open(self, path: Path) -> int:
        with self.around("open"):
            return super().open(path)

    def write(self, file: int, data: bytes | memoryview, offset: int) -> int:
        with self.around("write"):
            return super().write(file, data, offset)

    def sync(self, file: int) -> None:
        with self.around("sync"):
            super().sync(file)

    def truncate(self, file: int, size: int) -> None:
        with self.around("truncate"):
            super().truncate(file, size)

    def close(self, file: int) -> None:
        with self.around("close"):
            super().close(file)

    def replace(self, source: Path, target: Path) -> None:
        with self.around("replace"):
            super().replace(source, target)

    def remove(self, path: Path) -> None:
        with self.around("remove"):
            super().remove(path)

    def sync_folder(self, folder: Path) -> None:
        with self.around("sync_folder"):
            super().sync_folder(folder)


class FaultyDisk(WatchedDisk):
    """Refuses the calls from number `first` on, as many as `count`.

    `late`: they are done all the same, and refused then. A refused write leaves half of it behind; any write takes
    no more than `most` bytes.
    """

    def __init__(
        self,
        first: int = 0,
        count: int = 0,
        *,
        late: bool = False,
        most: int = 1 << 30,
        code: int = errno.EIO,
    ) -> None:
        super().__init__()
        self.failing = range(first, first + count)
        self.calls = 0
        self._late = late
        self._most = most
        self._code = code

    @contextmanager
    def around(self, call: Call) -> Iterator[None]:
        with self.lock:
            fails = self.calls in self.failing
            self.calls += 1
            if fails and not self._late and call != "close":  # a file is closed even where that fails
                raise self._error()
            yield
            if fails:
                raise self._error()

    def write(self, file: int, data: bytes | memoryview, offset: int) -> int:
        with self.lock:
            if self.calls in self.failing:
                os.pwrite(file, data[: len(data) // 2], offset)
            return super().write(file, data[: self._most], offset)

    def heal(self) -> None:
        self.failing = range(0)

    def _error(self) -> OSError:
        return OSError(self._code, os.strerror(self._code))


class GatedDisk(WatchedDisk):
    """Counts syncs, and while `is_shut` holds each of them up until it is let through."""

    def __init__(self) -> None:
        super().__init__()
        self.syncs = 0
        self.is_shut = False
        self.reached, self._passes = threading.Semaphore(0), threading.Semaphore(0)
        self.error: BaseException | None = None

    def sync(self, file: int) -> None:
        self.syncs += 1
        if self.is_shut:
            self.reached.release()
            assert self._passes.acquire(timeout=PATIENCE)
        if self.error:
            raise self.error
        super().sync(file)

    def open_gate(self) -> None:
        self.is_shut = False
        self._passes.release()


class Step(NamedTuple):
    """Something that was done: to a file (the number that stands for it whatever its name), or to a name."""

    call: Call | Literal["create", "note"]
    file: int = 0
    offset: int = 0
    data: bytes = b""
    name: str = ""
    to: str = ""


class RecordingDisk(WatchedDisk):
    """Remembers every step, for `crash` to stop after any of them."""

    def __init__(self) -> None:
        super().__init__()
        self.steps: list[Step] = []
        self._files: dict[int, int] = {}  # what stands behind each handle
        self._inodes: dict[str, int] = {}

    def note(self, offset: int) -> None:
        """Something that a test wants to find again between the steps."""
        with self.lock:
            self.steps.append(Step("note", offset=offset))

    def open(self, path: Path) -> int:
        with self.lock:
            handle = super().open(path)
            if path.name not in self._inodes:
                self._inodes[path.name] = len(self.steps)
                self.steps.append(Step("create", len(self.steps), name=path.name))
            self._files[handle] = self._inodes[path.name]
            return handle

    def write(self, file: int, data: bytes | memoryview, offset: int) -> int:
        with self.lock:
            self.steps.append(Step("write", self._files[file], offset, bytes(data)))
            return super().write(file, data, offset)

    def sync(self, file: int) -> None:
        with self.lock:
            super().sync(file)
            self.steps.append(Step("sync", self._files[file]))

    def truncate(self, file: int, size: int) -> None:
        with self.lock:
            self.steps.append(Step("truncate", self._files[file], size))
            super().truncate(file, size)

    def replace(self, source: Path, target: Path) -> None:
        with self.lock:
            super().replace(source, target)
            self.steps.append(Step("replace", name=source.name, to=target.name))
            self._inodes[target.name] = self._inodes.pop(source.name)

    def remove(self, path: Path) -> None:
        with self.lock:
            super().remove(path)
            if self._inodes.pop(path.name, None) is not None:
                self.steps.append(Step("remove", name=path.name))

    def sync_folder(self, folder: Path) -> None:
        with self.lock:
            super().sync_folder(folder)
            self.steps.append(Step("sync_folder"))


@dataclass
class _File:
    durable: bytearray = field(default_factory=bytearray)
    pending: list[Step] = field(default_factory=list)

    def settle(self) -> None:
        for step in self.pending:
            self.do(step)
        self.pending.clear()

    def do(self, step: Step) -> None:
        if step.call == "truncate":
            del self.durable[step.offset :]
            self.durable.extend(bytes(step.offset - len(self.durable)))
        else:
            self.durable.extend(bytes(max(0, step.offset - len(self.durable))))
            self.durable[step.offset : step.offset + len(step.data)] = step.data

    def lose_power(self, chance: Random) -> None:
        """Any sectors of what was not synced may be there, or none; a change of length comes with what it is for."""
        for step in self.pending:
            if step.call == "truncate":
                if chance.random() < 0.5:
                    break
                self.do(step)
                continue
            at = 0
            while at < len(step.data):
                end = at + _SECTOR - (step.offset + at) % _SECTOR
                if chance.random() < 0.5:
                    self.do(Step("write", offset=step.offset + at, data=step.data[at:end]))
                at = end


def crash(steps: list[Step], folder: Path, power: Random | None = None) -> None:
    """Fills a new folder with what is left after these steps: all of it where only the process died.

    Where the power went (`power` decides what else was lucky), what was synced, and any part of what was not.
    """
    files: dict[int, _File] = {}
    names: dict[str, int] = {}
    pending: list[Step] = []  # of names
    for step in steps:
        match step.call:
            case "create" | "replace" | "remove":
                files.setdefault(step.file, _File())
                pending.append(step)
            case "write" | "truncate":
                files[step.file].pending.append(step)
            case "sync":
                files[step.file].settle()
            case "sync_folder":
                _rename(names, pending)
                pending.clear()
    _rename(names, pending[: power.randint(0, len(pending))] if power else pending)
    for file in files.values():
        if power:
            file.lose_power(power)
        else:
            file.settle()
    folder.mkdir()
    for name, number in names.items():
        (folder / name).write_bytes(files[number].durable)


def _rename(names: dict[str, int], steps: list[Step]) -> None:
    for step in steps:
        match step.call:
            case "create":
                names[step.name] = step.file
            case "replace":
                names[step.to] = names.pop(step.name)
            case "remove":
                del names[step.name]
