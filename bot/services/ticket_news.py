"""Tells people of what happens to tickets: jobs of the outbox, in the transaction in which it happens."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from bot.domain import telling
from bot.domain.comments import requesters_thread
from bot.domain.news import News
from bot.domain.outbox import HELD, Job, Target, announcement
from bot.domain.people import WorkspacePeople
from bot.domain.permissions import may
from bot.domain.queues import Queue, on_call
from bot.domain.telling import WHERE, Happened
from bot.domain.ticket import Ticket
from bot.domain.workspace import Workspace
from bot.domain.workspace_settings import WorkspaceSettings
from bot.services.people import People, actor_of
from bot.services.ports.store import Transaction

_NEWS = UUID("6f0a53c8-29d1-4f6e-9c1b-0b8f0d6f6c55")  # only tells these ids from all others


class TicketNews:
    """Raises StoreUnavailable where nothing can be read."""

    def __init__(self, people: People | None = None, held: timedelta = HELD) -> None:
        """`people`: who is in which channel, where that is known. `held`: how long news wait for more."""
        self._people = people
        self._held = held

    async def of(self, tx: Transaction, workspace: Workspace, happened: Happened) -> tuple[News, ...]:
        """What each person is to be told of it."""
        if not telling.events_of(happened):
            return ()
        settings, after = await tx.settings(), happened.after
        queue = settings.queue(after.assigned_queue)
        known = await self._people.of(workspace) if self._people else None
        people = listeners(known, settings, queue, after.updated_at)
        people = people._replace(watchers=await self._watchers(tx, workspace, settings, after))
        told = telling.news(happened, people)
        told = await self._with_other(tx, workspace, after, told)
        return tuple([await self._placed(workspace, queue, each) for each in told])

    async def is_bystander(
        self, tx: Transaction, workspace: Workspace, user: str, ticket: Ticket, now: datetime
    ) -> bool:
        """Whether it is known of somebody that they may not work a ticket."""
        settings = await tx.settings()
        if self._people is None or not settings.clock.since:
            return False
        actor = actor_of(await self._people.of(workspace, tx), user, settings, now)
        return actor.is_settled and not may(actor, "work", ticket)

    async def tell(self, tx: Transaction, ticket: Ticket, told: Sequence[News], now: datetime) -> None:
        """Enqueues them, but for what an announcement says."""
        placed = [
            (news, await self._target(tx, ticket, news))
            for news in told
            if news.role != "on_call" or news.by_name or not news.brings_card
        ]
        await tx.read_ahead(jobs=[each for to in placed for each in self._ids(ticket, *to, now)])
        for news, target in placed:
            await self._enqueue(tx, ticket, news, target, now)

    async def tell_one(
        self, tx: Transaction, workspace: Workspace, ticket: Ticket, news: News, now: datetime
    ) -> None:
        """What the clock tells of a ticket, wherever its role is told such."""
        queue = (await tx.settings()).queue(ticket.assigned_queue)
        placed = await self._placed(workspace, queue, news)
        await self._enqueue(tx, ticket, placed, await self._target(tx, ticket, placed), now)

    async def tell_of_new(
        self, tx: Transaction, ticket: Ticket, queue: Queue | None, told: Sequence[News], shown_in: str | None
    ) -> None:
        """As `announce` and `tell`, of a new ticket whose card is on its way to a channel."""
        if queue and queue.channel != shown_in:
            await self.announce(tx, ticket, queue, told, ticket.created_at)
        await self.tell(tx, ticket, told, ticket.created_at)

    async def announce(
        self, tx: Transaction, ticket: Ticket, queue: Queue | None, told: Sequence[News], now: datetime
    ) -> None:
        """Shows the ticket in its queue's triage channel, and says who is on call."""
        for job in announcement(ticket, queue, now, telling.lead(told)):
            await tx.enqueue(job)

    async def _watchers(
        self, tx: Transaction, workspace: Workspace, settings: WorkspaceSettings, ticket: Ticket
    ) -> Collection[str]:
        """Who is told of new tickets of the ticket's channel, and may see this one."""
        defaults = settings.of_channel(ticket.origin.channel)
        if defaults is None or not defaults.told or self._people is None:
            return ()
        known, now = await self._people.of(workspace, tx), ticket.updated_at
        return [user for user in defaults.told if may(actor_of(known, user, settings, now), "see", ticket)]

    async def _placed(self, workspace: Workspace, queue: Queue | None, news: News) -> News:
        """News for whoever is on call say whether they can be mentioned in the triage channel."""
        if queue is None or news.role != "on_call":
            return news
        members = (await self._people.of(workspace)).channels.get(queue.channel) if self._people else None
        return news.model_copy(update={"by_name": news.to not in (members or ())})

    async def _with_other(
        self, tx: Transaction, workspace: Workspace, ticket: Ticket, told: Sequence[News]
    ) -> tuple[News, ...]:
        """News of a duplicate say what their reader may do to the ticket that goes on. In a channel it is shown where its
        own card stands as well."""
        is_merged = any(each.event == "merged" for each in told)
        other = await tx.ticket(ticket.duplicate_of) if is_merged and ticket.duplicate_of else None
        if other is None or self._people is None:
            return tuple(told)
        known, settings = await self._people.of(workspace, tx), await tx.settings()
        found = list[News]()
        for each in told:
            reader = actor_of(known, each.to, settings, ticket.updated_at)
            channel = requesters_thread(ticket).channel if WHERE[each.role] == "thread" else None
            is_there = any(card.channel == channel and not card.internal for card in other.cards)
            if each.event == "merged" and may(reader, "see", other) and (channel is None or is_there):
                works = channel is None and may(reader, "work", other)
                found.append(each.model_copy(update={"other": "work" if works else "see"}))
            else:
                found.append(each)
        return tuple(found)

    async def _target(self, tx: Transaction, ticket: Ticket, news: News) -> Target:
        match WHERE[news.role]:
            case "thread":
                return requesters_thread(ticket)
            case "triage" if not news.by_name:
                queue = (await tx.settings()).queue(ticket.assigned_queue)
                if queue and news.role == "team":  # what stands in a thread pings nobody
                    return Target(channel=news.to, user=queue.owner, internal=True)
                for card in ticket.cards:
                    if queue and card.channel == queue.channel:
                        return Target(channel=card.channel, thread_ts=card.ts, user=news.to, internal=True)
        return Target(user=news.to)

    async def _enqueue(
        self, tx: Transaction, ticket: Ticket, news: News, target: Target, now: datetime
    ) -> None:
        """What waits for somebody about a ticket becomes one message with it; what is begun is left alone. A critical ticket
        waits for nothing, and of one that was undone nobody hears who has not heard of it. Each message has an id of its
        own: none is sent in the span in which it was made."""
        is_held = ticket.priority != "critical" and self._held > timedelta()
        due_at = now + self._held if is_held else now
        told: tuple[News, ...] = (news,)
        earlier, this_span, this_moment = self._ids(ticket, news, target, now)
        for job_id in (earlier, this_span, this_moment):
            waiting = await tx.job(job_id)
            if waiting is None or waiting.claimed_at or waiting.set_aside:
                continue
            if news.event == "undone" and waiting.told[0].event == "created":
                return await tx.dequeue(job_id)
            told = (*(each for each in waiting.told if not telling.is_outdated(each, news)), *told)
            if waiting.due_at <= due_at:
                return await tx.enqueue(waiting.model_copy(update={"told": told}))
            await tx.dequeue(job_id)
        job_id = this_span
        if not is_held or await tx.job(job_id):
            job_id = this_moment
        await tx.enqueue(
            Job(id=job_id, number=ticket.number, target=target, told=told, created_at=now, due_at=due_at)
        )
        return None

    def _ids(self, ticket: Ticket, news: News, target: Target, now: datetime) -> tuple[UUID, UUID, UUID]:
        """Those of the messages that news may stand in: of the span before, of this one, and of this very moment."""
        made = f"{ticket.id}:{news.to}:{target.channel}"
        span = (self._held or HELD).total_seconds()
        spans = [int((now.timestamp() - earlier) // span) for earlier in (span, 0)]
        before, this, now_alone = (uuid5(_NEWS, f"{made}:{each}") for each in (*spans, now.isoformat()))
        return before, this, now_alone


def listeners(
    known: WorkspacePeople | None, settings: WorkspaceSettings, queue: Queue | None, now: datetime
) -> telling.People:
    """Who is there to be told of a queue's tickets, but for watchers."""
    if queue is None:
        return telling.People(settings.level_of)
    chosen = [user for user, level in settings.levels.items() if level == "all"]
    agents: Collection[str] = ()
    if known and (chosen or settings.level == "all"):
        agents = known.agents(queue, now) or ()
        agents = sorted(agents if settings.level == "all" else {*chosen} & {*agents})
    return telling.People(settings.level_of, on_call(queue, now, known.left if known else ()), agents)
