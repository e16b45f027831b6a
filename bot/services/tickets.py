"""Making tickets, and reading them: each for an actor, who gets only what they may see.

A ticket that somebody may not see is answered like one that does not exist, so that nobody can find out by asking.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from random import getrandbits
from typing import Literal
from uuid import UUID

from bot.domain.channel_defaults import explained
from bot.domain.contract import USUAL, TicketCreate, parse
from bot.domain.directory import Directory, Item
from bot.domain.errors import InvalidInput, Problem
from bot.domain.fields import ItemKind
from bot.domain.history import PRIVATE, HistoryPage, readable_entries
from bot.domain.lookup import Lookup, ids_of
from bot.domain.news import News
from bot.domain.outbox import Job, Target, earlier_replies, shares, updates
from bot.domain.permissions import Action, Actor, if_visible, may, permitted, refused_fields
from bot.domain.search import TicketFilter, TicketPage, bounded, seen_by
from bot.domain.telling import Happened, lead
from bot.domain.ticket import Entry, Origin, Ticket, message_key, opened
from bot.domain.visibility import LOCAL, chosen
from bot.domain.workspace import Workspace
from bot.domain.workspace_settings import WorkspaceSettings
from bot.services import bursts
from bot.services.channel_settings import begun
from bot.services.message_tickets import not_hidden, number_at, tickets_at
from bot.services.people import People
from bot.services.ports.clock import Clock
from bot.services.ports.store import Reader, Store, Transaction
from bot.services.ticket_news import TicketNews
from bot.services.ticket_times import planned

Claimed = Callable[[Workspace, Job], Job]
"""A new card's job as it is to be saved: claimed already, where its turn has come."""

Related = Callable[[Workspace, Actor, UUID], Awaitable[bool]]
"""Whether an actor sees a ticket of another workspace with this id."""

_NEWEST = 100  # tickets of a requester, whose queues they may name in a list's words


async def nowhere(_: Workspace, __: Actor, ___: UUID) -> bool:
    """Without other workspaces."""
    return False


@dataclass(frozen=True, slots=True)
class Created:
    """The ticket that a request made or, where it had been made before, the first one.

    `repeated`: this very request came before. `taken`: somebody turned the same message into a ticket before.
    `meant_queue`: the queue that is set up and looks like the ticket's, where there is none of that name. `filled`: the
    fields that nobody said, and the channel's defaults did.
    """

    ticket: Ticket
    outcome: Literal["created", "repeated", "taken"]
    meant_queue: str | None = None
    filled: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CreateRequest:
    """Who asks for a ticket, where, and where its card belongs.

    `key` names this request: what it made first answers every repetition. `draft` is the nonce of a draft it settles.
    `requester`: whose ticket it becomes, where that is not the actor's own. `is_whole`: what the channel's tickets begin with
    was shown to the actor, and what is open was left so. `also`: other keys that lead to the ticket.
    """

    actor: Actor
    origin: Origin
    target: Target
    key: str
    draft: str | None = None
    requester: str | None = None
    is_whole: bool = False
    also: tuple[str, ...] = ()


class Tickets:
    """Raises `InvalidInput` with every fault of an input, `NotFound`, `Forbidden`, `NotKnown`, and `StoreUnavailable`
    (nothing was kept)."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        claimed: Claimed = lambda _, job: job,
        people: People | None = None,
        news: TicketNews | None = None,
        *,
        elsewhere: Related = nowhere,
    ) -> None:
        """`claimed`: the courier's, where there is one. `people`: who is given no work, where that is known. `elsewhere`: which
        tickets of other workspaces one may be related to."""
        self._elsewhere = elsewhere
        self._people = people
        self._news = news or TicketNews(people)
        self._store = store
        self._clock = clock
        self._claimed = claimed

    async def create(
        self, workspace: Workspace, wire: Mapping[str, object], request: CreateRequest
    ) -> Created:
        """`wire`: a `ticket.create` input by the contract's names."""
        work = partial(self.create_in, workspace=workspace, wire=wire, request=request)
        return await self._store.change(workspace, work)

    async def create_in(
        self, tx: Transaction, workspace: Workspace, wire: Mapping[str, object], request: CreateRequest
    ) -> Created:
        """The same in a transaction that does more. Nothing is changed by it where this raises."""
        now, ticket_id, job_id = self._clock(), _new_id(), _new_id()
        origins = request.origin.keys
        await _read_ahead(tx, request, origins)
        # Read in the transaction: the first ticket may not be on disk yet, and then this waits for it.
        if first := await _made_before(tx, request, origins):
            return first
        settings = await tx.settings()
        create, filled = await _filled(tx, workspace, settings, wire, request, self._elsewhere)
        if self._people and create.assigned_user_id:
            whom = [create.assigned_user_id]
            if problems := await self._people.refused(workspace, "assignedUserId", whom):
                raise InvalidInput(problems)
        ticket = opened(
            create,
            ticket_id=ticket_id,
            number=await tx.next_number(),
            actor=request.actor.user,
            origin=request.origin,
            now=now,
            requester=request.requester,
        )
        ticket = await _beside_others(tx, ticket, now)
        keys = [request.key, *request.also]
        if settings.clock.since or ticket.is_timed:
            ticket = await planned(tx, None, ticket, now)
        burst = await bursts.of_new(tx, ticket, settings) if settings.channels else None
        await tx.save(ticket, now=now, keys=[*keys, burst.key] if burst else keys, origins=origins)
        for comment in burst.comments if burst else ():
            await tx.keep_comment(comment)
        target, number = request.target, ticket.number
        queue = settings.queue(ticket.assigned_queue) if ticket.assigned_queue else None
        told: Sequence[News] = ()
        is_for_others = ticket.assigned_user_id or ticket.created_by != request.actor.user
        if queue or is_for_others or (settings.channels and settings.of_channel(ticket.origin.channel)):
            told = await self._news.of(tx, workspace, Happened(None, ticket, request.actor.user))
        above = lead(told) if queue and queue.channel == target.channel else ()
        card = Job(id=job_id, number=number, target=target, told=above, created_at=now, due_at=now)
        await tx.enqueue(self._claimed(workspace, card))
        others = shares(ticket, now) if ticket.visible_since else ()
        for job in (*earlier_replies(ticket, now), *others):
            await tx.enqueue(job)
        if queue or told:
            await self._news.tell_of_new(tx, ticket, queue, told, target.channel)
        if request.draft:
            await tx.drop_draft(request.draft)
        is_typo = ticket.assigned_queue and not queue
        meant = settings.meant_queue(ticket.assigned_queue) if is_typo else None
        return Created(ticket, "created", meant, filled)

    async def ticket(self, workspace: Workspace, actor: Actor, number: int, *, to: Action = "see") -> Ticket:
        """A ticket, for somebody who is about to do something `to` it."""
        return permitted(actor, to, await self._store.read(workspace).ticket(number), number)

    async def by_id(self, workspace: Workspace, actor: Actor, ticket_id: UUID) -> Ticket | None:
        return if_visible(actor, await self._store.read(workspace).ticket_by_id(ticket_id))

    async def by_number(self, workspace: Workspace, actor: Actor, number: int) -> Ticket | None:
        return if_visible(actor, await self._store.read(workspace).ticket(number))

    async def made(self, workspace: Workspace, actor: Actor, key: str) -> Ticket | None:
        """The ticket that a request with this key made."""
        reader = self._store.read(workspace)
        number = await reader.answered(key)
        return if_visible(actor, await reader.ticket(number)) if number else None

    async def find(
        self, workspace: Workspace, actor: Actor, wanted: TicketFilter, *, offset: int = 0, limit: int = 10
    ) -> TicketPage:
        """A page of what the actor may see."""
        visible = bounded(wanted, actor)
        return await self._store.read(workspace).tickets(visible, offset=offset, limit=limit)

    async def history(
        self, workspace: Workspace, actor: Actor, number: int, *, offset: int, limit: int
    ) -> HistoryPage:
        """A page of what the actor may read of a ticket's history."""
        ticket = await self.ticket(workspace, actor, number)
        without = () if may(actor, "read_notes", ticket) else PRIVATE
        found = await self._store.read(workspace).history(
            number, offset=offset, limit=limit + 1, without=without
        )
        entries = readable_entries(actor, ticket, found[:limit])
        return HistoryPage(ticket, entries, offset, has_older=len(found) > limit)

    async def since(
        self, workspace: Workspace, actor: Actor, ticket: Ticket, version: int
    ) -> tuple[Entry, ...]:
        """What the actor may read of what has happened since a version of a ticket, oldest first."""
        return await entries_since(self._store.read(workspace), actor, ticket, version)

    async def queue_names(self, workspace: Workspace, actor: Actor) -> Sequence[str]:
        """The queues that are set up, and those that tickets which the actor may see are in."""
        reader = self._store.read(workspace)
        names = [queue.name for queue in (await reader.settings()).queues]
        if actor.is_agent:
            return [*names, *await reader.queue_names()]
        theirs = await reader.tickets(seen_by(actor), limit=_NEWEST)
        return [*names, *(ticket.assigned_queue for ticket in theirs.tickets if ticket.assigned_queue)]

    async def directory(self, workspace: Workspace, _: Actor, lookups: Iterable[Lookup]) -> Directory:
        """The part of the directory that these find. Everybody who may ask for a ticket chooses from all of it."""
        return await self._store.read(workspace).directory(lookups)

    async def items_like(
        self, workspace: Workspace, _: Actor, kind: ItemKind, typed: str, *, within: str | None, limit: int
    ) -> Sequence[Item]:
        """What somebody may mean who has typed this much, best first. `within`: of this customer or site."""
        return await self._store.read(workspace).items_like(kind, typed, within=within, limit=limit)


async def _read_ahead(tx: Transaction, request: CreateRequest, origins: Sequence[str]) -> None:
    """All that a new ticket asks for, where nothing stands in its way."""
    channel, ts = request.origin.channel, request.origin.thread_ts
    messages = [(channel, ts)] if channel and ts else []
    keys = [request.key, *request.also, *origins, *(message_key(*each) for each in messages)]
    await tx.read_ahead(keys=keys, messages=messages)


async def _made_before(tx: Transaction, request: CreateRequest, origins: Sequence[str]) -> Created | None:
    if (number := await tx.answered(request.key)) and (ticket := await tx.ticket(number)):
        if ticket.maker != request.actor.user:
            permitted(request.actor, "see", ticket, number)
        return Created(ticket, "repeated")
    for message in origins:
        if (number := await tx.answered(message)) and (ticket := await tx.ticket(number)):
            return Created(not_hidden(request.actor, ticket), "taken")
    return None


async def _filled(
    tx: Transaction,
    workspace: Workspace,
    settings: WorkspaceSettings,
    wire: Mapping[str, object],
    request: CreateRequest,
    elsewhere: Related,
) -> tuple[TicketCreate, tuple[str, ...]]:
    """The validated input with what its channel fills, and the fields that it filled."""
    if request.is_whole or not settings.channels:
        return await _validated(tx, workspace, settings, wire, request.actor, elsewhere), ()
    fields, filled, gone = await begun(tx, request.origin.channel, wire)
    try:
        return await _validated(tx, workspace, settings, fields, request.actor, elsewhere), filled
    except InvalidInput as invalid:
        raise InvalidInput(explained(invalid.problems, gone)) from None


async def _validated(
    tx: Transaction,
    workspace: Workspace,
    settings: WorkspaceSettings,
    wire: Mapping[str, object],
    actor: Actor,
    elsewhere: Related,
) -> TicketCreate:
    directory, ours = await tx.directory(ids_of(wire)), workspace.id
    create = parse(settings.complete(directory.complete({"workspaceId": ours, **USUAL, **wire})))
    problems = [*directory.check(create), *refused_fields(actor, create)]
    if (related := create.related_ticket_id) and not (
        if_visible(actor, await tx.ticket_by_id(related)) or await elsewhere(workspace, actor, related)
    ):
        words = "There is no such related ticket here. Choose one from the list, or type its number: T-42."
        problems.append(Problem(field="relatedTicketId", code="unknown_ticket", message=words))
    if create.workspace_id != ours:
        words = "A ticket is made in the workspace you are in. Leave the workspace out."
        problems.append(Problem(field="workspaceId", code="other_workspace", message=words))
    if problems:
        raise InvalidInput(problems)
    return create


def _new_id() -> UUID:
    """A random UUID. It must be new and need not be secret, so it waits for no system call, as uuid4 does (8 µs)."""
    return UUID(int=getrandbits(128), version=4)


async def entries_since(reader: Reader, actor: Actor, ticket: Ticket, version: int) -> tuple[Entry, ...]:
    """What the actor may read of what has happened since a version of the ticket, oldest first."""
    newer = ticket.version - version
    found = await reader.history(ticket.number, limit=newer) if newer > 0 else ()
    return readable_entries(actor, ticket, [*reversed(found)])


async def _beside_others(tx: Transaction, ticket: Ticket, now: datetime) -> Ticket:
    """A new ticket that knows of the others in its thread, after these were told of it; and since when it is for other workspaces."""
    if ticket.visibility_mode != LOCAL:
        ticket = chosen(None, ticket, now)
    channel, thread_ts = ticket.origin.channel, ticket.origin.thread_ts
    number = await number_at(tx, channel, thread_ts) if channel and thread_ts else None
    if not (channel and thread_ts and number and (first := await tx.ticket(number))):
        return ticket
    others = await tickets_at(tx, channel, thread_ts)
    there = {each.number: each for each in (first, *others)}  # the thread is found by the first
    for other in there.values():
        told = other.model_copy(update={"same_thread": (*other.same_thread, ticket.number)})
        await tx.save(told, now=now)
        for job in updates(told, now):
            await tx.enqueue(job)
    alive = tuple(other.number for other in others if not other.withdrawn_at)
    return ticket.model_copy(update={"same_thread": alive})
