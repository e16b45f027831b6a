"""The desk: every use case, each one transaction. The only way in to the store for whoever serves users."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import getrandbits
from typing import Literal
from uuid import UUID

from bot.domain.contract import TicketCreate, parse
from bot.domain.directory import Directory
from bot.domain.draft import Draft
from bot.domain.errors import InvalidInput, NotFound, Problem
from bot.domain.home import Home
from bot.domain.outbox import Job, Target, announcement
from bot.domain.search import Page, TicketFilter
from bot.domain.ticket import Origin, Ticket, opened
from bot.domain.workspace import Workspace
from bot.services.ports.clock import Clock
from bot.services.ports.store import Store

_DRAFTS_LIVE = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Created:
    """The ticket that a request made or, where it had been made before, the first one.

    `repeated`: this very request came before. `taken`: somebody turned the same message into a ticket before.
    """

    ticket: Ticket
    outcome: Literal["created", "repeated", "taken"]


@dataclass(frozen=True, slots=True)
class Request:
    """Who asks for a ticket, where, and where its card belongs.

    `key` names this request: what it made first answers every repetition. `draft` is the nonce of a draft it settles.
    """

    actor: str
    origin: Origin
    target: Target
    key: str
    draft: str | None = None


class Desk:
    """Raises `InvalidInput` with every fault of an input, `NotFound`, and `StoreUnavailable` (nothing was kept)."""

    def __init__(self, store: Store, clock: Clock, wake: Callable[[Workspace, Sequence[Job]], None]) -> None:
        self._store = store
        self._clock = clock
        self._wake = wake

    def workspace(self, enterprise_id: str | None, team_id: str | None) -> Workspace:
        """The workspace of a request. A team that is known keeps its store when its organisation is named
        differently: a Slack Connect request does not name it, and a workspace may join one later."""
        known = self._store.workspace_of(team_id) if team_id else None
        return known or Workspace(enterprise_id=enterprise_id, team_id=team_id)

    async def create(self, workspace: Workspace, wire: Mapping[str, object], request: Request) -> Created:
        """`wire`: a `ticket.create` input by the contract's names."""
        if earlier := await self._store.read(workspace).answered(request.key):
            return Created(ticket=await self.ticket(workspace, earlier), outcome="repeated")
        create = await self._validated(workspace, wire)
        jobs: list[Job] = []
        try:
            return await self._commit(workspace, create, request, jobs)
        finally:
            self._wake(
                workspace, jobs
            )  # even where the request was cut off: its commit may have gone through

    async def _commit(
        self, workspace: Workspace, create: TicketCreate, request: Request, jobs: list[Job]
    ) -> Created:
        message = _message_key(request.origin)
        now = self._clock()
        async with self._store.transaction(workspace) as tx:
            # Of the transaction, as what it read: the first may not be on disk yet, and then this waits for it.
            if (first := await tx.answered(request.key)) and (ticket := await tx.ticket(first)):
                return Created(ticket=ticket, outcome="repeated")
            if message and (first := await tx.answered(message)) and (ticket := await tx.ticket(first)):
                return Created(ticket=ticket, outcome="taken")
            number = await tx.next_number()
            ticket = opened(
                create,
                ticket_id=_new_id(),
                number=number,
                actor=request.actor,
                origin=request.origin,
                now=now,
            )
            await tx.save(ticket, now=now, keys=[request.key], origins=[message] if message else [])
            jobs.append(Job(id=_new_id(), number=number, target=request.target, created_at=now, due_at=now))
            queue = (await tx.settings()).queue(ticket.assigned_queue)
            if queue and queue.channel != request.target.channel:
                jobs += announcement(ticket, queue, now)
            for job in jobs:
                await tx.enqueue(job)
            if request.draft:
                await tx.drop_draft(request.draft)
        return Created(ticket=ticket, outcome="created")

    async def _validated(self, workspace: Workspace, wire: Mapping[str, object]) -> TicketCreate:
        directory = await self.directory(workspace)
        settings = await self._store.read(workspace).settings()
        create = parse(settings.complete(directory.complete({"workspaceId": workspace.id, **wire})))
        problems = [*directory.check(create)]
        if create.related_ticket_id and not await self.ticket_by_id(workspace, create.related_ticket_id):
            words = (
                "There is no such related ticket here. Choose one from the list, or type its number: T-42."
            )
            problems.append(Problem(field="relatedTicketId", code="unknown_ticket", message=words))
        if create.workspace_id != workspace.id:
            words = "A ticket is made in the workspace you are in. Leave the workspace out."
            problems.append(Problem(field="workspaceId", code="other_workspace", message=words))
        if problems:
            raise InvalidInput(problems)
        return create

    async def ticket(self, workspace: Workspace, number: int) -> Ticket:
        ticket = await self._store.read(workspace).ticket(number)
        if ticket is None:
            raise NotFound(f"There is no T-{number} here. `/ticket list` shows what there is.")
        return ticket

    async def ticket_id(self, workspace: Workspace, number: int) -> UUID | None:
        ticket = await self._store.read(workspace).ticket(number)
        return ticket.id if ticket else None

    async def ticket_by_id(self, workspace: Workspace, ticket_id: UUID) -> Ticket | None:
        return await self._store.read(workspace).ticket_by_id(ticket_id)

    async def ticket_of_message(self, workspace: Workspace, channel: str, ts: str) -> Ticket | None:
        """The ticket that a message was turned into."""
        number = await self._store.read(workspace).answered(message_key(channel, ts))
        return await self.ticket(workspace, number) if number else None

    async def tickets(
        self, workspace: Workspace, wanted: TicketFilter, *, offset: int = 0, limit: int = 10
    ) -> Page:
        return await self._store.read(workspace).tickets(wanted, offset=offset, limit=limit)

    async def queue_names(self, workspace: Workspace) -> Sequence[str]:
        """The queues that tickets are in."""
        return await self._store.read(workspace).queue_names()

    async def home(self, workspace: Workspace, user: str) -> Home | None:
        """What somebody looked at last in App Home."""
        return await self._store.read(workspace).home(user)

    async def keep_home(self, workspace: Workspace, home: Home) -> None:
        async with self._store.transaction(workspace) as tx:
            await tx.keep_home(home)

    async def directory(self, workspace: Workspace) -> Directory:
        return await self._store.read(workspace).directory()

    async def draft(self, workspace: Workspace, nonce: str) -> Draft | None:
        return await self._store.read(workspace).draft(nonce)

    async def keep_draft(self, workspace: Workspace, draft: Draft) -> None:
        """Those that were left behind, as forms are on closed laptops, go after a week."""
        async with self._store.transaction(workspace) as tx:
            for stale in await tx.drafts(before=draft.created_at - _DRAFTS_LIVE):
                await tx.drop_draft(stale)
            await tx.keep_draft(draft)

    async def drop_draft(self, workspace: Workspace, nonce: str) -> None:
        if await self.draft(workspace, nonce):
            async with self._store.transaction(workspace) as tx:
                await tx.drop_draft(nonce)


def _new_id() -> UUID:
    """A random UUID. It must be new and need not be secret, so it waits for no system call, as uuid4 does (8 µs)."""
    return UUID(int=getrandbits(128), version=4)


def message_key(channel: str, ts: str) -> str:
    """The idempotency key of a message's ticket: one message is one ticket, for ever."""
    return f"message:{channel}:{ts}"


def _message_key(origin: Origin) -> str | None:
    if origin.way == "message" and origin.channel and origin.message_ts:
        return message_key(origin.channel, origin.message_ts)
    return None
