"""Figures on a port of their own: nobody who reaches the port that Slack does can read them."""

import asyncio
import json
import signal
import sys
from asyncio.subprocess import PIPE
from pathlib import Path
from time import monotonic

import aiohttp
import pytest

from tests.bot.test_cli import SECRETS, environment

SOCKET_MODE = {"SLACK_BOT_TOKEN": SECRETS["SLACK_BOT_TOKEN"], "SLACK_APP_TOKEN": "xapp-secret-3"}


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGTERM there")
@pytest.mark.parametrize("secrets", [SECRETS, SOCKET_MODE], ids=["HTTP", "Socket Mode"])
async def test_they_are_served_there_alone_and_end_with_the_desk(
    secrets: dict[str, str], tmp_path: Path
) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "serve"),
        env=environment(tmp_path, **secrets, DESKHAND_METRICS_PORT="0"),
        stderr=PIPE,
    )
    assert process.stderr
    ports: dict[str, int] = {}
    async for line in process.stderr:
        said = json.loads(line)
        if "port" in said:
            ports[said["event"]] = said["port"]
        if "serving" in ports:
            break
    reader, writer = await asyncio.open_connection("127.0.0.1", ports["serving metrics"])
    writer.write(b"GET /metrics HTTP/1.1\r\n")  # somebody who never comes to an end
    async with aiohttp.ClientSession() as http:
        answers = {}
        for name, port in ports.items():
            for path in ("/metrics", "/healthz"):
                async with http.get(f"http://127.0.0.1:{port}{path}") as response:
                    answers[name, path] = response.status
                    figures = await response.text()
                    assert ("deskhand_outbox_jobs" in figures) == (
                        response.status == 200 and path == "/metrics"
                    )
    assert answers == {
        ("serving metrics", "/metrics"): 200,
        ("serving metrics", "/healthz"): 404,
        ("serving", "/metrics"): 404,
        ("serving", "/healthz"): 200,
    }
    process.send_signal(signal.SIGTERM)
    began = monotonic()
    await process.communicate()
    assert (process.returncode, monotonic() - began < 5) == (0, True)
    assert await reader.read() == b""
    writer.close()
