"""What admins choose of the clock: calendars, service levels, and the rules by which it acts.

Every change is one transaction. Where a rule is on, all tickets are gone through after it: what they wait for may be
another moment now.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from bot.domain.calendars import Calendar, business_hours
from bot.domain.clock import rules
from bot.domain.clock.context import Change
from bot.domain.clock.service_levels import READY, Policy
from bot.domain.clock.settings import WARN_AND_ESCALATE, ClockSettings, EscalationStep, RuleName
from bot.domain.clock.timers import FEW
from bot.domain.contract import refuse_unstorable
from bot.domain.errors import InvalidInput, NotFound, Problem
from bot.domain.news import News
from bot.domain.people import WorkspacePeople
from bot.domain.permissions import Actor
from bot.domain.search import TicketFilter, TicketPage
from bot.domain.sites import OccupancyProfile
from bot.domain.ticket import Ticket
from bot.domain.words import quoted
from bot.domain.workspace import Workspace
from bot.domain.workspace_settings import WorkspaceSettings
from bot.services.people import People
from bot.services.ports.clock import Clock
from bot.services.ports.store import Store, Transaction
from bot.services.ticket_times import moment_of, swept_from
from bot.services.workspace_settings import refuse_all_but_admins

MOST_CALENDARS: Final = 20
MOST_POLICIES: Final = 30
"""Of a workspace: as many as people can tell apart."""

_PAGE = 20  # tickets that are looked at before others go on
_LOOKED_AT = 1_000
"""Open tickets, the soonest due first: as many as can be looked at before Slack grows impatient."""

_Change = Callable[[WorkspaceSettings], WorkspaceSettings]


class RuleChoice(NamedTuple):
    """`off`: the names of the queues for which a rule is off. `numbers`: the fields of ClockSettings that belong to it."""

    is_on: bool
    off: Collection[str] = ()
    numbers: Mapping[str, int | tuple[EscalationStep, ...]] = {}


class Preview(NamedTuple):
    """What the settings would be, and how many messages would go out at once, to how many people and channels. `is_partial`:
    not all tickets were looked at."""

    settings: WorkspaceSettings
    messages: int
    recipients: int
    is_partial: bool = False


def _switched_on(before: WorkspaceSettings, zone: str, now: datetime) -> WorkspaceSettings:
    """With the sensible set on. What is chosen already stays."""
    clock = before.clock
    if not clock.policies:
        clock = _with_ready(clock, READY, zone, now)
    for rule in WARN_AND_ESCALATE:
        clock = clock.with_rule(rule, now, clock.off.get(rule, ()))
    return _with_clock(before, clock)


def _with_ready(clock: ClockSettings, policies: Iterable[Policy], zone: str, now: datetime) -> ClockSettings:
    """With ready policies, and the business hours by which they count where there is no calendar at all."""
    for policy in policies:
        clock = clock.with_policy(policy, now)
    return clock if clock.calendars else clock.with_calendar(business_hours(zone), now)


def _struck(
    ticket: Ticket, settings: WorkspaceSettings, people: WorkspacePeople, now: datetime
) -> Sequence[News]:
    """What is told of a ticket at once when these settings begin to hold."""
    planned = rules.changed(ticket, Change(ticket, settings, now))
    at = rules.next_moment(planned)
    if at is None or at > now:
        return ()
    moment = moment_of(people, settings, settings.queue(ticket.assigned_queue), now)
    return rules.struck(planned, moment).told


class AdminClockSettings:
    """Raises Forbidden, NotKnown, NotFound, InvalidInput and StoreUnavailable; nothing is changed then."""

    def __init__(self, store: Store, people: People, clock: Clock) -> None:
        self._store = store
        self._people = people
        self._clock = clock

    async def save_calendar(
        self, workspace: Workspace, actor: Actor, calendar: Calendar, *, instead_of: str | None = None
    ) -> WorkspaceSettings:
        """Adds a calendar, or changes the one that was called `instead_of`: what has passed by that stays counted."""
        refuse_unstorable({"name": calendar.name})
        now = self._clock()

        def change(before: WorkspaceSettings) -> WorkspaceSettings:
            old, same = before.clock.calendar(instead_of), before.clock.calendar(calendar.name)
            if instead_of and old is None:
                raise NotFound(f"There is no calendar {quoted(instead_of)} any more. Add it again.")
            if same and same is not old:
                words = f"There is a calendar {quoted(same.name)} already. Choose another name."
                raise _fault("name", words)
            if old is None and len(before.clock.calendars) >= MOST_CALENDARS:
                raise _fault("name", f"{MOST_CALENDARS} calendars are the most.")
            return before.with_calendar(calendar, now, instead_of=instead_of)

        return await self._change(workspace, actor, change)

    async def remove_calendar(self, workspace: Workspace, actor: Actor, name: str) -> WorkspaceSettings:
        """Whatever ran by it runs on by that of its queue or site, else around the clock."""
        now = self._clock()
        return await self._change(workspace, actor, lambda before: before.without_calendar(name, now))

    async def choose_profile(
        self, workspace: Workspace, actor: Actor, profile: OccupancyProfile, name: str | None
    ) -> WorkspaceSettings:
        """The calendar of the sites of a profile; None for none."""

        def change(before: WorkspaceSettings) -> WorkspaceSettings:
            if name and before.clock.calendar(name) is None:
                raise NotFound(f"There is no calendar {quoted(name)} any more. Choose another one.")
            return _with_clock(before, before.clock.with_profile(profile, name))

        return await self._change(workspace, actor, change)

    async def save_policy(
        self, workspace: Workspace, actor: Actor, policy: Policy, *, instead_of: str | None = None
    ) -> WorkspaceSettings:
        """Adds a service level, or changes the one that was called `instead_of`: for what begins with it, it counts from now."""
        refuse_unstorable({"name": policy.name})
        now = self._clock()

        def change(before: WorkspaceSettings) -> WorkspaceSettings:
            clock = before.clock
            old, same = clock.policy(instead_of), clock.policy(policy.name)
            if instead_of and old is None:
                raise NotFound(f"There is no service level {quoted(instead_of)} any more. Add it again.")
            if policy.calendar and clock.calendar(policy.calendar) is None:
                raise _fault("calendar", f"There is no calendar {quoted(policy.calendar)} any more.")
            if same and same is not old:
                words = f"There is a service level {quoted(same.name)} already. Choose another name."
                raise _fault("name", words)
            if old is None and len(clock.policies) >= MOST_POLICIES:
                raise _fault("name", f"{MOST_POLICIES} service levels are the most.")
            return _with_clock(before, clock.with_policy(policy, now, instead_of=instead_of))

        return await self._change(workspace, actor, change)

    async def add_ready_policy(
        self, workspace: Workspace, actor: Actor, name: str, zone: str
    ) -> WorkspaceSettings:
        """Adds one of the ready service levels, where there is none of its name. `zone`: of business hours, where there
        is no calendar."""
        ready = next((each for each in READY if each.name == name), None)
        if ready is None:
            raise NotFound(f"There is no ready service level {quoted(name)}. Add one of your own.")
        now = self._clock()

        def change(before: WorkspaceSettings) -> WorkspaceSettings:
            if before.clock.policy(name):
                return before
            if len(before.clock.policies) >= MOST_POLICIES:
                raise _fault("name", f"{MOST_POLICIES} service levels are the most.")
            return _with_clock(before, _with_ready(before.clock, (ready,), zone, now))

        return await self._change(workspace, actor, change)

    async def remove_policy(self, workspace: Workspace, actor: Actor, name: str) -> WorkspaceSettings:
        return await self._change(
            workspace, actor, lambda before: _with_clock(before, before.clock.without_policy(name))
        )

    async def save_rule(
        self, workspace: Workspace, actor: Actor, rule: RuleName, choice: RuleChoice
    ) -> WorkspaceSettings:
        """Switches a rule on or off, and changes its numbers."""
        now = self._clock()

        def change(before: WorkspaceSettings) -> WorkspaceSettings:
            off = tuple(queue.name for queue in before.queues if queue.name in choice.off)
            clock = before.clock.with_rule(rule, now if choice.is_on else None, off)
            return _with_clock(before, clock.model_copy(update=choice.numbers))

        return await self._change(workspace, actor, change)

    async def warn_and_escalate(self, workspace: Workspace, actor: Actor, zone: str) -> WorkspaceSettings:
        """Switches the sensible set on: “Warn and escalate”. `zone`: of business hours, where there is no calendar."""
        now = self._clock()
        return await self._change(workspace, actor, lambda before: _switched_on(before, zone, now))

    async def preview(self, workspace: Workspace, actor: Actor, zone: str) -> Preview:
        """What `warn_and_escalate` would send at once."""
        await refuse_all_but_admins(self._people, workspace, actor)
        reader, now = self._store.read(workspace), self._clock()
        after = _switched_on(await reader.settings(), zone, now)
        people = await self._people.of(workspace)
        told: Counter[str] = Counter()
        wanted = TicketFilter(open_only=True, sort="due")
        page = TicketPage(tickets=(), offset=0, total=0, has_more=True)
        for offset in range(0, _LOOKED_AT, _PAGE):
            page = await reader.tickets(wanted, offset=offset, limit=_PAGE)
            for ticket in page.tickets:
                told.update(news.to for news in _struck(ticket, after, people, now))
            if not page.has_more:
                break
            await asyncio.sleep(0)
        messages = sum(count if count <= FEW else 1 for count in told.values())
        return Preview(after, messages, len(told), is_partial=page.has_more)

    async def _change(self, workspace: Workspace, actor: Actor, change: _Change) -> WorkspaceSettings:
        await refuse_all_but_admins(self._people, workspace, actor)

        async def work(tx: Transaction) -> WorkspaceSettings:
            before = await tx.settings()
            if (after := change(before)) != before:
                await tx.keep_settings(after)
                if before.clock.since or after.clock.since:
                    await tx.keep_timer(swept_from(1))
            return after

        return await self._store.change(workspace, work)


def _with_clock(before: WorkspaceSettings, clock: ClockSettings) -> WorkspaceSettings:
    return before.model_copy(update={"clock": clock})


def _fault(field: str, message: str) -> InvalidInput:
    return InvalidInput([Problem(field=field, code="refused", message=message)])
