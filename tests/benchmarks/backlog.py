"""How soon answers come while very many cards wait to be posted.

    python -m tests.benchmarks.backlog [--quick] [--write docs/performance.md]

Each size is a desk of its own, with so many jobs for 5,000 channels in its outbox, and a Slack that takes a quarter of a
second for each call: the courier is at work all the while, and hardly gets on. One interleaved run.
"""

import asyncio
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from uuid import UUID

from bot.domain.outbox import Job, Target
from storage.journal.indexes import Document
from storage.tinydb.documents import document
from tests.benchmarks.figures import Spread, command, goals, shown_spread, table
from tests.benchmarks.load import Measured, measure
from tests.benchmarks.pictures import by_size
from tests.benchmarks.servers import deskhand, waiting

SIZES = (0, 5_000, 50_000)
CONNECTIONS = 8
_CHANNELS = 5_000
_SLACK_TAKES = 0.25  # seconds

Results = Mapping[int, list[Measured]]
"""By jobs that wait, one for each round."""


def jobs(count: int) -> Iterator[Document]:
    """Cards of the first ticket."""
    now = datetime.now(UTC)
    for number in range(1, count + 1):
        target = Target(channel=f"B{number % _CHANNELS:08}", user="U1")
        yield document(Job(id=UUID(int=number), number=1, target=target, created_at=now, due_at=now))


@contextmanager
def desks(folder: Path) -> Iterator[dict[int, int]]:
    """Their ports, by jobs that wait."""
    with ExitStack() as stack:
        ports = {}
        for size in SIZES:
            (room := folder / str(size)).mkdir()
            desk = deskhand(room, 1, jobs=jobs(size), slack_takes=_SLACK_TAKES)
            ports[size] = stack.enter_context(desk).port
        yield ports


def measured(ports: Mapping[int, int], seconds: float, rounds: int) -> Results:
    """Raises ValueError where less waits at the end than was to wait."""
    results: defaultdict[int, list[Measured]] = defaultdict(list)
    for number in range(rounds + 1):
        for size, port in ports.items():
            result = asyncio.run(measure(port, CONNECTIONS, seconds))
            if number:  # the first answers of a process are slower, and nobody's question
                results[size].append(result)
    for size, port in ports.items():
        if waiting(port) < size * 0.9:
            message = f"of {size} jobs {waiting(port):.0f} are left"
            raise ValueError(message)
    return results


def report(pictures: Path | None, *, quick: bool) -> str:
    with tempfile.TemporaryDirectory() as folder, desks(Path(folder)) as ports:
        results = measured(ports, 1.0, 2 if quick else 7)
    none, most = results[SIZES[0]], results[SIZES[-1]]
    ratio = median(full.p99 / empty.p99 for full, empty in zip(most, none, strict=True))
    text = goals(
        [(f"99 % of the answers while {SIZES[-1]:,} jobs wait, for each with none", ratio, "at most", 2)]
    )
    halves = {size: Spread.of(each.p50 for each in known) for size, known in results.items()}
    tails = {size: Spread.of(each.p99 for each in known) for size, known in results.items()}
    rows = [[f"{size:,}", shown_spread(halves[size]), shown_spread(tails[size])] for size in SIZES]
    text += f"\n\n{table(['jobs that wait', 'to half the answers', 'to 99 % of them'], rows)}"
    if pictures is None:
        return text
    panels = {"to half the answers": {"Deskhand": halves}, "to 99 % of them": {"Deskhand": tails}}
    by_size(pictures / "backlog.svg", panels, first="Deskhand")
    return f"![Time to an answer by jobs that wait, on logarithmic axes](backlog.svg)\n\n{text}"


if __name__ == "__main__":
    command({"backlog": report}, __doc__)
