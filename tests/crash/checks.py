"""What must be there after a crash: all that was acknowledged, once, and as its history says."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import timedelta
from itertools import count
from pathlib import Path

import orjson

from bot.domain.contract import TicketCreate
from bot.domain.search import TicketFilter
from bot.domain.ticket import Entry, Place, Ticket
from bot.services.outbox.courier import Courier
from bot.services.ports.store import Store
from bot.tasks import Supervisor
from storage import open_store
from storage.journal.engine import Engine
from tests import bursts
from tests.crash import clock_load, workspaces_checks
from tests.crash.desk import DESK, now, open_desk, url_of
from tests.crash.slack import name_of, that_stay

Check = Callable[[Path, list[str]], int]
"""Opens what a crash left, and holds it against all that was ever acknowledged. Gives how many documents there are."""


def threads(folder: Path, said: list[str]) -> int:
    engine = Engine(folder / "T1.json")
    log = {row: orjson.loads(raw) for row, raw in engine.view.documents("log").items()}
    counters = {row: orjson.loads(raw)["count"] for row, raw in engine.view.documents("counters").items()}
    engine.close()
    assert [*log] == [*range(1, len(log) + 1)], "numbers have no duplicate and no gap"
    replayed: Counter[int] = Counter()
    for entry in log.values():
        replayed[entry["counter"]] += 1
        assert entry["count"] == replayed[entry["counter"]], "nothing is there twice, nothing is missing"
    assert replayed == counters, "history replays to the state"
    for line in said:
        counter, count = map(int, line.split())
        assert counters[counter] >= count, "what was acknowledged is there"
    return len(log)


def desk(folder: Path, said: list[str]) -> int:
    return asyncio.run(_desk(folder, said))


async def _desk(folder: Path, said: list[str]) -> int:
    store, slack = open_desk(folder)
    tickets = await _tickets(store)
    await _acknowledged(store, tickets, said)
    for ticket in tickets.values():
        history = await store.read(DESK).history(ticket.number, limit=ticket.version + 1)
        assert _replayed(reversed(history)) == _contract(ticket), "history replays to the state"
        assert ticket.version == len(history)
    jobs, posts = await store.read(DESK).jobs(), slack.posts()
    waiting = {job.number for job in jobs if job.kind == "card" and not job.direct}
    for ticket in tickets.values():
        assert _in_channels(ticket) or ticket.number in waiting, "no card is missing"
    kept = {name_of(job.number, news) for job in jobs for news in job.told}
    assert not (await _news(store, tickets) - kept).difference(*(post.told for post in posts)), (
        "no news are lost"
    )
    counted = that_stay(posts, jobs)
    _once(post.delivery for post in counted)
    _once(name for post in counted for name in post.told)
    slack.close()
    await store.close()
    return len(tickets)


async def _tickets(store: Store) -> dict[int, Ticket]:
    page = await store.read(DESK).tickets(TicketFilter(), limit=1_000_000)
    tickets = {ticket.number: ticket for ticket in reversed(page.tickets)}
    assert [*tickets] == [*range(1, len(tickets) + 1)], "numbers have no duplicate and no gap"
    assert not page.has_more
    _once(ticket.summary for ticket in tickets.values())
    return tickets


async def _acknowledged(store: Store, tickets: dict[int, Ticket], said: list[str]) -> None:
    for line in said:
        what, number, rest = line.split(" ", 2)
        ticket = tickets[int(number)]
        if what == "created":
            assert ticket.summary == rest
            assert await store.read(DESK).answered(rest) == ticket.number
        elif what == "commented":
            assert await store.read(DESK).comment(f"typed:{rest}"), "what was acknowledged is there"
        else:
            assert ticket.version >= int(rest), "what was acknowledged is there"


def intake(folder: Path, said: list[str]) -> int:
    return asyncio.run(_intake(folder, said))


async def _intake(folder: Path, said: list[str]) -> int:
    store = open_store(url_of(folder))
    found = await bursts.hold(store.read(DESK), None, acknowledged=said)
    await store.close()
    return found


def delivered(folder: Path) -> None:
    """Whoever comes last shows the rest: every ticket has one card in its channel, those of tickets are those in Slack,
    and each has been told what concerns them, once, and nothing else."""
    asyncio.run(_delivered(folder))


async def _delivered(folder: Path) -> None:
    store, slack = open_desk(folder)
    looks = count()
    courier = Courier(
        store, slack, lambda: now() + next(looks) * timedelta(seconds=10), Supervisor(now)
    )  # Slack's limits take long
    await courier.start()
    async with asyncio.timeout(60):
        await courier.idle()
    await courier.stop(1)
    tickets = await _tickets(store)
    posts = slack.posts()
    assert all(len(_in_channels(ticket)) == 1 for ticket in tickets.values())
    cards = [(card.channel, card.ts) for ticket in tickets.values() for card in ticket.cards]
    posted = [(post.place.channel, post.place.ts) for post in posts if post.kind == "card"]
    assert Counter(cards) == Counter(posted)
    told = Counter(name for post in posts for name in post.told)
    assert told == Counter(await _news(store, tickets)), "nothing is told twice, nothing is left out"
    slack.close()
    await store.close()


def _in_channels(ticket: Ticket) -> list[Place]:
    return [card for card in ticket.cards if not card.is_direct]


async def _news(store: Store, tickets: dict[int, Ticket]) -> set[str]:
    """What is to be told, by the histories: to the requester, to whoever gets a ticket and to whoever had it, who never are
    the one who acts; and a comment to its assignee."""
    names = set()
    for number, ticket in tickets.items():
        history = await store.read(DESK).history(number, limit=ticket.version)
        for version, entry in enumerate(reversed(history), start=1):
            given = [change for change in entry.changes if change.field == "assignedUserId"]
            event = "created" if version == 1 else "assigned"
            names |= {
                f"T-{number}:{version}:{event}:{user}"
                for change in given
                for user in (change.before, change.after, ticket.created_by)
                if user
            }
        found = await store.read(DESK).comments(number, limit=1_000_000, internal=True)
        names |= {f"T-{number}:{comment.key}" for comment in found.comments}
    return names


def _replayed(history: Iterable[Entry]) -> dict[str, object]:
    fields: dict[str, object] = {}
    for entry in history:
        for change in entry.changes:
            assert fields.get(change.field) == change.before
            fields[change.field] = change.after
    return fields


def _contract(ticket: Ticket) -> dict[str, object]:
    wire = ticket.to_wire()
    names = [str(field.alias) for field in TicketCreate.model_fields.values()]
    return {name: wire[name] for name in names if wire[name] is not None}


def _once(names: Iterable[str]) -> None:
    twice = [name for name, count in Counter(names).items() if count > 1]
    assert not twice, "nothing is there twice"


CHECKS: dict[str, Check] = {
    "threads": threads,
    "desk": desk,
    "intake": intake,
    "clock": clock_load.clocked,
    "workspaces": workspaces_checks.kept_apart,
}
LAST: dict[str, Callable[[Path], None]] = {
    "desk": delivered,
    "clock": clock_load.all_back,
    "workspaces": workspaces_checks.all_done,
}
"""What a load comes to when nobody is killed any more."""
