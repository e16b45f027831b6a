"""A channel that two workspaces share by Slack Connect."""

import json
from pathlib import Path

import pytest

from bot.playground import connect
from bot.playground.app import Installation
from bot.playground.driver import Channel, Person
from bot.playground.records import Team
from bot.playground.standin import StandIn
from bot.playground.wire import Json
from bot.playground.world import World
from tests.playground.conftest import Bot, button, modal, refusal, text_input

OTHER = Team("T0OTHER", "Other Company", "other", "E0OTHERS", "The Others")
RECORDED = Path(__file__).parents[1] / "handlers" / "slack-payloads" / "view_submission_connect_channel.json"


@pytest.fixture
def other(slack: StandIn) -> World:
    return slack.add_workspace(OTHER)


@pytest.fixture
def shared(slack: StandIn, other: World) -> Channel:
    """#support of the first workspace, and bo of the other one is in it."""
    channel = slack.share_channel("support", slack.world, other)
    other.join(other.user("bo"), channel.conversation)
    return channel


@pytest.fixture
def bo(slack: StandIn, shared: Channel) -> Person:  # noqa: ARG001  (bo is in it)
    return slack.in_workspace("T0OTHER").person("bo")


def events(bot: Bot, kind: str) -> list[Json]:
    return [body for body in bot.of(kind) if body["is_ext_shared_channel"]]


async def test_both_sides_see_what_is_said(slack: StandIn, shared: Channel, bo: Person) -> None:
    said = bo.says("Hello from elsewhere", shared)
    answered = slack.person("ana").says("And hello to you", reply_to=said)
    assert slack.channel("support").messages[-2:] == shared.messages[-2:] == [said, answered]
    assert said.ts < answered.ts


async def test_an_event_says_where_it_happened_and_whom_it_is_for(
    slack: StandIn, bot: Bot, shared: Channel, bo: Person
) -> None:
    bo.says("Hello from elsewhere", shared)
    await slack.events_taken()
    (told,) = events(bot, "message")
    assert (told["team_id"], told["enterprise_id"]) == ("T0OTHER", "E0OTHERS")
    assert (told["context_team_id"], told["context_enterprise_id"]) == ("T0NORTHGATE", None)
    assert told["authorizations"][0]["team_id"] == "T0NORTHGATE"
    said = told["event"]
    assert (said["user"], said["team"]) == (bo.id, "T0OTHER")
    assert (said["user_team"], said["source_team"]) == ("T0OTHER", "T0OTHER")


async def test_an_event_comes_once_for_each_workspace_where_the_bot_is(
    slack: StandIn, bot: Bot, shared: Channel, other: World, bo: Person
) -> None:
    other.installation = Installation("T0OTHER")
    other.join(other.bot, shared.conversation)
    await slack.events_taken()
    bot.heard.clear()
    said = bo.says("Hello")
    assert said.conversation is not shared.conversation, "bo's own #support, where no bot is"
    bo.says("Hello", shared)
    await slack.events_taken()
    told = events(bot, "message")
    assert {each["authorizations"][0]["team_id"] for each in told} == {"T0NORTHGATE", "T0OTHER"}
    assert {each["authorizations"][0]["user_id"] for each in told} == {"U0DESK", other.bot.id}
    assert len({each["event"]["client_msg_id"] for each in told}) == 1
    assert len({each["event_id"] for each in told}) == 2


async def test_a_stranger_presses_a_button_of_the_other_sides_app(
    bot: Bot, shared: Channel, bo: Person
) -> None:
    posted = await bot.client.chat_postMessage(channel=shared.id, text="Card", blocks=[button("more")])
    card = shared.conversation.find(posted["ts"])
    assert card

    async def opens(body: Json) -> None:
        view = modal(text_input("a", optional=True), close={"type": "plain_text", "text": "Cancel"})
        await bot.client.views_open(trigger_id=body["trigger_id"], view=view)

    bot.on["block_actions"] = opens
    form = await (await bo.presses(card, "more")).form()
    assert bo.modals == [form.view]
    done = await form.submit()
    assert done.closed
    (pressed,), (submitted,) = bot.of("block_actions"), bot.of("view_submission")
    assert (pressed["team"]["id"], pressed["user"]["team_id"]) == ("T0NORTHGATE", "T0OTHER")
    recorded = json.loads(RECORDED.read_text())
    assert submitted["team"] == {
        "id": "T0OTHER",
        "domain": "other",
        "enterprise_id": "E0OTHERS",
        "enterprise_name": "The Others",
    }
    assert set(submitted["team"]) == set(recorded["team"])
    assert set(submitted["enterprise"]) == set(recorded["enterprise"])
    assert set(submitted["user"]) == set(recorded["user"])
    assert set(recorded) <= set(submitted)
    assert set(recorded["view"]) <= set(submitted["view"])
    assert submitted["view"]["team_id"] == "T0OTHER"
    assert submitted["view"]["app_installed_team_id"] == "T0NORTHGATE"


async def test_a_stranger_answers_are_theirs_alone(
    slack: StandIn, bot: Bot, shared: Channel, bo: Person
) -> None:
    await bot.client.chat_postEphemeral(channel=shared.id, user=bo.id, text="Only you")
    (only,) = slack.in_workspace("T0OTHER").ephemerals(to=bo)
    assert only.text == "Only you"
    assert slack.ephemerals(to=slack.person("ana")) == []


async def test_a_stranger_can_be_looked_up_but_is_not_of_the_workspace(
    bot: Bot, shared: Channel, bo: Person
) -> None:
    user = (await bot.client.users_info(user=bo.id))["user"]
    assert (user["team_id"], user["is_stranger"]) == ("T0OTHER", True)
    assert await refusal(bot.client.users_info(user="U0OTHERCY")) == "user_not_found"
    assert bo.id not in str((await bot.client.users_list()).data)
    channel = (await bot.client.conversations_info(channel=shared.id))["channel"]
    assert (channel["is_ext_shared"], channel["shared_team_ids"]) == (True, ["T0NORTHGATE", "T0OTHER"])
    assert bo.id in (await bot.client.conversations_members(channel=shared.id))["members"]


async def test_a_slash_command_is_of_the_persons_own_workspace(
    slack: StandIn, bot: Bot, shared: Channel, bo: Person
) -> None:
    with pytest.raises(LookupError, match="not a valid command"):
        await bo.types("/ticket Hi", in_=shared.id)
    await slack.person("ana").types("/ticket Hi", in_=shared.id)
    (command,) = bot.of("slash_command")
    assert (command["team_id"], command["channel_id"]) == ("T0NORTHGATE", shared.id)


async def test_what_is_shared_no_longer_is_gone_there(
    slack: StandIn, bot: Bot, shared: Channel, other: World, bo: Person
) -> None:
    connect.unshare(shared.conversation, other)
    slack.person("ana").says("Among us")
    assert shared.id not in other.conversations
    await slack.events_taken()
    assert events(bot, "message") == []
    assert bo.id not in shared.conversation.members
