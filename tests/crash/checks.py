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
from bot.domain.ticket import Entry, Ticket
from bot.services.outbox.courier import Courier
from bot.services.ports.store import Store
from bot.tasks import Supervisor
from storage.journal.engine import Engine
from tests.crash.loads import DESK, now, open_desk

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
    waiting = {job.number for job in await store.read(DESK).jobs()}
    for ticket in tickets.values():
        assert ticket.cards or ticket.number in waiting, "no card is missing"
    _once(delivery for delivery, _ in slack.posts())
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
        else:
            assert ticket.version >= int(rest), "what was acknowledged is there"


def delivered(folder: Path) -> None:
    """Whoever comes last shows the rest: every ticket has one card, and it is the one in Slack."""
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
    places = [place for _, place in slack.posts()]
    assert len(places) == len(tickets)
    assert {ticket.cards for ticket in tickets.values()} == {(place,) for place in places}
    slack.close()
    await store.close()


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


CHECKS: dict[str, Check] = {"threads": threads, "desk": desk}
LAST: dict[str, Callable[[Path], None]] = {"desk": delivered}
"""What a load comes to when nobody is killed any more."""
