"""Tickets as a desk has them, 0.4 to 0.8 KB of JSON each, whose words, people and times differ."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import get_args
from uuid import UUID

import orjson

from bot.domain.contract import Priority, Severity, SourceChannel, Status, TicketType, parse
from bot.domain.ticket import Origin, Ticket, opened
from storage.tinydb.documents import document

START = datetime(2024, 1, 1, 8, tzinfo=UTC)
THINGS = ("Printer", "Boiler", "Door", "Lift", "Router", "Freezer", "Alarm", "Forklift", "Scanner", "Pump")
FAULTS = ("is down", "leaks", "makes noise", "does not start", "shows an error", "smells of smoke")
PLACES = ("floor", "hall", "gate", "room", "dock")
SINCE = ("Since this morning", "After the update", "Again", "Every few minutes", "Since the power cut")
QUEUES = ("heating", "network", "access", "devices", "cooling", "vehicles", "tills", "building")
ONE_IN_FIVE = 0.2


def made(number: int) -> Ticket:
    """For the same number the same one, in any run."""
    luck = Random(number)  # noqa: S311  (a sample, and no secret)
    created = START + timedelta(minutes=luck.randrange(6), seconds=311 * number)
    what = f"{luck.choice(THINGS)} {luck.randrange(5000)} {luck.choice(FAULTS)}"
    wire: dict[str, object] = {
        "customerId": f"customer-{luck.randrange(500)}",
        "siteId": f"site-{luck.randrange(2000)}",
        "ticketType": luck.choice(get_args(TicketType)),
        "sourceChannel": luck.choice(get_args(SourceChannel)),
        "priority": luck.choice(get_args(Priority)),
        "status": luck.choice(get_args(Status)),
        "summary": f"{what}, {luck.choice(PLACES)} {luck.randrange(60)}",
    }
    if luck.random() > ONE_IN_FIVE:
        wire["assignedQueue"] = luck.choice(QUEUES)
        wire["assignedUserId"] = f"U0{luck.randrange(200):09}"
    if luck.random() > ONE_IN_FIVE:
        wire["slaDueAt"] = (created + timedelta(hours=luck.choice((1, 4, 8, 24, 72)))).isoformat()
        wire["severity"] = luck.choice(get_args(Severity))
    if luck.random() < 2 * ONE_IN_FIVE:
        wire["symptomDescription"] = f"{luck.choice(SINCE)} it {what.partition(' ')[2]}, on {what}." * 2
    return opened(
        parse(wire),
        ticket_id=UUID(int=luck.getrandbits(128), version=4),
        number=number,
        actor=f"U1{luck.randrange(5000):09}",
        origin=Origin(way="command", channel=f"C0{luck.randrange(50):09}"),
        now=created,
    )


def ticket(number: int) -> dict[str, object]:
    """The document of a ticket."""
    kept = dict(document(made(number)))
    del kept["cards"]  # they have rows of their own
    return kept


def raw(number: int) -> tuple[bytes, bytes]:
    """The document of a ticket and that of the first entry of its history, as JSON."""
    return orjson.dumps(ticket(number)), orjson.dumps(document(made(number).new_entries[0]))
