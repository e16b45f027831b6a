"""How records become TinyDB's documents and back, and the table that does it."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeVar, cast, overload

import orjson
from pydantic import AfterValidator, JsonValue
from tinydb.queries import QueryLike

from bot.domain.characters import storable, storable_text
from bot.domain.record import Instant, Record
from bot.domain.ticket import Ticket
from storage.common.documents import SPELLED_NUL, dumped, index_text, of_today
from storage.journal.layers import JournalTransaction
from storage.tinydb.journal_db import JournalTable
from storage.tinydb.journal_storage import JournalStorage, Json
from storage.tinydb.queries import Is

R = TypeVar("R", bound=Record)

SCHEMA = 3
"""1 was one file, rewritten by every commit. 2 keeps the keys of messages, which never expire, as `origins`. 3 keeps
where a ticket's cards stand and its history beside the ticket, and writes no fields that have no value."""

_CARDS = "cards"  # the table, and the field of its documents
_HISTORY = "history"  # what tickets held until schema 2
_PLAIN = re.compile(r"[ -~]{0,100}")  # every store keeps it as it is
_MARK = b'{"schema":%d,' % SCHEMA  # how a document of this version begins


class KeptKey(Record):
    """A key and the number of the ticket that it answers with; those without a time are kept for ever."""

    key: Annotated[str, AfterValidator(index_text)]
    number: int
    at: Instant | None = None


class RecordTable(JournalTable, Generic[R]):
    """A table of TinyDB that takes and hands out records of one kind. Nobody can change the database by one.

    `renamed`: the IDs of channels that have changed, with those of today, which are what it hands out.
    """

    renamed: Mapping[str, str] = {}

    def __init__(self, storage: JournalStorage, name: str, kind: type[R]) -> None:
        super().__init__(storage, name)
        self._kind = kind

    def keep(self, record: R, row: int) -> None:
        """Puts a record into a row, in the place of what is there."""
        with self._journal.transaction() as changes:  # not upsert, which merges the two
            changes.put(self.name, row, *_storable(document(record)))

    def keep_exactly(self, record: R, row: int) -> None:
        """As `keep`, with every character as it is: a file's name is made of these."""
        with self._journal.transaction() as changes:
            changes.put(self.name, row, document(record))

    def keep_as(self, record: R, cond: QueryLike) -> None:
        """In the place of the one that meets the query, or in the next row."""
        self.keep(record, self.id_of(cond) or self.last_id + 1)

    def replace(self, records: Sequence[R]) -> None:
        """Makes these the records of the table, in rows from 1 on. Writes what differs."""
        for row, record in enumerate(records, 1):
            if self.get(doc_id=row) != record:
                self.keep(record, row)
        if surplus := range(len(records) + 1, self.last_id + 1):
            self.remove(doc_ids=surplus)

    def changed(self) -> Collection[int]:
        """The rows that its transaction, or one before it, has changed, and that no index knows as they are by now."""
        return self._journal.view.changed(self.name)

    def __iter__(self) -> Iterator[R]:  # type: ignore[override]
        """In the order of their rows, as of the first step."""
        for row, raw in sorted(self._journal.documents(self.name).items()):
            yield self._made(row, raw)

    if TYPE_CHECKING:  # what TinyDB's calls give here

        @overload  # type: ignore[override]
        def get(self, cond: QueryLike) -> R | None: ...
        @overload
        def get(self, *, doc_id: int) -> R | None: ...
        @overload
        def get(self, *, doc_ids: list[int]) -> list[R]: ...
        def get(self, *_: Any, **__: Any) -> Any: ...
        def search(self, cond: QueryLike) -> list[R]: ...  # type: ignore[override]
        def all(self) -> list[R]: ...  # type: ignore[override]

    def _first(self, cond: QueryLike) -> tuple[int, bytes] | None:
        """What is asked for as it is kept; most of it is kept as it is."""
        if isinstance(cond, Is) and isinstance(cond.wanted, str) and not _PLAIN.fullmatch(cond.wanted):
            kept = index_text(cond.wanted) if self._kind is KeptKey else storable_text(cond.wanted)
            cond = Is(cond.field, kept)
        return super()._first(cond)

    def _changes(self) -> AbstractContextManager[JournalTransaction]:
        return (
            self._journal.transaction()
        )  # TinyDB's own calls make the table, even where they change nothing

    def _made(self, row: int, raw: bytes) -> R:
        del row
        return read(self._kind, of_today(raw, self.renamed))

    def _as_json(self, document: Mapping[str, object]) -> tuple[Json, bytes]:
        return cast(Json, document), orjson.dumps(document)  # records give nothing else


class TicketTable(RecordTable[Ticket]):
    """Where the cards of a ticket stand is in the row of its number in a table of their own, and written whenever one
    is posted: the ticket itself is not written again. Before schema 3 they stood in the ticket."""

    def keep(self, record: Ticket, row: int) -> None:
        with self._journal.transaction() as changes:
            kept = document(record)
            kept.pop(_CARDS, None)
            changes.put(self.name, row, *_storable(kept))
            self.keep_cards(record, row)

    def keep_cards(self, record: Ticket, row: int) -> None:
        """Only where its cards stand."""
        with self._journal.transaction() as changes:
            known = changes.get(_CARDS, row)
            if not (record.cards or known):
                return
            cards = [card.model_dump(mode="json", exclude_defaults=True) for card in record.cards]
            kept = {"schema": SCHEMA, _CARDS: cards}
            if orjson.dumps(kept) != known:
                changes.put(_CARDS, row, kept)

    def _made(self, row: int, raw: bytes) -> Ticket:
        if cards := self._journal.view.get(_CARDS, row):
            raw = (
                raw[:-1] + b"," + cards[len(_MARK) :]
            )  # behind those of an earlier schema, and so in their place
        return read(Ticket, of_today(raw, self.renamed))


def document(record: Record) -> Json:
    """What is kept of a record, and in which version of this."""
    return {"schema": SCHEMA, **dumped(record)}


def _storable(kept: Json) -> tuple[Json, bytes]:
    """A document and its JSON, in which nothing is that PostgreSQL could not hold."""
    raw = orjson.dumps(kept)
    if SPELLED_NUL not in raw:
        return kept, raw
    kept = cast(Json, storable(cast(JsonValue, kept)))
    return kept, orjson.dumps(kept)


def read(kind: type[R], raw: bytes) -> R:
    """The record that a document of this version or of an earlier one holds."""
    if raw.startswith(_MARK):
        return kind.model_validate_json(b"{" + raw[len(_MARK) :])
    kept = orjson.loads(raw)
    kept.pop("schema", None)  # what 1 wrote had none, and new fields have defaults
    if kind is Ticket:
        kept.pop(_HISTORY, None)
    return kind.model_validate(kept)


def old_history(raw: bytes) -> Sequence[Json]:
    """The history that a ticket's document of an earlier version holds, oldest first."""
    return () if raw.startswith(_MARK) else orjson.loads(raw).get(_HISTORY, ())
