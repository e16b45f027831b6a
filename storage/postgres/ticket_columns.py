"""What lists find a ticket by, beside its document: the columns of the tables that `storage.postgres.tables` names."""

from collections.abc import Iterable
from datetime import datetime
from zlib import crc32

from bot.domain.contract import CHOICES
from bot.domain.names import folded
from bot.domain.ticket import Ticket
from storage.common.documents import index_text
from storage.common.words import parts, words
from storage.postgres.tables import FILTER_COLUMNS, Row

PRIORITIES = CHOICES["priority"]
"""The lowest first: a ticket's column has the place of its own."""

BLOCK = 13
"""Bits of a number: those of 8,192 tickets in a row differ in no others. Words are looked up in the newest such block first."""

_LOW, _HALF = 2**32 - 1, 2**31


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
    """Those of the table of words, where a workspace finds its own."""
    facets = [customer_facet(ticket.customer_id), requester_facet(ticket.created_by)]
    if ticket.is_open:
        facets.append(OPEN_FACET)
    found = _words(ticket)
    place = (origin(workspace) + (ticket.number >> BLOCK)) & _LOW
    return {
        **filter_columns(ticket),
        "words": _text(found),
        "parts": keys(place, [*sorted(parts(found)), *facets]),
    }


def filter_columns(ticket: Ticket) -> Row:
    """Those that stand beside the words, too: to look each ticket up that says something would take longest of all."""
    found = columns(ticket)
    return {name: found[name] for name in FILTER_COLUMNS}


def same_words(before: Ticket, after: Ticket) -> bool:
    """Whether these columns are the same of both: seldom does a step change them."""
    first, second = (
        (each.summary, each.symptom_description, each.customer_id, each.created_by, each.is_open)
        for each in (before, after)
    )
    return first == second


def shared_columns(reader: str, ticket: Ticket) -> Row:
    """Those of the table of what is shared, where one of its readers finds it. `queue` stands there folded: nobody asks how others
    write their queues, and so none has to be looked up."""
    found, queue = _words(ticket), ticket.assigned_queue
    return {
        **columns(ticket),
        "queue": None if queue is None else indexed(folded(queue)),
        "words": _text(found),
        "parts": keys(origin(reader), sorted(parts(found))),
    }


OPEN_FACET = "open"
"""Stands among the parts of an open ticket's words. None of those is so long."""


def customer_facet(customer: str) -> str:
    """Stands among the parts of the words of a customer's tickets."""
    return f"customer {customer}"


def requester_facet(user: str) -> str:
    """Likewise of those that somebody asked for."""
    return f"requester {user}"


def origin(name: str) -> int:
    """The place from which its owner's blocks are counted: 32 bits."""
    return crc32(name.encode())


def keys(place: int, parts: Iterable[str]) -> list[int]:
    """Parts as they stand in their column: behind 32 bits that say in which block, of whom, and so beside each other in the index;
    as 32 bits of their own, so that many are little to read and write. Two may have the same: what they find is looked at."""
    return [(place - _HALF) << 32 | crc32(part.encode()) for part in parts]


def indexed(text: str | None) -> str | None:
    """A text as it stands in a column with an index."""
    return None if text is None else index_text(text)


def _words(ticket: Ticket) -> set[str]:
    return words(ticket.summary) | words(ticket.symptom_description or "")


def _text(found: Iterable[str]) -> str:
    """Each between line ends."""
    return "".join(f"\n{word}" for word in sorted(found)) + "\n"


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
