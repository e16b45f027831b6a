"""An installation: the right to act in a workspace, or in those of an organisation, as Slack gave it.

Source: https://docs.slack.dev/authentication/installing-with-oauth, …/authentication/using-token-rotation, …/enterprise.
"""

from datetime import datetime
from typing import Literal

from pydantic import Field, SecretStr

from bot.domain.record import Instant, Record

Ended = Literal["uninstalled", "revoked", "replaced"]
"""Why it is none any more. `replaced`: Slack said that its refresh token was used up, and its last token has expired."""


class Tokens(Record):
    """The bot token and, where tokens rotate, what the next one is asked for with, and when this one ends."""

    access: SecretStr = Field(repr=False)
    refresh: SecretStr | None = Field(None, repr=False)
    expires_at: Instant | None = None
    refresh_refused_at: Instant | None = Field(
        None, description="Since when Slack takes the refresh token no more"
    )
    refusal_told_at: Instant | None = Field(None, description="When installer and admins were told of that")


class Installation(Record):
    """`id` is the team's or, of one that is for a whole organisation (`is_org_wide`), the enterprise's.

    `name`: the workspace's, or the organisation's. `teams`: of an organisation-wide one, the teams that it was granted and
    not taken from, as far as Slack has told; empty where it has told of none. `since`: when it was made, or made anew.
    """

    id: str
    name: str = ""
    domain: str = Field("", description="What stands before .slack.com, where it is known")
    enterprise_id: str | None = None
    team_id: str | None = None
    is_org_wide: bool = False
    teams: frozenset[str] = frozenset()
    without_teams: frozenset[str] = Field(frozenset(), description="Teams that it was taken from")
    app_id: str = ""
    bot_user: str = Field(description="The user ID of the bot there")
    scopes: frozenset[str] = frozenset()
    installed_by: str = Field(description="Slack user ID")
    since: Instant
    tokens: Tokens = Field(repr=False)
    ended: Ended | None = None
    ended_at: Instant | None = None
    welcomed_at: Instant | None = Field(None, description="When whoever installed it was told what it is")

    @property
    def is_active(self) -> bool:
        return self.ended is None

    def serves(self, team_id: str | None) -> bool:
        """Whether it is for this team. An organisation-wide one is for every team of its organisation that it was not taken
        from."""
        if not self.is_org_wide:
            return team_id == self.team_id
        return team_id not in self.without_teams

    def has_expired(self, now: datetime) -> bool:
        ends = self.tokens.expires_at
        return ends is not None and ends <= now
