"""A million tickets in seconds: the words of some thousand, again and again, each with an id, a number and times of its own."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from storage.common.documents import dumped
from storage.postgres.tables import Row
from storage.postgres.ticket_columns import BLOCK, columns, keys, origin, word_columns
from storage.tinydb.documents import SCHEMA
from tests.benchmarks.tickets import made

DISTINCT = 20_000
MOMENTS = ("createdAt", "updatedAt", "slaDueAt")
_WORD = 2**32 - 1
LATER = timedelta(seconds=311 * DISTINCT)  # than the ticket with the same words


class Sample(NamedTuple):
    """A ticket as TinyDB keeps it, and the columns of PostgreSQL's tables of tickets and of words."""

    document: Mapping[str, object]
    columns: Row
    words: Row


def samples(count: int, workspace: str) -> Iterator[Sample]:
    """The tickets 1, 2, 3 … of a workspace."""
    known = []
    for number in range(1, count + 1):
        if number <= DISTINCT:
            known.append(_of(number, workspace))
            yield known[-1]
        else:
            again, place = divmod(number - 1, DISTINCT)
            yield _later(known[place], number, again * LATER, workspace)


@lru_cache(DISTINCT)
def _of(number: int, workspace: str) -> Sample:
    ticket = made(number)
    document = {"schema": SCHEMA, **dumped(ticket)}
    del document["cards"]  # they have a table, or a column, of their own
    return Sample(document, columns(ticket), word_columns(workspace, ticket))


def _later(known: Sample, number: int, later: timedelta, workspace: str) -> Sample:
    ticket_id = str(UUID(int=number, version=4))
    document = {**known.document, "id": ticket_id, "number": number}
    for name in MOMENTS:
        if moment := document.get(name):
            document[name] = _moved(str(moment), later).replace("+00:00", "Z")
    times = {
        name: _moved(str(known.columns[name]), later) for name in ("created", "due") if known.columns[name]
    }
    parts = _elsewhere(known.words["parts"], number, workspace)
    return Sample(
        document, {**known.columns, **times, "id": ticket_id}, {**known.words, **times, "parts": parts}
    )


def _elsewhere(parts: Any, number: int, workspace: str) -> list[int]:  # noqa: ANN401
    """The same words in the block of another ticket."""
    [block] = keys((origin(workspace) + (number >> BLOCK)) & _WORD, [""])
    return [block & ~_WORD | part & _WORD for part in parts]


def _moved(moment: str, later: timedelta) -> str:
    return (datetime.fromisoformat(moment) + later).isoformat()
