"""What the clock does is seen by moving it on the page: whoever is on call is paged, and what waited comes back."""

import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Locator, Page, expect

from bot import imports, manifest
from bot.domain.queues import turns_on_call
from bot.domain.workspace_settings import WorkspaceSettings
from bot.playground import seed
from bot.playground.clock import Clock
from bot.playground.standin import StandIn, start_standin
from bot.services.ports.store import Transaction
from tests.journeys.conftest import Office
from tests.journeys.test_in_the_browser import Open, browser, opens, pytestmark, say, serious

__all__ = ["browser", "opens", "pytestmark"]

LINE = "/ticket Lift stuck site:harbor-tower type:break_fix queue:facilities"
CALL = re.compile("T-1 Lift stuck (needs somebody now|is late)")
SETTINGS = WorkspaceSettings.model_validate_json(seed.SETTINGS.read_bytes())
TUESDAY = 1


@pytest.fixture
async def slack() -> AsyncIterator[StandIn]:
    """It is nine in the morning of a Tuesday, so that nobody hands over while a test moves by hours."""
    clock = Clock()
    clock.move("morning", "Europe/Berlin")
    while clock.now().weekday() != TUESDAY:
        clock.move("morning", "Europe/Berlin")
    async with await start_standin(manifest.read(), clock=clock) as standin:
        yield standin


@pytest.fixture
async def office(office: Office) -> Office:
    """The desk as the playground sets it up: two people are on call by turns, and Ana leads the queue. And what is resolved
    closes by itself."""
    now = office.slack.clock.now()

    async def work(tx: Transaction) -> None:
        await imports.import_desk(tx, seed.DIRECTORY, SETTINGS, now)
        clock = SETTINGS.clock.with_rule("close", now, ())
        await tx.keep_settings(SETTINGS.model_copy(update={"clock": clock}))

    await office.runtime.store.change(office.workspace, work)
    return office


@pytest.fixture
def turns(office: Office) -> tuple[str, ...]:
    """Who is on call, and who is next."""
    queue = SETTINGS.queue("facilities")
    assert queue
    return turns_on_call(queue, office.slack.clock.now())


def told(page: Page, words: str | re.Pattern[str]) -> Locator:
    return page.get_by_role("article").filter(has_text=words).last


async def moves(page: Page, office: Office, how: str) -> None:
    """The time, in the inspector. Returns once all is done that had its time then."""
    await page.get_by_role("button", name="Inspector", exact=True).click()
    async with page.expect_response("**/page/do"):
        await page.get_by_role("group", name="Time").get_by_role("button", name=how).click()
    await page.get_by_role("button", name="Close the inspector").click()
    while not await office.runtime.desk_clock.turn():
        pass
    await office.runtime.settled()


async def types(page: Page, office: Office, line: str) -> None:
    await say(page, line)
    await expect(page.get_by_role("textbox", name=re.compile("^Message #"))).to_have_value("")
    await office.runtime.settled()


async def test_a_critical_ticket_that_nobody_takes_pages_one_after_the_other_until_somebody_is_on_it(
    office: Office, opens: Open, turns: tuple[str, ...]
) -> None:
    ben, lead = await opens("U0BEN"), await opens("U0ANA", place="app/messages")
    first, second = [await opens(each, place="app/messages") for each in turns]
    await types(ben, office, f"{LINE} !critical")
    await expect(told(ben, "Lift stuck")).to_be_visible()

    await moves(ben, office, "+1 h")
    await expect(told(first, CALL)).to_be_visible()
    await expect(told(second, CALL)).to_have_count(0)
    await moves(ben, office, "+1 h")
    await expect(told(second, CALL)).to_be_visible()
    await serious(second, "a page")
    await told(second, CALL).get_by_role("button", name="I'm on it").click()
    await expect(told(second, "is on it")).to_be_visible()
    assert (await office.ticket(1)).assigned_user_id == turns[1]

    await moves(ben, office, "+1 h")
    await expect(told(lead, CALL)).to_have_count(0)
    ana = await opens("U0ANA")
    await types(ana, office, "/ticket history T-1")
    one, other = (office.slack.world.users[each].display_name for each in turns)
    for words in (f"Deskhand paged @{one}", f"Deskhand paged @{other}", f"@{other} is on it"):
        await expect(ana.get_by_role("dialog")).to_contain_text(words)


async def test_whoever_has_paused_their_notifications_is_passed_over_and_the_next_one_hears_why(
    office: Office, opens: Open, turns: tuple[str, ...]
) -> None:
    first, second = [await opens(each, place="app/messages") for each in turns]
    await first.get_by_role("button", name="Pause notifications").click()
    await first.get_by_role("menuitem", name="Pause until tomorrow 9:00").click()
    await expect(first.get_by_role("button", name="Notifications are paused")).to_be_visible()
    await office.person("ben").types(f"{LINE} !critical")
    await office.runtime.settled()
    await moves(first, office, "+1 h")
    await expect(told(second, CALL)).to_contain_text("do-not-disturb")


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

    await moves(ana, office, "Tomorrow 9:00")
    await expect(told(inbox, "T-1 Lift stuck is back")).to_contain_text("waiting for the fuser")
    assert (await office.ticket(1)).status == "in_progress"
    assert (await office.ticket(2)).snoozed_until
    await moves(ana, office, "+1 week")
    await expect(told(inbox, "T-2 Gate stuck is back")).to_be_visible()
    assert (await office.ticket(2)).snoozed_until is None
    await types(ana, office, "/ticket history T-1")
    await expect(ana.get_by_role("dialog")).to_contain_text("Deskhand ended its hold, which was over")
    await serious(ana, "the history")


async def test_what_is_resolved_closes_when_nobody_has_said_for_days_that_it_is_not(
    office: Office, opens: Open
) -> None:
    ben, emil = await opens("U0BEN"), await opens("U0EMIL")
    await types(ben, office, LINE)
    await types(emil, office, "/ticket take T-1")
    await types(emil, office, "/ticket resolve T-1 a new cable")
    await ben.get_by_role("link", name=re.compile("repl(y|ies)")).click()
    await expect(told(ben, "resolved T-1")).to_contain_text("closes by itself")
    await moves(ben, office, "Tomorrow 9:00")
    assert (await office.ticket(1)).status == "resolved"
    await moves(ben, office, "+1 week")
    assert (await office.ticket(1)).status == "closed"
    await types(emil, office, "/ticket history T-1")
    await expect(emil.get_by_role("dialog")).to_contain_text("Deskhand closed it")
