"""SIGTERM, on a real process: what is under way is finished, what comes later is not begun."""

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE

import pytest

from tests.patience import PATIENCE

PROGRAM = """
import asyncio, sys
from bot import log
from bot.http import server

async def app(scope, receive, send):
    print("asked", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"done"})

async def main():
    stop = asyncio.Event()
    with server.on_signal(stop.set):
        await server.serve(app, host="127.0.0.1", port=0, stop=stop)
    print("flushed", flush=True)

log.configure()
asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGTERM there")
async def test_what_is_under_way_is_answered_and_what_comes_later_is_refused() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, stdin=PIPE, stdout=PIPE, stderr=PIPE
    )
    assert process.stdin
    assert process.stdout
    assert process.stderr
    port = int((await process.stderr.readline()).partition(b'"port":')[2].partition(b",")[0])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
    assert await process.stdout.readline() == b"asked\n"

    process.send_signal(signal.SIGTERM)
    assert b"stopping" in await process.stderr.readline()
    async with asyncio.timeout(PATIENCE):
        while await listens(port):  # noqa: ASYNC110  (the port is of another process)
            await asyncio.sleep(0.01)
    process.send_signal(signal.SIGTERM)  # a second one changes nothing

    process.stdin.write(b"go on\n")
    assert (await reader.read()).endswith(b"done\r\n0\r\n\r\n")
    assert await process.stdout.read() == b"flushed\n"
    assert await process.wait() == 0
    writer.close()


async def listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True
