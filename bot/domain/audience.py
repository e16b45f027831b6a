"""Who reads the card that a job shows."""

from typing import Literal

from bot.domain.outbox import Job
from bot.domain.ticket import Ticket
from bot.domain.workspace_settings import WorkspaceSettings

Audience = Literal["to_act", "agents", "team", "requester"]
"""Who reads a card: by themselves whoever is to act on it; agents by themselves; a team, where it was asked for among those who work it; or whoever asked for
it, among others who may not."""


def audience(job: Job, ticket: Ticket, settings: WorkspaceSettings) -> Audience:
    """Who reads the card that a job shows."""
    place = job.place
    if place.internal if place else job.target.internal and not job.direct:
        return "agents"
    if place.is_direct if place else job.direct:
        reader = place.user if place else job.target.user
        if reader and _is_to_act(reader, job, ticket, settings):
            return "to_act"
        return "requester" if reader == ticket.created_by else "agents"
    is_triaged_there = any(queue.channel == job.channel for queue in settings.queues)
    return "team" if is_triaged_there or not settings.queues else "requester"


def _is_to_act(reader: str, job: Job, ticket: Ticket, settings: WorkspaceSettings) -> bool:
    """Whether the card came to them to work the ticket, and it is still theirs, or still waits in a queue that they are on
    call for."""
    roles = {
        news.role
        for news in (job.place.told if job.place else job.told)
        if news.brings_card and news.to == reader
    }
    if ticket.assigned_user_id or "on_call" not in roles:
        return bool(roles) and ticket.assigned_user_id == reader
    queue = settings.queue(ticket.assigned_queue)
    return queue is not None and reader in queue.on_duty(job.created_at)
