"""Where the CPU of a ticket's whole life goes: which part of the desk was at work whenever a timer looked.

    python -m tests.benchmarks.parts [--quick] [--write docs/performance.md]

The load is that of `life`. The served desk looks a thousand times in each second of its CPU which function runs: the
innermost one that a row below names counts, and so what libraries do for a part is the part's.
"""

import atexit
import json
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from types import FrameType

from bot.cli import main as desk
from tests.benchmarks.figures import command, shown_time, table
from tests.benchmarks.life import lived
from tests.benchmarks.servers import deskhand

PARTS: Mapping[str, tuple[str, ...]] = {
    "uvicorn": ("uvicorn/",),
    "door: headers, body, answer": ("bot/http/",),
    "Bolt: request, signature, dispatch": ("slack_bolt/", "slack_sdk/signature/"),
    "routes: payload, log fields, rights, metrics": (
        "handlers/routes.py",
        "handlers/slack/",
        "bot/metrics.py",
        "bot/services/people.py",
        "bot/services/workspace_settings.py",
    ),
    "reading the line, and its confirmation": (
        "handlers/command.py",
        "handlers/tickets/",
        "bot/domain/line.py",
        "bot/domain/phrases.py",
        "bot/domain/ticket_commands.py",
    ),
    "desk: contract, directory, ticket, job": ("bot/services/tickets.py", "bot/domain/"),
    "cards": ("handlers/blocks/",),
    "courier": ("bot/services/outbox/", "bot/tasks.py"),
    "calls to Slack": ("handlers/outbound/", "aiohttp/"),
    "store: records, keys, commits": ("storage/tinydb/",),
    "journal": ("storage/journal/",),
}
ELSEWHERE = "event loop and sockets"
THREADS = "the journal's threads"
_EVERY = 0.001  # seconds of CPU
_ROUNDS = 5


def part_of(frame: FrameType | None) -> str:
    """By the innermost function that has a row."""
    while frame:
        path = frame.f_code.co_filename
        for name, files in PARTS.items():
            if any(f"/{file}" in path for file in files):
                return name
        frame = frame.f_back
    return ELSEWHERE


def serve(file: Path) -> None:
    """A desk that writes down at its end what was seen since the last SIGUSR2."""
    seen, last = Counter[str](), time.thread_time()

    def look(_: int, frame: FrameType | None) -> None:
        nonlocal last
        own, last = time.thread_time() - last, time.thread_time()
        seen[part_of(frame) if own > _EVERY / 2 else THREADS] += 1

    signal.signal(signal.SIGPROF, look)
    signal.signal(signal.SIGUSR2, lambda *_: seen.clear())
    signal.setitimer(signal.ITIMER_PROF, _EVERY, _EVERY)
    atexit.register(lambda: file.write_text(json.dumps(seen)))
    sys.argv = ["deskhand", "serve"]
    desk()


def report(pictures: Path | None, *, quick: bool) -> str:  # noqa: ARG001  (it has no picture)
    with tempfile.TemporaryDirectory() as folder:
        data, file = Path(folder) / "data", Path(folder) / "seen.json"
        with deskhand(Path(folder), serve=("tests.benchmarks.parts", str(file))) as served:
            lived(served, data)
            os.kill(served.process, signal.SIGUSR2)
            cpu = [lived(served, data).cpu for _ in range(1 if quick else _ROUNDS)]
        seen = Counter[str](json.loads(file.read_text()))
    whole = sum(cpu) / len(cpu)
    rows = [
        [name, shown_time(whole * seen[name] / seen.total()), f"{seen[name] / seen.total():.0%}"]
        for name in (*PARTS, ELSEWHERE, THREADS)
    ]
    return table(["part", "CPU", "share"], [*rows, ["**all**", shown_time(whole), ""]])


if __name__ == "__main__":
    if len(sys.argv) == 2 and sys.argv[1].endswith(".json"):
        serve(Path(sys.argv[1]))
    else:
        command({"parts": report}, __doc__)
