"""The floor: a Bolt app with the same server and settings as Deskhand's, which only acknowledges.

As a good engineer would write it: Bolt's own ASGI adapter on uvicorn with uvloop and httptools, one listener, and
no question to Slack before the answer.
"""

import re
import sys

import uvicorn
from slack_bolt.adapter.asgi.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from starlette.types import ASGIApp

from tests.benchmarks.load import SECRET


async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
    return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, bot_token="xoxb-benchmark")  # noqa: S106


def app(*, default: bool) -> AsyncApp:
    """With `default`, Bolt's own way: the listener runs beside, and is asked every 10 ms whether it has acknowledged."""
    bolt = AsyncApp(signing_secret=SECRET, authorize=authorize, process_before_response=not default)

    @bolt.command(re.compile(""))
    async def acknowledge(ack: AsyncAck) -> None:
        await ack()

    return bolt


def serve(asgi: ASGIApp | AsyncSlackRequestHandler, port: int) -> None:
    """As Deskhand serves its own."""
    uvicorn.run(
        asgi,
        port=port,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="off",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        log_level="error",
    )


if __name__ == "__main__":
    serve(AsyncSlackRequestHandler(app(default=sys.argv[2:] == ["default"])), int(sys.argv[1]))
