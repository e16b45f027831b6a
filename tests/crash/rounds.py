"""One crash after the other: a process takes load, is killed, and what it left is opened and checked."""

import os
import select
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing import Pipe, get_context
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from time import monotonic

from storage.journal.layers import Layers
from storage.journal.recovery import recover
from storage.journal.snapshot import TEMPORARY
from tests.crash.checks import CHECKS, LAST
from tests.crash.loads import run

CRASHES_OF_A_STORE = 5
"""After so many it starts anew: small ones are compacted more often."""

_LONGEST = 0.25  # seconds until the kill
_LONGER = {"workspaces": 1.0}
"""Of loads that have more to do before anything is acknowledged."""
_LATEST = 60.0  # seconds until a process says its first word
_AT_WORK = 0.8  # of all kills; the others may meet one that only opens what it finds
_forking = get_context("forkserver")
_forking.set_forkserver_preload(["tests.crash.loads"])


@dataclass
class Crash:
    """What a kill has met. `acknowledged`: transactions since the kill before."""

    acknowledged: int
    documents: int
    compacting: bool
    torn: int
    """Bytes of a write that were cut off."""


def crashes(load: str, folder: Path, times: int, seed: int) -> Iterator[Crash]:
    """Raises AssertionError with what is not as it must be; beside the folder is then one as it was found."""
    chance = Random(seed)  # noqa: S311  (it guards nothing)
    said: list[str] = []
    for number in range(times):
        if number % CRASHES_OF_A_STORE == 0:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            said = []
        before = len(said)
        wait = _LATEST if chance.random() < _AT_WORK else 0.0
        longest = _LONGER.get(load, _LONGEST)
        said += _killed(load, folder, chance.getrandbits(32), wait, chance.uniform(0, longest))
        shutil.rmtree(found := folder.with_name(f"{folder.name} as found"), ignore_errors=True)
        shutil.copytree(folder, found)
        met = [_met(snapshot) for snapshot in folder.glob("*.json")]
        documents = CHECKS[load](folder, said)
        if load in LAST and (number + 1 == times or (number + 1) % CRASHES_OF_A_STORE == 0):
            LAST[load](folder)
        yield Crash(len(said) - before, documents, any(each[0] for each in met), sum(each[1] for each in met))


def _killed(load: str, folder: Path, seed: int, wait: float, seconds: float) -> list[str]:
    """What the process said was durable, in so many seconds from its first word on, or from the end of the wait for it."""
    reading, writing = Pipe(duplex=False)
    process = _forking.Process(target=run, args=(load, folder, seed, writing))
    process.start()
    writing.close()
    try:
        heard = _heard(reading, wait, seconds)
    finally:
        process.kill()
        process.join()
    assert process.exitcode == -9, "it ended by itself"
    process.close()
    while more := os.read(reading.fileno(), 1 << 16):
        heard += more
    reading.close()
    return heard.decode().splitlines()


def _heard(pipe: Connection, wait: float, seconds: float) -> bytes:
    heard = b""
    assert select.select([pipe], [], [], wait)[0] or not wait, "it never said a word"
    end = monotonic() + seconds
    while (left := end - monotonic()) > 0:
        if select.select([pipe], [], [], left)[0]:
            more = os.read(pipe.fileno(), 1 << 16)
            assert more, "it ended by itself"
            heard += more
    return heard


def _met(snapshot: Path) -> tuple[bool, int]:
    left = recover(snapshot, Layers({}))
    return left.retired > 0 or snapshot.with_suffix(TEMPORARY).exists(), left.cut
