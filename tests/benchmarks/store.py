"""What tickets cost by how many there are: our store, TinyDB's own, SQLite, and a bare append with its sync.

    python -m tests.benchmarks.store [--quick] [--write docs/performance.md]

One interleaved run: in each round each store does each thing, one after the other, so that a busy moment of the
machine falls on all alike. Each store has a process of its own, so that none pays for another's memory. The temporary
folder (TMPDIR) has to be on a real disk.
"""

import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

import orjson

from tests.benchmarks.contestants import Append, Cached, Contestant, InMemory, OnJson, Ours, Sqlite
from tests.benchmarks.figures import Spread, command, goals, shown_ratio, shown_spread, shown_time, table
from tests.benchmarks.pictures import by_size
from tests.benchmarks.playing import Play, player
from tests.benchmarks.tickets import ticket

OURS, APPEND, SQLITE = "Deskhand", "append + fdatasync", "SQLite"
JSON, CACHED, IN_MEMORY = "TinyDB, JSONStorage", "TinyDB, CachingMiddleware", "TinyDB, MemoryStorage"
STORES: dict[str, type[Contestant | Append]] = {
    OURS: Ours,
    APPEND: Append,
    SQLITE: Sqlite,
    JSON: OnJson,
    CACHED: Cached,
    IN_MEMORY: InMemory,
}
INSERT, CROWD, SEARCH = "insert", "insert, 64 writers at once", "all of one requester"
ALL_BUT_APPEND = tuple(name for name in STORES if name != APPEND)
THINGS: dict[str, dict[str, tuple[str, str]]] = {
    INSERT: {name: (name, "insert") for name in STORES},
    CROWD: {OURS: (OURS, "tasks"), "Deskhand, by threads": (OURS, "threads"), SQLITE: (SQLITE, "threads")},
    "get by id": {name: (name, "get") for name in ALL_BUT_APPEND},
    "first ten of a status and queue": {name: (name, "first") for name in ALL_BUT_APPEND},
    SEARCH: {name: (name, "search") for name in ALL_BUT_APPEND},
    "update by id": {name: (name, "update") for name in ALL_BUT_APPEND},
}
"""What is measured: under which name, of which store, and by which method of `Player`."""
ROUNDS = {100: 9, 1_000: 9, 10_000: 7, 100_000: 5}
SLOW, SLOW_ROUNDS = 0.5, 2  # seconds; what takes longer is measured in these rounds only, and its row says so

Results = dict[tuple[str, str, int], list[float]]
"""Seconds by thing, store and size, one for each round."""


def run(*, quick: bool) -> Results:
    results: Results = defaultdict(list)
    rounds = dict.fromkeys((100, 1_000, 10_000), 3) if quick else ROUNDS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tickets = [orjson.dumps(ticket(number)) for number in range(1, max(rounds) + 1)]
        with ExitStack() as stack:
            plays = {}
            for size in rounds:
                (folder / f"{size}").write_bytes(b"\n".join(tickets[:size]))
                plays[size] = stack.enter_context(players(folder, size, keeps_size=size < max(rounds)))
            for size in plays:
                for store, method in THINGS["get by id"].values():
                    plays[size][store](method)  # answers once it is filled
            for each in range(max(rounds.values())):  # sizes side by side, as the stores are
                for size in rounds:
                    if each < rounds[size]:
                        play_round(plays[size], size, each, results)
    return results


@contextmanager
def players(folder: Path, size: int, *, keeps_size: bool) -> Iterator[dict[str, Play]]:
    with ExitStack() as stack, tempfile.TemporaryDirectory(dir=folder) as room:
        yield {
            name: stack.enter_context(
                player(make, Path(room) / make.__name__, folder / f"{size}", keeps_size=keeps_size)
            )
            for name, make in STORES.items()
        }


def play_round(plays: dict[str, Play], size: int, number: int, results: Results) -> None:
    for thing, how in THINGS.items():
        for name, (store, method) in how.items():
            known = results[thing, name, size]
            if number < SLOW_ROUNDS or max(known) < SLOW:
                known.append(plays[store](method))


def ratio(results: Results, thing: str, name: str, size: int) -> float:
    """What it costs there for each of ours: median by median."""
    return median(results[thing, name, size]) / median(results[thing, OURS, size])


def costs(results: Results) -> str:
    sizes = sorted({size for _, _, size in results})
    rows = []
    for thing, names in THINGS.items():
        for name in names:
            cells = [_cell(results, thing, name, size) for size in sizes]
            rows.append([thing if name == OURS else "", name, *cells])
    return table(["", "", *(f"{size:,} tickets" for size in sizes)], rows)


def _cell(results: Results, thing: str, name: str, size: int) -> str:
    measured = Spread.of(results[thing, name, size])
    if name == OURS:
        return shown_spread(measured)
    times = f", {measured.times} rounds" if measured.times < len(results[thing, OURS, size]) else ""
    return f"{shown_time(measured.median)} · {shown_ratio(ratio(results, thing, name, size))}{times}"


def wanted(results: Results) -> str:
    sizes = sorted({size for _, _, size in results})
    most = sizes[-1]
    at = {size: median(results[INSERT, OURS, size]) for size in sizes}
    reached = [
        (f"an insert at {most:,}, for each at 100", at[most] / at[100], "at most", 1.2),
        (
            f"an insert at {most:,}, for each append + fdatasync",
            1 / ratio(results, INSERT, APPEND, most),
            "at most",
            1.0,
        ),
        *(
            (
                f"inserts at {size:,} for each of JSONStorage",
                ratio(results, INSERT, JSON, size),
                "at least",
                bound,
            )
            for size, bound in ((1_000, 100.0), (10_000, 1_000.0), (100_000, 15_000.0))
            if size in sizes
        ),
        (f"inserts at {most:,} for each of SQLite", ratio(results, INSERT, SQLITE, most), "at least", 1.2),
        ("the same with 64 writers", ratio(results, CROWD, SQLITE, most), "at least", 10),
        (
            f"searches at {most:,} for each of TinyDB in memory",
            ratio(results, SEARCH, IN_MEMORY, most),
            "at least",
            300,
        ),
    ]
    return goals(reached)


def report(pictures: Path | None, *, quick: bool) -> str:
    results = run(quick=quick)
    text = f"{wanted(results)}\n\n{costs(results)}"
    if pictures is None:
        return text
    panels = {
        thing: {
            name: {
                size: Spread.of(took)
                for (what, who, size), took in results.items()
                if (what, who) == (thing, name)
            }
            for name in names
        }
        for thing, names in THINGS.items()
    }
    by_size(pictures / "store.svg", panels, first=OURS)
    return f"![Cost by the number of tickets, on logarithmic axes](store.svg)\n\n{text}"


if __name__ == "__main__":
    command({"store": report}, __doc__)
