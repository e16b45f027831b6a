"""Connections that are used again. asyncpg's own pool takes longer than a statement itself does: 45 µs for each against 20."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from time import monotonic

from storage.postgres.driver import Connection

_OLD = 60.0  # seconds that one may have rested: something on the way may have dropped it
_CLOSING = 5.0  # seconds for one to end in good order


class Pool:
    """Of `size` connections at most, each made when it is needed. One that was broken off, or is cut, is thrown away."""

    def __init__(self, connect: Callable[[], Awaitable[Connection]], size: int, patience: float) -> None:
        """`patience`: seconds that somebody waits for one that is free."""
        self._connect = connect
        self._size = size
        self._patience = patience
        self._idle: deque[tuple[Connection, float]] = deque()  # the one that was used last comes last
        self._used: set[Connection] = set()
        self._connecting = 0
        self._expired: set[Connection] = set()
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._closing: set[asyncio.Task[None]] = set()

    @property
    def used(self) -> int:
        return len(self._used)

    def take(self) -> Connection | None:
        """One that is free at once."""
        self._drop_old()
        while self._idle:
            connection, _ = self._idle.pop()
            if not connection.is_closed():
                self._used.add(connection)
                return connection
        return None

    async def acquire(self) -> Connection:
        """Raises TimeoutError where all are in use for too long, and what asyncpg raises."""
        async with asyncio.timeout(self._patience):
            while True:
                if connection := self.take():
                    return connection
                if len(self._used) + self._connecting < self._size:
                    break
                await self._turn()
        return await self._new()

    def release(self, connection: Connection, *, is_sound: bool = True) -> None:
        """`is_sound`: False where something in it was broken off: that is ended on PostgreSQL's side, too."""
        self._used.discard(connection)
        if not is_sound or connection in self._expired:
            self._expired.discard(connection)
            self._close(connection)
        elif not connection.is_closed():
            self._idle.append((connection, monotonic()))
        self._wake()

    def expire(self) -> None:
        """None of those that there are is used again."""
        self._expired.update(self._used)
        self.drop_idle()

    def drop_idle(self) -> None:
        """None of those that rest is used again."""
        while self._idle:
            self._close(self._idle.pop()[0])

    async def close(self) -> None:
        """Waits a while for those in use."""
        self.expire()
        with suppress(TimeoutError):
            async with asyncio.timeout(_CLOSING):
                while self._used:
                    await self._turn()
        for connection in self._used:
            connection.terminate()
        if self._closing:
            await asyncio.wait(self._closing)

    async def _new(self) -> Connection:
        self._connecting += 1
        try:
            connection = await self._connect()
        except BaseException:
            self._wake()
            raise
        finally:
            self._connecting -= 1
        self._used.add(connection)
        return connection

    async def _turn(self) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._wake()  # it was ours, and is another's now
            elif turn in self._waiting:
                self._waiting.remove(turn)
            raise

    def _wake(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return

    def _drop_old(self) -> None:
        while self._idle and monotonic() - self._idle[0][1] > _OLD:
            self._close(self._idle.popleft()[0])

    def _close(self, connection: Connection) -> None:
        if connection.is_closed():
            return
        task = asyncio.get_running_loop().create_task(_closed(connection))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)


async def _closed(connection: Connection) -> None:
    try:
        await connection.close(timeout=_CLOSING)
    except Exception:  # noqa: BLE001  (it is gone one way or the other)
        connection.terminate()
