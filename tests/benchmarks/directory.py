"""What a large directory costs: 100,000 sites and 300,000 assets in memory, type-ahead and lines, an import, one edit.

    python -m tests.benchmarks.directory [--quick] [--write docs/performance.md]

Everything runs in fresh processes. Times are of the processor and so without the disk; those right after opening are
taken while names are still being taken apart in the background. Memory is what is resident beyond the process itself, at
its highest, once all names have been taken apart.
"""

import asyncio
import csv
import gc
import random
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from bot import imports
from bot.domain.fields import ItemKind
from bot.domain.phrases import LineReader
from bot.domain.workspace import Workspace
from bot.services.ports.store import Reader
from storage import open_store
from tests.benchmarks.figures import Spread, command, goals, shown_time, table
from tests.benchmarks.opening import apart, resident

HERE = Workspace(team_id="T1")
_NOW = datetime(2026, 11, 28, tzinfo=UTC)
IMPORTED = (10_000, 60_000, 160_000)
LARGE = (20_000, 100_000, 300_000)
MOST_MEMORY = 400e6
MOST_TIME = 0.01
_TIMES = 400
_LIMIT = 100  # options that Slack shows
_NAMES = ("Acme", "Globex", "Initech", "Umbrella", "Hooli", "Vandelay", "Wayne", "Stark", "Müller", "Łódź")
_TOWNS = ("Millbrook", "Ashford", "Northgate", "Zürich", "Bergen", "Kraków", "Lyon", "Porto", "Gent", "Cork")
_THINGS = ("Pump", "Chiller", "Boiler", "Printer", "Router", "Gate", "Lift", "Door", "Fan", "Meter")
_TYPED: Sequence[tuple[ItemKind, str]] = (
    ("site", ""),
    ("site", "a"),
    ("site", "plant 4711"),
    ("site", "kiln road"),
    ("site", "zurich"),
    ("site", "plnt 471 brgen"),
    ("asset", "p"),
    ("asset", "pump 12"),
    ("asset", "ump 77"),
    ("asset", "chilr 99120"),
    ("customer", "acme"),
    ("customer", "s-1"),
)
_LINES = (
    "Lamp broken customer:c-77 site:s-77",
    "Lamp broken customer:Acme Millbrook 4000 site:Plant 4000 asset:a-12000",
    "Lamp broken site:plnt 4711 brgen asset:Pmp",
    "Lamp broken customer:Acm",
)


class Asked(NamedTuple):
    """Seconds of the processor of each question, right after opening and later; the bytes of memory; the edit's bytes."""

    type_ahead: list[float]
    first: list[float]
    lines: list[float]
    memory: int
    edit: int


def write_files(folder: Path, counts: Sequence[int]) -> list[Path]:
    """Names as people have them, the same each time."""
    draw = random.Random(1)  # noqa: S311
    customers, sites, assets = counts
    rows: dict[str, tuple[str, Callable[[int], Sequence[str]], int]] = {
        "customers": (
            "id,name",
            lambda n: (f"c-{n}", f"{_NAMES[n % 10]} {draw.choice(_TOWNS)} {n}"),
            customers,
        ),
        "sites": (
            "id,name,customerId,address",
            lambda n: (
                f"s-{n}",
                f"Plant {n} {_TOWNS[n % 10]}",
                f"c-{n % customers}",
                f"{draw.randrange(300)} Kiln Road, {draw.choice(_TOWNS)}",
            ),
            sites,
        ),
        "assets": (
            "id,name,siteId",
            lambda n: (f"a-{n}", f"{_THINGS[n % 10]} {n // 10} Hall {n % 7}", f"s-{n % sites}"),
            assets,
        ),
    }
    for name, (head, row, count) in rows.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            file.write(f"{head}\n")
            csv.writer(file).writerows(map(row, range(count)))
    return [folder / f"{name}.csv" for name in rows]


def imported(folder: Path, files: Sequence[Path]) -> int:
    """The bytes resident at the most, beyond the process itself."""
    before, _ = resident()

    async def work() -> None:
        store = open_store(f"tinydb:{folder}")
        await store.change(HERE, lambda tx: imports.import_files(tx, files))
        await store.close()

    asyncio.run(work())
    _, most = resident()
    return most - before


def asked(folder: Path, edited: Path) -> Asked:
    return asyncio.run(_asked(folder, edited))


async def _asked(folder: Path, edited: Path) -> Asked:
    before, _ = resident()
    store = open_store(f"tinydb:{folder}")
    read = store.read(HERE)
    first = [await _measured(question) for question in islice(_questions(read), _TIMES)]
    await _settled(read)
    lines = [await _measured(partial(_found, read, _LINES[n % 4])) for n in range(_TIMES)]
    type_ahead = [await _measured(question) for question in islice(_questions(read), _TIMES)]
    _, most = resident()
    size = _written(folder)
    await store.change(HERE, lambda tx: imports.import_files(tx, [edited]))
    await store.close()
    return Asked(type_ahead, first, lines, most - before, _written(folder) - size)


async def _found(read: Reader, line: str) -> object:
    reader = LineReader(line, now=_NOW, zone=UTC, people=lambda _: (), ticket_id=lambda _: None)
    return reader.phrase(await read.directory(reader.lookups))


def _questions(read: Reader) -> Iterator[Callable[[], Awaitable[object]]]:
    while True:
        for kind, typed in _TYPED:
            yield partial(read.items_like, kind, typed, limit=_LIMIT)


async def _settled(read: Reader) -> None:
    """Waits until the oldest asset is found by a part of its ID: what is taken apart last."""
    while True:
        found = await read.items_like("asset", "0 a", limit=1)
        if [item.id for item in found] == ["a-0"]:
            break
        await asyncio.sleep(0.2)
    gc.collect()
    gc.freeze()  # as bot.app does once everything is loaded


async def _measured(work: Callable[[], Awaitable[object]]) -> float:
    began = time.thread_time()
    await work()
    return time.thread_time() - began


def _written(folder: Path) -> int:
    return sum(len(path.read_bytes().rstrip(b"\0")) for path in folder.rglob("*.journal*"))


def report(pictures: Path | None, *, quick: bool) -> str:  # noqa: ARG001  (it has no picture)
    share = 10 if quick else 1
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        smaller, large = ([count // share for count in counts] for counts in (IMPORTED, LARGE))
        (folder / "small").mkdir()
        peak = apart(imported, folder / "small", write_files(folder, smaller))
        (folder / "large").mkdir()
        apart(imported, folder / "large", write_files(folder, large))
        (edited := folder / "sites.csv").write_text("id,name,customerId\ns-1,Plant One,c-1\n", "utf-8")
        found = apart(asked, folder / "large", edited)
    spreads = {
        "type-ahead": found.type_ahead,
        "type-ahead, from opening on": found.first,
        "what a line names": found.lines,
    }
    at = {name: sorted(times)[len(times) * 99 // 100] for name, times in spreads.items()}
    reached = [
        *((f"99 % of {name}, for each 10 ms", took / MOST_TIME, "at most", 1.0) for name, took in at.items()),
        ("memory with all of it, for each 400 MB", found.memory / MOST_MEMORY, "at most", 1.0),
        (f"memory to import {sum(smaller):,} rows, for each 400 MB", peak / MOST_MEMORY, "at most", 1.0),
    ]
    rows = [
        [name, shown_time(Spread.of(times).median), shown_time(at[name])] for name, times in spreads.items()
    ]
    shown = table([f"{sum(large):,} items", "half of it within", "99 % within"], rows)
    return f"{goals(reached)}\n\n{shown}\n\nOne changed site adds {found.edit:,} bytes to the journal."


if __name__ == "__main__":
    command({"directory": report}, __doc__)
