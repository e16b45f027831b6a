"""Looking things up in a workspace's directory, whatever it is kept in: items are rows, and found by indexes of their texts.

An index gives the rows that may be meant. The rules of bot/domain/lookup.py then say which of them are, and how well they
fit.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import NamedTuple, Protocol

from pyroaring import BitMap

from bot.domain.directory import MOST_FOUND, Asset, Contact, Customer, Directory, Item, Site, System
from bot.domain.fields import ItemKind
from bot.domain.lookup import (
    EXACT,
    INSIDE,
    NAME_BEGINS,
    SHORTLIST,
    WORDS_BEGIN,
    Entry,
    Lookup,
    alike_first,
    called,
)
from bot.domain.names import unaccented
from storage.common.text_index import Grams, Whole, words_of

Found = dict[int, Item]
"""Items by their rows."""

_MOST_LOOKED_AT = 1000  # rows that an index gave for a name, and that are compared one by one
_MARGIN = 50  # rows that type-ahead looks at in vain, for each way of fitting
_MOST_TYPED = 10  # look-ups of a kind for what comes near a name; whoever types more hears that it is unknown
_MOST_SITES = 1000  # of a customer, whose systems and assets are looked for


class ItemTable(NamedTuple):
    """`parent` is the field with the ID of what an item belongs to; `details` are more fields that it is found by."""

    name: str
    record: type[Item]
    above: ItemKind | None = None
    parent: str = ""
    details: tuple[str, ...] = ()


TABLES: Mapping[ItemKind, ItemTable] = {
    "customer": ItemTable("customers", Customer),
    "site": ItemTable("sites", Site, "customer", "customerId", ("address",)),
    "system": ItemTable("systems", System, "site", "siteId"),
    "asset": ItemTable("assets", Asset, "site", "siteId"),
    "contact": ItemTable("contacts", Contact, "customer", "customerId", ("email", "phone")),
}
"""By kind: what others belong to stands before them."""


def whole_texts(table: ItemTable) -> Mapping[str, str]:
    """The names of the indexes of whole texts, and the fields that they are of."""
    of_parent = {"parent": table.parent} if table.parent else {}
    return {"id in any case": "id", "name": "name", **of_parent}


def searched(table: ItemTable) -> Sequence[str]:
    """The fields that parts are looked for in."""
    return ("name", "id", *table.details)


class _Area(NamedTuple):
    """Where items are looked for: in these rows, among those that belong to one of these IDs; None: to any."""

    rows: BitMap
    parents: frozenset[str] | None = None


class Documents(Protocol):
    """The items as documents, by the names of `TABLES` and their rows."""

    def find(self, table: str, index: str, value: object) -> int | None:
        """The row with exactly this ID, by the index `id`."""

    def get(self, table: str, row: int) -> bytes | None: ...
    def last(self, table: str) -> int:
        """The highest row there is."""

    def tables(self) -> Collection[str]:
        """Those that there is something in, or was."""

    def documents(self, table: str) -> Mapping[int, bytes]:
        """All of a table."""


class DirectorySearch:
    """What can be read of a directory. `whole` and `parts`: the indexes that `whole_texts` and `searched` name. `read` makes an item
    of its document.

    An item is found by exactly its ID in all of it; by its ID in another case, by name and in type-ahead, in what its indexes
    have.
    """

    def __init__(
        self,
        whole: Mapping[tuple[ItemKind, str], Whole],
        parts: Mapping[tuple[ItemKind, str], Grams],
        view: Documents,
        read: Callable[[type[Item], bytes], Item],
    ) -> None:
        self._whole, self._parts = whole, parts
        self._view = view
        self._read = read

    def part(self, lookups: Iterable[Lookup]) -> Directory:
        """What these look-ups find, each with what it belongs to."""
        wanted: dict[ItemKind, list[Lookup]] = {kind: [] for kind in TABLES}
        for lookup in dict.fromkeys(lookups):
            wanted[lookup.kind].append(lookup)
        found: dict[ItemKind, Found] = {}
        for kind in TABLES:  # what stands above is found by then
            is_named = any(lookup.by != "id" for lookup in wanted[kind])
            nearby = self._nearby(kind, found) if is_named else None
            found[kind] = {}
            for lookup in _fewer_typed(wanted[kind]):
                found[kind] |= self._found(lookup, nearby)
        for kind in reversed([*TABLES]):
            if above := TABLES[kind].above:
                ids = {item.id for item in found[above].values()}
                for parent in {item.parent_id for item in found[kind].values()} - ids:
                    found[above] |= self.with_id(above, parent or "")
        items = {
            table.name: [found[kind][row] for row in sorted(found[kind])] for kind, table in TABLES.items()
        }
        tables = self._view.tables()
        known = {kind for kind, table in TABLES.items() if table.name in tables}
        return Directory.model_validate({**items, "known": known}, by_name=True)

    def like(self, kind: ItemKind, typed: str, within: str | None, limit: int) -> list[Item]:
        """Type-ahead, best first: what fits, or else what looks like it."""
        wanted, area = unaccented(typed), self._everything(kind)
        if within is not None:
            area = self._of(kind, {item.id for item in self._parent(kind, within)} or {within})
        if not wanted:
            return [*self._first(kind, area.rows, area, lambda _: True, limit).values()]
        looked_at: Found = {}
        fits: dict[int, int] = {}  # how well, by row
        for worst, rows in self._candidates(kind, wanted, area):
            new = self._first(kind, rows - BitMap(looked_at), area, lambda _: True, limit + _MARGIN)
            looked_at |= new
            fits |= {row: fit for row, item in new.items() if (fit := Entry(item).fit(wanted)) is not None}
            if sum(fit <= worst for fit in fits.values()) >= limit:
                break
        best = sorted(fits, key=lambda row: (fits[row], row))[:limit]
        return [looked_at[row] for row in best] or alike_first(typed, self._near(kind, wanted, area).values())

    def everything(self, kind: ItemKind) -> Iterator[Item]:
        """In the order of their import, as of now."""
        table = TABLES[kind]
        documents = self._view.documents(table.name)
        return (self._read(table.record, documents[row]) for row in sorted(documents))

    def with_id(self, kind: ItemKind, item_id: str) -> Found:
        """The one with exactly this ID, or else those with it in another case."""
        return self._exactly(kind, item_id) or self._in_any_case(kind, item_id, unaccented(item_id))

    def _exactly(self, kind: ItemKind, item_id: str) -> Found:
        row = self._view.find(TABLES[kind].name, "id", item_id)
        return {} if row is None else dict(self._items(kind, (row,)))

    def _in_any_case(self, kind: ItemKind, item_id: str, folded: str) -> Found:
        wanted, rows = item_id.casefold(), self._whole[kind, "id in any case"].rows(folded)
        return self._first(kind, rows, None, lambda item: item.id.casefold() == wanted)

    def _found(self, lookup: Lookup, nearby: _Area | None) -> Found:
        kind, text, by = lookup
        if found := self._exactly(kind, text):
            return found
        folded = unaccented(text)
        found = self._in_any_case(kind, text, folded)
        if by == "id" or len(found) == 1:
            return found
        found |= self._named(lookup, folded, None)
        return found | self._named(lookup, folded, nearby) if nearby else found

    def _named(self, lookup: Lookup, folded: str, area: _Area | None) -> Found:
        """By name, or by what was typed for one. `area`: None is everywhere."""
        kind, text, by = lookup
        rows = self._whole[kind, "name"].rows(folded)
        within = rows & area.rows if area else rows
        found = self._first(kind, within, area, lambda item: unaccented(item.name) == folded)
        if found:
            exact = called(text, [*found.values()]) if len(found) > 1 else found.values()
            return {row: item for row, item in found.items() if item in exact}
        return self._typed(kind, folded, area or self._everything(kind)) if by == "typed" else {}

    def _typed(self, kind: ItemKind, folded: str, area: _Area) -> Found:
        """What begins so, or else what looks like it."""
        rows = self._with_words(kind, folded, area)
        begun = self._first(kind, rows, area, partial(_fits, folded, WORDS_BEGIN))
        return begun or self._near(kind, folded, area)

    def _near(self, kind: ItemKind, folded: str, area: _Area) -> Found:
        rows = self._parts[kind, "name"].like(folded, SHORTLIST, area.rows)
        return self._first(kind, rows, area, lambda _: True)

    def _candidates(self, kind: ItemKind, wanted: str, area: _Area) -> Iterator[tuple[int, BitMap]]:
        """The rows of what may fit so well or better; each when somebody asks for it."""
        called = self._whole[kind, "id in any case"].rows(wanted) | self._whole[kind, "name"].rows(wanted)
        yield EXACT, called & area.rows
        yield NAME_BEGINS, self._parts[kind, "name"].beginning(wanted) & area.rows
        yield WORDS_BEGIN, self._with_words(kind, wanted, area)
        yield INSIDE, self._with_words(kind, wanted, area, anywhere=True)

    def _with_words(self, kind: ItemKind, wanted: str, area: _Area, *, anywhere: bool = False) -> BitMap:
        """The rows that have each word, at the beginning of one in their name or ID; or else anywhere."""
        name, fields = self._parts[kind, "name"], ("id", *(TABLES[kind].details if anywhere else ()))
        others = [self._parts[kind, field] for field in fields]
        found = area.rows
        for word in words_of(wanted):
            of_name = name.with_part(word) if anywhere else name.with_word(word)
            found = found & BitMap.union(of_name, *(grams.with_word(word) for grams in others))
        return found

    def _first(
        self,
        kind: ItemKind,
        rows: Iterable[int],
        area: _Area | None,
        fits: Callable[[Item], bool],
        limit: int = MOST_FOUND,
    ) -> Found:
        looked_at = islice(self._items(kind, rows), _MOST_LOOKED_AT)
        fitting = (
            (row, item) for row, item in looked_at if (area is None or self._is_in(area, item)) and fits(item)
        )
        return dict(islice(fitting, limit))

    def _items(self, kind: ItemKind, rows: Iterable[int]) -> Iterator[tuple[int, Item]]:
        table = TABLES[kind]
        for row in rows:
            if (raw := self._view.get(table.name, row)) is not None:
                yield row, self._read(table.record, raw)

    def _everything(self, kind: ItemKind) -> _Area:
        return _Area(BitMap(range(1, self._view.last(TABLES[kind].name) + 1)))

    def _nearby(self, kind: ItemKind, found: Mapping[ItemKind, Found]) -> _Area | None:
        """What belongs to what was found above or, where that is nothing, to what belongs to what was found above that."""
        above = TABLES[kind].above
        if above is None:
            return None
        parents = found[above]
        if not parents and (area := self._nearby(above, found)):
            parents = self._first(above, area.rows, area, lambda _: True, _MOST_SITES)
        return self._of(kind, {item.id for item in parents.values()}) if parents else None

    def _of(self, kind: ItemKind, parents: Iterable[str]) -> _Area:
        ids, index = frozenset(parents), self._whole[kind, "parent"]
        return _Area(BitMap.union(BitMap(), *(index.rows(unaccented(each)) for each in ids)), ids)

    def _is_in(self, area: _Area, item: Item) -> bool:
        if area.parents is None or item.parent_id in area.parents:
            return True
        return any(parent.id in area.parents for parent in self._parent(item.kind, item.parent_id or ""))

    def _parent(self, kind: ItemKind, item_id: str) -> list[Item]:
        """What an ID names that items of this kind belong to: one thing, or none."""
        above = TABLES[kind].above
        found = [*self.with_id(above, item_id).values()] if above else []
        return found if len(found) == 1 else []


def _fewer_typed(lookups: Iterable[Lookup]) -> Iterator[Lookup]:
    """These, of which only the first few may be written badly or not to their end."""
    left = _MOST_TYPED
    for lookup in lookups:
        left -= lookup.by == "typed"
        yield lookup if left >= 0 else lookup._replace(by="name")


def _fits(wanted: str, worst: int, item: Item) -> bool:
    fit = Entry(item).fit(wanted)
    return fit is not None and fit <= worst
