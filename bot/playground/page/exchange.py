"""One exchange in full, for the inspector, and as a command for a terminal."""

import json
import shlex

from bot.playground.deliveries import encoded
from bot.playground.exchanges import Exchange
from bot.playground.wire import Json

_SIGNED = """\
# The signature is made anew: first `export SLACK_SIGNING_SECRET=…` with the bot's.
body={body}
at=$(date +%s)
signature="v0=$(printf 'v0:%s:%s' "$at" "$body" | openssl dgst -sha256 -hmac "$SLACK_SIGNING_SECRET" | sed 's/^.* //')"
curl -i {url} -H {content_type} -H "X-Slack-Request-Timestamp: $at" -H "X-Slack-Signature: $signature" --data-raw "$body"
"""
_CALL = """\
# The token stays out of it: first `export SLACK_BOT_TOKEN=…` with the bot's.
curl -i {url} -H "Authorization: Bearer $SLACK_BOT_TOKEN" -H 'Content-Type: application/json; charset=utf-8' --data-raw {body}
"""
_HOOK = "curl -i {url} -H 'Content-Type: application/json' --data-raw {body}\n"


def whole(exchange: Exchange, url: str) -> Json:
    """`curl` is null for what went over Socket Mode. `url` is the stand-in's own."""
    return {
        "number": exchange.number,
        "direction": exchange.direction,
        "kind": exchange.kind,
        "at": exchange.at,
        "path": exchange.path,
        "headers": exchange.headers,
        "body": exchange.body,
        "status": exchange.status,
        "answer": exchange.answer,
        "milliseconds": exchange.milliseconds,
        "curl": curl(exchange, url),
    }


def curl(exchange: Exchange, url: str) -> str | None:
    """For a shell. It holds no secret: those come from the environment when it is run."""
    if exchange.direction == "to_bot":
        if not exchange.path.startswith("http"):
            return None
        body, content_type = encoded(exchange.body)
        header = shlex.quote(f"Content-Type: {content_type}")
        return _SIGNED.format(
            body=shlex.quote(body.decode()), url=shlex.quote(exchange.path), content_type=header
        )
    fields = {name: value for name, value in exchange.body.items() if name != "token"}
    words = shlex.quote(json.dumps(fields, ensure_ascii=False))
    template = _HOOK if exchange.kind == "response_url" else _CALL
    return template.format(url=shlex.quote(url + exchange.path), body=words)
