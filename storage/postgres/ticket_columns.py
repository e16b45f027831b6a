"""What lists find a ticket by, beside its document: the columns of the tables that `storage.postgres.tables` names."""

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256

from bot.domain.contract import CHOICES
from bot.domain.ticket import Ticket
from storage.common.words import parts, words
from storage.postgres.tables import Row

PRIORITIES = CHOICES["priority"]
"""The lowest first: a ticket's column has the place of its own."""

BLOCK = 13
"""Bits of a number: those of 8,192 tickets in a row differ in no others. Words are looked up in the newest such block first."""

_LONGEST = 500
_SHOWN = 100  # characters of a longer text


def columns(ticket: Ticket) -> Row:
    """Those of the table of tickets."""
    return {
        "id": str(ticket.id),
        "status": ticket.status,
        "priority": PRIORITIES.index(ticket.priority),
        "type": ticket.ticket_type,
        "assignee": indexed(ticket.assigned_user_id),
        "queue": indexed(ticket.assigned_queue),
        "customer": indexed(ticket.customer_id),
        "requester": indexed(ticket.created_by),
        "due": _iso(ticket.due_at),
        "created": _iso(ticket.created_at),
        "response_late": ticket.response_late,
        "visibility": ticket.visibility_mode,
        "visible_since": _iso(ticket.visible_since),
    }


def word_columns(workspace: str, ticket: Ticket) -> Row:
    """Those of the table of words, where it is found among a workspace's own."""
    facets = [customer_facet(ticket.customer_id), requester_facet(ticket.created_by)]
    if ticket.is_open:
        facets.append(OPEN_FACET)
    found = _words(ticket)
    prefix = f"{workspace}/{ticket.number >> BLOCK}"
    return {"words": _text(found), "parts": part_keys(prefix, [*sorted(parts(found)), *facets])}


def shared_words(reader: str, ticket: Ticket) -> Row:
    """Where it is found among what others share."""
    found = _words(ticket)
    return {"words": _text(found), "parts": part_keys(reader, sorted(parts(found)))}


OPEN_FACET = "open"
"""Stands among the parts of an open ticket's words. None of those is so long."""


def customer_facet(customer: str) -> str:
    """Stands among the parts of the words of a customer's tickets."""
    return f"customer {indexed(customer)}"


def requester_facet(user: str) -> str:
    """Likewise of those that somebody asked for."""
    return f"requester {indexed(user)}"


def part_keys(prefix: str, parts: Iterable[str]) -> list[str]:
    """As they stand in their column. What is put before them keeps everybody's apart in one index."""
    return [f"{prefix} {part}" for part in parts]


def indexed(text: str | None) -> str | None:
    """A text as it stands in a column with an index, which takes none of any length: a longer one by how it begins and its
    digest."""
    if text is None or len(text.encode()) <= _LONGEST:
        return text
    return f"{text[:_SHOWN]}…{sha256(text.encode()).hexdigest()}"


def _words(ticket: Ticket) -> set[str]:
    return words(ticket.summary) | words(ticket.symptom_description or "")


def _text(found: Iterable[str]) -> str:
    """Each between line ends."""
    return "".join(f"\n{word}" for word in sorted(found)) + "\n"


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
