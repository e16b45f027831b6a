"""The pictures of the README and of docs/working.md: a browser does what people do, and the page is photographed.

Needs playwright for Python (`pip install -e '.[dev]'`) and Chromium.
"""

import re
import shutil
from pathlib import Path
from typing import NamedTuple

from playwright.async_api import Browser, Page, ViewportSize, async_playwright

_WIDE: ViewportSize = {"width": 1280, "height": 800}
_PHONE: ViewportSize = {"width": 390, "height": 844}
_QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-sync",
    "--no-first-run",
)


class Seen(NamedTuple):
    """Something that `user` sees: at a place of the page, with `words` in it, once they have typed a line, if any."""

    name: str
    user: str
    place: str
    words: str
    line: str = ""


SEEN = (
    Seen("card", "U0BEN", "C0NETWORK", "VPN down"),
    Seen("triage", "U0CHLOE", "C0ONCALL", "VPN down"),
    Seen("told", "U0CHLOE", "app/messages", "gave you T-2"),
    Seen("list", "U0CHLOE", "C0ONCALL", "open tickets", "/ticket list"),
    Seen("ticket", "U0CHLOE", "C0ONCALL", "Private notes", "/ticket show T-2"),
    Seen("home", "U0CHLOE", "app/home", "I tell you of"),
)
LINE = "/ticket Printer down customer:acme site:hq type:break_fix source:phone !high"


async def take(url: str, folder: Path) -> None:
    """Writes `page.png`, `form.png`, `dark.png` and `phone.png`, and each of `SEEN` twice: as `card-wide.png` and
    `card-narrow.png`; so, too, `mention` and `shared`. Raises FileNotFoundError."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=list(_QUIET))
        await _at_a_desk(browser, url, folder)
        await _on_a_phone(browser, url, folder)
        await _fill(browser, url)
        await _take_each(browser, url, folder, *SEEN, await _take_by_mention(browser, url))
        await _take_each(browser, url, folder, await _share(browser, url))
        await browser.close()


def chromium() -> str:
    """The browser of this machine. Raises FileNotFoundError where there is none."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    message = "There is no Chromium on this machine. Debian's package is called chromium."
    raise FileNotFoundError(message)


async def _at_a_desk(browser: Browser, url: str, folder: Path) -> None:
    page = await browser.new_page(viewport=_WIDE, color_scheme="light")
    await page.goto(f"{url}/?as=U0ANA")
    await say(page, LINE)
    await page.get_by_text("T-1").first.wait_for()
    await page.screenshot(path=folder / "page.png")
    await page.emulate_media(color_scheme="dark")
    await page.screenshot(path=folder / "dark.png")
    await page.emulate_media(color_scheme="light")
    await say(page, "/ticket Lift A makes a noise site:harbor-tower")
    await page.get_by_role("dialog").wait_for()
    await page.screenshot(path=folder / "form.png")
    await page.close()


async def _on_a_phone(browser: Browser, url: str, folder: Path) -> None:
    page = await browser.new_page(viewport=_PHONE, color_scheme="light", has_touch=True)
    await page.goto(f"{url}/?as=U0CHLOE")
    await page.get_by_text("T-1").first.wait_for()
    await page.screenshot(path=folder / "phone.png")
    await page.close()


async def _fill(browser: Browser, url: str) -> None:
    """Sets up a queue, so that requesters and agents get cards of their own, and gives Chloe a ticket of it."""
    page = await browser.new_page(viewport=_WIDE)
    await page.goto(f"{url}/?as=U0DANA")
    await say(page, "/ticket settings")
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("button", name="Add a queue").click()
    await dialog.get_by_role("textbox", name=re.compile("^Name")).fill("network")
    await dialog.get_by_role("combobox", name=re.compile("^Triage channel")).fill("ops-oncall")
    await page.get_by_role("option", name=re.compile("ops-oncall")).click()
    await dialog.get_by_role("button", name="Save").click()
    await dialog.get_by_text("Its agents are whoever is in the channel").wait_for()
    await page.goto(f"{url}/?as=U0BEN#/C0NETWORK")
    await say(
        page, "/ticket VPN down customer:acme site:hq type:break_fix !critical due:tomorrow 9:25 #network"
    )
    await page.get_by_role("article").filter(has_text="VPN down").first.wait_for()
    await page.goto(f"{url}/?as=U0DANA")
    await say(page, "/ticket assign T-2 @chloe Please hurry, the CEO is on site")
    await page.get_by_text("Only visible to you").first.wait_for()
    await page.close()


async def _take_by_mention(browser: Browser, url: str) -> Seen:
    """Ben's message in the customer's channel becomes a ticket by a reaction, and Chloe's in its thread."""
    ben, ana, chloe = [await browser.new_page(viewport=_WIDE) for _ in range(3)]
    for page, who in ((ben, "U0BEN"), (ana, "U0ANA"), (chloe, "U0CHLOE")):
        await page.goto(f"{url}/?as={who}#/C0ACMEHQ")
    await say(ben, "The lobby printer is dead")
    said = ana.get_by_role("article").filter(has_text="The lobby printer is dead")
    await said.hover()
    await said.get_by_role("button", name="Add reaction…").click()
    await ana.get_by_role("dialog", name="Emoji").get_by_role("button", name="ticket").click()
    await chloe.get_by_role("link", name=re.compile("repl(y|ies)")).click()
    reply = chloe.get_by_role("textbox", name="Message thread")
    await reply.fill("@Deskhand take")
    await reply.press("Enter")
    await chloe.get_by_role("article").filter(has_text="has taken").first.wait_for()
    place = chloe.url.partition("#/")[2]
    for page in (ben, ana, chloe):
        await page.close()
    return Seen("mention", "U0CHLOE", place, "has taken")


async def _share(browser: Browser, url: str) -> Seen:
    """Halden Lifts installs it and is Northgate's partner; Hugo answers there below the card of a ticket that Ana shares."""
    dana, ana, mira, hugo = [await browser.new_page(viewport=_WIDE) for _ in range(4)]
    for page, place in (
        (dana, "U0DANA"),
        (ana, "U0ANA"),
        (mira, "U0MIRA#/C0CALLOUTS"),
        (hugo, "U0HUGO#/C0CALLOUTS"),
    ):
        await page.goto(f"{url}/?as={place}")
    await mira.get_by_role("link", name="Install Deskhand").click()
    await mira.get_by_role("button", name="Allow").click()
    await mira.wait_for_url("**/app/home")
    await say(dana, "/ticket partners invite halden-lifts")
    await dana.get_by_text("have been asked").first.wait_for()
    await mira.goto(f"{url}/?as=U0MIRA#/C0CALLOUTS")
    await say(mira, "/invite @Deskhand")
    await say(mira, "/ticket partners accept northgate-building")
    await mira.get_by_role("button", name="Partners…").click()
    dialog = mira.get_by_role("dialog")
    await dialog.get_by_role("combobox").fill("call-outs")
    await mira.get_by_role("option", name=re.compile("call-outs")).click()
    await dialog.get_by_text("Cards of their tickets stand in").wait_for()
    await say(ana, "/ticket Lift B is stuck between floors customer:harbor site:tower type:break_fix !high")
    await ana.get_by_role("article").filter(has_text="Lift B").filter(has_text="T-4").first.wait_for()
    await say(ana, "/ticket share T-4 with halden-lifts")
    card = hugo.get_by_role("article").filter(has_text="northgate-building/T-4").first
    await card.hover()
    await card.get_by_role("button", name="Reply in thread").click()
    reply = hugo.get_by_role("textbox", name="Message thread")
    await reply.fill("On my way, I am there at two")
    await reply.press("Enter")
    await say(ana, "/ticket comment T-4 Nobody is inside. The key is at the front desk")
    await hugo.get_by_role("article").filter(has_text="Nobody is inside").first.wait_for()
    place = hugo.url.partition("#/")[2]
    for page in (dana, ana, mira, hugo):
        await page.close()
    return Seen("shared", "U0HUGO", place, "Nobody is inside")


async def _take_each(browser: Browser, url: str, folder: Path, *seen: Seen) -> None:
    for size, viewport in (("wide", _WIDE), ("narrow", _PHONE)):
        for each in seen:
            await _take_one(browser, url, folder / f"{each.name}-{size}.png", viewport, each)


async def _take_one(browser: Browser, url: str, file: Path, viewport: ViewportSize, seen: Seen) -> None:
    page = await browser.new_page(viewport=viewport, color_scheme="light", has_touch=viewport == _PHONE)
    await page.goto(f"{url}/?as={seen.user}#/{seen.place}")
    if seen.line:
        await say(page, seen.line)
    await page.get_by_text(seen.words).first.wait_for()
    await page.screenshot(path=file)
    await page.close()


async def say(page: Page, line: str) -> None:
    """Types a line into the composer and sends it."""
    composer = page.get_by_role("textbox", name="Message").first
    await composer.fill(line)
    await composer.press("Enter")
