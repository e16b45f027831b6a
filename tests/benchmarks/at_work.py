"""What a desk at work costs: Home, lists and an assignment among 10,000 open tickets, for one among 100.

    python -m tests.benchmarks.at_work [--rounds 40]

In one process and one interleaved run, from a payload to the answer, with a full page, without sockets: what is left is ours alone, and
an assignment is on the disk. Each desk also has nine closed tickets for every open one. Ends with status 1 where
10,000 cost more than 1.5 times what 100 do.
"""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from statistics import median
from uuid import UUID

from bot.domain.contract import CHOICES, parse
from bot.domain.people import Person
from bot.domain.permissions import Actor
from bot.domain.ticket import Origin, Ticket, opened
from bot.domain.workspace import Workspace
from bot.services.people import People
from bot.services.ports.store import Store, Transaction
from bot.services.step_requests import StepRequest
from handlers.home import home
from handlers.slack.context import Tools, Visit, services
from handlers.slack.events import Event
from handlers.tickets import lists
from storage import open_store
from tests.installed import one_installation

OPEN = (100, 10_000)
MOST = 1.5
_CLOSED = 9  # for every open ticket
_TIMES = 10  # a round
_SETTLES = 15  # seconds after opening in which the store takes the words of its tickets apart
_NOW = datetime.now(UTC)
_DESK = Workspace(team_id="T0DESKHAND")
_USERS = tuple(f"U0USER{number:03}" for number in range(3))
_AGENT = Actor(user=_USERS[0], is_known=True, is_agent=True, reads_all_notes=True)
_QUEUES = ("network", "heating")
_LISTS = (
    "",
    "priority:high,critical queue:network",
    "due:<24h sort:due",
    "created:>40d sort:priority",
    "assignee:me status:any printer",
)

Job = Callable[[], Awaitable[object]]


def ticket(number: int, total: int, draw: random.Random) -> Ticket:
    """One of `total`, which came evenly over two years; the last tenth is open."""
    age = timedelta(days=730) * (total - number) / total
    fields = {
        "customerId": f"customer-{draw.randrange(50)}",
        "siteId": "hq",
        "ticketType": draw.choice(CHOICES["ticketType"]),
        "sourceChannel": "internal",
        "summary": f"Printer {draw.randrange(1000)} on floor {draw.randrange(9)}",
        "priority": draw.choice(CHOICES["priority"]),
        "status": "assigned" if number > total - total // (_CLOSED + 1) else "closed",
        "assignedUserId": draw.choice((None, *_USERS)),
        "assignedQueue": draw.choice(_QUEUES),
        "slaDueAt": _NOW - age + timedelta(hours=draw.randrange(1, 400)),
    }
    return opened(
        parse(fields),
        ticket_id=UUID(int=number),
        number=number,
        actor=draw.choice(_USERS),
        origin=Origin(way="form"),
        now=_NOW - age,
    )


async def filled(folder: Path, count: int) -> None:
    store = open_store(f"tinydb:{folder}")
    draw, total = random.Random(count), count * (_CLOSED + 1)  # noqa: S311  (no secret)
    numbers = iter(range(1, total + 1))

    async def work(tx: Transaction) -> int:
        some = [*islice(numbers, 1000)]
        for number in some:
            await tx.save(ticket(number, total, draw), now=_NOW)
        return len(some)

    while await store.change(_DESK, work):
        pass
    await store.close()


async def tools(store: Store) -> Tools:
    people = People(store, now)
    await people.learn(_DESK, [Person(id=user, names=(user,), timezone="Europe/Berlin") for user in _USERS])
    return services(store, people, one_installation(), now)


def now() -> datetime:
    return datetime.now(UTC)


async def jobs(desk: Tools, count: int) -> dict[str, Job]:
    """What is measured on one desk."""
    draw = random.Random(count)  # noqa: S311  (no secret)
    event = {"type": "app_home_opened", "user": _USERS[0], "tab": "home"}
    open_home = Event.model_validate({"team_id": _DESK.team_id, "event": event})
    visit = Visit(_DESK, _AGENT, desk, await desk.people.of(_DESK))

    async def assign() -> None:
        number = count * _CLOSED + draw.randrange(1, count + 1)
        by = StepRequest(_AGENT, key=f"press:{time.time_ns()}")
        await desk.steps.take(_DESK, number, "assign", {"assignedUserId": draw.choice(_USERS)}, by)

    def listing(words: str) -> Job:
        return lambda: lists.list_page(visit, words, 0)

    searches = {f"list {words}".strip(): listing(words) for words in _LISTS}
    return {"Home": lambda: home.on_open(visit, open_home), **searches, "assign": assign}


async def measured(rounds: int, folder: Path) -> dict[tuple[str, int], float]:
    """Microseconds for each job and number of open tickets: the median over the rounds."""
    took: defaultdict[tuple[str, int], list[float]] = defaultdict(list)
    async with AsyncExitStack() as stack:
        desks: dict[int, dict[str, Job]] = {}
        for count in OPEN:
            await filled(folder / str(count), count)
            store = open_store(f"tinydb:{folder / str(count)}")
            stack.push_async_callback(store.close)
            desks[count] = await jobs(await tools(store), count)
        await asyncio.sleep(_SETTLES)
        for _ in range(rounds):
            for name in desks[OPEN[0]]:
                for count, each in desks.items():
                    began = time.perf_counter()
                    for _ in range(_TIMES):
                        await each[name]()
                    took[name, count].append((time.perf_counter() - began) / _TIMES * 1e6)
    return {each: median(times) for each, times in took.items()}


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--rounds", type=int, default=40)
    rounds = options.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        costs = asyncio.run(measured(rounds, Path(folder)))
    few, many = OPEN
    sys.stdout.write(
        f"| what | {few} open, µs | {many:,} open, µs | {many:,} for {few} |\n|---|---|---|---|\n"
    )
    for name in dict.fromkeys(name for name, _ in costs):
        cost, more = costs[name, few], costs[name, many]
        sys.stdout.write(f"| {name} | {cost:,.0f} | {more:,.0f} | {more / cost:.2f} |\n")
    if any(costs[name, many] > MOST * costs[name, few] for name, _ in costs):
        sys.exit(1)


if __name__ == "__main__":
    main()
