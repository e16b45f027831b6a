"""Every request between Slack and the bot with its answer, for tests and for the page's inspector. No secrets."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from time import perf_counter
from typing import Literal
from urllib.parse import parse_qsl

from bot.playground.changes import Changes
from bot.playground.wire import Json, read_json

_KEPT = 2000
_SECRET_FIELDS = {"token", "client_secret", "code", "access_token", "refresh_token"}
_SECRET_HEADERS = {"authorization", "x-slack-signature", "cookie"}
_REDACTED = "[redacted]"


@dataclass(eq=False)
class Exchange:
    """`kind` is a method (`chat.postMessage`), `response_url`, or what was delivered (`slash_command`, `view_submission`,
    an event's type). `body` is what was sent, read; `status` and `answer` are None until there are any. `team` is the
    workspace that it is about, where that is known."""

    number: int
    direction: Literal["to_bot", "from_bot"]
    kind: str
    at: float  # epoch seconds
    path: str
    headers: dict[str, str]
    body: Json
    status: int | None = None
    answer: object = None
    milliseconds: float | None = None
    team: str | None = None
    _started: float = field(default_factory=perf_counter, repr=False)

    @property
    def ended(self) -> bool:
        return self.milliseconds is not None

    def end(self, status: int | None, answer: object) -> None:
        self.status = status
        self.answer = answer
        self.milliseconds = (perf_counter() - self._started) * 1000


class Exchanges:
    """The newest 2,000, oldest first."""

    def __init__(self, changes: Changes) -> None:
        self.changes = changes
        self._count = 0
        self.all: deque[Exchange] = deque(maxlen=_KEPT)

    def begin(
        self,
        direction: Literal["to_bot", "from_bot"],
        kind: str,
        path: str,
        headers: Mapping[str, str],
        body: Json,
        at: float,
    ) -> Exchange:
        self._count += 1
        kept = {n: _REDACTED if n.lower() in _SECRET_HEADERS else value for n, value in headers.items()}
        body = _without_secrets(body)
        exchange = Exchange(self._count, direction, kind, at, path, kept, body)
        self.all.append(exchange)
        self.changes.note()
        return exchange

    def end(self, exchange: Exchange, status: int | None, answer: object) -> None:
        exchange.end(status, _without_secrets(answer) if isinstance(answer, dict) else answer)
        self.changes.note()

    def of(self, kind: str) -> list[Exchange]:
        return [exchange for exchange in self.all if exchange.kind == kind]


def _without_secrets(fields: Json) -> Json:
    return {name: _REDACTED if name in _SECRET_FIELDS else value for name, value in fields.items()}


def read_body(content_type: str, body: bytes) -> Json:
    """A request's fields, from JSON or a form. Raises ValueError."""
    if "json" in content_type:
        read = read_json(body or b"{}")
        if not isinstance(read, dict):
            raise ValueError(body)
        return read
    return dict(parse_qsl(body.decode(), keep_blank_values=True))


def read_answer(body: str) -> object:
    """JSON where it is, the text where not."""
    try:
        return read_json(body)
    except ValueError:
        return body
