"""What a ticket costs over its whole life: its line answered, its card posted, that card on record.

    python -m tests.benchmarks.life [--against COMMIT] [--rounds 7] [--write docs/performance.md]

Eight connections send lines, each to a channel that has no other card: none waits for the second that Slack wants
between two messages of a channel. A round ends when the outbox is empty. With a commit to compare with, both
desks run beside each other and the rounds take turns, so that a busy moment of the machine falls on both alike.
"""

import argparse
import asyncio
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from statistics import median
from typing import NamedTuple
from urllib.request import urlopen

from tests.benchmarks.figures import Spread, put, shown_ratio, shown_spread, table
from tests.benchmarks.load import read_answer, request
from tests.benchmarks.servers import HERE, Served, deskhand, used

CONNECTIONS = 8
_TICKETS = 400  # a round
_PATIENCE = 60  # seconds until the outbox must be empty
_channels = count(1)


class Life(NamedTuple):
    """Of one ticket: seconds of the desk's CPU, seconds until all cards of its round were on record, and what the
    journal has of it, in lines and bytes."""

    cpu: float
    wall: float
    lines: float
    written: float


async def _lines(port: int, tickets: int) -> None:
    """Sends that many lines, from all connections."""

    async def send(share: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(share):
            writer.write(request(f"127.0.0.1:{port}", f"C{next(_channels):08}"))
            await read_answer(reader)
        writer.close()

    await asyncio.gather(*(send(tickets // CONNECTIONS) for _ in range(CONNECTIONS)))


def _waiting(port: int) -> float:
    """How many jobs the outbox holds."""
    with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        text = answer.read().decode()
    return float(text.partition("\ndeskhand_outbox_jobs ")[2].split("\n")[0])


def _journal(data: Path) -> tuple[int, int]:
    """Its lines and bytes, without the zeros that it is grown by."""
    written = b"".join(path.read_bytes().rstrip(b"\0") for path in data.glob("*.journal"))
    return written.count(b"\n"), len(written)


def lived(desk: Served, data: Path, tickets: int = _TICKETS) -> Life:
    """One round. Raises TimeoutError where cards are left in the outbox."""
    cpu, (lines, written) = used(desk.process), _journal(data)
    began = time.monotonic()
    asyncio.run(_lines(desk.port, tickets))
    while _waiting(desk.port):
        if time.monotonic() > began + _PATIENCE:
            message = f"{_waiting(desk.port):.0f} jobs are left in the outbox"
            raise TimeoutError(message)
        time.sleep(0.02)
    wall = time.monotonic() - began
    more_lines, more_written = _journal(data)
    per = 1 / tickets
    return Life(
        (used(desk.process) - cpu) * per,
        wall * per,
        (more_lines - lines) * per,
        (more_written - written) * per,
    )


@contextmanager
def checkout(commit: str) -> Iterator[Path]:
    """The tree of a commit of this repository, in a folder that goes afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        archive = subprocess.run(  # noqa: S603  (git, of a commit that the user names)
            ["git", "archive", commit],  # noqa: S607
            cwd=HERE,
            check=True,
            capture_output=True,
        )
        subprocess.run(["tar", "-x", "-C", folder], input=archive.stdout, check=True)  # noqa: S603, S607
        yield Path(folder)


def report(against: str | None, rounds: int) -> str:
    results: defaultdict[str, list[Life]] = defaultdict(list)
    with ExitStack() as stack:
        trees = {"this": HERE}
        if against:
            trees[against] = stack.enter_context(checkout(against))
        rooms = {name: Path(stack.enter_context(tempfile.TemporaryDirectory())) for name in trees}
        desks = {name: stack.enter_context(deskhand(rooms[name], 0, tree)) for name, tree in trees.items()}
        for name, desk in desks.items():  # the first answers of a process are slower, and nobody's question
            lived(desk, rooms[name] / "data", 80)
        for _ in range(rounds):
            for name, desk in desks.items():
                results[name].append(lived(desk, rooms[name] / "data"))
    rows = [
        [
            name,
            shown_spread(Spread.of(each.cpu for each in lives)),
            f"{1 / median(each.wall for each in lives):,.0f}",
            f"{median(each.lines for each in lives):.2f}",
            f"{median(each.written for each in lives):,.0f}",
        ]
        for name, lives in results.items()
    ]
    text = table(["commit", "CPU of a ticket's life", "delivered/s", "journal lines", "bytes"], rows)
    if against:
        ratio = median(
            this.cpu / other.cpu for this, other in zip(results["this"], results[against], strict=True)
        )
        text += f"\n\nCPU, this for each of {against}: {shown_ratio(ratio)}"
    return text


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("--against", metavar="COMMIT", help="interleave with the tree of this commit")
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("--write", type=Path, metavar="DOCUMENT", help="put the figures there, too")
    chosen = options.parse_args()
    told = report(chosen.against, chosen.rounds)
    sys.stdout.write(f"{told}\n")
    if chosen.write:
        put(chosen.write, "life", told)
