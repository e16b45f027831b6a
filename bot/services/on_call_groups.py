"""User groups that are whoever is on call: brought up to date in Slack after each change of shift."""

from uuid import UUID, uuid5

from bot.domain.clock.shifts import LastShift, Refusal
from bot.domain.clock.timers import subject
from bot.domain.on_call_groups import GroupNotice, hindered, refusal
from bot.domain.outbox import Job, Target
from bot.domain.queues import Queue, on_call
from bot.domain.workspace import Workspace
from bot.services.people import People
from bot.services.ports.clock import Clock
from bot.services.ports.store import Store, Transaction
from bot.services.ports.user_groups import GroupRefused, UserGroups

_NOTICES = UUID("7be6d1a2-0a3f-4b0e-9d5e-8e0d7c1f2b64")  # only tells these ids from all others


class OnCallGroups:
    """Raises NotDelivered where another try may help, and StoreUnavailable."""

    def __init__(self, store: Store, user_groups: UserGroups, people: People, clock: Clock) -> None:
        self._store = store
        self._user_groups = user_groups
        self._people = people
        self._clock = clock

    async def follow(self, workspace: Workspace, group: str) -> None:
        """Makes a group whoever is on call now. Where it cannot be, it stays as it was and the queue's owner hears why, once.
        After a crash all of it is done again, and nothing twice."""
        settings = await self._store.read(workspace).settings()
        queue = next((each for each in settings.queues if each.on_call_group == group), None)
        if queue is None:  # since it was asked for, somebody has chosen another group
            return
        known = await self._people.of(workspace)
        holder = on_call(queue, self._clock(), known.left)
        why = hindered(holder, known)
        if holder and not why:
            try:
                await self._user_groups.become(workspace, group, holder)
            except GroupRefused as refused:
                why = str(refused)
        await self._note(workspace, queue, group, refusal(why, holder) if why else None)

    async def _note(self, workspace: Workspace, queue: Queue, group: str, refused: Refusal | None) -> None:
        """Keeps why a group does not follow, and tells of it where that is new."""
        now, name = self._clock(), subject("queue", queue.name)

        async def work(tx: Transaction) -> None:
            timer = await tx.timer(name)
            last = (timer and timer.shift) or LastShift()
            if timer is None or last.refused == refused:
                return
            shift = last.model_copy(update={"refused": refused})
            await tx.keep_timer(timer.model_copy(update={"shift": shift}))
            if refused:
                notice = GroupNotice(queue=queue.name, group=group, refusal=refused)
                job_id = uuid5(_NOTICES, f"{group}:{refused.why}:{refused.person}:{now.isoformat()}")
                target = Target(user=queue.owner)
                await tx.enqueue(Job(id=job_id, target=target, notice=notice, created_at=now, due_at=now))

        await self._store.change(workspace, work)
