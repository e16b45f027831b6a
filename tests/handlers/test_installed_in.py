"""Every shape of a payload lands in the workspace where the app is installed, by a rule that has a name; and whoever acts from
elsewhere is told apart."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.domain.workspace import Workspace
from handlers.slack.events import Event
from handlers.slack.installed_in import RULES, InstalledIn, Rule, installed_in
from handlers.slack.message_payloads import MessageShortcut
from handlers.slack.payloads import (
    BlockActions,
    BlockSuggestion,
    GlobalShortcut,
    Payload,
    SlashCommand,
    ViewClosed,
    ViewSubmission,
)

FOLDER = Path(__file__).parent / "slack-payloads"
MODELS: dict[str, type[Payload]] = {
    "message_action": MessageShortcut,
    "shortcut": GlobalShortcut,
    "view_submission": ViewSubmission,
    "view_closed": ViewClosed,
    "block_actions": BlockActions,
    "block_suggestion": BlockSuggestion,
    "event_callback": Event,
}
OURS, GRID = "T-installed-workspace", "E111"
INSIDE, OUTSIDE = False, True

TABLE: dict[str, tuple[Rule, str | None, str | None, bool]] = {
    "slash_command": (Rule.COMMAND, "E111", "T111", INSIDE),
    "message_shortcut": (Rule.TEAM, "E111", "T111", INSIDE),
    "global_shortcut": (Rule.TEAM, "E111", "T111", INSIDE),
    "block_actions": (Rule.TEAM, "E111", "T111", INSIDE),
    "block_suggestion": (Rule.VIEW_INSTALLED, "E111", "T111", INSIDE),
    "block_suggestion_multi": (Rule.VIEW_INSTALLED, "E111", "T111", INSIDE),
    "view_submission": (Rule.VIEW_INSTALLED, "E111", "T111", INSIDE),
    "view_submission_response_urls": (Rule.VIEW_INSTALLED, None, "T111", INSIDE),
    "view_submission_connect_channel": (Rule.VIEW_INSTALLED, None, OURS, OUTSIDE),
    "view_closed": (Rule.VIEW_INSTALLED, "E111", "T111", INSIDE),
    "event_app_mention": (Rule.EVENT, "E111", "T111", INSIDE),
    "event_message": (Rule.EVENT, "E111", "T111", INSIDE),
    "event_message_bot": (Rule.AUTHORIZATION, "E111", "T111", INSIDE),
    "event_message_changed": (Rule.AUTHORIZATION, "E-auth", "T-auth", INSIDE),
    "event_message_deleted": (Rule.AUTHORIZATION, "E-auth", "T-auth", INSIDE),
    "event_message_file_share": (Rule.AUTHORIZATION, None, "T111", INSIDE),
    "event_message_thread_broadcast": (Rule.AUTHORIZATION, "E111", "T111", INSIDE),
    "event_org_app_mention": (Rule.EVENT, "E111", "T111", INSIDE),
    "grid_slash_command": (Rule.COMMAND, "E111", "T111", INSIDE),
    "grid_message_shortcut": (Rule.USER, "E111", "T111", INSIDE),
    "grid_global_shortcut": (Rule.USER, "E111", "T111", INSIDE),
    "grid_block_actions": (Rule.USER, "E111", "T111", INSIDE),
    "grid_block_actions_team": (Rule.TEAM, "E111", "T111", INSIDE),
    "grid_block_suggestion": (Rule.USER, "E111", "T111", INSIDE),
    "grid_view_submission": (Rule.USER, "E111", "T111", INSIDE),
    "grid_view_submission_enterprise": (Rule.VIEW, "E111", "T111", INSIDE),
    "grid_view_closed": (Rule.USER, "E111", "T111", INSIDE),
    "grid_event_app_mention": (Rule.CONTEXT, "E111", "T111", INSIDE),
    "grid_event_team_access_granted": (Rule.NONE, "E111", None, INSIDE),
    "connect_block_actions": (Rule.TEAM, None, OURS, OUTSIDE),
    "connect_block_actions_view": (Rule.VIEW_INSTALLED, None, OURS, OUTSIDE),
    "connect_block_suggestion": (Rule.VIEW_INSTALLED, None, OURS, OUTSIDE),
    "connect_view_closed": (Rule.VIEW_INSTALLED, None, OURS, OUTSIDE),
    "connect_event_message": (Rule.AUTHORIZATION, None, OURS, OUTSIDE),
    "connect_event_app_mention_from_grid": (Rule.AUTHORIZATION, None, OURS, OUTSIDE),
    "connect_event_message_to_grid": (Rule.CONTEXT, "E111", "T111", OUTSIDE),
}
"""Which rule decides, the organisation and the team that come out, and whether the request says that whoever did it is from
outside."""


def recorded(name: str) -> dict[str, Any]:
    body: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text())
    return body


def read(body: dict[str, Any]) -> Payload:
    return MODELS[body["type"]].model_validate(body) if "type" in body else SlashCommand.model_validate(body)


@pytest.mark.parametrize("name", TABLE)
def test_every_payload_lands_in_the_workspace_where_the_app_is_installed(name: str) -> None:
    rule, enterprise, team, outside = TABLE[name]
    payload = read(recorded(name))
    found = installed_in(payload)
    assert found == InstalledIn(rule, enterprise, team)
    if team:
        assert payload.is_from_outside(Workspace(enterprise_id=enterprise, team_id=team)) is outside


def test_no_recorded_payload_is_missing_from_the_table() -> None:
    names = {path.stem for path in FOLDER.glob("*.json")}
    assert names - {"event_url_verification"} == TABLE.keys()


def test_every_rule_has_its_reason_and_but_for_the_stamp_its_payload() -> None:
    assert RULES.keys() == set(Rule)
    assert {rule for rule, *_ in TABLE.values()} == set(Rule) - {Rule.STAMP}


GRID_INTERACTIONS = [name for name, (rule, *_) in TABLE.items() if rule in {Rule.USER, Rule.VIEW}]


@pytest.mark.parametrize("name", GRID_INTERACTIONS)
def test_a_stamp_says_where_only_what_slack_leaves_open(name: str) -> None:
    """As of a colleague whose own workspace is another one of the organisation."""
    assert installed_in(read(recorded(name)), "T222") == InstalledIn(Rule.STAMP, "E111", "T222")


@pytest.mark.parametrize("name", [each for each in TABLE if each not in GRID_INTERACTIONS])
def test_a_stamp_says_nothing_where_slack_does(name: str) -> None:
    payload = read(recorded(name))
    assert installed_in(payload, "T222") == installed_in(payload)


def test_a_payload_without_any_team_lands_nowhere() -> None:
    body = recorded("grid_block_actions")
    del body["user"]["team_id"]
    assert installed_in(read(body)) == InstalledIn(Rule.NONE, "E111", None)


@pytest.mark.parametrize("more", [{}, {"authorizations": [{"team_id": "E1", "enterprise_id": None}]}])
def test_an_organisation_that_stands_for_a_team_is_none(more: dict[str, object]) -> None:
    body = {"type": "event_callback", "team_id": "E1", "context_team_id": "E1", "event": {"type": "x"}}
    assert installed_in(Event.model_validate(body | more)) == InstalledIn(Rule.NONE, "E1", None)
    press = recorded("grid_block_actions")
    press["user"]["team_id"] = "E111"
    assert installed_in(read(press)) == InstalledIn(Rule.NONE, "E111", None)


EVENT = {"type": "event_callback", "team_id": "T1", "enterprise_id": "E1"}


@pytest.mark.parametrize(
    ("team", "ext_shared", "outside"),
    [
        ("T1", True, False),
        ("E1", True, False),
        ("E9", True, True),
        ("T9", True, True),
        ("T2", False, False),  # a channel that the workspaces of one organisation share
        (None, True, False),
        ({"id": "T9"}, True, False),
    ],
)
def test_an_organisations_own_people_are_inside(team: object, *, ext_shared: bool, outside: bool) -> None:
    event = Event.model_validate(
        {
            **EVENT,
            "is_ext_shared_channel": ext_shared,
            "event": {"type": "message", "ts": "1.0", "user": "U1"},
        }
    )
    body = event.event.model_copy(update={"team": team})
    told = event.model_copy(update={"event": body})
    assert told.is_from_outside(Workspace(enterprise_id="E1", team_id="T1")) is outside


def test_a_colleague_in_a_channel_shared_with_others_is_inside() -> None:
    event = Event.model_validate(
        {
            "type": "event_callback",
            "team_id": "T2",
            "enterprise_id": "E1",
            "is_ext_shared_channel": True,
            "authorizations": [{"enterprise_id": "E1", "team_id": "T1"}],
            "event": {"type": "reaction_added", "user": "U1", "user_team": "T2"},
        }
    )
    assert not event.is_from_outside(Workspace(enterprise_id="E1", team_id="T1"))
