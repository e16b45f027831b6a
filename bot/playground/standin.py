"""A local stand-in for Slack, served over HTTP on this machine only."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Self, TypeVar

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route, WebSocketRoute

from bot.playground import seed
from bot.playground.api import WebApi
from bot.playground.app import read_manifest
from bot.playground.client import Client
from bot.playground.clock import Clock
from bot.playground.deliveries import Deliveries
from bot.playground.driver import Channel, Person
from bot.playground.events import Event
from bot.playground.exchanges import Exchanges
from bot.playground.faults import Faults
from bot.playground.hooks import HookEndpoint
from bot.playground.limits import Limits
from bot.playground.page import Page
from bot.playground.page.scene import Scene
from bot.playground.payloads import Payloads
from bot.playground.records import Message, Team
from bot.playground.sockets import Sockets
from bot.playground.wire import Json
from bot.playground.world import Notification, World

T = TypeVar("T")

_HOST = "127.0.0.1"
_GRACE = 1.0  # seconds for the requests under way at the end


async def start_standin(
    manifest: Mapping[str, Json],
    *,
    port: int = 0,
    clock: Clock | None = None,
    team: Team = seed.TEAM,
    fill: Callable[[World], None] = seed.fill,
) -> "StandIn":
    """A workspace that runs until `stop()`, with the app of this (parsed) manifest.yml installed.

    Port 0 is any free one; `fill` puts people, channels and messages into the new workspace.
    """
    standin = StandIn(World(team, read_manifest(manifest), clock or Clock()), port)
    fill(standin.world)
    await standin.start()
    return standin


class StandIn:
    """Slack's side. `world` is its state, `client` what people do in it, `faults` what goes wrong.

    `start_over` makes the bot forget its data when somebody asks the page to start over.
    """

    def __init__(self, world: World, port: int) -> None:
        self.world = world
        self.clock = world.clock
        self.faults = Faults(world.changes)
        self.limits = Limits()
        self.exchanges = Exchanges(world.changes)
        self.sockets = Sockets(world.app.id)
        self._listener = socket.create_server((_HOST, port))
        # asyncio sees to this only for sockets made otherwise; without it answers wait 40 ms for an acknowledgement
        self._listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.url = f"http://{_HOST}:{self._listener.getsockname()[1]}"
        self.api_url = f"{self.url}/api/"
        self.payloads = Payloads(world, self.url)
        self.deliveries = Deliveries(world.app, world.clock, self.faults, self.exchanges, self.sockets)
        self.client = Client(world, self.deliveries, self.payloads)
        self.start_over: Callable[[], Awaitable[None]] | None = None
        self.page = Page(self._scene())
        self.app = self._asgi()
        self._server = _Server(_config(self.app))
        self._serving: asyncio.Task[None] | None = None
        world.tell = self._tell

    @property
    def bot_token(self) -> str:
        return self.world.app.bot_token

    @property
    def app_token(self) -> str:
        return self.world.app.app_token

    @property
    def signing_secret(self) -> str:
        return self.world.app.signing_secret

    @property
    def paged(self) -> list[Notification]:
        """Everybody whom a message notified since the start."""
        return self.world.paged

    def connect(self, bot_url: str) -> None:
        """Where the bot takes what Slack sends, such as http://127.0.0.1:3000/slack/events."""
        self.deliveries.url = bot_url

    def person(self, name: str) -> Person:
        """Somebody of the workspace, by name or id, who can do things. Raises LookupError."""
        return Person(self.world, self.client, self.world.user(name))

    def channel(self, name: str) -> Channel:
        """By name or id. Raises LookupError."""
        return Channel(self.world, self.world.conversation(name))

    def ephemerals(self, *, to: Person) -> list[Message]:
        """What only this person sees, oldest first."""
        return [
            message
            for conversation in self.world.conversations.values()
            for message in conversation.messages
            if message.only_for == to.id and not message.deleted
        ]

    def calls(self, method: str) -> list[Json]:
        """The arguments of each call of this method that the bot has made, oldest first."""
        return [exchange.body for exchange in self.exchanges.of(method)]

    async def until(
        self, found: Callable[[], T | None], *, within: float = 5, otherwise: Callable[[], str] = str
    ) -> T:
        """Waits for a condition of this stand-in; AssertionError with the words of `otherwise` after `within` s."""
        return await self.world.changes.until(found, within=within, otherwise=otherwise)

    async def events_taken(self) -> None:
        """Waits until the bot has taken every event there was."""
        await self.until(
            lambda: not self.deliveries.under_way,
            otherwise=lambda: f"{self.deliveries.under_way} events were not taken",
        )

    async def _start_over(self) -> None:
        """Only the example is there, as at first."""
        if self.start_over:
            await self.start_over()
        self.world.clear()
        seed.fill(self.world)

    async def start(self) -> None:
        self._serving = asyncio.create_task(self._server.serve(sockets=[self._listener]))
        while not self._server.started:
            if self._serving.done():
                self._serving.result()
            await asyncio.sleep(0)

    async def stop(self) -> None:
        self.faults.clear()
        self.page.close()
        await self.sockets.disconnect()
        await self.deliveries.close()
        self._server.stop()
        if self._serving:
            await self._serving

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def _tell(self, event: Event) -> None:
        if event.subscription in self.world.app.events:
            self.deliveries.send_event(self.payloads.event(event))

    def _asgi(self) -> Starlette:
        api = WebApi(self.world, self.faults, self.limits, self.exchanges, self._socket_url)
        hooks = HookEndpoint(self.world, self.faults, self.exchanges)
        return Starlette(
            routes=[
                Route("/api/{method}", api.answer, methods=["GET", "POST"]),
                Route("/hooks/{kind}/{team}/{hook}", hooks.answer, methods=["POST"]),
                WebSocketRoute("/socket", self.sockets.serve),
                self.page.mount,
            ]
        )

    def _scene(self) -> Scene:
        return Scene(
            url=self.url,
            world=self.world,
            client=self.client,
            deliveries=self.deliveries,
            faults=self.faults,
            exchanges=self.exchanges,
            start_over=self._start_over,
        )

    def _socket_url(self) -> str:
        return f"{self.url.replace('http', 'ws', 1)}/socket?ticket={self.sockets.ticket()}"


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
