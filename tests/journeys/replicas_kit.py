"""Two desks in this process on one PostgreSQL, and a front that gives each request to one of them, to the next one, or to both."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from cryptography.fernet import Fernet
from pydantic import SecretStr
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot import app, imports
from bot.http import server
from bot.playground import seed
from bot.playground.standin import StandIn
from storage import open_store
from tests.journeys.conftest import Office, settings_for
from tests.patience import PATIENCE


@dataclass
class Front:
    """`to`: whom all requests go to; where it says nobody, each goes to the next one. `is_doubled`: each goes to all at once, and
    the first of them answers."""

    desks: Sequence[ASGIApp]
    to: int | None = None
    is_doubled: bool = False
    given: list[int] = field(default_factory=list)
    _next: int = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        answers = await asyncio.gather(*(_answer(self.desks[at], scope, body) for at in self._turn()))
        for message in answers[0]:
            await send(message)

    def _turn(self) -> Sequence[int]:
        if self.is_doubled:
            return range(len(self.desks))
        at = self._next if self.to is None else self.to
        self._next = (at + 1) % len(self.desks)
        self.given.append(at)
        return [at]


async def _answer(desk: ASGIApp, scope: Scope, body: bytes) -> list[Message]:
    said: list[Message] = []
    parts = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return parts.pop() if parts else await asyncio.Event().wait() and {}

    async def send(message: Message) -> None:
        said.append(message)

    await desk({**scope, "state": {}}, receive, send)
    return said


@dataclass
class Replicas:
    """`offices`: the same workspace, as each desk has it."""

    offices: Sequence[Office]
    front: Front

    @property
    def one(self) -> Office:
        return self.offices[0]

    @property
    def other(self) -> Office:
        return self.offices[1]

    async def until(self, found: Callable[[], Awaitable[bool]]) -> None:
        """What a replica learns by itself within a second or two."""
        async with asyncio.timeout(PATIENCE):
            while not await found():  # noqa: ASYNC110  (nothing tells of it)
                await asyncio.sleep(0.02)

    async def settled(self) -> None:
        """Whichever of them shows it."""
        for office in self.offices:
            await office.runtime.settled()


@asynccontextmanager
async def replicas_of(
    slack: StandIn, url: str, folder: Path, *, port: int = 0, **settings: object
) -> AsyncIterator[Replicas]:
    """Everybody is known to both, and the directory is imported."""
    async with AsyncExitStack() as stack:
        offices = []
        for number in range(2):
            given = settings_for(slack, folder / str(number), **settings)
            desk = app.build(given, store=open_store(url), clock=slack.clock.now, held=timedelta())
            offices.append(Office(slack, await stack.enter_async_context(desk), given))
        await offices[0].runtime.store.change(
            offices[0].workspace, lambda tx: imports.import_files(tx, seed.DIRECTORY)
        )
        front = Front([office.runtime.asgi for office in offices])
        async with server.listening(front, host="127.0.0.1", port=port) as bound:
            slack.connect(f"http://127.0.0.1:{bound}/slack/events")
            for office in offices:
                await office.runtime.introduced()
            yield Replicas(offices, front)


def by_oauth(slack: StandIn, port: int) -> dict[str, object]:
    """The settings of desks that are installed at this port."""
    return {
        "bot_token": None,
        "client_id": slack.client_id,
        "client_secret": SecretStr(slack.client_secret),
        "public_url": f"http://127.0.0.1:{port}",
        "secret_keys": Fernet.generate_key().decode(),
        "allowed_teams": "*",
    }
