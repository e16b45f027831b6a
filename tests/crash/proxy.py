"""What stands between the replicas and PostgreSQL, and cuts their connections: all of them, or those on which a commit has just
been sent, whose answer is lost then.
"""

import asyncio
import re
from asyncio import StreamReader, StreamWriter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from random import Random
from threading import Event, Thread

_PREPARED = re.compile(rb"P.{4}(\w+)\0[^\0]*INTO deskhand\.commits", re.DOTALL)
"""The name of a statement that commits, in the message that prepares it."""

_LATE = 2.0  # seconds that PostgreSQL has for a commit whose answer nobody waits for
_CHUNK = 1 << 16


class Proxy:
    """On a port of its own, in a thread. `loses`: the share of commits of which the answer is lost, or which are lost
    themselves."""

    def __init__(self, to: int, chance: Random) -> None:
        self.port = 0
        self.loses = 0.0
        self.lost = 0
        """So many commits were cut off."""
        self._to = to
        self._chance = chance
        self._pairs: set[StreamWriter] = set()
        self._passing: set[asyncio.Task[object]] = set()
        self._loop = asyncio.new_event_loop()
        self._hears = asyncio.Event()

    @contextmanager
    def running(self) -> Iterator[None]:
        is_up = Event()
        thread = Thread(target=self._loop.run_until_complete, args=(self._serve(is_up),))
        thread.start()
        is_up.wait()
        try:
            yield
        finally:
            self._loop.call_soon_threadsafe(self._end.set)
            thread.join()
            self._loop.close()

    def cut(self) -> None:
        """All connections that there are."""
        self._loop.call_soon_threadsafe(self._cut)

    def deafen(self) -> None:
        """Until it is to hear again, nothing goes through, and nobody is told."""
        self._loop.call_soon_threadsafe(self._hears.clear)

    def hear(self) -> None:
        self._loop.call_soon_threadsafe(self._hears.set)

    def _cut(self) -> None:
        for writer in self._pairs:
            writer.transport.abort()

    async def _serve(self, is_up: Event) -> None:
        self._end = asyncio.Event()
        self._hears.set()
        server = await asyncio.start_server(self._pass_on, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        is_up.set()
        await self._end.wait()
        server.close()
        self._cut()
        while self._passing:
            await asyncio.wait(self._passing)

    async def _pass_on(self, reader: StreamReader, writer: StreamWriter) -> None:
        if me := asyncio.current_task():
            self._passing.add(me)
            me.add_done_callback(self._passing.discard)
        try:
            from_server, to_server = await asyncio.open_connection("127.0.0.1", self._to)
        except OSError:  # it is away
            writer.transport.abort()
            return
        both = {writer, to_server}
        self._pairs |= both
        back = asyncio.create_task(self._back(from_server, writer))
        with suppress(OSError):
            await self._forth(reader, to_server, writer)
        if not back.done() and writer.transport.is_closing():
            await asyncio.wait({back}, timeout=_LATE)
        back.cancel()
        await asyncio.wait({back})
        for each in both:
            each.transport.abort()
        self._pairs -= both

    async def _forth(self, reader: StreamReader, to_server: StreamWriter, writer: StreamWriter) -> None:
        """What a replica says. Ends with either's end."""
        commits = set[bytes]()
        while chunk := await reader.read(_CHUNK):
            commits.update(_PREPARED.findall(chunk))
            is_commit = any(name + b"\0" in chunk for name in commits)
            if is_commit and self._chance.random() < self.loses:
                self.lost += 1
                is_sent = self._chance.random() < 0.8
                if is_sent:
                    to_server.write(chunk)
                writer.transport.abort()
                return
            await self._hears.wait()
            to_server.write(chunk)
            await to_server.drain()

    async def _back(self, from_server: StreamReader, writer: StreamWriter) -> None:
        """What PostgreSQL says. Nobody hears it where the replica was cut off: then its first words are the last."""
        with suppress(OSError):
            while chunk := await from_server.read(_CHUNK):
                if writer.transport.is_closing():
                    return
                await self._hears.wait()
                writer.write(chunk)
                await writer.drain()
        writer.transport.abort()
