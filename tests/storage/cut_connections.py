"""What stands between a store and its PostgreSQL, and loses what is said there."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Literal
from urllib.parse import urlsplit, urlunsplit

Fate = Literal["lose the answer", "lose the question", "deliver it late"]


class Proxy:
    """Passes everything on until something that holds `mark` comes by: that connection is cut, and `fate` says what becomes of
    the message."""

    def __init__(self, url: str) -> None:
        self._host, self._port = urlsplit(url).hostname, urlsplit(url).port
        self._mark: bytes | None = None
        self._fate: Fate = "lose the answer"
        self._late: tuple[bytes, asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self.cut = asyncio.Event()
        self._has_ended = False
        self._open: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def await_mark(self, mark: str, fate: Fate) -> None:
        self.cut.clear()
        self._mark, self._fate = mark.encode(), fate

    async def deliver(self) -> bytes:
        """What was to be late, and gives PostgreSQL's answer to it."""
        assert self._late
        message, reader, writer = self._late
        writer.write(message)
        answer = await reader.read(65536)
        await _closed(writer)
        return answer

    def connected(self, client: asyncio.StreamReader, answers: asyncio.StreamWriter) -> None:
        """Known before it is served, so that none is left open at the end."""
        self._open.add(answers)
        if self._has_ended:
            answers.transport.abort()
        self._tasks.add(asyncio.create_task(self._serve(client, answers)))

    async def end(self) -> None:
        """Whoever reads from a connection that is aborted has read all."""
        self._has_ended = True
        for writer in self._open:
            writer.transport.abort()
        await asyncio.gather(*self._tasks)

    async def _serve(self, client: asyncio.StreamReader, answers: asyncio.StreamWriter) -> None:
        try:
            server, questions = await asyncio.open_connection(self._host, self._port)
        except OSError:  # as where nobody listens
            await _closed(answers)
            return
        self._open.add(questions)
        back = asyncio.create_task(_pass(server, answers))
        with suppress(ConnectionError):
            await self._pass_on(client, back, server, questions)
        back.cancel()
        await asyncio.gather(back, _closed(answers), return_exceptions=True)
        if self._late is None or self._late[2] is not questions:
            await _closed(questions)

    async def _pass_on(
        self,
        client: asyncio.StreamReader,
        back: asyncio.Task[None],
        server: asyncio.StreamReader,
        questions: asyncio.StreamWriter,
    ) -> None:
        while message := await client.read(65536):
            if self._mark and self._mark in message:
                self._mark = None
                back.cancel()
                await asyncio.wait([back])
                await self._end(message, server, questions)
                break
            questions.write(message)

    async def _end(
        self, message: bytes, server: asyncio.StreamReader, questions: asyncio.StreamWriter
    ) -> None:
        if self._fate == "lose the answer":
            questions.write(message)
            await server.read(65536)
        elif self._fate == "deliver it late":
            self._late = message, server, questions
        self.cut.set()


async def _pass(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while message := await source.read(65536):
            target.write(message)
    target.close()


async def _closed(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()


@asynccontextmanager
async def proxied(url: str) -> AsyncIterator[tuple[Proxy, str]]:
    """With the URL of the same database behind it."""
    proxy = Proxy(url)
    server = await asyncio.start_server(proxy.connected, "127.0.0.1")
    parts = urlsplit(url)
    netloc = f"{parts.username}@127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield proxy, urlunsplit(parts._replace(netloc=netloc))
    finally:
        server.close()
        await proxy.end()
