"""How long an answer waits at the worst: while a compaction runs, and for a search right after opening.

    python -m tests.benchmarks.pauses [--quick] [--write docs/performance.md]

Beside the compaction, one task after the other saves a ticket, as a desk does that is not busy; what it waits for the
same in quiet times, and a bare append with its sync, are measured in the same run.
"""

import asyncio
import gc
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from statistics import quantiles

import uvloop

from storage.journal.engine import Engine
from storage.journal.indexes import Words
from storage.journal.journal import journal_files
from storage.tinydb.outcomes import Outcomes
from storage.tinydb.workspace_db import INDEXES
from tests.benchmarks.contestants import Append
from tests.benchmarks.databases import FILE, prepare
from tests.benchmarks.figures import command, goals, shown_time, table
from tests.benchmarks.opening import LONGEST, SNAPSHOT, STATES, apart
from tests.benchmarks.tickets import ticket

QUIET, COMPACTING, BARE = "nothing else", "a compaction", "append + fdatasync"
COMPACTED, OPENED = 100_000, 1_000_000
SEARCHED = ("printer", "smells", "hall", "4711", "no")
_TIMES = 2000
_REST = 0.0005  # seconds between two tickets
_SEARCHING = 1.0  # seconds from opening on
MOST = 0.01  # seconds that anybody may wait


def waits_by_compaction(folder: Path) -> dict[str, list[float]]:
    """Seconds to save each ticket."""
    engine = Engine(folder / FILE, INDEXES)
    with closing(engine):
        with engine.lock:
            while any(index.settle(1000) for index in _words(engine)):
                pass
        _freeze()
        return uvloop.run(_saving(engine, folder))


def _words(engine: Engine) -> list[Words]:
    return [index for index in engine.indexes("tickets") if isinstance(index, Words)]


def _freeze() -> None:
    """As bot.app does once everything is loaded."""
    gc.collect()
    gc.freeze()


async def _saving(engine: Engine, folder: Path) -> dict[str, list[float]]:
    outcomes, row = Outcomes(), engine.view.last("tickets")
    engine.told = outcomes.wake

    async def save() -> float:
        nonlocal row
        row += 1
        began = time.perf_counter()
        transaction = engine.begin()
        transaction.put("tickets", row, ticket(row))
        durable, done = outcomes.awaited()
        engine.commit(transaction, done)
        await durable
        return time.perf_counter() - began

    async def saved(goes_on: Callable[[int], bool]) -> list[float]:
        took: list[float] = []
        while goes_on(len(took)):
            took.append(await save())
            await asyncio.sleep(_REST)
        return took

    await save()  # the compaction is due: it begins with this
    compacting = await saved(lambda _: len(journal_files(folder / FILE)) > 1)
    with closing(Append(folder)) as bare:
        appended = [*_appending(bare, row)]
    return {COMPACTING: compacting, QUIET: await saved(lambda count: count < _TIMES), BARE: appended}


def _appending(bare: Append, row: int) -> Iterator[float]:
    for number in range(row, row + _TIMES):
        document, began = ticket(number), time.perf_counter()
        bare.insert(document)
        yield time.perf_counter() - began
        time.sleep(_REST)


def searches_after_opening(folder: Path) -> list[float]:
    """Seconds that each search takes, from opening on, while the words are read in the background."""
    with closing(Engine(folder / FILE, INDEXES)) as engine:
        _freeze()
        took, end = [], time.perf_counter() + _SEARCHING
        while time.perf_counter() < end:
            for part in SEARCHED:
                began = time.perf_counter()
                with engine.lock:
                    for index in _words(engine):
                        index.rows(part)
                took.append(time.perf_counter() - began)
            time.sleep(_REST)
        return took


def report(pictures: Path | None, *, quick: bool) -> str:
    del pictures
    compacted, opened = (10_000, 20_000) if quick else (COMPACTED, OPENED)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        apart(prepare, folder, compacted, STATES[LONGEST])
        waits = apart(waits_by_compaction, folder)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        apart(prepare, folder, opened, STATES[SNAPSHOT])
        searches = apart(searches_after_opening, folder)
    named = {f"a ticket is saved at {compacted:,}, beside {beside}": took for beside, took in waits.items()}
    named[f"a search at {opened:,}, in the first second"] = searches
    rows = [
        [
            what,
            f"{len(took):,}",
            *(shown_time(quantiles(took, n=100)[at]) for at in (49, 98)),
            shown_time(max(took)),
        ]
        for what, took in named.items()
    ]
    reached = [
        (f"the longest wait by a compaction at {compacted:,}, for each 10 ms", max(waits[COMPACTING]) / MOST),
        (f"the longest search right after opening {opened:,}, for each 10 ms", max(searches) / MOST),
    ]
    told = goals([(what, measured, "at most", 1.0) for what, measured in reached])
    return f"{told}\n\n{table(['', 'times', 'half within', '99 % within', 'longest'], rows)}"


if __name__ == "__main__":
    command({"pauses": report}, __doc__)
