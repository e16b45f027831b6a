"""The end of the server in one process: at once where nothing is under way, and after its grace in any case."""

import asyncio

import pytest
from starlette.types import Receive, Scope, Send
from structlog.testing import capture_logs

from bot.http import server


class Sleeps:
    """Takes the place of asyncio.sleep, and notes what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[float] = []
        self._sleep = asyncio.sleep

    async def __call__(self, seconds: float) -> None:
        if seconds:
            self.asked.append(seconds)
        await self._sleep(seconds)


class App:
    """Answers once `may_answer` is set."""

    def __init__(self) -> None:
        self.asked, self.may_answer = asyncio.Event(), asyncio.Event()
        self.cancelled = False

    async def __call__(self, _: Scope, __: Receive, send: Send) -> None:
        self.asked.set()
        try:
            await self.may_answer.wait()
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4")]})
        await send({"type": "http.response.body", "body": b"done"})


async def ask(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
    return reader, writer


async def test_the_end_needs_no_sleep_with_a_connection_open_that_asks_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app, sleeps = App(), Sleeps()
    app.may_answer.set()
    monkeypatch.setattr(asyncio, "sleep", sleeps)
    async with server.listening(app, host="127.0.0.1", port=0) as port:
        reader, writer = await ask(port)
        assert (await reader.readuntil(b"done")).startswith(b"HTTP/1.1 200")
        silent, other = await asyncio.open_connection("127.0.0.1", port)
    assert await reader.read() == await silent.read() == b""
    writer.close()
    other.close()
    assert not sleeps.asked


async def test_the_end_waits_for_a_request_under_way_without_a_sleep(monkeypatch: pytest.MonkeyPatch) -> None:
    app, sleeps = App(), Sleeps()
    monkeypatch.setattr(asyncio, "sleep", sleeps)
    async with server.listening(app, host="127.0.0.1", port=0) as port:
        reader, writer = await ask(port)
        await app.asked.wait()
        asyncio.get_running_loop().call_soon(app.may_answer.set)
    assert (await reader.read()).endswith(b"done")
    writer.close()
    assert not sleeps.asked


async def test_a_request_that_takes_longer_than_the_grace_is_cut_off() -> None:
    app = App()
    with capture_logs() as logs:
        async with server.listening(app, host="127.0.0.1", port=0, grace=0) as port:
            reader, writer = await ask(port)
            await app.asked.wait()
    assert app.cancelled
    assert {"event": "requests were not answered in time", "log_level": "error", "number": 1} in logs
    assert b"done" not in await reader.read()
    writer.close()
