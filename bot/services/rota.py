"""Who is on call for a queue, now and next, and who stands in."""

from collections.abc import Sequence

from bot.domain import queues
from bot.domain.errors import Forbidden, InvalidInput, NotKnown
from bot.domain.permissions import Actor
from bot.domain.queues import Duty, Override, Queue
from bot.domain.words import quoted
from bot.domain.workspace import Workspace
from bot.services.people import People
from bot.services.ports.clock import Clock
from bot.services.ports.store import Store, Transaction
from bot.services.workspace_settings import no_queue


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
        """Somebody stands in: admins and the queue's own agents may say so."""
        _refuse_strangers(actor)
        if problems := await self._people.refused(workspace, "person", [override.person]):
            raise InvalidInput(problems)
        now = self._clock()

        async def work(tx: Transaction) -> Queue:
            settings = await tx.settings()
            queue = settings.queue(name)
            if queue is None:
                raise no_queue(name, settings)
            if queue.name not in actor.queues and not actor.is_admin:
                words = f"Only agents of {quoted(queue.name)} and admins can change who is on call there."
                raise Forbidden(words)
            changed = queues.covered(queue, override, now)
            await tx.keep_settings(settings.with_queue(changed, instead_of=queue.name))
            return changed

        return await self._duty(workspace, await self._store.change(workspace, work))

    async def _duty(self, workspace: Workspace, queue: Queue) -> Duty:
        now, left = self._clock(), (await self._people.of(workspace)).left
        return Duty(queue, queues.on_call(queue, now, left), queues.next_on_call(queue, now, left))


def _refuse_strangers(actor: Actor) -> None:
    if not actor.is_known:
        raise NotKnown
    if not actor.is_member:
        raise Forbidden("Who is on call is for members of the workspace.")
