"""Speaking to Deskhand on the page: completion, threads, direct messages, and the tour that leads there."""

import pytest
from aiohttp import ClientSession
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Locator, Page, ViewportSize, expect

from bot.playground.driver import Person
from bot.playground.records import Message
from bot.playground.standin import StandIn
from tests.playground.conftest import make_bot, served
from tests.playground.test_page_shell import (
    PHONE,
    Open,
    ben,
    box,
    browser,
    composer,
    message,
    opens,
    pytestmark,
    slack,
)

__all__ = ["ben", "browser", "opens", "pytestmark", "slack"]


def thread(page: Page) -> Locator:
    return page.get_by_role("complementary", name="Thread")


def reply(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Message thread")


def offered(page: Page) -> Locator:
    return page.get_by_role("listbox", name="Suggestions").get_by_role("option")


def chosen(page: Page) -> Locator:
    return page.get_by_role("option", selected=True)


async def test_an_at_offers_people_and_the_app_and_keys_choose(opens: Open, slack: StandIn) -> None:
    page = await opens()
    await composer(page).press_sequentially("@")
    await expect(offered(page)).to_have_count(6)
    await expect(chosen(page)).to_have_text(["DeskhandApp"])
    await composer(page).press("ArrowDown")
    await expect(chosen(page)).to_contain_text("Ana Weber")
    await composer(page).press("ArrowUp")
    await composer(page).press("ArrowUp")
    await expect(chosen(page)).to_contain_text("Emil Novak")
    await composer(page).press("Escape")
    await expect(offered(page)).to_have_count(0)
    await expect(composer(page)).to_have_value("@")
    await composer(page).press_sequentially("des")
    await composer(page).press("Tab")
    await expect(composer(page)).to_have_value("@Deskhand ")
    await composer(page).press_sequentially("take T-1")
    await composer(page).press("Enter")
    assert (await slack.channel("support").shows("take T-1")).text == "<@U0DESK> take T-1"


async def test_the_list_is_told_to_screen_readers_and_axe_finds_nothing(opens: Open) -> None:
    page = await opens()
    await composer(page).press_sequentially("@")
    listed = await composer(page).get_attribute("aria-controls")
    assert await page.locator(f"#{listed}").get_attribute("role") == "listbox"
    for _ in range(2):
        active = await composer(page).get_attribute("aria-activedescendant")
        assert await page.locator(f"#{active}").get_attribute("aria-selected") == "true"
        await composer(page).press("ArrowDown")
    found = (await Axe().run(page)).response["violations"]
    assert [each["id"] for each in found if each["impact"] in {"serious", "critical"}] == []
    await composer(page).press("Escape")
    assert await composer(page).get_attribute("aria-activedescendant") is None
    assert await composer(page).get_attribute("aria-controls") is None


@pytest.mark.parametrize("size", [None, PHONE])
async def test_the_app_is_mentioned_in_a_thread_by_pointer(
    opens: Open, slack: StandIn, ben: Person, size: ViewportSize | None
) -> None:
    said = ben.says("The lobby printer is dead")
    page = await opens("U0CHLOE", f"#/C0SUPPORT/{said.ts}", size=size, touch=size is not None)
    await reply(page).press_sequentially("@Des")
    await expect(offered(page)).to_have_count(1)
    if size:
        place = await box(page.get_by_role("listbox", name="Suggestions"))
        assert place["x"] >= 0
        assert place["x"] + place["width"] <= size["width"]
        await offered(page).tap()
    else:
        await offered(page).click()
    await expect(reply(page)).to_be_focused()
    await expect(reply(page)).to_have_value("@Deskhand ")
    await reply(page).press_sequentially("take")
    await reply(page).press("Enter")
    order = await slack.channel("support").shows("take")
    assert (order.text, order.thread_ts) == ("<@U0DESK> take", said.ts)
    await expect(thread(page).get_by_text("@Deskhand")).to_be_visible()


async def test_escape_closes_the_list_first_and_then_the_thread(opens: Open, ben: Person) -> None:
    said = ben.says("The lobby printer is dead")
    page = await opens(at=f"#/C0SUPPORT/{said.ts}")
    await reply(page).press_sequentially("@")
    await reply(page).press("Escape")
    await expect(offered(page)).to_have_count(0)
    await expect(thread(page)).to_be_visible()
    await reply(page).press("Escape")
    await expect(thread(page)).to_be_hidden()


async def test_a_slash_command_in_a_thread_is_refused_as_slack_refuses_it(opens: Open, ben: Person) -> None:
    said = ben.says("The lobby printer is dead")
    page = await opens("U0CHLOE", f"#/C0SUPPORT/{said.ts}")
    await reply(page).fill("/ticket take T-1")
    await reply(page).press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("/ticket is not supported in threads")
    await expect(reply(page)).to_have_value("/ticket take T-1")


async def test_what_the_app_answers_in_a_thread_shows_to_whom_it_is_for(
    opens: Open, slack: StandIn, ben: Person
) -> None:
    said = ben.says("The lobby printer is dead")
    order = slack.person("chloe").says("@Deskhand take", reply_to=said)
    chloe, other = (
        await opens("U0CHLOE", f"#/C0SUPPORT/{said.ts}"),
        await opens(at=f"#/C0SUPPORT/{said.ts}"),
    )
    await expect(thread(chloe).get_by_text("@Deskhand")).to_be_visible()
    world, bot, there = slack.world, slack.world.bot, slack.channel("support").conversation
    world.react(bot, order, "white_check_mark")
    world.post(Message(world.next_ts(), there, bot, "Which?", thread_ts=said.ts, only_for="U0CHLOE"))
    for page in (chloe, other):
        await expect(thread(page).get_by_role("button", name="white check mark: Deskhand")).to_be_visible()
    only = thread(chloe).get_by_role("article").filter(has_text="Only visible to you")
    await expect(only).to_contain_text("Which?")
    await expect(other.get_by_text("Which?")).to_have_count(0)


async def test_the_app_stands_among_direct_messages_and_is_written_to_there(
    opens: Open, slack: StandIn
) -> None:
    page = await opens()
    lists = page.get_by_role("navigation", name="Channels and apps")
    direct = lists.get_by_role("listitem").filter(has_text="Deskhand").first
    await direct.get_by_role("link").click()
    write = page.get_by_role("textbox", name="Message Deskhand")
    await write.fill("mine")
    await write.press("Enter")
    await expect(message(page, "mine")).to_be_visible()
    slack.world.post(
        Message(
            slack.world.next_ts(),
            slack.person("ana").messages.conversation,
            slack.world.bot,
            "You have no tickets.",
        )
    )
    await expect(message(page, "You have no tickets.")).to_be_visible()
    await expect(direct.get_by_role("link")).to_have_attribute("aria-current", "page")
    assert [each.text for each in slack.person("ana").messages.messages] == ["mine", "You have no tickets."]


async def test_the_third_step_of_the_tour_is_done_by_an_order_in_a_thread(
    opens: Open, slack: StandIn, ben: Person
) -> None:
    async with ClientSession() as session, served(make_bot(slack, session).app) as url:
        slack.connect(url)
        said = ben.says("Should we ask @Deskhand?")
        page = await opens(at=f"#/C0SUPPORT/{said.ts}")
        step = page.get_by_role("region", name="First steps").get_by_role("listitem").nth(2)
        await expect(step).to_contain_text("Take it in its thread")
        ben.says("What does @Deskhand say?", reply_to=said)
        await slack.events_taken()
        await expect(thread(page).get_by_role("article").filter(has_text="What does")).to_be_visible()
        await expect(step.get_by_role("img", name="To do")).to_be_visible()
        await reply(page).fill("@Deskhand take")
        await reply(page).press("Enter")
        await expect(step.get_by_role("img", name="Done")).to_be_visible()
