"""Tickets in a transaction: saving them, with their histories, keys and threads, and reading what it saved itself."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson

from bot.domain.comments import asked_under, key_of, threads
from bot.domain.ticket import Entry, Ticket
from bot.domain.workspace import Workspace
from storage.common.documents import dumped, index_text, json_text, same_keys
from storage.postgres.changes import MISSING, Changes, Key
from storage.postgres.driver import Found
from storage.postgres.reader import PostgresReader
from storage.postgres.records import Source, document_of, with_cards
from storage.postgres.tables import Row
from storage.postgres.ticket_columns import columns, filter_columns, same_words, word_columns
from storage.postgres.ticket_conditions import LAST_NUMBER

KEYS_LIVE = timedelta(days=30)

_AHEAD = """
SELECT 'keys' AS source, key, number, NULL::jsonb AS document, NULL::jsonb AS cards FROM deskhand.keys
    WHERE workspace = $1 AND key = ANY($2::text[])
UNION ALL SELECT 'origins', key, number, NULL, NULL FROM deskhand.origins
    WHERE workspace = $1 AND key = ANY($2::text[])
UNION ALL SELECT 'tickets', NULL, number, document, cards FROM deskhand.tickets
    WHERE workspace = $1 AND number = ANY($3::integer[])
UNION ALL SELECT 'places', key, number, NULL, NULL FROM deskhand.places
    WHERE workspace = $1 AND key = ANY($4::text[])
UNION ALL SELECT 'timers', subject, NULL, document, NULL FROM deskhand.timers
    WHERE workspace = $1 AND subject = ANY($5::text[])
UNION ALL SELECT 'jobs', id::text, NULL, document, NULL FROM deskhand.jobs
    WHERE workspace = $1 AND id = ANY($6::uuid[])
"""


class TicketTransaction(PostgresReader):
    """What was read once is not asked for again: nobody else can have changed it where the transaction commits."""

    def __init__(self, source: Source, workspace: Workspace, changes: Changes) -> None:
        super().__init__(source, workspace)
        self.changes = changes
        self._seen: dict[tuple[str, Key], Any] = {}
        self._seen_answers: dict[str, tuple[int | None, int | None]] = {}  # of the keys, of the origins
        self._new: dict[UUID, int] = {}  # the numbers of new tickets

    async def read_ahead(
        self,
        *,
        tickets: Collection[int] = (),
        keys: Collection[str] = (),
        messages: Collection[tuple[str, str]] = (),
        timers: Collection[str] = (),
        jobs: Collection[UUID] = (),
    ) -> None:
        """One statement, of what was not read before."""
        renamed = self._renamed_once()
        ways = [way for key in keys for way in same_keys(index_text(key), renamed)]
        places = [way for message in messages for way in same_keys(key_of(*message), renamed)]
        wanted: Sequence[tuple[str, Sequence[int | str]]] = (
            ("tickets", [each for each in tickets if each <= LAST_NUMBER]),
            ("places", [*map(index_text, places)]),
            ("timers", [*map(index_text, timers)]),
            ("jobs", [*map(str, jobs)]),
        )
        unseen = [[key for key in found if (table, (key,)) not in self._seen] for table, found in wanted]
        unanswered = [key for key in ways if key not in self._seen_answers]
        if not any((*unseen, unanswered)):
            return
        rows = await self._source.fetch(_AHEAD, unanswered, *unseen)
        self._seen_answers |= dict.fromkeys(unanswered, (None, None))
        for (table, _), found in zip(wanted, unseen, strict=True):
            self._seen |= {(table, (key,)): None for key in found}
        for row in rows:
            self._saw(row)

    def _saw(self, row: Found) -> None:
        table, key = row["source"], row["key"]
        of_key, of_origin = self._seen_answers.get(key, (None, None))
        match table:
            case "keys":
                self._seen_answers[key] = row["number"], of_origin
            case "origins":
                self._seen_answers[key] = of_key, row["number"]
            case "tickets":
                self._seen[table, (row["number"],)] = document_of(row)
            case "places":
                self._seen[table, (key,)] = row["number"]
            case _:
                self._seen[table, (key,)] = document_of(row)

    async def next_number(self) -> int:
        return await self._last_number() + 1

    async def save(
        self, ticket: Ticket, *, now: datetime, keys: Sequence[str] = (), origins: Sequence[str] = ()
    ) -> None:
        """Raises ValueError where a number or a key already belongs to another ticket; the statement that commits does so, too."""
        keys, before = [*map(index_text, keys)], await self._before(ticket)
        await self._add_entries(ticket, before)
        await self._answer(keys, ticket.number, now)
        number, document = ticket.number, dumped(ticket)
        cards = document.pop("cards", [])
        self._put("tickets", (number,), {"number": number, **columns(ticket), "document": document})
        self._keep_words(ticket, before)
        if ticket.cards != (before.cards if before else ()):
            self._put("cards", (number,), {"number": number, "cards": cards})
        for key in origins:
            self._put("origins", (key,), {"key": key, "number": number})
        self._keep_places(threads(ticket), number)
        if keys:
            _, forgotten = self.changes.old_keys or (now, 0)
            self.changes.old_keys = now - KEYS_LIVE, forgotten + 2 * len(keys)

    def _keep_words(self, ticket: Ticket, before: Ticket | None) -> None:
        number, workspace = ticket.number, self._workspace.id
        is_written = self.changes.get("words", (number,)) is not MISSING
        if before is None or is_written or not same_words(before, ticket):
            self._put("words", (number,), {"number": number, **word_columns(workspace, ticket)})
        elif (filtered := filter_columns(ticket)) != filter_columns(before):
            self._put("filtered", (number,), {"number": number, **filtered})

    async def keep_cards(self, ticket: Ticket) -> None:
        cards = [card.model_dump(mode="json", exclude_defaults=True) for card in ticket.cards]
        self._put("cards", (ticket.number,), {"number": ticket.number, "cards": cards})
        self._keep_places(threads(ticket), ticket.number)

    async def release(self, ticket: Ticket, *, origins: Sequence[str]) -> None:
        renamed, thread = await self._renamed(), asked_under(ticket)
        for key in (same for origin in origins for same in same_keys(origin, renamed)):
            self._put("origins", (key,), None)
            self._put("keys", (key,), None)
        for key in same_keys(thread, renamed) if thread else ():
            if await self._value("places", key) == ticket.number:
                self._put("places", (key,), None)

    async def ticket_by_id(self, ticket_id: UUID) -> Ticket | None:
        if number := self._new.get(ticket_id):
            return await self.ticket(number)
        found = await super().ticket_by_id(ticket_id)
        return await self.ticket(found.number) if found else None

    async def history(
        self, number: int, *, offset: int = 0, limit: int, without: Collection[str] = ()
    ) -> Sequence[Entry]:
        own = [entry for entry in self._new_entries(number) if entry.what not in without]
        page, rest = own[offset : offset + limit], max(0, offset - len(own))
        older = await super().history(number, offset=rest, limit=limit - len(page), without=without)
        return [*page, *older]

    async def last_entry(self, number: int, what: str) -> Entry | None:
        own = (entry for entry in self._new_entries(number) if entry.what == what)
        return next(own, None) or await super().last_entry(number, what)

    async def _value(self, table: str, *key: object) -> Any:  # noqa: ANN401
        value = await super()._value(table, *key)
        if table != "tickets" or not value:
            return value
        own = self.changes.get("cards", key)
        if own is MISSING:
            return await self._with_known_cards(value, key)
        return with_cards(value, orjson.dumps(own["cards"])) if own else value

    async def _with_known_cards(self, value: bytes, key: Key) -> bytes:
        """A ticket that it has saved with the cards that it had."""
        if self.changes.get("tickets", key) is MISSING or not (
            committed := await self._committed("tickets", key)
        ):
            return value
        return with_cards(value, orjson.dumps(orjson.loads(committed).get("cards", [])))

    async def _committed(self, table: str, key: Key) -> Any:  # noqa: ANN401
        if (table, key) not in self._seen:
            self._seen[table, key] = await super()._committed(table, key)
        return self._seen[table, key]

    async def _answers(self, keys: Sequence[str]) -> Mapping[str, int]:
        await self._look_up(keys)
        found = {}
        for key in keys:
            for table, seen in zip(("keys", "origins"), self._seen_answers[key], strict=True):
                own = self.changes.get(table, (key,))
                number = seen if own is MISSING else own and own["number"]
                if isinstance(number, int):
                    found[key] = number
                    break
        return found

    async def _look_up(self, keys: Sequence[str]) -> None:
        if unknown := [key for key in keys if key not in self._seen_answers]:
            found = await self._answers_by_table(unknown)
            self._seen_answers |= {key: found.get(key, (None, None)) for key in unknown}

    async def _last_number(self) -> int:
        head = await self._source.head()
        return head.last_number if self.changes.last_number is None else self.changes.last_number

    async def _before(self, ticket: Ticket) -> Ticket | None:
        """The ticket as it was; None of a new one, which has its number from now on."""
        last = await self._last_number()
        if ticket.number == last + 1 and ticket.id not in self._new:
            self._new[ticket.id] = self.changes.last_number = ticket.number
            return None
        before = await self.ticket(ticket.number) if ticket.number <= last else None
        if before and before.id == ticket.id:
            return before
        known = await self.ticket_by_id(ticket.id)
        number = known.number if known else last + 1
        message = f"{ticket.name} would take the place of another ticket: this one's number is {number}"
        raise ValueError(message)

    async def _add_entries(self, ticket: Ticket, before: Ticket | None) -> None:
        number = ticket.number
        first = ticket.version - len(ticket.new_entries) + 1
        for version, entry in enumerate(ticket.new_entries, first):
            if before and version <= before.version:
                if await self._entry(number, version) == entry:
                    continue  # it was saved before
                message = f"another change made version {version} of {ticket.name}"
                raise ValueError(message)
            document = dumped(entry)
            row = {"number": number, "version": version, "what": entry.what, "document": document}
            self._put("history", (number, version), row)

    async def _entry(self, number: int, version: int) -> Entry | None:
        return await self._record(Entry, "history", number, version)

    def _new_entries(self, number: int) -> list[Entry]:
        """Those that it has added, the newest first."""
        rows = self.changes.tables().get("history", {}).values()
        own = {int(str(row["version"])): row["document"] for row in rows if row and row["number"] == number}
        newest_first = (json_text(own[version]) for version in sorted(own, reverse=True))
        return [*map(Entry.model_validate_json, newest_first)]

    async def _answer(self, keys: Sequence[str], number: int, now: datetime) -> None:
        await self._look_up(keys)
        for key in keys:
            own, seen = self.changes.get("keys", (key,)), self._seen_answers[key][0]
            known = seen if own is MISSING else own and own["number"]
            if known is None:
                self._put("keys", (key,), {"key": key, "number": number, "at": now.isoformat()})
            elif known != number:
                message = f"a key of ticket {known} was to answer with ticket {number}"
                raise ValueError(message)

    def _keep_places(self, keys: Iterable[str], number: int) -> None:
        """One stays the first's that was made from it, which knows of the others."""
        for key in keys:
            self._put("places", (key,), {"key": key, "number": number})

    def _put(self, table: str, key: Key, row: Row | None) -> None:
        self.changes.put(table, key, row)
