"""A bare page for blocks and modals: the page's own modules, with a store that only notes what is done."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal, cast

from playwright.async_api import Browser, Page, Route, ViewportSize

from bot.playground.page.static import STATIC
from bot.playground.wire import Json
from tests.chromium import PATIENCE

HOST = "http://blocks.test"
NOW = 1_795_000_000  # 2026-11-18, 12:06 in Berlin
Theme = Literal["light", "dark"]
_SIZE: ViewportSize = {"width": 900, "height": 800}
_TYPES = {".js": "text/javascript", ".css": "text/css", ".html": "text/html", ".svg": "image/svg+xml"}
_POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; base-uri 'none'"
_SHEETS = ("tokens", "shell", "blocks", "modal")
_HTML = f"""<!doctype html><html lang="en"><title>Blocks</title>
{"".join(f'<link rel="stylesheet" href="/page/static/css/{each}.css">' for each in _SHEETS)}
<body><main id="room" tabindex="-1"></main><script type="module" src="/harness.js"></script>"""
_HARNESS = f"""
import {{ renderBlocks, renderMrkdwn }} from "/page/static/blocks/index.js";
import {{ mountModals }} from "/page/static/modal.js";
const people = new Map([["U0ANA", "Ana Silva"], ["U0BEN", "Ben Okafor"], ["U0BOT", "Deskhand"]].map(
  ([id, name]) => [id, {{ id, name, realName: name, displayName: name, tz: "Europe/Berlin", isBot: id === "U0BOT" }}]));
const channels = new Map([["C0SUPPORT", "support", "public"], ["C0NETWORK", "network", "private"]].map(
  ([id, name, kind]) => [id, {{ id, name, kind, members: ["U0ANA"], isArchived: false }}]));
const room = document.getElementById("room");
room.style.background = "var(--bg)";
const listeners = [];
window.done = [];
window.answers = {{}};
window.store = {{
  me: "U0ANA", people, conversations: channels, modals: [], on: (listener) => listeners.push(listener),
  async do(action, fields) {{
    window.done.push({{ action, ...fields }});
    return await (window.answers[action] ?? {{ ok: true }});
  }},
}};
window.show = (modals) => {{
  store.modals = modals;
  for (const each of listeners) each(new Set(["modals"]));
}};
window.context = (more) => ({{
  people, channels, me: "U0ANA", zone: "Europe/Berlin", now: () => new Date({NOW * 1000}), values: {{}}, errors: {{}},
  surface: "message",
  press: (blockId, actionId, value) => store.do("press", {{ blockId, actionId, value }}),
  fill: (blockId, actionId, value) => store.do("fill", {{ blockId, actionId, value }}),
  suggest: (blockId, actionId, text) => store.do("suggest", {{ blockId, actionId, text }}),
  ...more,
}});
window.draw = (blocks, more = {{}}) => room.replaceChildren(renderBlocks(blocks, context(more)));
window.write = (text) => room.replaceChildren(renderMrkdwn(text, context({{}})));
mountModals(store);
window.ready = true;
"""


class Bench:
    """A browser page on which blocks and modals are laid out."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def draw(self, *blocks: Json, **context: object) -> None:
        """Blocks of a message, unless the context says otherwise."""
        named = [{"block_id": f"b{index}", **block} for index, block in enumerate(blocks)]
        await self.page.evaluate("([blocks, more]) => draw(blocks, more)", [named, context])

    async def write(self, text: str) -> str:
        """What mrkdwn becomes, as HTML."""
        await self.page.evaluate("(text) => write(text)", text)
        return await self.page.locator("#room > .b-text").inner_html()

    async def show(self, *views: Json) -> None:
        """The stack of modals, the topmost last."""
        await self.page.evaluate("(views) => show(views)", list(views))

    async def answer(self, action: str, result: Json | None) -> None:
        """What the store says to this from now on; None: nothing, ever."""
        script = "([action, result]) => { answers[action] = result ?? new Promise(() => {}) }"
        await self.page.evaluate(script, [action, result])

    async def done(self, action: str) -> list[Json]:
        """What was done with this action, without its name."""
        script = (
            "(action) => done.filter((each) => each.action === action).map(({ action, ...rest }) => rest)"
        )
        return cast("list[Json]", await self.page.evaluate(script, action))

    async def waits_for(self, action: str, count: int = 1) -> list[Json]:
        """What was done with this action, once that is so many times."""
        script = "([action, count]) => done.filter((each) => each.action === action).length >= count"
        await self.page.wait_for_function(script, arg=[action, count])
        return await self.done(action)


@asynccontextmanager
async def bench(
    browser: Browser, *, theme: Theme = "light", size: ViewportSize = _SIZE
) -> AsyncIterator[Bench]:
    """A new page in the browser. Raises AssertionError in the end where it has logged an error."""
    faults: list[str] = []
    page = await browser.new_page(color_scheme=theme, viewport=size)
    page.set_default_timeout(PATIENCE)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    await page.route("**/*", _serve)
    await page.goto(f"{HOST}/")
    await page.wait_for_function("window.ready")
    yield Bench(page)
    await page.close()
    assert faults == []


async def _serve(route: Route) -> None:
    path = route.request.url.removeprefix(HOST)
    if path == "/harness.js":
        await route.fulfill(body=_HARNESS, content_type="text/javascript")
    elif path.startswith("/page/static/"):
        file = STATIC / path.removeprefix("/page/static/")
        await route.fulfill(path=file, content_type=_TYPES[file.suffix])
    elif path == "/":
        headers = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": _POLICY}
        await route.fulfill(body=_HTML, headers=headers)
    else:
        await route.fulfill(status=204)
