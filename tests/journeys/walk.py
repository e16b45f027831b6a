"""A ticket's whole life in the page, by the hands of those who meet it: each has a window of their own."""

import re
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Literal

from playwright.async_api import Locator, Page, TimeoutError, expect  # noqa: A004  (it is not the builtin one)

from tests.journeys.test_in_the_browser import Open, field, picks, say

_MENUS, _MENU_OPENS = 3, 5_000
"""How often a menu is opened, and the milliseconds in which it shows what is in it."""

Stage = Literal["made", "triaged", "assigned", "started", "resolved", "reopened"]

WORKED = [
    ("U0BEN", "created"),
    ("U0ANA", "triaged"),
    ("U0CHLOE", "assigned"),
    ("U0EMIL", "started"),
    ("U0EMIL", "held"),
    ("U0EMIL", "resolved"),
    ("U0BEN", "reopened"),
]
"""The history of T-1 in the end: who did what."""


async def a_message_is_worked_and_comes_back(opens: Open) -> AsyncGenerator[Stage]:
    """Each stage is told before anybody has seen it, for whoever wants to disturb what follows."""
    dana, ana = await opens("U0DANA", place="C0ONCALL"), await opens("U0ANA", place="C0ONCALL")
    await set_up_a_queue(dana)
    ben, chloe = await opens("U0BEN"), await opens("U0CHLOE")
    emil = await opens("U0EMIL", place="app/messages")
    await makes_a_ticket(ben)
    yield "made"
    await opens_the_thread(ben)
    await opens_the_thread(chloe)
    await expect(card(ben).get_by_role("button", name="Triage", exact=True)).to_have_count(0)

    await presses(ana, "Triage")
    await picks(ana, "Priority", "High")
    await submits(ana, "Accept")
    yield "triaged"
    await show("Triaged", ana, ben, chloe)

    await chooses(chloe, await replies(chloe, "Mine, I am on call"), "Assign ticket")
    await picks(chloe, "Assignee", "Emil")
    await field(chloe, "Note for the assignee").fill("Look at the fuser first")
    await submits(chloe, "Assign")
    yield "assigned"
    await show("Assigned", ana, ben, chloe, emil)

    await presses(emil, "Start")
    yield "started"
    await show("In progress", emil)
    await presses(emil, "Hold")
    await field(emil, "Waits for").fill("the fuser")
    await submits(emil, "Hold")
    await show("On hold: the fuser", ana, ben, chloe, emil)
    await presses(emil, "Resolve")
    await field(emil, "Resolution").fill("Replaced the fuser")
    await submits(emil, "Resolve")
    yield "resolved"
    await show("Resolved: Replaced the fuser", ana, ben, chloe, emil)

    await replies(ben, "It is down again")
    yield "reopened"
    await show("In progress", ana, ben, chloe, emil)
    await tells_it_all(emil, notes=True)
    await tells_it_all(ben, notes=False)
    await is_in_its_lists(ana, emil)


def card(page: Page) -> Locator:
    return page.get_by_role("article").filter(has_text="Acme Manufacturing").filter(has_text="T-1")


async def presses(page: Page, name: str) -> None:
    await card(page).get_by_role("button", name=name, exact=True).click()


async def submits(page: Page, name: str) -> None:
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("button", name=name, exact=True).click()
    await expect(dialog).to_have_count(0)


async def chooses(page: Page, message: Locator, name: str) -> None:
    """From a message's menu."""
    await message.hover()
    await message.get_by_role("button", name="More actions").click()
    await page.get_by_role("menuitem", name=re.compile(name)).click()


async def replies(page: Page, words: str) -> Locator:
    """In the thread that is open."""
    composer = page.get_by_role("textbox", name="Message thread")
    await composer.fill(words)
    await composer.press("Enter")
    reply = page.get_by_role("article").filter(has_text=words)
    await expect(reply).to_be_visible()
    return reply


async def show(status: str, *pages: Page) -> None:
    for page in pages:
        await expect(card(page)).to_contain_text(status)


async def set_up_a_queue(admin: Page) -> None:
    """Whose agents are all but Ben, and which has every ticket."""
    await say(admin, "/ticket settings")
    dialog = admin.get_by_role("dialog")
    await dialog.get_by_role("button", name="Add a queue").click()
    await field(admin, "Name").fill("network")
    await picks(admin, "Triage channel", "ops-oncall")
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog).to_contain_text("Its agents are whoever is in the channel")
    await dialog.get_by_role("combobox").first.click()
    await admin.get_by_role("option", name="network").click()
    await expect(dialog.get_by_role("combobox").first).to_have_value("network")
    await dialog.get_by_role("button", name="Done").click()


async def makes_a_ticket(requester: Page) -> None:
    await chooses(
        requester, requester.get_by_role("article").filter(has_text="lobby printer"), "Create ticket"
    )
    await picks(requester, "Customer", "Acme")
    await picks(requester, "Site", "HQ")
    await picks(requester, "Type", "Break-fix")
    dialog = requester.get_by_role("dialog")
    await dialog.get_by_role("button", name="Create").click()
    await expect(dialog).to_have_count(0)


async def opens_the_thread(page: Page) -> None:
    thread = page.get_by_role("link", name=re.compile("1 reply"))
    await expect(thread).to_be_visible()
    await thread.click()
    await expect(card(page)).to_be_visible()


async def opens_it(page: Page) -> None:
    """From the card's menu, which is gone where the card is drawn anew: then it is opened again."""
    for _ in range(_MENUS):
        await presses(page, "More options")
        with suppress(TimeoutError):
            await page.get_by_role("menuitem", name="Open").click(timeout=_MENU_OPENS)
            return
    raise AssertionError("the menu has no Open")


async def tells_it_all(page: Page, *, notes: bool) -> None:
    await opens_it(page)
    whole = page.get_by_role("dialog")
    await expect(whole).to_contain_text("Replaced the fuser")
    await expect(whole.get_by_text("Look at the fuser first")).to_have_count(int(notes))
    await whole.get_by_role("button", name="All of its history").click()
    history = page.get_by_role("dialog").filter(has_text="History of T-1")
    for words in (
        "@ben reopened it",
        "@emil resolved it",
        "@emil put it on hold",
        "@emil started it",
        "@chloe assigned it",
        "@ana triaged it",
        "Priority: Medium → High",
        "@ben opened it",
    ):
        await expect(history).to_contain_text(words)
    if not notes:
        await expect(history.get_by_text("Look at the fuser first")).to_have_count(0)
    for dialog in (history, whole):
        await page.keyboard.press("Escape")
        await expect(dialog).to_have_count(0)


async def is_in_its_lists(agent: Page, assignee: Page) -> None:
    """In a list of who may see it, and in the Home of who has it."""
    await say(agent, "/ticket list assignee:emil")
    await expect(agent.get_by_role("article").filter(has_text="Open tickets 1–1 of 1")).to_contain_text("T-1")
    await assignee.locator("a[href='#/app/home']", has_text="Home").click()
    await expect(assignee.get_by_role("button", name="Mine · 1")).to_be_visible()
