"""Who is on call for a queue, now and next, and who stands in."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid5

from bot.domain import queues, swaps
from bot.domain.errors import Forbidden, InvalidInput, NotFound, NotKnown
from bot.domain.outbox import Job, Target
from bot.domain.permissions import Actor
from bot.domain.queues import Duty, Override, Queue
from bot.domain.swaps import Swap, SwapEvent, SwapNotice
from bot.domain.words import quoted
from bot.domain.workspace import Workspace
from bot.services.people import People
from bot.services.ports.clock import Clock
from bot.services.ports.store import Store, Transaction
from bot.services.queue_timers import look_again
from bot.services.workspace_settings import no_queue

_NOTICES = UUID("2f7c9d54-3a1e-4c0b-8d5a-6f1e0b9c4d37")  # only tells these ids from all others


class Rota:
    """For members of the workspace. Raises Forbidden, NotKnown, NotFound, InvalidInput and StoreUnavailable; nothing
    is changed then."""

    def __init__(self, store: Store, people: People, clock: Clock) -> None:
        self._store = store
        self._people = people
        self._clock = clock

    async def queues(self, workspace: Workspace, actor: Actor) -> Sequence[Queue]:
        """Those that are set up."""
        _refuse_strangers(actor)
        return (await self._store.read(workspace).settings()).queues

    async def duties(self, workspace: Workspace, actor: Actor) -> Sequence[Duty]:
        """Who is on call for each queue that is set up."""
        return [await self._duty(workspace, queue) for queue in await self.queues(workspace, actor)]

    async def duty(self, workspace: Workspace, actor: Actor, name: str) -> Duty | None:
        """Who is on call for a queue; None where it is not set up."""
        _refuse_strangers(actor)
        queue = (await self._store.read(workspace).settings()).queue(name)
        return await self._duty(workspace, queue) if queue else None

    async def cover(self, workspace: Workspace, actor: Actor, name: str, override: Override) -> Duty:
        """Somebody stands in: admins and the queue's own agents may say so. What is sent twice is done once."""
        _refuse_strangers(actor)
        if problems := await self._people.refused(workspace, "person", [override.person]):
            raise InvalidInput(problems)
        now, left = self._clock(), (await self._people.of(workspace)).left

        async def work(tx: Transaction) -> Queue:
            settings = await tx.settings()
            queue = settings.queue(name)
            if queue is None:
                raise no_queue(name, settings)
            if not swaps.may_swap(actor, queue):
                words = f"Only agents of {quoted(queue.name)} and admins can change who is on call there."
                raise Forbidden(words)
            if swaps.made(queue, override.id, now, left):
                return queue
            changed = queues.covered(queue, override, now)
            await tx.keep_settings(settings.with_queue(changed, instead_of=queue.name))
            await look_again(tx, changed, now)
            if swap := swaps.made(changed, override.id, now, left):
                await _tell(tx, "made", swap, actor.user, queues.on_call(changed, now, left), now)
            return changed

        return await self._duty(workspace, await self._store.change(workspace, work))

    async def swaps(self, workspace: Workspace, actor: Actor) -> Sequence[Swap]:
        """Those that are not over, queue by queue."""
        now, left = self._clock(), (await self._people.of(workspace)).left
        return [
            swap for queue in await self.queues(workspace, actor) for swap in swaps.swaps(queue, now, left)
        ]

    async def end(self, workspace: Workspace, actor: Actor, swap_id: str) -> Swap:
        """Ends a swap before its time: the two whom it is about may, and whoever may make one."""
        _refuse_strangers(actor)
        now, left = self._clock(), (await self._people.of(workspace)).left

        async def work(tx: Transaction) -> Swap:
            settings = await tx.settings()
            found = (swaps.made(queue, swap_id, now, left) for queue in settings.queues)
            swap = next(filter(None, found), None)
            if swap is None:
                raise NotFound("That swap is over already. `/ticket oncall` shows who is on call.")
            if not swaps.may_end(actor, swap):
                words = f"Only the two it is about, agents of {quoted(swap.queue.name)} and admins can end this swap."
                raise Forbidden(words)
            changed = swaps.ended(swap)
            await tx.keep_settings(settings.with_queue(changed, instead_of=changed.name))
            await look_again(tx, changed, now)
            await _tell(tx, "ended", swap, actor.user, queues.on_call(changed, now, left), now)
            return swap

        return await self._store.change(workspace, work)

    async def _duty(self, workspace: Workspace, queue: Queue) -> Duty:
        now, left = self._clock(), (await self._people.of(workspace)).left
        return Duty(queue, queues.on_call(queue, now, left), queues.next_on_call(queue, now, left))


async def _tell(
    tx: Transaction, event: SwapEvent, swap: Swap, by: str, on_call: str | None, now: datetime
) -> None:
    """The two whom it is about, but nobody of their own act; and the triage channel, for all."""
    queue, override = swap.queue, swap.override
    notice = SwapNotice(
        event=event, queue=queue.name, override=override, relieved=swap.relieved, by=by, on_call=on_call
    )
    directly = [Target(user=user) for user in swap.people if user != by]
    for target in (*directly, Target(channel=queue.channel, user=queue.owner, internal=True)):
        job_id = uuid5(_NOTICES, f"{override.id}:{event}:{target.channel or target.user}")
        await tx.enqueue(Job(id=job_id, target=target, notice=notice, created_at=now, due_at=now))


def _refuse_strangers(actor: Actor) -> None:
    if not actor.is_known:
        raise NotKnown
    if not actor.is_member:
        raise Forbidden("Who is on call is for members of the workspace.")
