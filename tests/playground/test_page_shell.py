"""The workspace on the page as a person at a browser meets it. No bot answers: only Slack's side is here."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio
from playwright.async_api import Browser, FilePayload, FloatRect, Locator, Page, Route, ViewportSize, expect

from bot.playground.driver import Person
from bot.playground.records import Message
from bot.playground.standin import StandIn, start_standin
from tests.chromium import NEEDED, PATIENCE, chromium
from tests.playground.conftest import MANIFEST, modal, text_input

PHONE: ViewportSize = {"width": 390, "height": 844}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.asyncio(loop_scope="module"),
    NEEDED,
]
Open = Callable[..., Awaitable[Page]]


@pytest_asyncio.fixture(loop_scope="module")
async def slack() -> AsyncIterator[StandIn]:
    """By the true time, as the browser's is."""
    async with await start_standin(MANIFEST) as standin:
        yield standin


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as launched:
        yield launched


@pytest_asyncio.fixture(loop_scope="module")
async def opens(slack: StandIn, browser: Browser) -> AsyncIterator[Open]:
    """Opens the page as somebody, in a window of their own. No window may have logged an error in the end."""
    faults: list[str] = []

    async def opens(
        who: str = "U0ANA", at: str = "#/C0SUPPORT", *, size: ViewportSize | None = None, touch: bool = False
    ) -> Page:
        context = await browser.new_context(viewport=size, has_touch=touch)
        page = await context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
        await page.goto(f"{slack.url}/?as={who}{at}")
        return page

    yield opens
    for context in browser.contexts:
        await context.close()
    assert faults == []


@pytest.fixture
def ben(slack: StandIn) -> Person:
    return slack.person("ben")


def composer(page: Page) -> Locator:
    return page.get_by_role("textbox", name=re.compile("^Message #"))


def message(page: Page, words: str) -> Locator:
    return page.get_by_role("main").get_by_role("article").filter(has_text=words)


async def box(locator: Locator) -> FloatRect:
    found = await locator.bounding_box()
    assert found
    return found


async def settled(page: Page) -> None:
    """Two frames later, when the list has scrolled to where it should."""
    await page.evaluate("new Promise((on) => requestAnimationFrame(() => requestAnimationFrame(on)))")


async def test_the_sidebar_lists_what_this_person_is_in(opens: Open) -> None:
    ana, ben = await opens("U0ANA"), await opens("U0BEN")
    lists = ana.get_by_role("navigation", name="Channels and apps")
    await expect(lists.get_by_role("link", name="support-leads")).to_be_visible()
    await expect(lists.get_by_role("link", name="support", exact=True)).to_have_attribute(
        "aria-current", "page"
    )
    await expect(ben.get_by_role("link", name="network")).to_be_visible()
    await expect(ben.get_by_role("link", name="support-leads")).to_have_count(0)


async def test_messages_of_one_author_stand_together_below_their_day(opens: Open, ben: Person) -> None:
    page = await opens()
    ben.says("One thing")
    ben.says("And another")
    await expect(page.get_by_role("heading", name="Today")).to_be_visible()
    await expect(message(page, "One thing")).to_contain_text("Ben Carter")
    await expect(message(page, "And another")).not_to_contain_text("Ben Carter")


async def test_times_are_those_of_the_viewers_own_zone(opens: Open) -> None:
    berlin, new_york = await opens("U0ANA"), await opens("U0BEN")
    await expect(message(berlin, "lobby printer").get_by_text("9:00 AM")).to_have_attribute(
        "title", "Monday, June 2nd, 2025 at 9:00:00 AM"
    )
    await expect(message(new_york, "lobby printer").get_by_text("3:00 AM")).to_be_visible()


async def test_a_channel_is_bold_until_it_is_read_and_a_mention_is_counted(opens: Open, ben: Person) -> None:
    page = await opens()
    await expect(message(page, "lobby printer")).to_be_visible()
    ben.says("Is anybody there, @ana?", in_="network")
    await expect(page.get_by_role("link", name="network unread 1")).to_be_visible()
    await page.get_by_role("link", name="network").click()
    await expect(message(page, "Is anybody there")).to_be_visible()
    await expect(page.get_by_role("link", name="network", exact=True)).to_be_visible()


async def test_whom_a_reply_mentions_is_seen_at_their_face_and_when_they_open_the_channel_it_is_read(
    opens: Open, slack: StandIn, ben: Person
) -> None:
    page = await opens("U0CHLOE")
    ben.says("Is anybody there, @ana?", reply_to=slack.channel("support").messages[0])
    await page.get_by_role("link", name="Act as Ana Weber, unread mentions: 1").click()
    await expect(page.get_by_text("Acting as Ana Weber")).to_be_visible()
    await expect(page.get_by_role("link", name="Act as Ana Weber", exact=True)).to_be_visible()
    await expect(page.get_by_role("link", name="support", exact=True)).to_be_visible()
    ben.says("And now, @ana?", in_="network")
    await page.reload()
    await expect(page.get_by_role("link", name="network unread 1")).to_be_visible()


async def test_what_only_one_person_sees_for_a_moment_is_gone_after_a_reload(
    opens: Open, slack: StandIn
) -> None:
    page = await opens()
    support, ana = slack.world.conversation("support"), slack.world.user("ana")
    await expect(message(page, "lobby printer")).to_be_visible()  # a page that loads later has lost it, too
    slack.world.post(Message(slack.world.next_ts(), support, slack.world.bot, "Psst", only_for=ana.id))
    await expect(message(page, "Psst")).to_be_visible()
    slack.world.views.open(ana.id, modal(text_input("Summary")))
    slack.world.changes.note()
    await expect(page.get_by_role("dialog")).to_be_visible()
    await page.reload()
    await expect(message(page, "lobby printer")).to_be_visible()
    await expect(message(page, "Psst")).to_have_count(0)
    await expect(page.get_by_role("dialog")).to_have_count(0)


async def test_a_command_is_completed_with_its_description(opens: Open) -> None:
    page = await opens()
    await composer(page).press_sequentially("/ti")
    await expect(page.get_by_role("option", name="/ticket Make a ticket")).to_have_attribute(
        "aria-selected", "true"
    )
    await composer(page).press("Tab")
    await expect(composer(page)).to_have_value("/ticket ")


async def test_people_and_channels_are_completed_while_typing(opens: Open, slack: StandIn) -> None:
    page = await opens()
    await composer(page).press_sequentially("Ask @chl")
    await composer(page).press("Enter")
    await composer(page).press_sequentially("in #net")
    await composer(page).press("ArrowDown")
    await composer(page).press("Enter")
    await composer(page).press("Enter")
    sent = await slack.channel("support").shows("Ask")
    assert sent.text.strip() == "Ask <@U0CHLOE> in <#C0NETWORK|network>"


async def test_shift_enter_is_a_new_line(opens: Open, slack: StandIn) -> None:
    page = await opens()
    await composer(page).press_sequentially("One")
    await composer(page).press("Shift+Enter")
    await composer(page).press_sequentially("two")
    await composer(page).press("Enter")
    assert (await slack.channel("support").shows("One")).text == "One\ntwo"
    await expect(composer(page)).to_have_value("")


async def test_what_could_not_be_sent_is_given_back(opens: Open) -> None:
    page = await opens()
    await composer(page).fill("/nothing of the kind")
    await composer(page).press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("/nothing is not a valid command")
    await expect(composer(page)).to_have_value("/nothing of the kind")


async def test_what_was_begun_waits_in_its_channel(opens: Open) -> None:
    page = await opens()
    await composer(page).fill("Half a thought")
    await page.get_by_role("link", name="network").click()
    await expect(composer(page)).to_have_value("")
    await page.get_by_role("link", name="support", exact=True).click()
    await expect(composer(page)).to_have_value("Half a thought")


async def test_files_are_sent_with_a_message(opens: Open, slack: StandIn) -> None:
    page = await opens()
    panel = FilePayload(name="panel.png", mimeType="image/png", buffer=b"12345")
    log = FilePayload(name="log.txt", mimeType="text/plain", buffer=b"1")
    await page.get_by_role("main").get_by_label("Files to upload").set_input_files([panel, log])
    await page.get_by_role("button", name="Remove log.txt").click()
    await composer(page).fill("See the panel")
    await composer(page).press("Enter")
    await expect(message(page, "See the panel")).to_contain_text("panel.png")
    [file] = (await slack.channel("support").shows("See the panel")).files
    assert (file.name, file.mimetype, file.size) == ("panel.png", "image/png", 5)


async def test_what_is_attached_before_a_channel_is_shown_goes_there(
    slack: StandIn, browser: Browser
) -> None:
    page = await browser.new_page()
    attached = asyncio.Event()

    async def late(route: Route) -> None:
        await attached.wait()
        await route.continue_()

    await page.route("**/page/events*", late)
    await page.goto(f"{slack.url}/?as=U0ANA#/C0SUPPORT")
    log = FilePayload(name="log.txt", mimeType="text/plain", buffer=b"1")
    await page.get_by_label("Files to upload").first.set_input_files([log])
    attached.set()
    await expect(composer(page)).to_be_visible()
    await expect(page.get_by_role("button", name="Remove log.txt")).to_be_visible()
    await page.context.close()


async def test_a_menu_opens_by_keyboard_and_gives_the_focus_back(opens: Open) -> None:
    page = await opens()
    last = message(page, "Cold air")
    await last.focus()
    await page.keyboard.press("ArrowUp")
    await expect(message(page, "Thanks Ben")).to_be_focused()
    await page.keyboard.press("Shift+F10")
    menu = page.get_by_role("menu", name="Message actions")
    await expect(menu.get_by_role("menuitem", name="Add reaction…")).to_be_focused()
    await page.keyboard.press("End")
    group = menu.get_by_role("group", name="More message shortcuts")
    await expect(group.get_by_role("menuitem", name="Create ticket")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(menu).to_have_count(0)
    await expect(message(page, "Thanks Ben")).to_be_focused()


async def test_a_long_press_opens_the_menu(opens: Open) -> None:
    page = await opens(size=PHONE, touch=True)
    await expect(message(page, "Cold air")).to_be_in_viewport()
    await settled(page)
    place = await box(message(page, "Cold air"))
    finger = await page.context.new_cdp_session(page)
    at = {"x": place["x"] + 100, "y": place["y"] + 40}
    await finger.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [at]})
    await expect(page.get_by_role("menuitem", name="Create ticket")).to_be_visible()
    await finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    await expect(page.get_by_role("menuitem", name="Create ticket")).to_be_visible()


async def test_own_messages_are_edited_and_deleted_and_others_are_not(opens: Open, slack: StandIn) -> None:
    page = await opens()
    await composer(page).fill("Ask @ben & wait")
    await composer(page).press("Enter")
    own = message(page, "Ask")
    await own.click(button="right", position={"x": 400, "y": 10})
    await page.get_by_role("menuitem", name="Edit message").click()
    editor = page.get_by_role("textbox", name="Edit message")
    await expect(editor).to_have_value("Ask @ben & wait")
    await editor.fill("Ask @chloe instead")
    await editor.press("Enter")
    await expect(own).to_contain_text("(edited)")
    assert (await slack.channel("support").shows("instead")).text == "Ask <@U0CHLOE> instead"
    await own.click(button="right", position={"x": 400, "y": 10})
    await page.get_by_role("menuitem", name="Delete message…").click()
    await page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(own).to_have_count(0)
    await message(page, "lobby printer").click(button="right", position={"x": 400, "y": 10})
    await expect(page.get_by_role("menuitem", name="Reply in thread")).to_be_visible()
    await expect(page.get_by_role("menuitem", name="Edit message")).to_have_count(0)


async def test_a_reaction_is_added_and_taken_away(opens: Open) -> None:
    page = await opens()
    await message(page, "Cold air").hover()
    await page.get_by_role("button", name="React with eyes").click()
    pill = message(page, "Cold air").get_by_role("button", name="eyes: Ana Weber")
    await expect(pill).to_have_attribute("aria-pressed", "true")
    await pill.click()
    await expect(pill).to_have_count(0)


async def test_a_thread_opens_beside_its_channel(opens: Open, slack: StandIn, ben: Person) -> None:
    page = await opens()
    await message(page, "Thanks Ben").hover()
    await page.get_by_role("button", name="Reply in thread").click()
    thread = page.get_by_role("complementary", name="Thread")
    reply = thread.get_by_role("textbox", name="Message thread")
    await expect(reply).to_be_focused()
    await reply.fill("The fuser is on its way")
    await reply.press("Enter")
    await expect(page.get_by_role("link", name=re.compile("^1 reply"))).to_be_visible()
    ben.says("Great", reply_to=await slack.channel("support").shows("Thanks Ben"))
    await expect(thread.get_by_role("article").filter(has_text="Great")).to_be_visible()
    await expect(page.get_by_role("link", name=re.compile("^2 replies"))).to_be_visible()
    await reply.press("Escape")
    await expect(thread).to_be_hidden()
    await expect(message(page, "Thanks Ben")).to_be_focused()


async def test_a_reader_who_has_scrolled_up_stays_there(opens: Open, ben: Person) -> None:
    for number in range(60):
        ben.says(f"Message {number}.")
    page = await opens()
    await expect(message(page, "Message 59.")).to_be_in_viewport()
    await message(page, "Message 10.").scroll_into_view_if_needed()
    await settled(page)
    before = await box(message(page, "Message 10."))
    ben.says("Something new")
    await expect(page.get_by_role("button", name="Jump to latest")).to_be_visible()
    assert await box(message(page, "Message 10.")) == pytest.approx(before, abs=1)
    await page.get_by_role("button", name="Jump to latest").click()
    await expect(message(page, "Something new")).to_be_in_viewport()
    ben.says("And newer")
    await expect(message(page, "And newer")).to_be_in_viewport()


async def test_a_change_touches_the_rows_that_it_changes_only(opens: Open, ben: Person) -> None:
    page = await opens()
    first = message(page, "lobby printer")
    await first.evaluate("(node) => { node.querySelector('.content').dataset.same = 'yes' }")
    mine = ben.says("Wait")
    await expect(message(page, "Wait")).to_be_visible()
    ben.edits(mine, "Go")
    await expect(message(page, "Go")).to_be_visible()
    await expect(first.locator("[data-same=yes]")).to_have_count(1)


async def test_a_window_may_become_somebody_elses(opens: Open, slack: StandIn) -> None:
    page = await opens()
    await page.get_by_role("link", name="Act as Ben Carter").click()
    await expect(page.get_by_role("link", name="support-leads")).to_have_count(0)
    await composer(page).fill("It is me")
    await composer(page).press("Enter")
    assert (await slack.channel("support").shows("It is me")).author.id == "U0BEN"
    await page.reload()
    await expect(page.get_by_text("Acting as Ben Carter")).to_be_visible()


async def test_the_theme_is_remembered(opens: Open) -> None:
    page = await opens()
    await page.get_by_role("button", name="Theme").click()
    await page.get_by_role("menuitemradio", name="Dark").click()
    await page.reload()
    await expect(message(page, "lobby printer")).to_be_visible()
    assert await page.evaluate("getComputedStyle(document.querySelector('main')).backgroundColor") == (
        "rgb(26, 29, 33)"
    )


async def test_a_phone_shows_one_thing_at_a_time(opens: Open) -> None:
    page = await opens(size=PHONE, touch=True)
    await expect(composer(page)).to_be_in_viewport()
    await expect(page.get_by_role("navigation", name="Channels and apps")).to_be_hidden()
    await page.get_by_role("link", name="Back to the channel list").click()
    await page.get_by_role("link", name="network").click()
    await expect(message(page, "Wi-Fi on the third floor")).to_be_visible()
    await page.go_back()
    await expect(page.get_by_role("link", name="network")).to_be_visible()
    await expect(page.get_by_role("main")).to_be_hidden()


DRAWINGS = """
globalThis.drawings = new Set();
const remember = node => {
  if (node.matches?.(".gutter")) drawings.add(node);
  node.querySelectorAll?.(".gutter").forEach(each => drawings.add(each));
};
new MutationObserver(changes => changes.forEach(({ addedNodes }) => addedNodes.forEach(remember)))
  .observe(document, { childList: true, subtree: true });
"""
"""Each time that a message is drawn it has a gutter that was not there before."""


async def test_a_thousand_messages_are_drawn_once_each_and_the_newest_first(opens: Open, ben: Person) -> None:
    page = await opens(at="#/C0NETWORK")
    for number in range(1_000):
        ben.says(f"Message {number} about *printers*.", in_="network")
    await page.add_init_script(DRAWINGS)
    await page.reload()
    await expect(message(page, "Message 999 ")).to_be_in_viewport()
    # The page draws the rest while it is idle, which on a busy machine it seldom is.
    await expect(message(page, "Wi-Fi on the third floor")).to_be_attached(timeout=2 * PATIENCE)
    drawn = await page.evaluate("[...drawings].map(each => each.closest('article').ariaLabel)")
    assert 1_000 < len(drawn) == await page.locator(".row").count()
    assert any("Message 999 " in label for label in drawn[:100])
