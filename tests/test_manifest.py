"""manifest.yml promises Slack what the code does: no handler without a line there, no line without a handler."""

import ast
from pathlib import Path

import handlers
from bot import manifest
from bot.playground import api
from bot.playground.api import oauth
from handlers.installing import lifecycle
from handlers.slack import ids

ROOT = Path(__file__).parents[1]
WEB_API_PREFIXES = (
    "auth_",
    "chat_",
    "views_",
    "users_",
    "conversations_",
    "files_",
    "reactions_",
    "usergroups_",
    "dnd_info",
)


def methods_called() -> set[str]:
    """Every method of the Web API that the code calls through the SDK: `views_open` is `views.open`."""
    by_name = {method.replace(".", "_"): method for method in (*api.METHODS, *oauth.METHODS)}
    called = set()
    for path in (ROOT / "handlers").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and node.attr.startswith(WEB_API_PREFIXES):
                called.add(by_name[node.attr])
    return called


def test_every_command_has_a_handler_and_every_handler_its_command() -> None:
    commands = manifest.read()["features"]["slash_commands"]
    assert {command["command"] for command in commands} == set(handlers.COMMANDS) == {ids.COMMAND}
    assert all(command["should_escape"] for command in commands), "mentions must arrive as IDs"


def test_every_shortcut_has_a_handler_and_every_handler_its_shortcut() -> None:
    shortcuts = manifest.read()["features"]["shortcuts"]
    by_kind = {
        kind: {shortcut["callback_id"] for shortcut in shortcuts if shortcut["type"] == kind}
        for kind in ("message", "global")
    }
    assert by_kind == {
        "message": set(handlers.TABLE.message_shortcuts),
        "global": set(handlers.TABLE.global_shortcuts),
    }


def test_every_event_has_a_handler_and_every_handler_its_event() -> None:
    subscribed = manifest.read()["settings"]["event_subscriptions"]["bot_events"]
    messages = {name for name in subscribed if name.startswith("message.")}
    assert messages == {f"message.{kind}" for kind in ("channels", "groups", "im", "mpim")}
    by_a_journey, by_the_installation = {*handlers.TABLE.events} - {"message"}, {*lifecycle.EVENTS}
    assert not by_a_journey & by_the_installation, "each has one handler"
    assert {*subscribed} - messages == by_a_journey | by_the_installation


def test_every_method_called_has_its_scope_and_no_scope_is_wider() -> None:
    called = methods_called()
    assert {"views.open", "chat.postMessage", "users.list"} <= called, "the search itself works"
    assert {"conversations.history", "conversations.replies"} <= called
    history = {
        f"{kind}:history" for kind in ("channels", "groups", "im", "mpim")
    }  # by the kind of conversation
    about_a_token = called & {*oauth.METHODS}  # its own, which needs no scope
    assert about_a_token == {"auth.revoke", "auth.teams.list"}
    needed = {api.METHODS[method].scope for method in called - about_a_token} - {None}
    events_need = {
        "users:read",  # team_join and user_change
        *("channels:read", "groups:read"),  # member_*_channel, channel_id_changed
        "reactions:read",
        "app_mentions:read",
        "metadata.message:read",  # message_metadata_posted
    }
    asked = manifest.scopes() | manifest.optional_scopes()
    assert needed | events_need | history | {"commands"} == asked


def test_everything_slack_sends_has_one_address() -> None:
    read = manifest.read()
    addresses = {
        read["settings"]["event_subscriptions"]["request_url"],
        read["settings"]["interactivity"]["request_url"],
        read["settings"]["interactivity"]["message_menu_options_url"],
        *(command["url"] for command in read["features"]["slash_commands"]),
    }
    assert len(addresses) == 1
    assert addresses.pop().endswith("/slack/events")
