"""Records that views are drawn from."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from bot.domain.contract import parse
from bot.domain.directory import Customer, Directory, Site
from bot.domain.ticket import Origin, Ticket, opened

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def directory() -> Directory:
    return Directory(
        customers=(Customer(id="acme", name="Acme & Sons"), Customer(id="globex", name="Globex")),
        sites=(
            Site(id="acme-hq", name="HQ", customer_id="acme"),
            Site(id="globex-hq", name="HQ", customer_id="globex"),
        ),
    )


def ticket(number: int = 1, **fields: object) -> Ticket:
    wire = {
        "customerId": "acme",
        "siteId": "acme-hq",
        "ticketType": "break_fix",
        "sourceChannel": "phone",
        "summary": "Printer down",
        **fields,
    }
    return opened(
        parse(wire),
        ticket_id=UUID(int=number),
        number=number,
        actor="U0ANA",
        origin=Origin(way="command", channel="C1"),
        now=NOW,
    )
