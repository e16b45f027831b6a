"""One reaction, one mention or one message is enough, in a real browser: the example's own channels are worked."""

import re

import pytest
from playwright.async_api import Locator, Page, expect

from bot import imports
from bot.domain.workspace_settings import WorkspaceSettings
from bot.playground import seed
from bot.services.ports.store import Transaction
from tests.journeys.conftest import Office
from tests.journeys.test_in_the_browser import Open, browser, opens, pytestmark, say, serious
from tests.journeys.walk import chooses

__all__ = ["browser", "opens", "pytestmark"]

ACME_HQ, HELP_DESK = "C0ACMEHQ", "C0HELPDESK"


@pytest.fixture
async def office(office: Office) -> Office:
    """The desk as the playground sets it up: two channels have defaults, and one of them takes in what is written."""

    async def work(tx: Transaction) -> None:
        await imports.import_files(tx, seed.DIRECTORY)
        await tx.keep_settings(WorkspaceSettings.model_validate_json(seed.SETTINGS.read_bytes()))

    await office.runtime.store.change(office.workspace, work)
    return office


def message(page: Page, words: str) -> Locator:
    return page.get_by_role("main").get_by_role("article").filter(has_text=words)


def thread(page: Page) -> Locator:
    return page.get_by_role("complementary", name="Thread")


def answer(page: Page, words: str) -> Locator:
    return thread(page).get_by_role("article").filter(has_text=words).last


async def reacts(page: Page, said: Locator, name: str) -> None:
    await said.hover()
    await said.get_by_role("button", name="Add reaction…").click()
    await page.get_by_role("dialog", name="Emoji").get_by_role("button", name=name, exact=True).click()


async def opens_thread(page: Page, said: Locator) -> None:
    await said.get_by_role("link", name=re.compile("repl(y|ies)")).click()
    await expect(thread(page)).to_be_visible()


async def orders(page: Page, words: str) -> None:
    """In the thread that is open; the name is completed."""
    reply = page.get_by_role("textbox", name="Message thread")
    await reply.press_sequentially("@desk")
    await expect(page.get_by_role("option", name="Deskhand")).to_be_visible()
    await reply.press("Enter")
    await reply.press_sequentially(words)
    await reply.press("Enter")


async def test_a_reaction_makes_a_ticket_and_two_mentions_solve_it(office: Office, opens: Open) -> None:
    ben, ana = await opens("U0BEN", place=ACME_HQ), await opens("U0ANA", place=ACME_HQ)
    chloe = await opens("U0CHLOE", place=ACME_HQ)
    await say(ben, "The lobby printer is dead")
    await reacts(ana, message(ana, "The lobby printer is dead"), "ticket")

    await opens_thread(ben, message(ben, "The lobby printer is dead"))
    await expect(answer(ben, "T-1")).to_contain_text("Acme Manufacturing, HQ")
    await expect(ana.get_by_role("dialog")).to_have_count(0)
    ticket = await office.ticket(1)
    assert (ticket.customer_id, ticket.site_id, ticket.assigned_queue) == ("acme", "acme-hq", "facilities")
    assert (ticket.summary, ticket.created_by) == ("The lobby printer is dead", "U0BEN")

    await opens_thread(chloe, message(chloe, "The lobby printer is dead"))
    await orders(chloe, "take")
    await expect(answer(ben, "has taken T-1")).to_be_visible()
    await orders(chloe, "resolve new fuser")
    await expect(answer(ben, "resolved T-1")).to_contain_text("new fuser")
    for choice in ("Solved", "Not yet"):
        await expect(answer(ben, "resolved T-1").get_by_role("button", name=choice)).to_be_visible()
    ticket = await office.ticket(1)
    assert (ticket.status, ticket.assigned_user_id, ticket.resolution) == (
        "resolved",
        "U0CHLOE",
        "new fuser",
    )
    assert (await office.runtime.store.read(office.workspace).comments(1)).total == 0, "an order is none"
    await serious(ben, "the thread")
    await answer(ben, "resolved T-1").get_by_role("button", name="Solved").click()
    await expect(answer(ben, "T-1 is solved and closed")).to_be_visible()


async def test_a_messages_menu_makes_a_ticket_without_a_form_and_the_tour_counts_it(
    office: Office, opens: Open
) -> None:
    ben = await opens("U0BEN", place=ACME_HQ)
    step = ben.get_by_role("region", name="First steps").get_by_role("listitem").nth(1)
    await say(ben, "The lobby printer is dead")
    await chooses(ben, message(ben, "The lobby printer is dead"), "Create ticket")
    await opens_thread(ben, message(ben, "The lobby printer is dead"))
    await expect(answer(ben, "T-1")).to_contain_text("Acme Manufacturing, HQ")
    await expect(step.get_by_role("img", name="Done")).to_be_visible()
    assert office.slack.calls("views.open") == []


async def test_what_is_written_in_an_intake_channel_becomes_a_ticket(office: Office, opens: Open) -> None:
    ben = await opens("U0BEN", place=HELP_DESK)
    await say(ben, "The lift is stuck on the fourth floor")
    await opens_thread(ben, message(ben, "The lift is stuck"))
    await expect(answer(ben, "T-1")).to_contain_text("Harbor Point Offices, Tower")
    for words in ("It smells of smoke, too", "Thanks!"):
        await say(ben, words)
        await expect(message(ben, words).last).to_be_visible()
    await office.slack.events_taken()
    await office.runtime.settled()
    assert await office.total() == 1
    comments = (await office.runtime.store.read(office.workspace).comments(1)).comments
    assert [each.text for each in comments] == ["It smells of smoke, too"]
    ticket = await office.ticket(1)
    assert (ticket.summary, ticket.created_by) == ("The lift is stuck on the fourth floor", "U0BEN")


async def test_a_mention_inside_a_sentence_is_talk(office: Office, opens: Open) -> None:
    ben = await opens("U0BEN", place=ACME_HQ)
    await say(ben, "should we ask @Deskhand?")
    said = message(ben, "should we ask @Deskhand?")
    await expect(said).to_be_visible()
    before = len(office.channel(ACME_HQ).messages)
    await office.slack.events_taken()
    await office.runtime.settled()
    assert await office.total() == 0
    assert len(office.channel(ACME_HQ).messages) == before
    assert office.channel(ACME_HQ).messages[-1].reactions == {}
    assert office.slack.ephemerals(to=office.person("ben")) == []
    assert len(office.slack.exchanges.of("app_mention")) == 1
