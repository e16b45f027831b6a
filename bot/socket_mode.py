"""Socket Mode with a clean beginning and end: a refused token is one line, and what was taken is answered.

Source: https://docs.slack.dev/apis/events-api/using-socket-mode.
"""

import asyncio

import structlog
from aiohttp import ClientError
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.errors import DeskError
from bot.services.ports.tasks import Tasks, TurnFailed

_REFUSED = {
    "invalid_auth",
    "not_authed",
    "not_allowed_token_type",
    "account_inactive",
    "token_revoked",
    "missing_scope",
}
_FAILURES = (SlackClientError, ClientError, TimeoutError, OSError)
_CONNECTING = "socket_mode"
_PATIENCE = 10  # seconds for a connection
_log = structlog.get_logger()


class TokenRefused(DeskError):
    code = "token_refused"


class SocketMode:
    """Owns the connection and the requests that came over it."""

    def __init__(self, bolt: AsyncApp, token: str, client: AsyncWebClient, tasks: Tasks) -> None:
        self._token = token
        self._web = client
        self._tasks = tasks
        self._handler = AsyncSocketModeHandler(bolt, token, web_client=client)
        self._handler.client.socket_mode_request_listeners[:] = [self._handle]
        self._under_way: set[asyncio.Task[object]] = set()
        self._refusal: TokenRefused | None = None
        self._tried = asyncio.Event()  # it is connected, or never will be

    def start(self) -> None:
        """Connects in the background: nothing waits for a Slack that takes its time."""
        self._tasks.keep(_CONNECTING, self._try_to_connect)

    async def connected(self) -> None:
        """Returns once it is. Raises TokenRefused where it never will be."""
        await self._tried.wait()
        if self._refusal:
            raise self._refusal

    async def is_connected(self) -> bool:
        return bool(await self._handler.client.is_connected())

    async def stop(self, grace: float) -> None:
        """Takes no more requests, and gives those under way `grace` seconds to be answered."""
        self._handler.client.socket_mode_request_listeners.clear()
        await self._tasks.end(_CONNECTING)
        try:
            async with asyncio.timeout(grace):
                if self._under_way:
                    await asyncio.wait(self._under_way)
                await self._hang_up()
        except _FAILURES:  # whether it says good-bye is Slack's affair
            pass
        await self._handler.close_async()  # type: ignore[no-untyped-call]

    async def _hang_up(self) -> None:
        """Closes the connection, which waits for Slack to close its end."""
        client = self._handler.client
        client.closed, client.auto_reconnect_enabled = True, False
        await client.disconnect()  # type: ignore[no-untyped-call]

    async def _handle(self, _: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        task = asyncio.current_task()
        assert task  # noqa: S101  (a coroutine that runs has one)
        self._under_way.add(task)
        try:
            await self._handler.handle(self._handler.client, request)
        finally:
            self._under_way.discard(task)

    async def _opens(self) -> bool:
        """Whether Slack gives out a connection now. Raises TokenRefused where it never will."""
        try:
            await self._web.apps_connections_open(app_token=self._token)
        except SlackApiError as error:
            body = getattr(error.response, "data", None)
            code = body.get("error") if isinstance(body, dict) else None
            if code in _REFUSED:
                message = (
                    f"Slack refuses SLACK_APP_TOKEN ({code}). Make a token with the scope connections:write under"
                    " Basic Information → App-Level Tokens, and set it."
                )
                raise TokenRefused(message) from None
            return False
        except _FAILURES:
            return False
        return True

    async def _try_to_connect(self) -> None:
        """A turn of the task that ends in a connection. Raises TurnFailed."""
        try:
            if not await self._opens():
                raise TurnFailed("unreachable")
            async with asyncio.timeout(_PATIENCE):
                await self._handler.connect_async()  # type: ignore[no-untyped-call]
        except TimeoutError:
            self._handler.client.wss_uri = None  # its ticket may be used up
            raise TurnFailed("unreachable") from None
        except TokenRefused as error:
            self._refusal = error
        self._tried.set()
