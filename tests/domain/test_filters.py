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
from bot.domain.filter_words import as_search, meant_as
from bot.domain.filters import Asker, knows, read_filter
from bot.domain.people import Person
from bot.domain.search import Sort, Span, TicketFilter
from bot.domain.ticket import OPEN

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
DIRECTORY = Directory(
    customers=(
        Customer(id="acme", name="Acme Ltd"),
        Customer(id="globex", name="Globex & Sons"),
        Customer(id="initech", name="Initech"),
        Customer(id="initech-eu", name="Initech Manufacturing"),
        Customer(id="and", name="Johnson and Johnson"),
    )
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
        ("response:late", wanted(response=("late",))),
        (
            "response:late queue:network lamp",
            wanted(response=("late",), queues=("Network",), words=("lamp",)),
        ),
        ("Response = LATE", wanted(response=("late",))),
        ("sort:due", wanted(sort="due")),
        ("sort:due sort:age", wanted(sort="age")),
        ("printer T-4", wanted(words=("printer", "T-4"))),
        ('"no paper" lamp', wanted(words=("no paper", "lamp"))),
        ('5" "', wanted(words=('5"',))),
        ("status:in progress", wanted(open_only=False, statuses=("in_progress",))),
        (
            "status:in progress,on hold lamp",
            wanted(open_only=False, statuses=("in_progress", "on_hold"), words=("lamp",)),
        ),
        ("status : on  hold", wanted(open_only=False, statuses=("on_hold",))),
        ("status:resolved or closed", wanted(open_only=False, statuses=("resolved", "closed"))),
        ("status:resolved or status:closed", wanted(open_only=False, statuses=("resolved", "closed"))),
        ("priority:high or critical", wanted(priorities=("high", "critical"))),
        ("priority:high and critical lamp", wanted(priorities=("high", "critical"), words=("lamp",))),
        ("priority:high/critical", wanted(priorities=("high", "critical"))),
        ("priority:high|critical", wanted(priorities=("high", "critical"))),
        ("!high or !critical", wanted(priorities=("high", "critical"))),
        ("priority:urgent", wanted(priorities=("critical",))),
        ("priority=high status=new", wanted(open_only=False, priorities=("high",), statuses=("new",))),
        ("priority:high and customer:acme", wanted(priorities=("high",), customers=("acme",))),
        ("-status:closed", wanted(open_only=False, statuses=(*OPEN, "resolved"))),
        ("–status:closed,resolved", wanted(open_only=False, statuses=OPEN)),
        ("not status:closed", wanted(open_only=False, statuses=(*OPEN, "resolved"))),
        ("!status:closed", wanted(open_only=False, statuses=(*OPEN, "resolved"))),
        ("status:!closed", wanted(open_only=False, statuses=(*OPEN, "resolved"))),
        ("status:not closed", wanted(open_only=False, statuses=(*OPEN, "resolved"))),
        ("status!=closed", wanted(open_only=False, statuses=(*OPEN, "resolved"))),
        ("-status:closed -status:resolved", wanted(open_only=False, statuses=OPEN)),
        ("status:open -status:on hold", wanted(open_only=False, statuses=OPEN[:-1])),
        ("-status:open", wanted(open_only=False, statuses=("resolved", "closed"))),
        ("-priority:low -!medium", wanted(priorities=("high", "critical"))),
        ("customer:Initech Manufacturing", wanted(customers=("initech-eu",))),
        ("customer:Initech", wanted(customers=("initech",))),
        ("customer:initech lamp", wanted(customers=("initech",), words=("lamp",))),
        ("customer:initech manufacturing lamp", wanted(customers=("initech-eu",), words=("lamp",))),
        ("customer:Johnson and Johnson", wanted(customers=("and",))),
        ("customer:acme or Globex & Sons", wanted(customers=("acme", "globex"))),
        ("customer:«Acme Ltd»", wanted(customers=("acme",))),
        ("customer:'Acme Ltd' lamp, T-4", wanted(customers=("acme",), words=("lamp", "T-4"))),
        ("customer:”Acme Ltd”", wanted(customers=("acme",))),
        ("assignee:Ana Weber lamp", wanted(assignees=("U0ANA",), words=("lamp",))),
        ("@Ana Weber", wanted(assignees=("U0ANA",))),
        ("assignee:me or none", wanted(assignees=("U0BEN", None))),
        ("status：open ！high", wanted(priorities=("high",))),
        ("＠ana ＃heating", wanted(assignees=("U0ANA",), queues=("heating",))),
        ("priority\u00a0:\u00a0high", wanted(priorities=("high",))),
        ("\u200bstatus:\u200bopen", wanted()),
        ("due:before tomorrow 17:00", wanted(due=Span(end=berlin(24, 17)))),
        ("due<24h", wanted(due=Span(end=datetime(2026, 11, 24, 9, 30, tzinfo=UTC)))),
        ("created:after monday", wanted(created=Span(start=berlin(23)))),
        ("overdue", wanted(due=Span(end=NOW))),
        ("overdue printer", wanted(due=Span(end=NOW), words=("printer",))),
        ("due:overdue priority:high", wanted(due=Span(end=NOW), priorities=("high",))),
        ('"overdue"', wanted(words=("overdue",))),
        ("in progress", wanted(open_only=False, statuses=("in_progress",))),
        ("closed", wanted(open_only=False, statuses=("closed",))),
        ("mine high", wanted(assignees=("U0BEN",), priorities=("high",))),
        ("all unassigned", wanted(open_only=False, assignees=(None,))),
        ('"closed" door', wanted(words=("closed", "door"))),
        ("requester:@ana", wanted(requesters=("U0ANA",))),
        ("from:@Ana Weber,@ben", wanted(requesters=("U0ANA", "U0BEN"))),
        ("me", wanted(assignees=("U0BEN",))),
        ("tickets", wanted()),
        ("my open tickets", wanted(assignees=("U0BEN",))),
        ("all high tickets", wanted(open_only=False, priorities=("high",))),
        ("all open tickets", wanted()),
        ("all resolved", wanted(open_only=False, statuses=("resolved",))),
        ("tickets printer", wanted(words=("tickets", "printer"))),
        ("due:by tomorrow 17:00", wanted(due=Span(end=berlin(24, 17)))),
        ('"urgent"', wanted(words=("urgent",))),
    ],
)
def test_what_is_typed_is_what_is_asked_for(typed: str, meant: TicketFilter) -> None:
    assert read_filter(typed, asker()) == meant


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("stauts:open", "There is no filter “stauts”. Did you mean “status”?"),
        ("status:opne", "There is no status “opne”. Did you mean “open”?"),
        ("priority:purple", "There is no priority “purple”. There is low, medium, high and critical."),
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
        ("priority:high or printer", "There is no priority “printer”."),
        ("priority:high or status:closed", "I cannot read “or” here. Put it between quotes to look for it."),
        ("lamp or printer", "I cannot read “or” here."),
        ("not printer", "I cannot read “not” here."),
        ("-printer", "I cannot read “-printer” here."),
        ("–printer", "I cannot read “–printer” here."),
        ("lamp - status:open", "I cannot read “-” here."),
        ("(status:open)", "I cannot read “(status:open)” here."),
        ("lamp,printer", "I cannot read “lamp,printer” here."),
        ("due:<24h,>2h", "I cannot read “"),
        ("-customer:acme", "I can leave out by type, priority, status and visibility, but not by customer."),
        ("-due:<24h", "I can leave out by type, priority, status and visibility, but not by due."),
        ("-response:late", "I can leave out by type, priority, status and visibility, but not by response."),
        ("response:soon", "There is no response “soon”."),
        ("response printer", "“response” may be a filter, or a word to look for. Write response:late, or"),
        ("-@ana", "I can leave out by type, priority, status and visibility, but not by assignee."),
        ("-status:any", "That leaves no status to look for."),
        ("status:open -status:open", "That leaves no status to look for."),
        ("customer:Initech Manufactoring", "“Initech Manufactoring” may be Initech Manufacturing."),
        ("customer:Initech Manu", "“Initech Manu” may be Initech Manufacturing."),
        ("customer:acme and lamp", "No customer is called “lamp”."),
        (
            "closed door",
            "“closed” may be a filter, or a word to look for. Write status:closed, or put it between",
        ),
        ("priority:>high", "There is no priority “>high”."),
        (
            "urgent",
            "“urgent” may be a filter, or a word to look for. Write priority:critical, or put it between",
        ),
        ("p1", "“p1” may be a filter, or a word to look for. Write priority:critical,"),
        ("priority", "“priority” may be a filter, or a word to look for. Write priority:high,critical,"),
        ("site:hq", "Lists cannot be narrowed by site. They can by customer, type, priority, assignee,"),
        ("queue:none", "I cannot look for tickets in no queue."),
        ("due:none", "Write due:<friday for before, or due:>friday for after."),
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


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("", "filter"),
        ("priority:high", "filter"),
        ("printer", "filter"),
        ("printer status:any priority:high", "filter"),
        ('"no paper" "in hall 2"', "filter"),
        ("overdue in progress", "filter"),
        ("site:hq", "filter"),
        ("status:in progress or on hold", "filter"),
        ("status:in progress printer", "filter"),
        ("customer:Initech Manufacturing printer", "filter"),
        ("@Ana Weber printer", "filter"),
        ("priority:high or priority:low printer", "filter"),
        ("my open tickets", "filter"),
        ("of users won't load", "unclear"),
        ("printers in hall 2 priority:high", "unclear"),
        ("of users won't load customer:acme site:acme-hq type:break_fix", "ticket"),
        ("of users is empty source:phone", "ticket"),
    ],
)
def test_a_list_is_one_only_where_a_filter_or_nothing_follows(words: str, meant: str) -> None:
    assert meant_as(words, knows=knows(asker())) == meant


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("printer", wanted(open_only=False, words=("printer",))),
        ("closed door", wanted(open_only=False, words=("closed", "door"))),
        ("no paper and smells", wanted(open_only=False, words=("no", "paper", "smells"))),
        ("not printing", wanted(open_only=False, words=("not", "printing"))),
        ('5" screw', wanted(open_only=False, words=('5"', "screw"))),
        ("printer status:open", wanted(words=("printer",))),
        ("printer -status:closed", wanted(open_only=False, statuses=(*OPEN, "resolved"), words=("printer",))),
        (
            "customer:Initech Manufacturing printer",
            wanted(open_only=False, customers=("initech-eu",), words=("printer",)),
        ),
        ("printer overdue", wanted(open_only=False, due=Span(end=NOW), words=("printer",))),
    ],
)
def test_a_search_looks_for_its_words_in_all_tickets(words: str, meant: TicketFilter) -> None:
    assert read_filter(as_search(words, knows(asker())), asker()) == meant
