"""The outbox of a store, whether or not a courier works on it."""

from collections.abc import Sequence

from bot.domain.outbox import Job, put_back
from bot.domain.workspace import Workspace
from bot.services.outbox.queue import JobQueue
from bot.services.outbox.rate_limits import exponential
from bot.services.outbox.status import OutboxStatus, status
from bot.services.ports.clock import Clock
from bot.services.ports.store import Store, Transaction


async def restore(store: Store, workspace: Workspace, clock: Clock) -> Sequence[Job]:
    """Puts what was set aside back into the outbox of a workspace. Gives the jobs."""
    aside = [job for job in await store.read(workspace).jobs() if job.set_aside]

    async def put_all_back(tx: Transaction) -> Sequence[Job]:
        now = clock()
        restored = [put_back(job, now) for each in aside if (job := await tx.job(each.id)) and job.set_aside]
        for job in restored:
            await tx.enqueue(job)
        return restored

    return await store.change(workspace, put_all_back) if aside else ()


async def stored(store: Store) -> OutboxStatus:
    """How the outbox of a store stands that no courier works on."""
    queues = []
    for workspace in await store.workspaces():
        queues.append(queue := JobQueue(exponential))
        for job in await store.read(workspace).jobs():
            queue.add(job)
    return status(queues)
