"""What Slack tells of a post by an event: that it is there, and where, whatever became of the answer to its call."""

from uuid import UUID

from bot.domain.outbox import seen
from bot.domain.ticket import Place
from bot.domain.workspace import Workspace
from bot.services.ports.store import Store, Transaction


class Deliveries:
    """The courier settles what is noted here, without another call to Slack."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def seen(self, workspace: Workspace, job_id: UUID, place: Place) -> None:
        """Notes where a post stands. Most of them are out of the outbox by then, and cost one look."""
        job = await self._store.read(workspace).job(job_id)
        if job is None or job.place or job.seen:
            return

        async def work(tx: Transaction) -> None:
            stored = await tx.job(job_id)
            if stored and not (stored.place or stored.seen):
                await tx.enqueue(seen(stored, place))

        await self._store.change(workspace, work)
