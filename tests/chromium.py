"""The real browser in which tests open the page. `pytestmark` has `NEEDED`."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, async_playwright, expect

PATIENCE = 30_000
"""Milliseconds that whatever is to be seen may take, on a machine that is busy with much else."""

_HERE = shutil.which("chromium")
_QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-sync",
    "--no-first-run",
]
NEEDED = pytest.mark.skipif(_HERE is None, reason="there is no Chromium here (Debian's package: chromium)")

expect.set_options(timeout=PATIENCE)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=_HERE, args=_QUIET)
        yield browser
        await browser.close()
