"""Which workspaces there are, and what replicas keep of the deployment, as of the last look."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, cast

from bot.domain.workspace import Workspace
from storage.postgres.database import Database
from storage.postgres.signals import Kind

_ALL = "SELECT workspace, born, document FROM deskhand.workspaces WHERE version > born ORDER BY born"
_VERSIONS = "SELECT kind, version FROM deskhand.versions"


class News(NamedTuple):
    """What has changed since the last time: the kinds, and the workspaces that are there no more, or are others by now."""

    kinds: Sequence[Kind]
    gone: Sequence[Workspace]


class ListedWorkspaces:
    """Those in which something was ever committed."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._workspaces: dict[str, Workspace] = {}
        self._born: dict[str, int] = {}  # as they were last listed
        self._gone: dict[str, Workspace] = {}  # since the others were last asked about
        self._versions: dict[str, int] = {}
        self._has_asked = False

    def get(self, workspace: str) -> Workspace | None:
        return self._workspaces.get(workspace)

    def note(self, workspace: Workspace, *, is_there: bool) -> None:
        if is_there:
            self._workspaces.setdefault(workspace.id, workspace)
        else:
            self._workspaces.pop(workspace.id, None)

    async def all(self) -> Sequence[Workspace]:
        """As it is now."""
        before = self._workspaces.copy()
        rows = await self._database.fetch(_ALL)
        found = {each.id: each for each in (Workspace.model_validate_json(row["document"]) for row in rows)}
        since, now = self._workspaces, {**found, **before}
        noted = {each: since[each] for each in since if each not in before}
        self._workspaces = {each: now[each] for each in found if each in since or each not in before} | noted
        born = {row["workspace"]: row["born"] for row in rows}
        changed = {
            each for each, at in self._born.items() if born.get(each, at) != at
        }  # forgotten, and used again
        self._gone |= {
            each: before[each] for each in before if each in changed or each not in self._workspaces
        }
        self._born = born
        return [*self._workspaces.values()]

    async def some(self, ids: Iterable[str]) -> Sequence[Workspace]:
        """Those of these that there are."""
        if any(each not in self._workspaces for each in ids):
            await self.all()
        return [self._workspaces[each] for each in ids if each in self._workspaces]

    async def ask(self) -> News:
        """What others have changed."""
        versions = {row["kind"]: row["version"] for row in await self._database.fetch(_VERSIONS)}
        kinds = [cast(Kind, kind) for kind in versions if versions[kind] != self._versions.get(kind)]
        if not self._has_asked:
            kinds = [kind for kind in kinds if kind != "retry"]  # that was for those who ran then
        self._has_asked = True
        if "workspaces" in kinds:
            await self.all()
        self._versions = versions
        gone, self._gone = self._gone, {}
        return News(kinds, [*gone.values()])
