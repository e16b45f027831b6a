"""The floor: a Bolt app with the same server and settings as Deskhand's, which only acknowledges."""

import asyncio
import re
import sys

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult

from bot import server
from bot.metrics import Metrics
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
    asgi = server.asgi(app(), ready=server.always, metrics=Metrics())
    asyncio.run(server.serve(asgi, host="127.0.0.1", port=int(sys.argv[1])))
