"""`deskhand courier retry`, and the doctor's word on the outbox, where Deskhand does not run and where it does."""

import asyncio
import json
import os
import signal
import socket
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from aiohttp import ClientSession

from bot import manifest
from bot.domain.outbox import Job, Target
from bot.domain.workspace import Workspace
from bot.playground.seed import TEAM
from bot.playground.standin import StandIn, start_standin
from bot.services.ports.store import Transaction
from storage import open_store
from tests.bot.test_cli import SECRETS, environment, run
from tests.handlers.conftest import ticket
from tests.journeys.test_strangers import Post

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no signals there")
HERE = Workspace(team_id=TEAM.id)


async def save_job(folder: Path, **fields: object) -> None:
    """A ticket whose card waits in the outbox of a store that nobody has open."""
    now = datetime.now(UTC)
    target = Target(channel="C0SUPPORT", user="U0ANA")
    job = Job(id=UUID(int=7), number=1, target=target, created_at=now, due_at=now).model_copy(update=fields)
    store = open_store(f"tinydb:{folder}/data")

    async def work(tx: Transaction) -> None:
        await tx.save(ticket(), now=now)
        await tx.enqueue(job)

    await store.change(HERE, work)
    await store.close()


async def job(folder: Path) -> Job:
    store = open_store(f"tinydb:{folder}/data")
    (found,) = await store.read(HERE).jobs()
    await store.close()
    return found


@asynccontextmanager
async def serving(slack: StandIn, folder: Path, **more: str) -> AsyncIterator[dict[str, str]]:
    """A Deskhand at work, as a process of its own; the settings it runs with."""
    settings = {**SECRETS, "SLACK_BOT_TOKEN": slack.bot_token, "SLACK_API_URL": slack.api_url, **more}
    settings["DESKHAND_PORT"] = "0"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "serve", env=environment(folder, **settings), stderr=PIPE
    )
    assert process.stderr
    try:
        async for line in process.stderr:
            said = json.loads(line)
            if said["event"] == "serving":
                settings["DESKHAND_PORT"] = str(said["port"])
                break
        yield settings
    finally:
        process.terminate()
        await process.communicate()


async def says(folder: Path, *words: str, **settings: str) -> str:
    """What a command says, beside a Slack that goes on answering."""
    done = await asyncio.to_thread(run, folder, *words, **settings)
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


async def test_where_nothing_was_set_aside_both_say_so_and_no_folder_is_made(tmp_path: Path) -> None:
    said = await says(tmp_path, "doctor")
    assert "✓ outbox: nothing was set aside" in said
    assert "background tasks" not in said
    assert not (tmp_path / "data").exists()
    assert await says(tmp_path, "courier", "retry") == "Nothing was set aside.\n"


async def test_what_was_set_aside_is_told_and_put_back_where_deskhand_does_not_run(tmp_path: Path) -> None:
    await save_job(tmp_path, set_aside="invalid_blocks", attempts=3)
    said = await says(tmp_path, "doctor")
    assert "! outbox: cards that Slack does not take: invalid_blocks (1)" in said
    assert "deskhand courier retry" in said
    assert await says(tmp_path, "courier", "retry") == "Put back: 1. They go out when Deskhand starts.\n"
    put_back = await job(tmp_path)
    assert (put_back.set_aside, put_back.attempts) == (None, 0)


async def test_a_store_that_does_not_open_is_told(tmp_path: Path) -> None:
    await save_job(tmp_path)
    (file,) = (tmp_path / "data").glob("T*.json")
    file.write_text("this is not JSON")
    assert "! outbox: not looked at, since the store does not open" in await says(tmp_path, "doctor")


async def test_a_deskhand_at_another_address_is_told(tmp_path: Path) -> None:
    store = open_store(f"tinydb:{tmp_path}/data")
    said = await says(tmp_path, "doctor", DESKHAND_PORT="1")
    await store.close()
    assert "! outbox: not looked at, since Deskhand does not answer" in said
    assert "! background tasks: not looked at, since Deskhand does not answer" in said
    assert "DESKHAND_PORT" in said


async def test_a_deskhand_whose_figures_have_a_port_of_their_own_is_asked_there(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    async with (
        await start_standin(manifest.read()) as slack,
        serving(slack, tmp_path, DESKHAND_METRICS_PORT=port) as settings,
    ):
        assert "background tasks: at work" in await says(tmp_path, "doctor", **settings)


async def test_a_deskhand_at_work_tells_what_it_set_aside_and_tries_it_again(tmp_path: Path) -> None:
    await save_job(tmp_path)
    async with await start_standin(manifest.read()) as slack:
        slack.faults.fail("chat.postMessage", "invalid_blocks")
        async with serving(slack, tmp_path) as settings:
            assert "✓ background tasks: at work" in await says(tmp_path, "doctor", **settings)
            await slack.until(lambda: slack.exchanges.of("chat.postMessage"))
            while "invalid_blocks (1)" not in (said := await says(tmp_path, "doctor", **settings)):
                assert "✓ outbox" in said  # it was not settled yet
            assert "tries again" in await says(tmp_path, "courier", "retry", **settings)
            await slack.channel("support").shows("T-1")


async def test_a_token_that_was_refused_stops_deskhand_until_it_is_told(tmp_path: Path) -> None:
    await save_job(tmp_path)
    async with await start_standin(manifest.read()) as slack:
        slack.faults.fail("chat.postMessage", "account_inactive")
        async with serving(slack, tmp_path) as settings:
            await slack.until(lambda: slack.exchanges.of("chat.postMessage"))
            while "account_inactive" not in (said := await says(tmp_path, "doctor", **settings)):
                assert "✓ outbox" in said
            assert (
                "✗ outbox: nothing is delivered, since Slack refuses the token (account_inactive (1))" in said
            )
            await says(tmp_path, "courier", "retry", **settings)
            await slack.channel("support").shows("T-1")


async def test_a_background_task_that_fails_is_told(tmp_path: Path) -> None:
    async with await start_standin(manifest.read()) as slack:
        slack.faults.break_down("apps.connections.open", 500, times=100)
        async with serving(slack, tmp_path, SLACK_APP_TOKEN=slack.app_token) as settings:
            async with asyncio.timeout(60):
                while "✗ background tasks" not in (said := await says(tmp_path, "doctor", **settings)):
                    pass
            assert "✗ background tasks: failed, and tried again: socket_mode: unreachable (" in said
            assert "task_failed" in said


async def test_events_that_slack_held_back_are_told(tmp_path: Path) -> None:
    async with await start_standin(manifest.read()) as slack, serving(slack, tmp_path) as settings:
        assert "held back" not in await says(tmp_path, "doctor", **settings)
        url = f"http://127.0.0.1:{settings['DESKHAND_PORT']}/slack/events"
        async with ClientSession() as session:
            post = Post(session, url, settings["SLACK_SIGNING_SECRET"])
            body = {"type": "app_rate_limited", "team_id": "T1", "minute_rate_limited": 1518467820}
            assert (await post(json.dumps(body).encode(), "application/json"))[0] == 200
        said = await says(tmp_path, "doctor", **settings)
        assert "! events: Slack held back events for 1 minute" in said


async def test_files_of_a_workspace_that_cannot_be_opened_are_told(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "T7.json").write_text("{")
    async with await start_standin(manifest.read()) as slack, serving(slack, tmp_path) as settings:
        said = await says(tmp_path, "doctor", **settings)
        assert "✗ data files: those of 1 workspace cannot be opened or written" in said


async def test_whoever_has_the_data_folder_and_delivers_nothing_is_left_alone(tmp_path: Path) -> None:
    store = open_store(f"tinydb:{tmp_path}/data")  # here, where the signal would end the tests
    said = await says(tmp_path, "courier", "retry")
    await store.close()
    assert f"process {os.getpid()}" in said
    assert "nothing was tried again" in said
    assert "tries again what" not in said


COMMAND_THAT_WAITS = """
import sys
from bot import cli
from storage.store_url import TinyDBUrl

def repaired(url):
    print("ready", flush=True)
    sys.stdin.readline()
    yield "repaired"

TinyDBUrl.repair = repaired
sys.argv = ["deskhand", "doctor", "--repair"]
cli.main()
"""


async def test_a_command_that_has_the_data_folder_outlives_the_signal_of_a_retry(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", COMMAND_THAT_WAITS, stdin=PIPE, stdout=PIPE, env=environment(tmp_path)
    )
    assert process.stdout
    assert await process.stdout.readline() == b"ready\n"
    process.send_signal(signal.SIGUSR1)
    assert b"repaired\n" in (await process.communicate(b"\n"))[0]
    assert process.returncode == 0
