"""One Slack with several workspaces: the token decides which, and nothing of one is anything in another."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground import seed
from bot.playground.clock import Clock
from bot.playground.records import Team
from bot.playground.standin import StandIn, start_standin
from bot.playground.world import World
from tests.playground.conftest import MANIFEST, Bot, modal, refusal, text_input

OTHER = Team("T0OTHER", "Other Company", "other")


@pytest.fixture
def other(slack: StandIn) -> World:
    return slack.add_workspace(OTHER, installed=True)


@pytest.fixture
async def theirs(slack: StandIn, other: World) -> AsyncIterator[AsyncWebClient]:
    """The bot's client in the other workspace."""
    async with ClientSession() as session:
        token = other.app.bot_token
        yield AsyncWebClient(token, base_url=slack.api_url, session=session, retry_handlers=[], timeout=5)


async def test_the_token_says_which_workspace_it_is(slack: StandIn, bot: Bot, theirs: AsyncWebClient) -> None:
    ours, other = await bot.client.auth_test(), await theirs.auth_test()
    assert (ours["team_id"], ours["user_id"]) == (slack.world.team.id, "U0DESK")
    assert (other["team_id"], other["user_id"]) == ("T0OTHER", "U0DESKOTHER")
    assert ours["bot_id"] != other["bot_id"]


@pytest.mark.usefixtures("bot")
async def test_a_token_of_one_workspace_finds_nothing_of_another(
    slack: StandIn, theirs: AsyncWebClient
) -> None:
    message = slack.person("ana").says("Lift is stuck")
    support = message.conversation.id
    assert await refusal(theirs.chat_postMessage(channel=support, text="Hi")) == "channel_not_found"
    assert await refusal(theirs.chat_postMessage(channel="U0ANA", text="Hi")) == "channel_not_found"
    assert await refusal(theirs.conversations_replies(channel=support, ts=message.ts)) == "channel_not_found"
    assert await refusal(theirs.conversations_members(channel=support)) == "channel_not_found"
    assert await refusal(theirs.users_info(user="U0ANA")) == "user_not_found"
    assert await refusal(theirs.conversations_open(users="U0ANA")) == "user_not_found"
    assert await refusal(theirs.chat_update(channel=support, ts=message.ts, text="x")) == "channel_not_found"
    home = {"type": "home", "blocks": []}
    assert await refusal(theirs.views_publish(user_id="U0ANA", view=home)) == "user_not_found"
    assert "U0ANA" not in str((await theirs.users_list()).data)
    assert support not in str((await theirs.conversations_list()).data)


async def test_a_trigger_and_a_form_are_of_one_workspace(
    slack: StandIn, bot: Bot, theirs: AsyncWebClient
) -> None:
    async def elsewhere_first(body: dict[str, str]) -> None:
        trigger = body["trigger_id"]
        asked = theirs.views_open(trigger_id=trigger, view=modal(text_input("a")))
        assert await refusal(asked) == "invalid_trigger_id"
        await bot.client.views_open(trigger_id=trigger, view=modal(text_input("a")))

    bot.on["slash_command"] = elsewhere_first
    form = await (await slack.person("ana").types("/ticket")).form()
    view = form.view
    assert await refusal(theirs.views_update(view_id=view.id, view=modal(text_input("b")))) == "not_found"


async def test_a_response_url_leads_to_its_own_workspace_only(slack: StandIn, bot: Bot, other: World) -> None:
    await slack.person("ana").types("/ticket")
    (command,) = bot.of("slash_command")
    url = str(command["response_url"])
    async with ClientSession() as session:
        forged = url.replace(slack.world.team.id, other.team.id)
        async with session.post(forged, json={"text": "Hi"}) as answer:
            assert (answer.status, await answer.text()) == (404, "no_such_url")
        async with session.post(url, json={"text": "Hi"}) as answer:
            assert answer.status == 200


@pytest.mark.usefixtures("other")
async def test_each_workspace_has_its_own_limits(slack: StandIn, bot: Bot, theirs: AsyncWebClient) -> None:
    for each in slack.workspaces.values():
        each.limits.enforced = True
    for _ in range(20):
        await bot.client.users_list()
    assert await refusal(bot.client.users_list()) == "ratelimited"
    await theirs.users_list()


@pytest.mark.usefixtures("other")
async def test_what_people_do_is_told_with_their_own_workspace(slack: StandIn, bot: Bot) -> None:
    there = slack.in_workspace("T0OTHER")
    there.channel("support").invite_bot()
    bo = there.person("bo")
    bo.says("Hello")
    await bo.types("/ticket Hi")
    await slack.events_taken()
    (message,) = bot.of("message")
    (command,) = bot.of("slash_command")
    assert (message["team_id"], message["event"]["team"]) == ("T0OTHER", "T0OTHER")
    assert message["authorizations"][0] == {
        "enterprise_id": None,
        "team_id": "T0OTHER",
        "user_id": "U0DESKOTHER",
        "is_bot": True,
        "is_enterprise_install": False,
    }
    assert (command["team_id"], command["team_domain"], command["user_id"]) == ("T0OTHER", "other", bo.id)
    assert slack.channel("support").messages == slack.world.conversation("support").messages
    assert "Hello" not in str([each.text for each in slack.channel("support").messages])


async def test_where_the_app_is_not_installed_it_hears_nothing_and_has_no_commands(
    slack: StandIn, bot: Bot
) -> None:
    world = slack.add_workspace(OTHER)
    there = slack.in_workspace(world)
    bo = there.person("bo")
    world.join(world.bot, world.conversation("support"))
    bo.says("Hello @Deskhand")
    bo.opens_home()
    with pytest.raises(LookupError, match="/ticket is not a valid command"):
        await bo.types("/ticket Hi")
    assert (await bo.picks_shortcut("New ticket")).trouble == "app_not_installed"
    with pytest.raises(LookupError, match="Deskhand is not installed here"):
        await bo.types("/invite @Deskhand", in_="general")
    await slack.events_taken()
    assert bot.heard == []
    client = AsyncWebClient(world.app.bot_token, base_url=slack.api_url, retry_handlers=[])
    assert await refusal(client.auth_test()) == "invalid_auth"


@pytest.mark.usefixtures("bot")
async def test_people_invite_the_bot_as_in_slack(slack: StandIn) -> None:
    ana, random = slack.person("ana"), slack.channel("random")
    await ana.types("/invite @Deskhand", in_="random")
    assert slack.world.bot.id in random.conversation.members
    with pytest.raises(LookupError, match="nobody is called"):
        await ana.types("/invite @Nobody", in_="random")


async def test_an_id_is_of_one_workspace_only(slack: StandIn) -> None:
    with pytest.raises(ValueError, match=r"both have .*U0ANA"):
        slack.add_workspace(OTHER, fill=seed.fill)


async def test_events_that_need_a_scope_come_only_where_it_was_granted() -> None:
    scopes = [each for each in MANIFEST["oauth_config"]["scopes"]["bot"] if each != "channels:history"]
    manifest = MANIFEST | {"oauth_config": {"scopes": {"bot": scopes}}}
    async with await start_standin(manifest, clock=Clock()) as slack:
        slack.connect("http://127.0.0.1:9/slack/events")
        slack.person("ana").says("Hello")
        assert slack.deliveries.under_way == 0
        slack.person("ana").says("Hello", slack.person("ana").messages)
        assert slack.deliveries.under_way == 1, "in direct messages, which need another scope"


@pytest.mark.usefixtures("bot")
async def test_that_slack_held_events_back_is_told(slack: StandIn, other: World) -> None:
    slack.limit_events(other)
    await slack.until(lambda: slack.exchanges.of("app_rate_limited"))
    told = slack.exchanges.of("app_rate_limited")[0]
    assert told.body["team_id"] == "T0OTHER"
    assert told.body["minute_rate_limited"] % 60 == 0
    assert "event" not in told.body
