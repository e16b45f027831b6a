"""What a ticket costs over its whole life: its line answered, its card posted, that card on record.

    python -m tests.benchmarks.life [--quick] [--write docs/performance.md]

Eight connections send lines, each to a channel that has no other card: none waits for the second that Slack wants
between two messages of a channel. A round ends when the outbox is empty. Compared with another commit by
`python -m tests.benchmarks.against COMMIT life`.
"""

import asyncio
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import NamedTuple

from tests.benchmarks.figures import Spread, command, shown_spread, table
from tests.benchmarks.load import read_answer, request
from tests.benchmarks.servers import Served, deskhand, drained, used

CONNECTIONS = 8
_TICKETS = 400  # a round


class Life(NamedTuple):
    """Of one ticket: seconds of the desk's CPU, seconds until all cards of its round were on record, and what the
    journal has of it, in lines, each of which is one sync, and bytes."""

    cpu: float
    wall: float
    lines: float
    written: float


async def _lines(port: int, tickets: int) -> None:
    """Sends that many lines, from all connections."""

    async def send(share: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(share):
            writer.write(request(f"127.0.0.1:{port}"))
            await read_answer(reader)
        writer.close()

    await asyncio.gather(*(send(tickets // CONNECTIONS) for _ in range(CONNECTIONS)))


def _journal(data: Path) -> tuple[int, int]:
    """Its lines and bytes, without the zeros that it is grown by."""
    written = b"".join(path.read_bytes().rstrip(b"\0") for path in data.glob("*.journal"))
    return written.count(b"\n"), len(written)


def lived(desk: Served, data: Path, tickets: int = _TICKETS) -> Life:
    """One round. Raises TimeoutError where cards are left in the outbox."""
    cpu, (lines, written) = used(desk.process), _journal(data)
    began = time.monotonic()
    asyncio.run(_lines(desk.port, tickets))
    drained(desk.port)
    wall = time.monotonic() - began
    more_lines, more_written = _journal(data)
    per = 1 / tickets
    return Life(
        (used(desk.process) - cpu) * per,
        wall * per,
        (more_lines - lines) * per,
        (more_written - written) * per,
    )


def report(pictures: Path | None, *, quick: bool) -> str:  # noqa: ARG001  (it has no picture)
    with tempfile.TemporaryDirectory() as folder, deskhand(Path(folder)) as desk:
        data = Path(folder) / "data"
        lived(desk, data, 80)  # the first answers of a process are slower, and nobody's question
        lives = [lived(desk, data) for _ in range(2 if quick else 7)]
    cells = [
        shown_spread(Spread.of(each.cpu for each in lives)),
        f"{1 / median(each.wall for each in lives):,.0f}",
        f"{median(each.lines for each in lives):.2f}",
        f"{median(each.written for each in lives):,.0f}",
    ]
    return table(
        ["CPU of a ticket's life", "delivered each second", "journal lines, and syncs", "bytes"], [cells]
    )


if __name__ == "__main__":
    command({"life": report}, __doc__)
