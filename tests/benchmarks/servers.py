"""Servers to measure, each in a process of its own: Deskhand with as many tickets as wanted, and its peers."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple
from urllib.error import URLError
from urllib.request import urlopen

from bot.domain.workspace import Workspace
from storage.journal.engine import Engine
from storage.journal.file_names import file_name
from storage.tinydb.workspace_db import INDEXES
from tests.benchmarks.load import SECRET
from tests.benchmarks.tickets import ticket

PEERS = "tests.benchmarks.peers"
HERE = Path(__file__).parents[2]
EXAMPLE = HERE / "bot" / "playground" / "example"
TEAM = "T0DESKHAND"
_AT_A_TIME = 5000  # tickets to a transaction
_TICKS = os.sysconf("SC_CLK_TCK")  # of CPU time, in a second


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def running(command: list[str], port: int, env: Mapping[str, str], tree: Path = HERE) -> Iterator[int]:
    """A server in a process of its own, from when it answers and has nothing left to do, to its end. Gives its id."""
    env = {**os.environ, "PYTHONPATH": str(tree), **env}
    process = subprocess.Popen(command, env=env, cwd=tree)  # noqa: S603  (our own commands)
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


class Served(NamedTuple):
    port: int
    process: int


@contextmanager
def deskhand(folder: Path, tickets: int = 0, tree: Path = HERE) -> Iterator[Served]:
    """A served desk with the example's directory, its data in the folder, and a Slack that takes everything.

    `tree`: the checkout whose Deskhand it is.
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
        env={**os.environ, "PYTHONPATH": str(tree), **env},
        cwd=tree,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    fill(data, tickets)
    with (
        running([python, "-m", f"{PEERS}.sink", str(sink)], sink, {}),
        running([python, "-m", "bot", "serve"], port, env, tree) as process,
    ):
        yield Served(port, process)


def fill(data: Path, tickets: int) -> None:
    """Saves that many tickets in a workspace that has none, while nothing else has its database open."""
    if not tickets:
        return
    engine = Engine(data / file_name(Workspace(team_id=TEAM)), INDEXES)
    for first in range(1, tickets + 1, _AT_A_TIME):
        changes = engine.begin()
        for number in range(first, min(first + _AT_A_TIME, tickets + 1)):
            changes.put("tickets", number, ticket(number))
        outcome: SimpleQueue[OSError | None] = SimpleQueue()
        engine.commit(changes, outcome.put)
        if error := outcome.get():
            raise error
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
