"""A courier with a real store; only Slack is scripted, and the clock moves when a test moves it."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from bot.domain.audience import Audience
from bot.domain.comments import Comment, ThreadMessage
from bot.domain.contract import parse
from bot.domain.directory import Directory
from bot.domain.elsewhere import SeenComment, SeenTicket
from bot.domain.outbox import Gesture, Job, Search, Target, updates
from bot.domain.telling import Told
from bot.domain.ticket import Origin, Place, SourceMessage, Ticket, opened
from bot.domain.workspace import Workspace
from bot.services.outbox.commits import DELIVERIES
from bot.services.outbox.courier import Courier
from bot.services.outbox.holds import COURIERS
from bot.services.ports.messenger import ChannelClosed, Found, MessageGone, NoAnswer, PostedMessage, Replies
from bot.services.ports.store import JOBS, Store, Transaction
from bot.tasks import Supervisor
from storage import open_store
from storage.postgres.store import PostgresStore
from tests.patience import PATIENCE
from tests.stores import store_url

DESK = Workspace(team_id="T111")
OTHER = Workspace(team_id="T222")
SECRET = "https://hooks.slack.invalid/commands/secret"  # noqa: S105


class Lost(NoAnswer):
    """Slack does what it was asked to, and its answer never arrives."""


@dataclass
class Late:
    """Slack does what it was asked to, and answers when the gate opens."""

    gate: asyncio.Event


@dataclass
class LateAndLost(Late):
    """Slack does it when the gate opens, and its answer never arrives."""


@dataclass
class Call:
    """Something that Slack was asked."""

    at: datetime
    workspace: Workspace
    call: str
    job: Job
    failure: Exception | None = None
    is_watch: bool = False
    """Whether it looks for another post than the one that counts."""


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
    script: dict[int | None, list[Exception | asyncio.Event | Late | None]] = field(
        default_factory=lambda: defaultdict(list)
    )
    calls: list[Call] = field(default_factory=list)
    messages: dict[Place, Message] = field(default_factory=dict)
    private: list[Job] = field(default_factory=list)
    replies: list[ThreadMessage] = field(default_factory=list)
    may_read: bool = True
    empty_pages: int = 0
    at_once: int = 0
    most_at_once: int = 0

    async def show(
        self,
        workspace: Workspace,
        job: Job,
        ticket: Ticket,
        directory: Directory,
        audience: Audience = "team",
        told: Sequence[Told] = (),
    ) -> Place | None:
        del directory, audience, told
        self.calls.append(call := Call(self.clock(), workspace, "update" if job.place else "post", job))
        try:
            answer = await self._scripted(job)
            place = self._change(job.place, ticket) if job.place else self._post(job, ticket)
        except Exception as failure:
            call.failure = failure
            raise
        if isinstance(answer, Late):
            await self._wait(answer.gate)
        elif answer:
            raise answer
        return place

    async def say(self, workspace: Workspace, job: Job, ticket: Ticket, comment: Comment) -> Place | None:
        text = comment.text
        place = await self.show(workspace, job, ticket, Directory())
        if place:
            self.at(place).texts.append(text)
        return place

    async def tell(
        self, workspace: Workspace, job: Job, ticket: Ticket, told: Sequence[Told]
    ) -> Place | None:
        place = await self.show(workspace, job, ticket, Directory(), told=told)
        if place:
            self.at(place).texts += [f"{each.news.event} {each.words}".strip() for each in told]
        return place

    async def notify(self, workspace: Workspace, job: Job) -> Place | None:
        return await self.show(workspace, job, new_ticket(1), Directory())

    async def digest(self, workspace: Workspace, job: Job, _: Sequence[Ticket]) -> Place | None:
        return await self.show(workspace, job, new_ticket(1), Directory())

    async def remind(self, workspace: Workspace, job: Job, _: Sequence[Ticket]) -> Place | None:
        return await self.show(workspace, job, new_ticket(1), Directory())

    async def mirror(self, workspace: Workspace, job: Job, seen: SeenTicket) -> Place | None:
        version = seen.shared.ticket.version if seen.shared else 0
        shown = new_ticket(seen.number).model_copy(update={"version": version})
        return await self.show(workspace, job, shown, Directory())

    async def mirror_comment(
        self, workspace: Workspace, job: Job, seen: SeenTicket, comment: SeenComment
    ) -> Place | None:
        return await self.say(workspace, job, new_ticket(seen.number), comment.comment)

    async def answer(self, workspace: Workspace, job: Job) -> Place | None:
        if not job.passes:
            return await self.show(workspace, job, new_ticket(1), Directory())
        self.calls.append(call := Call(self.clock(), workspace, "show", job))
        try:
            lost = await self._scripted(job)
        except Exception as failure:
            call.failure = failure
            raise
        self.private.append(job)
        if isinstance(lost, Lost):
            raise lost
        return None

    async def read(self, workspace: Workspace, job: Job) -> Replies:
        """A page of two of `replies`, where the cursor counts them."""
        self.calls.append(Call(self.clock(), workspace, "fetch", job))
        assert job.fetch
        if isinstance(lost := await self._scripted(job), Lost):
            raise lost
        begin = int(job.fetch.cursor or 0)
        more = begin + 2 < len(self.replies)
        return Replies(self.replies[begin : begin + 2], str(begin + 2) if more else None)

    async def message(self, workspace: Workspace, job: Job) -> PostedMessage:
        """A message at the head of its thread."""
        self.calls.append(Call(self.clock(), workspace, "fetch", job))
        assert job.gesture
        if isinstance(lost := await self._scripted(job), Lost):
            raise lost
        return PostedMessage(
            SourceMessage(author="U9", text="Printer is dead"), job.gesture.ts, "https://slack"
        )

    async def delete(self, workspace: Workspace, place: Place) -> None:
        self.calls.append(Call(self.clock(), workspace, "delete", self.at(place).job))
        if isinstance(lost := await self._scripted(self.at(place).job), Lost):
            self.at(place).deleted = True
            raise lost
        if self.at(place).deleted:
            raise MessageGone("message_not_found")
        self.at(place).deleted = True

    async def find(self, workspace: Workspace, job: Job, besides: Collection[Place] = ()) -> Found:
        """Shows what was asked for on the page after `empty_pages`."""
        self.calls.append(Call(self.clock(), workspace, "find", job, is_watch=bool(besides)))
        with suppress(ChannelClosed):  # it would not be seen, and that is not this
            if isinstance(lost := await self._scripted(job), Lost):
                raise lost
        read = int((job.search and job.search.cursor) or 0)
        if read < self.empty_pages:
            return Found(further=Search(cursor=str(read + 1)))
        others = {where(each) for each in besides}
        found = (
            place
            for place, message in self.messages.items()
            if message.job.id == job.id and place not in others and not message.deleted
        )
        return Found(next(found, None)) if self.may_read else Found()

    def at(self, place: Place) -> Message:
        return self.messages[where(place)]

    def standing(self) -> list[str]:
        """The channels of the messages that nobody deleted."""
        return sorted(place.channel for place, message in self.messages.items() if not message.deleted)

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
            raise MessageGone("message_not_found")
        message.versions.append(ticket.version)
        return place

    async def _scripted(self, job: Job) -> Lost | Late | None:
        now = asyncio.Event()
        now.set()
        match self.script[job.number] and self.script[job.number].pop(0):
            case LateAndLost() as late:
                await self._wait(late.gate)
                return Lost("TimeoutError")
            case Lost() | Late() as answer:
                await self._wait(now)
                return answer
            case Exception() as error:
                await self._wait(now)
                raise error
            case asyncio.Event() as gate:
                await self._wait(gate)
            case _:
                await self._wait(now)
        return None

    async def _wait(self, gate: asyncio.Event) -> None:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        self.happened.set()
        try:
            await gate.wait()
        finally:
            self.at_once -= 1


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
        self.heeded: list[str | None] = []
        self.faults: list[Exception] = []
        self._url = store_url(folder)
        self._wrap, self._dead = wrap, dead
        self._made = 0
        self.open()

    def open(self) -> None:
        self.store = self._wrap(open_store(self._url, on_commit=lambda _: self.happened.set()))
        self.others: list[Courier] = []
        self.asleep: list[Courier] = []  # of these nobody waits for anything
        self.courier = self.new_courier()

    def new_courier(self, store: Store | None = None) -> Courier:
        return Courier(
            store or self.store,
            self.slack,
            lambda: self.now,
            Supervisor(lambda: self.now),
            backoff=self.backoff,
            on_replies=self.keep,
            on_gesture=self.heed,
        )

    async def another(self) -> Courier:
        """One more at work on the same store, as another process would have it."""
        self.others.append(other := self.new_courier())
        await other.start()
        return other

    async def keep(self, tx: Transaction, job: Job, replies: Sequence[ThreadMessage]) -> None:
        """Keeps what was read as comments."""
        for reply in replies:
            await tx.keep_comment(
                Comment(
                    key=reply.key, number=job.number or 0, author=reply.author, at=self.now, text=reply.text
                )
            )

    async def heed(self, _: Workspace, __: Gesture, posted: PostedMessage | None) -> None:
        """Fails as often as there are `faults`."""
        if self.faults:
            raise self.faults.pop()
        self.heeded.append(posted and posted.source.text)

    def backoff(self, failures: int) -> timedelta:
        self.waits.append(failures)
        return timedelta(seconds=min(2 ** (failures - 1), 3600))

    async def close(self) -> None:
        for courier in (self.courier, *self.others):
            await courier.stop(grace=0)
        await self.store.close()

    async def stop(self) -> None:
        """As `close`, for another process to go on at once: a channel that rests is rested by PostgreSQL's clock."""
        for courier in (self.courier, *self.others):
            await courier.stop(grace=0)
        async with asyncio.timeout(PATIENCE):
            while self.store.is_shared and await self.store.holds(COURIERS):  # noqa: ASYNC110  (nobody tells)
                await asyncio.sleep(0.02)
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

        async def ask(tx: Transaction) -> None:
            for missing in range(await tx.next_number(), number + 1):
                await tx.save(new_ticket(missing), now=self.now)
            await tx.enqueue(self.courier.claimed(workspace, job))

        await self.store.change(workspace, ask)
        return job

    async def change(self, number: int, workspace: Workspace = DESK) -> None:
        """Makes the next version of a ticket, as the desk does."""

        async def change(tx: Transaction) -> None:
            ticket = await tx.ticket(number)
            assert ticket
            changed = ticket.model_copy(update={"version": ticket.version + 1})
            await tx.save(changed, now=self.now)
            for job in updates(changed, self.now):
                await tx.enqueue(job)

        await self.store.change(workspace, change)

    def advance(self, seconds: float) -> None:
        was, self.now = self.now, self.now + timedelta(seconds=seconds)
        is_due = self.store.next_due(after=was, due=JOBS) not in (
            None,
            self.store.next_due(after=self.now, due=JOBS),
        )
        for courier in (self.courier, *self.others):
            courier._outboxes.woken.set()
            if is_due:  # in one that is closed: the courier wakes for it
                courier._takeover.asked.set()

    async def rest(self) -> None:
        """Waits until no courier can do more before the clock moves, or Slack lets go of what hangs. Where a store is shared, they
        look once more what there is in it."""
        await self._quiet()
        if self.store.is_shared and not self._dead():
            for each in (self.courier, *self.others):
                each._takeover.asked.set()
            await self._quiet()

    async def _quiet(self) -> None:
        quiet = 0
        async with asyncio.timeout(PATIENCE):
            while quiet < 5 and not self._dead():
                # What a database is asked takes a while: to look every time round the loop would cost more than it.
                await asyncio.sleep(0.001 if _asks_a_database(self.store) else 0)
                couriers = [each for each in (self.courier, *self.others) if each not in self.asleep]
                busy = sum(_under_way(each, DELIVERIES) for each in couriers) > self.slack.at_once
                busy = busy or _asks_a_database(self.store)
                quiet = 0 if busy or any(map(_is_at_work, couriers)) else quiet + 1

    async def deliver_all(self) -> None:
        """Moves the clock from one thing that can be done to the next until nothing is left."""
        await self.rest()
        while times := self.times():
            self.advance(max(0.0, (min(times) - self.now).total_seconds()))
            await self.rest()

    def times(self) -> list[datetime]:
        """When something can be done, in each workspace that is open, and in the next of those that are closed."""
        outboxes = [each for courier in (self.courier, *self.others) for each in courier._outboxes.values()]
        closed = self.store.next_due(after=self.now, due=JOBS)
        return [at for at in (closed, *(each.queue.next_at() for each in outboxes)) if at]

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

    def calls(self) -> list[Call]:
        """Without those by which, of a store that is shared, whoever posts again looks whether another courier did, too: they are
        in test_overtaken.py."""
        return [call for call in self.slack.calls if not (self.store.is_shared and call.is_watch)]

    def asked(self, number: int | None = None) -> list[str]:
        """What Slack was asked to do, of one ticket or of all."""
        return [call.call for call in self.calls() if number in {None, call.job.number}]

    def versions(self) -> list[list[int]]:
        """What each card has shown."""
        return [message.versions for message in self.slack.messages.values()]


def where(place: Place) -> Place:
    """A message by its channel and ts alone: Slack does not know who reads there, nor what they are told."""
    return Place(channel=place.channel, ts=place.ts)


def supervisor_of(courier: Courier) -> Supervisor:
    """Each courier has one of its own, as if it were alone in its process."""
    supervisor = courier._tasks
    assert isinstance(supervisor, Supervisor)
    return supervisor


def _under_way(courier: Courier, name: str) -> int:
    """How many tasks of that name there are."""
    return sum(each.under_way for each in supervisor_of(courier).status() if each.name == name)


def _asks_a_database(store: Store) -> bool:
    return isinstance(store, PostgresStore) and store.database._pool.used > 0


def _is_at_work(courier: Courier) -> bool:
    if not _under_way(courier, "courier"):
        return False
    woken = courier._outboxes.woken.is_set() or courier._takeover.asked.is_set()
    return bool(
        woken or courier._to_restore or courier._takeover._taking or 0.0 in courier._takeover._ask_at.values()
    )


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
