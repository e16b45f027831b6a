"""A forward, an alert and an e-mail become tickets that hold every word, by the hands of somebody in a real browser."""

import pytest
from playwright.async_api import expect

from bot.playground.pictures import say
from tests.journeys.conftest import Office
from tests.journeys.test_held_words import case, posted
from tests.journeys.test_in_the_browser import Open, browser, field, opens, picks, pytestmark
from tests.journeys.walk import chooses

__all__ = ["browser", "opens", "pytestmark"]


@pytest.mark.parametrize(
    ("name", "shown", "words"),
    [
        ("03_forward_with_caption", "please fix", ["please fix", "the gate is stuck", "Zoe"]),
        (
            "02_attachment_title_pretext_fields",
            "Alert firing",
            ["Alert firing", "Latency on web-3", "Value: 9.3 s"],
        ),
        (
            "02_email_file",
            "Printer broken",
            ["Printer broken", "bob@example.com", "It smells of burnt toner."],
        ),
    ],
)
async def test_what_a_message_holds_is_in_its_ticket(
    name: str, shown: str, words: list[str], office: Office, opens: Open
) -> None:
    posted(office, case(name))
    page = await opens("U0ANA")
    await chooses(page, page.get_by_role("article").filter(has_text=shown), "Create ticket")
    await expect(field(page, "Summary")).to_have_value(shown)
    await picks(page, "Customer", "Acme")
    await picks(page, "Site", "HQ")
    await picks(page, "Type", "Break-fix")
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("button", name="Create").click()
    await expect(dialog).to_have_count(0)
    description = (await office.ticket(1)).symptom_description or ""
    assert [each for each in words if each not in description] == []
    await say(page, "/ticket show 1")
    for each in words:
        await expect(dialog).to_contain_text(each)
