"""The time that is moved on the page, and people who must not be disturbed, in a real browser."""

import re

from aiohttp import ClientSession
from playwright.async_api import Page, expect

from bot.playground.driver import Person
from bot.playground.standin import StandIn
from tests.playground.conftest import make_bot
from tests.playground.test_page_shell import PHONE, Open, ben, browser, message, opens, pytestmark, slack

__all__ = ["ben", "browser", "opens", "pytestmark", "slack"]


async def inspects(page: Page) -> None:
    await page.get_by_role("button", name="Inspector", exact=True).click()


async def test_the_inspector_tells_and_moves_the_time_and_days_follow(opens: Open, ben: Person) -> None:
    page, new_york = await opens(), await opens("U0BEN")
    ben.says("Before")
    await expect(page.get_by_role("heading", name="Today")).to_be_visible()
    for each in (page, new_york):
        await inspects(each)
    time = page.get_by_role("group", name="Time")
    await expect(time).to_contain_text("in Europe/Berlin")
    await time.get_by_role("button", name="Tomorrow 9:00").click()
    await expect(time).to_contain_text(re.compile(r"at 9:00:\d\d AM in Europe/Berlin"))
    await expect(new_york.get_by_role("group", name="Time")).to_contain_text(
        re.compile(r"at 3:00:\d\d AM in America/New_York")
    )
    await expect(page.get_by_role("heading", name="Today")).to_have_count(0)
    await expect(page.get_by_role("heading", name="Yesterday")).to_be_visible()
    ben.says("After")
    await expect(page.get_by_role("heading", name="Today")).to_be_visible()
    await expect(message(page, "After")).to_contain_text(re.compile(r"9:0\d AM"))
    await time.get_by_role("button", name="+1 h").click()
    await expect(time).to_contain_text(re.compile(r"at 10:0\d:\d\d AM"))
    await time.get_by_role("button", name="+1 week").click()
    await expect(page.get_by_role("heading", name="Yesterday")).to_have_count(0)
    reloaded = await opens()
    await inspects(reloaded)
    await expect(reloaded.get_by_role("group", name="Time")).to_contain_text(re.compile(r"at 10:0\d:\d\d AM"))


async def test_the_inspector_tells_when_each_request_was_by_the_time_that_is_shown(
    opens: Open, slack: StandIn
) -> None:
    page = await opens("U0BEN")
    await inspects(page)
    await page.get_by_role("button", name="Tomorrow 9:00").click()
    await expect(page.get_by_role("group", name="Time")).to_contain_text("at 9:00:")
    async with ClientSession() as session:
        await make_bot(slack, session).client.auth_test()
    await expect(page.get_by_role("option", name=re.compile("auth.test"))).to_contain_text(
        re.compile(r"09:00:\d\d$")
    )


async def test_the_last_step_of_the_tour_is_done_when_time_was_moved_until_all_starts_over(
    opens: Open,
) -> None:
    page = await opens()
    tour = page.get_by_role("region", name="First steps")
    step = tour.get_by_role("listitem").last
    await expect(step).to_contain_text("Let an hour pass")
    await expect(step.get_by_role("img", name="To do")).to_be_visible()
    await inspects(page)
    await page.get_by_role("button", name="+1 h").click()
    await page.get_by_role("button", name="Close the inspector").click()
    await expect(step.get_by_role("img", name="Done")).to_be_visible()
    await tour.get_by_role("button", name="Start over").click()
    await page.get_by_role("dialog").get_by_role("button", name="Start over").click()
    await expect(step.get_by_role("img", name="To do")).to_be_visible()
    await page.reload()
    await expect(message(page, "lobby printer")).to_be_visible()
    await expect(step.get_by_role("img", name="To do")).to_be_visible()


async def test_the_time_can_be_moved_on_a_phone(opens: Open, slack: StandIn) -> None:
    page = await opens(size=PHONE, touch=True)
    await inspects(page)
    await page.get_by_role("button", name="+1 week").tap()
    await slack.until(lambda: slack.clock.ahead.days == 7)
    wider = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert await page.evaluate(wider) == 0


async def test_who_pauses_notifications_is_seen_to_until_the_pause_is_over(
    opens: Open, slack: StandIn
) -> None:
    page, other = await opens(), await opens("U0BEN")
    await page.get_by_role("button", name="Pause notifications").click()
    await page.get_by_role("menuitem", name="Pause for 1 hour").click()
    await expect(other.get_by_role("link", name="Act as Ana Weber, do not disturb")).to_be_visible()
    await page.get_by_role("button", name="Notifications are paused").click()
    await expect(page.get_by_role("menu")).to_contain_text(re.compile(r"Paused until: .+ at \d+:\d\d [AP]M"))
    await page.keyboard.press("Escape")
    slack.person("ben").moves_time("hour")
    await expect(other.get_by_role("link", name="Act as Ana Weber", exact=True)).to_be_visible()
    await expect(page.get_by_role("button", name="Pause notifications")).to_be_visible()


async def test_a_pause_can_be_ended_and_a_night_kept_free(opens: Open, slack: StandIn) -> None:
    page = await opens()
    ana = slack.world.user("ana")
    await page.get_by_role("button", name="Pause notifications").click()
    await page.get_by_role("menuitem", name="Pause until tomorrow 9:00").click()
    await page.get_by_role("button", name="Notifications are paused").click()
    await page.get_by_role("menuitem", name="Resume notifications").click()
    await expect(page.get_by_role("button", name="Pause notifications")).to_be_visible()
    bell = page.locator(".acting").get_by_role("button")
    await bell.click()
    await page.get_by_role("menuitem", name="Pause every night, 22:00 to 8:00").click()
    await slack.until(lambda: ana.rests_at_night)
    await bell.click()
    await page.get_by_role("menuitem", name="Disturb me at night again").click()
    await slack.until(lambda: not ana.rests_at_night)
