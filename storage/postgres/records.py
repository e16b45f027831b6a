"""How records are read from PostgreSQL: by their keys, or some at once, with what the transaction itself has changed over them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple, Protocol, TypeVar, cast
from uuid import UUID

from bot.domain.people import MemberSyncProgress
from bot.domain.record import Record
from bot.domain.workspace import Workspace
from bot.domain.workspace_settings import WorkspaceSettings
from storage.common.documents import ChannelIds, json_text, of_today, same_keys
from storage.postgres.changes import MISSING, Changes, Key, fitting
from storage.postgres.directory import ItemRow, KnownItems, brought_up_to_date
from storage.postgres.driver import Found, Rows
from storage.postgres.known import Head, Known, Place, Version
from storage.postgres.tables import TABLES, Row

R = TypeVar("R", bound=Record)

_VALUES = {"places": "number", "mirror_places": "mirror", "taken_over": "key"}
"""The column that says what a key stands for; of all other tables it is the document."""

_RECALLED = frozenset({"jobs", "tickets"})
"""What a delivery reads to show it and, in a moment, again to record that it was shown."""

_SINGLES = (
    "SELECT w.born, w.settings_at AS read_at, s.kind, s.document FROM deskhand.workspaces w"
    " LEFT JOIN deskhand.singles s ON s.workspace = w.workspace WHERE w.workspace = $1"
)
_ITEMS = (
    "SELECT kind, id, changed, document FROM deskhand.items"
    " WHERE workspace = $1 AND changed > $2 ORDER BY position"
)


class Source(Protocol):
    """Where a reader reads: outside of transactions, or as one of them sees it.

    `fetch` gives what is committed. What a transaction has changed itself need not be among it.
    """

    @property
    def known(self) -> Known: ...

    async def fetch(self, sql: str, *args: object) -> Rows:
        """$1 is the workspace, and the arguments are $2 and so on."""

    async def fetch_rows(self, sql: str, *args: object, place: Callable[[Found], Place]) -> Rows:
        """As `fetch`. What is read outside a transaction may be kept for one that begins soon; `place`: where each stands."""

    def recalled(self, place: Place) -> Found | None:
        """In a transaction, a row that was read just before; None where it is to be read."""

    async def fetch_list(self, sql: str, *args: object) -> Rows:
        """As `fetch`, for a statement whose best plan hangs on its arguments."""

    async def head(self) -> Head:
        """As it was looked at a moment ago; in a transaction, what that began with."""


class Singles(NamedTuple):
    """What there is one of in each workspace."""

    settings: WorkspaceSettings = WorkspaceSettings()
    progress: MemberSyncProgress = MemberSyncProgress()
    channels: ChannelIds = ChannelIds()


_NO_SINGLES = Singles()
_NO_CHANGES = Changes()


class RecordReader:
    """Of one workspace. Records are frozen, and channels are called in them as they are called today."""

    changes: Changes = _NO_CHANGES
    """The transaction's own."""

    def __init__(self, source: Source, workspace: Workspace) -> None:
        self._source = source
        self._workspace = workspace

    async def _value(self, table: str, *key: object) -> Any:  # noqa: ANN401  (as `_VALUES` says; None: there is none)
        key = fitting(key)
        own = self.changes.get(table, key)
        if own is None:
            return None
        if own is MISSING:
            return await self._committed(table, key)
        if TABLES[table].again == "first" and not self.changes.was_deleted(table, key):
            committed = await self._committed(table, key)
            return _value_of(table, own) if committed is None else committed
        return _value_of(table, own)

    async def _committed(self, table: str, key: Key) -> Any:  # noqa: ANN401
        if table in _RECALLED:
            place = table, key
            row = self._source.recalled(place)
            if row is None:
                rows = await self._source.fetch_rows(_by_key(table), *key, place=lambda _: place)
                row = next(iter(rows), None)
        else:
            row = next(iter(await self._source.fetch(_by_key(table), *key)), None)
        return None if row is None else _value_of_row(table, row)

    async def _record(self, kind: type[R], table: str, *key: object) -> R | None:
        raw = await self._value(table, *key)
        return None if raw is None else made(kind, raw, await self._renamed())

    async def _found(self, table: str, key: str) -> tuple[str, Any]:
        """What a message's key stands for, whatever its channel was called when that was kept; and the key it is kept under."""
        renamed = self._renamed_once()
        while True:
            way, value = key, None
            for way in same_keys(key, renamed):
                if (value := await self._value(table, way)) is not None:
                    break
            today = await self._renamed()
            if today == renamed:
                return way, value
            renamed = today

    def _overlaid(self, table: str, rows: Iterable[tuple[Key, bytes]]) -> list[bytes]:
        """Documents by their keys, in an order: those that the transaction changed in their places, new ones behind them."""
        own = self.changes.tables().get(table)
        if not own:
            return [raw for _, raw in rows]
        documents = dict(rows)
        for key, row in own.items():
            if row is None or self.changes.was_deleted(table, key):
                documents.pop(key, None)
            if row is not None:
                documents[key] = _value_of(table, row)
        return [*documents.values()]

    async def _everything(self, kind: type[R], table: str, sql: str, *args: object) -> tuple[R, ...]:
        """The records of a table that a statement finds, in its order. It gives the key's columns, and the documents."""
        names = [*TABLES[table].key]

        def place(row: Found) -> Place:
            return table, tuple(_plain(row[name]) for name in names)

        if table in _RECALLED:
            rows = await self._source.fetch_rows(sql, *args, place=place)
        else:
            rows = await self._source.fetch(sql, *args)
        keyed = ((place(row)[1], document_of(row)) for row in rows)
        return tuple(await self._made(kind, self._overlaid(table, keyed)))

    async def _made(self, kind: type[R], raws: Iterable[bytes]) -> list[R]:
        renamed = await self._renamed()
        return [made(kind, raw, renamed) for raw in raws]

    async def _renamed(self) -> Mapping[str, str]:
        """What the channels are called today whose ID has changed, by each ID that they had before."""
        return (await self._singles()).channels.today

    def _renamed_once(self) -> Mapping[str, str]:
        """As somebody last saw it: it hardly ever changes. Who uses it compares."""
        last = self._source.known.last_cached("singles")
        return cast(Singles, last[1]).channels.today if last else {}

    async def _singles(self) -> Singles:
        """As they are committed."""
        head, known = await self._source.head(), self._source.known
        if head.settings_at == 0:
            return _NO_SINGLES
        if cached := known.cached("singles", Version(head.born, head.settings_at)):
            return cast(Singles, cached)
        rows = await self._source.fetch(_SINGLES)
        if not rows:
            return _NO_SINGLES
        singles = _singles_of(rows)
        known.keep("singles", Version(rows[0]["born"], rows[0]["read_at"]), singles)
        return singles

    async def _known_items(self) -> KnownItems:
        """The directory, without what the transaction changed."""
        head, known = await self._source.head(), self._source.known
        last = known.last_cached("items")
        items = cast(KnownItems, last[1]) if last and last[0].born == head.born else None
        if items and items.version == head.items_at:
            return items
        if head.items_at == 0:
            return KnownItems()
        rows = await self._source.fetch(_ITEMS, items.version if items else 0)
        items = await brought_up_to_date(items, self._committed_items(rows, head), head.items_at)
        known.keep("items", Version(head.born, items.version), items)
        return items

    def _committed_items(self, rows: Rows, head: Head) -> list[ItemRow]:
        """What others may have committed since the head was read is as good."""
        del head
        return [ItemRow(row["kind"], row["id"], row["document"].encode(), row["changed"]) for row in rows]


def made(kind: type[R], raw: bytes, renamed: Mapping[str, str]) -> R:
    """The record that a document holds."""
    return kind.model_validate_json(of_today(raw, renamed))


def document_of(row: Found) -> bytes:
    """A document as it was read; a ticket's with its cards, which are kept beside it."""
    raw, cards = row["document"].encode(), row.get("cards")
    return raw if cards in {None, "[]"} else with_cards(raw, cards.encode())


def with_cards(ticket: bytes, cards: bytes) -> bytes:
    """A ticket's document in which its cards are these, whichever were there before."""
    return ticket[:-1] + b',"cards":' + cards + b"}"


def _value_of_row(table: str, row: Found) -> Any:  # noqa: ANN401
    column = _VALUES.get(table)
    return row[column] if column else document_of(row)


def _value_of(table: str, row: Row) -> Any:  # noqa: ANN401
    column = _VALUES.get(table)
    return row[column] if column else json_text(row["document"]).encode()


def _plain(value: object) -> object:
    """As it stands in the key of a change."""
    return str(value) if isinstance(value, UUID) else value


@cache
def _by_key(table: str) -> str:
    column = _VALUES.get(table) or ("document, cards" if table == "tickets" else "document")
    same = " AND ".join(f'"{name}" = ${place}' for place, name in enumerate(TABLES[table].key, 2))
    return f"SELECT {column} FROM deskhand.{table} WHERE workspace = $1 AND {same}"


def _singles_of(rows: Sequence[Found]) -> Singles:
    raw = {row["kind"]: row["document"].encode() for row in rows if row["kind"]}
    channels = made(ChannelIds, raw.get("channel_ids", b"{}"), {})
    return Singles(
        made(WorkspaceSettings, raw.get("settings", b"{}"), channels.today),
        made(MemberSyncProgress, raw.get("roster", b"{}"), {}),
        channels,
    )
