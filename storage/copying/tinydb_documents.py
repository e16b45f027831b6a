"""Rows of a workspace as documents of its TinyDB tables, and back.

What an earlier version wrote is read as today's would write it: a ticket of schema 2 holds its cards and its history, which are
rows of their own since; and messages that tickets were made from stand among the keys in schema 1.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple, cast

import orjson
from pydantic import JsonValue

from bot.domain.characters import storable
from bot.domain.clock.timers import Timer
from bot.domain.comments import Comment
from bot.domain.draft import Draft
from bot.domain.fields import ItemKind
from bot.domain.home import Home
from bot.domain.mirrors import Mirror, MirrorCopy, WrittenHere
from bot.domain.outbox import Job
from bot.domain.people import ChannelMembers, Group, MemberSyncProgress, Person
from bot.domain.record import Record
from bot.domain.ticket import Entry, Ticket
from bot.domain.workspace_settings import WorkspaceSettings
from storage.common import directory_search
from storage.common.documents import SPELLED_NUL, ChannelIds, dumped, index_text
from storage.copying.rows import TABLES, Json, Row
from storage.journal.layers import ReadView
from storage.tinydb.documents import SCHEMA, KeptKey, old_history, read
from storage.tinydb.ticket_history import number_and_version, row_of

Where = tuple[str, int]
"""A TinyDB table, and a row of it."""

_SINGLES: Mapping[str, tuple[str, type[Record]]] = {
    "settings": ("setup", WorkspaceSettings),
    "roster": ("roster", MemberSyncProgress),
    "channel_ids": ("channel_ids", ChannelIds),
}
_RECORDS: Mapping[str, tuple[type[Record], str]] = {
    "jobs": (Job, "id"),
    "comments": (Comment, "key"),
    "homes": (Home, "user"),
    "drafts": (Draft, "nonce"),
    "timers": (Timer, "subject"),
    "mirrors": (Mirror, "key"),
    "mirror_copies": (MirrorCopy, "key"),
    "written_here": (WrittenHere, "key"),
    "people": (Person, "id"),
    "groups": (Group, "id"),
    "channels": (ChannelMembers, "channel"),
}
"""The tables whose rows are records that say their key themselves: in which field."""

_OF_MESSAGES = "message:"


class Documents:
    """All of one TinyDB, as a view shows it."""

    def __init__(self, view: ReadView) -> None:
        self.view = view

    def of(self, table: str) -> Iterator[tuple[int, bytes]]:
        return iter(sorted(self.view.documents(table).items()))


def plain(kind: type[Record], raw: bytes) -> Json:
    """What is kept of a record, without the schema."""
    kept: Json = orjson.loads(raw)
    if SPELLED_NUL in raw:
        kept = cast(Json, storable(cast(JsonValue, kept)))
        raw = orjson.dumps(kept)
    if kept.pop("schema", 0) == SCHEMA:
        return kept
    kept = dumped(read(kind, raw))
    if "members" in kept:
        kept["members"] = sorted(cast(list[str], kept["members"]))  # a set has another order in each process
    return kept


def marked(kept: Json) -> Json:
    """With the schema in front, where `read` looks for it."""
    return {"schema": SCHEMA, **kept}


def rows_of(documents: Documents, table: str) -> Iterator[Row]:
    """Those of a table of `rows.OF_WORKSPACE`, in their order."""
    for row in _records(documents, table) if table in _RECORDS else _READ[table](documents):
        yield row._replace(key=tuple(index_text(each) if isinstance(each, str) else each for each in row.key))


def count(documents: Documents, table: str) -> int:
    """How many rows `rows_of` gives, without reading each where that can be."""
    view = documents.view
    if table in _RECORDS or table in {"tickets", "places", "taken_over"}:
        return view.count(table)
    if table == "history":
        old = (len(old_history(raw)) for raw in view.documents("tickets").values())
        return view.count(table) + sum(old)
    return sum(1 for _ in rows_of(documents, table))


def _records(documents: Documents, table: str) -> Iterator[Row]:
    (kind, field), is_ordered = _RECORDS[table], TABLES[table].is_ordered
    for place, (_, raw) in enumerate(documents.of(table), 1):
        kept = plain(kind, raw)
        yield Row((cast(str, kept[field]),), {"document": kept}, place if is_ordered else 0)


def _tickets(documents: Documents) -> Iterator[Row]:
    for number, raw in documents.of("tickets"):
        kept = plain(Ticket, raw)
        cards = kept.pop("cards", [])
        if apart := documents.view.get("cards", number):
            cards = orjson.loads(apart)["cards"]
        yield Row((number,), {"document": kept, "cards": cards})


def _history(documents: Documents) -> Iterator[Row]:
    for number, raw in documents.of("tickets"):
        for version, entry in enumerate(old_history(raw), 1):
            yield Row((number, version), {"document": dumped(Entry.model_validate(entry))})
    for row, raw in documents.of("history"):
        yield Row(number_and_version(row), {"document": plain(Entry, raw)})


def _keys(documents: Documents) -> Iterator[Row]:
    for kept in _kept_keys(documents, "keys"):
        if not _is_origin(kept):
            yield Row((kept.key,), {"number": kept.number, "at": dumped(kept)["at"]})


def _origins(documents: Documents) -> Iterator[Row]:
    known = set()
    for kept in _kept_keys(documents, "origins"):
        known.add(kept.key)
        yield Row((kept.key,), {"number": kept.number})
    for kept in _kept_keys(documents, "keys"):
        if _is_origin(kept) and kept.key not in known:
            yield Row((kept.key,), {"number": kept.number})


def _is_origin(kept: KeptKey) -> bool:
    """Of those that schema 1 kept among the keys."""
    return kept.at is None or kept.key.startswith(_OF_MESSAGES)


def _places(documents: Documents) -> Iterator[Row]:
    for kept in _kept_keys(documents, "places"):
        yield Row((kept.key,), {"number": kept.number})


def _mirror_places(documents: Documents) -> Iterator[Row]:
    for kept in _kept_keys(documents, "mirror_places"):
        if mirror := documents.view.get("mirrors", kept.number):
            yield Row((kept.key,), {"mirror": orjson.loads(mirror)["key"]})


def _taken_over(documents: Documents) -> Iterator[Row]:
    for kept in _kept_keys(documents, "taken_over"):
        yield Row((kept.key,), {})


def _items(documents: Documents) -> Iterator[Row]:
    for kind, table in directory_search.TABLES.items():
        for place, (_, raw) in enumerate(documents.of(table.name), 1):
            kept = plain(table.record, raw)
            yield Row((kind, cast(str, kept["id"])), {"document": kept}, place)


def _singles(documents: Documents) -> Iterator[Row]:
    for kind, (table, record) in _SINGLES.items():
        if raw := documents.view.get(table, 1):
            yield Row((kind,), {"document": plain(record, raw)})


def _kept_keys(documents: Documents, table: str) -> Iterator[KeptKey]:
    for _, raw in documents.of(table):
        yield read(KeptKey, raw)


_READ: Mapping[str, Callable[[Documents], Iterator[Row]]] = {
    "tickets": _tickets,
    "history": _history,
    "keys": _keys,
    "origins": _origins,
    "places": _places,
    "mirror_places": _mirror_places,
    "taken_over": _taken_over,
    "items": _items,
    "singles": _singles,
}


class Written(NamedTuple):
    """A document for a row of a TinyDB table."""

    table: str
    row: int
    document: Json


def tables_of(table: str) -> tuple[str, ...]:
    """The TinyDB tables that hold the rows of one."""
    if table == "tickets":
        return ("tickets", "cards")
    if table == "items":
        return tuple(each.name for each in directory_search.TABLES.values())
    if table == "singles":
        return tuple(name for name, _ in _SINGLES.values())
    return (table,)


def documents_of(table: str, row: Row, nth: int, mirrors: Mapping[str, int]) -> Iterator[Written]:
    """What is written of the `nth` row of a table. `mirrors`: the rows of those, by their keys."""
    kept, key = cast(Json, row.kept.get("document", {})), row.key[0]
    if table == "tickets":
        yield Written("tickets", cast(int, key), marked(kept))
        if cards := row.kept["cards"]:
            yield Written("cards", cast(int, key), marked({"cards": cards}))
    elif table == "history":
        number, version = cast(tuple[int, int], row.key)
        yield Written("history", row_of(number, version), marked(kept))
    elif table == "items":
        yield Written(directory_search.TABLES[cast(ItemKind, key)].name, row.place, marked(kept))
    elif table == "singles":
        yield Written(_SINGLES[cast(str, key)][0], 1, marked(kept))
    elif table in _RECORDS:
        yield Written(table, nth, marked(kept))
    else:
        kept_number = row.kept.get("number", 0)
        if table == "mirror_places":
            kept_number = mirrors[cast(str, row.kept["mirror"])]
        at = {"at": row.kept["at"]} if table == "keys" else {}
        yield Written(table, nth, marked({"key": key, "number": kept_number, **at}))
