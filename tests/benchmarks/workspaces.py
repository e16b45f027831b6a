"""What many workspaces cost: a request among hundreds of them for one in a desk of a single one, and memory.

    python -m tests.benchmarks.workspaces [--quick] [--write docs/performance.md]

Three desks in one interleaved run: one with a SLACK_BOT_TOKEN, and two with 300 workspaces that have installed it, all of which
write to it by chance. In one of these all of them may be open; in the other 100, so that two requests of three open a store and
close another. `python -m tests.benchmarks.starting` tells what a start costs.
"""

import asyncio
import random
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median
from typing import NamedTuple

from pydantic import SecretStr

from bot import imports
from bot.domain.installation import Installation, Tokens
from bot.domain.people import MemberSyncProgress, Person
from bot.domain.workspace import Workspace
from bot.services.ports.store import Store, Transaction
from storage import installation_store, open_store
from tests.benchmarks.figures import Spread, command, goals, shown_ratio, shown_spread, table
from tests.benchmarks.load import LINE, SECRET, read_answer, request
from tests.benchmarks.opening import resident
from tests.benchmarks.servers import (
    EXAMPLE,
    PEERS,
    TEAM,
    Served,
    deskhand,
    drained,
    free_port,
    running,
)
from tests.benchmarks.tickets import made

MANY, FEW = 300, 100
KEY = "YmVuY2htYXJrcyBrZWVwIG5vIHNlY3JldHMgYXQgYWw="
LIST = "list status:any"
LIFE, LISTED = "a ticket's whole life", "a list"
ONE, OPEN, CROWDED = "one workspace", f"{MANY}, all open", f"{MANY}, {FEW} open"
CONNECTIONS = (1, 8)
_TICKETS = 10  # in each workspace, before anybody writes
_REQUESTS = 400  # a round

Costs = dict[tuple[str, int, str], list[float]]
"""Seconds of the desk's CPU for each request, by what was asked for, over how many connections, and of which desk; one for each
round."""


def teams(count: int) -> list[str]:
    return [TEAM, *(f"T0BENCH{number:04}" for number in range(1, count))]


async def prepare(url: str, installed: Sequence[str]) -> None:
    """A store in which these have the app, people, a directory and a few tickets, and nothing is due: but for the one
    that is open to the end, which is looked at when the next desk starts."""
    store = open_store(url, most_open=1)
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


def environment(url: str) -> dict[str, str]:
    """Of a desk that is installed by OAuth, without a Slack that answers."""
    return {
        "SLACK_API_URL": "http://127.0.0.1:9/api/",
        "SLACK_SIGNING_SECRET": SECRET,
        "SLACK_CLIENT_ID": "1.2",
        "SLACK_CLIENT_SECRET": "client-secret-of-benchmarks",
        "DESKHAND_PUBLIC_URL": "https://desk.example.com",
        "DESKHAND_SECRET_KEY": KEY,
        "DESKHAND_LOG_LEVEL": "error",
        "DESKHAND_STORE": url,
    }


@contextmanager
def many(folder: Path, most_open: int) -> Iterator[Served]:
    """A served desk with what is in the folder, and a Slack that takes everything."""
    sink, port = free_port(), free_port()
    env = {
        **environment(f"tinydb:{folder}"),
        "SLACK_API_URL": f"http://127.0.0.1:{sink}/api/",
        "DESKHAND_OPEN_WORKSPACES": str(most_open),
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

    def cost(self, line: str, connections: int, requests: int = _REQUESTS) -> float:
        """Seconds of its CPU for each request, with all that comes of it."""
        before = cpu(self.served.process)
        asyncio.run(self._send(line, connections, requests))
        drained(self.served.port)
        return (cpu(self.served.process) - before) / requests

    async def _send(self, line: str, connections: int, requests: int) -> None:
        async def send() -> None:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.served.port)
            for _ in range(requests // connections):
                writer.write(request(f"127.0.0.1:{self.served.port}", self.draw.choice(self.teams), line))
                await read_answer(reader)
            writer.close()

        await asyncio.gather(*(send() for _ in range(connections)))


def cpu(process: int) -> float:
    """The seconds of CPU that the threads of a process have had so far, to the nanosecond."""
    files = Path(f"/proc/{process}/task").glob("*/schedstat")
    return sum(int(file.read_text().split()[0]) for file in files) / 1e9


def costs(rounds: int) -> tuple[Costs, list[int]]:
    """And the bytes resident of the desk of which few are open, after each round."""
    results: Costs = defaultdict(list)
    memory: list[int] = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        all_teams, draw = teams(MANY), random.Random(1)  # noqa: S311  (no secret)
        for name in ("open", "crowded"):
            asyncio.run(prepare(f"tinydb:{folder / name}", all_teams))
        asyncio.run(_only_fill(folder / "one" / "data"))
        desks = {
            ONE: Desk(stack.enter_context(deskhand(folder / "one")), [TEAM], draw),
            OPEN: Desk(stack.enter_context(many(folder / "open", MANY)), all_teams, draw),
            CROWDED: Desk(stack.enter_context(many(folder / "crowded", FEW)), all_teams, draw),
        }
        # The first answers of a process, and of a workspace, are nobody's question.
        for desk in desks.values():
            desk.cost(LINE, max(CONNECTIONS), 3_000)
        for _ in range(rounds):
            for what, line in ((LIFE, LINE), (LISTED, LIST)):
                for connections in CONNECTIONS:
                    for name, desk in desks.items():
                        results[what, connections, name].append(desk.cost(line, connections))
            memory.append(resident(desks[CROWDED].served.process)[0])
    return results, memory


async def _only_fill(folder: Path) -> None:
    store = open_store(f"tinydb:{folder}")
    await _fill(store, Workspace(team_id=TEAM))
    await store.close()


def ratio(results: Costs, what: str, connections: int, name: str) -> float:
    """For one workspace: of each round, and of all rounds the median."""
    pairs = zip(results[what, connections, name], results[what, connections, ONE], strict=True)
    return median(each / one for each, one in pairs)


def report(pictures: Path | None, *, quick: bool) -> str:  # noqa: ARG001  (it has no picture)
    results, memory = costs(2 if quick else 9)
    reached = [
        (f"CPU of {what}, {OPEN}, for each with one workspace", ratio(results, what, 1, OPEN), "at most", 1.1)
        for what in (LIFE, LISTED)
    ]
    reached.append(
        (
            f"memory after the last round, {CROWDED}, for each after the first",
            memory[-1] / memory[0],
            "at most",
            1.1,
        )
    )
    rows = [
        [
            what,
            str(connections),
            shown_spread(Spread.of(results[what, connections, ONE])),
            *(
                f"{shown_spread(Spread.of(results[what, connections, name]))} · "
                f"{shown_ratio(ratio(results, what, connections, name))}"
                for name in (OPEN, CROWDED)
            ),
        ]
        for what in (LIFE, LISTED)
        for connections in CONNECTIONS
    ]
    asked = _REQUESTS * len(CONNECTIONS) * 2 * len(memory)
    return "\n\n".join(
        [
            goals(reached),
            table(["CPU of", "connections", ONE, OPEN, CROWDED], rows),
            f"The desk of {CROWDED}, took {memory[0] / 1e6:.0f} MB after the first round, and {memory[-1] / 1e6:.0f} MB "
            f"after {asked:,} requests.",
        ]
    )


if __name__ == "__main__":
    command({"workspaces": report}, __doc__)
