"""How long a database takes to open, with the product's indexes, and how much memory: beside parsing its lines.

    python -m tests.benchmarks.opening [--quick] [--write docs/performance.md]

One interleaved run, each time in a fresh process. A database is measured as a compaction leaves it, all in the
snapshot; with the longest journal that it has, as long as the snapshot, when the next compaction is due; and as it
never is, all in the journal.
"""

import gc
import multiprocessing
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from typing import NamedTuple, TypeVar

from storage.journal.engine import Engine
from storage.tinydb.workspace_db import INDEXES
from tests.benchmarks.databases import FILE, parse, prepare
from tests.benchmarks.figures import Spread, command, goals, shown_ratio, shown_spread, shown_time, table
from tests.benchmarks.pictures import by_size, megabytes

T = TypeVar("T")

PARSE = "orjson, the same lines"
SNAPSHOT, LONGEST, JOURNAL = "after a compaction", "before the next one", "all in the journal"
STATES = {SNAPSHOT: 1.0, LONGEST: 0.7, JOURNAL: 0.0}
"""How much of it is in the snapshot: a ticket takes 2.4 times as much room in the journal."""

ROUNDS = {10_000: 7, 100_000: 5, 1_000_000: 2}
LARGE, AT_LARGE = 1_000_000, (SNAPSHOT, LONGEST)  # the third takes a minute a round, and is never met


class Opened(NamedTuple):
    """Seconds; the bytes resident at the most and afterwards, beyond the process itself; the longest collection."""

    seconds: float
    most: int
    after: int
    pause: float


class Measured(NamedTuple):
    """One round of one state."""

    parsed: float
    opened: Opened
    size: int
    """Bytes on disk."""


Results = dict[tuple[str, int], list[Measured]]
"""By state and number of tickets."""


def measure_open(folder: Path) -> Opened:
    before, _ = resident()
    began = time.perf_counter()
    engine = Engine(folder / FILE, INDEXES)
    seconds = time.perf_counter() - began
    after, most = resident()
    gc.collect()
    gc.freeze()  # as bot.app does once everything is loaded
    pause = longest_pause()
    engine.close()
    return Opened(seconds, most - before, after - before, pause)


def longest_pause() -> float:
    """Seconds that a collection stops everything."""
    began, pauses = 0.0, list[float]()

    def watch(phase: str, _: dict[str, int]) -> None:
        nonlocal began
        if phase == "start":
            began = time.perf_counter()
        else:
            pauses.append(time.perf_counter() - began)

    gc.callbacks.append(watch)
    for _ in range(5):
        gc.collect()
    gc.callbacks.remove(watch)
    return max(pauses)


def resident(process: int | None = None) -> tuple[int, int]:
    """Bytes resident now, and at the most, of this process or another."""
    file = Path(f"/proc/{process or 'self'}/status")
    status = dict(line.split(":", 1) for line in file.read_text().splitlines())
    now, most = (int(status[name].split()[0]) * 1024 for name in ("VmRSS", "VmHWM"))
    return now, most


def apart(function: Callable[..., T], *arguments: object) -> T:
    """Calls it in a fresh process."""
    here, there = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("spawn").Process(target=_tell, args=(there, function, *arguments))
    process.start()
    there.close()
    answer: T = here.recv()  # EOFError where the process has died; it has said why
    process.join()
    return answer


def _tell(pipe: Connection, function: Callable[..., object], *arguments: object) -> None:
    pipe.send(function(*arguments))


def run(*, quick: bool) -> Results:
    results: Results = defaultdict(list)
    rounds = {10_000: 3, 100_000: 1} if quick else ROUNDS
    for count, times in rounds.items():
        with tempfile.TemporaryDirectory() as name:
            states = AT_LARGE if count >= LARGE else STATES
            folders = {state: Path(name) / str(number) for number, state in enumerate(states)}
            for state, folder in folders.items():
                folder.mkdir()
                apart(prepare, folder, count, STATES[state])
            for _ in range(times):
                for state, folder in folders.items():
                    results[state, count].append(measure(folder))
    return results


def measure(folder: Path) -> Measured:
    size = sum(path.stat().st_size for path in folder.iterdir())
    return Measured(apart(parse, folder), apart(measure_open, folder), size)


def ratio(measured: list[Measured]) -> float:
    return median(each.opened.seconds / each.parsed for each in measured)


def memory(measured: list[Measured]) -> float:
    return median(each.opened.most / each.size for each in measured)


def costs(results: Results) -> str:
    head = [
        "tickets",
        "",
        "on disk",
        "orjson parses",
        "opens",
        "for each parse",
        "memory for each byte on disk",
        "after opening",
        "longest collection",
    ]
    rows = []
    for (state, count), measured in results.items():
        rows.append(
            [
                f"{count:,}",
                state,
                f"{measured[0].size / 1e6:,.0f} MB",
                shown_time(median(each.parsed for each in measured)),
                shown_spread(Spread.of(each.opened.seconds for each in measured)),
                shown_ratio(ratio(measured)),
                shown_ratio(memory(measured)),
                shown_ratio(median(each.opened.after / each.size for each in measured)),
                shown_time(max(each.opened.pause for each in measured)),
            ]
        )
    return table(head, rows)


def wanted(results: Results) -> str:
    most = max(count for _, count in results)
    reached = [
        (f"opening 100,000 tickets, {state}, for each parse", ratio(results[state, 100_000]), "at most", 1.5)
        for state in STATES
    ]
    reached += [
        (
            f"memory for {most:,} tickets, {state}, for each byte on disk",
            memory(results[state, most]),
            "at most",
            3.0,
        )
        for state, count in results
        if count == most
    ]
    pause = max(
        each.opened.pause for (_, count), measured in results.items() for each in measured if count == 100_000
    )
    reached.append(
        ("the longest collection at 100,000 tickets, for each 10 ms", pause / 0.01, "at most", 1.0)
    )
    return goals(reached)


def report(pictures: Path | None, *, quick: bool) -> str:
    results = run(quick=quick)
    text = f"{wanted(results)}\n\n{costs(results)}"
    if pictures is None:
        return text
    lines: dict[str, dict[int, Spread]] = defaultdict(dict)
    memories: dict[str, dict[int, Spread]] = defaultdict(dict)
    for (state, count), measured in results.items():
        lines[state][count] = Spread.of(each.opened.seconds for each in measured)
        memories[state][count] = Spread.of(each.opened.most for each in measured)
        lines[PARSE][count] = Spread.of(each.parsed for each in measured)
    panels: dict[str, dict[str, dict[int, Spread]]] = {"opening": lines, "memory": memories}
    by_size(pictures / "opening.svg", panels, first=SNAPSHOT, units={"memory": megabytes})
    return f"![Opening time by the number of tickets, on logarithmic axes](opening.svg)\n\n{text}"


if __name__ == "__main__":
    command({"opening": report}, __doc__)
