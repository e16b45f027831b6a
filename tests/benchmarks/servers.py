"""Servers to measure, each in a process of its own: Deskhand with as many tickets as wanted, and its peers."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple
from urllib.error import URLError
from urllib.request import urlopen

import bot
from bot.domain.workspace import Workspace
from storage.journal.engine import Engine
from storage.journal.file_names import file_name
from storage.journal.indexes import Document
from storage.tinydb.workspace_db import INDEXES
from tests.benchmarks.load import SECRET
from tests.benchmarks.tickets import ticket

PEERS = "tests.benchmarks.peers"
HERE = Path(bot.__file__).parents[1]
"""The tree whose code is measured."""
EXAMPLE = HERE / "bot" / "playground" / "example"
TEAM = "T0DESKHAND"
_AT_A_TIME = 5000  # documents to a transaction
_PATIENCE = 120  # seconds until an outbox must be empty
_TICKS = os.sysconf("SC_CLK_TCK")  # of CPU time, in a second


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def running(command: list[str], port: int, env: Mapping[str, str]) -> Iterator[int]:
    """A server in a process of its own, from when it answers and has nothing left to do, to its end. Gives its id."""
    env = {**os.environ, "PYTHONPATH": str(HERE), **env}
    process = subprocess.Popen(command, env=env, cwd=HERE)  # noqa: S603  (our own commands)
    try:
        deadline = time.monotonic() + 120
        while not _answers(port) or not _idle(process.pid):
            if process.poll() is not None or time.monotonic() > deadline:
                message = f"did not start: {' '.join(command)}"
                raise RuntimeError(message)
            time.sleep(0.05)
        yield process.pid
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


def _idle(process: int) -> bool:
    """Whether it uses less than a tenth of a processor: words are taken apart after opening, for some seconds."""

    before = used(process)
    time.sleep(0.3)
    return used(process) - before < 0.03


def used(process: int) -> float:
    """The seconds of CPU that a process has had so far."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def waiting(port: int) -> float:
    """How many jobs a desk's outbox holds."""
    with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        text = answer.read().decode()
    return float(text.partition("\ndeskhand_outbox_jobs ")[2].split("\n")[0])


def drained(port: int) -> None:
    """Returns once a desk's outbox is empty. Raises TimeoutError where it stays otherwise."""
    deadline = time.monotonic() + _PATIENCE
    while left := waiting(port):
        if time.monotonic() > deadline:
            message = f"{left:.0f} jobs are left in the outbox"
            raise TimeoutError(message)
        time.sleep(0.02)


class Served(NamedTuple):
    port: int
    process: int


@contextmanager
def deskhand(
    folder: Path,
    tickets: int = 0,
    *,
    jobs: Iterable[Document] = (),
    settings: Iterable[Document] = (),
    slack_takes: float = 0,
    serve: Sequence[str] = ("bot", "serve"),
) -> Iterator[Served]:
    """A served desk with the example's directory, its data in the folder, and a Slack that takes everything.

    `jobs` wait in its outbox when it starts; `settings` is what its admins have chosen; `slack_takes` so many seconds for each call; `serve` is the module that runs
    it, with its arguments.
    """
    python, sink, port, data = sys.executable, free_port(), free_port(), folder / "data"
    env = {
        "SLACK_API_URL": f"http://127.0.0.1:{sink}/api/",
        "SLACK_SIGNING_SECRET": SECRET,
        "SLACK_BOT_TOKEN": "xoxb-benchmark",
        "DESKHAND_LOG_LEVEL": "error",
        "DESKHAND_STORE": f"tinydb:{data}",
        "DESKHAND_PORT": str(port),
    }
    files = map(str, sorted(EXAMPLE.glob("*.csv")))
    load = [python, "-m", "bot", "import", *files, "--workspace", TEAM]
    subprocess.run(  # noqa: S603  (our own command)
        load,
        env={**os.environ, "PYTHONPATH": str(HERE), **env},
        cwd=HERE,
        check=True,
        input=b"y\n",  # it asks before it makes a workspace; earlier versions do not
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    fill(data, "tickets", map(ticket, range(1, tickets + 1)))
    fill(data, "jobs", jobs)
    fill(data, "setup", settings)
    with (
        running([python, "-m", f"{PEERS}.sink", str(sink), str(slack_takes)], sink, {}),
        running([python, "-m", *serve], port, env) as process,
    ):
        yield Served(port, process)


def fill(data: Path, table: str, documents: Iterable[Document]) -> None:
    """Saves them in a table of a workspace that has none, while nothing else has its database open."""
    every = enumerate(documents, 1)
    if not (some := [*islice(every, _AT_A_TIME)]):
        return
    engine = Engine(data / file_name(Workspace(team_id=TEAM)), INDEXES)
    while some:
        changes = engine.begin()
        for row, each in some:
            changes.put(table, row, each)
        outcome: SimpleQueue[OSError | None] = SimpleQueue()
        engine.commit(changes, outcome.put)
        if error := outcome.get():
            raise error
        some = [*islice(every, _AT_A_TIME)]
    engine.close()


@contextmanager
def peers(folder: Path) -> Iterator[dict[str, int]]:
    """What to compare with, each on its port."""
    python, sink, tutorial = sys.executable, free_port(), free_port()
    env = {
        "SLACK_API_URL": f"http://127.0.0.1:{sink}/api/",
        "TUTORIAL_FILE": str(folder / "tutorial.json"),
    }
    gunicorn = [python, "-m", "gunicorn", "--bind", f"127.0.0.1:{tutorial}", "--log-level", "error"]
    commands = {"floor": ["floor"], "bare Bolt": ["bare"], "default Bolt": ["bare", "default"]}
    with ExitStack() as stack:
        stack.enter_context(running([python, "-m", f"{PEERS}.sink", str(sink)], sink, {}))
        ports = {name: free_port() for name in commands}
        for name, (module, *rest) in commands.items():
            command = [python, "-m", f"{PEERS}.{module}", str(ports[name]), *rest]
            stack.enter_context(running(command, ports[name], {}))
        command = [*gunicorn, f"{PEERS}.tutorial:flask_app"]
        stack.enter_context(running(command, tutorial, env))
        yield ports | {"tutorial": tutorial}
