"""What admins choose of the clock: calendars, service levels, and the rules by which it acts.

Every change is one transaction. Where a rule is on, all tickets are gone through after it: what they wait for may be
another moment now.
"""

from collections.abc import Callable
from typing import Final

from bot.domain.calendars import Calendar
from bot.domain.clock.settings import ClockSettings
from bot.domain.contract import refuse_unstorable
from bot.domain.errors import InvalidInput, NotFound, Problem
from bot.domain.permissions import Actor
from bot.domain.sites import OccupancyProfile
from bot.domain.words import quoted
from bot.domain.workspace import Workspace
from bot.domain.workspace_settings import WorkspaceSettings
from bot.services.people import People
from bot.services.ports.clock import Clock
from bot.services.ports.store import Store, Transaction
from bot.services.ticket_times import swept_from
from bot.services.workspace_settings import refuse_all_but_admins

MOST_CALENDARS: Final = 20
"""Of a workspace: as many as people can tell apart."""

Change = Callable[[WorkspaceSettings], WorkspaceSettings]


class AdminClockSettings:
    """Raises Forbidden, NotKnown, NotFound, InvalidInput and StoreUnavailable; nothing is changed then."""

    def __init__(self, store: Store, people: People, clock: Clock) -> None:
        self._store = store
        self._people = people
        self._clock = clock

    async def save_calendar(
        self, workspace: Workspace, actor: Actor, calendar: Calendar, *, instead_of: str | None = None
    ) -> WorkspaceSettings:
        """Adds a calendar, or changes the one that was called `instead_of`."""
        refuse_unstorable({"name": calendar.name})

        def change(before: WorkspaceSettings) -> WorkspaceSettings:
            old, same = before.clock.calendar(instead_of), before.clock.calendar(calendar.name)
            if instead_of and old is None:
                raise NotFound(f"There is no calendar {quoted(instead_of)} any more. Add it again.")
            if same and same is not old:
                words = f"There is a calendar {quoted(same.name)} already. Choose another name."
                raise InvalidInput([Problem(field="name", code="taken", message=words)])
            if old is None and len(before.clock.calendars) >= MOST_CALENDARS:
                words = f"{MOST_CALENDARS} calendars are the most."
                raise InvalidInput([Problem(field="name", code="too_many", message=words)])
            return before.with_calendar(calendar, instead_of=instead_of)

        return await self._change(workspace, actor, change)

    async def remove_calendar(self, workspace: Workspace, actor: Actor, name: str) -> WorkspaceSettings:
        """Whatever ran by it runs around the clock."""
        return await self._change(workspace, actor, lambda before: before.without_calendar(name))

    async def choose_profile(
        self, workspace: Workspace, actor: Actor, profile: OccupancyProfile, name: str | None
    ) -> WorkspaceSettings:
        """The calendar of the sites of a profile; None for none."""

        def change(before: WorkspaceSettings) -> WorkspaceSettings:
            if name and before.clock.calendar(name) is None:
                raise NotFound(f"There is no calendar {quoted(name)} any more. Choose another one.")
            return _with_clock(before, before.clock.with_profile(profile, name))

        return await self._change(workspace, actor, change)

    async def _change(self, workspace: Workspace, actor: Actor, change: Change) -> WorkspaceSettings:
        await refuse_all_but_admins(self._people, workspace, actor)
        now = self._clock()

        async def work(tx: Transaction) -> WorkspaceSettings:
            before = await tx.settings()
            if (after := change(before)) != before:
                await tx.keep_settings(after)
                if before.clock.since or after.clock.since:
                    await tx.keep_timer(swept_from(1, now))
            return after

        return await self._store.change(workspace, work)


def _with_clock(before: WorkspaceSettings, clock: ClockSettings) -> WorkspaceSettings:
    return before.model_copy(update={"clock": clock})
