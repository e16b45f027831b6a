"""The HTTP server of the stand-in: uvicorn, which is told to stop and does so at once."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette

_HOST = "127.0.0.1"
_GRACE = 1.0  # seconds for the requests under way at the end


class Site:
    """An address of this machine, and what is served there from `start` to `stop`. Port 0 is any free one."""

    def __init__(self, port: int) -> None:
        self._listener = socket.create_server((_HOST, port))
        # asyncio sees to this only for sockets made otherwise; without it answers wait 40 ms for an acknowledgement
        self._listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.url = f"http://{_HOST}:{self._listener.getsockname()[1]}"
        self._server: _Server | None = None
        self._serving: asyncio.Task[None] | None = None

    async def start(self, app: Starlette) -> None:
        self._server = _Server(_config(app))
        self._serving = asyncio.create_task(self._server.serve(sockets=[self._listener]))
        while not self._server.started:
            if self._serving.done():
                self._serving.result()
            await asyncio.sleep(0)

    async def stop(self) -> None:
        if self._server and self._serving:
            self._server.stop()
            await self._serving
        self._listener.close()


class _Server(uvicorn.Server):
    """`stop` is heard at once: uvicorn alone looks ten times a second, and a test starts one server each."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._stopped = asyncio.Event()

    def stop(self) -> None:
        self._stopped.set()

    async def main_loop(self) -> None:
        await self._stopped.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # What is taken and not begun when its listener closes would be dropped; timers come behind all that was taken.
        turn = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_later(0, turn.set_result, None)
        await turn
        for listener in (*self.servers, *(sockets or ())):
            listener.close()
        await asyncio.sleep(0)  # connections that were taken just now are made
        for connection in list(self.server_state.connections):
            connection.shutdown()
        if self.server_state.tasks:
            _, late = await asyncio.wait(self.server_state.tasks, timeout=_GRACE)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await asyncio.sleep(0)  # what was closed is gone

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the affair of the process that the stand-in runs in."""
        yield


def _config(app: Starlette) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        loop="none",
        http="httptools",
        ws="websockets-sansio",
        lifespan="off",
        log_config=None,
        access_log=False,
        date_header=False,
    )
