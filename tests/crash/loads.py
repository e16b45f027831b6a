"""What the processes do that are killed. Each says what was acknowledged, a line the moment it was.

Every load goes on where the last process was killed, and compacts far more often than Deskhand does.
"""

import asyncio
import logging
import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from queue import SimpleQueue
from random import Random
from time import sleep
from uuid import UUID

import orjson
import structlog

from bot.domain.channel_defaults import ChannelDefaults
from bot.domain.comments import ThreadMessage
from bot.domain.outbox import HELD, Job, Target, updates
from bot.domain.permissions import Actor
from bot.domain.ticket import Change, Entry, Origin, SourceMessage, Ticket
from bot.domain.workspace_settings import WorkspaceSettings
from bot.services import leases
from bot.services.intake import Intake, Said
from bot.services.outbox import holds, takeover
from bot.services.outbox.courier import Courier
from bot.services.ports.store import Store, Transaction
from bot.services.step_requests import StepRequest
from bot.services.ticket_comments import TicketComments
from bot.services.ticket_news import TicketNews
from bot.services.ticket_steps import TicketSteps
from bot.services.tickets import CreateRequest, Tickets
from bot.tasks import Supervisor
from storage import open_store
from storage.journal.disk import Disk
from storage.journal.engine import Engine
from storage.tinydb.journal_storage import JournalStorage
from tests.bursts import MINUTES
from tests.crash import clock_load, workspaces_load
from tests.crash.desk import AGENT, DESK, WIRE, Say, at_work, now, open_desk, saved, url_of
from tests.directories import fill
from tests.storage.samples import DIRECTORY

COMPACT_FROM = 4000  # bytes
GROWTH = 1 << 16  # bytes; more at once is the journal that grows
WRITERS = 8
_HARDLY_HELD = timedelta(seconds=0.02)
"""So that kills find news that wait, and news on their way."""

HOLD = holds.LENGTH / 10
"""Seconds that a replica's hold lasts here: one that was frozen is missed as much sooner."""

_OF_HOLDS = {"LENGTH", "RENEWAL", "RETRY", "LONGEST_CALL", "MARGIN"}

INTAKE = [f"CINTAKE{number}" for number in range(4)]
_BEGAN, _SECONDS = 1_795_900_000, 24 * 3600


def run(load: str, folder: Path, seed: int, pipe: Connection) -> None:
    """Never ends by itself."""

    def say(line: str) -> None:
        os.write(pipe.fileno(), f"{line}\n".encode())  # as a whole, whoever else says something

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    chance = Random(seed)  # noqa: S311  (it guards nothing)
    if chance.random() < 0.5:
        Disk.write = _written_in_pieces  # type: ignore[method-assign,assignment]
    if chance.random() < 0.5:
        Disk.sync_folder = _synced_slowly  # type: ignore[method-assign,assignment]
    assert JournalStorage.__init__.__kwdefaults__
    JournalStorage.__init__.__kwdefaults__["compact_from"] = COMPACT_FROM
    if (folder / "store.txt").exists():  # a database, which is away now and then
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
        _hasten()
    LOADS[load](folder, chance, say)


def _hasten() -> None:
    for module in (holds, takeover, leases):
        for name in vars(module).keys() & _OF_HOLDS:
            setattr(module, name, getattr(module, name) / 10)


def threads(folder: Path, _: Random, say: Say) -> None:
    """Threads on an engine: each counts, and logs what it counted, in one transaction."""
    engine = Engine(folder / "T1.json", compact_from=COMPACT_FROM)
    one_at_a_time = threading.Lock()

    def count(name: int) -> None:
        while True:
            told: SimpleQueue[OSError | None] = SimpleQueue()
            with one_at_a_time:
                transaction = engine.begin()
                counted = orjson.loads(transaction.get("counters", name) or b'{"count":0}')["count"] + 1
                transaction.put("counters", name, {"count": counted})
                transaction.put("log", transaction.last("log") + 1, {"counter": name, "count": counted})
                turn = engine.stage(transaction, told.put)
            if turn:
                turn()
            assert told.get() is None
            say(f"{name} {counted}")

    with ThreadPoolExecutor(WRITERS) as writers:
        for writer in [writers.submit(count, name) for name in range(WRITERS)]:
            writer.result()


def desk(folder: Path, chance: Random, say: Say) -> None:
    """Users of a desk and its courier: tickets are made, some twice by a retry, changed, given to others and commented on;
    all of it is shown in Slack, and whoever it concerns is told."""
    asyncio.run(_desk(folder, chance, say))


async def _desk(folder: Path, chance: Random, say: Say) -> None:
    store, slack = open_desk(folder)
    courier = Courier(store, slack, now, Supervisor(now))
    store.on_jobs(courier.wake)
    held = HELD if chance.random() < 0.5 else _HARDLY_HELD
    served, worked = (
        Tickets(store, now, news=TicketNews(held=held)),
        TicketSteps(store, now, news=TicketNews(held=held)),
    )
    comments = TicketComments(store, now, TicketNews(held=held))
    await courier.start()
    await saved(store, lambda: store.change(DESK, lambda tx: fill(tx, DIRECTORY)))

    async def user() -> None:
        while True:
            key = f"key {chance.getrandbits(64)}"
            created, *again = await asyncio.gather(
                *(saved(store, partial(_create, served, key)) for _ in range(chance.randint(1, 2)))
            )
            assert all(other.number == created.number for other in again)
            say(f"created {created.number} {key}")
            number = chance.randint(1, created.number)
            changed, jobs = await saved(store, partial(_change, store, number, chance))
            courier.wake(DESK, jobs)
            say(f"changed {changed.number} {changed.version}")
            new = {"assignedUserId": f"UA{chance.getrandbits(32)}"}
            giving = StepRequest(AGENT, f"{key} given")
            given = await saved(store, partial(worked.take, DESK, number, "assign", new, giving))
            say(f"changed {given.number} {given.version}")
            nonce = UUID(int=chance.getrandbits(128), version=4)
            author = Actor(user=created.created_by)
            said = partial(comments.comment, DESK, author, created.number, "It smells", nonce)
            await saved(store, said)
            say(f"commented {created.number} {nonce}")

    await at_work(store, courier, *(user() for _ in range(WRITERS)))


def intake(folder: Path, chance: Random, say: Say) -> None:
    """People in an intake channel: what they write comes in any order, much of it twice, at the same time."""
    asyncio.run(_intake(folder, chance, say))


async def _intake(folder: Path, chance: Random, say: Say) -> None:
    store = open_store(url_of(folder))
    tickets, comments = Tickets(store, now), TicketComments(store, now)
    taking = Intake(store, tickets, comments)
    defaults = ChannelDefaults(fields=WIRE, intake="ticket", joins_within=MINUTES)
    settings = WorkspaceSettings(channels=dict.fromkeys(INTAKE, defaults))
    await saved(store, lambda: store.change(DESK, lambda tx: fill(tx, DIRECTORY)))
    await saved(store, lambda: store.change(DESK, lambda tx: tx.keep_settings(settings)))

    async def person() -> None:
        while True:
            ts = f"{_BEGAN + chance.randrange(_SECONDS)}.{chance.getrandbits(19):06}"
            said = _said(chance.choice(INTAKE), ts, f"U{chance.randrange(WRITERS)}")
            take = partial(taking.take, DESK, Actor(user=said.message.author), said)
            for outcome in await asyncio.gather(*(saved(store, take) for _ in range(chance.randint(1, 2)))):
                if outcome is None:
                    say(said.message.key)

    await asyncio.gather(*(person() for _ in range(WRITERS)))


def _said(channel: str, ts: str, author: str) -> Said:
    message = ThreadMessage(channel=channel, thread_ts=ts, ts=ts, author=author, text=f"{ts} is dead")
    fields = {"summary": message.text, "symptomDescription": message.text}
    return Said(message, SourceMessage(author=author, text=message.text), fields, "request")


async def _create(served: Tickets, key: str) -> Ticket:
    wire = {**WIRE, "summary": key, "assignedUserId": f"UA{key[4:]}"}
    request = CreateRequest(
        actor=AGENT,
        requester=f"UR{key[4:]}",
        origin=Origin(way="command", channel="C1"),
        target=Target(channel=f"C{key[4:]}", user=AGENT.user),
        key=key,
    )
    return (await served.create(DESK, wire, request)).ticket


async def _change(store: Store, number: int, chance: Random) -> tuple[Ticket, Sequence[Job]]:
    """A step in the life of a ticket, kept in its history, and what is to be shown of it."""

    async def work(tx: Transaction) -> tuple[Ticket, Sequence[Job]]:
        ticket = await tx.ticket(number)
        assert ticket
        notes = f"{ticket.triage_notes or ''}{chance.randint(0, 9)}"
        change = Change(field="triageNotes", before=ticket.triage_notes, after=notes)
        entry = Entry(at=now(), actor="U2", what="created", changes=(change,))
        changed = ticket.model_copy(
            update={"triage_notes": notes, "version": ticket.version + 1, "new_entries": (entry,)}
        )
        await tx.save(changed, now=now())
        jobs = updates(changed, now())
        for job in jobs:
            await tx.enqueue(job)
        return changed, jobs

    return await store.change(DESK, work)


def _written_in_pieces(_: Disk, file: int, data: bytes | memoryview, offset: int) -> int:
    """So that kills find lines half written."""
    return os.pwrite(file, data if len(data) > GROWTH else data[:100], offset)


def _synced_slowly(_: Disk, folder: Path) -> None:
    """So that kills find compactions half done."""
    sleep(0.02)
    handle = os.open(folder, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)


LOADS: dict[str, Callable[[Path, Random, Say], None]] = {
    "threads": threads,
    "desk": desk,
    "intake": intake,
    "clock": clock_load.clock,
    "workspaces": workspaces_load.workspaces,
}
