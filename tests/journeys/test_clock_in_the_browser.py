"""What the clock does is seen by moving it on the page: whoever is on call is paged, and what waited comes back."""

import re

import pytest
from playwright.async_api import Locator, Page, expect

from bot.domain.workspace_settings import WorkspaceSettings
from bot.playground import seed
from tests.journeys.conftest import Office
from tests.journeys.test_in_the_browser import Open, browser, opens, pytestmark, say, serious

__all__ = ["browser", "opens", "pytestmark"]

LINE = "/ticket Lift stuck site:harbor-tower type:break_fix queue:facilities"


@pytest.fixture
async def office(office: Office) -> Office:
    """The desk as the playground sets it up: two people are on call by turns, and Ana leads the queue."""
    settings = WorkspaceSettings.model_validate_json(seed.SETTINGS.read_bytes())
    await office.runtime.store.change(office.workspace, lambda tx: tx.keep_settings(settings))
    return office


def told(page: Page, words: str) -> Locator:
    return page.get_by_role("article").filter(has_text=words).last


async def moves(page: Page, how: str) -> None:
    """The time, in the inspector."""
    inspector = page.get_by_role("button", name="Inspector", exact=True)
    await inspector.click()
    await page.get_by_role("group", name="Time").get_by_role("button", name=how).click()
    await page.get_by_role("button", name="Close the inspector").click()


async def types(page: Page, office: Office, line: str) -> None:
    await say(page, line)
    await expect(page.get_by_role("textbox", name=re.compile("^Message #"))).to_have_value("")
    await office.runtime.settled()


async def test_what_is_on_hold_and_what_is_snoozed_comes_back_when_its_time_has_come(
    office: Office, opens: Open
) -> None:
    ana, inbox = await opens("U0ANA"), await opens("U0ANA", place="app/messages")
    await types(ana, office, LINE)
    await types(ana, office, LINE.replace("Lift stuck", "Gate stuck"))
    await expect(told(ana, "Gate stuck")).to_be_visible()
    await types(ana, office, "/ticket take T-1")
    await types(ana, office, "/ticket hold T-1 until tomorrow 8am waiting for the fuser")
    await types(ana, office, "/ticket take T-2")
    await types(ana, office, "/ticket snooze T-2 until in 3 days")
    await expect(told(ana, "snoozed until")).to_be_visible()

    await moves(ana, "Tomorrow 9:00")
    await expect(told(inbox, "is back")).to_contain_text("T-1 Lift stuck is back: waiting for the fuser")
    assert (await office.ticket(1)).status == "in_progress"
    assert (await office.ticket(2)).snoozed_until
    await moves(ana, "+1 week")
    await expect(told(inbox, "T-2 Gate stuck is back")).to_be_visible()
    assert (await office.ticket(2)).snoozed_until is None
    await types(ana, office, "/ticket history T-1")
    await expect(ana.get_by_role("dialog")).to_contain_text("Deskhand ended its hold, which was over")
    await serious(ana, "the history")
    await serious(inbox, "what came back")
