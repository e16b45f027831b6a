"""Tickets that wait or are due, and a clock that brings them back, warns of them and pages people while its process is killed:
a hundred times as fast as ours."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from random import Random

from bot.domain.clock.paging import PAGED, WARNED
from bot.domain.clock.settings import ClockSettings
from bot.domain.clock.timers import Digest
from bot.domain.outbox import Target
from bot.domain.search import TicketFilter
from bot.domain.ticket import Origin, Ticket
from bot.domain.workspace import Workspace
from bot.domain.workspace_settings import WorkspaceSettings
from bot.services.clock import DeskClock
from bot.services.clock_subjects import subjects
from bot.services.outbox.courier import Courier
from bot.services.people import People
from bot.services.ports.clock import Clock
from bot.services.ports.store import Store
from bot.services.step_requests import StepRequest
from bot.services.ticket_news import TicketNews
from bot.services.ticket_steps import TicketSteps
from bot.services.tickets import CreateRequest, Tickets
from bot.tasks import Supervisor
from tests.crash.desk import AGENT, DESK, WIRE, Say, at_work, open_desk, saved
from tests.crash.slack import Post, Slack, name_of, that_stay
from tests.directories import fill
from tests.storage.samples import DIRECTORY

_EPOCH = datetime(2026, 11, 29, tzinfo=UTC)
_FAST = 100
_BY_CLOCK = {"came_back", "due_soon", "late"}
_WRITERS = 4


def fast_now() -> datetime:
    return _EPOCH + (datetime.now(UTC) - _EPOCH) * _FAST


def clock(folder: Path, chance: Random, say: Say) -> None:
    """Tickets are held for a while, or due after one."""
    asyncio.run(_clock(folder, chance, say))


async def _clock(folder: Path, chance: Random, say: Say) -> None:
    store, slack = open_desk(folder)
    courier, desk_clock = workers(store, slack)
    news = TicketNews(held=timedelta())
    tickets, steps = Tickets(store, fast_now, news=news), TicketSteps(store, fast_now, news=news)
    await courier.start()
    await desk_clock.start()
    since = dict.fromkeys(("warn", "escalate"), _EPOCH)
    settings = WorkspaceSettings(clock=ClockSettings.model_validate({"begun": True, "since": since}))
    await saved(store, lambda: store.change(DESK, lambda tx: fill(tx, DIRECTORY)))
    await saved(store, lambda: store.change(DESK, lambda tx: tx.keep_settings(settings)))

    def hold(number: int, key: str) -> Awaitable[Ticket]:
        fields = {"holdReason": "parts", "holdUntil": soon(chance).isoformat()}
        return steps.take(DESK, number, "hold", fields, StepRequest(AGENT, f"{key} held"))

    async def agent() -> None:
        while True:
            key, is_due = f"key {chance.getrandbits(64)}", chance.random() < 0.5
            create = partial(_created, tickets, key, chance, soon(chance) if is_due else None)
            ticket = await saved(store, create)
            if not is_due:
                ticket = await saved(store, partial(hold, ticket.number, key))
            say(f"{ticket.number} {ticket.version}")

    await at_work(store, courier, *(agent() for _ in range(_WRITERS)))


def soon(chance: Random) -> datetime:
    return fast_now() + timedelta(seconds=chance.uniform(20, 60))


async def _created(tickets: Tickets, key: str, chance: Random, due_at: datetime | None) -> Ticket:
    assignee = f"UA{chance.randrange(1000)}"
    channel = f"C{key[4:]}"
    target = Target(channel=channel, user=AGENT.user)
    origin, requester = Origin(way="command", channel=channel), f"UR{chance.randrange(1000)}"
    request = CreateRequest(AGENT, origin, target, key, requester=requester)
    wire = {**WIRE, "summary": key, "assignedUserId": assignee, "priority": "critical"}
    if due_at:
        wire["slaDueAt"] = due_at.isoformat()
    return (await tickets.create(DESK, wire, request)).ticket


def workers(store: Store, slack: Slack, read: Clock = fast_now) -> tuple[Courier, DeskClock]:
    courier = Courier(store, slack, read, Supervisor(read))
    store.on_jobs(courier.wake)
    return courier, DeskClock(store, read, Supervisor(read), subjects(People(store, read), timedelta()))


def clocked(folder: Path, said: list[str]) -> int:
    """Nothing that was planned is lost, and nothing that happened is told twice."""
    return asyncio.run(_clocked(folder, said))


async def _clocked(folder: Path, said: list[str]) -> int:
    store, slack = open_desk(folder)
    tickets = await tickets_of(store, DESK)
    for line in said:
        number, version = map(int, line.split())
        assert tickets[number].version >= version, "what was acknowledged is there"
    await nothing_is_lost(store, DESK, slack.posts())
    slack.close()
    await store.close()
    return len(tickets)


async def nothing_is_lost(store: Store, workspace: Workspace, posts: Sequence[Post]) -> None:
    """Of what the clock does in a workspace: it is planned, waits, or was posted, and that once."""
    tickets = await tickets_of(store, workspace)
    planned = {timer.subject: timer for timer in await store.read(workspace).timers(limit=1_000_000)}
    for ticket in tickets.values():
        waits = ticket.status == "on_hold" or (
            _is_due(ticket) and not await _is_late(store, workspace, ticket)
        )
        assert not waits or f"ticket:{ticket.number}" in planned, "what waits has a moment"
    digests = [timer.digest for timer in planned.values() if timer.digest]
    jobs = await store.read(workspace).jobs()
    digests += [job.digest for job in jobs if job.digest]
    waiting = {name_of(job.number, news) for job in jobs for news in job.told} | _named(digests)
    posted = Counter(name for post in that_stay(posts, jobs) for name in post.told)
    assert not [name for name, count in posted.items() if count > 1], "nothing is told twice"
    told = await _told(store, workspace, tickets)
    assert told <= {*map(_whom, waiting), *map(_whom, filter(_is_news, posted))}, "nothing is left out"


def _named(digests: list[Digest]) -> set[str]:
    return {name_of(each.number, each.news) for digest in digests for each in digest.first}


def _is_due(ticket: Ticket) -> bool:
    """Whoever gives a time that has passed by then knows it, and is told nothing."""
    return ticket.sla_due_at is not None and ticket.sla_due_at > ticket.created_at


async def _is_late(store: Store, workspace: Workspace, ticket: Ticket) -> bool:
    return await store.read(workspace).last_entry(ticket.number, PAGED) is not None


async def _told(store: Store, workspace: Workspace, tickets: dict[int, Ticket]) -> set[str]:
    """Who is to be told of what, by the histories: of holds that have ended, of warnings and of pages."""
    told = set()
    for number, ticket in tickets.items():
        history = await store.read(workspace).history(number, limit=ticket.version)
        for version, entry in enumerate(reversed(history), start=1):
            if entry.what == "hold_ended":
                told |= {
                    f"T-{number}:{version}:{user}" for user in (ticket.assigned_user_id, ticket.created_by)
                }
            told |= {
                f"T-{number}:{version}:{change.after}"
                for change in entry.changes
                if change.field in {WARNED, PAGED}
            }
    return told


def _is_news(name: str) -> bool:
    """And not the id of a reminder."""
    return ":" in name


def _whom(name: str) -> str:
    """A name without what it is that somebody is told."""
    number, version, _, user = name.split(":")
    return f"{number}:{version}:{user}"


def all_back(folder: Path) -> None:
    """Long after the last hold: every ticket is back, and whoever has it was told once."""
    asyncio.run(_all_back(folder))


async def _all_back(folder: Path) -> None:
    store, slack = open_desk(folder)
    looks = count(1)
    courier, desk_clock = workers(store, slack, lambda: fast_now() + next(looks) * timedelta(seconds=10))
    await courier.start()
    while await store.read(DESK).timers(limit=1):
        await desk_clock.turn()
    async with asyncio.timeout(60):
        await courier.idle()
    await courier.stop(1)
    await all_is_done(store, DESK, slack.posts())
    slack.close()
    await store.close()


async def all_is_done(store: Store, workspace: Workspace, posts: Sequence[Post]) -> None:
    """Of what the clock is to do in a workspace, once all of it is due."""
    tickets = await tickets_of(store, workspace)
    assert not [ticket.number for ticket in tickets.values() if ticket.status == "on_hold"]
    names = [name for post in posts for name in post.told if _is_news(name)]
    told = [_whom(name) for name in names if name.split(":")[2] in _BY_CLOCK]
    assert Counter(told) == Counter(await _told(store, workspace, tickets)), (
        "nothing is told twice, nothing is left out"
    )
    for ticket in tickets.values():
        assert not _is_due(ticket) or await _is_late(store, workspace, ticket), (
            "of what is late somebody is paged"
        )


async def tickets_of(store: Store, workspace: Workspace) -> dict[int, Ticket]:
    page = await store.read(workspace).tickets(TicketFilter(), limit=1_000_000)
    return {ticket.number: ticket for ticket in page.tickets}
