"""The words behind a typed step. It is Monday, 23 November 2026, 10:30 in Berlin."""

from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.domain.errors import InvalidInput
from bot.domain.people import Person
from bot.domain.step_words import first_choice, status_of, until_meant, until_of, whom
from bot.domain.steps import STEPS

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
NAMES = {"ana": "U1", "ana weber": "U1", "ben": "U2", "jo": "U3", "jo moss": "U4", "will": "U5"}


def people(name: str) -> Sequence[Person]:
    found = NAMES.get(name.casefold())
    return [Person(id=found, names=(name,))] if found else []


@pytest.mark.parametrize(
    ("text", "status", "rest"),
    [
        ("on hold waiting  for parts", "on_hold", "waiting  for parts"),
        ("On-Hold", "on_hold", ""),
        ("in_progress", "in_progress", ""),
        ("resolved new\ntoner", "resolved", "new\ntoner"),
        ("sleeping", None, "sleeping"),
        ("closed.", "closed", ""),
        ("to in progress, at last", "in_progress", "at last"),
        ("", None, ""),
    ],
)
def test_a_status_is_read_as_people_write_it(text: str, status: str | None, rest: str) -> None:
    assert status_of(text) == (status, rest)


@pytest.mark.parametrize(
    ("text", "named", "note"),
    [
        ("me", "me", ""),
        ("@me", "me", ""),
        ("me, urgent", "me", "urgent"),
        ("to me", "me", ""),
        ("assignee:me", "me", ""),
        ("nobody: left for lunch", "nobody", "left for lunch"),
        ('@ben notes:"abc def" xyz', 'assignee:"ben"', 'notes:"abc def" xyz'),
        ("@ben look at it due:tomorrow !high", 'assignee:"ben"', "look at it due:tomorrow !high"),
        ("@ben #4B is leaking", 'assignee:"ben"', "#4B is leaking"),
        ("@ben, look  at\nit", 'assignee:"ben"', "look  at\nit"),
        ("@ben ...when you can", 'assignee:"ben"', "...when you can"),
        ("@Ana Weber look first", 'assignee:"Ana Weber"', "look first"),
        ("@Ana look first", 'assignee:"Ana"', "look first"),
        ("assignee:@ben look", 'assignee:"ben"', "look"),
        ('assignee:"Ana Weber" look', 'assignee:"Ana Weber"', "look"),
        ("owner: ben", 'assignee:"ben"', ""),
        ("@zoe look", 'assignee:"zoe"', "look"),
        ("ben", 'assignee:"ben"', ""),
        ("ben, look", 'assignee:"ben"', "look"),
        ("#network look", "#network", "look"),
        ("queue:network look", 'queue:"network"', "look"),
        ("Ana Weber", 'assignee:"Ana Weber"', ""),
        ("to ben", 'assignee:"ben"', ""),
        ("to Ana Weber.", 'assignee:"Ana Weber"', ""),
        ("for @ben look", 'assignee:"ben"', "look"),
        ("-> @ben", 'assignee:"ben"', ""),
        ("→ @ben", 'assignee:"ben"', ""),
        ("= me", "me", ""),
        ("myself, urgent", "me", "urgent"),
        ("will look at it", "", "will look at it"),
        ("to the night shift", "", "to the night shift"),
    ],
)
def test_whoever_gets_a_ticket_is_named_and_all_that_follows_is_the_note(
    text: str, named: str, note: str
) -> None:
    assert whom(text, people) == (named, note)


def test_two_people_whose_names_begin_alike_are_asked_about() -> None:
    with pytest.raises(InvalidInput, match="are two people"):
        whom("@Jo Moss look", people)


def berlin(day: int, hour: int, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("step", "text", "until", "rest"),
    [
        ("snooze", "until monday", berlin(23, 17), ""),
        ("snooze", "3d", berlin(26, 10).replace(minute=30), ""),
        ("snooze", "tomorrow 9am, Ben is away", berlin(24, 9), "Ben is away"),
        ("snooze", "for 2 weeks", berlin(7, 10, 12).replace(minute=30), ""),
        ("hold", "until friday 9am waiting for parts", berlin(27, 9), "waiting for parts"),
        ("hold", "waiting for parts until friday 9am.", berlin(27, 9), "waiting for parts"),
        ("hold", "till friday", berlin(27, 17), ""),
        ("hold", "for 2 days", berlin(25, 10).replace(minute=30), ""),
        ("hold", "waiting for parts", None, "waiting for parts"),
        ("hold", "waiting for monday", None, "waiting for monday"),
        ("hold", "for friday's delivery", None, "for friday's delivery"),
        ("hold", "until the parts are here", None, "until the parts are here"),
        ("hold", "friday is a holiday", None, "friday is a holiday"),
        ("hold", "until friday 9am: waiting for parts", berlin(27, 9), "waiting for parts"),
        ("hold", "until friday – waiting for parts", berlin(27, 17), "waiting for parts"),
        ("snooze", "until friday: Ben is away", berlin(27, 17), "Ben is away"),
        ("snooze", "Ben is away until friday", berlin(27, 17), "Ben is away"),
    ],
)
def test_a_step_ends_when_its_words_say(step: str, text: str, until: datetime | None, rest: str) -> None:
    row = next(row for row in STEPS.values() if row.name == step)
    assert until_of(row, text, now=NOW, zone=BERLIN) == (until, rest)


@pytest.mark.parametrize("text", ["whenever", "until the parts are here", "until 1 nov 2026"])
def test_a_snooze_is_asked_about_without_a_time_to_come(text: str) -> None:
    with pytest.raises(InvalidInput):
        until_of(STEPS["snooze"], text, now=NOW, zone=BERLIN)


@pytest.mark.parametrize(
    ("field", "text", "value", "rest"),
    [
        ("priority", "high since it  drips", "high", "since it  drips"),
        ("priority", "!high", "high", ""),
        ("priority", "to high, since it drips", "high", "since it drips"),
        ("relatedTicketId", "with T-7", "T-7", ""),
        ("contactMethod", "in person please", "in person", "please"),
        ("relatedTicketId", "T-7 the same toner", "T-7", "the same toner"),
    ],
)
def test_a_choice_is_taken_from_the_front(field: str, text: str, value: str, rest: str) -> None:
    assert first_choice(field, text) == (value, rest)


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("2d", berlin(25, 10).replace(minute=30)),
        ("friday 9am waiting for parts", berlin(27, 9)),
        ("friday is a holiday", berlin(27, 17)),
        ("waiting for friday", None),
        ("3 parts are missing", None),
        ("5 days ago it broke", None),
    ],
)
def test_a_time_in_front_without_its_until_may_be_one(text: str, until: datetime | None) -> None:
    assert until_meant(text, now=NOW, zone=BERLIN) == until
