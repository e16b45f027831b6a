"""What an id costs: commands answered by a table of 1 id and by one of 100, and the same with Bolt's own listeners.

    python -m tests.benchmarks.ids [--rounds 7]

In one process and one interleaved run, without sockets or a store: what is left is the dispatch. The command that is
sent is the last that was registered.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from statistics import median

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from starlette.types import ASGIApp, Message

from bot.app import utc_now
from bot.domain.clock.dnd import DndInShift
from bot.domain.workspace import Workspace
from bot.http.app import asgi
from bot.metrics import Metrics
from bot.services.people import People
from bot.tasks import Supervisor
from handlers.loading import Loading
from handlers.outbound.after_answer import AfterAnswer
from handlers.outbound.clients import Clients
from handlers.routes import Around, RequestKind, Routes
from handlers.slack.context import Tools, Visit, services
from handlers.slack.payloads import SlashCommand
from handlers.slack.response import Response
from storage import open_store
from tests.benchmarks.load import SECRET, request
from tests.installed import one_installation

IDS = (1, 100)
_REQUESTS = 500  # a round of one app

Sent = tuple[list[tuple[bytes, bytes]], bytes]
"""Headers and body."""


async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
    return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, bot_token="xoxb-benchmark")  # noqa: S106


async def always() -> str | None:
    """Ready: there is nothing that could be wrong."""
    return None


async def no_dnd(_: Workspace) -> Sequence[DndInShift]:
    return ()


async def nothing(_: Visit, __: SlashCommand) -> Response:
    return Response()


async def acknowledge(ack: AsyncAck) -> None:
    await ack()


class AlwaysOpen:
    """A store of which no workspace is ever closed."""

    is_shared = False

    def is_open(self, workspace: Workspace) -> bool:  # noqa: ARG002
        return True

    async def open(self, workspace: Workspace) -> None:
        pass


def names(count: int) -> list[str]:
    return [*(f"/other-{number}" for number in range(1, count)), "/ticket"]


def by_table(count: int, tools: Tools) -> AsyncApp:
    kind = RequestKind("command", SlashCommand, lambda p: p.command, dict.fromkeys(names(count), nothing))
    tasks = Supervisor(utc_now)
    clients = Clients(tools.installations, "http://127.0.0.1:1/")
    beside = AfterAnswer(clients.of, tools.people, tasks, no_dnd)
    around = Around(Loading(AlwaysOpen(), tasks))
    routes = Routes({"command": kind}, tools, beside, Metrics(), around)
    return AsyncApp(signing_secret=SECRET, authorize=authorize, before_authorize=routes)


def by_listeners(count: int) -> AsyncApp:
    app = AsyncApp(signing_secret=SECRET, authorize=authorize, process_before_response=True)
    for name in names(count):
        app.command(name)(acknowledge)
    return app


def sent() -> Sent:
    head, _, body = request("127.0.0.1").partition(b"\r\n\r\n")
    lines = [line.partition(b": ") for line in head.split(b"\r\n")[1:]]
    return [(name.lower(), value) for name, _, value in lines], body


async def answered(app: ASGIApp, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    async def receive() -> Message:
        return {"type": "http.request", "body": body}

    async def send(message: Message) -> None:
        if message.get("status", 200) != 200:
            raise RuntimeError(message)

    await app({"type": "http", "method": "POST", "path": "/slack/events", "headers": headers}, receive, send)


async def cost(app: ASGIApp) -> float:
    """Microseconds of CPU for one request."""
    requests = [sent() for _ in range(_REQUESTS)]
    began = time.process_time()
    for headers, body in requests:
        await answered(app, headers, body)
    return (time.process_time() - began) / _REQUESTS * 1e6


async def run(tools: Tools, rounds: int) -> dict[tuple[str, int], float]:
    bolts = {("a table", count): by_table(count, tools) for count in IDS}
    bolts |= {("Bolt's listeners", count): by_listeners(count) for count in IDS}
    apps = {name: asgi(bolt, ready=always, metrics=Metrics()) for name, bolt in bolts.items()}
    costs = [{name: await cost(app) for name, app in apps.items()} for _ in range(rounds + 1)]
    return {name: median(each[name] for each in costs[1:]) for name in apps}  # the first one warms up


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--rounds", type=int, default=7)
    rounds = options.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"tinydb:{folder}")
        costs = asyncio.run(run(services(store, People(store, utc_now), one_installation(), utc_now), rounds))
    sys.stdout.write("| dispatch by | 1 id, µs | 100 ids, µs | 100 for 1 |\n|---|---|---|---|\n")
    for way in dict.fromkeys(way for way, _ in costs):
        one, hundred = (costs[way, count] for count in IDS)
        sys.stdout.write(f"| {way} | {one:.0f} | {hundred:.0f} | {hundred / one:.2f} |\n")


if __name__ == "__main__":
    main()
