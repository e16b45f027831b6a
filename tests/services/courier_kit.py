"""A courier with a real store; only Slack is scripted, and the clock moves when a test moves it."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from bot.domain.comments import Comment
from bot.domain.contract import parse
from bot.domain.directory import Directory
from bot.domain.outbox import Job, Target, updates
from bot.domain.ticket import Origin, Place, Ticket, opened
from bot.domain.workspace import Workspace
from bot.services.outbox.courier import DELIVERIES, Courier
from bot.services.ports.messenger import Closed, NoAnswer
from bot.services.ports.store import Store
from bot.tasks import Supervisor
from storage import open_store

DESK = Workspace(team_id="T111")
OTHER = Workspace(team_id="T222")
SECRET = "https://hooks.slack.invalid/commands/secret"  # noqa: S105


class Lost(NoAnswer):
    """Slack does what it was asked to, and its answer never arrives."""


@dataclass
class Call:
    """Something that Slack was asked."""

    at: datetime
    workspace: Workspace
    step: str
    job: Job
    failure: Exception | None = None


@dataclass
class Message:
    """A card in Slack and every version of the ticket that it has shown; or a comment, and its words."""

    job: Job
    versions: list[int]
    deleted: bool = False
    texts: list[str] = field(default_factory=list)


@dataclass
class Slack:
    """Does everything at once, unless the script of a ticket has something else for it: an error, or a wait."""

    clock: Callable[[], datetime]
    happened: asyncio.Event
    script: dict[int, list[Exception | asyncio.Event | None]] = field(
        default_factory=lambda: defaultdict(list)
    )
    calls: list[Call] = field(default_factory=list)
    messages: dict[Place, Message] = field(default_factory=dict)
    private: list[Job] = field(default_factory=list)
    may_read: bool = True
    at_once: int = 0
    most_at_once: int = 0

    async def show(
        self, workspace: Workspace, job: Job, ticket: Ticket, directory: Directory
    ) -> Place | None:
        del directory
        step = "update" if job.place else "post"
        self.calls.append(call := Call(self.clock(), workspace, step, job))
        try:
            lost = await self._scripted(job)
            place = self._change(job.place, ticket) if job.place else self._post(job, ticket)
        except Exception as failure:
            call.failure = failure
            raise
        if lost:
            raise lost
        return place

    async def say(self, workspace: Workspace, job: Job, ticket: Ticket, comment: Comment) -> Place | None:
        text = comment.text
        place = await self.show(workspace, job, ticket, Directory())
        if place:
            self.at(place).texts.append(text)
        return place

    async def find(self, workspace: Workspace, job: Job) -> Place | None:
        self.calls.append(Call(self.clock(), workspace, "find", job))
        with suppress(Closed):  # it would not be seen, and that is not this
            if lost := await self._scripted(job):
                raise lost
        found = (place for place, message in self.messages.items() if message.job.id == job.id)
        return next(found, None) if self.may_read else None

    def at(self, place: Place) -> Message:
        """Slack does not know who reads a channel."""
        return self.messages[place.model_copy(update={"internal": False})]

    def posted(self) -> list[str]:
        """The users of the jobs whose cards there are, in the order in which they came."""
        return [message.job.target.user for message in self.messages.values()] + [
            job.target.user for job in self.private
        ]

    def _post(self, job: Job, ticket: Ticket) -> Place | None:
        if job.private and job.target.response_url:
            self.private.append(job)
            return None
        place = Place(channel=job.channel, ts=f"{len(self.messages) + 1}.0")
        self.messages[place] = Message(job, [ticket.version])
        return place

    def _change(self, place: Place, ticket: Ticket) -> Place:
        message = self.at(place)
        if message.deleted:
            raise Closed("message_not_found")
        message.versions.append(ticket.version)
        return place

    async def _scripted(self, job: Job) -> Lost | None:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        self.happened.set()
        try:
            match self.script[job.number] and self.script[job.number].pop(0):
                case Lost() as lost:
                    return lost
                case Exception() as error:
                    raise error
                case asyncio.Event() as gate:
                    await gate.wait()
        finally:
            self.at_once -= 1
        return None


class Office:
    """A store on disk, Slack, a clock and a courier between them. Users tell the jobs of a ticket apart."""

    def __init__(
        self,
        folder: Path,
        wrap: Callable[[Store], Store] = lambda store: store,
        dead: Callable[[], bool] = lambda: False,
    ) -> None:
        self.happened = asyncio.Event()
        self.now = datetime(2026, 11, 23, 9, tzinfo=UTC)
        self.slack = Slack(lambda: self.now, self.happened)
        self.waits: list[int] = []
        self._url = f"tinydb:{folder}"
        self._wrap, self._dead = wrap, dead
        self._made = 0
        self.tasks = Supervisor(lambda: self.now)
        self.open()

    def open(self) -> None:
        self.store = self._wrap(open_store(self._url, on_commit=lambda _: self.happened.set()))
        self.courier = Courier(self.store, self.slack, lambda: self.now, self.tasks, backoff=self.backoff)

    def backoff(self, failures: int) -> timedelta:
        self.waits.append(failures)
        return timedelta(seconds=min(2 ** (failures - 1), 3600))

    async def close(self) -> None:
        await self.courier.stop(grace=0)
        await self.store.close()

    async def post(
        self,
        number: int,
        user: str = "U1",
        *,
        channel: str | None = "C1",
        response_url: str | None = None,
        workspace: Workspace = DESK,
    ) -> Job:
        """Asks for a card of a ticket as the desk does; makes the ticket, and those before it, where there is none."""
        self._made += 1
        target = Target(channel=channel, response_url=response_url, user=user)
        job = Job(id=UUID(int=self._made), number=number, target=target, created_at=self.now, due_at=self.now)
        async with self.store.transaction(workspace) as tx:
            for missing in range(await tx.next_number(), number + 1):
                await tx.save(new_ticket(missing), now=self.now)
            await tx.enqueue(job)
        self.courier.wake(workspace, [job])
        return job

    async def change(self, number: int, workspace: Workspace = DESK) -> None:
        """Makes the next version of a ticket, as the desk does."""
        async with self.store.transaction(workspace) as tx:
            ticket = await tx.ticket(number)
            assert ticket
            changed = ticket.model_copy(update={"version": ticket.version + 1})
            await tx.save(changed, now=self.now)
            jobs = updates(changed, self.now)
            for job in jobs:
                await tx.enqueue(job)
        self.courier.wake(workspace, jobs)

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        self.courier.wake(DESK, [])

    async def rest(self) -> None:
        """Waits until the courier can do no more before the clock moves, or Slack lets go of what hangs."""
        courier, quiet = self.courier, 0
        async with asyncio.timeout(5):
            while quiet < 5 and not self._dead():
                await asyncio.sleep(0)
                busy = self.under_way() > self.slack.at_once
                working = busy or courier._woken.is_set() or courier._to_restore
                quiet = 0 if working else quiet + 1

    def under_way(self) -> int:
        """How many deliveries there are."""
        return sum(each.under_way for each in self.tasks.status() if each.name == DELIVERIES)

    async def deliver_all(self) -> None:
        """Moves the clock from one thing that can be done to the next until nothing is left."""
        await self.rest()
        while times := [at for each in self.courier._backlogs.values() if (at := each.next_at())]:
            self.advance(max(0.0, (min(times) - self.now).total_seconds()))
            await self.rest()

    async def ticket(self, number: int, workspace: Workspace = DESK) -> Ticket:
        found = await self.store.read(workspace).ticket(number)
        assert found
        return found

    async def jobs(self, workspace: Workspace = DESK) -> list[Job]:
        return list(await self.store.read(workspace).jobs())

    async def job(self) -> Job:
        """The only one in the outbox."""
        (job,) = await self.jobs()
        return job

    def asked(self, number: int | None = None) -> list[str]:
        """What Slack was asked to do, of one ticket or of all."""
        return [call.step for call in self.slack.calls if number in {None, call.job.number}]

    def versions(self) -> list[list[int]]:
        """What each card has shown."""
        return [message.versions for message in self.slack.messages.values()]


def new_ticket(number: int) -> Ticket:
    wire = {
        "customerId": "acme",
        "siteId": "hq",
        "ticketType": "other",
        "sourceChannel": "internal",
        "summary": "Printer down",
    }
    origin, now = Origin(way="command"), datetime(2026, 11, 23, 8, tzinfo=UTC)
    return opened(parse(wire), ticket_id=UUID(int=number), number=number, actor="U1", origin=origin, now=now)
