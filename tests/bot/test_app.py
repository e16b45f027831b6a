"""The composition root: a desk of fakes comes by the same door, and what a start began is ended where it fails."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot import app
from bot.domain.errors import DeskError
from bot.domain.outbox import Job, Target
from bot.http import server
from bot.services.ports.store import Transaction
from bot.settings import Settings
from storage import open_store
from tests.services.courier_kit import DESK, Slack, new_ticket

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def clock() -> datetime:
    return NOW


def settings(folder: Path, **more: object) -> Settings:
    """Of a desk whose Slack is not there."""
    return Settings.model_validate(
        {"api_url": "http://127.0.0.1:1/", "store": f"tinydb:{folder}/data", **more}
    )


async def test_a_desk_works_with_the_store_the_messenger_and_the_clock_it_is_given(tmp_path: Path) -> None:
    store, slack = open_store(f"tinydb:{tmp_path}/mine"), Slack(clock, asyncio.Event())
    job = Job(id=UUID(int=1), number=1, target=Target(channel="C1", user="U1"), created_at=NOW, due_at=NOW)
    async with app.build(settings(tmp_path), store=store, messenger=slack, clock=clock) as runtime:

        async def work(tx: Transaction) -> None:
            await tx.save(new_ticket(1), now=NOW)
            await tx.enqueue(job)

        await store.change(DESK, work)
        runtime.courier.wake(DESK, [job])
        await runtime.settled()
        assert [message.job.id for message in slack.messages.values()] == [job.id]
        assert runtime.tools.clock() == NOW
    assert not (tmp_path / "data").exists()
    await open_store(f"tinydb:{tmp_path}/mine").close()  # nobody has it any more


async def test_a_refused_token_leaves_nothing_running_and_lets_go_of_the_store(tmp_path: Path) -> None:
    slack = Starlette(routes=[Route("/apps.connections.open", refuse, methods=["POST"])])
    before = asyncio.all_tasks()
    async with server.listening(slack, host="127.0.0.1", port=0) as port:
        wrong = settings(tmp_path, app_token=SecretStr("xapp-1"), api_url=f"http://127.0.0.1:{port}/")
        async with app.build(wrong) as runtime:
            with pytest.raises(DeskError, match="Slack refuses SLACK_APP_TOKEN"):
                await runtime.connected()
    assert await runtime.not_ready() == "starting or stopping"
    assert {task.state for task in runtime.tasks.status()} == {"stopped"}
    assert asyncio.all_tasks() == before
    await open_store(wrong.store).close()  # nobody has it any more


async def refuse(_: Request) -> Response:
    return JSONResponse({"ok": False, "error": "invalid_auth"})
