"""The jobs that show other workspaces' tickets here."""

from bot.domain.outbox import Job
from bot.services.ports.store import Transaction


async def enqueue_once(tx: Transaction, job: Job) -> None:
    """Not where the post that it would replace is one that Slack may have already: it would stand there twice. Where that one stands,
    it is brought up to date."""
    waiting = None if job.place else await tx.job(job.id)
    if not (waiting and (waiting.claimed_at or waiting.seen)):
        await tx.enqueue(job)
