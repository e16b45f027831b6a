"""Which installation a request, a token and a workspace belong to.

There are two ways: many installations, made by OAuth and kept (`KeptInstallations`), and the one that a SLACK_BOT_TOKEN
is, which is kept nowhere (`OneInstallation`).
"""

from collections.abc import Callable
from typing import Protocol

from pydantic import SecretStr

from bot.domain.installation import Installation, Tokens
from bot.domain.workspace import Workspace
from bot.services.ports.clock import Clock
from bot.services.ports.messenger import Unauthorized

Tell = Callable[[Installation], None]

NOT_INSTALLED = "not_installed"
"""The code of a workspace that has no installation (any more)."""


class Installations(Protocol):
    """All of them in memory: nothing here waits, but for a token that has expired. Every change is durable first. Where other
    processes change them, too, whoever decides by them calls `catch_up` first."""

    async def load(self) -> None:
        """Reads what is kept. Raises DeskError where it cannot be read."""

    async def catch_up(self, since: float | None = None) -> None:
        """Learns what other processes have changed until now, or until a look that began `since`, as the store's `version` has
        it. Raises StoreUnavailable."""

    def workspace_of(
        self, enterprise_id: str | None, team_id: str | None, *, is_told: bool = False
    ) -> Workspace | None:
        """The workspace of a request that names these; None where nothing is installed there (any more). A look-up.

        An organisation-wide installation serves the teams that it is known to have. `is_told`: Slack says that the app is
        installed in this one, so it has this, too, unless it was taken from it.
        """

    def has_team(self, enterprise_id: str | None, team_id: str | None) -> bool:
        """Whether it is installed for this organisation, and this is known to be one of its teams."""

    def of(self, workspace: Workspace) -> Installation | None:
        """The active one that serves it. A look-up."""

    async def token(self, workspace: Workspace, *, expired: str | None = None) -> str:
        """What to call Slack with there. One that has expired is refreshed first, once however many ask. `expired`: one of which
        Slack says that it has, whatever our clock says.

        Raises Unauthorized (not_installed, token_expired), and another NotDelivered where Slack did not refresh it now.
        """

    def own_user(self, workspace: Workspace) -> str | None:
        """The bot's user ID there; None where it is not known (yet)."""

    def on_change(self, tell: Tell) -> None:
        """Calls `tell` with each installation that was made, made anew, given other teams or tokens, or has ended, once that
        is durable and known here."""


def may_go_on(workspace: Workspace, installations: Installations, changed: Installation) -> bool:
    """Whether a workspace may have another token, now that this has changed: its own, its organisation's, or the one of the two
    that serves in the place of the other."""
    found = installations.of(workspace)
    if found is None:
        return False
    theirs = {found.id, found.enterprise_id, workspace.id, workspace.enterprise_id}
    return changed.id in theirs or workspace.id in changed.without_teams


class OneInstallation:
    """What a SLACK_BOT_TOKEN is the right to. Slack tells once where it is for: until then every team whose requests are
    signed is served; from then on that one, of an organisation's token each of its teams."""

    def __init__(
        self, token: SecretStr | None, team_with_store: Callable[[str], Workspace | None], clock: Clock
    ) -> None:
        """`team_with_store`: the workspace that a team's store is kept under, as the store's `workspace_of`."""
        self._team_with_store = team_with_store
        self._listeners: list[Tell] = []
        tokens = Tokens(access=token or SecretStr(""))
        self._installation = Installation(id="", bot_user="", installed_by="", since=clock(), tokens=tokens)

    @property
    def is_known(self) -> bool:
        """Whether Slack has told where it is for."""
        return bool(self._installation.id)

    def learned(
        self,
        enterprise_id: str | None,
        team_id: str | None,
        bot_user: str,
        scopes: frozenset[str] = frozenset(),
    ) -> None:
        """What auth.test says of the token. One of an organisation names no team, or the organisation in its place."""
        is_org_wide = enterprise_id is not None and team_id in {None, enterprise_id}
        found = {
            "id": (enterprise_id if is_org_wide else team_id) or "",
            "enterprise_id": enterprise_id,
            "team_id": None if is_org_wide else team_id,
            "is_org_wide": is_org_wide,
            "bot_user": bot_user,
            "scopes": scopes,
        }
        before, self._installation = self._installation, self._installation.model_copy(update=found)
        if before != self._installation:
            for tell in self._listeners:
                tell(self._installation)

    async def load(self) -> None:
        """Nothing is kept."""

    async def catch_up(self, since: float | None = None) -> None:
        """Nobody changes it."""

    def workspace_of(
        self,
        enterprise_id: str | None,
        team_id: str | None,
        *,
        is_told: bool = False,  # noqa: ARG002
    ) -> Workspace | None:
        if not (enterprise_id or team_id):
            return None
        if not self._serves(enterprise_id, team_id):
            return None
        known = self._team_with_store(team_id) if team_id else None
        return known or Workspace(enterprise_id=enterprise_id, team_id=team_id)

    def has_team(self, enterprise_id: str | None, team_id: str | None) -> bool:
        """Nobody has told of the teams of an organisation: any may be one."""
        return self._serves(enterprise_id, team_id)

    def of(self, workspace: Workspace) -> Installation | None:
        return self._installation if self._serves(workspace.enterprise_id, workspace.team_id) else None

    async def token(self, workspace: Workspace, *, expired: str | None = None) -> str:  # noqa: ARG002
        if self.of(workspace) is None:
            raise Unauthorized(NOT_INSTALLED)
        return self._installation.tokens.access.get_secret_value()

    def own_user(self, workspace: Workspace) -> str | None:
        return (self._installation.bot_user or None) if self.of(workspace) else None

    def on_change(self, tell: Tell) -> None:
        self._listeners.append(tell)

    def _serves(self, enterprise_id: str | None, team_id: str | None) -> bool:
        mine = self._installation
        if not mine.id:
            return True
        if (
            mine.is_org_wide
        ):  # a Slack Connect request names no organisation, and Slack sends us none of strangers'
            return enterprise_id in {None, mine.enterprise_id}
        return team_id == mine.team_id if team_id else enterprise_id == mine.enterprise_id
