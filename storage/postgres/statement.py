"""The one statement that makes a transaction's changes.

It raises the workspace's version where that is still the one that was read, and everything else in it happens only then.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple
from uuid import UUID

from bot.services.ports.store import Hold
from storage.common.documents import json_text
from storage.postgres.changes import Changes, Key
from storage.postgres.tables import PARTIAL, TABLES, Row, Table

How = Literal["write", "write with cards", "replace", "delete"]
"""`write`: as the table's `again` says. `replace`: what stands there was deleted by the same transaction before."""

_ORDERED = frozenset({"jobs", "comments", "timers", "mirror_copies", "people", "groups", "channels", "items"})
"""The tables with a `position`: a row that is deleted and written again comes last."""


class _Part(NamedTuple):
    """What happens in one table."""

    table: str
    how: How


class _Shape(NamedTuple):
    """What a statement's text depends on."""

    parts: tuple[_Part, ...]
    has_number: bool
    has_holds: bool
    has_old_keys: bool
    is_first: bool  # the first commit of its workspace


class Statement(NamedTuple):
    """It gives one row: the new `version`, None where another was faster or a hold is lost; and how many holds are `held`."""

    sql: str
    args: Sequence[object]


class Base(NamedTuple):
    """What a commit stands on: the version of the workspace that was read, by whom."""

    workspace: str
    version: int
    replica: UUID


def commit(base: Base, changes: Changes, holds: Sequence[Hold] = (), *, is_first: bool = False) -> Statement:
    args: list[object] = [*base]
    if changes.last_number is not None:
        args.append(changes.last_number)
    if holds:
        args += [
            [each.name for each in holds],
            [each.holder for each in holds],
            [each.number for each in holds],
        ]
    parts = []
    for part, keys_or_rows in _parts(changes):
        parts.append(part)
        args.append(keys_or_rows)
    if changes.old_keys:
        args += changes.old_keys
    shape = _Shape(
        tuple(parts), changes.last_number is not None, bool(holds), changes.old_keys is not None, is_first
    )
    return Statement(_sql(shape), args)


def _parts(changes: Changes) -> Iterator[tuple[_Part, object]]:
    """What happens in each table, with the parameter that it needs."""
    tables = changes.tables()
    for table in sorted(tables):
        rows: dict[How, list[Row]] = {}
        deleted = []
        is_anew = table in _ORDERED and any(
            row and changes.was_deleted(table, key) for key, row in tables[table].items()
        )
        for key, row in tables[table].items():
            if row is None:
                deleted.append(key)
            elif (whole := PARTIAL.get(table)) and tables.get(whole, {}).get(key):
                continue  # it is written with the whole row: a statement changes one once
            elif table == "tickets" and (cards := tables.get("cards", {}).get(key)):
                rows.setdefault("write with cards", []).append({**row, **cards})
            elif is_anew:  # in one part, so that they come in their order
                again = {"again": changes.was_deleted(table, key)}
                rows.setdefault("replace", []).append({**row, **again})
            else:
                rows.setdefault(_how(changes, table, key), []).append(row)
        for how, written in rows.items():
            yield _Part(table, how), json_text(written)
        if deleted:
            is_single = len(TABLES[table].key) == 1
            yield (
                _Part(table, "delete"),
                [key[0] for key in deleted] if is_single else json_text(_named(table, deleted)),
            )


def _how(changes: Changes, table: str, key: Key) -> How:
    matters = TABLES[table].again != "replace"
    return "replace" if matters and changes.was_deleted(table, key) else "write"


def _named(table: str, keys: Sequence[Key]) -> list[Row]:
    return [dict(zip(TABLES[table].key, key, strict=True)) for key in keys]


@lru_cache(maxsize=1024)
def _sql(shape: _Shape) -> str:
    at = {TABLES[part.table].at for part in shape.parts}
    changed = ["version = w.version + 1", "used_at = now()"]
    changed += [f"{column} = w.version + 1" for column in sorted(filter(None, at))]
    position = 4
    if shape.has_number:
        changed.append(f"last_number = ${position}")
        position += 1
    where, ctes = "w.workspace = $1 AND w.version = $2", []
    if shape.has_holds:
        ctes.append(_required(position))
        where += f" AND (SELECT count(*) FROM required) = cardinality(${position}::text[])"
        position += 3
    ctes += [
        f"head AS (UPDATE deskhand.workspaces w SET {', '.join(changed)} WHERE {where} RETURNING w.version)",
        _MINE,
    ]
    if shape.is_first:
        ctes.append(_FIRST)
    ctes += [_part(part, f"${place}", place) for place, part in enumerate(shape.parts, position)]
    if shape.has_old_keys:
        last = position + len(shape.parts)
        ctes.append(_FORGET_KEYS.format(before=f"${last}", most=f"${last + 1}"))
    held = "(SELECT count(*) FROM required)" if shape.has_holds else "0"
    return f"WITH {', '.join(ctes)} SELECT (SELECT version FROM head) AS version, {held} AS held"


_MINE = (
    "mine AS (INSERT INTO deskhand.commits (workspace, replica, version) SELECT $1, $3, version FROM head"
    " ON CONFLICT (workspace, replica) DO UPDATE SET version = excluded.version, at = now())"
)
_FIRST = (
    "listed AS (INSERT INTO deskhand.versions AS v (kind, version) SELECT 'workspaces', 1 FROM head"
    " ON CONFLICT (kind) DO UPDATE SET version = v.version + 1)"
)


_FORGET_KEYS = (
    "old_keys AS (DELETE FROM deskhand.keys t USING head WHERE t.workspace = $1 AND t.key IN ("
    "SELECT key FROM deskhand.keys WHERE workspace = $1 AND at <= {before} ORDER BY at LIMIT {most}))"
)


def _required(position: int) -> str:
    names, holders, numbers = (f"${position + place}" for place in range(3))
    return (
        "required AS (SELECT 1 FROM deskhand.holds h"
        f" JOIN unnest({names}::text[], {holders}::text[], {numbers}::bigint[]) AS r(name, holder, number)"
        " ON h.name = r.name AND h.holder = r.holder AND h.number = r.number FOR KEY SHARE OF h)"
    )


def _part(part: _Part, parameter: str, place: int) -> str:
    table = TABLES[part.table]
    if part.how == "delete":
        return f"c{place} AS ({_delete(part.table, table, parameter)})"
    if part.table == "cards":
        return f"c{place} AS ({_CARDS.format(parameter=parameter)})"
    if part.table == "filtered":
        return f"c{place} AS ({_filtered(table, parameter)})"
    return f"c{place} AS ({_insert(part.table, table, parameter, part.how)})"


_CARDS = (
    "UPDATE deskhand.tickets t SET cards = r.cards FROM head,"
    " jsonb_to_recordset({parameter}::jsonb) AS r(number integer, cards jsonb)"
    " WHERE t.workspace = $1 AND t.number = r.number"
)


def _filtered(table: Table, parameter: str) -> str:
    """The row is there, with the words that it keeps. So it is found by its key, whatever a plan expects of a join."""
    columns = {**table.key, **table.columns}
    return (
        f"INSERT INTO deskhand.words (workspace, {', '.join(columns)}, words, parts)"
        f" SELECT $1, {', '.join(f'r.{column}' for column in columns)}, '', '{{}}'"
        f" FROM head, {_rows(columns, parameter)}"
        f" ON CONFLICT (workspace, number) DO UPDATE SET"
        f" {', '.join(f'{column} = excluded.{column}' for column in table.columns)}"
    )


def _delete(name: str, table: Table, parameter: str) -> str:
    if len(table.key) == 1:
        [(column, kind)] = table.key.items()
        found = f'FROM deskhand.{name} t USING head WHERE t.workspace = $1 AND t."{column}" = ANY({parameter}::{kind}[])'
    else:
        same = " AND ".join(f't."{column}" = r."{column}"' for column in table.key)
        found = (
            f"FROM deskhand.{name} t USING head, {_rows(table.key, parameter)}"
            f" WHERE t.workspace = $1 AND {same}"
        )
    return f"DELETE {found}"


def _rows(columns: Mapping[str, str], parameter: str) -> str:
    typed = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
    return f"jsonb_to_recordset({parameter}::jsonb) AS r({typed})"


def _insert(name: str, table: Table, parameter: str, how: How) -> str:
    columns = {**table.key, **table.columns, **({"cards": "jsonb"} if how == "write with cards" else {})}
    values = {column: f'r."{column}"' for column in columns}
    if "changed" in values:
        values["changed"] = "head.version"
    key = ", ".join(f'"{column}"' for column in table.key)
    return (
        f"INSERT INTO deskhand.{name} AS t (workspace, {', '.join(map(_quoted, columns))})"
        f" SELECT $1, {', '.join(values.values())} FROM head, {_rows(columns, parameter)}"
        f" ON CONFLICT (workspace, {key}) {_on_conflict(name, [*columns][len(table.key) :], how, parameter)}"
    )


def _on_conflict(name: str, columns: Sequence[str], how: How, parameter: str) -> str:
    again, sets = TABLES[name].again, [f'"{column}" = excluded."{column}"' for column in columns]
    if how == "replace":
        if name in _ORDERED:
            sets.append(_anew(TABLES[name], parameter))
    elif again == "first" or not columns:
        return "DO NOTHING"
    elif again == "same":  # a NULL that the table refuses: the whole statement fails
        ours, theirs = (", ".join(f'{where}."{column}"' for column in columns) for where in ("excluded", "t"))
        return f'DO UPDATE SET "{columns[-1]}" = NULL WHERE ({theirs}) IS DISTINCT FROM ({ours})'
    return f"DO UPDATE SET {', '.join(sets)}" if sets else "DO NOTHING"


def _anew(table: Table, parameter: str) -> str:
    """The position of a row that was deleted before; any other keeps its own."""
    found = _rows({**table.key, "again": "boolean"}, parameter)
    ours, theirs = (", ".join(f'{where}."{column}"' for column in table.key) for where in ("t", "r"))
    is_anew = f"({ours}) IN (SELECT {theirs} FROM {found} WHERE r.again)"
    return f"position = CASE WHEN {is_anew} THEN excluded.position ELSE t.position END"


def _quoted(column: str) -> str:
    return f'"{column}"'
