"""What the IDs of the contract point at: customers, their sites, and the systems, assets and contacts there.

A directory may know nothing of a kind; then IDs of that kind are taken as they are typed. Names are found
whatever their case, and so are IDs where only one is meant: two IDs may differ by their case alone.

A workspace may know very many. A rule gets a `Directory` with the few that it may need: `Lookup`s say which.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from typing import Annotated, ClassVar, Self, TypeVar, get_args

from pydantic import StringConstraints

from bot.domain.contract import TicketCreate
from bot.domain.errors import InvalidInput, Problem
from bot.domain.fields import KIND_OF, ItemKind
from bot.domain.lookup import NAME_OF, NameIndex
from bot.domain.record import Record
from bot.domain.sites import LONGEST_TEXT, OccupancyProfile, SiteType
from bot.domain.words import listed, quoted

_PARENT: dict[ItemKind, ItemKind] = {
    "site": "customer",
    "contact": "customer",
    "system": "site",
    "asset": "site",
}
PARENTS: frozenset[ItemKind] = frozenset({*_PARENT.values(), "system"})
"""The kinds that others may belong to."""
_FIELD_OF: dict[ItemKind, str] = {kind: field for field, kind in KIND_OF.items()}
PARENT_OF: dict[str, str] = {_FIELD_OF[kind]: _FIELD_OF[above] for kind, above in _PARENT.items()}
"""The field whose choice decides what can be chosen in another."""

_UPWARD = ("relatedAssetId", "relatedSystemId", "siteId", "reportedByContactId")
MOST_FOUND = 100
"""Items that are looked up for one name; there may be more of them."""
_CANDIDATES = 5  # names that a message lists
_NEAREST = 3  # names that “Did you mean” offers

Value = TypeVar("Value")
_Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=LONGEST_TEXT)]


class Item(Record):
    """Anything with an ID and a name. IDs travel in Slack's option values and block ids: they are short."""

    kind: ClassVar[ItemKind]

    id: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]

    @property
    def parent_id(self) -> str | None:
        """The ID of the customer or site that it belongs to."""
        return None

    @property
    def details(self) -> tuple[str, ...]:
        """More that it is found by in type-ahead."""
        return ()


class _OfCustomer(Item):
    customer_id: str

    @property
    def parent_id(self) -> str:
        return self.customer_id


class _OfSite(Item):
    site_id: str

    @property
    def parent_id(self) -> str:
        return self.site_id


class Customer(Item):
    kind = "customer"


class Site(_OfCustomer):
    kind = "site"
    address: str | None = None
    site_type: SiteType | None = None
    occupancy_profile: OccupancyProfile | None = None
    access_instructions: _Text | None = None
    service_instructions: _Text | None = None
    hazards_notes: _Text | None = None

    @property
    def details(self) -> tuple[str, ...]:
        return (self.address or "",)


class System(_OfSite):
    kind = "system"


class Asset(_OfSite):
    kind = "asset"
    system_id: str | None = None


class Contact(_OfCustomer):
    kind = "contact"
    email: str | None = None
    phone: str | None = None

    @property
    def details(self) -> tuple[str, ...]:
        return (self.email or "", self.phone or "")


class Directory(Record):
    """What is known of one workspace's customers, who have sites and contacts; sites have systems and assets.

    `known` are the kinds of which the workspace knows some, be they among these or not.
    """

    known: frozenset[ItemKind] = frozenset()

    customers: tuple[Customer, ...] = ()
    sites: tuple[Site, ...] = ()
    systems: tuple[System, ...] = ()
    assets: tuple[Asset, ...] = ()
    contacts: tuple[Contact, ...] = ()

    def items(self, kind: ItemKind) -> tuple[Item, ...]:
        """All items of a kind, in the order of their import."""
        return {
            "customer": self.customers,
            "site": self.sites,
            "system": self.systems,
            "asset": self.assets,
            "contact": self.contacts,
        }[kind]

    def knows(self, kind: ItemKind) -> bool:
        return kind in self.known or bool(self.items(kind))

    def get(self, kind: ItemKind, item_id: str) -> Item | None:
        """The item with this ID, or the only one with it in another case."""
        found = self._indexes[kind].with_id(item_id)
        return found[0] if len(found) == 1 else None

    def name_of(self, field: str, item_id: str) -> str:
        """The name behind a contract field's ID, or the ID itself where the directory does not know it."""
        kind = KIND_OF.get(field)
        item = self.get(kind, item_id) if kind else None
        return item.name if item else item_id

    def search(
        self, kind: ItemKind, words: str, *, within: str | None = None, limit: int = 100
    ) -> list[Item]:
        """As somebody types it, best first. `within` is the ID of the parent that they must belong to."""
        return self._indexes[kind].search(words, within=within)[:limit]

    def resolve(self, field: str, text: str, fields: Mapping[str, object]) -> str:
        """What somebody typed for a contract field -> the ID they meant.

        `fields` are the values already known: a customer and a site narrow what is looked for. An ID goes
        before a whole name, that before the beginning of a name. Where nothing of the kind is known, the text
        is the ID. Raises `InvalidInput`: `unknown_name`, `ambiguous_name`.
        """
        kind = KIND_OF[field]
        if not self.knows(kind):
            return text
        index, within = self._indexes[kind], _given(fields, _PARENT.get(kind))
        found = (
            index.with_id(text)
            or self._fitting(kind, index.called(text), fields)
            or self._fitting(kind, index.begun(text, within=within), fields)
        )
        if len(found) == 1:
            return found[0].id
        problem = self._ambiguous(field, text, found) if found else self._unknown(field, text, fields)
        raise InvalidInput([problem])

    def named(self, field: str, text: str, fields: Mapping[str, object]) -> list[str]:
        """The IDs of what has exactly this name, or this ID, of what belongs to the customer and the site among `fields`."""
        kind = KIND_OF[field]
        item = self.get(kind, text)
        found = [item] if item else self._indexes[kind].called(text)
        return [item.id for item in self._fitting(kind, found, fields)]

    def complete(self, fields: Mapping[str, Value]) -> dict[str, Value | str]:
        """The fields and what they imply: a system or asset has its site, a site or contact its customer."""
        whole: dict[str, Value | str] = {**fields}
        for field in _UPWARD:
            item = self._pointed_at(field, whole)
            above = _FIELD_OF[_PARENT[KIND_OF[field]]]
            if item and item.parent_id and not str(whole.get(above) or "").strip():
                whole[above] = item.parent_id
        return whole

    def pruned(self, fields: Mapping[str, Value]) -> dict[str, Value]:
        """The fields without what does not belong to the customer and the site among them."""
        kept = {**fields}
        for field, kind in KIND_OF.items():
            item = self._pointed_at(field, kept)
            if item and not self._fitting(kind, [item], kept):
                del kept[field]
        return kept

    def check(self, create: TicketCreate) -> tuple[Problem, ...]:
        """Every ID must exist and belong to its parent: `unknown_id`, `not_of_parent`."""
        return self.check_ids({field: getattr(create, name) for field, name in NAME_OF.items()})

    def check_ids(self, fields: Mapping[str, str | None]) -> tuple[Problem, ...]:
        """As `check`, of some fields in wire form."""
        given = {field: value for field in KIND_OF if (value := fields.get(field))}
        found = [self._misplaced(field, given) for field in given]
        return tuple(problem for problem in found if problem)

    def __copy__(self) -> Self:
        copied = super().__copy__()
        copied.__dict__.pop("_indexes", None)  # a changed copy is searched afresh
        return copied

    @cached_property
    def _indexes(self) -> dict[ItemKind, NameIndex[Item]]:
        return {
            kind: NameIndex(self.items(kind), partial(self._key, _PARENT.get(kind, kind)))
            for kind in get_args(ItemKind)
        }

    def _key(self, kind: ItemKind, item_id: str) -> str:
        """The same for every way to write an ID."""
        item = self.get(kind, item_id)
        return item.id if item else item_id.casefold()

    def _pointed_at(self, field: str, fields: Mapping[str, object]) -> Item | None:
        value = fields.get(field)
        return self.get(KIND_OF[field], value) if isinstance(value, str) else None

    def _parents(self, kind: ItemKind, item: Item) -> Iterator[tuple[ItemKind, str]]:
        """Kind and ID of all that it belongs to: of a system its site, then the customer of that."""
        above: Item | None = item
        while above and above.parent_id and kind in _PARENT:
            kind = _PARENT[kind]
            yield kind, above.parent_id
            above = self.get(kind, above.parent_id)

    def _fitting(self, kind: ItemKind, items: Sequence[Item], fields: Mapping[str, object]) -> list[Item]:
        """Those that belong to the customer and the site among the fields, as far as these are there."""
        return [
            item
            for item in items
            if all(
                self._key(above, _given(fields, above) or parent_id) == self._key(above, parent_id)
                for above, parent_id in self._parents(kind, item)
            )
        ]

    def _misplaced(self, field: str, given: Mapping[str, str]) -> Problem | None:
        kind, item = KIND_OF[field], self._pointed_at(field, given)
        if item is None:
            if not self.knows(kind):
                return None
            message = f"No {kind} has the ID {quoted(given[field])}. Choose one of the {kind}s."
            return Problem(field=field, code="unknown_id", message=message)
        above = _PARENT.get(kind)
        parent_id = _given(given, above)
        if above is None or parent_id is None or item.parent_id is None:
            return None
        parent_is_unknown = self.knows(above) and not self.get(above, parent_id)
        if parent_is_unknown or self._key(above, parent_id) == self._key(above, item.parent_id):
            return None  # an unknown parent is a problem of its own
        an = "an" if kind == "asset" else "a"
        parent = self.name_of(_FIELD_OF[above], parent_id)
        message = f"{item.name} is not {an} {kind} of {parent}. Choose one of its {kind}s."
        return Problem(field=field, code="not_of_parent", message=message)

    def _ambiguous(self, field: str, text: str, found: Sequence[Item]) -> Problem:
        some = found[:_CANDIDATES]
        names = [self._told_apart(KIND_OF[field], item) for item in some]
        if more := found[_CANDIDATES:]:
            names.append(f"{len(more)} more" if len(found) < MOST_FOUND else "many more")
        ids = ", ".join(item.id for item in some)
        message = f"{quoted(text)} could be {listed(names)}. Say which one, or use its ID: {ids}."
        return Problem(field=field, code="ambiguous_name", message=message)

    def _told_apart(self, kind: ItemKind, item: Item) -> str:
        """`HQ (Acme Corp)`."""
        if item.parent_id is None:
            return item.name
        return f"{item.name} ({self.name_of(_FIELD_OF[_PARENT[kind]], item.parent_id)})"

    def _unknown(self, field: str, text: str, fields: Mapping[str, object]) -> Problem:
        kind = KIND_OF[field]
        above = _PARENT.get(kind)
        within = _given(fields, above)
        near = self._indexes[kind].nearest(text, within=within, limit=_NEAREST)
        hint = f"Did you mean {listed(near)}?" if near else "Check the name, or use its ID."
        where = f" of {self.name_of(_FIELD_OF[above], within)}" if above and within else ""
        message = f"No {kind}{where} is called {quoted(text)}. {hint}"
        meant = next((item_id for name in near for item_id in self.named(field, name, fields)), None)
        return Problem(field=field, code="unknown_name", message=message, meant=meant)


def orphaned(
    item: Item, knows: Callable[[ItemKind], bool], has: Callable[[ItemKind, str], bool]
) -> Iterator[str]:
    """Why an import must refuse an item: what it belongs to does not exist. Of kinds that nobody `knows` it may be
    anything, but for a site's customer. `has`: whether something has this ID."""
    belongs = [(_PARENT[item.kind], item.parent_id)] if item.parent_id else []
    if isinstance(item, Asset) and item.system_id:
        belongs.append(("system", item.system_id))
    for above, parent_id in belongs:
        if (item.kind == "site" or knows(above)) and not has(above, parent_id):
            yield f"{item.name} belongs to {above} {quoted(parent_id)}, which does not exist."


def _given(fields: Mapping[str, object], kind: ItemKind | None) -> str | None:
    """The ID among the fields of the customer, site … if there is one."""
    value = fields.get(_FIELD_OF[kind]) if kind else None
    return value if isinstance(value, str) and value.strip() else None
