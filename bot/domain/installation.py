"""An installation: the right to act in a workspace, or in those of an organisation, as Slack gave it.

Source: https://docs.slack.dev/authentication/installing-with-oauth, …/authentication/using-token-rotation, …/enterprise;
…/reference/events/app_uninstalled, …/tokens_revoked, …/team_access_granted, …/team_access_revoked.
"""

import zlib
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Literal

from pydantic import Field, SecretStr

from bot.domain.record import Instant, Record

Ended = Literal["uninstalled", "revoked"]
"""Why it is none any more: the app was uninstalled, or its bot token revoked."""

ANYBODY = "*"
"""Stands for every team and organisation, among those that may install."""

_EARLY, _SPREAD = timedelta(hours=2), timedelta(hours=2)
"""So long before its end a token is refreshed, and up to so much earlier, that not all come at once."""


class Tokens(Record):
    """The bot token and, where tokens rotate, what the next one is asked for with, and when this one ends."""

    access: SecretStr = Field(repr=False)
    refresh: SecretStr | None = Field(None, repr=False)
    expires_at: Instant | None = None
    refresh_refused_at: Instant | None = Field(
        None, description="Since when Slack takes the refresh token no more"
    )
    refusal_told_at: Instant | None = Field(None, description="When installer and admins were told of that")


NO_TOKENS = Tokens(access=SecretStr(""))
"""What is left of the tokens of an installation that has ended."""


class TeamName(Record):
    """What a workspace of an organisation is called. `domain`: what stands before .slack.com, where it is known."""

    name: str = ""
    domain: str = ""


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
    teams_at: Mapping[str, Instant] = Field(
        {}, description="When Slack last gave or took each, of what it has told"
    )
    team_names: Mapping[str, TeamName] = {}
    teams_listed_for: Instant | None = Field(
        None, description="The `since` that it had when Slack last listed its teams"
    )
    app_id: str = ""
    bot_user: str = Field(description="The user ID of the bot there")
    scopes: frozenset[str] = frozenset()
    installed_by: str = Field(description="Slack user ID; empty where a token of the settings was taken over")
    since: Instant
    tokens: Tokens = Field(repr=False)
    ended: Ended | None = None
    ended_at: Instant | None = None
    welcomed_at: Instant | None = Field(None, description="When whoever installed it was told what it is")
    noted_at: Instant | None = Field(None, description="When its workspace was told who made it (anew)")

    @property
    def is_active(self) -> bool:
        return self.ended is None

    def called(self, team_id: str) -> TeamName:
        """What one of its workspaces is called, as far as it is known."""
        if self.is_org_wide:
            return self.team_names.get(team_id, TeamName())
        return TeamName(name=self.name, domain=self.domain)

    def serves(self, team_id: str | None) -> bool:
        """Whether it is for this team. An organisation-wide one is for every team of its organisation that it was not taken
        from."""
        if not self.is_org_wide:
            return team_id == self.team_id
        return is_team(team_id) and team_id not in self.without_teams

    def has_expired(self, now: datetime) -> bool:
        ends = self.tokens.expires_at
        return ends is not None and ends <= now

    @property
    def refresh_at(self) -> datetime | None:
        """When to ask for the next token; None where there is none to ask for (any more)."""
        tokens = self.tokens
        if not (self.is_active and tokens.expires_at and tokens.refresh) or tokens.refresh_refused_at:
            return None
        spread = zlib.crc32(self.id.encode()) / 2**32  # the same at every start
        return tokens.expires_at - _EARLY - _SPREAD * spread

    @property
    def has_refusal_to_tell(self) -> bool:
        """Whether installer and admins are yet to hear that Slack takes its refresh token no more."""
        tokens = self.tokens
        return self.is_active and tokens.refresh_refused_at is not None and tokens.refusal_told_at is None


def is_team(team_id: str | None) -> bool:
    """Slack names an organisation, too, where a team should stand."""
    return bool(team_id) and not str(team_id).startswith("E")


def may_install(
    installation: Installation, allowed: Collection[str] | None, kept: Iterable[Installation]
) -> bool:
    """Whether the operator lets it be made. `allowed`: IDs of teams and organisations, or ANYBODY; None where nothing is
    said: then the first may, and after that the same again. `kept`: all that were ever made."""
    if allowed is None:
        ids = {each.id for each in kept}
        return not ids or installation.id in ids
    return bool({ANYBODY, installation.id, installation.enterprise_id} & {*allowed})


def made(installation: Installation, before: Installation | None) -> Installation:
    """An installation as it is to be kept: made anew, it has other tokens, and the workspaces that it had."""
    if before is None:
        return installation
    taken = before.without_teams if before.is_active else frozenset[str]()
    return installation.model_copy(
        update={
            "teams": before.teams,
            "without_teams": taken,
            "teams_at": before.teams_at,
            "team_names": before.team_names,
            "welcomed_at": before.welcomed_at,
        }
    )


def is_late(installation: Installation, at: datetime) -> bool:
    """Whether what happened at this moment, of which Slack tells whole seconds, was before it was made (anew)."""
    return at < installation.since.replace(microsecond=0)


def ended(installation: Installation, why: Ended, at: datetime, now: datetime) -> Installation:
    """Once it has been uninstalled or revoked. It keeps no tokens."""
    if not installation.is_active or is_late(installation, at):
        return installation
    return installation.model_copy(update={"ended": why, "ended_at": now, "tokens": NO_TOKENS})


def granted(installation: Installation, teams: Iterable[str], at: datetime | None = None) -> Installation:
    """An organisation-wide one, given these teams. `at`: when, as Slack tells; None where a request tells that it has been,
    which is no news of a team that was taken since."""
    given = frozenset(filter(is_team, teams))
    news = _news(installation, given, at) if at else given - installation.without_teams
    return _with_teams(installation, news, at, has_them=True)


def taken(installation: Installation, teams: Iterable[str], at: datetime) -> Installation:
    """An organisation-wide one, taken from these teams."""
    if is_late(installation, at):
        return installation
    return _with_teams(installation, _news(installation, teams, at), at, has_them=False)


def listed(installation: Installation, names: Mapping[str, str]) -> Installation:
    """An organisation-wide one, once Slack has listed its teams, with their names."""
    given = granted(installation, names)
    known = {
        team: installation.team_names.get(team, TeamName()).model_copy(update={"name": name})
        for team, name in names.items()
    }
    return given.model_copy(
        update={
            "team_names": {**installation.team_names, **known},
            "teams_listed_for": installation.since,
        }
    )


def with_domain(installation: Installation, team: str, domain: str) -> Installation:
    """Once it is known what stands before .slack.com in one of its workspaces."""
    if not installation.is_org_wide:
        return installation.model_copy(update={"domain": domain})
    known = installation.team_names.get(team, TeamName()).model_copy(update={"domain": domain})
    return installation.model_copy(update={"team_names": {**installation.team_names, team: known}})


def without_team(installation: Installation | None, team: str) -> Installation | None:
    """As if nobody had ever told of this team."""
    if installation is None:
        return None
    heard = {each: at for each, at in installation.teams_at.items() if each != team}
    return installation.model_copy(
        update={
            "teams": installation.teams - {team},
            "without_teams": installation.without_teams - {team},
            "teams_at": heard,
            "team_names": {each: name for each, name in installation.team_names.items() if each != team},
        }
    )


def _news(installation: Installation, teams: Iterable[str], at: datetime) -> frozenset[str]:
    """Those of which nothing later has been heard: events come in any order."""
    heard = installation.teams_at
    return frozenset(each for each in teams if each not in heard or heard[each] <= at)


def _with_teams(
    installation: Installation, news: frozenset[str], at: datetime | None, *, has_them: bool
) -> Installation:
    teams, without = installation.teams, installation.without_teams
    heard = {**installation.teams_at, **dict.fromkeys(news, at)} if at else installation.teams_at
    return installation.model_copy(
        update={
            "teams": teams | news if has_them else teams - news,
            "without_teams": without - news if has_them else without | news,
            "teams_at": heard,
        }
    )


def refreshed(installation: Installation, used: Tokens, new: Tokens) -> Installation:
    """With new tokens, unless it was made anew or has ended since the `used` ones were sent to Slack."""
    if not installation.is_active or installation.tokens.refresh != used.refresh:
        return installation
    return installation.model_copy(update={"tokens": new})


def refused(installation: Installation, used: Tokens, now: datetime) -> Installation:
    """Once Slack takes the `used` refresh token no more: its access token serves until it ends."""
    tokens = installation.tokens
    if not installation.is_active or tokens.refresh != used.refresh or tokens.refresh_refused_at:
        return installation
    return installation.model_copy(update={"tokens": tokens.model_copy(update={"refresh_refused_at": now})})
