"""What a replica keeps in memory of each workspace: the head as it was last looked at, and what was read at which version.

Nothing here is ever true by itself: a cached value counts only beside a head that says that it was not changed since.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Mapping
from time import monotonic
from typing import NamedTuple

from storage.postgres.changes import Key
from storage.postgres.driver import Found, Rows

FRESH = 2.0
"""Seconds for which a look counts outside a transaction."""

_MOST_ROWS = 64
"""Rows of a workspace that are kept until its next commit."""


class Head(NamedTuple):
    """A workspace's row: the version of its last commit, the number of its newest ticket, and the versions that last changed
    people, the directory, and what its admins have chosen. `born`: its first version; it is another one after the workspace was
    forgotten and made again. 0 everywhere where it has no row."""

    version: int = 0
    born: int = 0
    last_number: int = 0
    people_at: int = 0
    items_at: int = 0
    settings_at: int = 0


NOTHING = Head()


class Version(NamedTuple):
    """Of a workspace, or what last changed a part of it, in the one that was `born` then: what was kept of an earlier one is not
    of this one, whatever its number."""

    born: int
    at: int


_NEVER = Version(0, 0)

Place = tuple[str, Key]
"""A row's table, and its key there."""

COLUMNS = Head._fields
"""As they are called in the table."""


class Known:
    """Of one workspace."""

    def __init__(self) -> None:
        self.head = NOTHING
        self.looked_at = float("-inf")  # by `monotonic`, from before the database was asked
        self._answered_at = float("-inf")  # when what was found last came
        self.used_at = monotonic()
        self._cached: dict[str, tuple[Version, object]] = {}
        self._rows: dict[Place, Found] = {}  # as they were at a version
        self._rows_at = _NEVER

    @property
    def is_fresh(self) -> bool:
        return monotonic() - self.looked_at < FRESH

    def look(self, head: Head, at: float, answered: float) -> bool:
        """What was found between these moments. What a commit or a later look has found since is not undone by it. Whether what was
        known is of a workspace that was forgotten since."""
        if head.born == self.head.born:
            if head.version >= self.head.version:
                self.head = head
            self.looked_at = max(self.looked_at, at)
        elif at < self._answered_at:  # nobody can tell which of the two was first: the next look does
            self.looked_at = float("-inf")
            return False
        else:
            was_another = self.head.born != 0
            self._cached.clear()
            self._rows, self._rows_at = {}, _NEVER
            self.head, self.looked_at, self._answered_at = head, at, answered
            return was_another
        self._answered_at = max(self._answered_at, answered)
        return False

    def cached(self, name: str, version: Version) -> object | None:
        """What was kept under a name, where it was read at just this version of what it was made from."""
        kept = self._cached.get(name)
        return kept[1] if kept and kept[0] == version else None

    def last_cached(self, name: str) -> tuple[Version, object] | None:
        """The version it was read at, and what was kept: for what is brought up to date rather than read anew."""
        return self._cached.get(name)

    def keep(self, name: str, version: Version, value: object) -> None:
        """What a read that was under way meanwhile brings of an older one is not kept."""
        last = self._cached.get(name)
        if last is None or last[0] <= version:
            self._cached[name] = version, value

    def row(self, place: Place, version: Version) -> Found | None:
        """A row that was read at just this version of the workspace."""
        return self._rows.get(place) if version == self._rows_at else None

    def keep_row(self, version: Version, place: Place, row: Found) -> None:
        """Of the newest version only: a transaction may begin with it until the next commit."""
        if version > self._rows_at:
            self._rows_at, self._rows = version, {}
        if version == self._rows_at and len(self._rows) < _MOST_ROWS:
            self._rows[place] = row


class DeploymentVersions:
    """Of what belongs to no workspace, such as `installations`, as of the last look at any."""

    def __init__(self) -> None:
        self._versions: Mapping[str, int] = {}
        self._looked_at = float("-inf")

    def look(self, versions: Mapping[str, int], at: float) -> None:
        if at >= self._looked_at:
            self._versions, self._looked_at = versions, at

    def looked_up(self, kind: str, since: float) -> int | None:
        """None where the last look began before this moment, by `monotonic`."""
        return self._versions.get(kind, 0) if self._looked_at >= since else None

    async def of(self, kind: str, fetch: Callable[[str], Awaitable[Rows]]) -> int:
        """As of the last look, where that was less than two seconds ago."""
        if monotonic() - self._looked_at >= FRESH:
            began = monotonic()
            rows = await fetch("SELECT kind, version FROM deskhand.versions")
            self.look({row["kind"]: row["version"] for row in rows}, began)
        return self._versions.get(kind, 0)


class KnownWorkspaces:
    """Those that were used last, by their ids: no more of them than `most`, but for those that are needed."""

    def __init__(self, most: int, tell_forgotten: Callable[[str], None] = lambda _: None) -> None:
        """`tell_forgotten`: hears of each that turns out to be another one than was known, before anybody decides by it."""
        self.most = most
        self._tell_forgotten = tell_forgotten
        self._known: OrderedDict[str, Known] = OrderedDict()

    def __len__(self) -> int:
        return len(self._known)

    def __contains__(self, workspace: str) -> bool:
        return workspace in self._known

    def ids(self) -> Collection[str]:
        return [*self._known]

    def of(self, workspace: str, *, is_use: bool = True) -> Known:
        known = self._known.get(workspace)
        if known is None:
            self._known[workspace] = known = Known()
        elif is_use:
            known.used_at = monotonic()
            self._known.move_to_end(workspace)
        return known

    def look(self, workspace: str, head: Head, at: float, *, is_use: bool = True) -> None:
        """What has just been found of it, as `Known.look`."""
        if self.of(workspace, is_use=is_use).look(head, at, monotonic()):
            self._tell_forgotten(workspace)

    def stale(self, workspace: str) -> None:
        """Somebody else has changed something there: it is looked at again before it is used."""
        if known := self._known.get(workspace):
            known.looked_at = float("-inf")

    def drop(self, workspace: str) -> None:
        self._known.pop(workspace, None)

    def drop_idle(self, before: float, needed: Callable[[str], bool]) -> list[str]:
        """Those that were not used since a moment by `monotonic`, and the oldest where there are too many. Gives which."""
        dropped = []
        for workspace, known in [*self._known.items()]:
            if known.used_at >= before and len(self._known) <= self.most:
                break
            if not needed(workspace):
                del self._known[workspace]
                dropped.append(workspace)
        return dropped
