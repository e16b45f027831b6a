"""Which workspace a request, or a token, is of."""

from bot.domain.workspace import Workspace
from bot.services.ports.store import Store


class Workspaces:
    """Those that have a store, by their teams."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def of(self, enterprise_id: str | None, team_id: str | None) -> Workspace:
        """A known team keeps its store even when a request names another organisation, or none: a Slack Connect request
        names none, and a workspace may join an organisation later."""
        known = self._store.workspace_of(team_id) if team_id else None
        return known or Workspace(enterprise_id=enterprise_id, team_id=team_id)
