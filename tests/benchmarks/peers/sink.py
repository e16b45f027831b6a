"""A Slack that takes everything at once, so that what is measured is the bot."""

import asyncio
import json
import sys
from itertools import count
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

_ts = count(1)
MEMBER = {"id": "U0ANA", "name": "ana", "tz": "Europe/Berlin", "profile": {"real_name": "Ana"}}


_takes = float(sys.argv[2]) if sys.argv[2:] else 0.0  # seconds for each call


async def method(request: Request) -> JSONResponse:
    body = await request.body()
    if _takes:
        await asyncio.sleep(_takes)
    asked = json.loads(body) if body.startswith(b"{") else dict(parse_qsl(body.decode()))
    return JSONResponse(
        {
            "ok": True,
            "team_id": "T0DESKHAND",
            "user_id": "U0BOT",
            "bot_id": "B0BOT",
            "members": [MEMBER],
            "messages": [],
            "user": MEMBER,
            "channel": asked.get("channel") or "C0SUPPORT",
            "ts": f"1700000000.{next(_ts):06}",
        }
    )


app = Starlette(routes=[Route("/{path:path}", method, methods=["GET", "POST"])])

if __name__ == "__main__":
    import uvicorn

    asyncio.run(uvicorn.Server(uvicorn.Config(app, port=int(sys.argv[1]), log_level="warning")).serve())
