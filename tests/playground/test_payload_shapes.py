"""What the stand-in sends has the shape of what Slack was recorded to send."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from bot.playground import seed
from bot.playground.app import read_manifest
from bot.playground.clock import Clock
from bot.playground.events import Event
from bot.playground.payloads import Payloads
from bot.playground.records import Message
from bot.playground.views import View
from bot.playground.wire import Json
from bot.playground.world import World
from tests.playground.conftest import MANIFEST, button, modal, text_input

RECORDED = Path(__file__).parents[1] / "handlers" / "slack-payloads"


@pytest.fixture
def world() -> World:
    team = replace(seed.TEAM, enterprise_id="E0GRID", enterprise_name="Grid")
    made = World(team, read_manifest(MANIFEST), Clock())
    seed.fill(made)
    return made


def recorded(name: str) -> Json:
    read: Json = json.loads((RECORDED / f"{name}.json").read_text())
    return read


def shape(value: object, *, without: frozenset[str] = frozenset()) -> object:
    """The keys of an object and of the objects in it; blocks and values of inputs are the app's own."""
    if not isinstance(value, dict):
        return None
    own = {"blocks", "values", "elements", "actions", "errors"}
    return {k: None if k in own else shape(v, without=without) for k, v in value.items() if k not in without}


def built(world: World, name: str) -> Json:
    """The payload of this recorded name, as the stand-in sends it."""
    payloads = Payloads(world, "http://127.0.0.1:1")
    ana, support = world.user("ana"), world.conversation("support")
    trigger = world.grants.trigger(ana.id, world.clock.now())
    hook = world.grants.hook(ana.id, support, None, world.clock.now())
    message = support.messages[1]
    view = world.views.open(ana.id, modal(text_input("a"), close={"type": "plain_text", "text": "Cancel"}))
    match name:
        case "slash_command":
            return payloads.slash_command(ana, support, "/ticket", "Hi", trigger, hook)
        case "global_shortcut":
            return payloads.global_shortcut(ana, world.app.shortcut("New ticket", "global"), trigger)
        case "message_shortcut":
            shortcut = world.app.shortcut("Create ticket", "message")
            return payloads.message_shortcut(ana, shortcut, message, trigger, hook)
        case "block_actions":
            return payloads.block_actions(ana, ephemeral(world), {"type": "button"}, trigger, hook)
        case "block_suggestion":
            return payloads.block_suggestion(ana, view, "a", "a", "x")
        case "view_submission":
            return payloads.view_submission(ana, view, trigger)
        case "view_closed":
            return payloads.view_closed(ana, view)
    raise LookupError(name)


def ephemeral(world: World) -> Message:
    support = world.conversation("support")
    message = Message(world.next_ts(), support, world.bot, "x", [button("a")], only_for="U0ANA")
    return world.post(message)


@pytest.mark.parametrize(
    "name",
    [
        "slash_command",
        "global_shortcut",
        "message_shortcut",
        "block_actions",
        "block_suggestion",
        "view_submission",
        "view_closed",
    ],
)
def test_an_interaction_has_the_recorded_keys(world: World, name: str) -> None:
    assert shape(built(world, name)) == shape(recorded(name))


def test_a_button_in_an_action_is_written_as_recorded(world: World) -> None:
    action = recorded("block_actions")["actions"][0]
    sent = {name: action[name] for name in action if name != "action_ts"}
    payloads = Payloads(world, "")
    trigger = world.grants.trigger("U0ANA", world.clock.now())
    payload = payloads.block_actions(world.user("ana"), ephemeral(world), sent, trigger, None)
    assert shape(payload["actions"][0]) == shape(action)


EVENTS = {
    "event_message": lambda world: world.say(
        world.user("ana"), world.conversation("support"), "Hello World!"
    ),
    "event_app_mention": lambda world: world.say(
        world.user("ana"), world.conversation("support"), "@Deskhand Hi there!"
    ),
    "event_message_changed": lambda world: world.edit(world.conversation("support").messages[1], "updated"),
    "event_message_deleted": lambda world: world.delete(world.conversation("support").messages[1]),
    "event_message_file_share": lambda world: world.say(
        world.user("ana"),
        world.conversation("support"),
        "Hi there!",
        files=[world.file(world.user("ana"), "file.png", "image/png")],
    ),
    "event_message_thread_broadcast": lambda world: world.say(
        world.user("ana"),
        world.conversation("support"),
        "Hi there!",
        thread_ts=world.conversation("support").messages[0].ts,
        broadcast=True,
    ),
    "event_message_bot": lambda world: world.post(
        Message(world.next_ts(), world.conversation("support"), world.bot, "Hi there!")
    ),
}
# What an older recording lacks and newer ones have, and what only some messages have.
_VARIES = frozenset(
    {"authed_users", "authorizations", "is_ext_shared_channel", "event_context", "enterprise_id"}
    | {"context_team_id", "context_enterprise_id"}
    | {"client_msg_id", "edited", "ts", "team", "blocks", "app_id", "icons", "root", "files"}
)


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_has_the_recorded_keys(world: World, name: str) -> None:
    told: list[Event] = []
    world.tell = told.append
    EVENTS[name](world)
    sent = Payloads(world, "").event(told[-1])
    assert shape(sent, without=_VARIES) == shape(recorded(name), without=_VARIES)
    assert set(sent) >= {"authorizations", "event_context", "enterprise_id"}


def test_a_mention_has_the_keys_that_an_organisations_app_was_recorded_to_get(world: World) -> None:
    told: list[Event] = []
    world.tell = told.append
    EVENTS["event_app_mention"](world)
    sent, whole = Payloads(world, "").event(told[-1]), recorded("event_org_app_mention")
    newer = frozenset({"event_context", "blocks", "context_team_id", "context_enterprise_id"})
    assert shape(sent, without=newer) == shape(whole, without=newer)
    assert set(sent["authorizations"][0]) == set(whole["authorizations"][0])


def test_a_shared_file_has_the_keys_that_every_recorded_file_has(world: World) -> None:
    sent = world.file(world.user("ana"), "file.png").to_wire(world.team)
    (file,) = recorded("event_message_file_share")["event"]["files"]
    of_images = {name for name in file if name.startswith(("thumb_", "original_"))}
    assert set(sent) == set(file) - of_images


def test_a_view_in_a_payload_names_the_workspace_where_the_app_is_installed(world: World) -> None:
    view: View = world.views.open("U0ANA", modal(text_input("a")))
    assert view.to_wire(world.team, world.app)["app_installed_team_id"] == world.team.id
