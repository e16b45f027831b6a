"""A desk starts with what is busy, however many workspaces there are."""

import asyncio
from pathlib import Path

import pytest

from bot import app
from bot.settings import Settings
from tests.storage.folders import fill_folder, teams
from tests.storage.samples import NOW, job
from tests.storage.test_open_and_closed import Openings


def test_a_start_opens_no_workspace_in_which_nothing_is_due(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspaces = teams(300)
    fill_folder(tmp_path / "data", workspaces)
    openings = Openings(monkeypatch)
    settings = Settings.model_validate({"api_url": "http://127.0.0.1:1/", "store": f"tinydb:{tmp_path}/data"})

    async def start() -> None:
        async with app.build(settings, clock=lambda: NOW) as runtime:
            assert openings.names == []
            assert len(await runtime.store.workspaces()) == 300
            await runtime.store.change(workspaces[6], lambda tx: tx.enqueue(job(1)))
        assert openings.names == ["T7"]
        async with app.build(settings, clock=lambda: NOW) as runtime:
            assert openings.names == ["T7", "T7"], "something is due there"
            assert runtime.courier.status().waiting == 1

    asyncio.run(start())


def test_a_start_opens_the_only_workspace_that_there_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be a large one: nobody has to wait for it."""
    fill_folder(tmp_path / "data", teams(1))
    openings = Openings(monkeypatch)
    settings = Settings.model_validate({"api_url": "http://127.0.0.1:1/", "store": f"tinydb:{tmp_path}/data"})

    async def start() -> None:
        async with app.build(settings, clock=lambda: NOW):
            assert openings.names == ["T1"]

    asyncio.run(start())
