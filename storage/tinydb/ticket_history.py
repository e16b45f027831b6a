"""The histories of tickets: each entry a row of its own, which the ticket's number and its version name.

So a change writes one entry, and any entry is found without an index. Until schema 2 a ticket's document held its whole
history: it is read there, and moves into rows with the ticket's next change.
"""

from collections.abc import Collection, Iterator, Mapping
from itertools import islice

import orjson

from bot.domain.ticket import Entry, Ticket
from storage.tinydb.documents import old_history, read
from storage.tinydb.workspace_db import WorkspaceTables

_MOST = 10**9  # entries of a ticket: row 42000000007 is the seventh of T-42


def row_of(number: int, version: int) -> int:
    """The row of the entry that made this version of a ticket."""
    return number * _MOST + version


def number_and_version(row: int) -> tuple[int, int]:
    """Whose entry is in a row, and which version it made."""
    return divmod(row, _MOST)


def page(
    tables: WorkspaceTables, number: int, offset: int, limit: int, without: Collection[str]
) -> list[Entry]:
    """The newest first."""
    if not without:
        return [_read(raw) for raw in islice(_newest_first(tables, number, offset), limit)]
    found = (raw for raw in _newest_first(tables, number) if _what(raw) not in without)
    return [_read(raw) for raw in islice(found, offset, offset + limit)]


def last(tables: WorkspaceTables, number: int, what: str) -> Entry | None:
    """The newest entry of this kind."""
    return next((_read(raw) for raw in _newest_first(tables, number) if _what(raw) == what), None)


def add(tables: WorkspaceTables, ticket: Ticket, before: bytes | None) -> None:
    """Adds what is new of a ticket that is being saved. `before` is its document as it was.

    Raises ValueError where the history says something else already.
    """
    entries = [Entry.model_validate(entry) for entry in old_history(before)] if before else []
    first = ticket.version - len(ticket.new_entries) + 1
    versions = [*range(1, len(entries) + 1), *range(first, ticket.version + 1)]
    for version, entry in zip(versions, [*entries, *ticket.new_entries], strict=True):
        row = row_of(ticket.number, version)
        if tables.history.get(doc_id=row) not in {None, entry}:
            message = f"another change made version {version} of {ticket.name}"
            raise ValueError(message)
        tables.history.keep(entry, row)


def _newest_first(tables: WorkspaceTables, number: int, offset: int = 0) -> Iterator[bytes]:
    view = tables.storage.view
    document = view.get(tables.tickets.name, number)
    if document is None:
        return
    if old := old_history(document):
        yield from map(orjson.dumps, islice(reversed(old), offset, None))
        return
    for version in range(orjson.loads(document)["version"] - offset, 0, -1):
        if (raw := view.get(tables.history.name, row_of(number, version))) is not None:
            yield raw


def _what(raw: bytes) -> object:
    entry: Mapping[str, object] = orjson.loads(raw)
    return entry["what"]


def _read(raw: bytes) -> Entry:
    return read(Entry, raw)
