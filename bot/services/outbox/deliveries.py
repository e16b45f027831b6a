"""What Slack tells of posts by events: that one is there, and where, whatever became of the answer to its call; and that a
channel can be found again."""

from datetime import datetime
from uuid import UUID

from bot.domain.outbox import put_back
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
                await tx.enqueue(stored.model_copy(update={"seen": place, "set_aside": None}))

        await self._store.change(workspace, work)

    async def try_again_in(self, workspace: Workspace, channel: str, now: datetime) -> None:
        """Puts back what was set aside of a channel."""
        jobs = await self._store.read(workspace).jobs()
        waiting = [
            job.id
            for job in jobs
            if job.set_aside and channel in {job.channel, job.fetch and job.fetch.channel}
        ]

        async def work(tx: Transaction) -> None:
            for job_id in waiting:
                if (job := await tx.job(job_id)) and job.set_aside:
                    await tx.enqueue(put_back(job, now))

        if waiting:
            await self._store.change(workspace, work)
