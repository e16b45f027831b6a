"""What lists find a ticket by, beside its document: the columns that `storage.postgres.tables.TICKET_COLUMNS` names."""

from datetime import datetime

from bot.domain.contract import CHOICES
from bot.domain.ticket import Ticket
from storage.common.words import parts, words
from storage.postgres.tables import Row

PRIORITIES = CHOICES["priority"]
"""The lowest first: a ticket's column has the place of its own."""


def columns(prefix: str, ticket: Ticket) -> Row:
    """`prefix`: whose tickets it is found among. It stands before each part, so that one index serves everybody.

    `words` are those of its summary and its description, each once and between line ends.
    """
    found = words(ticket.summary) | words(ticket.symptom_description or "")
    return {
        "id": str(ticket.id),
        "status": ticket.status,
        "priority": PRIORITIES.index(ticket.priority),
        "type": ticket.ticket_type,
        "assignee": ticket.assigned_user_id,
        "queue": ticket.assigned_queue,
        "customer": ticket.customer_id,
        "requester": ticket.created_by,
        "due": _iso(ticket.due_at),
        "created": _iso(ticket.created_at),
        "response_late": ticket.response_late,
        "visibility": ticket.visibility_mode,
        "visible_since": _iso(ticket.visible_since),
        "words": "".join(f"\n{word}" for word in sorted(found)) + "\n",
        "parts": part_keys(prefix, sorted(parts(found))),
    }


def part_keys(prefix: str, parts: list[str]) -> list[str]:
    """The parts as they stand in their column."""
    return [f"{prefix} {part}" for part in parts]


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
