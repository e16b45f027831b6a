"""What is planned for a ticket: set in the transaction that changes it, and acted on when it comes."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from bot.domain.clock import dnd, levels, paging, rules
from bot.domain.clock.context import Change, Moment
from bot.domain.clock.timers import Timer, subject
from bot.domain.comments import Comment
from bot.domain.directory import Site
from bot.domain.lookup import Lookup
from bot.domain.news import News
from bot.domain.outbox import updates
from bot.domain.people import WorkspacePeople
from bot.domain.queues import Queue, turns_on_call
from bot.domain.ticket import Ticket
from bot.domain.workspace import Workspace
from bot.domain.workspace_settings import WorkspaceSettings
from bot.services.people import People
from bot.services.ports.dnd import AskDnd, nobody
from bot.services.ports.store import Reader, Transaction
from bot.services.ticket_news import listeners
from bot.services.tray import Tray

_LOOKED_AT = 20  # comments, of an old ticket that gets a service level
_BEFORE_ALL = datetime(1970, 1, 1, tzinfo=UTC)
_SWEPT = 50  # tickets in one transaction: it holds up nobody for longer than a few milliseconds


async def planned(
    tx: Transaction,
    before: Ticket | None,
    after: Ticket,
    now: datetime,
    comment: Comment | None = None,
    *,
    by_bystander: bool = False,
) -> Ticket:
    """A changed ticket, about to be saved, with what time will do to it; and the timer for that. Of one that is only gone
    through, the cards follow where it is due at another time. `before`: None where it is new. `comment`: what was written to it, or changed; `by_bystander`: by somebody who may not work it."""
    settings = await tx.settings()
    was_timed = before is not None and before.is_timed
    if not (after.is_timed or was_timed or settings.clock.since):
        return after
    change = Change(
        before,
        settings,
        now,
        comment,
        unwatched=await _is_unwatched(tx, before, after),
        by_bystander=by_bystander,
    )
    changed = rules.changed(after, await _with_what_rules_need(tx, after, change))
    await _set_timer(tx, changed)
    is_swept = after is before and comment is None
    if is_swept and (after.due_at, after.due_state) != (changed.due_at, changed.due_state):
        for job in updates(changed, now):
            await tx.enqueue(job)
    return changed


async def _is_unwatched(tx: Transaction, before: Ticket | None, after: Ticket) -> bool:
    """Whether it was saved by a version that looked after no due time."""
    if after is not before or not after.sla_due_at or after.clock:
        return False
    return await tx.timer(subject("ticket", after.number)) is None


async def _with_what_rules_need(tx: Transaction, ticket: Ticket, change: Change) -> Change:
    """Nothing is read that no rule asks for."""
    clock = change.settings.clock
    change = change._replace(profile=await _profile(tx, ticket, change.settings))
    has_level = clock.on_since("levels", ticket.assigned_queue) is not None
    if has_level and levels.begins_late(ticket, change):
        change = change._replace(answered=await _is_answered(tx, ticket))
    return change


async def _profile(reader: Reader, ticket: Ticket, settings: WorkspaceSettings) -> str | None:
    """The occupancyProfile of its site, where a calendar hangs on that."""
    clock = settings.clock
    if not (clock.since and clock.profiles and ticket.site_id):
        return None
    site = (await reader.directory([Lookup("site", ticket.site_id)])).get("site", ticket.site_id)
    return site.occupancy_profile if isinstance(site, Site) else None


async def _is_answered(tx: Transaction, ticket: Ticket) -> bool:
    """Whether somebody has answered its requester, as far as the last of its comments tell."""
    page = await tx.comments(ticket.number, limit=_LOOKED_AT, internal=False)
    return any(comment.author != ticket.created_by for comment in page.comments)


async def _set_timer(tx: Transaction, ticket: Ticket) -> None:
    name = subject("ticket", ticket.number)
    if at := rules.next_moment(ticket):
        await tx.keep_timer(Timer(subject=name, at=at))
    else:
        await tx.drop_timer(name)


class TicketTimes:
    """Acts on a ticket when its moment has come. A Subject of the clock."""

    def __init__(
        self,
        people: People,
        tray: Tray,
        ask_dnd: AskDnd = nobody,
        silenced: Mapping[str, datetime] | None = None,
    ) -> None:
        """`silenced`: who is known to have do-not-disturb on, and until when."""
        self._people = people
        self._tray = tray
        self._ask_dnd = ask_dnd
        self._silenced = silenced or {}

    async def prepared(
        self, reader: Reader, workspace: Workspace, timer: Timer, now: datetime
    ) -> "TicketTimes":
        """Knowing of everybody who may be paged whether they can be."""
        ticket = await reader.ticket(int(timer.id))
        if ticket is None or not paging.is_paging(ticket, now):
            return self
        people = paging.reach(ticket, await self._moment(reader, workspace, ticket, now)).people
        silenced = dnd.silenced(await self._ask_dnd(workspace, people), now)
        return TicketTimes(self._people, self._tray, self._ask_dnd, silenced)

    async def strike(self, tx: Transaction, workspace: Workspace, timer: Timer, now: datetime) -> None:
        ticket = await tx.ticket(int(timer.id))
        if ticket is None:
            return
        struck = rules.struck(ticket, await self._moment(tx, workspace, ticket, now))
        if struck.ticket is not ticket:
            await tx.save(struck.ticket, now=now)
            for job in updates(struck.ticket, now):
                await tx.enqueue(job)
        await _set_timer(tx, struck.ticket)
        await self._told(tx, struck.ticket, struck.told, now)

    async def _told(self, tx: Transaction, ticket: Ticket, told: Sequence[News], now: datetime) -> None:
        for news in told:
            await self._tray.add(tx, ticket, news, now)

    async def _moment(self, reader: Reader, workspace: Workspace, ticket: Ticket, now: datetime) -> Moment:
        settings = await reader.settings()
        queue = settings.queue(ticket.assigned_queue)
        known = await self._people.of(workspace)
        profile = await _profile(reader, ticket, settings)
        return moment_of(known, settings, queue, now)._replace(silenced=self._silenced, profile=profile)


def moment_of(
    known: WorkspacePeople, settings: WorkspaceSettings, queue: Queue | None, now: datetime
) -> Moment:
    """What the clock's rules may know at a moment of a queue, None where there is none, but for who cannot be disturbed."""
    found = queue or settings.queue(settings.default_queue)
    on_call = turns_on_call(found, now, known.left) if found else ()
    return Moment(
        now,
        settings,
        found,
        on_call,
        left=known.left,
        zone=known.zone,
        listeners=listeners(known, settings, queue, now),
        admins=() if found else tuple(sorted(each.id for each in known.admins)),
    )


class Sweep:
    """Goes through all tickets once, after something was switched on: what they wait for from now on. A Subject of the clock;
    its id is the number of the next ticket."""

    async def strike(self, tx: Transaction, workspace: Workspace, timer: Timer, now: datetime) -> None:
        del workspace
        first, last = int(timer.id), await tx.next_number() - 1
        for number in range(first, min(first + _SWEPT, last + 1)):
            ticket = await tx.ticket(number)
            if ticket and (swept := await planned(tx, ticket, ticket, now)) is not ticket:
                await tx.save(swept, now=now)
        if first + _SWEPT <= last:
            await tx.keep_timer(swept_from(first + _SWEPT))


def swept_from(number: int) -> Timer:
    """The timer of a sweep that goes on with a ticket. It comes before all others: what is due is told once all of it is known."""
    return Timer(subject=subject("sweep", number), at=_BEFORE_ALL)
