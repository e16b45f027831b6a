"""What many workspaces cost: a request among hundreds of them for one in a desk of a single one, a start, and memory.

    python -m tests.benchmarks.workspaces [--quick] [--write docs/performance.md]

Three desks in one interleaved run: one with a SLACK_BOT_TOKEN, and two with 300 workspaces that have installed it. Of these, one
has all that anybody writes from open, as where fewer are busy than DESKHAND_OPEN_WORKSPACES; the other may have 100 open and hears
from all 300 by chance, so that two requests of three open a store and close another. Then deployments with one and with 1,000
workspaces, in which nothing is due, start in turn, each time in a fresh process.
"""

import asyncio
import random
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median
from typing import NamedTuple

from pydantic import SecretStr

from bot import app, imports
from bot.domain.installation import Installation, Tokens
from bot.domain.people import MemberSyncProgress, Person
from bot.domain.workspace import Workspace
from bot.services.ports.store import Store, Transaction
from bot.settings import Settings
from storage import installation_store, open_store
from tests.benchmarks.figures import Spread, command, goals, shown_ratio, shown_spread, table
from tests.benchmarks.load import LINE, SECRET, read_answer, request
from tests.benchmarks.opening import apart, resident
from tests.benchmarks.servers import EXAMPLE, PEERS, TEAM, Served, deskhand, drained, free_port, running, used
from tests.benchmarks.tickets import made

MANY, INSTALLED, OPEN = 300, 1_000, 100
CONNECTIONS = 8
KEY = "YmVuY2htYXJrcyBrZWVwIG5vIHNlY3JldHMgYXQgYWw="
LIST = "list status:any"
_TICKETS = 10  # in each workspace, before anybody writes
_REQUESTS = 400  # a round

LIFE, LISTED = "a ticket's whole life", "a list"
ONE, BUSY, ALL = "one workspace", "300, those that write are open", "300, by chance, of which 100 are open"

Costs = dict[tuple[str, str], list[float]]
"""Seconds of the desk's CPU for each request, by what was asked for and of which desk; one for each round."""


class Started(NamedTuple):
    """Seconds from the settings to a desk at work, those of the processor among them; and the bytes that it took."""

    seconds: float
    cpu: float
    memory: int


def teams(count: int) -> list[str]:
    return [TEAM, *(f"T0BENCH{number:04}" for number in range(1, count))]


async def prepare(folder: Path, installed: Sequence[str]) -> None:
    """A data folder in which these have the app, people, a directory and a few tickets, and nothing is due: but for the one
    that is open to the end, which is looked at when the next desk starts."""
    store = open_store(f"tinydb:{folder}", most_open=1)
    kept = installation_store(store, (SecretStr(KEY),))
    for team in installed:
        await kept.change(team, partial(_made, team))
        await _fill(store, Workspace(team_id=team))
    await store.close()


def _made(team: str, _: Installation | None) -> Installation:
    now = datetime.now(UTC)
    return Installation(
        id=team,
        team_id=team,
        bot_user="U0BOT",
        installed_by="U0ANA",
        since=now,
        tokens=Tokens(access=SecretStr("xoxb-benchmark")),
        welcomed_at=now,
        noted_at=now,
    )


async def _fill(store: Store, workspace: Workspace) -> None:
    now, files = datetime.now(UTC), sorted(EXAMPLE.glob("*.csv"))

    async def work(tx: Transaction) -> None:
        await tx.keep_person(Person(id="U0ANA", names=("ana",), timezone="Europe/Berlin"))
        await tx.keep_member_sync_progress(MemberSyncProgress(people_read_at=now, groups_read_at=now))
        for _ in range(_TICKETS):
            number = await tx.next_number()
            await tx.save(made(number), now=now)
        settings = await tx.settings()
        await tx.keep_settings(
            settings.model_copy(update={"clock": settings.clock.model_copy(update={"begun": True})})
        )

    await store.change(workspace, lambda tx: imports.import_files(tx, files))
    await store.change(workspace, work)


@contextmanager
def many(folder: Path, most_open: int) -> Iterator[Served]:
    """A served desk with what is in the folder, and a Slack that takes everything."""
    sink, port = free_port(), free_port()
    env = {
        "SLACK_API_URL": f"http://127.0.0.1:{sink}/api/",
        "SLACK_SIGNING_SECRET": SECRET,
        "SLACK_CLIENT_ID": "1.2",
        "SLACK_CLIENT_SECRET": "client-secret-of-benchmarks",
        "DESKHAND_PUBLIC_URL": "https://desk.example.com",
        "DESKHAND_SECRET_KEY": KEY,
        "DESKHAND_OPEN_WORKSPACES": str(most_open),
        "DESKHAND_LOG_LEVEL": "error",
        "DESKHAND_STORE": f"tinydb:{folder}",
        "DESKHAND_PORT": str(port),
    }
    python = sys.executable
    with (
        running([python, "-m", f"{PEERS}.sink", str(sink)], sink, {}),
        running([python, "-m", "bot", "serve"], port, env) as process,
    ):
        yield Served(port, process)


class Desk(NamedTuple):
    """A served one, and the workspaces that write to it."""

    served: Served
    teams: Sequence[str]
    draw: random.Random

    def cost(self, line: str, requests: int = _REQUESTS) -> float:
        """Seconds of its CPU for each request, with all that comes of it."""
        before = used(self.served.process)
        asyncio.run(self._send(line, requests))
        drained(self.served.port)
        return (used(self.served.process) - before) / requests

    async def _send(self, line: str, requests: int) -> None:
        async def send() -> None:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.served.port)
            for _ in range(requests // CONNECTIONS):
                writer.write(request(f"127.0.0.1:{self.served.port}", self.draw.choice(self.teams), line))
                await read_answer(reader)
            writer.close()

        await asyncio.gather(*(send() for _ in range(CONNECTIONS)))


def costs(rounds: int) -> Costs:
    results: Costs = defaultdict(list)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        all_teams, draw = teams(MANY), random.Random(1)  # noqa: S311  (no secret)
        for name in ("busy", "all"):
            asyncio.run(prepare(folder / name, all_teams))
        asyncio.run(_only_fill(folder / "one" / "data"))
        desks = {
            ONE: Desk(stack.enter_context(deskhand(folder / "one")), [TEAM], draw),
            BUSY: Desk(stack.enter_context(many(folder / "busy", OPEN)), all_teams[: OPEN - 10], draw),
            ALL: Desk(stack.enter_context(many(folder / "all", OPEN)), all_teams, draw),
        }
        for (
            desk
        ) in desks.values():  # the first answers of a process, and of a workspace, are nobody's question
            desk.cost(LINE, 80 * len(desk.teams) // 10 + 80)
        for _ in range(rounds):
            for what, line in ((LIFE, LINE), (LISTED, LIST)):
                for name, desk in desks.items():
                    results[what, name].append(desk.cost(line))
    return results


async def _only_fill(folder: Path) -> None:
    store = open_store(f"tinydb:{folder}")
    await _fill(store, Workspace(team_id=TEAM))
    await store.close()


def start(folder: Path) -> Started:
    """Starts a desk in this process, and ends it."""
    return asyncio.run(_start(folder))


async def _start(folder: Path) -> Started:
    settings = Settings.model_validate(
        {
            "signing_secret": SECRET,
            "client_id": "1.2",
            "client_secret": "client-secret-of-benchmarks",
            "public_url": "https://desk.example.com",
            "secret_keys": KEY,
            "store": f"tinydb:{folder}",
            "api_url": "http://127.0.0.1:9/",
        }
    )
    before, _ = resident()
    began, cpu = time.perf_counter(), time.process_time()
    async with app.build(settings) as runtime:
        reason = await runtime.not_ready()
        took = Started(time.perf_counter() - began, time.process_time() - cpu, max(resident()[0] - before, 1))
    if reason:
        raise RuntimeError(reason)
    return took


def starts(rounds: int) -> dict[int, list[Started]]:
    results: dict[int, list[Started]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as name:
        for count in (1, INSTALLED):
            asyncio.run(prepare(Path(name) / str(count), teams(count)))
        for _ in range(rounds):
            for count in (1, INSTALLED):
                results[count].append(apart(start, Path(name) / str(count)))
    return results


def ratio(results: Costs, what: str, name: str) -> float:
    """Of each round, and of all rounds the median."""
    return median(mine / one for mine, one in zip(results[what, name], results[what, ONE], strict=True))


def report(pictures: Path | None, *, quick: bool) -> str:  # noqa: ARG001  (it has no picture)
    results, started = costs(3 if quick else 15), starts(3 if quick else 15)
    few, lots = started[1], started[INSTALLED]
    slower = median(two.seconds / one.seconds for one, two in zip(few, lots, strict=True))
    reached = [
        (f"CPU of {what}, {BUSY}, for each of one workspace", ratio(results, what, BUSY), "at most", 1.1)
        for what in (LIFE, LISTED)
    ]
    reached.append(("a start with 1,000 installed and none busy, for each with one", slower, "at most", 2.0))
    rows = [
        [
            what,
            *(shown_spread(Spread.of(results[what, name])) for name in (ONE, BUSY, ALL)),
            shown_ratio(ratio(results, what, ALL)),
        ]
        for what in (LIFE, LISTED)
    ]
    begun = [
        [
            f"{count:,}",
            shown_spread(Spread.of(each.seconds for each in some)),
            shown_spread(Spread.of(each.cpu for each in some)),
            f"{median(each.memory for each in some) / 1e6:.1f} MB",
        ]
        for count, some in started.items()
    ]
    return "\n\n".join(
        [
            goals(reached),
            table(["CPU of", ONE, BUSY, ALL, "the last for each of the first"], rows),
            table(["installed", "a start", "its CPU", "memory"], begun),
        ]
    )


if __name__ == "__main__":
    command({"workspaces": report}, __doc__)
