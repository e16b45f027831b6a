"""A filter finds by its indexes what looking at every ticket would find, in the order it asks for."""

import re
from datetime import datetime, timedelta
from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from bot.domain.contract import Priority, Status, TicketType, VisibilityMode
from bot.domain.permissions import Actor, may
from bot.domain.search import COUNTED, Response, Sort, Span, TicketFilter, seen_by
from bot.domain.ticket import Ticket
from bot.services.ports.store import Transaction
from storage import open_store
from storage.postgres import ticket_blocks, ticket_columns, ticket_query, ticket_words
from tests.storage.conftest import Fresh
from tests.storage.samples import DESK, NOW, ticket

USERS, QUEUES, CUSTOMERS = ("U1", "U2", "U3"), ("network", "Network", "heating"), ("acme", "globex")
WORDS = ("printer", "lamp", "inte", "T-2", "3", "1", "pri", "p", "am", "a lamp", "e_c", "exc", "%", "!")
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
                "visibilityMode": some.sampled_from(get_args(VisibilityMode)),
                "summary": some.sampled_from(
                    ("Printer down", "Lamp", "A lamp, a printer", "Room 3", "snake_case")
                ),
                "symptomDescription": some.none()
                | some.sampled_from(("It is the printer", "Lamp 31 is out")),
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
    visibilities=chosen(get_args(VisibilityMode)),
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
            not wanted.visibilities or each.visibility_mode in wanted.visibilities,
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
    number = re.fullmatch(r"(?:T-)?([1-9]\d*)", word)
    said = said_words(f"{each.summary}\n{each.symptom_description or ''}")
    sought = said_words(word)
    is_said = all(
        any(part in known if len(part) > 2 else known.startswith(part) for known in said) for part in sought
    )
    return bool(sought and is_said) or (number is not None and str(each.number).startswith(number[1]))


def said_words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


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


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a few tickets fill several of those that PostgreSQL looks words up in, and are more than it looks for."""
    for module in (ticket_columns, ticket_blocks, ticket_words):
        monkeypatch.setattr(module, "BLOCK", 2)
    monkeypatch.setattr(ticket_words, "_FEW", 2)
    monkeypatch.setattr(ticket_query, "_most", lambda last: last + 1)


@pytest.mark.usefixtures("small_blocks")
@settings(
    max_examples=80,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(tickets(), some.lists(FILTERS, min_size=1, max_size=5), some.integers(0, 5), some.integers(0, 6))
async def test_a_filter_finds_what_looking_at_every_ticket_would(
    fresh: Fresh, saved: list[Ticket], filters: list[TicketFilter], offset: int, limit: int
) -> None:
    with fresh() as url:
        store = open_store(url)

        async def work(tx: Transaction) -> None:
            for each in saved:
                await tx.save(each, now=NOW)

        await store.change(DESK, work)
        for wanted in filters:
            page = await store.read(DESK).tickets(wanted, offset=offset, limit=limit)
            expected = in_order(wanted.sort, [each for each in saved if wants(wanted, each)])
            most = offset + limit + 1 if url.startswith("postgresql") else COUNTED + 1
            assert page.total == min(len(expected), most)
            assert list(page.tickets) == expected[offset : offset + limit]
            assert page.has_more == (offset + len(page.tickets) < len(expected))
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


async def test_a_list_is_narrowed_by_a_value_of_any_length(url: str) -> None:
    store = open_store(url)
    long, other = "ä" * 3000, "ä" * 2999 + "ö"

    async def work(tx: Transaction) -> None:
        for number, name in enumerate((long, other, "acme"), 1):
            named = {"customerId": name, "assignedQueue": name, "assignedUserId": name}
            await tx.save(ticket(number, summary=f"x {name}", **named), now=NOW)

    await store.change(DESK, work)
    reader = store.read(DESK)
    for wanted in (
        TicketFilter(customers=(long,)),
        TicketFilter(queues=(long,)),
        TicketFilter(assignees=(long,)),
        TicketFilter(involving=long),
        TicketFilter(words=("x",), customers=(long,)),
        TicketFilter(words=(long,)),
    ):
        assert [each.number for each in (await reader.tickets(wanted)).tickets] == [1]
    await store.close()


@pytest.mark.parametrize("text", ["a\0b", "a\ud800b"])
async def test_what_no_text_may_have_in_it_finds_nothing(url: str, text: str) -> None:
    store = open_store(url)
    await store.change(DESK, lambda tx: tx.save(ticket(1), now=NOW))
    for field in ("customers", "assignees", "requesters", "queues", "words"):
        assert (await store.read(DESK).tickets(TicketFilter.model_validate({field: (text,)}))).total == 0
    await store.close()


async def test_a_thousand_are_counted_and_all_of_them_are_shown(url: str) -> None:
    store = open_store(url)

    async def work(tx: Transaction) -> None:
        for number in range(1, COUNTED + 21):
            await tx.save(ticket(number), now=NOW)

    await store.change(DESK, work)
    reader = store.read(DESK)
    for wanted in (TicketFilter(), TicketFilter(words=("printer",))):
        page = await reader.tickets(wanted, offset=COUNTED, limit=10)
        assert (page.total, page.has_more) == (COUNTED + 1, True)
        assert [each.number for each in page.tickets] == [*range(20, 10, -1)]
        last = await reader.tickets(wanted, offset=COUNTED + 10, limit=10)
        assert (last.total, last.has_more) == (COUNTED + 1, False)
        assert [each.number for each in last.tickets] == [*range(10, 0, -1)]
    await store.close()
