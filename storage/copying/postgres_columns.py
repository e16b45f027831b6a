"""What PostgreSQL keeps beside a row: the columns that follow from it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import cast

import orjson

from bot.domain.elsewhere import SharedTicket
from bot.domain.ticket import Ticket
from storage.common.documents import dumped, index_text, wire_time
from storage.copying.rows import TABLES, Json, Part, Row
from storage.postgres import tables
from storage.postgres.ticket_columns import columns, shared_columns, word_columns

_BETWEEN = " "  # the teams of a join, in its key
_OF_DEPLOYMENT: Mapping[str, Mapping[str, str]] = {
    "installations": {"id": "text", "changed": "bigint", "plain": "jsonb", "tokens": "text"},
    "oauth_states": {"digest": "text", "expires_at": "timestamptz", "at": "timestamptz"},
    "partnerships": {"key": "text", "first": "text", "second": "text", "document": "jsonb"},
    "joins": {"teams": "text[]", "position": "bigint"},
    "shared": {
        "reader": "text",
        "number": "integer",
        "home": "text",
        **tables.TICKET_COLUMNS,
        **tables.WORD_COLUMNS,
        "document": "jsonb",
    },
    "told": {
        "home": "text",
        "number": "integer",
        "version": "integer",
        "position": "bigint",
        "document": "jsonb",
    },
}
"""The columns of the deployment's tables, with their types."""


def types_of(part: Part) -> Mapping[str, str]:
    """All columns of a table that a copy writes, with their types."""
    if part.workspace is None:
        return _OF_DEPLOYMENT[part.table]
    table = tables.TABLES[part.table]
    more = {"cards": "jsonb"} if part.table == "tickets" else {}
    position = {"position": "bigint"} if TABLES[part.table].is_ordered else {}
    return {"workspace": "text", **table.key, **table.columns, **more, **position}


def values_of(part: Part, row: Row, version: int) -> dict[str, object]:
    """What stands in each of them, as asyncpg takes it. `version`: that of the workspace, or of the installations,
    which it is written with."""
    table = TABLES[part.table]
    found = {**dict(zip(table.key, row.key, strict=True)), **row.kept, **_derived(part, row)}
    if part.workspace:
        found["workspace"] = part.workspace.id
    types = types_of(part)
    if "position" in types:
        found["position"] = row.place
    if "changed" in types:
        found["changed"] = version
    return {column: _VALUES.get(kind, _same)(found[column]) for column, kind in types.items()}


WORDS = ("workspace", "number", *tables.WORD_COLUMNS)
"""The columns of the table of words, which is written beside the tickets."""


def words_of(part: Part, row: Row) -> list[object]:
    """What stands in each of them of a ticket."""
    assert part.workspace  # noqa: S101  (tickets are in one)
    found = word_columns(part.workspace.id, Ticket.model_validate(row.kept["document"]))
    values = (_VALUES.get(kind, _same)(found[column]) for column, kind in tables.WORD_COLUMNS.items())
    return [part.workspace.id, *row.key, *values]


def key_of(part: Part, found: Mapping[str, object]) -> tuple[str | int, ...]:
    """The key of what was read."""
    return tuple(_plain(found[column]) for column in TABLES[part.table].key)


def kept_of(part: Part, found: Mapping[str, object]) -> Json:
    """What is kept under it."""
    kept = {column: _kept(column, found[column]) for column in TABLES[part.table].kept}
    if (
        part.table == "shared"
    ):  # a data folder makes another document of it, in which nothing empty is written
        kept["document"] = dumped(SharedTicket.model_validate(kept["document"]))
    return kept


def _derived(part: Part, row: Row) -> Json:
    make = _DERIVED.get(part.table)
    return make(part, row) if make else {}


def _of_ticket(_: Part, row: Row) -> Json:
    return dict(columns(Ticket.model_validate(row.kept["document"])))


def _of_shared(_: Part, row: Row) -> Json:
    shared = SharedTicket.model_validate(row.kept["document"])
    return dict(shared_columns(cast(str, row.key[0]), shared.ticket))


def _of(**fields: str) -> Callable[[Part, Row], Json]:
    """Columns that are fields of the document; one that may be missing has its default behind it."""

    def made(_: Part, row: Row) -> Json:
        document = cast(Json, row.kept["document"])
        return {column: document.get(field) for column, field in fields.items()}

    return made


def _of_comment(_: Part, row: Row) -> Json:
    document = cast(Json, row.kept["document"])
    flags = {"internal": document.get("internal", False), "heard": document.get("heard", True)}
    return {"number": document["number"], "at": document["at"], **flags}


_DERIVED: Mapping[str, Callable[[Part, Row], Json]] = {
    "tickets": _of_ticket,
    "history": _of(what="what"),
    "jobs": _of(due_at="dueAt", set_aside="setAside"),
    "comments": _of_comment,
    "drafts": _of(created="createdAt"),
    "timers": _of(at="at"),
    "mirror_copies": lambda _, row: {"mirror": index_text(cast(str, cast(Json, row.kept["document"])["of"]))},
    "shared": _of_shared,
    "oauth_states": lambda _, row: {
        "at": f"2026-01-01T00:00:{row.place // 10**6:02}.{row.place % 10**6:06}Z"
    },
}


def _same(value: object) -> object:
    return value


def _time(value: object) -> datetime | None:
    return None if value is None else datetime.fromisoformat(cast(str, value))


_VALUES: Mapping[str, Callable[[object], object]] = {
    "timestamptz": _time,
    "jsonb": lambda value: orjson.dumps(value).decode(),
    "text[]": lambda value: value.split(_BETWEEN) if isinstance(value, str) else value,
}


def _plain(value: object) -> str | int:
    if isinstance(value, list):
        return _BETWEEN.join(value)
    return value if isinstance(value, int) else str(value)


def _kept(column: str, value: object) -> object:
    if column in {"document", "cards", "plain"}:
        return orjson.loads(cast(str, value))
    return wire_time(value) if isinstance(value, datetime) else value
