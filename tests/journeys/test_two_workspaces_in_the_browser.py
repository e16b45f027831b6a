"""Two workspaces in one desk, in a real browser: installing it, what each sees of the other's tickets, and removing it again."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, Page, Route, expect

from bot import imports
from bot.playground import seed
from bot.playground.standin import StandIn
from bot.services.ports.store import Transaction
from handlers.installing.lifecycle import ASKED
from tests.journeys.test_in_the_browser import PHONE, Open, browser, opens, pytestmark, say, serious
from tests.journeys.test_installing import deskhand
from tests.journeys.test_sharing import HALDEN, LINE, Town, slack

__all__ = ["browser", "opens", "pytestmark", "slack"]

NAME = "northgate-building/T-1"
THERE = "C0CALLOUTS"


@pytest.fixture
async def office(slack: StandIn, tmp_path: Path) -> AsyncIterator[Town]:
    """Northgate has it, and Halden not yet."""
    async with deskhand(slack, tmp_path) as office:
        await slack.install(by="dana")
        await office.runtime.introduced()
        await office.runtime.store.change(
            office.workspace, lambda tx: imports.import_files(tx, seed.DIRECTORY)
        )
        yield Town(office.slack, office.runtime, office.settings)


@pytest.fixture
async def town(office: Town) -> Town:
    """Both have it."""
    await office.slack.install(office.slack.in_workspace(seed.PARTNER.id).world, by="mira")
    await office.runtime.introduced()
    await office.settled()
    return office


async def types(page: Page, office: Town, line: str) -> None:
    await say(page, line)
    await expect(page.get_by_role("textbox", name=re.compile("^Message #"))).to_have_value("")
    await office.settled()


def shown(page: Page, words: str | re.Pattern[str]) -> Locator:
    """What everybody sees."""
    everything = page.get_by_role("article").filter(has_text=words)
    return everything.filter(has_not_text="Only visible to you")


async def installs(page: Page) -> None:
    """From the page's button over Slack's page to the app's Home."""
    await page.get_by_role("link", name="Install Deskhand").click()
    await page.get_by_role("button", name="Allow").click()
    await page.wait_for_url("**/app/home")


async def fits(page: Page) -> None:
    across = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert await page.evaluate(across) == 0, page.url


async def stays(route: Route) -> None:
    """The page that would go on by itself is looked at first."""
    await route.fulfill(status=204)


async def test_two_clicks_install_it_in_a_second_workspace_and_each_sees_its_own_tickets(
    office: Town, opens: Open
) -> None:
    ana, mira = await opens("U0ANA"), await opens("U0MIRA", place="C0LOBBY")
    await types(ana, office, LINE)
    await expect(shown(ana, "T-1")).to_be_visible()
    await mira.get_by_role("link", name="Install Deskhand").click()
    await expect(mira.get_by_role("heading", name="asking for access to Halden Lifts")).to_be_visible()
    await serious(mira, "Slack's page")
    await mira.route("**/app_redirect**", stays)
    await mira.get_by_role("button", name="Allow").click()
    await expect(mira.get_by_role("heading", name="Deskhand is in Halden Lifts")).to_be_visible()
    await serious(mira, "the page that it is installed")
    await mira.unroute("**/app_redirect**")
    await mira.get_by_role("link", name="Open Deskhand in Slack").click()
    await expect(mira.get_by_role("button", name="Set up a queue")).to_be_visible()
    await serious(mira, "Home with the first steps")
    await mira.get_by_role("link", name="Messages").click()
    await expect(shown(mira, "Hello, I am Deskhand")).to_be_visible()

    hugo = await opens("U0HUGO", place=THERE)
    await types(hugo, office, "/invite @Deskhand")
    await types(hugo, office, "/ticket Oil the winch customer:c1 site:s1 type:other")
    await expect(shown(hugo, "T-1")).to_contain_text("Oil the winch")
    await expect(shown(ana, "Oil the winch")).to_have_count(0)
    for page, own, others in ((ana, "Lift B is stuck", "winch"), (hugo, "Oil the winch", "Lift B")):
        await types(page, office, "/ticket list")
        listed = page.get_by_role("article").filter(has_text="Open tickets").last
        await expect(listed).to_contain_text(own)
        await expect(listed).not_to_contain_text(others)


async def test_a_ticket_is_shared_with_a_partner_who_comments_and_taken_back(town: Town, opens: Open) -> None:
    dana, mira = await opens("U0DANA"), await opens("U0MIRA", place="app/messages")
    await types(dana, town, "/ticket partners")
    dialog = dana.get_by_role("dialog")
    await dialog.get_by_role("button", name="Invite a workspace…").click()
    await dialog.get_by_role("textbox", name=re.compile("^Workspace")).fill("halden-lifts")
    await serious(dana, "the invitation")
    await dialog.get_by_role("button", name="Invite", exact=True).click()
    await expect(dialog).to_contain_text("Halden Lifts is invited")
    await dialog.get_by_role("button", name="Done").click()
    await town.settled()
    await mira.get_by_role("button", name="Accept: see and comment").click()
    await expect(shown(mira, "are partners")).to_contain_text("nowhere until a channel is chosen")
    await mira.get_by_role("button", name="Partners…").click()
    dialog = mira.get_by_role("dialog")
    await dialog.get_by_role("combobox").fill("call")
    await mira.get_by_role("option", name=re.compile("call-outs")).click()
    await expect(dialog).to_contain_text("Cards of their tickets stand in #call-outs")
    await serious(mira, "the partners")
    await dialog.get_by_role("button", name="Done").click()
    await town.settled()

    ana, hugo = await opens("U0ANA"), await opens("U0HUGO", place=THERE)
    await types(hugo, town, "/invite @Deskhand")
    await types(ana, town, LINE)
    await shares(ana, town, "Partners that you choose")
    await expect(shown(ana, "T-1")).to_contain_text("Shared with halden-lifts")
    card = shown(hugo, NAME)
    await expect(card).to_contain_text("Lift B is stuck")
    await serious(hugo, "the card of another workspace's ticket")
    await card.get_by_role("button", name="Show").click()
    await expect(hugo.get_by_role("dialog")).to_contain_text("You may comment")
    await serious(hugo, "another workspace's ticket")
    await hugo.get_by_role("dialog").get_by_role("button", name="Close").last.click()

    await card.hover()
    await card.get_by_role("button", name="Reply in thread").click()
    reply = hugo.get_by_role("textbox", name="Message thread")
    await reply.fill("We are on our way")
    await reply.press("Enter")
    await ana.get_by_role("link", name=re.compile("repl(y|ies)")).click()
    thread = ana.get_by_role("complementary", name="Thread")
    await expect(thread).to_contain_text("hugo (Halden Lifts):")
    await expect(thread).to_contain_text("We are on our way")
    await town.settled()

    await shares(ana, town, "This workspace alone")
    gone = shown(hugo, f"{NAME} is no longer shared").first
    await expect(gone).to_be_visible()
    await expect(shown(hugo, "Lift B is stuck")).to_have_count(0)
    await types(hugo, town, f"/ticket {NAME}")
    told = hugo.get_by_role("article").filter(has_text="Only visible to you").last
    await expect(told).to_contain_text(f"There is no {NAME} that you can see.")


async def test_a_partnership_is_ended_after_a_question(town: Town, opens: Open) -> None:
    await town.partners()
    mira = await opens("U0MIRA", place="C0LOBBY")
    await types(mira, town, "/ticket partners")
    dialog = mira.get_by_role("dialog", name="Partners")
    question = mira.get_by_role("dialog", name="End it with northgate-building?")
    for answer in ("Keep it", "End it"):
        await dialog.get_by_role("button", name="End", exact=True).click()
        await expect(question).to_contain_text("gone from the other at once")
        await serious(mira, "the question before a partnership ends")
        await expect(dialog).to_contain_text("They may see and comment on what you share.")
        await question.get_by_role("button", name=answer).click()
        await expect(question).to_have_count(0)
    await expect(dialog).to_contain_text("has ended. What each had shared is gone from the other.")


async def test_tickets_from_before_are_confirmed_after_a_question(town: Town, opens: Open) -> None:
    await town.person("dana").types(LINE)

    async def from_before(tx: Transaction) -> None:
        ticket = await tx.ticket(1)
        assert ticket
        old = {"visibility_mode": "global", "visible_since": None, "version": ticket.version + 1}
        await tx.save(ticket.model_copy(update=old), now=ticket.updated_at)

    await town.runtime.store.change(town.workspace, from_before)
    dana = await opens("U0DANA")
    await types(dana, town, "/ticket settings")
    dialog = dana.get_by_role("dialog").first
    question = dana.get_by_role("dialog", name="Let others see them?")
    for answer in ("Not now", "Confirm"):
        await dialog.get_by_role("button", name="Confirm…").click()
        assert (await town.ticket(1)).visible_since is None
        await question.get_by_role("button", name=answer, exact=True).click()
        await expect(question).to_have_count(0)
    await expect(dialog).to_contain_text("1 confirmed.")


async def shares(page: Page, town: Town, with_whom: str) -> None:
    """“Share…” behind the ⋯ of T-1's card."""
    await shown(page, "T-1").first.get_by_role("button", name="More options").click()
    await page.get_by_role("menuitem", name="Share…").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("radio", name=re.compile(with_whom)).check()
    if with_whom.startswith("Partners"):
        await dialog.get_by_role("combobox", name=re.compile("^With whom")).click()
        await page.get_by_role("option", name=re.compile("halden-lifts")).click()
        await serious(page, "the form that shares")
    await dialog.get_by_role("button", name="Save").click()
    await dialog.get_by_role("button", name="Done").click()
    await town.settled()


async def test_removed_from_one_it_works_on_in_the_other_and_goes_on_there_once_it_is_back(
    town: Town, opens: Open
) -> None:
    await town.partners()
    ana, mira, hugo = (
        await opens("U0ANA"),
        await opens("U0MIRA", place=THERE),
        await opens("U0HUGO", place=THERE),
    )
    await types(hugo, town, "/ticket Oil the winch customer:c1 site:s1 type:other")
    await types(ana, town, LINE)
    await types(ana, town, "/ticket share T-1 with halden-lifts")
    await expect(shown(hugo, NAME)).to_contain_text("New")
    await mira.get_by_role("button", name="Halden Lifts").click()
    await mira.get_by_role("menuitem", name="Remove Deskhand from this workspace…").click()
    await mira.get_by_role("dialog").get_by_role("button", name="Remove").click()
    await expect(mira.get_by_text("Deskhand is not installed in Halden Lifts.")).to_be_visible()
    await town.slack.events_taken()
    await town.runtime.tasks.idle(ASKED)
    assert town.runtime.installations.of(HALDEN) is None

    await types(ana, town, "/ticket assign T-1 me")
    await expect(shown(ana, "T-1").first).to_contain_text("Assigned")
    await types(ana, town, LINE.replace("Lift B", "Gate 2"))
    await expect(shown(ana, "T-2")).to_contain_text("Gate 2 is stuck")
    await types(ana, town, "/ticket share T-2 with halden-lifts")
    await expect(shown(ana, "T-2")).to_contain_text("Shared with halden-lifts")
    assert "Assigned" not in (await town.channel_there("call-outs").shows(NAME)).shown
    await expect(shown(hugo, "Gate 2")).to_have_count(0)

    town.slack.clock.advance(10)
    await installs(mira)
    await types(hugo, town, "/invite @Deskhand")
    await expect(shown(hugo, "northgate-building/T-2")).to_contain_text("Gate 2 is stuck")
    await expect(shown(hugo, NAME)).to_contain_text("Assigned · ana")
    await town.settled()
    for words in (NAME, "northgate-building/T-2", "Oil the winch"):
        await expect(shown(hugo, words)).to_have_count(1)
    await types(hugo, town, "/ticket take T-1")
    await expect(shown(hugo, "Oil the winch")).to_contain_text("Assigned")


async def test_installing_on_a_phone_fits_and_says_what_to_do_when_it_goes_wrong(
    opens: Open, browser: Browser
) -> None:
    page = await opens("U0ANA", place="", size=PHONE, touch=True)
    await page.get_by_role("button", name="Northgate Building Services").tap()
    await fits(page)
    await serious(page, "the menu of the workspaces")
    await page.get_by_role("menuitemradio", name="Halden Lifts").tap()
    await page.get_by_role("link", name="Install Deskhand").tap()
    await expect(page.get_by_role("button", name="Allow")).to_be_visible()
    await fits(page)
    await page.get_by_role("button", name="Cancel").tap()
    await expect(page.get_by_role("heading", name="Nothing was installed")).to_be_visible()
    await fits(page)
    await serious(page, "the page that it was cancelled")
    await page.get_by_role("link", name="Begin again").tap()
    await page.route("**/app_redirect**", stays)
    await page.get_by_role("button", name="Allow").tap()
    await expect(page.get_by_role("heading", name="Deskhand is in Halden Lifts")).to_be_visible()
    await fits(page)

    used = await (await browser.new_context(viewport=PHONE, color_scheme="dark")).new_page()
    await used.goto(page.url)
    await expect(used.get_by_role("heading", name="This link works only once")).to_be_visible()
    await fits(used)
    await serious(used, "the page of a used link")
    await used.get_by_role("link", name="Begin again").click()
    await expect(used.get_by_role("heading", name="access to Halden Lifts")).to_be_visible()
