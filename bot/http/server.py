"""One ASGI app, and its server: POST /slack/events for all of Slack, GET /healthz, /readyz and /metrics.

Bolt parses a body before it checks the signature, and takes every body for one of Slack's. What it could not
read is refused here, in front of it: nothing that a stranger sends makes a 5xx or a traceback.
"""

import asyncio
import re
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Annotated, NamedTuple

import orjson
import structlog
import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel, Field
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.domain.errors import DeskError
from bot.metrics import Metrics

MAX_BODY = 900 * 1024
"""Bytes. Slack's largest is a view_submission: a view of 250 kB, of which a form's encoding can make thrice that."""

_PATIENCE = 3.0  # seconds for the whole body: Slack itself waits no longer for the answer
_TIMESTAMP, _SIGNATURE = "x-slack-request-timestamp", "x-slack-signature"
_FOR_BOLT = {"content-type", _TIMESTAMP, _SIGNATURE, "x-slack-retry-num", "x-slack-retry-reason"}
_WELL_FORMED = {_TIMESTAMP: re.compile(r"[0-9]{1,12}"), _SIGNATURE: re.compile(r"v0=[0-9a-f]{64}")}

_log = structlog.get_logger()

JSON, TEXT = "application/json", "text/plain; charset=utf-8"


class Answer(NamedTuple):
    """A status, a body, and its headers."""

    status: int
    body: bytes
    headers: Mapping[str, str]


class _RefusedError(Exception):
    """The request is answered with `status` and a short `error`, and goes no further."""

    def __init__(self, status: int, error: str) -> None:
        super().__init__(error)
        self.status, self.error = status, error


class _GoneError(Exception):
    """Whoever asked has hung up."""


Handler = Callable[[Scope, Receive], Awaitable[Answer]]


def asgi(bolt: AsyncApp | None, *, ready: Callable[[], Awaitable[str | None]], metrics: Metrics) -> ASGIApp:
    """The app. `ready` says why the desk cannot work at the moment, or null.

    `bolt` is null in Socket Mode: no secret could check what comes by HTTP, so there is no /slack/events.
    """
    routes = _probes(ready, metrics)
    if bolt:
        routes["/slack/events"] = (("POST",), _events(bolt))

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        methods, handler = routes.get(scope["path"], ((), None))
        try:
            if handler is None:
                answer = _error(404, "not_found")
            elif scope["method"] not in methods:
                answer = _error(405, "method_not_allowed", allow=", ".join(methods))
            else:
                answer = await handler(scope, receive)
        except _RefusedError as refused:
            answer = _error(refused.status, refused.error)
        except _GoneError:
            return
        if 400 <= answer.status < 500:  # noqa: PLR2004  (HTTP's client errors)
            metrics.rejected(answer.status)
        await _send(send, answer)

    return app


async def always() -> str | None:
    """Ready, for whoever has nothing that could be wrong."""
    return None


def _probes(
    ready: Callable[[], Awaitable[str | None]], metrics: Metrics
) -> dict[str, tuple[tuple[str, ...], Handler]]:
    async def healthz(_: Scope, __: Receive) -> Answer:
        return Answer(200, b"ok", {"content-type": TEXT})

    async def readyz(_: Scope, __: Receive) -> Answer:
        reason = await ready()
        return Answer(200, b"ok", {"content-type": TEXT}) if reason is None else _error(503, reason)

    async def prometheus(_: Scope, __: Receive) -> Answer:
        return Answer(200, metrics.render(), {"content-type": CONTENT_TYPE_LATEST})

    probes = {"/healthz": healthz, "/readyz": readyz, "/metrics": prometheus}
    return {path: (("GET", "HEAD"), handler) for path, handler in probes.items()}


def _events(bolt: AsyncApp) -> Handler:
    async def events(scope: Scope, receive: Receive) -> Answer:
        headers = _signed(scope)
        request = _parsed(await _body(receive), headers)
        response = await bolt.async_dispatch(request)
        # Text that came as JSON may hold half a character; an answer that quotes it must still be sent.
        body = response.body.encode(errors="replace")
        return Answer(response.status, body, response.first_headers())

    return events


def _signed(scope: Scope) -> dict[str, str]:
    """The headers that Bolt reads. The signature among them looks like one; whether it is, Bolt checks."""
    headers: dict[str, str] = {}
    for raw, value in scope["headers"]:
        name = raw.decode("latin-1")
        if name in headers:
            raise _RefusedError(400, "duplicate_header")
        if name in _FOR_BOLT:
            headers[name] = value.decode("latin-1")
    if not all(form.fullmatch(headers.get(name, "")) for name, form in _WELL_FORMED.items()):
        raise _RefusedError(401, "invalid_signature")
    return headers


async def _body(receive: Receive) -> bytes:
    body = bytearray()
    try:
        async with asyncio.timeout(_PATIENCE):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise _GoneError
                body += message.get("body", b"")
                if len(body) > MAX_BODY:
                    raise _RefusedError(413, "body_too_large")
                if not message.get("more_body", False):
                    return bytes(body)
    except TimeoutError:
        raise _RefusedError(408, "body_too_slow") from None


def _parsed(body: bytes, headers: Mapping[str, str]) -> AsyncBoltRequest:
    try:
        request = AsyncBoltRequest(body=body.decode(), headers=dict(headers))
        _BODIES.get(request.body.get("type"), _Body).model_validate(request.body)
    except Exception:  # noqa: BLE001  (it only parses, and fails in as many ways as bodies can be wrong)
        if not _is_event(body):
            raise _RefusedError(400, "malformed_body") from None
        request = AsyncBoltRequest(body="", headers=dict(headers))
        request.raw_body, request.body = body.decode(), dict(_UNREADABLE)
    return request


def _is_event(body: bytes) -> bool:
    """Slack switches off an app that refuses its events, so one that nobody can read goes on to the check of its
    signature, as an event of which nothing is known."""
    try:
        return bool(orjson.loads(body)["type"] == "event_callback")
    except (ValueError, TypeError, LookupError):
        return False


_UNREADABLE = {"type": "event_callback", "event": {"type": "unreadable"}}


# Frozen, since pydantic copies a default that is not: 8 µs a request, against 1.


class _Object(BaseModel, frozen=True):
    pass


class _Typed(BaseModel, frozen=True):
    type: str


class _Called(_Object):
    callback_id: str


class _View(_Called):
    type: str


class _Element(BaseModel):
    action_id: str
    block_id: str


class _Body(BaseModel):
    """What Bolt takes for granted in every body; a handler's own model checks the rest."""

    type: str = ""
    command: str = ""
    event: _Typed = _Typed(type="")
    view: _Object = _Object()


class _CalledBody(_Called, _Body):
    actions: Annotated[tuple[_Object, ...], Field(min_length=1)] = (_Object(),)


class _ViewBody(_Body):
    view: _View


class _ActionsBody(_Body):
    actions: Annotated[tuple[_Element, ...], Field(min_length=1)]


class _SuggestionBody(_Element, _Body):
    pass


_BODIES: Mapping[str | None, type[_Body]] = {
    "block_actions": _ActionsBody,
    "block_suggestion": _SuggestionBody,
    "view_submission": _ViewBody,
    "view_closed": _ViewBody,
    **dict.fromkeys(("shortcut", "message_action", "interactive_message"), _CalledBody),
    **dict.fromkeys(("dialog_submission", "dialog_cancellation", "dialog_suggestion"), _CalledBody),
}
"""What Bolt takes for granted by the type of the body, old kinds that Deskhand does not use included."""


def _error(status: int, error: str, **headers: str) -> Answer:
    return Answer(status, orjson.dumps({"error": error}), {"content-type": JSON, **headers})


async def _send(send: Send, answer: Answer) -> None:
    headers = [(name.encode(), value.encode()) for name, value in answer.headers.items()]
    headers.append((b"content-length", str(len(answer.body)).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


class CannotListen(DeskError):
    """The address is taken, or none of this machine's."""

    code = "cannot_listen"


async def serve(app: ASGIApp, *, host: str, port: int, grace: float = 10) -> None:
    """Serves until SIGTERM or SIGINT, finishes what is under way (for at most `grace` seconds) and returns.

    Logs where it serves once requests are taken. Port 0 is any free one. Raises CannotListen.
    """
    stop = asyncio.Event()
    with on_signal(stop.set):
        async with listening(app, host=host, port=port, grace=grace) as bound:
            _log.info("serving", host=host, port=bound)
            await stop.wait()
            _log.info("stopping")


@asynccontextmanager
async def listening(app: ASGIApp, *, host: str, port: int, grace: float = 10) -> AsyncIterator[int]:
    """Serves while the block runs; yields the port. Signals are the caller's affair. Raises CannotListen."""
    listener = _listener(host, port)
    config = uvicorn.Config(
        app,
        loop="none",
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,  # nobody asks for the client's address
        server_header=False,
        timeout_graceful_shutdown=int(grace),
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        await serving


class _Server(uvicorn.Server):
    """uvicorn's own handler raises the signal again after its shutdown: nobody could flush anything then."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _listener(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        remedy = "Check DESKHAND_HOST and DESKHAND_PORT; another Deskhand may be running there already."
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
