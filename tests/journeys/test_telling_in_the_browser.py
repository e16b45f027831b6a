"""Who is told what, seen on phones; and how much room tickets take on a screen."""

import re

import pytest
from playwright.async_api import Locator, Page, ViewportSize, expect

from bot.playground.driver import Person
from tests.journeys.conftest import Office
from tests.journeys.test_in_the_browser import (
    LINE,
    PHONE,
    WIDE,
    Open,
    browser,
    field,
    opens,
    picks,
    pytestmark,
    say,
    serious,
)
from tests.journeys.test_settings import add_queue, choose
from tests.journeys.walk import chooses, presses, submits

_SCREEN = """(node) => {
    while (!/auto|scroll/.test(getComputedStyle(node).overflowY)) node = node.parentElement
    return node.clientHeight
}"""
"""How much of a channel is seen at once."""

__all__ = ["browser", "opens", "pytestmark"]


def told(page: Page, words: str) -> Locator:
    return page.get_by_role("article").filter(has_text=words).last


async def set_up(office: Office, dana: Person) -> None:
    """A queue that has every ticket, and Chloe on call for it."""
    form = await add_queue(dana, name="network", channel="ops-oncall", people=["chloe"])
    await office.runtime.settled()
    await choose(office, dana, form, "settings_choice:default_queue", "network")
    await form.close()


async def test_a_message_is_worked_on_phones_until_its_author_calls_it_solved(
    office: Office, opens: Open
) -> None:
    await set_up(office, office.person("dana"))
    ana, ben = await opens("U0ANA", size=PHONE), await opens("U0BEN", size=PHONE)
    chloe = await opens("U0CHLOE", size=PHONE, place="C0ONCALL")
    inbox = await opens("U0CHLOE", size=PHONE, place="app/messages")

    await chooses(ana, ana.get_by_role("article").filter(has_text="lobby printer"), "Create ticket")
    await picks(ana, "Customer", "Acme")
    await picks(ana, "Site", "HQ")
    await picks(ana, "Type", "Break-fix")
    await submits(ana, "Create")

    await expect(told(chloe, "you are on call for network")).to_contain_text("T-1")
    await ben.get_by_role("link", name=re.compile("repl(y|ies)")).click()
    await expect(told(ben, "made T-1")).to_be_visible()
    await presses(chloe, "Start")
    await expect(told(ben, "has taken T-1")).to_be_visible()
    await presses(chloe, "Hold")
    await field(chloe, "Waits for").fill("the fuser")
    await submits(chloe, "Hold")
    await expect(told(ben, "on hold")).to_contain_text("the fuser")
    await resolves(chloe, "Cleaned the fuser")
    await expect(told(ben, "resolved T-1")).to_contain_text("Cleaned the fuser")

    await ben.get_by_role("button", name="Not yet").click()
    await expect(told(ben, "T-1 is open again")).to_be_visible()
    await expect(told(inbox, "opened T-1")).to_be_visible()
    await resolves(chloe, "Replaced the fuser")
    await expect(told(ben, "Replaced the fuser")).to_be_visible()
    await ben.get_by_role("button", name="Solved").click()
    await expect(told(ben, "T-1 is solved and closed")).to_be_visible()
    await expect(told(inbox, "closed T-1")).to_be_visible()
    assert (await office.ticket(1)).status == "closed"
    for page in (ana, ben, chloe, inbox):
        wider = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert await page.evaluate(wider) == 0


async def resolves(agent: Page, words: str) -> None:
    await presses(agent, "Resolve")
    await field(agent, "Resolution").fill(words)
    await submits(agent, "Resolve")


async def test_twenty_tickets_in_a_channel_fit_on_two_screens(office: Office, opens: Open) -> None:
    await set_up(office, office.person("dana"))
    ben = office.person("ben")
    for number in range(1, 21):
        await ben.types(
            f"/ticket Printer {number} on the second floor is down due:tomorrow customer:acme site:hq type:break_fix"
        )
    await office.runtime.settled()
    page = await opens("U0CHLOE")
    cards = page.get_by_role("article").filter(has_text="Acme Manufacturing").filter(has_text="Printer")
    await expect(cards).to_have_count(20)
    first, last = await cards.first.bounding_box(), await cards.last.bounding_box()
    assert first
    assert last
    screen = await cards.first.evaluate(_SCREEN)
    assert 500 < screen < WIDE["height"]
    assert last["y"] + last["height"] - first["y"] <= 2 * screen


@pytest.mark.parametrize("size", [PHONE, WIDE], ids=["narrow", "wide"])
async def test_axe_finds_nothing_serious_where_tickets_are_worked(
    office: Office, opens: Open, size: ViewportSize
) -> None:
    await office.person("ben").types(LINE, in_="#support")
    await office.runtime.settled()
    ana = await opens("U0ANA", size=size)
    await say(ana, "/ticket list")
    await expect(ana.get_by_role("cell", name="Printer down")).to_be_visible()
    await serious(ana, "the list")
    await presses(ana, "Triage")
    await expect(ana.get_by_role("dialog")).to_be_visible()
    await serious(ana, "the triage form")
    await ana.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    await say(ana, "/ticket show 1")
    await serious(ana, "the ticket")
    home = await opens("U0ANA", size=size, place="app/home")
    await home.get_by_role("button", name="Unassigned").click()
    await expect(home.get_by_text("Printer down").first).to_be_visible()
    await serious(home, "Home")
