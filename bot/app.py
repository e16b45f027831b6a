"""The composition root: settings in, a running desk out. The one module that knows every other."""

import gc
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

import structlog
from aiohttp import ClientSession
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_sdk.web.async_client import AsyncWebClient
from starlette.types import ASGIApp

from bot.domain.workspace import Workspace
from bot.http import server
from bot.metrics import Metrics
from bot.services.comments import Comments
from bot.services.desk import Desk
from bot.services.outbox.courier import Courier
from bot.services.people import People
from bot.services.ports.clock import Clock
from bot.services.ports.store import Store
from bot.services.work import Work
from bot.services.workspace_settings import Preferences
from bot.settings import Settings
from bot.socket_mode import SocketMode
from handlers import journeys, not_ours
from handlers.outbound.after_answer import AfterAnswer
from handlers.outbound.member_sync import MemberSync
from handlers.outbound.messenger import SlackMessenger
from handlers.outbound.own_user import ask_own_user
from handlers.slack.context import Tools
from storage import delivering, open_store, repair_store, verify_store

__all__ = ["Runtime", "build", "open_store", "repair_store", "serve", "utc_now", "verify_store"]

_CALL_TIMEOUT = 10  # seconds for one call to Slack's Web API
_GRACE = 5.0  # seconds that shutdown leaves for what is under way
_log = structlog.get_logger()


def utc_now() -> datetime:
    return datetime.now(UTC)


def build(settings: Settings, *, clock: Clock = utc_now) -> "Runtime":
    """A desk that has opened its store and waits to be started. Raises DeskError where the store cannot open."""
    return Runtime(settings, clock)


class Runtime:
    """A desk at work: `async with build(settings) as runtime` starts it, and leaving loses nothing."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        metrics = Metrics()
        self._token = settings.bot_token.get_secret_value() if settings.bot_token else ""
        self._client = AsyncWebClient(
            token=self._token, base_url=settings.api_url, timeout=_CALL_TIMEOUT, retry_handlers=[]
        )
        self.store: Store = open_store(settings.store, on_commit=metrics.commit)
        self.people = People()
        self._own_users: set[str] = set()
        self.courier = Courier(
            self.store, SlackMessenger(self._client_for, self.people, self._own_users), clock
        )
        self.desk = Desk(self.store, clock, wake=self.courier.wake)
        self.preferences = Preferences(self.store, self.people, clock)
        self.work = Work(self.store, clock, self.courier.wake, self.preferences)
        self._after_answer = AfterAnswer(self._client_for, self.people)
        self._member_sync = MemberSync(self._client, self.people, self.desk, self.preferences)
        comments = Comments(self.store, clock, self.courier.wake)
        tools = Tools(self.desk, self.work, comments, self.preferences, self.people, clock, self._own_users)
        self.bolt = self._bolt(journeys(tools, self._after_answer, metrics.observe))
        app_token = settings.app_token.get_secret_value() if settings.app_token else None
        self._socket = SocketMode(self.bolt, app_token, self._client) if app_token else None
        self._running = False
        metrics.watch_outbox(self.courier.status, clock)
        by_http = None if settings.mode == "socket" else self.bolt
        self.asgi: ASGIApp = server.asgi(by_http, ready=self.not_ready, metrics=metrics)

    def _bolt(self, routes: AsyncMiddleware) -> AsyncApp:
        secret = self._settings.signing_secret

        # For what routes leave to Bolt. Its own way asks Slack first, and a Slack that is down would cost the answer.
        async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
            return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, bot_token=self._token)

        bolt = AsyncApp(
            signing_secret=secret.get_secret_value() if secret else None,
            request_verification_enabled=self._settings.mode != "socket",
            before_authorize=routes,
            authorize=authorize,
        )
        bolt.error(not_ours)
        return bolt

    def _client_for(self, _: Workspace) -> AsyncWebClient:
        return self._client

    async def not_ready(self) -> str | None:
        """Why the desk cannot take work at the moment, or null where it can."""
        if not self._running:
            return "starting or stopping"
        if self._socket and not await self._socket.is_connected():
            return "not connected to Slack"
        return await self.store.fault()

    async def introduced(self) -> None:
        """Returns once the desk knows who is in the workspace, and what time it is for them."""
        await self._member_sync.loaded.wait()

    async def settled(self) -> None:
        """Returns once all that was answered is also shown in Slack."""
        await self._after_answer.idle()
        await self.courier.idle()

    @contextmanager
    def heeding_retry(self) -> Iterator[None]:
        """While the block runs, `deskhand courier retry` is heard, and knows that it is."""
        with (
            server.on_signal(self.courier.retry, signal.SIGUSR1),
            delivering(self._settings.folder),
        ):
            yield

    async def __aenter__(self) -> Self:
        self._client.session = ClientSession()
        self._member_sync.start()
        self._own_user = ask_own_user(self._client, self._own_users)
        try:
            await self.courier.start()
            if self._socket:
                await self._socket.start()
        except BaseException:
            await self._stop()
            raise
        self._running = True
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stop()

    async def _stop(self) -> None:
        self._running = False
        if self._socket:
            await self._socket.stop(_GRACE)
        await self._after_answer.stop(_GRACE)
        await self._member_sync.stop()
        self._own_user.cancel()
        await self.courier.stop(_GRACE)
        await self.store.close()
        if self._client.session:
            await self._client.session.close()


async def serve(settings: Settings) -> None:
    """Runs the desk until SIGTERM or SIGINT."""
    async with build(settings) as runtime:
        gc.collect()
        gc.freeze()  # what was loaded stays: no collection need look at it again
        with runtime.heeding_retry():
            await server.serve(runtime.asgi, host=settings.host, port=settings.port)
    _log.info("stopped")
