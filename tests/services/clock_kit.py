"""A desk with a real store whose clock acts when a test says so, at the time that the test says it is."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from pydantic import JsonValue

from bot.domain.outbox import Job, Target
from bot.domain.permissions import Actor
from bot.domain.queues import Queue, Rotation
from bot.domain.steps import StepName
from bot.domain.ticket import Origin, Ticket
from bot.domain.workspace import Workspace
from bot.domain.workspace_settings import WorkspaceSettings
from bot.services.clock import DeskClock, Subject
from bot.services.clock_subjects import subjects
from bot.services.leases import Leases
from bot.services.people import People
from bot.services.step_requests import StepRequest
from bot.services.ticket_steps import TicketSteps
from bot.services.tickets import CreateRequest, Tickets
from bot.tasks import Supervisor
from storage import open_store
from tests.directories import fill
from tests.storage.samples import DIRECTORY
from tests.stores import store_url

DESK = Workspace(team_id="T111")
ANA = Actor(user="U0ANA", is_known=True, is_agent=True, reads_all_notes=True)
BEN, CHLOE = "U0BEN", "U0CHLOE"
MONDAY = datetime(2026, 11, 30, 9, tzinfo=UTC)
NETWORK = Queue(
    name="network",
    channel="C0NETWORK",
    owner="U0DANA",
    rotation=Rotation(
        people=(BEN, CHLOE), rule="FREQ=WEEKLY;BYDAY=MO;BYHOUR=9", zone="Etc/UTC", start=MONDAY
    ),
)
_WIRE = {"customerId": "acme", "siteId": "hq", "ticketType": "break_fix", "sourceChannel": "internal"}


class ClockedDesk:
    def __init__(self, folder: Path) -> None:
        self.now = MONDAY
        self._folder = folder

    async def open(self) -> "ClockedDesk":
        self.store = open_store(store_url(self._folder))
        await self.store.change(DESK, lambda tx: fill(tx, DIRECTORY))
        self.people, tasks = People(self.store, self.read), Supervisor(self.read)
        self.subjects: dict[str, Subject] = {**subjects(self.people, timedelta())}
        self._leases = Leases(self.store)
        self.clock = DeskClock(self.store, self.read, tasks, self.subjects, self._leases)
        self._tickets = Tickets(self.store, self.read)
        self._steps = TicketSteps(self.store, self.read)
        return self

    def read(self) -> datetime:
        return self.now

    async def close(self) -> None:
        await self._leases.let_go("clock")  # as it is let go of when a process stops
        await self.store.close()

    async def set_up(self, settings: WorkspaceSettings) -> None:
        await self.store.change(DESK, lambda tx: tx.keep_settings(settings))

    async def create(self, **fields: JsonValue) -> Ticket:
        request = CreateRequest(
            actor=ANA,
            requester="U0EMIL",
            origin=Origin(way="command", channel="C1"),
            target=Target(channel="C1", user=ANA.user),
            key=uuid4().hex,
        )
        wire = {**_WIRE, "summary": "Printer down", **fields}
        return (await self._tickets.create(DESK, wire, request)).ticket

    async def step(self, number: int, name: StepName, **fields: JsonValue) -> Ticket:
        return await self._steps.take(DESK, number, name, fields, StepRequest(ANA, uuid4().hex))

    async def ticket(self, number: int) -> Ticket:
        ticket = await self.store.read(DESK).ticket(number)
        assert ticket
        return ticket

    async def at(self, moment: datetime) -> None:
        """It is then, and the clock acts on all that is due."""
        self.now = moment
        while await self.clock.turn() == 0:
            pass

    async def jobs(self) -> list[Job]:
        """What has been told since the last time that somebody asked."""
        jobs = [job for job in await self.store.read(DESK).jobs() if job.told or job.digest]
        for job in await self.store.read(DESK).jobs():
            await self.store.change(DESK, lambda tx, job=job: tx.dequeue(job.id))  # type: ignore[misc]
        return jobs

    async def told(self) -> list[str]:
        """`U0BEN came_back T-1` for each message; `U0BEN 4 came_back` for a digest."""
        words = []
        for job in await self.jobs():
            if job.digest:
                counts = ", ".join(f"{count} {event}" for event, count in job.digest.counts)
                words.append(f"{job.channel} {counts}")
            else:
                words.append(f"{job.told[0].to} {' '.join(each.event for each in job.told)} T-{job.number}")
        return words
