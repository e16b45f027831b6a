"""Who is on call changes: noticed once, at the moment at which it does or, after a downtime, as it is then."""

from datetime import datetime

from bot.domain.clock import shifts
from bot.domain.clock.shifts import NAMED, LastShift
from bot.domain.clock.timers import Timer
from bot.domain.outbox import group_job
from bot.domain.queues import Queue, next_look, on_call
from bot.domain.workspace import Workspace
from bot.services.people import People
from bot.services.ports.store import Transaction
from bot.services.tray import Tray


class Shifts:
    """A Subject of the clock: its timer stands at the next moment at which somebody else may be on call."""

    def __init__(self, people: People, tray: Tray) -> None:
        self._people = people
        self._tray = tray

    async def strike(self, tx: Transaction, workspace: Workspace, timer: Timer, now: datetime) -> None:
        settings = await tx.settings()
        queue = next((each for each in settings.queues if each.name == timer.id), None)
        if queue is None:
            return
        holder = on_call(queue, now, (await self._people.of(workspace)).left)
        last, group = timer.shift, queue.on_call_group
        if group and (last is None or (last.on_call, last.group) != (holder, group)):
            await tx.enqueue(group_job(group, queue.owner, now))
        if last and last.on_call != holder and settings.clock.on_since("hand_over", queue.name):
            await self._hand_over(tx, workspace, queue, (last.on_call, holder), now)
        refused = last.refused if last and last.group == group else None
        shift = LastShift(on_call=holder, group=group, refused=refused)
        await tx.keep_timer(Timer(subject=timer.subject, at=next_look(queue, now), shift=shift))

    async def _hand_over(
        self,
        tx: Transaction,
        workspace: Workspace,
        queue: Queue,
        people: tuple[str | None, str | None],
        now: datetime,
    ) -> None:
        """`people`: who goes and who comes."""
        left = (await self._people.of(workspace)).left
        pages = [await tx.tickets(wanted, limit=NAMED) for wanted in shifts.open_tickets(queue, now)]
        if handed := shifts.hand_over(queue, *people, pages):
            for user in people:
                if user and user not in left:
                    await self._tray.add_hand_over(tx, user, handed, now)
