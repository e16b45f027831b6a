"""manifest.yml by the limits of https://docs.slack.dev/reference/app-manifest."""

from typing import Any

import pytest
import yaml

from bot import manifest
from bot.domain.scopes import MISSING
from handlers import TABLE
from handlers.installing import EVENTS
from handlers.oauth.flow import REDIRECT
from handlers.slack import ids


@pytest.fixture(scope="module")
def app() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(manifest.path().read_text("utf-8"))
    return content


def test_texts_are_as_long_as_slack_takes_them(app: dict[str, Any]) -> None:
    shown = app["display_information"]
    assert len(shown["name"]) <= 35
    assert len(shown["description"]) <= 140
    assert 174 <= len(shown["long_description"]) <= 4000
    for command in app["features"]["slash_commands"]:
        assert len(command["description"]) <= 2000
        assert len(command["usage_hint"]) <= 1000
    for shortcut in app["features"]["shortcuts"]:
        assert len(shortcut["name"]) <= 24
        assert len(shortcut["description"]) <= 150


def test_its_ids_are_the_handlers(app: dict[str, Any]) -> None:
    features = app["features"]
    assert [command["command"] for command in features["slash_commands"]] == [ids.COMMAND]
    assert {(shortcut["type"], shortcut["callback_id"]) for shortcut in features["shortcuts"]} == {
        ("message", ids.MESSAGE_SHORTCUT),
        ("message", ids.TRIAGE_SHORTCUT),
        ("message", ids.ASSIGN_SHORTCUT),
        ("message", ids.REPLY_SHORTCUT),
        ("global", ids.GLOBAL_SHORTCUT),
    }


def test_everything_goes_to_the_one_address_that_the_server_has(app: dict[str, Any]) -> None:
    urls = [
        app["features"]["slash_commands"][0]["url"],
        app["settings"]["event_subscriptions"]["request_url"],
        app["settings"]["interactivity"]["request_url"],
        app["settings"]["interactivity"]["message_menu_options_url"],
    ]
    assert set(urls) == {"https://deskhand.example.com/slack/events"}


NEEDS = {
    "message_metadata_posted": {"metadata.message:read"},
    "app_home_opened": set[str](),
    "team_join": {"users:read"},
    "user_change": {"users:read"},
    "member_joined_channel": {"channels:read", "groups:read"},
    "member_left_channel": {"channels:read", "groups:read"},
    "channel_id_changed": {"groups:read"},  # it is told of private channels alone
    "message.channels": {"channels:history"},
    "message.groups": {"groups:history"},
    "message.im": {"im:history"},
    "message.mpim": {"mpim:history"},
    "reaction_added": {"reactions:read"},
    "app_mention": {"app_mentions:read"},
    "app_uninstalled": set[str](),
    "tokens_revoked": set[str](),
    "team_access_granted": set[str](),
    "team_access_revoked": set[str](),
}
"""What Slack wants for each event: https://docs.slack.dev/reference/events"""


def test_the_scopes_are_no_wider_than_needed() -> None:
    called = {"commands", "chat:write", "im:write", "reactions:write", "usergroups:read"}
    called |= {"usergroups:write", "dnd:read"}
    assert manifest.scopes() | manifest.optional_scopes() == called.union(*NEEDS.values())


def test_what_is_optional_is_asked_for_too_and_says_what_is_missing_without_it(app: dict[str, Any]) -> None:
    """Slack wants an optional scope in both lists: https://docs.slack.dev/reference/app-manifest"""
    optional = manifest.optional_scopes()
    assert optional == MISSING.keys()
    assert optional <= set(app["oauth_config"]["scopes"]["bot"])
    assert not optional & manifest.scopes()


def test_without_all_that_is_optional_tickets_are_made_and_shown_and_people_known() -> None:
    core = {"commands", "chat:write", "im:write", "users:read", "channels:read", "app_mentions:read"}
    assert manifest.scopes() == core


def test_every_event_has_its_scope(app: dict[str, Any]) -> None:
    assert set(app["settings"]["event_subscriptions"]["bot_events"]) == NEEDS.keys()
    assert manifest.scopes() | manifest.optional_scopes() >= set().union(*NEEDS.values())


def test_slack_leads_back_to_the_address_that_the_server_has(app: dict[str, Any]) -> None:
    assert app["oauth_config"]["redirect_urls"] == [f"https://deskhand.example.com{REDIRECT}"]
    assert app["settings"]["org_deploy_enabled"]


def test_what_slack_tells_of_an_installation_is_heard(app: dict[str, Any]) -> None:
    subscribed = app["settings"]["event_subscriptions"]["bot_events"]
    assert {*EVENTS} <= {*subscribed}
    assert {each.partition(".")[0] for each in subscribed} == {*TABLE.events, *EVENTS}
