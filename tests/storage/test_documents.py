"""What is written of a record, and that all of it comes back."""

from collections.abc import Iterator
from typing import get_args

import orjson
import pytest
from pydantic.fields import FieldInfo

from bot.domain.comments import Comment
from bot.domain.errors import Problem
from bot.domain.outbox import Job
from bot.domain.record import Record
from bot.domain.ticket import Ticket
from storage.tinydb.documents import document, read
from tests.storage.samples import DIRECTORY, FULL_TICKET, NEW_TICKET, NOW, SETUP, job, ticket
from tests.storage.samples import draft as sample_draft


def kinds(of: type[Record] = Record) -> Iterator[type[Record]]:
    """All there are but those that no store keeps."""
    for kind in of.__subclasses__():
        if kind is not Problem:
            yield kind
        yield from kinds(kind)


def optional(field: FieldInfo) -> bool:
    return type(None) in get_args(field.annotation)


@pytest.mark.parametrize("kind", [*kinds()], ids=lambda kind: kind.__name__)
def test_a_field_that_is_not_written_where_it_has_no_value_is_read_as_none(kind: type[Record]) -> None:
    optionals = {name: field for name, field in kind.model_fields.items() if optional(field)}
    stored = {name for name, field in optionals.items() if field.default is not None}
    assert not stored, "without a value they would come back as something else"


@pytest.mark.parametrize(
    "record",
    [
        ticket(1),
        FULL_TICKET,
        NEW_TICKET.new_entries[0],
        SETUP,
        job(1),
        sample_draft("n1"),
        *DIRECTORY.contacts,
        Comment(key="C1:1.0", number=1, author="U1", at=NOW),
    ],
    ids=lambda record: type(record).__name__,
)
def test_what_is_written_of_a_record_names_no_field_without_a_value_and_comes_back(record: Record) -> None:
    raw = orjson.dumps(document(record))
    assert b":null" not in raw
    assert read(type(record), raw) == record


def test_a_small_ticket_takes_a_third_less_without_them() -> None:
    small = ticket(1)
    assert len(orjson.dumps(document(small))) <= 0.68 * len(orjson.dumps(small.to_wire()))


def test_a_ticket_that_stands_alone_in_a_thread_that_was_read_does_not_say_so() -> None:
    alone, read_back = document(NEW_TICKET), read(Ticket, orjson.dumps(document(NEW_TICKET)))
    assert not {"sameThread", "threadUnread"} & alone.keys()
    assert (read_back.same_thread, read_back.thread_unread) == ((), False)
    beside = NEW_TICKET.model_copy(update={"same_thread": (7,), "thread_unread": True})
    kept = read(Ticket, orjson.dumps(document(beside)))
    assert (kept.same_thread, kept.thread_unread) == ((7,), True)


def test_a_job_names_only_what_is_not_as_it_is_at_first() -> None:
    fresh = job(1)
    assert document(fresh).keys().isdisjoint({"attempts", "private"})
    failed = fresh.model_copy(update={"attempts": 3, "private": True})
    assert {"attempts", "private"} <= document(failed).keys()
    assert read(Job, orjson.dumps(document(failed))) == failed
