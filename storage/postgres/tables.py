"""The tables that belong to a workspace, a row each, and the one statement that changes them.

A transaction's changes are kept as `Changes` until it commits. `statement` makes of them a single SQL statement: it raises the
workspace's version where that is still the one that was read, and everything else in it happens only then.

    WITH head AS (UPDATE deskhand.workspaces SET version = version + 1 … WHERE workspace = $1 AND version = $2 RETURNING version),
    in_tickets AS (INSERT INTO deskhand.tickets (…) SELECT $1, … FROM head, jsonb_to_recordset($4) … ON CONFLICT …),
    of_jobs AS (DELETE FROM deskhand.jobs USING head WHERE …)
    SELECT version FROM head
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple

Row = Mapping[str, object]
"""A row's columns but `workspace`, as JSON."""

Again = Literal["replace", "first", "same"]
"""What becomes of a row whose key is there already. `replace`: it takes the other's place. `first`: the other stays. `same`: the
other must say the same."""


class Table(NamedTuple):
    """`key`: the columns that name a row within its workspace; `columns`: all others that are written, with their types. `at`: the
    column of `workspaces` that tells when it was last changed."""

    key: Mapping[str, str]
    columns: Mapping[str, str] = {}
    again: Again = "replace"
    at: str | None = None


_DOCUMENT = {"document": "jsonb"}
_NUMBER = {"number": "integer"}
TICKET_COLUMNS: Mapping[str, str] = {
    "id": "uuid",
    "status": "text",
    "priority": "smallint",
    "type": "text",
    "assignee": "text",
    "queue": "text",
    "customer": "text",
    "requester": "text",
    "due": "timestamptz",
    "created": "timestamptz",
    "response_late": "boolean",
    "visibility": "text",
    "visible_since": "timestamptz",
}
FILTER_COLUMNS: Mapping[str, str] = {
    name: kind for name, kind in TICKET_COLUMNS.items() if name not in {"id", "visible_since"}
}
WORD_COLUMNS: Mapping[str, str] = {**FILTER_COLUMNS, "words": "text", "parts": "bigint[]"}
"""What lists find a ticket by. `storage.postgres.ticket_columns` makes them."""

PARTIAL: Mapping[str, str] = {"cards": "tickets", "filtered": "words"}
"""What is no table, but columns of one: they are changed by themselves where the others stay as they are."""

TABLES: Mapping[str, Table] = {
    "tickets": Table(_NUMBER, {**TICKET_COLUMNS, **_DOCUMENT}),
    "words": Table(_NUMBER, WORD_COLUMNS),
    "cards": Table(_NUMBER, {"cards": "jsonb"}),  # a column of tickets
    "filtered": Table(_NUMBER, FILTER_COLUMNS),  # columns of words
    "history": Table({**_NUMBER, "version": "integer"}, {"what": "text", **_DOCUMENT}, again="same"),
    "keys": Table({"key": "text"}, {**_NUMBER, "at": "timestamptz"}),
    "origins": Table({"key": "text"}, _NUMBER, again="same"),
    "places": Table({"key": "text"}, _NUMBER, again="first"),
    "jobs": Table({"id": "uuid"}, {"due_at": "timestamptz", "set_aside": "text", **_DOCUMENT}),
    "comments": Table(
        {"key": "text"},
        {**_NUMBER, "at": "timestamptz", "internal": "boolean", "heard": "boolean", **_DOCUMENT},
    ),
    "homes": Table({"user": "text"}, _DOCUMENT),
    "drafts": Table({"nonce": "text"}, {"created": "timestamptz", **_DOCUMENT}),
    "timers": Table({"subject": "text"}, {"at": "timestamptz", **_DOCUMENT}),
    "mirrors": Table({"key": "text"}, _DOCUMENT),
    "mirror_places": Table({"key": "text"}, {"mirror": "text"}, again="first"),
    "mirror_copies": Table({"key": "text"}, {"mirror": "text", **_DOCUMENT}),
    "written_here": Table({"key": "text"}, _DOCUMENT),
    "taken_over": Table({"key": "text"}, again="first"),
    "people": Table({"id": "text"}, {"changed": "bigint", **_DOCUMENT}, at="people_at"),
    "groups": Table({"id": "text"}, _DOCUMENT, at="people_at"),
    "channels": Table({"channel": "text"}, _DOCUMENT, at="people_at"),
    "items": Table({"kind": "text", "id": "text"}, {"changed": "bigint", **_DOCUMENT}, at="items_at"),
    "singles": Table({"kind": "text"}, _DOCUMENT, at="settings_at"),
}
