"""GET /workspaces: what `deskhand workspaces` and `deskhand doctor` show of a desk that runs, to whoever has its secret key.

It stands where /metrics does. Without the right to it, it is not there.
"""

import hmac
from collections.abc import Awaitable, Callable, Sequence
from hashlib import sha256

from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

PATH = "/workspaces"
Overview = Callable[[], Awaitable[Sequence[dict[str, object]]]]


def authorization(key: SecretStr) -> str:
    """The header that shows it to have the key, which itself is never sent."""
    return f"Bearer {hmac.new(key.get_secret_value().encode(), PATH.encode(), sha256).hexdigest()}"


def route(overview: Overview, keys: Sequence[SecretStr]) -> Route:
    async def answer(request: Request) -> Response:
        shown = request.headers.get("authorization", "").encode()
        allowed = [hmac.compare_digest(shown, authorization(key).encode()) for key in keys]
        if not any(allowed):
            return JSONResponse({"error": "not_found"}, 404)
        return JSONResponse(list(await overview()))

    return Route(PATH, answer)
