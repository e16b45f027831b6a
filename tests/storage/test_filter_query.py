"""A filter finds by its indexes what looking at every ticket would find, in the order it asks for."""

import tempfile
from datetime import datetime, timedelta
from typing import get_args

from hypothesis import given, settings
from hypothesis import strategies as some

from bot.domain.contract import Priority, Status, TicketType
from bot.domain.permissions import Actor, may
from bot.domain.search import Response, Sort, Span, TicketFilter, seen_by
from bot.domain.ticket import Ticket
from bot.services.ports.store import Transaction
from storage import open_store
from tests.storage.samples import DESK, NOW, ticket

USERS, QUEUES, CUSTOMERS = ("U1", "U2", "U3"), ("network", "Network", "heating"), ("acme", "globex")
WORDS = ("printer", "lamp", "T-2", "3")
MOMENTS = some.integers(-72, 72).map(lambda hours: NOW + timedelta(hours=hours))


def chosen(values: tuple[str, ...]) -> some.SearchStrategy[tuple[str, ...]]:
    return some.lists(some.sampled_from(values), max_size=2, unique=True).map(tuple)


@some.composite
def tickets(draw: some.DrawFn) -> list[Ticket]:
    many = draw(some.integers(0, 12))
    return [draw(one(number)) for number in range(1, many + 1)]


def one(number: int) -> some.SearchStrategy[Ticket]:
    return some.builds(
        _ticket,
        some.just(number),
        some.fixed_dictionaries(
            {
                "status": some.sampled_from(get_args(Status)),
                "priority": some.sampled_from(get_args(Priority)),
                "ticketType": some.sampled_from(get_args(TicketType)),
                "assignedUserId": some.none() | some.sampled_from(USERS),
                "assignedQueue": some.none() | some.sampled_from(QUEUES),
                "customerId": some.sampled_from(CUSTOMERS),
                "slaDueAt": some.none() | MOMENTS,
                "summary": some.sampled_from(("Printer down", "Lamp", "A lamp, a printer")),
            }
        ),
        some.fixed_dictionaries(
            {
                "created_by": some.sampled_from(USERS),
                "created_at": some.builds(
                    lambda at, micros: at.replace(microsecond=micros),
                    MOMENTS,
                    some.sampled_from((0, 250_000)),
                ),
                "computed_due_at": some.none() | MOMENTS,
                "response_late": some.booleans(),
            }
        ),
    )


def _ticket(number: int, fields: dict[str, object], also: dict[str, object]) -> Ticket:
    if fields["slaDueAt"]:
        also = {**also, "computed_due_at": None}
    return ticket(number, **fields).model_copy(update=also)


SPANS = some.builds(Span, start=some.none() | MOMENTS, end=some.none() | MOMENTS)
PLAIN = some.builds(
    TicketFilter,
    open_only=some.booleans(),
    statuses=chosen(get_args(Status)),
    priorities=chosen(get_args(Priority)),
    types=chosen(get_args(TicketType)),
    assignees=some.lists(some.none() | some.sampled_from(USERS), max_size=2).map(tuple),
    queues=chosen(("NETWORK", "heating", "nowhere")),
    customers=chosen(CUSTOMERS),
    requesters=chosen(USERS),
    due=some.none() | SPANS,
    created=some.none() | SPANS,
    response=chosen(get_args(Response)),
    words=chosen(WORDS),
    involving=some.none() | some.sampled_from(USERS),
    sort=some.sampled_from(get_args(Sort)),
)
FILTERS = some.builds(
    lambda wanted, within: wanted.model_copy(update={"within": within}), PLAIN, some.none() | PLAIN
) | some.builds(TicketFilter, sort=some.sampled_from(get_args(Sort)))


def wants(wanted: TicketFilter, each: Ticket) -> bool:
    """What a filter means, said the slow way."""
    queue = (each.assigned_queue or "").casefold()
    return all(
        (
            each.is_open or not wanted.open_only,
            not wanted.statuses or each.status in wanted.statuses,
            not wanted.priorities or each.priority in wanted.priorities,
            not wanted.types or each.ticket_type in wanted.types,
            not wanted.assignees or each.assigned_user_id in wanted.assignees,
            not wanted.queues or queue in [name.casefold() for name in wanted.queues],
            not wanted.customers or each.customer_id in wanted.customers,
            not wanted.requesters or each.created_by in wanted.requesters,
            wanted.due is None or inside(wanted.due, each.due_at),
            wanted.created is None or inside(wanted.created, each.created_at),
            each.response_late or not wanted.response,
            wanted.involving in {None, each.created_by, each.assigned_user_id},
            all(says(each, word) for word in wanted.words),
            wanted.within is None or wants(wanted.within, each),
        )
    )


def inside(span: Span, moment: datetime | None) -> bool:
    if moment is None:
        return False
    return (span.start is None or span.start <= moment) and (span.end is None or moment < span.end)


def says(each: Ticket, word: str) -> bool:
    in_words = word.isalpha() and word in each.summary.casefold()
    return in_words or str(each.number).startswith(word.removeprefix("T-"))


def in_order(sort: Sort, found: list[Ticket]) -> list[Ticket]:
    newest = sorted(found, key=lambda each: -each.number)
    match sort:
        case "newest":
            return newest
        case "age":
            return newest[::-1]
        case "priority":
            return sorted(newest, key=lambda each: -get_args(Priority).index(each.priority))
        case "due":
            dated = sorted(
                (each for each in found if each.due_at), key=lambda each: (each.due_at, each.number)
            )
            return dated + [each for each in newest if not each.due_at]


@settings(max_examples=80)
@given(tickets(), some.lists(FILTERS, min_size=1, max_size=5), some.integers(0, 5), some.integers(0, 6))
async def test_a_filter_finds_what_looking_at_every_ticket_would(
    saved: list[Ticket], filters: list[TicketFilter], offset: int, limit: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"tinydb:{folder}")

        async def work(tx: Transaction) -> None:
            for each in saved:
                await tx.save(each, now=NOW)

        await store.change(DESK, work)
        for wanted in filters:
            page = await store.read(DESK).tickets(wanted, offset=offset, limit=limit)
            expected = in_order(wanted.sort, [each for each in saved if wants(wanted, each)])
            assert page.total == len(expected)
            assert list(page.tickets) == expected[offset : offset + limit]
        await store.close()


@given(
    tickets(),
    some.builds(
        Actor,
        user=some.sampled_from(USERS),
        is_known=some.booleans(),
        is_agent=some.booleans(),
        is_outsider=some.booleans(),
    ),
)
def test_a_list_holds_what_somebody_may_see_and_nothing_else(saved: list[Ticket], actor: Actor) -> None:
    actor = actor.model_copy(update={"is_agent": actor.is_agent and not actor.is_outsider})
    for each in saved:
        assert wants(seen_by(actor), each) == may(actor, "see", each)
