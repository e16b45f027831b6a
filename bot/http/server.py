"""uvicorn with a listener of our own: it serves until it is told to end, and ends as soon as nothing is under way."""

import asyncio
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import TypeVar
from weakref import WeakKeyDictionary

import structlog
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from bot.domain.errors import DeskError

T = TypeVar("T")

MAX_CONNECTIONS = 1000
"""Open at a time. Slack needs a few dozen; each costs a file, and a process has 1,024 of them on many machines."""

_SILENT = 5.0  # seconds that a connection may be open without a whole request's headers
_log = structlog.get_logger()


class CannotListen(DeskError):
    """The address is taken, or none of this machine's."""

    code = "cannot_listen"


async def serve(app: ASGIApp, *, host: str, port: int, stop: asyncio.Event, grace: float = 10) -> None:
    """Serves until `stop`, finishes what is under way (for at most `grace` seconds) and returns.

    Logs where it serves once requests are taken. Port 0 is any free one. Raises CannotListen.
    """
    async with listening(app, host=host, port=port, grace=grace) as bound:
        _log.info("serving", host=host, port=bound)
        await stop.wait()
        _log.info("stopping")


@asynccontextmanager
async def listening(
    app: ASGIApp, *, host: str, port: int, grace: float = 10, variable: str = "DESKHAND_PORT"
) -> AsyncIterator[int]:
    """Serves while the block runs; yields the port. Signals are the caller's affair. Raises CannotListen, which names the
    `variable` that has the port."""
    listener = _listener(host, port, variable)
    config = uvicorn.Config(
        app,
        loop="none",
        http=_Protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,  # nobody asks for the client's address
        server_header=False,
    )
    server = _Server(config, grace)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield listener.getsockname()[1]
    finally:
        server.stop()
        await serving


class _Protocol(HttpToolsProtocol):
    """A connection. One too many is closed before it is heard."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > MAX_CONNECTIONS:
            transport.abort()

    @property
    def is_asked(self) -> bool:
        """Whether a request is under way, whose headers have come."""
        return bool(self.cycle and not self.cycle.response_complete)


class _Connections(set[T]):
    """Those that are open. Tells when one closes."""

    def __init__(self) -> None:
        super().__init__()
        self.closed = asyncio.Event()
        self._silent: WeakKeyDictionary[_Protocol, tuple[object, float]] = WeakKeyDictionary()

    def discard(self, connection: object) -> None:
        super().discard(connection)
        self.closed.set()

    def close_silent(self, now: float) -> None:
        """Closes those whose next headers have not come for too long. uvicorn looks only after those that say nothing."""
        for each in list(self):
            if not isinstance(each, _Protocol) or each.is_asked:
                continue
            answered, since = self._silent.get(each, (each, now))
            if answered is not each.cycle:  # new, or it has been answered meanwhile
                self._silent[each] = each.cycle, now
            elif now - since >= _SILENT:
                each.transport.close()


class _Server(uvicorn.Server):
    """Ends as soon as nothing is under way: uvicorn alone looks ten times a second whether that is so.

    Signals are the caller's affair. uvicorn raises them again after its shutdown: nobody could flush anything then.
    """

    def __init__(self, config: uvicorn.Config, grace: float) -> None:
        super().__init__(config)
        self._grace = grace
        self._stopping = asyncio.Event()
        self._connections = self.server_state.connections = _Connections()
        self._closed = self._connections.closed

    def stop(self) -> None:
        self._stopping.set()

    async def main_loop(self) -> None:
        while not self._stopping.is_set():
            await self.on_tick(0)  # it renews the header with the date
            self._connections.close_silent(asyncio.get_running_loop().time())
            with suppress(TimeoutError):
                async with asyncio.timeout(1):
                    await self._stopping.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await _all_taken_are_begun()
        for listener in (*self.servers, *(sockets or ())):
            listener.close()
        await asyncio.sleep(0)  # connections that were taken just now are made
        try:
            async with asyncio.timeout(self._grace):
                await self._finish()
        except TimeoutError:
            late = list(self.server_state.tasks)
            _log.error("requests were not answered in time", number=len(late))
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _finish(self) -> None:
        """Waits until all requests are answered, and the answers sent."""
        state = self.server_state
        while state.connections or state.tasks:
            self._closed.clear()
            for connection in list(state.connections):
                connection.shutdown()
            await (asyncio.wait(state.tasks) if state.tasks else self._closed.wait())

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _all_taken_are_begun() -> None:
    """asyncio drops a connection without a word whose listener is closed between taking it and beginning it, which is in the
    next turn of its loop. A timer's turn comes behind those of sockets, and so this returns behind all that were taken."""
    turn = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_later(0, turn.set_result, None)
    await turn


def _listener(host: str, port: int, variable: str) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        remedy = f"Check DESKHAND_HOST and {variable}; another Deskhand may be running there already."
        message = f"Cannot listen on {host}:{port}: {error.strerror or error}. {remedy}"
        raise CannotListen(message) from None
    # Inherited by each connection. asyncio, unlike uvloop, would leave a short answer waiting for more.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


@contextmanager
def on_signal(react: Callable[[], None], *numbers: signal.Signals) -> Iterator[None]:
    """Calls `react` at these signals, SIGTERM and SIGINT unless told, while the block runs: they do not end the process."""
    loop = asyncio.get_running_loop()
    before = {
        number: signal.signal(number, lambda *_: loop.call_soon_threadsafe(react))
        for number in numbers or (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
