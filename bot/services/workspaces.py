"""Which workspace a request, or a token, is of."""

from bot.domain.workspace import Workspace
from bot.services.ports.store import Store


class Workspaces:
    """Those that have a store, by their teams."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def of(self, enterprise_id: str | None, team_id: str | None) -> Workspace:
        """A team that is known keeps its store when its organisation is named differently: a Slack Connect request
        does not name it, and a workspace may join one later."""
        known = self._store.workspace_of(team_id) if team_id else None
        return known or Workspace(enterprise_id=enterprise_id, team_id=team_id)
