"""What the words after `/ticket list` ask for. It is Monday, 23 November 2026, 10:30 in Berlin."""

from contextlib import suppress
from datetime import UTC, datetime, tzinfo
from random import Random
from typing import get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.domain.contract import Priority, Status, TicketType
from bot.domain.directory import Customer, Directory
from bot.domain.errors import InvalidInput
from bot.domain.filters import Asker, read_filter
from bot.domain.people import Person
from bot.domain.search import Sort, Span, TicketFilter
from bot.domain.ticket import OPEN

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
DIRECTORY = Directory(
    customers=(Customer(id="acme", name="Acme Ltd"), Customer(id="globex", name="Globex & Sons"))
)
PEOPLE = {"ana": "U0ANA", "u0ana": "U0ANA", "ana weber": "U0ANA", "ben": "U0BEN"}


def people(name: str) -> list[Person]:
    found = PEOPLE.get(name.casefold())
    return [Person(id=found, names=(name,))] if found else []


def asker(zone: tzinfo | None = BERLIN, queues: tuple[str, ...] = ("Network", "heating")) -> Asker:
    return Asker(user="U0BEN", at=NOW, zone=zone, directory=DIRECTORY, people=people, queues=queues)


def wanted(**fields: object) -> TicketFilter:
    return TicketFilter.model_validate({"open_only": True, **fields})


def berlin(day: int, hour: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("", wanted()),
        ("status:open", wanted()),
        ("status:any", wanted(open_only=False)),
        ("status:on-hold,resolved", wanted(open_only=False, statuses=("on_hold", "resolved"))),
        ("status:open,closed", wanted(open_only=False, statuses=(*OPEN, "closed"))),
        ("priority:high,critical", wanted(priorities=("high", "critical"))),
        ("Priority: HIGH , crit", wanted(priorities=("high", "critical"))),
        ("!high !low", wanted(priorities=("high", "low"))),
        ("type:break-fix", wanted(types=("break_fix",))),
        ("assignee:me", wanted(assignees=("U0BEN",))),
        ("assignee:@ana,none", wanted(assignees=("U0ANA", None))),
        ('@ana owner:"Ana Weber"', wanted(assignees=("U0ANA",))),
        ("requester:me", wanted(requesters=("U0BEN",))),
        ("queue:network", wanted(queues=("Network",))),
        ("#heating", wanted(queues=("heating",))),
        ("customer:acme,globex", wanted(customers=("acme", "globex"))),
        ('customer:"Globex & Sons"', wanted(customers=("globex",))),
        ("customer:“Acme Ltd” lamp", wanted(customers=("acme",), words=("lamp",))),
        ("due:<24h", wanted(due=Span(end=datetime(2026, 11, 24, 9, 30, tzinfo=UTC)))),
        ("due: < tomorrow 17:00 lamp", wanted(due=Span(end=berlin(24, 17)), words=("lamp",))),
        ("due:>fri 9am due:<=2026-12-01", wanted(due=Span(start=berlin(27, 9), end=berlin(1, 17, 12)))),
        ("created:>monday", wanted(created=Span(start=berlin(23)))),
        ("created:>yesterday", wanted(created=Span(start=berlin(22)))),
        ("created:<24h", wanted(created=Span(end=datetime(2026, 11, 22, 9, 30, tzinfo=UTC)))),
        ("created:>friday created:<sunday", wanted(created=Span(start=berlin(20), end=berlin(22)))),
        ('created:>"1 nov" created:>2d', wanted(created=Span(start=berlin(21, 10).replace(minute=30)))),
        ("due:<friday morning", wanted(due=Span(end=berlin(27, 12)))),
        (
            "created:>2 days ago lamp",
            wanted(created=Span(start=berlin(21, 10).replace(minute=30)), words=("lamp",)),
        ),
        ("created:>yesterday 9am", wanted(created=Span(start=berlin(22, 9)))),
        ("sort:due", wanted(sort="due")),
        ("sort:due sort:age", wanted(sort="age")),
        ("printer T-4", wanted(words=("printer", "T-4"))),
        ('"no paper" lamp', wanted(words=("no paper", "lamp"))),
        ('5" "', wanted(words=('5"',))),
    ],
)
def test_what_is_typed_is_what_is_asked_for(typed: str, meant: TicketFilter) -> None:
    assert read_filter(typed, asker()) == meant


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("stauts:open", "There is no filter “stauts”. Did you mean “status”?"),
        ("status:opne", "There is no status “opne”. Did you mean “open”?"),
        ("priority:urgent", "There is no priority “urgent”. There is low, medium, high and critical."),
        ("status:res,opn", "There is no status “opn”. Did you mean “open”?"),
        ("customer:acmee", "No customer is called “acmee”. Did you mean Acme Ltd?"),
        ("queue:netwrk", "There is no queue “netwrk”. Did you mean “Network”?"),
        ("queue:x", "There is no queue “x”. There is Network and heating."),
        ("assignee:@zoe", "Nobody here is called “zoe”. Mention them with @, or use their ID."),
        ("requester:none", "Nobody here is called “none”. Mention them with @, or use their ID."),
        ("sort:dew", "There is no sort “dew”. Did you mean “due”?"),
        ("status:", "Write what you look for after status:, such as status:open."),
        ("type: due:<24h", "Write what you look for after type:, such as type:inspection."),
        ("due:tomorrow", "Write due:<tomorrow for before, or due:>tomorrow for after."),
        ("due:<yesterday", "“yesterday” is not a time I understand."),
        ("created:>tomorrow", "“tomorrow” is still to come."),
        ("created:>last week", "“last week” could be more than one day. Write the day"),
        ("due:<next week", "“next week” could be more than one day. Write the day"),
        ("created:>whenever", "“whenever” is not a time I understand."),
    ],
)
def test_what_is_not_understood_is_answered_with_the_nearest(typed: str, answer: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_filter(typed, asker())
    assert [problem.message[: len(answer)] for problem in refused.value.problems] == [answer]


def test_every_word_that_is_not_understood_is_answered() -> None:
    with pytest.raises(InvalidInput) as refused:
        read_filter("colour:red status:opn lamp", asker())
    assert len(refused.value.problems) == 2


def test_a_queue_is_taken_as_typed_while_no_ticket_is_in_any() -> None:
    assert read_filter("queue:network", asker(queues=())) == wanted(queues=("network",))


def test_words_that_need_a_time_zone_say_so_where_it_is_not_known() -> None:
    assert read_filter("due:<24h", asker(zone=None)).due
    with pytest.raises(InvalidInput, match="I don't know your time zone yet"):
        read_filter("due:<tomorrow", asker(zone=None))


def values_of(choices: tuple[str, ...]) -> some.SearchStrategy[tuple[str, ...]]:
    return some.lists(some.sampled_from(choices), max_size=3, unique=True).map(tuple)


@given(
    statuses=values_of(get_args(Status)),
    priorities=values_of(get_args(Priority)),
    types=values_of(get_args(TicketType)),
    words=some.lists(some.text("abcdé7 -", min_size=1).filter(str.strip), max_size=3, unique=True),
    sort=some.sampled_from(get_args(Sort)),
    order=some.randoms(use_true_random=False),
)
def test_every_choice_can_be_asked_for_in_any_order(
    statuses: tuple[str, ...],
    priorities: tuple[str, ...],
    types: tuple[str, ...],
    words: list[str],
    sort: str,
    order: Random,
) -> None:
    said = {"status": statuses, "priority": priorities, "type": types, "sort": (sort,)}
    typed = [f"{key}:{','.join(values)}" for key, values in said.items() if values]
    order.shuffle(typed)
    found = read_filter(" ".join([*typed, *(f'"{word}"' for word in words)]), asker())
    assert (set(found.statuses), found.open_only) == (set(statuses), not statuses)
    assert (found.priorities, found.types, found.sort) == (priorities, types, sort)
    assert list(found.words) == words


@given(some.text() | some.text('"“”:<>,@#! \tadekrstuy'))
def test_whatever_is_typed_is_read_or_answered(typed: str) -> None:
    with suppress(InvalidInput):
        read_filter(typed, asker())
