"""How fast signed `/ticket` lines are answered: Deskhand, a bare Bolt app, and what a tutorial builds.

    python -m tests.benchmarks.answers [--seconds 2] [--rounds 5] [--write docs/performance.md]

One interleaved run: each round measures every server once, at 1 and at 32 connections, and medians over the rounds
are compared, so that a busy moment of the machine falls on all alike. Deskhand's answers are durable; the bare app
saves nothing. Needs `pip install -e '.[bench]'`.
"""

import argparse
import asyncio
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from urllib.error import URLError
from urllib.request import urlopen

from tests.benchmarks.load import SECRET, Measured, measure

CONNECTIONS = (1, 32)
PEERS = "tests.benchmarks.peers"
EXAMPLE = Path(__file__).parents[2] / "bot" / "playground" / "example"
START, END = "<!-- answers: written by tests/benchmarks/answers.py -->", "<!-- /answers -->"

Results = dict[tuple[str, int], list[Measured]]


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def running(command: list[str], port: int, env: Mapping[str, str]) -> Iterator[int]:
    """A server in a process of its own, from its first answer to its end."""
    process = subprocess.Popen(command, env={**os.environ, **env})  # noqa: S603  (our own commands)
    try:
        deadline = time.monotonic() + 60
        while not _answers(port):
            if process.poll() is not None or time.monotonic() > deadline:
                message = f"did not start: {' '.join(command)}"
                raise RuntimeError(message)
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=30)


def _answers(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=1) as answer:
            return int(answer.status) < 500
    except URLError as error:
        return hasattr(error, "code") and error.code == 404
    except OSError:
        return False


@contextmanager
def deskhand(folder: Path) -> Iterator[int]:
    """A served desk with the example's directory, its data in the folder, and a Slack that takes everything."""
    python, sink, port = sys.executable, free_port(), free_port()
    env = {
        "SLACK_API_URL": f"http://127.0.0.1:{sink}/api/",
        "SLACK_SIGNING_SECRET": SECRET,
        "SLACK_BOT_TOKEN": "xoxb-benchmark",
        "DESKHAND_LOG_LEVEL": "error",
        "DESKHAND_STORE": f"tinydb:{folder / 'data'}",
        "DESKHAND_PORT": str(port),
    }
    files = map(str, sorted(EXAMPLE.glob("*.csv")))
    load = [python, "-m", "bot", "import", *files, "--workspace", "T0DESKHAND"]
    subprocess.run(load, env={**os.environ, **env}, check=True, stdout=subprocess.DEVNULL)  # noqa: S603
    with (
        running([python, "-m", f"{PEERS}.sink", str(sink)], sink, {}),
        running([python, "-m", "bot", "serve"], port, env),
    ):
        yield port


@contextmanager
def servers(folder: Path) -> Iterator[dict[str, int]]:
    """All servers at once, each on its port; idle ones cost nothing."""
    python, sink, bare, tutorial = sys.executable, free_port(), free_port(), free_port()
    gunicorn = [python, "-m", "gunicorn", "--bind", f"127.0.0.1:{tutorial}", "--log-level", "error"]
    env = {
        "SLACK_API_URL": f"http://127.0.0.1:{sink}/api/",
        "TUTORIAL_FILE": str(folder / "tutorial.json"),
    }
    with (
        running([python, "-m", f"{PEERS}.sink", str(sink)], sink, {}),
        running([python, "-m", f"{PEERS}.bare", str(bare)], bare, {}),
        running([*gunicorn, f"{PEERS}.tutorial:flask_app"], tutorial, env),
        deskhand(folder) as ours,
    ):
        yield {"deskhand": ours, "bare Bolt": bare, "tutorial": tutorial}


async def run(ports: Mapping[str, int], seconds: float, rounds: int) -> Results:
    results: Results = defaultdict(list)
    for port in ports.values():  # the first answers of a process are slower, and nobody's question
        await measure(port, 1, 0.3)
    for _ in range(rounds):
        for connections in CONNECTIONS:
            for name, port in ports.items():
                results[name, connections].append(await measure(port, connections, seconds))
    return results


def table(results: Results) -> str:
    """Medians over the rounds, and what Deskhand does for each answer of the others."""
    lines = [
        "| connections | server | answers/s | p50 ms | p99 ms | Deskhand's answers/s for each of theirs |",
        "|---|---|---|---|---|---|",
    ]
    for (name, connections), measured in sorted(results.items(), key=lambda item: item[0][1]):
        rate = median(m.per_second for m in measured)
        ours = median(m.per_second for m in results["deskhand", connections])
        p50, p99 = (1000 * median(getattr(m, part) for m in measured) for part in ("p50", "p99"))
        ratio = "" if name == "deskhand" else f"{ours / rate:.2f}"
        lines.append(f"| {connections} | {name} | {rate:,.0f} | {p50:.2f} | {p99:.2f} | {ratio} |")
    return "\n".join(lines)


def write(path: Path, text: str) -> None:
    """Between the marks, so that the words around the figures stay."""
    whole = path.read_text()
    before, _, rest = whole.partition(START)
    path.write_text(f"{before}{START}\n{text}\n{END}{rest.partition(END)[2]}")


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--seconds", type=float, default=2.0)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--write", type=Path)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder, servers(Path(folder)) as ports:
        text = table(asyncio.run(run(ports, chosen.seconds, chosen.rounds)))
    sys.stdout.write(text + "\n")
    if chosen.write:
        write(chosen.write, text)


if __name__ == "__main__":
    main()
