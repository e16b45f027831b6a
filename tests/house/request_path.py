"""What a typed line passes on its way from the HTTP app to the journal.

    python -m tests.house.request_path                  this tree
    python -m tests.house.request_path --tree ../other  another tree beside it

The desk runs with the playground as its Slack, the example's directory is imported and everybody is known. Then one
signed `/ticket Printer down …` is given to the ASGI app, and from there until the answer begins these count:

- modules: files of ours in which a function was called;
- functions: different functions of ours that were called, lambdas and comprehensions among them;
- crossings: calls of a function of ours where the nearest caller of ours is of another package, a package being the
  folder that the module stands in. A coroutine counts when it begins and not when it goes on;
- store reads: calls, from outside the storage, of a method that the port's Reader has, and of `Store.workspaces`
  and `Store.workspace_of`.

What other tasks do meanwhile does not count; threads count where they are in the storage, for they write the journal.
"""

import argparse
import asyncio
import hashlib
import hmac
import importlib
import inspect
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextvars import ContextVar, copy_context
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple
from urllib.parse import urlencode

OURS = ("bot", "handlers", "storage")
LINE = "Printer down customer:acme site:hq type:break_fix source:phone !high"
inside: ContextVar[bool] = ContextVar("inside", default=False)


class Figures(NamedTuple):
    modules: int
    functions: int
    crossings: int
    store_reads: int


class Counting:
    """A profile function for all threads; counts while `on`."""

    def __init__(self, reads: set[str]) -> None:
        self.on = False
        self.crossings: Counter[tuple[str, str]] = Counter()
        self.reads: Counter[str] = Counter()
        self.functions: set[tuple[str, str]] = set()
        self._reads = reads
        self._begun: list[FrameType] = []  # kept, so that no other frame gets the identity of one
        self._known: set[int] = set()
        self._loop = threading.get_ident()

    def __call__(self, frame: FrameType, event: str, _: object) -> None:
        if event != "call" or not self.on or id(frame) in self._known:
            return
        module = frame.f_globals.get("__name__", "")
        is_counted = inside.get() if threading.get_ident() == self._loop else module.startswith("storage")
        if not (is_counted and _is_ours(module)):
            return
        self._begun.append(frame)
        self._known.add(id(frame))
        self.functions.add((module, frame.f_code.co_qualname))
        caller = _caller(frame)
        if caller and _package(caller) != _package(module):
            self.crossings[_package(caller), _package(module)] += 1
            if module.startswith("storage") and frame.f_code.co_name in self._reads:
                self.reads[frame.f_code.co_name] += 1

    @property
    def modules(self) -> set[str]:
        return {module for module, _ in self.functions}

    @property
    def figures(self) -> Figures:
        return Figures(len(self.modules), len(self.functions), self.crossings.total(), self.reads.total())


def _is_ours(module: str) -> bool:
    return module.partition(".")[0] in OURS and not module.startswith("bot.playground")


def _caller(frame: FrameType) -> str:
    """The module of ours that is nearest up the stack."""
    above = frame.f_back
    while above and not _is_ours(above.f_globals.get("__name__", "")):
        above = above.f_back
    return str(above.f_globals["__name__"]) if above else ""


def _package(module: str) -> str:
    return module if hasattr(sys.modules[module], "__path__") else module.rpartition(".")[0]


def _reads() -> set[str]:
    """The names of the port's reads, wherever the tree has the port."""
    try:
        port = importlib.import_module("bot.services.ports.store")
    except ModuleNotFoundError:
        port = importlib.import_module("bot.services.ports")
    reads = {name for name, _ in inspect.getmembers(port.Reader, inspect.isfunction) if name[0] != "_"}
    return reads | {"workspaces", "workspace_of"}


async def counted() -> Counting:
    """Runs the desk of the tree that is imported. Its parts are looked up by name: another tree has other types."""
    app, manifest, settings, standin = (
        importlib.import_module(f"bot.{name}")
        for name in ("app", "manifest", "settings", "playground.standin")
    )
    counting = Counting(_reads())
    threading.setprofile(counting)
    with tempfile.TemporaryDirectory() as folder:
        async with await standin.start_standin(manifest.read()) as slack:
            store = f"tinydb:{folder}/data"
            _import_directory(store, slack.world.team.id)
            given = {
                "signing_secret": slack.signing_secret,
                "bot_token": slack.bot_token,
                "api_url": slack.api_url,
                "store": store,
            }
            async with app.build(settings.Settings.model_validate(given)) as runtime:
                await runtime.introduced()
                for number in range(2):  # the first fills caches and makes what is made once
                    counting.on = number == 1
                    answer = await _answer(runtime.asgi, counting, slack, number)
                    assert b"is saved" in answer, answer
    threading.setprofile(None)
    return counting


def _import_directory(store: str, team: str) -> None:
    seed = importlib.import_module("bot.playground.seed")
    command = [sys.executable, "-m", "bot", "import", "--workspace", team, *map(str, seed.DIRECTORY)]
    subprocess.run(  # noqa: S603  (our own program)
        command, env={**os.environ, "DESKHAND_STORE": store}, check=True, capture_output=True
    )


async def _answer(asgi: Any, counting: Counting, slack: Any, number: int) -> bytes:  # noqa: ANN401  (of any tree)
    ana = slack.person("ana")
    fields = {
        "command": "/ticket",
        "text": LINE,
        "team_id": slack.world.team.id,
        "team_domain": "example",
        "channel_id": slack.channel("support").conversation.id,
        "channel_name": "support",
        "user_id": ana.id,
        "user_name": "ana",
        "api_app_id": slack.world.app.id,
        "trigger_id": f"1.{number}",
        "response_url": f"{slack.url}/commands/none",
    }
    body, stamp = urlencode(fields).encode(), str(int(time.time()))
    secret = slack.signing_secret.encode()
    digest = hmac.new(secret, f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
    headers = {
        "content-type": "application/x-www-form-urlencoded",
        "content-length": str(len(body)),
        "x-slack-request-timestamp": stamp,
        "x-slack-signature": f"v0={digest}",
    }
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/slack/events",
        "raw_path": b"/slack/events",
        "query_string": b"",
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 3000),
        "state": {},
    }
    parts = [{"type": "http.request", "body": body, "more_body": False}]
    said: list[bytes] = []

    async def receive() -> dict[str, object]:
        return parts.pop() if parts else await asyncio.Event().wait() and {}

    async def send(message: dict[str, Any]) -> None:
        counting.on = False
        said.append(message.get("body", b""))

    async def request() -> None:
        inside.set(True)
        sys.setprofile(counting)
        try:
            await asgi(scope, receive, send)
        finally:
            sys.setprofile(None)

    await asyncio.create_task(request(), context=copy_context())
    return b"".join(said)


def figures_of(tree: Path) -> Figures:
    """Of another tree, in a process that imports its code."""
    command = [sys.executable, str(Path(__file__).resolve()), "--json"]
    environment = {**os.environ, "PYTHONPATH": str(tree)}
    done = subprocess.run(  # noqa: S603  (our own program)
        command, env=environment, cwd=tree, check=True, capture_output=True, text=True
    )
    return Figures(**json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tree", type=Path, help="the code of another commit, to compare with")
    parser.add_argument("--json", action="store_true", help="only the figures, as JSON")
    parser.add_argument("--calls", action="store_true", help="each crossing and read")
    wanted = parser.parse_args()
    counting = asyncio.run(counted())
    figures = counting.figures
    if wanted.json:
        sys.stdout.write(json.dumps(figures._asdict()))
        return
    trees = {"here": figures} | ({"there": figures_of(wanted.tree)} if wanted.tree else {})
    lines = [" " * 12 + "".join(f"{name:>8}" for name in trees)]
    for field in Figures._fields:
        numbers = "".join(f"{getattr(each, field):8}" for each in trees.values())
        lines.append(f"{field.replace('_', ' '):12}{numbers}")
    if wanted.calls:
        lines += [f"{times:4}  {' -> '.join(arrow)}" for arrow, times in counting.crossings.most_common()]
        lines += [f"{times:4}  reads {name}" for name, times in counting.reads.most_common()]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
