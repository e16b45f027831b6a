"""What a ticket costs on PostgreSQL with one, two and three replicas, and in the journal.

    python -m tests.benchmarks.replicas [--quick] [--write docs/performance.md]

Four desks with 50 workspaces each that have installed them: one in a folder, and three on one PostgreSQL that syncs what it
acknowledges, each of these in a database of its own. Signed lines are sent to the replicas of a desk in turn, by 1, 8 and 32
connections, to all of the workspaces in turn or to one of them. In each round each desk is measured once. CPU is that of all that
comes of a ticket, until its card is posted and on record. What a ticket asks of PostgreSQL is counted in its log.
"""

import asyncio
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from itertools import count
from pathlib import Path
from statistics import median
from typing import NamedTuple

from tests.benchmarks.figures import Spread, command, goals, shown_spread, shown_time, table
from tests.benchmarks.load import read_answer, request
from tests.benchmarks.pictures import by_size
from tests.benchmarks.postgresql import Processor, cpu, durable, written
from tests.benchmarks.servers import PEERS, drained, free_port, running
from tests.benchmarks.trips import asked, trips
from tests.benchmarks.workspaces import environment, prepare, teams
from tests.postgres import connected, dropped, made

WORKSPACES = 50
REPLICAS = (1, 2, 3)
CONNECTIONS = (1, 8, 32)
JOURNAL = "journal"
_WARM = 400  # tickets of each desk, before it is measured
_JOBS = "SELECT count(*) FROM deskhand.jobs WHERE set_aside IS NULL"
_PATIENCE = 120  # seconds until all cards are posted


class Turn(NamedTuple):
    """Tickets per second, seconds to half and to 99 % of the answers; of a ticket the seconds of CPU of each replica together,
    of PostgreSQL, and of who sent it; and the bytes that PostgreSQL wrote for it ahead."""

    per_second: float
    p50: float
    p99: float
    replicas: float
    postgresql: float
    sender: float
    written: float


Results = dict[tuple[str, int, int], list[Turn]]
"""By desk, number of workspaces and of connections, one for each round."""


def named(replicas: int) -> str:
    return f"PostgreSQL, {replicas} replica{'s' if replicas > 1 else ''}"


class Desk(NamedTuple):
    """Its replicas; `url` is of its PostgreSQL, where it has one."""

    ports: Sequence[int]
    processes: Sequence[int]
    teams: Sequence[str]
    url: str | None = None

    async def drained(self) -> None:
        """Returns once all cards are on record. Raises TimeoutError where some stay."""
        if self.url is None:
            await asyncio.to_thread(drained, self.ports[0])
            return
        async with asyncio.timeout(_PATIENCE), connected(self.url) as connection:
            while await connection.fetchval(_JOBS):  # noqa: ASYNC110  (another process's)
                await asyncio.sleep(0.02)

    async def work(self, tickets: int) -> None:
        """So many tickets, until all of their cards are on record."""
        await self.send(WORKSPACES, 8, tickets)
        await self.drained()

    async def send(self, workspaces: int, connections: int, tickets: int) -> list[float]:
        """Seconds to each answer."""
        took: list[float] = []
        turns = count()

        async def ask(first: int, share: int) -> None:
            streams = [await asyncio.open_connection("127.0.0.1", port) for port in self.ports]
            for turn in range(first, first + share):
                port = turn % len(streams)
                if streams[port][0].at_eof():  # it rested for so long that its server has closed it
                    streams[port] = await asyncio.open_connection("127.0.0.1", self.ports[port])
                reader, writer = streams[port]
                team = self.teams[next(turns) % workspaces]  # whichever replica: one by one, as of one desk
                sent = request(f"127.0.0.1:{self.ports[port]}", team)
                began = time.perf_counter()
                writer.write(sent)
                await read_answer(reader)
                took.append(time.perf_counter() - began)
            for _, writer in streams:
                writer.close()

        await asyncio.gather(*(ask(each, tickets // connections) for each in range(connections)))
        return sorted(took)


async def turn(desk: Desk, workspaces: int, connections: int, tickets: int) -> Turn:
    async with measured(desk) as costs:
        began, own = time.perf_counter(), time.process_time()
        took = await desk.send(workspaces, connections, tickets)
        seconds, own = time.perf_counter() - began, time.process_time() - own
    every = len(took)
    return Turn(
        every / seconds,
        took[every // 2],
        took[int(every * 0.99)],
        costs["replicas"] / every,
        costs["postgresql"] / every,
        own / every,
        costs["written"] / every,
    )


@asynccontextmanager
async def measured(desk: Desk) -> AsyncIterator[dict[str, float]]:
    """What it takes, until all cards are on record; known at the end."""
    costs: dict[str, float] = defaultdict(float)
    replicas = sum(map(cpu, desk.processes))
    processor, log = Processor(desk.url) if desk.url else None, await written(desk.url) if desk.url else 0
    if processor:
        await processor.begin()
    yield costs
    await desk.drained()
    costs["replicas"] = sum(map(cpu, desk.processes)) - replicas
    if processor and desk.url:
        costs["postgresql"] = await processor.used()
        costs["written"] = await written(desk.url) - log


@contextmanager
def served(url: str, replicas: int, slack: int, *, on_postgresql: bool) -> Iterator[Desk]:
    env = {**environment(url), "SLACK_API_URL": f"http://127.0.0.1:{slack}/api/"}
    with ExitStack() as stack:
        ports = [free_port() for _ in range(replicas)]
        processes = [
            stack.enter_context(
                running([sys.executable, "-m", "bot", "serve"], port, {**env, "DESKHAND_PORT": str(port)})
            )
            for port in ports
        ]
        yield Desk(ports, processes, teams(WORKSPACES), url if on_postgresql else None)


@contextmanager
def sink() -> Iterator[int]:
    """The port of a Slack that takes everything."""
    port = free_port()
    with running([sys.executable, "-m", f"{PEERS}.sink", str(port)], port, {}):
        yield port


@contextmanager
def database(server: str) -> Iterator[str]:
    url = asyncio.run(made(server))
    yield url
    asyncio.run(dropped(server, url))


@contextmanager
def desks(server: str) -> Iterator[dict[str, Desk]]:
    with ExitStack() as stack:
        slack = stack.enter_context(sink())
        folder = f"tinydb:{stack.enter_context(tempfile.TemporaryDirectory())}"
        asyncio.run(prepare(folder, teams(WORKSPACES)))
        found = {JOURNAL: stack.enter_context(served(folder, 1, slack, on_postgresql=False))}
        for replicas in REPLICAS:
            url = stack.enter_context(database(server))
            asyncio.run(prepare(url, teams(WORKSPACES)))
            found[named(replicas)] = stack.enter_context(served(url, replicas, slack, on_postgresql=True))
        yield found


async def run(every: Mapping[str, Desk], tickets: int, rounds: int) -> Results:
    results: Results = defaultdict(list)
    for desk in every.values():  # the first answers of a process, and of a workspace, are nobody's question
        await desk.send(WORKSPACES, 8, _WARM)
        await desk.drained()
    for _ in range(rounds):
        for workspaces in (WORKSPACES, 1):
            for connections in CONNECTIONS:
                for name, desk in every.items():
                    share = tickets if connections > 1 else tickets // 2
                    results[name, workspaces, connections].append(
                        await turn(desk, workspaces, connections, share)
                    )
    return results


def ratio(
    results: Results, of: tuple[str, int, int], to: tuple[str, int, int], what: Callable[[Turn], float]
) -> float:
    """Of each round, and of all rounds the median."""
    return median(what(each) / what(other) for each, other in zip(results[of], results[to], strict=True))


def wanted(results: Results) -> str:
    most, one, two = CONNECTIONS[-1], (named(1), WORKSPACES), (named(2), WORKSPACES)
    reached = [
        (
            f"tickets/s of two replicas over {WORKSPACES} workspaces, for each of one",
            ratio(results, (*two, most), (*one, most), lambda each: each.per_second),
            "at least",
            1.7,
        ),
        (
            "the same where each replica has a core, by the CPU that was counted",
            2 / ratio(results, (*two, most), (*one, most), lambda each: each.replicas),
            "at least",
            1.7,
        ),
    ]
    reached += [
        (
            f"half of the answers on PostgreSQL, {connections} connections, for each in the journal",
            ratio(results, (*one, connections), (JOURNAL, WORKSPACES, connections), lambda each: each.p50),
            "at most",
            2.0,
        )
        for connections in CONNECTIONS[:2]
    ]
    return goals(reached)


def costs(results: Results) -> str:
    head = [
        "workspaces",
        "connections",
        "",
        "tickets/s",
        "to half the answers",
        "to 99 % of them",
        "CPU of a ticket: replicas",
        "PostgreSQL",
        "cores busy",
        "bytes ahead",
    ]
    rows = []
    for (name, workspaces, connections), known in results.items():
        cores = median(each.per_second * (each.replicas + each.postgresql + each.sender) for each in known)
        rates, on_postgresql = Spread.of(each.per_second for each in known), name != JOURNAL
        rows.append(
            [
                str(workspaces),
                str(connections),
                name,
                f"{rates.median:,.0f} ({rates.low:,.0f} to {rates.high:,.0f})",
                shown_spread(Spread.of(each.p50 for each in known)),
                shown_time(median(each.p99 for each in known)),
                shown_time(median(each.replicas for each in known)),
                shown_time(median(each.postgresql for each in known)) if on_postgresql else "",
                f"{cores:.1f}",
                f"{median(each.written for each in known):,.0f}" if on_postgresql else "",
            ]
        )
    return table(head, rows)


def report(pictures: Path | None, *, quick: bool) -> str:
    tickets, rounds = (128, 1) if quick else (480, 4)
    with durable() as server, desks(server.url) as every:
        results = asyncio.run(run(every, tickets, rounds))
        found = {
            name: asyncio.run(asked(server, every[name].url or "", every[name].work(tickets), tickets))
            for name in map(named, REPLICAS)
        }
    text = "\n\n".join([wanted(results), costs(results), *([trips(found)] if all(found.values()) else [])])
    if pictures is None:
        return text
    panels = {
        f"a ticket, {CONNECTIONS[-1]} at a time": lines(
            results, CONNECTIONS[-1], lambda each: 1 / each.per_second
        ),
        "half of the answers, 1 at a time": lines(results, 1, lambda each: each.p50),
        "CPU of a ticket": lines(results, CONNECTIONS[-1], lambda each: each.replicas + each.postgresql),
    }
    by_size(pictures / "replicas.svg", panels, first="PostgreSQL")
    return f"![What a ticket costs by the number of replicas, on logarithmic axes](replicas.svg)\n\n{text}"


def lines(results: Results, connections: int, what: Callable[[Turn], float]) -> dict[str, dict[int, Spread]]:
    """By the number of replicas."""

    def of(name: str) -> Spread:
        return Spread.of(map(what, results[name, WORKSPACES, connections]))

    return {
        "PostgreSQL": {replicas: of(named(replicas)) for replicas in REPLICAS},
        JOURNAL: dict.fromkeys(REPLICAS, of(JOURNAL)),
    }


if __name__ == "__main__":
    command({"replicas": report}, __doc__)
