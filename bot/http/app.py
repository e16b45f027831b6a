"""What the desk answers by HTTP: POST /slack/events to Slack, GET /slack/install and /slack/oauth_redirect to whoever
installs it, GET /healthz, /readyz and /metrics to whoever runs it.

/metrics may stand apart, on a port of its own that only they reach.
"""

from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus

from prometheus_client import CONTENT_TYPE_LATEST
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.response import BoltResponse
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.http import guard
from bot.metrics import Metrics

Ready = Callable[[], Awaitable[str | None]]
"""Says why the desk cannot work at the moment, or None."""

_EVENTS = "/slack/events"


def asgi(
    bolt: AsyncApp | None,
    *,
    ready: Ready,
    metrics: Metrics,
    metrics_apart: bool = False,
    install: AsyncOAuthFlow | None = None,
    overview: Route | None = None,
) -> ASGIApp:
    """The app, without /metrics where that stands apart. `bolt` is None in Socket Mode: no secret could check what comes by HTTP, so /slack/events is missing.
    `install`: how it is installed, where that is by OAuth; in Socket Mode, too. `overview`: of its workspaces, which stands
    where /metrics does."""
    routes = [
        *_probes(ready),
        *([] if metrics_apart else _figures(metrics, overview)),
        *(_oauth(install, metrics) if install else []),
    ]
    if bolt is None:
        return _starlette(routes, metrics)
    events = _Events(bolt, metrics)
    all_routes = _starlette([Route(_EVENTS, events, methods=["POST"]), *routes], metrics)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        # Each of Slack's requests would spend 5 µs in Starlette's layers.
        direct = scope["path"] == _EVENTS and scope["method"] == "POST"
        await (events if direct else all_routes)(scope, receive, send)

    return app


def metrics_asgi(metrics: Metrics, overview: Route | None = None) -> ASGIApp:
    """/metrics by itself, and the overview."""
    return _starlette(_figures(metrics, overview), metrics)


def _figures(metrics: Metrics, overview: Route | None) -> list[Route]:
    return [_metrics(metrics), *([overview] if overview else [])]


def _starlette(routes: Sequence[BaseRoute], metrics: Metrics) -> Starlette:
    """Starlette, whose own refusals (404, 405) are counted, and JSON with a code like those of the events."""

    async def refuse(_: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101  (Starlette asks by its status)
        metrics.rejected(error.status_code)
        allowed = (error.headers or {}).get("Allow")
        headers = {"allow": ", ".join(sorted(allowed.split(", ")))} if allowed else None
        return JSONResponse({"error": HTTPStatus(error.status_code).name.lower()}, error.status_code, headers)

    app = Starlette(routes=routes, exception_handlers={404: refuse, 405: refuse})
    app.router.redirect_slashes = False
    return app


def _probes(ready: Ready) -> list[Route]:
    async def healthz(_: Request) -> Response:
        return PlainTextResponse("ok")

    async def readyz(_: Request) -> Response:
        reason = await ready()
        return PlainTextResponse("ok") if reason is None else JSONResponse({"error": reason}, 503)

    return [Route("/healthz", healthz), Route("/readyz", readyz)]


def _metrics(metrics: Metrics) -> Route:
    async def prometheus(_: Request) -> Response:
        return Response(metrics.render(), media_type=CONTENT_TYPE_LATEST)

    return Route("/metrics", prometheus)


def _oauth(flow: AsyncOAuthFlow, metrics: Metrics) -> list[Route]:
    """The two pages that a browser sees who installs."""

    def page(
        answer: Callable[[AsyncBoltRequest], Awaitable[BoltResponse]],
    ) -> Callable[[Request], Awaitable[Response]]:
        async def answered(request: Request) -> Response:
            asked = AsyncBoltRequest(body="", query=request.url.query, headers=dict(request.headers))
            response = _response(await answer(asked))
            if 400 <= response.status_code < 500:  # noqa: PLR2004  (HTTP's client errors)
                metrics.rejected(response.status_code)
            return response

        return answered

    return [
        Route(flow.install_path, page(flow.handle_installation)),
        Route(flow.redirect_uri_path, page(flow.handle_callback)),
    ]


def _response(answered: BoltResponse) -> Response:
    """With each cookie as it was made. Bolt's own would make all of them Secure."""
    response = Response(answered.body, answered.status)
    for name, values in answered.headers.items():
        for value in values:
            response.headers.append(name, value)
    return response


class _Events:
    """Hands to Bolt what Slack sends."""

    def __init__(self, bolt: AsyncApp, metrics: Metrics) -> None:
        self._bolt = bolt
        self._metrics = metrics
        self._guard = guard.Guard()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response: Response
        try:
            request = await self._guard.read(scope, receive)
        except guard.Refused as refused:
            response = JSONResponse({"error": refused.code}, refused.status)
        except ClientDisconnect:
            return
        else:
            answer = await self._bolt.async_dispatch(request)
            # Text that came as JSON may hold half a character; an answer that quotes it must still be sent.
            response = Response(answer.body.encode(errors="replace"), answer.status, answer.first_headers())
        if 400 <= response.status_code < 500:  # noqa: PLR2004  (HTTP's client errors)
            self._metrics.rejected(response.status_code)
        await response(scope, receive, send)
