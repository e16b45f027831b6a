"""Answers that never arrive whole."""

from starlette.responses import Response
from starlette.types import Receive, Scope, Send


class Cut(Response):
    """Promises an answer and closes the connection before its body."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.body, response.status_code, dict(response.headers))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002  (ASGI's signature)
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
