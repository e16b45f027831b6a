"""A desk's worth of records, small and full ones."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from bot.domain.contract import parse
from bot.domain.directory import Asset, Contact, Customer, Directory, Site, System
from bot.domain.draft import Draft, Overlong
from bot.domain.outbox import Job, Target
from bot.domain.queues import Override, Queue, Rotation
from bot.domain.ticket import File, Origin, Place, SourceMessage, Ticket, opened
from bot.domain.workspace import Workspace
from bot.domain.workspace_settings import WorkspaceSettings
from tests.histories import as_read

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
DESK = Workspace(enterprise_id="E111", team_id="T111")
OTHER = Workspace(team_id="T222")


def new_ticket(number: int, **fields: object) -> Ticket:
    """A small ticket that is yet to be saved; `fields` by the contract's names."""
    wire = {
        "customerId": "acme",
        "siteId": "hq",
        "ticketType": "break_fix",
        "sourceChannel": "internal",
        "summary": f"Printer {number} down",
    }
    return opened(
        parse(wire | fields),
        ticket_id=UUID(int=number),
        number=number,
        actor="U1",
        origin=Origin(way="command", channel="C1"),
        now=NOW,
    )


def ticket(number: int, **fields: object) -> Ticket:
    """The same without a history."""
    return as_read(new_ticket(number, **fields))


def job(name: int, number: int = 1) -> Job:
    return Job(
        id=UUID(int=name),
        number=number,
        target=Target(channel="C1", thread_ts="1.2", response_url="https://slack.invalid/r", user="U1"),
        created_at=NOW,
        due_at=NOW,
    )


def draft(nonce: str) -> Draft:
    message = SourceMessage(author="U2", text="It <smokes> & stinks")
    overlong = {"symptomDescription": Overlong(whole="x" * 4000, shown="x" * 2999 + "…")}
    return Draft(nonce=nonce, created_at=NOW, message=message, overlong=overlong)


NEW_TICKET = opened(
    parse(
        {
            "customerId": "acme",
            "siteId": "hq",
            "relatedSystemId": "boiler",
            "relatedAssetId": "boiler-7",
            "ticketType": "break_fix",
            "sourceChannel": "phone",
            "priority": "critical",
            "severity": "safety",
            "status": "triaged",
            "summary": "Boiler “7” smells of gas 🔥",
            "symptomDescription": "Since this morning.\nValve closed. " * 300,
            "triageNotes": "Call the fire brigade",
            "assignedQueue": "heating",
            "assignedUserId": "U0BEN",
            "reportedByContactId": "ann",
            "category": "gas",
            "slaDueAt": "2026-11-23T18:30:00.250+01:00",
            "workspaceId": "T111",
            "visibilityMode": "shared",
            "contactMethod": "phone",
            "estimatedLaborHours": 2.75,
            "relatedTicketId": "550e8400-e29b-41d4-a716-446655440000",
        }
    ),
    ticket_id=UUID("0b9d1b5e-6d1c-4c39-9d5e-2f6f5a6a7b1c"),
    number=1,
    actor="U0ANA",
    origin=Origin(
        way="message",
        channel="C0HELP",
        message_ts="1795426200.000100",
        thread_ts="1795426200.000100",
        permalink="https://acme.slack.invalid/archives/C0HELP/p1795426200000100",
        message=SourceMessage(
            author="U0ANN",
            text="It *smells*",
            files=(File(name="boiler.jpg", permalink="https://files.slack.invalid/boiler.jpg"),),
        ),
    ),
    now=NOW + timedelta(microseconds=123456),
)
FULL_TICKET = as_read(NEW_TICKET).model_copy(
    update={"cards": (Place(channel="C0HELP", ts="1795426201.000200"),)}
)

DIRECTORY = Directory(
    customers=(Customer(id="zeta", name="Zeta"), Customer(id="acme", name="Acme Ltd")),
    sites=(Site(id="hq", name="Headquarters", customer_id="acme", address="1 Main St"),),
    systems=(System(id="boiler", name="Boiler", site_id="hq"),),
    assets=(Asset(id="boiler-7", name="Boiler 7", site_id="hq", system_id="boiler"),),
    contacts=(Contact(id="ann", name="Ann", customer_id="acme", email="ann@acme.invalid", phone="1234"),),
)

SETUP = WorkspaceSettings(
    queues=(
        Queue(
            name="Network",
            channel="C2",
            group="S1",
            owner="U1",
            rotation=Rotation(people=("U1", "U2"), rule="FREQ=DAILY", zone="Europe/Berlin", start=NOW),
            overrides=(Override(person="U3", covers="U2", start=NOW, end=NOW + timedelta(days=2)),),
        ),
    ),
    default_queue="Network",
    emoji=True,
    notes="queue",
)
