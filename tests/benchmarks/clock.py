"""What the clock costs, by how many open tickets have something to wait for; and what a week's sleep makes it tell.

    python -m tests.benchmarks.clock [--quick] [--write docs/performance.md]

Two stores, one with 100 open tickets whose targets lie ahead and one with 100,000, in one interleaved run: in each round the
clock of each starts, takes a turn in which nothing is due, and a ticket is given to somebody, which plans anew what it
waits for. Times are of the processor, with the store's own threads. Then a store whose clock has slept for a week: its
messages are counted.
"""

import asyncio
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Iterable
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from uuid import uuid4

from bot.domain.clock.settings import ClockSettings
from bot.domain.permissions import THE_DESK
from bot.domain.workspace import Workspace
from bot.domain.workspace_settings import WorkspaceSettings
from bot.services.clock import DeskClock
from bot.services.clock_subjects import subjects
from bot.services.people import People
from bot.services.ports.store import Store, Transaction
from bot.services.step_requests import StepRequest
from bot.services.ticket_steps import TicketSteps
from bot.services.ticket_times import planned
from bot.tasks import Supervisor
from storage import open_store
from tests.benchmarks.figures import Spread, command, goals, shown_spread, table
from tests.benchmarks.tickets import made

HERE = Workspace(team_id="T1")
NOW = datetime.fromisoformat("2026-11-30T09:00:00Z")
START, TURN, GIVEN = "the clock's part of a start", "a turn with nothing due", "an assignment"
PEOPLE = 50
_AT_A_TIME = 500  # tickets to a transaction
_WEEK = timedelta(days=7)

Results = dict[tuple[str, int], list[float]]
"""Seconds of the processor by what was done and how many tickets there are, one for each round."""


class Clocked:
    """A store with open tickets that are due, each at a time of its own, and a clock that stands still."""

    def __init__(self, store: Store) -> None:
        self.now = NOW
        self.store = store
        self.desk_clock = self._clock()
        self._steps = TicketSteps(store, self.read)

    def read(self) -> datetime:
        return self.now

    async def fill(self, count: int, *, due_in: timedelta, over: timedelta) -> None:
        """So many tickets, due from `due_in` on, over a stretch of time, which 50 people have in turn."""
        since = dict.fromkeys(("levels", "warn"), NOW)
        settings = WorkspaceSettings(clock=ClockSettings.model_validate({"begun": True, "since": since}))
        await self.store.change(HERE, lambda tx: tx.keep_settings(settings))
        for first in range(1, count + 1, _AT_A_TIME):
            numbers = range(first, min(first + _AT_A_TIME, count + 1))

            async def work(tx: Transaction, numbers: Iterable[int] = numbers) -> None:
                for number in numbers:
                    fields = {
                        "status": "assigned",
                        "assigned_user_id": _person(number),
                        "sla_due_at": NOW + due_in + over * number / count,
                        "created_at": NOW,
                        "updated_at": NOW,
                    }
                    ticket = made(number).model_copy(update=fields)
                    await tx.save(await planned(tx, None, ticket, NOW), now=NOW)

            await self.store.change(HERE, work)

    async def start(self) -> None:
        clock = self._clock()
        await clock.start()
        await clock.stop()

    async def turn(self) -> None:
        if await self.desk_clock.turn() <= 0:
            message = "something was due"
            raise ValueError(message)

    async def give(self, number: int, further: int) -> None:
        """To the one who stands so much further in the list than its first assignee."""
        whom = {"assignedUserId": _person(number + further)}
        await self._steps.take(HERE, number, "assign", whom, StepRequest(THE_DESK, uuid4().hex))

    async def sleep(self) -> Counter[str]:
        """The messages to each person after a week in which nobody looked."""
        self.now += _WEEK
        while await self.desk_clock.turn() == 0:
            pass
        return Counter(job.channel for job in await self.store.read(HERE).jobs() if job.told or job.digest)

    def _clock(self) -> DeskClock:
        people = People(self.store, self.read)
        return DeskClock(self.store, self.read, Supervisor(self.read), subjects(people, timedelta()))


def _person(number: int) -> str:
    return f"U0{number % PEOPLE:09}"


async def _measured(work: Awaitable[None]) -> float:
    began = time.process_time()
    await work
    return time.process_time() - began


async def run(folder: Path, sizes: tuple[int, ...], rounds: int) -> Results:
    results: Results = defaultdict(list)
    async with AsyncExitStack() as stack:
        desks = {}
        for size in sizes:
            store = open_store(f"tinydb:{folder / str(size)}")
            stack.push_async_callback(store.close)
            desks[size] = Clocked(store)
            await desks[size].fill(size, due_in=timedelta(days=1), over=_WEEK)
        for press in range(1, rounds + 1):
            for size, desk in desks.items():
                results[START, size].append(await _measured(desk.start()))
                results[TURN, size].append(await _measured(desk.turn()))
                results[GIVEN, size].append(await _measured(desk.give(press % size + 1, 1 + press // size)))
    return results


async def slept(folder: Path, tickets: int) -> Counter[str]:
    store = open_store(f"tinydb:{folder}")
    desk = Clocked(store)
    await desk.fill(tickets, due_in=timedelta(hours=1), over=timedelta(days=5))
    messages = await desk.sleep()
    await store.close()
    return messages


def report(pictures: Path | None, *, quick: bool) -> str:  # noqa: ARG001  (it has no picture)
    few, many, rounds = (100, 5_000, 50) if quick else (100, 100_000, 300)
    overdue = 1_000 if quick else 10_000
    with tempfile.TemporaryDirectory() as folder:
        results = asyncio.run(run(Path(folder), (few, many), rounds))
        messages = asyncio.run(slept(Path(folder) / "slept", overdue))
    at = {key: median(values) for key, values in results.items()}
    reached = [
        (
            f"{name} with {many:,} open tickets, for each with {few}",
            at[name, many] / at[name, few],
            "at most",
            1.2,
        )
        for name in (START, TURN, GIVEN)
    ]
    reached.append(
        (
            f"messages to each person after a week, {overdue:,} tickets overdue",
            max(messages.values()),
            "at most",
            1.0,
        )
    )
    rows = [
        [name, *(shown_spread(Spread.of(results[name, size])) for size in (few, many))]
        for name in (START, TURN, GIVEN)
    ]
    told = (
        f"{overdue:,} tickets of {PEOPLE} people came due while the clock slept: {messages.total()} messages."
    )
    return (
        f"{goals(reached)}\n\n{table(['processor', f'{few} tickets', f'{many:,} tickets'], rows)}\n\n{told}"
    )


if __name__ == "__main__":
    command({"clock": report}, __doc__)
