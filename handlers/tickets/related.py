"""The ticket that another one is related to: of this workspace or, as far as it is shared, of another one."""

from typing import NamedTuple
from uuid import UUID

from handlers.blocks import card, elsewhere
from handlers.slack.context import Visit


class Related(NamedTuple):
    """`T-7` or `acme/T-7`, and the same with its summary, for an option's text."""

    name: str
    title: str


async def related_ticket(visit: Visit, ticket_id: UUID) -> Related | None:
    """None where whoever asks may not see it."""
    if ticket := await visit.tools.tickets.by_id(visit.workspace, visit.actor, ticket_id):
        return Related(ticket.name, card.title(ticket))
    if not visit.actor.may_look_elsewhere:
        return None
    seen = await visit.tools.sharing.by_id(visit.workspace, visit.actor, ticket_id)
    return Related(seen.name, elsewhere.title(seen)) if seen else None
