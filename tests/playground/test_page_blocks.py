"""Blocks and modals as they are drawn and used, in a real browser."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, FilePayload, Locator, expect

from bot.playground.wire import Json
from tests.chromium import NEEDED, chromium
from tests.playground.blocks_kit import NOW, Bench, Theme, bench

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),  # one browser for all
    pytest.mark.slow,
    NEEDED,
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as launched:
        yield launched


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser) -> AsyncIterator[Bench]:
    async with bench(browser) as laid:
        yield laid


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def option(text: str) -> Json:
    return {"text": plain(text), "value": text.lower()}


LEVELS = [option("Low"), option("Medium"), option("High")]
LOW, MEDIUM, HIGH = LEVELS


def given(name: str, kind: str, *, block: Json | None = None, **fields: object) -> Json:
    """An input block that is labelled, and whose ids are, its name."""
    element = {"type": kind, "action_id": name, **fields}
    return {"type": "input", "block_id": name, "label": plain(name), "element": element, **(block or {})}


def view(*blocks: Json, number: int = 1, **fields: object) -> Json:
    content = {"type": "modal", "title": plain(f"Form {number}"), "submit": plain("Save"), "blocks": blocks}
    about = {"id": f"V{number}", "kind": "modal", "content": content, "values": {}, "errors": {}}
    return {**about, "trouble": None, "rootId": "V1", "previousId": None, "hash": "1", **fields}


def held(name: str, kind: str, place: str, value: object) -> Json:
    return {name: {name: {"type": kind, place: value}}}


def combobox(page: Bench, name: str) -> Locator:
    return page.page.get_by_role("combobox", name=name)


def image(character: str, code: str) -> str:
    source = f"/page/static/emoji/{code}.svg"
    return f'<img class="b-emoji" src="{source}" alt="{character}" draggable="false">'


MARKUP = [
    ("*bold* _it_ ~no~", "<strong>bold</strong> <em>it</em> <s>no</s>"),
    ("*a _b_ c*", "<strong>a <em>b</em> c</strong>"),
    ("snake_case_name 2*3*4", "snake_case_name 2*3*4"),
    ("`*code* &lt;b&gt; :tada:`", "<code>*code* &lt;b&gt; :tada:</code>"),
    ("a\n```x &amp; *y*```\nb", "a<pre>x &amp; *y*</pre>b"),
    ("&gt; one\n&gt; *two*\nthree", "<blockquote>one\n<strong>two</strong></blockquote>three"),
    ("&gt;&gt;&gt; one\ntwo", "<blockquote>one\ntwo</blockquote>"),
    ("&amp;lt; &lt;script&gt;", "&amp;lt; &lt;script&gt;"),
    (":tada: :no_such_emoji:", f"{image('🎉', '1f389')} :no_such_emoji:"),
    ("⚠️ *done:white_check_mark:*", f"{image('⚠️', '26a0')} <strong>done{image('✅', '2705')}</strong>"),
    (":+1::skin-tone-3: 👍🏽", f"{image('👍', '1f44d')} {image('👍🏽', '1f44d')}"),
    ("👷‍♀️ 🦉 ⚠", "👷‍♀️ 🦉 ⚠"),
    ("<@U0BEN>", '<span class="b-mention">@Ben Okafor</span>'),
    ("<@U0ANA>", '<span class="b-mention me">@Ana Silva</span>'),
    ("<#C0SUPPORT|old>", '<span class="b-mention">#support</span>'),
    ("<!here>", '<span class="b-mention me">@here</span>'),
    ("<javascript:alert(1)|click>", "<span>click</span>"),
    ("<img src=x onerror=alert(1)>", "<span>img src=x onerror=alert(1)</span>"),
    (f"<!date^{NOW}^{{date_short_pretty}} at {{time}}|x>", None),
    ("<!date^soon^{date}|some day>", "some day"),
]


@pytest.mark.parametrize(("text", "html"), MARKUP)
async def test_mrkdwn_reads_as_in_slack(page: Bench, text: str, html: str | None) -> None:
    stamp = '<time datetime="2026-11-18T11:06:40.000Z">Today at 12:06 PM</time>'
    assert await page.write(text) == (html or stamp)


async def test_links_leave_the_page_and_know_nothing_of_it(page: Bench) -> None:
    await page.write(
        "<https://a.example/?x=1&amp;y=2|there> and https://b.example/c_d, mail <mailto:a@b.example>"
    )
    links = page.page.locator("#room a")
    found = await links.evaluate_all("(all) => all.map((a) => [a.getAttribute('href'), a.rel, a.target])")
    safe = ["noopener noreferrer", "_blank"]
    assert found == [
        ["https://a.example/?x=1&y=2", *safe],
        ["https://b.example/c_d", *safe],
        ["mailto:a@b.example", *safe],
    ]
    await expect(links.first).to_have_text("there")


async def test_an_address_is_a_link_of_itself_where_slack_reads_texts_and_not_where_they_are_verbatim(
    page: Bench,
) -> None:
    text = mrkdwn("*https://a.example* and <https://b.example>")
    for verbatim, links in (({}, 2), ({"verbatim": False}, 2), ({"verbatim": True}, 1)):
        await page.draw({"type": "section", "text": {**text, **verbatim}})
        await expect(page.page.locator("#room a")).to_have_count(links)


async def test_emoji_are_images_in_buttons_rich_text_and_titles_too(page: Bench) -> None:
    emoji = {"type": "emoji", "name": "eyes", "unicode": "1f440"}
    text = {"type": "rich_text_section", "elements": [{"type": "text", "text": "on 🔥 "}, emoji]}
    go = {"type": "button", "action_id": "go", "text": {**plain(":ticket: Go"), "emoji": True}}
    await page.draw(
        {"type": "header", "text": plain(":bell: Rota")},
        {"type": "rich_text", "elements": [text]},
        {"type": "actions", "elements": [go]},
    )
    await expect(page.page.get_by_role("button", name="🎫 Go")).to_be_visible()
    images = page.page.locator("#room img")
    await images.evaluate_all("(all) => Promise.all(all.map((each) => each.decode()))")
    assert await images.evaluate_all("(all) => all.map(({ alt }) => alt)") == ["🔔", "🔥", "👀", "🎫"]
    line = page.page.locator(".b-rich > div")
    with_emoji = await line.evaluate("(node) => node.clientHeight")
    await line.evaluate("(node) => node.querySelectorAll('img').forEach((each) => each.remove())")
    assert await line.evaluate("(node) => node.clientHeight") == with_emoji, "the line is as high as any"


async def test_forty_thousand_hostile_characters_are_read_at_once(page: Bench) -> None:
    for text in ("*a " * 13_000, "_a" * 20_000, "<" * 40_000, "```" * 13_000, "~x_*" * 10_000):
        script = (
            "(text) => { const began = performance.now(); write(text); return performance.now() - began }"
        )
        assert await page.page.evaluate(script, text) < 1_000


async def test_rich_text_is_not_escaped(page: Bench) -> None:
    words = [{"type": "text", "text": "a &lt; b "}, {"type": "user", "user_id": "U0BEN"}]
    items = [
        {"type": "rich_text_section", "elements": [{"type": "text", "text": "two", "style": {"bold": True}}]}
    ]
    parts = [
        {"type": "rich_text_section", "elements": words},
        {"type": "rich_text_list", "style": "ordered", "offset": 1, "elements": items},
    ]
    await page.draw({"type": "rich_text", "elements": parts})
    await expect(page.page.locator("#room")).to_contain_text("a &lt; b @Ben Okafor")
    assert await page.page.locator("#room ol").evaluate("(list) => [list.start, list.innerHTML]") == [
        2,
        "<li><strong>two</strong></li>",
    ]


async def test_markdown_has_headings_lists_tables_and_code(page: Bench) -> None:
    text = "# Title\n- **one**\n  - in\n\n| A | B |\n|---|---|\n| `1` | <b> |\n\n```\n*x*\n```"
    await page.draw({"type": "markdown", "text": text})
    html = await page.page.locator(".b-markdown").inner_html()
    assert "<h1>Title</h1><ul><li><strong>one</strong><ul><li>in</li></ul></li></ul>" in html
    assert "<td><code>1</code></td><td>&lt;b&gt;</td>" in html
    assert html.endswith("<pre>*x*</pre>")


async def test_what_nobody_knows_is_named(page: Bench) -> None:
    await page.draw({"type": "hologram"}, {"type": "divider"})
    await expect(page.page.locator("#room")).to_have_text("[hologram block]")


async def test_a_button_is_pressed_after_its_question(page: Bench) -> None:
    ask = {"title": plain("Close it?"), "text": mrkdwn("*T-1*"), "confirm": plain("Yes"), "deny": plain("No")}
    button = {"type": "button", "action_id": "close", "text": plain("Close"), "confirm": ask}
    await page.draw({"type": "actions", "elements": [button]})
    for answer in ("No", "Yes"):
        await page.page.get_by_role("button", name="Close").click()
        await page.page.get_by_role("dialog", name="Close it?").get_by_role("button", name=answer).click()
    assert await page.waits_for("press") == [{"blockId": "b0", "actionId": "close", "value": None}]
    await expect(page.page.get_by_role("button", name="Close")).to_be_focused()


async def test_a_choice_that_is_taken_back_stands_as_before(page: Bench) -> None:
    ask = {"title": plain("Sure?"), "text": plain("Really"), "confirm": plain("Yes"), "deny": plain("No")}
    select = {
        "type": "static_select",
        "action_id": "s",
        "options": LEVELS,
        "initial_option": LOW,
        "confirm": ask,
    }
    await page.draw({"type": "actions", "elements": [select]})
    await page.page.get_by_role("combobox").click()
    await page.page.get_by_role("option", name="High").click()
    await page.page.get_by_role("button", name="No").click()
    await expect(page.page.get_by_role("combobox")).to_have_value("Low")
    assert await page.done("press") == []


async def test_an_overflow_menu_goes_by_keyboard(page: Bench) -> None:
    menu = {"type": "overflow", "action_id": "more", "options": LEVELS}
    await page.draw({"type": "section", "text": mrkdwn("T-1"), "accessory": menu})
    await page.page.get_by_role("button", name="More options").press("Enter")
    await page.page.keyboard.press("ArrowDown")
    await page.page.keyboard.press("Enter")
    assert await page.waits_for("press") == [{"blockId": "b0", "actionId": "more", "value": MEDIUM}]


async def test_a_select_filters_and_chooses_by_keyboard(page: Bench) -> None:
    await page.draw(
        {"type": "actions", "elements": [{"type": "static_select", "action_id": "s", "options": LEVELS}]}
    )
    box = page.page.get_by_role("combobox")
    await box.press("ArrowDown")
    await expect(page.page.get_by_role("option")).to_have_text(["Low", "Medium", "High"])
    await box.press("Escape")
    await expect(page.page.get_by_role("listbox")).to_have_count(0)
    await box.press_sequentially("i")
    await expect(page.page.get_by_role("option")).to_have_text(["Medium", "High"])
    await box.press("ArrowDown")
    await box.press("Enter")
    assert await page.waits_for("press") == [{"blockId": "b0", "actionId": "s", "value": HIGH}]
    await expect(box).to_have_value("High")
    await box.press_sequentially("nothing like it")
    await expect(page.page.get_by_role("status")).to_have_text("No results")


async def test_an_external_select_asks_and_says_how_it_goes(page: Bench) -> None:
    select = {"type": "external_select", "action_id": "s", "min_query_length": 2}
    await page.draw({"type": "actions", "elements": [select]})
    box, note = page.page.get_by_role("combobox"), page.page.get_by_role("status")
    await page.answer("suggest", None)
    await box.click()
    await expect(note).to_have_text("Type 2 or more characters to search")
    await box.fill("ac")
    await expect(note).to_have_text("Loading…")
    await page.answer("suggest", {"ok": False, "trouble": "Deskhand did not answer within 3 seconds."})
    await box.fill("acm")
    await expect(note).to_have_text("Deskhand did not answer within 3 seconds.")
    await page.answer("suggest", {"ok": True, "options": [option("Acme &amp; Sons")]})
    await box.fill("acme")
    await expect(page.page.get_by_role("option")).to_have_text("Acme & Sons")
    assert (await page.done("suggest"))[-1] == {"blockId": "b0", "actionId": "s", "text": "acme"}


async def test_several_are_chosen_and_taken_away(page: Bench) -> None:
    select = {"type": "multi_users_select", "action_id": "s", "initial_users": ["U0BEN"]}
    await page.draw({"type": "section", "text": mrkdwn("Who"), "accessory": select})
    await page.page.get_by_role("combobox").click()
    await expect(page.page.get_by_role("option")).to_have_text(["Ana Silva", "Ben Okafor"])
    await page.page.get_by_role("option", name="Ana").click()
    await page.page.get_by_role("button", name="Remove Ben Okafor").click()
    await page.page.get_by_role("combobox").press("Backspace")
    values = [each["value"] for each in await page.waits_for("press", 3)]
    assert values == [["U0BEN", "U0ANA"], ["U0ANA"], []]


async def test_a_data_table_sorts_and_pages(page: Bench) -> None:
    cells = [{"type": "raw_number", "value": each, "text": str(each)} for each in (9, 10, 1)]
    rows = [[{"type": "raw_text", "text": "Hours"}], *([cell] for cell in cells)]
    await page.draw({"type": "data_table", "caption": "Work", "page_size": 2, "rows": rows})
    cell, status = page.page.get_by_role("cell"), page.page.get_by_role("status")
    await page.page.get_by_role("button", name="Hours").click()
    await expect(cell).to_have_text(["1", "9"])
    await expect(page.page.get_by_role("columnheader")).to_have_attribute("aria-sort", "ascending")
    await page.page.get_by_role("button", name="Next page").click()
    await expect(cell).to_have_text(["10"])
    await expect(status).to_have_text("3–3 of 3")
    await page.page.get_by_role("button", name="Hours").click()
    await expect(cell).to_have_text(["10", "9"])


async def test_a_chart_tells_its_numbers_in_words_too(page: Bench) -> None:
    segments = [{"label": "Break-fix", "value": 3}, {"label": "Request", "value": 1}]
    await page.draw(
        {"type": "data_visualization", "title": "By type", "chart": {"type": "pie", "segments": segments}}
    )
    await expect(page.page.get_by_role("img", name="By type: pie chart")).to_be_visible()
    await expect(page.page.locator(".b-legend")).to_contain_text("Break-fix: 3 (75 %)")
    await expect(page.page.get_by_role("row", name="Request 1")).to_have_count(1)


@pytest.mark.parametrize("kind", ["bar", "line", "area"])
async def test_every_chart_with_axes_stands_inside_its_frame(page: Bench, kind: str) -> None:
    data = [{"label": name, "value": value} for name, value in (("Mon", -2), ("Tue", 7.5), ("Wed", 0))]
    chart = {
        "type": kind,
        "series": [{"name": "Open", "data": data}],
        "axis_config": {"categories": ["Mon", "Tue", "Wed"]},
    }
    await page.draw({"type": "data_visualization", "title": "Open", "chart": chart})
    frame = await page.page.locator(".b-chart").bounding_box()
    assert frame
    for mark in await page.page.locator(".b-chart :is(.bar, .dot, .line, .area)").all():
        box = await mark.bounding_box()
        assert box
        assert frame["y"] <= box["y"] <= box["y"] + box["height"] <= frame["y"] + frame["height"]


FILLED = [
    (given("x", "plain_text_input", initial_value="first"), "plain_text_input", "value", "second"),
    (given("x", "datepicker", initial_date="2026-01-01"), "datepicker", "selected_date", "2026-12-24"),
    (given("x", "timepicker"), "timepicker", "selected_time", "09:30"),
]


@pytest.mark.parametrize(("block", "kind", "place", "value"), FILLED)
async def test_what_was_entered_wins_over_what_was_given(
    page: Bench, block: Json, kind: str, place: str, value: str
) -> None:
    await page.draw(block, surface="modal", values=held("x", kind, place, value))
    await expect(page.page.get_by_label("x")).to_have_value(value)


async def test_an_input_that_was_emptied_stays_empty(page: Bench) -> None:
    block = given("x", "plain_text_input", initial_value="first")
    await page.draw(block, surface="modal", values=held("x", "plain_text_input", "value", None))
    await expect(page.page.get_by_label("x")).to_have_value("")


async def test_a_moment_is_of_the_viewers_zone(page: Bench) -> None:
    await page.draw(given("When", "datetimepicker", initial_date_time=NOW), surface="modal")
    field = page.page.get_by_label("When")
    await expect(field).to_have_value("2026-11-18T12:06")
    await field.fill("2026-07-01T12:00")
    assert (await page.waits_for("fill"))[-1]["value"] == 1_782_900_000


async def test_emoji_in_an_editor_are_read_back_as_what_they_stand_for(page: Bench) -> None:
    part = {"type": "rich_text_section", "elements": [{"type": "text", "text": "🔥"}]}
    value = {"type": "rich_text", "elements": [part]}
    await page.draw(given("x", "rich_text_input", initial_value=value), surface="modal")
    await expect(page.page.get_by_role("textbox").locator("img")).to_have_count(1)
    script = "async (node) => (await import('/page/static/blocks/rich_reading.js')).readRichText(node)"
    assert await page.page.get_by_role("textbox").evaluate(script) == value


async def test_choices_files_and_rich_text_are_told(page: Bench) -> None:
    boxes = given("Boxes", "checkboxes", options=LEVELS, initial_options=[LOW])
    await page.draw(boxes, given("Notes", "rich_text_input"), given("Files", "file_input"), surface="modal")
    await page.page.get_by_role("checkbox", name="High").check()
    await page.page.get_by_role("textbox", name="Notes").press_sequentially("Hi ")
    await page.page.get_by_role("button", name="Bold").click()
    await page.page.keyboard.type("all")
    chosen: FilePayload = {"name": "a.txt", "mimeType": "text/plain", "buffer": b"four"}
    await page.page.locator("input[type=file]").set_input_files([chosen])
    told = {each["actionId"]: each["value"] for each in await page.waits_for("fill", 8)}
    assert told["Boxes"] == [LOW, HIGH]
    words = [{"type": "text", "text": "Hi "}, {"type": "text", "text": "all", "style": {"bold": True}}]
    assert told["Notes"] == {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": words}],
    }
    assert told["Files"] == [{"name": "a.txt", "mimetype": "text/plain", "size": 4}]
    await expect(page.page.get_by_text("a.txt")).to_be_visible()


async def test_rich_text_is_read_back_as_it_was_given(page: Bench) -> None:
    parts = [
        {
            "type": "rich_text_section",
            "elements": [{"type": "text", "text": "To "}, {"type": "user", "user_id": "U0BEN"}],
        },
        {
            "type": "rich_text_list",
            "style": "bullet",
            "indent": 1,
            "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "in"}]}],
        },
        {"type": "rich_text_quote", "elements": [{"type": "text", "text": "said"}]},
    ]
    await page.draw(
        given("x", "rich_text_input", initial_value={"type": "rich_text", "elements": parts}), surface="modal"
    )
    script = "async (node) => (await import('/page/static/blocks/rich_reading.js')).readRichText(node)"
    assert await page.page.get_by_role("textbox").evaluate(script) == {"type": "rich_text", "elements": parts}


async def test_a_form_opens_on_its_first_input_and_gives_the_focus_back(page: Bench) -> None:
    await page.page.locator("#room").focus()
    await page.show(view({"type": "section", "text": mrkdwn("Hello")}, given("Summary", "plain_text_input")))
    await expect(page.page.get_by_role("dialog", name="Form 1")).to_be_visible()
    await expect(page.page.get_by_label("Summary")).to_be_focused()
    await page.show()
    await expect(page.page.get_by_role("dialog")).to_have_count(0)
    await expect(page.page.locator("#room")).to_be_focused()


async def test_tab_goes_round_inside_a_form_and_escape_closes_it(page: Bench) -> None:
    await page.show(view(given("Summary", "plain_text_input")))
    names = []
    for _ in range(5):
        await page.page.keyboard.press("Tab")
        names.append(
            await page.page.evaluate("document.activeElement.ariaLabel ?? document.activeElement.textContent")
        )
    assert names == ["Cancel", "Save", "Close", "", "Cancel"]
    await page.page.keyboard.press("Escape")
    assert await page.waits_for("close") == [{"view": "V1", "all": False}]


async def test_escape_in_an_open_list_closes_only_the_list(page: Bench) -> None:
    await page.show(view(given("Priority", "static_select", options=LEVELS)))
    await combobox(page, "Priority").press("ArrowDown")
    await page.page.keyboard.press("Escape")
    await expect(page.page.get_by_role("listbox")).to_have_count(0)
    assert await page.done("close") == []


async def test_enter_submits_after_what_was_typed_has_been_told(page: Bench) -> None:
    await page.show(view(given("Summary", "plain_text_input")))
    await page.page.get_by_label("Summary").press_sequentially("Lift")
    await page.page.keyboard.press("Enter")
    await page.waits_for("submit")
    done = await page.page.evaluate("done.map(({ action, value }) => [action, value ?? null])")
    assert done == [["fill", "Lift"], ["submit", None]]


async def test_a_double_click_submits_once(page: Bench) -> None:
    await page.show(view(given("Summary", "plain_text_input")))
    await page.answer("submit", None)
    await page.page.get_by_role("button", name="Save").dblclick()
    await expect(page.page.locator(".modal-view")).to_have_attribute("aria-busy", "true")
    assert len(await page.done("submit")) == 1


async def test_errors_stand_under_their_inputs_and_the_first_has_the_focus(page: Bench) -> None:
    blocks = (
        given("Name", "plain_text_input"),
        given("Mail", "email_text_input"),
        given("Web", "url_text_input"),
    )
    await page.show(view(*blocks))
    await page.answer("submit", {"ok": True, "errors": {"Mail": "No <such> box.", "Web": "No site."}})
    await page.page.get_by_role("button", name="Save").click()
    mail = page.page.get_by_label("Mail")
    await expect(mail).to_be_focused()
    await expect(mail).to_have_attribute("aria-invalid", "true")
    await expect(mail).to_have_accessible_description("No <such> box.")
    await expect(page.page.get_by_label("Name")).not_to_have_attribute("aria-invalid", "true")


async def test_trouble_is_said_and_nothing_typed_is_lost(page: Bench) -> None:
    await page.show(view(given("Summary", "plain_text_input")))
    await page.page.get_by_label("Summary").fill("Lift")
    await page.answer("submit", {"ok": False, "trouble": "We had some trouble connecting. Try again?"})
    await page.page.get_by_role("button", name="Save").click()
    await expect(page.page.get_by_role("alert")).to_have_text("We had some trouble connecting. Try again?")
    await expect(page.page.get_by_label("Summary")).to_have_value("Lift")


async def test_a_form_that_changes_meanwhile_keeps_the_caret_and_what_is_typed(page: Bench) -> None:
    await page.show(view(given("Summary", "plain_text_input")))
    summary = page.page.get_by_label("Summary")
    await summary.fill("Lift stuck")
    await summary.evaluate("(field) => field.setSelectionRange(4, 7)")
    label = {"label": plain("Summary of it"), "hint": plain("One line")}
    note = {"type": "section", "block_id": "note", "text": mrkdwn("New")}
    changed = (note, given("Summary", "plain_text_input", block=label), given("Site", "plain_text_input"))
    await page.show(view(*changed, hash="2", values=held("Summary", "plain_text_input", "value", "Li")))
    await expect(page.page.get_by_label("Site")).to_be_visible()
    await expect(page.page.get_by_label("Summary of it")).to_be_focused()
    state = await page.page.evaluate(
        "(({ value, selectionStart: a, selectionEnd: b }) => [value, a, b])(document.activeElement)"
    )
    assert state == ["Lift stuck", 4, 7]


async def test_a_field_whose_kind_of_input_changes_keeps_what_is_typed(page: Bench) -> None:
    await page.show(view(given("Summary", "plain_text_input")))
    await page.page.get_by_label("Summary").fill("Lift")
    await page.show(view(given("Summary", "plain_text_input", placeholder=plain("What is wrong?")), hash="2"))
    field = page.page.get_by_placeholder("What is wrong?")
    await expect(field).to_be_focused()
    await expect(field).to_have_value("Lift")


async def test_an_input_with_another_value_elsewhere_follows(page: Bench) -> None:
    site = given("Site", "static_select", options=LEVELS)
    await page.show(view(given("Summary", "plain_text_input"), site))
    values = held("Site", "static_select", "selected_option", HIGH)
    await page.show(view(given("Summary", "plain_text_input"), site, values=values))
    await expect(combobox(page, "Site")).to_have_value("High")


async def test_a_pushed_form_goes_back_to_what_was_left(page: Bench) -> None:
    first = view(given("Summary", "plain_text_input"))
    await page.show(first)
    await page.page.get_by_label("Summary").fill("Lift")
    await page.waits_for("fill")
    first["values"] = held("Summary", "plain_text_input", "value", "Lift")
    await page.show(first, view(given("Reason", "plain_text_input"), number=2, previousId="V1"))
    await expect(page.page.get_by_role("dialog", name="Form 2")).to_be_visible()
    await expect(page.page.get_by_label("Reason")).to_be_focused()
    await page.page.get_by_role("button", name="Back").click()
    assert await page.waits_for("close") == [{"view": "V2", "all": False}]
    await page.show(first)
    await expect(page.page.get_by_label("Summary")).to_be_focused()
    await expect(page.page.get_by_label("Summary")).to_have_value("Lift")


async def test_the_cross_closes_the_whole_stack(page: Bench) -> None:
    await page.show(view(), view(number=2, previousId="V1"))
    await page.page.get_by_role("button", name="Close").click()
    assert await page.waits_for("close") == [{"view": "V2", "all": True}]


async def test_enter_tells_the_bot_where_it_asked_to_hear_of_it(page: Bench) -> None:
    await page.show(view(given("Serial", "plain_text_input", block={"dispatch_action": True})))
    await page.page.get_by_label("Serial").press_sequentially("S-7")
    await page.page.keyboard.press("Enter")
    told = await page.waits_for("press")
    assert told == [{"source": {"view": "V1"}, "blockId": "Serial", "actionId": "Serial", "value": "S-7"}]
    assert await page.done("submit") == []


async def test_optional_inputs_say_so_and_others_are_required(page: Bench) -> None:
    await page.show(
        view(
            given("Summary", "plain_text_input"), given("Site", "plain_text_input", block={"optional": True})
        )
    )
    await expect(page.page.locator(".b-label")).to_have_text(["Summary", "Site (optional)"])
    await expect(page.page.get_by_label("Summary")).to_have_attribute("aria-required", "true")
    await expect(page.page.get_by_label("Site")).not_to_have_attribute("aria-required", "true")


EVERYTHING = (
    given("Summary", "plain_text_input", placeholder=plain("What?"), block={"hint": plain("One line")}),
    given("Notes", "plain_text_input", multiline=True),
    given("Hours", "number_input", is_decimal_allowed=True),
    given("Mail", "email_text_input"),
    given("Web", "url_text_input"),
    given("Story", "rich_text_input", placeholder=plain("Tell it")),
    given("Priority", "static_select", options=LEVELS, initial_option=LOW, block={"optional": True}),
    given("Customer", "external_select"),
    given("Tags", "multi_static_select", options=LEVELS, initial_options=[LOW, HIGH]),
    given("People", "multi_users_select"),
    given("Where", "conversations_select"),
    given("Due", "datepicker"),
    given("At", "timepicker"),
    given("When", "datetimepicker", initial_date_time=NOW),
    given("Boxes", "checkboxes", options=LEVELS),
    given("Level", "radio_buttons", options=LEVELS),
    given("Files", "file_input"),
    {"type": "alert", "block_id": "alert", "level": "warning", "text": mrkdwn("Due in *10 minutes*")},
    {"type": "context", "block_id": "context", "elements": [mrkdwn("By <@U0BEN> at `9:00`, <!here>")]},
)


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_axe_finds_nothing_serious_in_a_form_of_everything(browser: Browser, theme: Theme) -> None:
    async with bench(browser, theme=theme) as page:
        await page.show(view(*EVERYTHING, errors={"Mail": "No such box.", "Boxes": "Choose one."}))
        await combobox(page, "Priority").press("ArrowDown")
        await expect(page.page.get_by_role("listbox")).to_be_visible()
        assert await serious(page) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_axe_finds_nothing_serious_in_a_message_of_everything(browser: Browser, theme: Theme) -> None:
    data = [{"label": "Mon", "value": 1}, {"label": "Tue", "value": 2}]
    axes = {
        "type": "line",
        "series": [{"name": "Open", "data": data}],
        "axis_config": {"categories": ["Mon", "Tue"]},
    }
    rows = [
        [{"type": "raw_text", "text": "Ticket"}],
        *([{"type": "raw_text", "text": f"T-{each}"}] for each in range(9)),
    ]
    press = {"type": "button", "action_id": "press", "text": plain("Assign"), "style": "primary"}
    danger = {"type": "button", "action_id": "danger", "text": plain("Close"), "style": "danger"}
    image = {"type": "image", "image_url": "https://a.example/a.png", "alt_text": "A panel"}
    async with bench(browser, theme=theme) as page:
        await page.draw(
            {"type": "header", "text": plain("T-1")},
            {
                "type": "section",
                "text": mrkdwn("*Down* <@U0ANA> `E5` <https://a.example|there>"),
                "accessory": image,
            },
            {"type": "actions", "elements": [press, danger, {"type": "users_select", "action_id": "who"}]},
            {"type": "data_table", "caption": "Open", "rows": rows, "row_header_column_index": 0},
            {"type": "table", "rows": rows},
            {"type": "data_visualization", "title": "Week", "chart": axes},
            {"type": "card", "title": mrkdwn("Acme"), "icon": image, "body": plain("HQ")},
            {"type": "container", "title": plain("More"), "is_collapsible": True, "child_blocks": [image]},
        )
        assert await serious(page) == []


async def serious(page: Bench) -> list[tuple[str, list[str]]]:
    """What axe holds to be serious, with the first places of each."""
    found = await Axe().run(page.page)
    bad = [each for each in found.response["violations"] if each["impact"] in {"serious", "critical"}]
    return [(each["id"], [node["html"][:120] for node in each["nodes"][:3]]) for each in bad]


async def test_a_phone_has_the_form_on_its_whole_screen(browser: Browser) -> None:
    async with bench(browser, size={"width": 390, "height": 844}) as page:
        await page.show(view(*EVERYTHING))
        box = await page.page.get_by_role("dialog").bounding_box()
        assert box == {"x": 0, "y": 0, "width": 390, "height": 844}
        widest = "Math.max(...[...document.querySelectorAll('.modal-body *')].map((each) => each.getBoundingClientRect().right))"
        assert await page.page.evaluate(widest) <= 390
