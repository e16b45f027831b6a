"""Who connects in the moment in which a server ends is let go, and not left waiting: the desk's server, and the stand-in's."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from functools import partial

import pytest
from starlette.types import Receive, Scope, Send

from bot import manifest
from bot.http import server
from bot.playground.standin import start_standin

Serving = Callable[[], AbstractAsyncContextManager[int]]
"""Gives the port that it listens on."""


async def silent(_: Scope, __: Receive, ___: Send) -> None:
    """An app that nobody asks anything."""


@asynccontextmanager
async def standin() -> AsyncIterator[int]:
    async with await start_standin(manifest.read()) as slack:
        yield int(slack.url.rpartition(":")[2])


DESK: Serving = partial(server.listening, silent, host="127.0.0.1", port=0)


@pytest.mark.parametrize("turns", range(6))
@pytest.mark.parametrize("serving", [DESK, standin], ids=["desk", "stand-in"])
async def test_whoever_connects_at_the_last_moment_hears_that_it_is_over(
    serving: Serving, turns: int
) -> None:
    """`turns` of the loop before the end, which is what it takes to make a connection of one that was taken."""
    async with serving() as port:
        client = socket.create_connection(("127.0.0.1", port))
        for _ in range(turns):
            await asyncio.sleep(0)
    with client, suppress(ConnectionResetError):  # it was not taken at all
        client.settimeout(0)
        assert client.recv(1) == b""
