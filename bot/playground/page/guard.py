"""Who may ask: pages of this machine only. And what every answer says to the browser."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_LOCAL = {"127.0.0.1", "localhost", "[::1]"}


def policy(*, form_action: str = "'none'") -> str:
    """What a page may load, and where its forms may lead."""
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        f"font-src 'self'; base-uri 'none'; form-action {form_action}; frame-ancestors 'none'"
    )


HEADERS = {
    "Content-Security-Policy": policy(),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-cache",
}


class Guard:
    """Around the page's app."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = _refusal(scope["method"], Headers(scope=scope))
        answer = JSONResponse({"ok": False, "trouble": refusal[1]}, refusal[0]) if refusal else self._app
        await answer(scope, receive, headed)


def is_local(headers: Headers) -> bool:
    """The host is looked at since a name of somebody else's may lead here (DNS rebinding)."""
    return headers.get("host", "").rpartition(":")[0] in _LOCAL


def is_own(headers: Headers) -> bool:
    """Whether it is a page of this site that asks, where a browser says so."""
    own = f"http://{headers.get('host', '')}"
    return headers.get("origin", own) == own


def _refusal(method: str, headers: Headers) -> tuple[int, str] | None:
    """The status and why."""
    if not is_local(headers):
        return 403, "The playground is for this machine only."
    if method != "POST":
        return None
    if not is_own(headers):
        return 403, "Another site may not act here."
    if headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        return 415, "The body must be application/json."
    return None
