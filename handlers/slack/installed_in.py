"""The one place that decides which workspace a request is of: the one where the app is installed, whoever acts, and from
wherever.

Sources: https://docs.slack.dev/apis/slack-connect, https://docs.slack.dev/enterprise/developing-for-enterprise-orgs (the
shapes of an organisation-wide installation), Bolt's `extract_team_id`, and what Slack's people say of what the
documentation leaves out: slackapi/bolt-python#23 (`team` is null), slackapi/bolt-js#935 (events of a shared channel),
slackapi/bolt-js#1614 (forms in one), slackapi/java-slack-sdk#1041 (buttons in one).
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from handlers.slack.events import Event
from handlers.slack.payloads import Interaction, Payload, SlashCommand


class Rule(StrEnum):
    """What of a request decided, by the name of the field. The first that is there does; `RULES` says why."""

    COMMAND = "team_id of a command"
    VIEW_INSTALLED = "view.app_installed_team_id"
    TEAM = "team.id"
    STAMP = "stamp"
    USER = "user.team_id"
    VIEW = "view.team_id"
    AUTHORIZATION = "authorizations[0].team_id"
    CONTEXT = "context_team_id"
    EVENT = "team_id of an event"
    NONE = "no team"


RULES: Mapping[Rule, str] = {
    Rule.COMMAND: "Slack offers a command only where its app is installed.",
    Rule.VIEW_INSTALLED: "In a shared channel `team` and `view.team_id` are those of whoever filled the form in. Of an"
    " organisation-wide installation it may be the enterprise's, which is no workspace.",
    Rule.TEAM: "Where the app is installed: in a shared channel, too, but for what comes from a view.",
    Rule.STAMP: "`team` is null where the app is installed for an organisation. Then what was pressed or sent itself says where"
    " it was shown, if that is one of the organisation's.",
    Rule.USER: "`team` is null, and nothing was stamped: whose user it is.",
    Rule.VIEW: "`team` is null, and the user has none.",
    Rule.AUTHORIZATION: "The installation that the event is for: in a shared channel `team_id` may be the other side's.",
    Rule.CONTEXT: "The workspace through which the app gets the event, where its authorization names an organisation only.",
    Rule.EVENT: "Where it happened, if nothing better is told.",
    Rule.NONE: "Nothing tells of a team, as in events about a whole organisation.",
}


IS_TOLD = frozenset({Rule.COMMAND, Rule.TEAM, Rule.AUTHORIZATION, Rule.CONTEXT})
"""By these Slack says that the app is installed in the team, so an organisation has it there, even where we have not heard so."""

IS_GUESSED = frozenset({Rule.STAMP, Rule.USER, Rule.VIEW})
"""By these the team may be anybody's, such as a guest's own: it counts only as one that the organisation is known to have."""


class InstalledIn(NamedTuple):
    """The team that a request is for, and its organisation as far as the request knows it; and which rule decided."""

    rule: Rule
    enterprise_id: str | None
    team_id: str | None


def installed_in(payload: Payload, stamped: str | None = None) -> InstalledIn:
    """`stamped`: the team that its button or form carries, which counts only where Slack does not say."""
    match payload:
        case SlashCommand():
            return InstalledIn(Rule.COMMAND, payload.enterprise_id, payload.team_id)
        case Interaction():
            return _of_interaction(payload, stamped)
        case Event():
            return _of_event(payload)
    raise TypeError(payload)


def _of_interaction(payload: Interaction, stamped: str | None) -> InstalledIn:
    team, view, user = payload.team, payload.view, payload.user
    enterprise = team.enterprise_id if team else None
    if enterprise is None and payload.enterprise:
        enterprise = payload.enterprise.id
    if view and (installed := _team(view.app_installed_team_id)):
        is_elsewhere = team is not None and team.id != installed
        # The enterprise that is named then is the actor's, not the installation's.
        return InstalledIn(Rule.VIEW_INSTALLED, None if is_elsewhere else enterprise, installed)
    if team and _team(team.id):
        return InstalledIn(Rule.TEAM, enterprise, team.id)
    if view and view.app_installed_team_id:
        enterprise = view.app_installed_team_id
    if stamped:
        return InstalledIn(Rule.STAMP, enterprise, stamped)
    if _team(user.team_id):
        return InstalledIn(Rule.USER, enterprise, user.team_id)
    if view and _team(view.team_id):
        return InstalledIn(Rule.VIEW, enterprise, view.team_id)
    return InstalledIn(Rule.NONE, enterprise, None)


def _of_event(event: Event) -> InstalledIn:
    enterprise = event.enterprise_id
    if event.authorizations:
        given = event.authorizations[0]
        if _team(given.team_id):
            return InstalledIn(Rule.AUTHORIZATION, given.enterprise_id, given.team_id)
        enterprise = given.enterprise_id or given.team_id
    if _team(event.context_team_id):
        return InstalledIn(Rule.CONTEXT, enterprise or event.context_enterprise_id, event.context_team_id)
    if _team(event.team_id):
        return InstalledIn(Rule.EVENT, enterprise, event.team_id)
    return InstalledIn(Rule.NONE, enterprise or event.team_id, None)


def _team(named: str | None) -> str | None:
    """None of what is an enterprise: https://docs.slack.dev/messaging/work-objects-implementation shows such a form."""
    return None if named is None or named.startswith("E") else named
