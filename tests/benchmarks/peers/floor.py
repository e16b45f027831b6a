"""The floor under every framework: ASGI that checks Slack's signature, parses the form, and answers."""

import hashlib
import hmac
import sys
from urllib.parse import parse_qs

from starlette.types import Receive, Scope, Send

from tests.benchmarks.load import SECRET
from tests.benchmarks.peers.bare import serve


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    headers = dict(scope["headers"])
    body = (await receive()).get("body", b"")
    stamp = headers.get(b"x-slack-request-timestamp", b"")
    signature = hmac.new(SECRET.encode(), b"v0:%b:%b" % (stamp, body), hashlib.sha256).hexdigest()
    signed = hmac.compare_digest(headers.get(b"x-slack-signature", b""), f"v0={signature}".encode())
    status = 200 if signed and parse_qs(body.decode()).get("command") else 404
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body"})


if __name__ == "__main__":
    serve(app, int(sys.argv[1]))
