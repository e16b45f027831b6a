"""The page as people use it, in a real browser, with the real Deskhand behind it."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Literal

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Locator, Page, ViewportSize, expect

from tests.chromium import NEEDED, PATIENCE, chromium
from tests.journeys.conftest import Office

LINE = "/ticket Printer down customer:acme site:hq type:break_fix source:phone !high"
WIDE: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}

pytestmark = [
    pytest.mark.slow,
    NEEDED,
]
Theme = Literal["light", "dark"]
Open = Callable[..., Awaitable[Page]]


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as launched:
        yield launched


@pytest.fixture
async def opens(office: Office, browser: Browser) -> AsyncIterator[Open]:
    """Opens the page as somebody, in a window of their own. No window may have logged an error in the end."""
    faults: list[str] = []

    async def opens(
        who: str,
        *,
        place: str = "C0SUPPORT",
        size: ViewportSize | None = None,
        theme: Theme = "light",
        touch: bool = False,
    ) -> Page:
        context = await browser.new_context(
            viewport=size or WIDE, color_scheme=theme, has_touch=touch, reduced_motion="reduce"
        )
        page = await context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
        page.set_default_timeout(PATIENCE)
        await page.goto(f"{office.slack.url}/?as={who}#/{place}")
        return page

    yield opens
    assert faults == []


def composer(page: Page) -> Locator:
    return page.get_by_role("textbox", name=re.compile("^Message #"))


async def say(page: Page, line: str) -> None:
    await composer(page).fill(line)
    await composer(page).press("Enter")


def field(page: Page, name: str) -> Locator:
    return page.get_by_role("dialog").get_by_label(name, exact=False)


async def picks(page: Page, name: str, text: str) -> None:
    """Types into a select with type-ahead, and takes what it offers."""
    box = page.get_by_role("dialog").get_by_role("combobox", name=re.compile(f"^{name}"))
    await box.click()
    await box.fill(text)
    await page.get_by_role("option", name=re.compile(text, re.IGNORECASE)).first.click()


async def test_a_line_makes_a_ticket_with_its_card(office: Office, opens: Open) -> None:
    page = await opens("U0ANA")
    await say(page, LINE)
    card = page.get_by_role("article").filter(has_text="Acme Manufacturing, HQ").filter(has_text="T-1")
    await expect(card).to_be_visible()
    await expect(card).to_contain_text("Acme Manufacturing")
    only = page.get_by_role("article").filter(has_text="Only visible to you")
    await expect(only).to_contain_text("T-1 is saved")
    assert (await office.ticket(1)).summary == "Printer down"


async def test_a_misread_line_is_seen_where_it_is_saved_then_edited_undone_and_brought_back(
    office: Office, opens: Open
) -> None:
    page = await opens("U0ANA")
    await say(page, f"{LINE} due:2027-05-01")
    only = page.get_by_role("article").filter(has_text="Only visible to you")
    await expect(only).to_contain_text("Due")
    await only.get_by_role("button", name="Edit").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text("Edit T-1")
    await field(page, "Summary").fill("Plotter down")
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog).not_to_be_visible()
    await expect(only).to_contain_text("T-1 is saved: Plotter down")
    await only.get_by_role("button", name="Undo").click()
    await expect(only).to_contain_text("Printer down customer:acme")  # as it was typed
    card = page.get_by_role("article").filter(has_text="T-1 was undone").filter(has_not_text="Only visible")
    await card.get_by_role("button", name="Bring it back").click()
    card = (
        page.get_by_role("article").filter(has_text="Acme Manufacturing, HQ").filter(has_text="Plotter down")
    )
    await expect(card).to_be_visible()
    assert (await office.ticket(1)).is_open


async def test_a_form_with_two_errors_first_makes_a_ticket(office: Office, opens: Open) -> None:
    page = await opens("U0ANA")
    await say(page, "/ticket")
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text("New ticket")
    await dialog.get_by_role("button", name="More fields").click()
    await expect(field(page, "Queue")).to_be_visible()
    await picks(page, "Customer", "Acme")
    await picks(page, "Site", "Plant 2")
    await field(page, "Summary").fill("   ")
    await picks(page, "Type", "Break-fix")
    await field(page, "Estimated hours").fill("1e999")
    await dialog.get_by_role("button", name="Create").click()
    await expect(dialog).to_contain_text("Summary must not be empty.")
    await expect(dialog).to_contain_text("Estimated hours must be")
    await expect(field(page, "Summary")).to_be_focused()
    assert await office.total() == 0
    await field(page, "Summary").fill("Power cut")
    await field(page, "Estimated hours").fill("1.5")
    await dialog.get_by_role("button", name="Create").click()
    await expect(dialog).to_have_count(0)
    ticket = await office.ticket(1)
    assert (ticket.site_id, ticket.estimated_labor_hours) == ("acme-plant-2", 1.5)


async def test_a_site_select_offers_what_the_customer_has(opens: Open) -> None:
    page = await opens("U0ANA")
    await say(page, "/ticket")
    await picks(page, "Customer", "Bluewater")
    await expect(page.locator('[data-block-id="siteId:bluewater"]')).to_be_visible()
    site = page.get_by_role("dialog").get_by_role("combobox", name=re.compile("^Site"))
    await site.click()
    await expect(page.get_by_role("option", name="Day Clinic")).to_be_visible()
    await expect(page.get_by_role("option", name="Plant 2")).to_have_count(0)


async def test_a_message_becomes_a_ticket_from_its_menu(office: Office, opens: Open) -> None:
    page = await opens("U0BEN")
    message = page.get_by_role("article").filter(has_text="lobby printer")
    await message.hover()
    await message.get_by_role("button", name="More actions").click()
    await page.get_by_role("menuitem", name=re.compile("Create ticket")).click()
    await expect(field(page, "Summary")).to_have_value(re.compile("lobby printer"))
    await picks(page, "Customer", "Acme")
    await picks(page, "Site", "HQ")
    await picks(page, "Type", "Break-fix")
    await page.get_by_role("dialog").get_by_role("button", name="Create").click()
    await expect(page.get_by_role("dialog")).to_have_count(0)
    origin = (await office.ticket(1)).origin
    assert origin.message
    assert [file.name for file in origin.message.files] == ["printer-panel.jpg"]
    await expect(page.get_by_role("link", name=re.compile("1 reply"))).to_be_visible()


async def test_two_people_at_once_see_one_another(opens: Open) -> None:
    ana, ben = await opens("U0ANA"), await opens("U0BEN")
    await say(ben, "Is anybody there?")
    await expect(ana.get_by_role("article").filter(has_text="Is anybody there?")).to_be_visible()
    await say(ana, LINE)
    await expect(
        ben.get_by_role("article").filter(has_text="T-1").filter(has_text="Acme Manufacturing, HQ")
    ).to_be_visible()
    await expect(ben.get_by_text("Only visible to you")).to_have_count(0)


async def test_the_inspector_shows_what_was_said_and_how_fast(opens: Open) -> None:
    page = await opens("U0ANA")
    await page.get_by_role("button", name="Inspector").click()
    await say(page, LINE)
    inspector = page.get_by_role("region", name="Inspector")
    await expect(inspector).to_contain_text("slash_command")
    await expect(inspector).to_contain_text("chat.postMessage")
    await expect(inspector).to_contain_text("ms")


async def test_everything_goes_by_keyboard_alone(office: Office, opens: Open) -> None:
    page = await opens("U0ANA")
    await expect(composer(page)).to_be_visible()
    for _ in range(60):
        if await composer(page).evaluate("(node) => node === document.activeElement"):
            break
        await page.keyboard.press("Tab")
    await page.keyboard.type("/ticket Gate stuck site:acme-warehouse")
    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text("Type is missing.")
    kind = dialog.get_by_role("combobox", name=re.compile("^Type"))
    for _ in range(30):
        if await kind.evaluate("(node) => node === document.activeElement"):
            break
        await page.keyboard.press("Tab")
    await page.keyboard.type("Break")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    create = dialog.get_by_role("button", name="Create")
    for _ in range(30):
        if await create.evaluate("(node) => node === document.activeElement"):
            break
        await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(dialog).to_have_count(0)
    assert (await office.ticket(1)).ticket_type == "break_fix"


async def test_nasty_text_is_text(office: Office, opens: Open) -> None:
    page = await opens("U0ANA")
    nasty = "<script>alert(1)</script> &lt; <!channel> \u202egnirts 😀"
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    await say(page, f"/ticket {nasty} customer:acme site:hq type:other")
    card = page.get_by_role("article").filter(has_text="Acme Manufacturing, HQ")
    await expect(card).to_contain_text("<script>alert(1)</script> &lt;")
    only = page.get_by_role("article").filter(has_text="Only visible to you")
    await expect(only).to_contain_text("<script>alert(1)</script> &lt; <!channel>")
    await say(page, nasty)
    await expect(page.get_by_role("article").last).to_contain_text("<script>alert(1)</script> &lt;")
    assert dialogs == []
    assert [each.who for each in office.slack.paged if each.who.startswith("!")] == []


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_axe_finds_nothing_serious(theme: Theme, opens: Open) -> None:
    page = await opens("U0ANA", theme=theme)
    await say(page, LINE)
    await expect(page.get_by_role("article").filter(has_text="Acme Manufacturing, HQ")).to_be_visible()
    await serious(page, "the channel")
    await page.get_by_role("button", name="Inspector").click()
    await serious(page, "the inspector")
    await say(page, "/ticket Lift A makes a noise site:harbor-tower")
    await expect(page.get_by_role("dialog")).to_contain_text("Type is missing.")
    await serious(page, "the form")


async def serious(page: Page, where: str) -> None:
    found = await Axe().run(page)
    bad = [each for each in found.response["violations"] if each["impact"] in {"serious", "critical"}]
    told = [(each["id"], [node["html"][:120] for node in each["nodes"][:3]]) for each in bad]
    assert told == [], where


async def test_a_phones_width_is_enough(office: Office, opens: Open) -> None:
    page = await opens("U0CHLOE", size=PHONE, touch=True)
    await expect(composer(page)).to_be_visible()
    await say(page, LINE)
    await expect(page.get_by_role("article").filter(has_text="Acme Manufacturing, HQ")).to_be_visible()
    await expect(page.get_by_role("button", name="First steps")).to_be_hidden()
    await say(page, "/ticket list")
    summary = page.get_by_role("cell", name="Printer down")
    await expect(summary).to_be_visible()
    cell = await summary.bounding_box()
    assert cell
    assert cell["height"] <= 60, "its words stand on one line"
    await say(page, "/ticket")
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_be_visible()
    box = await dialog.bounding_box()
    assert box
    assert box["width"] <= PHONE["width"]
    overflow = await page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert overflow == 0
    assert await office.total() == 1


async def test_a_thousand_messages_open_in_a_moment(office: Office, opens: Open) -> None:
    ben = office.person("ben")
    for number in range(1_000):
        ben.says(f"Message {number} about *printers* and _lifts_")
    page = await opens("U0ANA")
    await expect(page.get_by_role("article").filter(has_text="Message 999 ")).to_be_visible()
    await say(page, "Still quick")
    await expect(page.get_by_role("article").filter(has_text="Still quick")).to_be_visible()
