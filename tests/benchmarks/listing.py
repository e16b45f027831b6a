"""What lists, Home's tabs and type-ahead cost at 100,000 and 1,000,000 tickets, of TinyDB and of PostgreSQL.

    python -m tests.benchmarks.listing [--quick] [--write docs/performance.md]

One workspace with a directory, in either store. In each round each question is asked some times of one and then of the other,
through the port that the desk asks by. Whatever is asked often is in PostgreSQL's memory, as in a desk at work. Nothing is written
meanwhile, so this server need not sync.
"""

import asyncio
import tempfile
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial
from pathlib import Path
from statistics import median
from typing import Literal, NamedTuple

import uvloop

from bot import imports
from bot.domain.home import tab_filter, tabs
from bot.domain.permissions import Actor
from bot.domain.search import Span, TicketFilter, bounded
from bot.domain.workspace import Workspace
from bot.services.ports.store import Reader, Store
from storage import open_store
from tests import postgres
from tests.benchmarks import postgresql
from tests.benchmarks.directory import write_files
from tests.benchmarks.figures import Spread, command, goals, shown_time, table
from tests.benchmarks.pictures import by_size
from tests.benchmarks.samples import samples
from tests.benchmarks.servers import TEAM, fill
from tests.benchmarks.tickets import START

TINYDB, POSTGRESQL = "TinyDB", "PostgreSQL"
STORES = (TINYDB, POSTGRESQL)
SIZES = (100_000, 1_000_000)
LISTS, HOME, TYPE_AHEAD = "lists", "Home", "type-ahead"
MOST = 0.01  # seconds
HERE = Workspace(team_id=TEAM)
AGENT = Actor(user="U0000000042", is_known=True, is_agent=True, queues=("heating", "network"))
REQUESTER = Actor(user="U1000000042", is_known=True)
_DIRECTORY = (500, 2_000, 10_000)  # customers, sites, assets
_PATIENCE = 300  # seconds
_MEMORY = "3GB"  # of PostgreSQL: a million tickets have room in it, with their indexes
_TIMES = 5  # that a question is asked in a row
_EVERY = timedelta(seconds=311)  # between two tickets

Ask = Callable[[Reader], Awaitable[object]]


class Question(NamedTuple):
    group: str
    name: str
    ask: Ask


Results = dict[tuple[Question, str, int], list[float]]
"""Seconds by question, store and number of tickets; one for each round, the median of those in it."""


def questions(count: int) -> list[Question]:
    """`count`: how many tickets there are."""
    now = START + count * _EVERY
    day = timedelta(days=1)
    filters = {
        "status:any": TicketFilter(),
        "open": TicketFilter(open_only=True),
        "status:any sort:age": TicketFilter(sort="age"),
        "status:any sort:due": TicketFilter(sort="due"),
        "status:any sort:priority": TicketFilter(sort="priority"),
        "sort:age": TicketFilter(open_only=True, sort="age"),
        "sort:due": TicketFilter(open_only=True, sort="due"),
        "sort:priority": TicketFilter(open_only=True, sort="priority"),
        "status:resolved": TicketFilter(statuses=("resolved",)),
        "priority:high,critical": TicketFilter(open_only=True, priorities=("high", "critical")),
        "type:break_fix": TicketFilter(open_only=True, types=("break_fix",)),
        "assignee:me": TicketFilter(open_only=True, assignees=(AGENT.user,)),
        "assignee:me sort:due": TicketFilter(open_only=True, assignees=(AGENT.user,), sort="due"),
        "assignee:none": TicketFilter(open_only=True, assignees=(None,)),
        "queue:heating": TicketFilter(open_only=True, queues=("heating",)),
        "queue:heating sort:priority": TicketFilter(open_only=True, queues=("heating",), sort="priority"),
        "customer:customer-42": TicketFilter(open_only=True, customers=("customer-42",)),
        "requester:somebody": TicketFilter(open_only=True, requesters=(REQUESTER.user,)),
        "requester:somebody status:any sort:age": TicketFilter(requesters=(REQUESTER.user,), sort="age"),
        "visibility:global": TicketFilter(visibilities=("global",)),
        "due:<24h": TicketFilter(open_only=True, due=Span(end=now + day)),
        "due:<24h sort:due": TicketFilter(open_only=True, due=Span(end=now + day), sort="due"),
        "overdue assignee:me": TicketFilter(open_only=True, due=Span(end=now), assignees=(AGENT.user,)),
        "created:>yesterday": TicketFilter(created=Span(start=now - day)),
        "created:<last year sort:priority": TicketFilter(created=Span(end=now - 365 * day), sort="priority"),
        "response:late": TicketFilter(open_only=True, response=("late",)),
        "status:new priority:critical queue:network": TicketFilter(
            statuses=("new",), priorities=("critical",), queues=("network",)
        ),
        "boiler leaks": TicketFilter(words=("boiler", "leaks")),
        "boiler 4711": TicketFilter(words=("boiler", "4711")),
        "printer sort:due": TicketFilter(open_only=True, words=("printer",), sort="due"),
        "no such thing": TicketFilter(words=("unobtainium",)),
        "T-4711": TicketFilter(words=("T-4711",)),
    }
    found = [Question(LISTS, name, _page(wanted, AGENT)) for name, wanted in filters.items()]
    found += [
        Question(LISTS, "the 50th page", _page(TicketFilter(open_only=True), AGENT, offset=490)),
        Question(LISTS, "a requester's own", _page(TicketFilter(open_only=True), REQUESTER)),
    ]
    for who, actor in (("an agent's", AGENT), ("a requester's", REQUESTER)):
        found += [
            Question(HOME, f"{who} tab {tab}", _page(tab_filter(tab, actor, now), actor))
            for tab in tabs(actor)
        ]
    typed: Sequence[tuple[Literal["site", "asset", "customer"], str]] = (
        ("site", ""),
        ("site", "plant 471"),
        ("site", "plnt 471"),
        ("asset", "pump 12"),
        ("asset", "ump 77"),
        ("customer", "acme"),
    )
    found += [Question(TYPE_AHEAD, f"{kind} “{text}”", _typed(kind, text)) for kind, text in typed]
    found += [
        Question(TYPE_AHEAD, f"ticket “{text}”", _page(TicketFilter(words=(text,)), AGENT))
        for text in ("47", "boi", "boiler")
    ]
    return found


def _page(wanted: TicketFilter, actor: Actor, *, offset: int = 0) -> Ask:
    seen = bounded(wanted, actor)
    return lambda reader: reader.tickets(seen, offset=offset, limit=10)


def _typed(kind: Literal["site", "asset", "customer"], text: str) -> Ask:
    return lambda reader: reader.items_like(kind, text, limit=100)


async def filled(url: str, folder: Path, count: int) -> Mapping[str, Store]:
    """Both stores with the same, and nothing left to read for them."""
    files = write_files(folder, _DIRECTORY)
    urls = {TINYDB: f"tinydb:{folder / 'data'}", POSTGRESQL: url}
    for each in urls.values():
        store = open_store(each)
        await store.change(HERE, partial(imports.import_files, paths=files))
        await store.close()
    fill(folder / "data", "tickets", (each.document for each in samples(count, HERE.id)))
    await postgresql.fill(url, HERE.id, count)
    stores = {name: open_store(each) for name, each in urls.items()}
    await _settled(stores)
    return stores


async def _settled(stores: Mapping[str, Store]) -> None:
    """Returns once both know all words and names, which are taken apart in the background, and tell nobody when they are done."""
    one, other = (store.read(HERE) for store in stores.values())
    async with asyncio.timeout(_PATIENCE):
        while (await one.tickets(TicketFilter(words=("boiler",)))).is_partial:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
        for question in questions(0):
            if question.group == TYPE_AHEAD:
                while await question.ask(one) != await question.ask(other):  # noqa: ASYNC110
                    await asyncio.sleep(0.1)


async def asked(store: Store, question: Question) -> float:
    """Seconds."""
    took = []
    for _ in range(_TIMES):
        began = time.perf_counter()
        await question.ask(store.read(HERE))
        took.append(time.perf_counter() - began)
    return median(took)


async def run(url: str, folder: Path, count: int, rounds: int) -> Results:
    results: Results = defaultdict(list)
    stores = await filled(url, folder, count)
    every = questions(count)
    async with AsyncExitStack() as stack:
        for store in stores.values():
            stack.push_async_callback(store.close)
        for question in every:  # the first time that a statement is made is nobody's question
            for name in STORES:
                await asked(stores[name], question)
        for _ in range(rounds):
            for question in every:
                for name in STORES:
                    results[question._replace(ask=_nothing), name, count].append(
                        await asked(stores[name], question)
                    )
    return results


async def _nothing(_: Reader) -> None:
    """A question's name is what it is known by, whatever the number of tickets."""


def slowest(results: Results, group: str, store: str, count: int) -> float:
    return max(
        median(known)
        for (question, name, size), known in results.items()
        if (question.group, name, size) == (group, store, count)
    )


def costs(results: Results) -> str:
    sizes = sorted({size for *_, size in results})
    head = ["", "", *(f"{name}, {size:,}" for size in sizes for name in STORES)]
    every = dict.fromkeys(question for question, *_ in results)
    rows, group = [], ""
    for question in every:
        cells = [shown_time(median(results[question, name, size])) for size in sizes for name in STORES]
        rows.append([question.group if question.group != group else "", f"`{question.name}`", *cells])
        group = question.group
    return table(head, rows)


def wanted(results: Results) -> str:
    most = max(size for *_, size in results)
    return goals(
        (
            f"the slowest of {group} on PostgreSQL at {most:,}, for each 10 ms",
            slowest(results, group, POSTGRESQL, most) / MOST,
            "at most",
            1.0,
        )
        for group in (LISTS, HOME, TYPE_AHEAD)
    )


def measured(sizes: Sequence[int], rounds: int) -> Results:
    results: Results = {}
    for count in sizes:
        with postgres.server(memory=_MEMORY) as url, tempfile.TemporaryDirectory() as folder:
            results |= uvloop.run(run(url, Path(folder), count, rounds))
    return results


def report(pictures: Path | None, *, quick: bool) -> str:
    results = measured((10_000, 100_000) if quick else SIZES, 2 if quick else 5)
    text = f"{wanted(results)}\n\n{costs(results)}"
    if pictures is None:
        return text
    panels: dict[str, dict[str, dict[int, Spread]]] = {}
    for group in (LISTS, HOME, TYPE_AHEAD):
        panels[group] = defaultdict(dict)
        for name in STORES:
            for count in sorted({size for *_, size in results}):
                panels[group][name][count] = Spread.of(
                    median(known)
                    for (question, store, size), known in results.items()
                    if (question.group, store, size) == (group, name, count)
                )
    by_size(pictures / "listing.svg", panels, first=POSTGRESQL)
    return f"![What lists cost by the number of tickets, on logarithmic axes](listing.svg)\n\n{text}"


if __name__ == "__main__":
    command({"listing": report}, __doc__)
