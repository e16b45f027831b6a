"""How fast signed `/ticket` lines are answered: Deskhand with no, many and very many tickets, and its peers.

    python -m tests.benchmarks.answers [--quick] [--write docs/performance.md]

One interleaved run: each round measures every server once, at 1 and at 32 connections, so that a busy moment of the
machine falls on all alike. Deskhand's answers are durable; the peers save nothing, but for the tutorial. Each line is sent
from a channel of its own, so that Deskhand's courier posts cards all the while, and its outbox is empty before another
server's turn. In the same rounds a file gets as many bytes as a line's, one fdatasync each: how long a disk takes now and then.
Needs `pip install -e '.[bench]'`.
"""

import asyncio
import os
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

from tests.benchmarks.figures import Spread, command, goals, shown_ratio, shown_time, table
from tests.benchmarks.load import Measured, measure
from tests.benchmarks.pictures import by_size
from tests.benchmarks.servers import deskhand, drained, peers

CONNECTIONS = (1, 32)
SIZES = (0, 10_000, 100_000)
OURS = "Deskhand"

BARE_SYNC = "append + fdatasync"
_LINE = bytes(1500)  # about what a ticket takes in the journal

Results = dict[tuple[str, int], list[Measured]]
"""By server and number of connections, one for each round."""


def ours(tickets: int) -> str:
    return f"{OURS}, {tickets:,} tickets"


@contextmanager
def servers(folder: Path, sizes: tuple[int, ...]) -> Iterator[dict[str, int]]:
    """All at once, each on its port; idle ones cost nothing."""
    with ExitStack() as stack:
        ports = {}
        for tickets in sizes:
            room = folder / str(tickets)
            room.mkdir()
            ports[ours(tickets)] = stack.enter_context(deskhand(room, tickets)).port
        yield ports | stack.enter_context(peers(folder))


def syncs(folder: Path, seconds: float) -> Measured:
    """The floor of a durable answer, and its tail."""
    deadline, took = time.perf_counter() + seconds, list[float]()
    with (folder / "synced").open("ab", 0) as file:
        while time.perf_counter() < deadline:
            started = time.perf_counter()
            file.write(_LINE)
            os.fdatasync(file.fileno())
            took.append(time.perf_counter() - started)
    took.sort()
    return Measured(len(took) / seconds, took[len(took) // 2], took[int(len(took) * 0.99)])


async def run(ports: Mapping[str, int], folder: Path, seconds: float, rounds: int) -> Results:
    results: Results = defaultdict(list)
    for port in ports.values():  # the first answers of a process are slower, and nobody's question
        await measure(port, 1, 0.3)
    for _ in range(rounds):
        for connections in CONNECTIONS:
            for name, port in ports.items():
                results[name, connections].append(await measure(port, connections, seconds))
                if name.startswith(OURS):
                    await asyncio.to_thread(drained, port)
        results[BARE_SYNC, 1].append(await asyncio.to_thread(syncs, folder, seconds))
    return results


def rate(results: Results, name: str, connections: int) -> float:
    """Answers per second."""
    return median(each.per_second for each in results[name, connections])


def tail(results: Results, name: str) -> float:
    """The time to 99 % of the answers for each time to half of them, at one connection."""
    return median(each.p99 / each.p50 for each in results[name, 1])


def costs(results: Results) -> str:
    head = [
        "connections",
        "server",
        "answers/s",
        "to half the answers",
        "to 99 % of them",
        "Deskhand's answers for each",
    ]
    rows = []
    for connections in CONNECTIONS:
        for name in dict.fromkeys(name for name, each in results if each == connections):
            known = results[name, connections]
            rates = Spread.of(each.per_second for each in known)
            rows.append(
                [
                    str(connections),
                    name,
                    f"{rates.median:,.0f} ({rates.low:,.0f} to {rates.high:,.0f})",
                    shown_time(median(each.p50 for each in known)),
                    shown_time(median(each.p99 for each in known)),
                    ""
                    if name.startswith(OURS)
                    else shown_ratio(rate(results, ours(0), connections) / rates.median),
                ]
            )
    return table(head, rows)


def wanted(results: Results, most: int) -> str:
    def reached(name: str, connections: int) -> float:
        return rate(results, ours(0), connections) / rate(results, name, connections)

    return goals(
        [
            ("answers for each of bare Bolt, 32 connections", reached("bare Bolt", 32), "at least", 0.28),
            ("answers for each of default Bolt, 1 connection", reached("default Bolt", 1), "at least", 16),
            *(
                (
                    f"answers with {most:,} tickets for each with none, {connections} connections",
                    rate(results, ours(most), connections) / rate(results, ours(0), connections),
                    "at least",
                    0.95,
                )
                for connections in CONNECTIONS
            ),
        ]
    )


def report(pictures: Path | None, *, quick: bool) -> str:
    sizes, seconds, rounds = (SIZES[:2], 0.5, 2) if quick else (SIZES, 1.0, 7)
    with tempfile.TemporaryDirectory() as folder, servers(Path(folder), sizes) as ports:
        results = asyncio.run(run(ports, Path(folder), seconds, rounds))
    tails = " · ".join(
        f"{name} {shown_ratio(tail(results, name))}" for name in (ours(0), BARE_SYNC, "bare Bolt")
    )
    text = f"{wanted(results, sizes[-1])}\n\n99 % for each half, at 1 connection: {tails}\n\n{costs(results)}"
    if pictures is None:
        return text
    panels = {
        f"an answer at {connections} at a time, by tickets": lines(results, connections, sizes)
        for connections in CONNECTIONS
    }
    by_size(pictures / "answers.svg", panels, first=OURS)
    return f"![Cost of an answer by the number of tickets, on logarithmic axes](answers.svg)\n\n{text}"


def lines(results: Results, connections: int, sizes: tuple[int, ...]) -> dict[str, dict[int, Spread]]:
    """What an answer costs the server, in seconds: the same at every size for those that save no tickets."""
    costs = {
        name: Spread.of(1 / each.per_second for each in known)
        for (name, each_connections), known in results.items()
        if each_connections == connections
    }
    others = {name: dict.fromkeys(sizes, cost) for name, cost in costs.items() if not name.startswith(OURS)}
    return {OURS: {size: costs[ours(size)] for size in sizes}} | others


if __name__ == "__main__":
    command({"answers": report}, __doc__)
