"""The README's pictures: a browser does what a newcomer does, and the page is photographed.

Needs playwright for Python (`pip install -e '.[dev]'`) and Chromium.
"""

import shutil
from pathlib import Path

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
LINE = "/ticket Printer down customer:acme site:hq type:break_fix source:phone !high"


async def take(url: str, folder: Path) -> None:
    """Writes `page.png`, `form.png`, `message.png`, `dark.png` and `phone.png`. Raises FileNotFoundError."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=list(_QUIET))
        await _at_a_desk(browser, url, folder)
        await _on_a_phone(browser, url, folder)
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


async def say(page: Page, line: str) -> None:
    """Types a line into the composer and sends it."""
    composer = page.get_by_role("textbox", name="Message").first
    await composer.fill(line)
    await composer.press("Enter")
