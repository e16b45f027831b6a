"""Several workspaces on the page, and installing the app in one of them, in a real browser."""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground import seed
from bot.playground.standin import StandIn
from bot.playground.world import World
from tests.playground.conftest import MANIFEST
from tests.playground.oauth_kit import InstallableBot, installable
from tests.playground.test_page_shell import PHONE, Open, browser, composer, message, opens, pytestmark, slack

__all__ = ["browser", "opens", "pytestmark", "slack"]


@pytest_asyncio.fixture(loop_scope="module")
async def partner(slack: StandIn) -> World:
    return slack.add_workspace(seed.PARTNER, fill=seed.fill_partner)


@pytest_asyncio.fixture(loop_scope="module")
async def bot(slack: StandIn) -> AsyncIterator[InstallableBot]:
    async with installable(slack, MANIFEST["oauth_config"]["scopes"]["bot"]) as made:
        yield made


def make_client(slack: StandIn) -> AsyncWebClient:
    return AsyncWebClient(slack.bot_token, base_url=slack.api_url, retry_handlers=[])


async def axe(page: Page) -> list[str]:
    found = (await Axe().run(page)).response["violations"]
    return [each["id"] for each in found if each["impact"] in {"serious", "critical"}]


async def test_a_square_leads_to_another_workspace_with_its_own_people(opens: Open, partner: World) -> None:
    page = await opens()
    tiles = page.get_by_role("group", name="Workspaces").get_by_role("link")
    await expect(tiles).to_have_count(2)
    await expect(tiles.first).to_have_attribute("aria-current", "true")
    await tiles.last.click()
    await expect(page.get_by_role("button", name="Halden Lifts")).to_be_visible()
    await expect(page.get_by_text("Acting as Mira Lund")).to_be_visible()
    lists = page.get_by_role("navigation", name="Channels and apps")
    await expect(lists.get_by_role("link", name="call-outs")).to_be_visible()
    await expect(lists.get_by_role("link", name="support")).to_have_count(0)
    await expect(page.get_by_role("region", name="First steps")).to_have_count(0)
    await page.get_by_role("link", name="Act as Hugo Marques").click()
    await composer(page).fill("On my way")
    await composer(page).press("Enter")
    await expect(message(page, "On my way")).to_be_visible()
    assert partner.conversation("lobby").messages[-1].author.name == "hugo"
    await tiles.first.click()
    await expect(page.get_by_text("Acting as Ana Weber")).to_be_visible()
    await tiles.last.click()
    await expect(page.get_by_text("Acting as Hugo Marques")).to_be_visible()


async def test_what_waits_in_another_workspace_is_marked(opens: Open, slack: StandIn, partner: World) -> None:
    page = await opens()
    there = page.get_by_role("group", name="Workspaces").get_by_role("link", name="Halden Lifts")
    await expect(there.get_by_text("unread")).to_have_count(0)
    slack.in_workspace(partner).person("hugo").says("@farid, it runs", "call-outs")
    await expect(there.get_by_text("unread")).to_have_count(1)


@pytest.mark.usefixtures("partner")
async def test_what_only_one_person_sees_is_there_after_a_look_at_another_workspace(
    opens: Open, slack: StandIn
) -> None:
    page = await opens()
    said = slack.person("ana").says("Lift is stuck")
    await expect(
        message(page, "Lift is stuck")
    ).to_be_visible()  # a page that loads later has lost what comes next
    client = make_client(slack)
    await client.chat_postEphemeral(channel=said.conversation.id, user="U0ANA", text="Only for you")
    await expect(message(page, "Only for you")).to_be_visible()
    tiles = page.get_by_role("group", name="Workspaces").get_by_role("link")
    await tiles.last.click()
    await expect(page.get_by_role("button", name="Halden Lifts")).to_be_visible()
    await tiles.first.click()
    await expect(message(page, "Only for you")).to_be_visible()
    await page.reload()
    await expect(message(page, "Lift is stuck")).to_be_visible()
    await expect(message(page, "Only for you")).to_have_count(0)


@pytest.mark.usefixtures("partner")
async def test_on_a_phone_the_menu_of_the_name_leads_to_the_others(opens: Open) -> None:
    page = await opens(at="#/", size=PHONE, touch=True)
    await expect(page.get_by_role("group", name="Workspaces")).to_be_hidden()
    await page.get_by_role("button", name="Northgate Building Services").tap()
    menu = page.get_by_role("menu", name="Northgate Building Services")
    await menu.get_by_role("menuitemradio", name="Halden Lifts").tap()
    await expect(page.get_by_text("Acting as Mira Lund")).to_be_attached()
    await expect(page.get_by_role("link", name="Install Deskhand")).to_have_count(
        0
    )  # not known where the bot is


async def test_an_admin_installs_the_app_from_the_page_and_removes_it_again(
    opens: Open, slack: StandIn, partner: World, bot: InstallableBot
) -> None:
    page = await opens("U0MIRA", "#/C0LOBBY")
    await expect(page.get_by_text("Deskhand is not installed in Halden Lifts.")).to_be_visible()
    await composer(page).fill("/ticket Lift stuck")
    await expect(page.get_by_role("listbox")).to_have_count(0)
    await composer(page).press("Enter")
    await expect(page.get_by_text("/ticket is not a valid command.")).to_be_visible()
    assert await axe(page) == []
    await page.get_by_role("link", name="Install Deskhand").click()
    await expect(page.get_by_role("heading", name="asking for access to Halden Lifts")).to_be_visible()
    await expect(page.get_by_role("combobox", name="You are")).to_have_value("U0MIRA")
    assert await axe(page) == []
    await page.get_by_role("button", name="Allow").click()
    await expect(page.get_by_text("installed", exact=True)).to_be_visible()
    assert bot.grants[-1]["team"] == {"id": "T0HALDEN", "name": "Halden Lifts"}
    await page.goto(f"{slack.url}/?as=U0MIRA#/app/about")
    await expect(page.get_by_text("is not installed")).to_have_count(0)
    await page.get_by_role("button", name="Remove Deskhand from this workspace…").click()
    await page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    await expect(page.get_by_text("Deskhand is not installed in Halden Lifts.")).to_be_visible()
    assert partner.installation is None
    assert slack.world.installation


async def test_whoever_is_no_admin_is_not_offered_to_remove_it(opens: Open) -> None:
    page = await opens("U0BEN", "#/app/about")
    await expect(page.get_by_role("heading", name="What Deskhand can do")).to_be_visible()
    await expect(page.get_by_role("button", name=re.compile("Remove"))).to_have_count(0)
    refused = await page.evaluate(
        """async () => (await fetch("/page/do", {method: "POST", headers: {"Content-Type": "application/json"},
        body: JSON.stringify({as: "U0BEN", action: "uninstall"})})).json()"""
    )
    assert refused == {"ok": False, "trouble": "Only admins of this workspace remove apps."}
    dana = await opens("U0DANA", "#/app/about")
    await expect(dana.get_by_role("button", name=re.compile("Remove"))).to_be_visible()


async def test_cancelling_on_slacks_page_leads_back_to_the_bot(
    opens: Open, partner: World, bot: InstallableBot
) -> None:
    page = await opens("U0MIRA", "#/C0LOBBY")
    await page.get_by_role("link", name="Install Deskhand").click()
    await page.get_by_role("button", name="Cancel").click()
    await expect(page.get_by_text("not installed: access_denied")).to_be_visible()
    assert (bot.grants, partner.installation) == ([], None)


async def test_a_channel_that_is_shared_says_who_is_from_elsewhere(
    opens: Open, slack: StandIn, partner: World
) -> None:
    shared = slack.share_channel("network", slack.world, partner)
    partner.join(partner.user("hugo"), shared.conversation)
    page = await opens(at="#/C0NETWORK")
    slack.in_workspace(partner).person("hugo").says("The lift's radio is on your channel 6", shared)
    said = message(page, "The lift's radio")
    await expect(said).to_contain_text("Hugo Marques")
    await expect(said).to_contain_text("Halden Lifts")
    await expect(page.get_by_role("link", name=re.compile("Act as Hugo"))).to_have_count(0)
    theirs = await opens("U0HUGO", "#/C0NETWORK")
    await expect(message(theirs, "Wi-Fi on the third floor")).to_contain_text("Northgate Building Services")
