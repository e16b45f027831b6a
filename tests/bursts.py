"""What must have become of the messages of intake channels, in whatever order they came, and however often."""

from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import NamedTuple

from bot.domain.comments import Comment, key_of
from bot.domain.intake import is_near
from bot.domain.search import TicketFilter
from bot.domain.ticket import Ticket
from bot.services.ports.store import Reader

MINUTES = 10


class Message(NamedTuple):
    author: str
    text: str


async def hold(reader: Reader, said: Mapping[str, Message] | None, *, acknowledged: Iterable[str]) -> int:
    """Holds a store against what was `said` by its keys, where that is known, and gives how many tickets there are. What was
    acknowledged is there, and nothing is there twice; what joined a ticket was written shortly before or after it, by the same
    person in the same channel; and no two tickets could have been one."""
    page = await reader.tickets(TicketFilter(), limit=100_000)
    tickets = {ticket.number: ticket for ticket in page.tickets}
    assert not page.has_more
    made = {_source(ticket): ticket for ticket in tickets.values()}
    joined = {comment.key: comment for comment in await _comments(reader, tickets)}
    assert len(made) == len(tickets), "a message became two tickets"
    assert not made.keys() & joined.keys(), "a message is a ticket and a comment"
    assert {*acknowledged} <= made.keys() | joined.keys(), "what was acknowledged is there"
    for key, comment in joined.items():
        assert _is_one_burst(tickets[comment.number], key, comment.author)
    for one, other in combinations(made.values(), 2):
        assert not _is_one_burst(one, _source(other), other.created_by), "two tickets could have been one"
    if said is not None:
        found = {key: Message(each.created_by, each.symptom_description or "") for key, each in made.items()}
        found |= {key: Message(each.author, each.text) for key, each in joined.items()}
        assert found.items() <= said.items()
    return len(tickets)


def _is_one_burst(ticket: Ticket, key: str, author: str) -> bool:
    channel, _, ts = key.partition(":")
    made_in, _, made_ts = _source(ticket).partition(":")
    return (channel, author) == (made_in, ticket.created_by) and is_near(ts, made_ts, MINUTES)


def _source(ticket: Ticket) -> str:
    return key_of(ticket.origin.channel or "", ticket.origin.message_ts or "")


async def _comments(reader: Reader, numbers: Iterable[int]) -> list[Comment]:
    pages = [await reader.comments(number, limit=10_000) for number in numbers]
    found = [comment for page in pages for comment in page.comments]
    assert len({comment.key for comment in found}) == len(found)
    return found
