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

from tests.benchmarks.load import SECRET


async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
    return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, bot_token="xoxb-benchmark")  # noqa: S106


def app() -> AsyncApp:
    bolt = AsyncApp(signing_secret=SECRET, authorize=authorize, process_before_response=True)

    @bolt.command(re.compile(""))
    async def acknowledge(ack: AsyncAck) -> None:
        await ack()

    return bolt


if __name__ == "__main__":
    uvicorn.run(
        AsyncSlackRequestHandler(app()),
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="off",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        log_level="error",
    )
