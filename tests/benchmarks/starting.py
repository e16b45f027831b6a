"""How long a desk takes to start, and what it holds in memory then, by how many workspaces have installed it.

    python -m tests.benchmarks.starting [--quick] [--write docs/performance.md]

One interleaved run, each time in a fresh process. Times are of the processor: of the whole process until the desk is
started, and of that what came after its modules were imported. None of the workspaces is busy, that is, all were closed with nothing due, and each has an installation with
tokens of its own. Slack is not there.
"""

import asyncio
import tempfile
import threading
import time
from collections import defaultdict
from pathlib import Path
from statistics import median
from typing import NamedTuple

from cryptography.fernet import Fernet
from pydantic import SecretStr

from bot import app
from bot.domain.installation import Installation, Tokens
from bot.settings import Settings
from storage import installation_store, open_store
from tests.benchmarks.figures import Spread, command, goals, shown_spread, table
from tests.benchmarks.opening import apart, resident
from tests.storage.folders import fill_folder, teams
from tests.storage.samples import NOW

SIZES = (1, 1000)


class Started(NamedTuple):
    """Seconds of the processor since the process began, and since the imports; bytes resident beyond those before; threads."""

    seconds: float
    beyond_imports: float
    memory: int
    threads: int


Results = dict[int, list[Started]]
"""By how many workspaces have installed it."""


def prepare(folder: Path, count: int, key: str) -> None:
    fill_folder(folder, teams(count))
    asyncio.run(_install(folder, count, key))


async def _install(folder: Path, count: int, key: str) -> None:
    store = open_store(f"tinydb:{folder}")
    installations = installation_store(store, [SecretStr(key)])
    for workspace in teams(count):
        installed = Installation(
            id=workspace.id,
            team_id=workspace.team_id,
            bot_user="U0BOT",
            installed_by="U1",
            since=NOW,
            tokens=Tokens(access=SecretStr(f"xoxb-{workspace.id}")),
        )
        await installations.change(workspace.id, lambda _, installed=installed: installed)  # type: ignore[misc]
    await store.close()


def measure(folder: Path, key: str) -> Started:
    return asyncio.run(_started(folder, key))


async def _started(folder: Path, key: str) -> Started:
    settings = Settings.model_validate(
        {
            "api_url": "http://127.0.0.1:1/",
            "store": f"tinydb:{folder}",
            "signing_secret": "x",
            "client_id": "1.1",
            "client_secret": "x",
            "public_url": "https://desk.invalid",
            "secret_keys": key,
        }
    )
    before, _ = resident()
    began = time.process_time()
    async with app.build(settings):
        seconds, (after, _) = time.process_time(), resident()
        return Started(seconds, seconds - began, after - before, threading.active_count())


def run(*, quick: bool) -> Results:
    results: Results = defaultdict(list)
    key = Fernet.generate_key().decode()
    with tempfile.TemporaryDirectory() as name:
        folders = {size: Path(name) / str(size) for size in SIZES}
        for size, folder in folders.items():
            prepare(folder, size, key)
        for _ in range(3 if quick else 15):
            for size, folder in folders.items():
                results[size].append(apart(measure, folder, key))
    return results


def report(pictures: Path | None, *, quick: bool) -> str:
    del pictures
    results = run(quick=quick)
    few, many = (results[size] for size in SIZES)
    ratio = median(more.seconds / less.seconds for less, more in zip(few, many, strict=True))
    wanted = goals(
        [(f"a start with {SIZES[1]:,} workspaces, for one with {SIZES[0]}", ratio, "at most", 2.0)]
    )
    head = ["installed, none busy", "start", "beyond the imports", "memory that takes", "threads"]
    rows = [
        [
            f"{size:,}",
            shown_spread(Spread.of(each.seconds for each in started)),
            shown_spread(Spread.of(each.beyond_imports for each in started)),
            f"{median(each.memory for each in started) / 1e6:,.1f} MB",
            f"{max(each.threads for each in started)}",
        ]
        for size, started in results.items()
    ]
    return f"{wanted}\n\n{table(head, rows)}"


if __name__ == "__main__":
    command({"starting": report}, __doc__)
