"""An organisation (Enterprise Grid) that installs the app at once: what its token may do, and what the bot is told."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from aiohttp import ClientSession
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground import seed
from bot.playground.clock import Clock
from bot.playground.records import Team
from bot.playground.standin import StandIn, start_standin
from bot.playground.world import World
from tests.playground.conftest import MANIFEST, Bot, make_bot, modal, refusal, served, text_input
from tests.playground.oauth_kit import InstallableBot, installable

ORG = {"enterprise_id": "E0ORG", "enterprise_name": "The Organisation"}
HOME = replace(seed.TEAM, **ORG)
BRANCH = Team("T0BRANCH", "Branch Office", "branch", **ORG)
SCOPES = [*MANIFEST["oauth_config"]["scopes"]["bot"], "usergroups:read", "team:read", "channels:read"]
EVENTS = ["message.channels", "app_home_opened", "app_uninstalled", "tokens_revoked"]
DIVIDER = {"type": "divider"}
TEAMS = ["team_access_granted", "team_access_revoked"]


@pytest.fixture
async def slack(clock: Clock) -> AsyncIterator[StandIn]:
    """Two workspaces of one organisation, and one of nobody's."""
    manifest = MANIFEST | {
        "oauth_config": {"scopes": {"bot": SCOPES}},
        "settings": {"event_subscriptions": {"bot_events": EVENTS + TEAMS}, "org_deploy_enabled": True},
    }
    async with await start_standin(manifest, clock=clock, team=HOME, installed=False) as standin:
        standin.add_workspace(BRANCH)
        standin.add_workspace(Team("T0OTHER", "Other Company", "other"))
        yield standin


@pytest.fixture
def branch(slack: StandIn) -> World:
    return slack.worlds[1]


@pytest.fixture
async def bot(slack: StandIn) -> AsyncIterator[InstallableBot]:
    async with installable(slack, SCOPES) as made:
        yield made


@pytest.fixture
async def client(slack: StandIn, bot: InstallableBot) -> AsyncWebClient:
    """With the organisation's token, which may act in both of its workspaces."""
    await slack.install(by="dana", org=True)
    slack.installs.grant(slack.worlds[:2])
    return bot.client()


async def test_the_answer_names_the_organisation_and_no_team(slack: StandIn, bot: InstallableBot) -> None:
    await slack.install(by="dana", org=True)
    (grant,) = bot.grants
    assert (grant["team"], grant["is_enterprise_install"]) == (None, True)
    assert grant["enterprise"] == {"id": "E0ORG", "name": "The Organisation"}
    assert [each.installation for each in slack.worlds] == [None] * 3, "an admin adds workspaces later"
    assert await refusal(bot.client().users_list(team_id=HOME.id)) == "team_access_not_granted"


async def test_an_admin_adds_workspaces_and_takes_them_away(
    slack: StandIn, bot: InstallableBot, branch: World
) -> None:
    await slack.install(by="dana", org=True)
    slack.installs.grant(slack.worlds[:2])
    slack.installs.withdraw([branch])
    await slack.events_taken()
    (granted,), (revoked,) = bot.events("team_access_granted"), bot.events("team_access_revoked")
    assert (granted["team_id"], granted["enterprise_id"]) == (None, "E0ORG")
    assert granted["event"] == {"type": "team_access_granted", "team_ids": [HOME.id, BRANCH.id]}
    assert revoked["event"] == {"type": "team_access_revoked", "team_ids": [BRANCH.id]}
    client = bot.client()
    assert await refusal(client.conversations_list(team_id=BRANCH.id)) == "team_access_not_granted"
    assert (await client.auth_teams_list())["teams"] == [{"id": HOME.id, "name": HOME.name}]


async def test_the_organisations_token_says_where_it_acts(client: AsyncWebClient) -> None:
    assert await refusal(client.users_list()) == "missing_argument"
    assert await refusal(client.conversations_list()) == "missing_argument"
    assert await refusal(client.usergroups_list()) == "missing_argument"
    assert await refusal(client.users_list(team_id="T0OTHER")) == "team_access_not_granted"
    there = {each["name"] for each in (await client.users_list(team_id=BRANCH.id))["members"]}
    assert there == {"ada", "bo", "cy", "deskhand"}
    assert (await client.team_info(team=BRANCH.id))["team"]["id"] == BRANCH.id


async def test_elsewhere_what_a_call_is_about_says_where(client: AsyncWebClient, branch: World) -> None:
    branch.join(branch.bot, branch.conversation("support"))
    support = branch.conversation("support").id
    posted = await client.chat_postMessage(channel=support, text="Hi")
    assert branch.conversation("support").find(posted["ts"])
    await client.views_publish(user_id=branch.user("bo").id, view={"type": "home", "blocks": [DIVIDER]})
    assert branch.user("bo").id in branch.views.homes
    wrong = client.chat_postMessage(channel=support, text="Hi", team_id=HOME.id)
    assert await refusal(wrong) == "channel_not_found"


async def test_who_the_token_is_names_the_organisation(client: AsyncWebClient) -> None:
    who = await client.auth_test()
    assert (who["team_id"], who["enterprise_id"]) == ("E0ORG", "E0ORG")
    assert (who["is_enterprise_install"], who["user_id"]) == (True, "U0DESK")


async def test_one_organisation_has_one_bot(slack: StandIn, branch: World) -> None:
    assert branch.bot.id == slack.world.bot.id
    assert slack.worlds[2].bot.id == "U0DESKOTHER"


@pytest.mark.usefixtures("bot", "client")
async def test_its_workspaces_cannot_install_it_on_their_own(slack: StandIn) -> None:
    landing = await slack.install(slack.worlds[1], by="ada")
    assert landing.text == "cannot_install_an_org_installed_app"


async def test_the_organisations_app_is_uninstalled_everywhere(
    slack: StandIn, bot: InstallableBot, client: AsyncWebClient
) -> None:
    slack.uninstall()
    await slack.events_taken()
    (gone,) = bot.events("app_uninstalled")
    assert (gone["team_id"], gone["enterprise_id"]) == (None, "E0ORG")
    assert [each.installation for each in slack.worlds] == [None] * 3
    assert await refusal(client.auth_test()) == "account_inactive"


@pytest.fixture
async def bolt(slack: StandIn) -> AsyncIterator[Bot]:
    """Bolt, that hears of everything; the organisation's app is installed."""
    async with installable(slack, SCOPES):
        await slack.install(by="dana", org=True)
        slack.installs.grant(slack.worlds[:2])
        await slack.events_taken()
    async with ClientSession() as session:
        made = make_bot(slack, session)
        async with served(made.app) as url:
            slack.connect(url)
            yield made


async def test_an_event_has_the_organisations_shape(slack: StandIn, bolt: Bot, branch: World) -> None:
    branch.join(branch.bot, branch.conversation("support"))
    slack.in_workspace(branch).person("bo").says("Hello")
    await slack.events_taken()
    (told,) = bolt.of("message")
    assert told["authorizations"] == [
        {
            "enterprise_id": "E0ORG",
            "team_id": None,
            "user_id": "U0DESK",
            "is_bot": True,
            "is_enterprise_install": True,
        }
    ]
    assert (told["team_id"], told["enterprise_id"]) == (BRANCH.id, "E0ORG")
    assert (told["context_team_id"], told["context_enterprise_id"]) == (BRANCH.id, "E0ORG")


async def test_what_people_do_has_the_organisations_shape(slack: StandIn, bolt: Bot, branch: World) -> None:
    bo = slack.in_workspace(branch).person("bo")

    async def opens(body: dict[str, str]) -> None:
        await bolt.client.views_open(
            trigger_id=body["trigger_id"], view=modal(text_input("a", optional=True))
        )

    bolt.on["slash_command"] = opens
    form = await (await bo.types("/ticket")).form()
    await form.submit()
    await bo.picks_shortcut("New ticket")
    (command,), (submission,), (shortcut,) = (
        bolt.of("slash_command"),
        bolt.of("view_submission"),
        bolt.of("shortcut"),
    )
    assert (command["team_id"], command["is_enterprise_install"]) == (BRANCH.id, "true")
    assert (command["enterprise_id"], command["enterprise_name"]) == ("E0ORG", "The Organisation")
    for each in (submission, shortcut):
        assert (each["team"], each["is_enterprise_install"]) == (None, True)
        assert each["enterprise"] == {"id": "E0ORG", "name": "The Organisation"}
        assert each["user"]["team_id"] == BRANCH.id
    assert submission["view"]["app_installed_team_id"] == BRANCH.id
    assert submission["view"]["team_id"] == BRANCH.id


async def test_on_slacks_page_an_admin_chooses_which_workspaces_have_it(
    slack: StandIn, bot: InstallableBot, branch: World
) -> None:
    path = f"/manage/E0ORG/integrations/profile/{slack.world.app.id}/workspaces/add"
    async with ClientSession(slack.url) as session:
        async with session.get(path) as answer:
            assert (answer.status, "app_not_installed" in await answer.text()) == (404, True)
        await slack.install(by="dana", org=True)
        async with session.post(path, data={"team": BRANCH.id}, allow_redirects=False) as answer:
            assert answer.status == 303
        assert (slack.world.installation, branch.installation) == (
            None,
            slack.installs.organisations["E0ORG"],
        )
        async with session.get(path) as answer:
            assert f'value="{BRANCH.id}" checked' in await answer.text()
        async with session.post(path, data={"team": HOME.id}, allow_redirects=False):
            assert branch.installation is None
        foreign = {"Origin": "http://elsewhere.example"}
        async with session.post(path, data={"team": BRANCH.id}, headers=foreign) as answer:
            assert answer.status == 403
    await slack.events_taken()
    assert [each["event"]["team_ids"] for each in bot.events("team_access_granted")] == [
        [BRANCH.id],
        [HOME.id],
    ]
