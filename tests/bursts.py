"""What must have become of the messages of an intake channel, in whatever order they came, and however often."""

from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import NamedTuple

from bot.domain.comments import Comment
from bot.domain.intake import is_near
from bot.domain.search import TicketFilter
from bot.domain.ticket import Ticket
from bot.services.ports.store import Reader

MINUTES = 10


class Message(NamedTuple):
    author: str
    text: str


async def hold(reader: Reader, said: Mapping[str, Message], *, acknowledged: Iterable[str]) -> None:
    """Holds a store against all that was `said`, by its `ts`. What was acknowledged is there, and nothing is there twice;
    what joined a ticket was written shortly before or after it; and no two tickets of a person could have been one."""
    page = await reader.tickets(TicketFilter(), limit=10_000)
    tickets = {ticket.number: ticket for ticket in page.tickets}
    assert not page.has_more
    made = {_source(ticket): ticket for ticket in tickets.values()}
    joined = {comment.key.partition(":")[2]: comment for comment in await _comments(reader, tickets)}
    assert len(made) == len(tickets), "a message became two tickets"
    assert not made.keys() & joined.keys(), "a message is a ticket and a comment"
    assert {*acknowledged} <= made.keys() | joined.keys() <= said.keys()
    for ts, ticket in made.items():
        assert (ticket.created_by, ticket.symptom_description) == said[ts]
    for ts, comment in joined.items():
        assert (comment.author, comment.text) == said[ts]
        ticket = tickets[comment.number]
        assert comment.author == ticket.created_by
        assert is_near(ts, _source(ticket), MINUTES)
    for one, other in combinations(made.values(), 2):
        is_one_person = one.created_by == other.created_by
        assert not (is_one_person and is_near(_source(one), _source(other), MINUTES)), "it is one burst"


def _source(ticket: Ticket) -> str:
    assert ticket.origin.message_ts
    return ticket.origin.message_ts


async def _comments(reader: Reader, numbers: Iterable[int]) -> list[Comment]:
    pages = [await reader.comments(number, limit=10_000) for number in numbers]
    found = [comment for page in pages for comment in page.comments]
    assert len({comment.key for comment in found}) == len(found)
    return found
