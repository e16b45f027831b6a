"""Slack's requests to the bot: signed, over HTTP or Socket Mode, with three seconds for the answer.

Sources: https://docs.slack.dev/authentication/verifying-requests-from-slack, …/apis/events-api (retries).
"""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass
from time import time
from urllib.parse import urlencode

from aiohttp import ClientError, ClientSession

from bot.playground.app import App
from bot.playground.clock import Clock
from bot.playground.exchanges import Exchange, Exchanges, read_answer
from bot.playground.faults import Faults
from bot.playground.sockets import Sockets
from bot.playground.wire import Json

PATIENCE = 3.0  # seconds
_RETRY_AFTER = (0.0, 60.0, 300.0)  # seconds before each retry of an event
_OK = 200
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Reply:
    """`trouble` is what a user sees where there is no good answer: `operation_timeout` or `dispatch_failed`."""

    status: int | None
    content: object = ""  # JSON where the body is, else its text
    trouble: str | None = None
    retry: bool = True  # whether the bot lets an event be sent again


def signed(secret: str, body: bytes, timestamp: int) -> dict[str, str]:
    """The two headers that prove a body came from Slack at `timestamp`, in epoch seconds."""
    base = b"v0:%d:%s" % (timestamp, body)
    digest = hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": str(timestamp), "X-Slack-Signature": f"v0={digest}"}


class Deliveries:
    """`url` is where the bot takes everything; where it is connected by Socket Mode, that is used instead."""

    def __init__(
        self, app: App, clock: Clock, faults: Faults, exchanges: Exchanges, sockets: Sockets
    ) -> None:
        self._app = app
        self._clock = clock
        self._faults = faults
        self._exchanges = exchanges
        self._sockets = sockets
        self._session = ClientSession()
        self._tasks: set[asyncio.Task[object]] = set()
        self.url: str | None = None
        self.waiting = 0  # events that wait for their next retry

    @property
    def under_way(self) -> int:
        """How many events have not been taken yet, retries included."""
        return len(self._tasks)

    async def send(
        self, payload: Json, retry: tuple[int, str] | None = None, *, team: str | None = None
    ) -> Reply:
        """Delivers a payload and waits for the answer, as often and as late as the faults say. `team` is the workspace whose
        app is told."""
        kind = kind_of(payload)
        if held := self._faults.held(kind):
            await held.gate.wait()
        copies = self._faults.copies(kind)
        try:
            replies = await asyncio.gather(
                *(self._attempt(kind, payload, retry, team) for _ in range(copies))
            )
        finally:
            if held:
                held.sent.set()
        return replies[0]

    def send_event(self, payload: Json, *, team: str | None = None) -> None:
        """Delivers an event beside everything else; three times more where the bot does not take it."""
        self._own(self._until_taken(payload, team))

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._session.close()

    def _own(self, work: Coroutine[object, object, object]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Task[object]) -> None:
        self._tasks.discard(task)
        self._exchanges.changes.note()

    async def _until_taken(self, payload: Json, team: str | None) -> None:
        reply = await self.send(payload, team=team)
        for number, wait in enumerate(_RETRY_AFTER, start=1):
            if reply.status == _OK or not reply.retry:
                return
            self.waiting += 1
            self._exchanges.changes.note()
            await self._clock.sleep(wait)
            self.waiting -= 1
            reason = "http_error" if reply.status else _REASONS.get(reply.trouble or "", "unknown_error")
            reply = await self.send(payload, (number, reason), team=team)

    async def _attempt(
        self, kind: str, payload: Json, retry: tuple[int, str] | None, team: str | None
    ) -> Reply:
        if not (self._sockets.connected or self.url):
            return Reply(None, trouble="dispatch_failed")
        work = asyncio.create_task(
            self._by_socket(kind, payload, retry, team)
            if self._sockets.connected
            else self._by_http(kind, payload, retry, team)
        )
        patience = asyncio.create_task(self._clock.sleep(PATIENCE))
        try:
            await asyncio.wait({work, patience}, return_when=asyncio.FIRST_COMPLETED)
            return work.result() if work.done() else Reply(None, trouble="operation_timeout")
        finally:
            for task in (work, patience):
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task

    async def _by_http(
        self, kind: str, payload: Json, retry: tuple[int, str] | None, team: str | None
    ) -> Reply:
        body, content_type = encoded(payload)
        # Real time, wherever the stand-in's has been moved to: the bot's Bolt compares it with the machine's clock
        headers = {"Content-Type": content_type, **signed(self._app.signing_secret, body, int(time()))}
        if retry:
            headers |= {"X-Slack-Retry-Num": str(retry[0]), "X-Slack-Retry-Reason": retry[1]}
        exchange = self._begin(kind, self.url or "", headers, payload)
        exchange.team = team
        status, content = None, None
        try:
            async with self._session.post(self.url or "", data=body, headers=headers) as response:
                status, content = response.status, read_answer(await response.text())
                retries = response.headers.get("X-Slack-No-Retry") != "1"
        except (ClientError, OSError) as error:
            content = type(error).__name__
            return Reply(None, trouble="dispatch_failed")
        finally:
            self._exchanges.end(exchange, status, content)
        return Reply(status, content, None if status == _OK else "dispatch_failed", retries)

    async def _by_socket(
        self, kind: str, payload: Json, retry: tuple[int, str] | None, team: str | None
    ) -> Reply:
        exchange = self._begin(kind, "socket", {}, payload)
        exchange.team = team
        status, content = None, None
        try:
            content = await self._sockets.send(_envelope(payload), payload, retry)
            status = _OK
        except OSError:
            return Reply(None, trouble="dispatch_failed")
        finally:
            self._exchanges.end(exchange, status, content)
        return Reply(_OK, "" if content is None else content)

    def _begin(self, kind: str, path: str, headers: dict[str, str], payload: Json) -> Exchange:
        return self._exchanges.begin("to_bot", kind, path, headers, payload, self._clock.now().timestamp())


_REASONS = {"operation_timeout": "http_timeout", "dispatch_failed": "connection_failed"}


def kind_of(payload: Json) -> str:
    """What a payload is: `slash_command`, `view_submission`, … and for an event its own type, `message`."""
    if "command" in payload:
        return "slash_command"
    return str(payload["event"]["type"] if payload["type"] == "event_callback" else payload["type"])


def _envelope(payload: Json) -> str:
    if "command" in payload:
        return "slash_commands"
    return "events_api" if payload["type"] in {"event_callback", "app_rate_limited"} else "interactive"


def encoded(payload: Json) -> tuple[bytes, str]:
    """The body and content type that Slack sends this payload with."""
    if "command" in payload:
        return urlencode(payload).encode(), _FORM
    if payload["type"] in {"event_callback", "url_verification", "app_rate_limited"}:
        return json.dumps(payload, ensure_ascii=False).encode(), "application/json"
    return urlencode({"payload": json.dumps(payload, ensure_ascii=False)}).encode(), _FORM
