"""What is copied from one store to another: rows, the same ones whichever store they are in.

A row is what a store keeps under a key, as JSON: `document` is a record as `storage.tinydb.documents` writes it, without the
schema; a record that an earlier version wrote is what today's would write of it. What else a store keeps beside it, such as
columns that lists look into, follows from it, and is made anew.

    Row(("42",), {"document": {…, "number": 42}, "cards": [{…}]})       of tickets
    Row(("message:C1:1.2",), {"number": 42})                            of origins
    Row(("3f…",), {"document": {…}}, place=7)                           of jobs: the seventh
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple, Protocol, Self

import orjson

from bot.domain.workspace import Workspace

Json = dict[str, object]
Key = tuple[str | int, ...]


class Row(NamedTuple):
    """`place`: which one of its table it is, of those whose rows have an order; else 0."""

    key: Key
    kept: Json
    place: int = 0


class Table(NamedTuple):
    """`key` and `kept`: the names of what a row has, which are PostgreSQL's columns. `is_ordered`: its rows come in the order in
    which they were first kept."""

    key: tuple[str, ...]
    kept: tuple[str, ...] = ("document",)
    is_ordered: bool = False


OF_WORKSPACE: Mapping[str, Table] = {
    "tickets": Table(("number",), ("document", "cards")),
    "history": Table(("number", "version")),
    "keys": Table(("key",), ("number", "at")),
    "origins": Table(("key",), ("number",)),
    "places": Table(("key",), ("number",)),
    "jobs": Table(("id",), is_ordered=True),
    "comments": Table(("key",), is_ordered=True),
    "homes": Table(("user",)),
    "drafts": Table(("nonce",)),
    "timers": Table(("subject",)),
    "mirrors": Table(("key",)),
    "mirror_places": Table(("key",), ("mirror",)),  # behind the mirrors
    "mirror_copies": Table(("key",), is_ordered=True),
    "written_here": Table(("key",)),
    "taken_over": Table(("key",), ()),
    "people": Table(("id",), is_ordered=True),
    "groups": Table(("id",), is_ordered=True),
    "channels": Table(("channel",), is_ordered=True),
    "items": Table(("kind", "id"), is_ordered=True),
    "singles": Table(("kind",)),
}
OF_DEPLOYMENT: Mapping[str, Table] = {
    "installations": Table(("id",), ("plain", "tokens")),
    "oauth_states": Table(("digest",), ("expires_at",), is_ordered=True),
    "partnerships": Table(("key",), ("first", "second", "document")),
    "joins": Table(("teams",), (), is_ordered=True),
    "shared": Table(("reader", "number"), ("home", "document")),
    "told": Table(("home", "number"), ("version", "document"), is_ordered=True),
}
TABLES: Mapping[str, Table] = {**OF_WORKSPACE, **OF_DEPLOYMENT}


class Part(NamedTuple):
    """One table of one workspace; of the deployment without one."""

    workspace: Workspace | None
    table: str

    @property
    def name(self) -> str:
        return f"{self.workspace.id if self.workspace else 'deployment'}: {self.table}"


def parts(workspace: Workspace | None) -> Sequence[Part]:
    """All that is copied of it, or of the deployment, in the order in which that is done."""
    return [Part(workspace, table) for table in (OF_WORKSPACE if workspace else OF_DEPLOYMENT)]


class Side(Protocol):
    """A store that nobody else works on meanwhile: `async with` it. Raises DeskError where that is not so, or where it fails."""

    async def __aenter__(self) -> Self: ...
    async def __aexit__(self, *_: object) -> None: ...
    async def workspaces(self) -> Sequence[Workspace]: ...
    async def require_whole(self) -> None:
        """Of a source: raises DeskError where it is itself a copy that is not complete."""

    async def count(self, part: Part) -> int:
        """How many rows it has."""

    def rows(self, part: Part, skip: int = 0) -> AsyncIterator[Sequence[Row]]:
        """Its rows in their order, many at a time; without the first so many."""

    async def begin(self, source: str) -> Mapping[Part, int]:
        """It is no desk's from now on until `finish`. How many rows of each part an earlier copy of the same `source` has put
        there. Raises DeskError where there is anything else."""

    async def put(self, part: Part, done: int, rows: Sequence[Row]) -> None:
        """Keeps these behind the first `done` of the part, durably, and with them how far it is."""

    async def clear(self, part: Part) -> None:
        """Takes everything out of it."""

    async def forget(self, workspace: Workspace) -> None:
        """Takes out a workspace whole, which the source has no more."""

    async def complete(self, workspace: Workspace) -> None:
        """All its rows are there."""

    async def finish(self) -> None:
        """It is a desk's again. Of a source: raises DeskError where somebody has worked on it meanwhile."""


async def checksum(side: Side, part: Part) -> str:
    """SHA-256 over those of its rows, in the order of their keys."""
    hashes: list[tuple[Key, bytes]] = []
    async for rows in side.rows(part):
        hashes += [(row.key, _hash(row)) for row in rows]
    hashes.sort()
    return sha256(b"".join(each for _, each in hashes)).hexdigest()


def _hash(row: Row) -> bytes:
    return sha256(orjson.dumps([row.key, row.place, row.kept], option=orjson.OPT_SORT_KEYS)).digest()
