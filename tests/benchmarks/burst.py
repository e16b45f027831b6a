"""A burst: 1,000 people send a signed `/ticket` line at the same moment, each on a connection of its own.

    python -m tests.benchmarks.burst [--commands 1000] [--within 1.0]

A real server process, every answer durable. Time runs from the moment of the burst to each answer, connecting
included. Ends with exit code 1 where an answer is missing, is no 200, or comes later than `--within` seconds.
"""

import argparse
import asyncio
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import uvloop

from tests.benchmarks.load import measure, request
from tests.benchmarks.servers import deskhand

_PATIENCE = 30.0  # seconds for the last answer; Slack's own patience is 3


async def burst(port: int, commands: int) -> list[float]:
    """Sends that many commands at once; the seconds each answer took, quickest first. Raises on any other answer."""
    lines = [request(f"127.0.0.1:{port}") for _ in range(commands)]
    began = time.perf_counter()
    async with asyncio.timeout(_PATIENCE):
        return sorted(await asyncio.gather(*(_ask(port, line, began) for line in lines)))


async def _ask(port: int, line: bytes, began: float) -> float:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(line)
    head = await reader.readuntil(b"\r\n\r\n")
    took = time.perf_counter() - began
    writer.close()
    if not head.startswith(b"HTTP/1.1 200 "):
        raise RuntimeError(head.decode(errors="replace"))
    return took


async def run(port: int, commands: int) -> list[float]:
    await measure(port, 1, 0.3)  # the first answers of a process are slower, and nobody's question
    return await burst(port, commands)


def told(took: Sequence[float]) -> str:
    p99 = took[int(len(took) * 0.99)]
    times = f"half within {median(took):.2f} s, 99 % within {p99:.2f} s, the last after {took[-1]:.2f} s"
    return f"{len(took):,} commands at once, all answered: {times}\n"


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--commands", type=int, default=1000)
    options.add_argument("--within", type=float, default=1.0)
    chosen = options.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # a file for each connection, at both ends
    with tempfile.TemporaryDirectory() as folder, deskhand(Path(folder)) as desk:
        took = uvloop.run(run(desk.port, chosen.commands))
    sys.stdout.write(told(took))
    sys.exit(took[-1] > chosen.within)


if __name__ == "__main__":
    main()
