"""What may come in, and what Bolt takes for granted in it.

Bolt parses a body before it checks the signature, and takes every body for one of Slack's. What it could not
read is refused here, in front of it: nothing that a stranger sends makes a 5xx or a traceback.
"""

import asyncio
import json
import re
from collections.abc import Mapping
from typing import Annotated, Any

import orjson
from pydantic import BaseModel, Field
from slack_bolt.async_app import AsyncBoltRequest
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope

MAX_BODY = 900 * 1024
"""Bytes. Slack's largest is a view_submission: a view of 250 kB, of which a form's encoding can make thrice that."""

_PATIENCE = 3.0  # seconds for the whole body: Slack itself waits no longer for the answer
_TIMESTAMP, _SIGNATURE = "x-slack-request-timestamp", "x-slack-signature"
_FOR_BOLT = {
    name.encode(): name
    for name in ("content-type", _TIMESTAMP, _SIGNATURE, "x-slack-retry-num", "x-slack-retry-reason")
}
_HALF = re.compile(rb"(?:\\|%5[Cc])u[dD][89a-fA-F]")
"""How JSON spells the halves of a character beyond the first 65,536: an emoji's two, or one alone."""
_SECONDS, _DIGEST = re.compile(r"[0-9]{1,12}"), re.compile(r"v0=[0-9a-f]{64}")


class Refused(Exception):
    """The request is answered with `status` and a short `code`, and goes no further."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status, self.code = status, code


class Guard:
    """Reads requests. One timer ends all bodies that are too slow: to set one for each would take 12 µs of it."""

    def __init__(self) -> None:
        self._coming: dict[asyncio.Task[object], float] = {}  # since when each body comes, the oldest first
        self._timer: asyncio.TimerHandle | None = None

    async def read(self, scope: Scope, receive: Receive) -> AsyncBoltRequest:
        """The request as Bolt takes it. Raises Refused, and ClientDisconnect where whoever asked has hung up."""
        headers = _signed(scope)
        return _parsed(await self._in_time(receive), headers)

    async def _in_time(self, receive: Receive) -> bytes:
        task, loop = asyncio.current_task(), asyncio.get_running_loop()
        assert task  # noqa: S101  (a coroutine that runs has one)
        self._coming[task] = loop.time()
        self._timer = self._timer or loop.call_later(_PATIENCE, self._end_slow, loop)
        try:
            return await _body(receive)
        except asyncio.CancelledError:
            if task in self._coming or task.uncancel():  # by others
                raise
            raise Refused(408, "body_too_slow") from None
        finally:
            self._coming.pop(task, None)

    def _end_slow(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        for task, since in list(self._coming.items()):
            if (left := since + _PATIENCE - loop.time()) > 0:
                self._timer = loop.call_later(left, self._end_slow, loop)
                break
            del self._coming[task]
            task.cancel()


def _signed(scope: Scope) -> dict[str, str]:
    """The headers that Bolt reads. The signature among them looks like one; whether it is, Bolt checks."""
    headers: dict[str, str] = {}
    for raw, value in scope["headers"]:
        if name := _FOR_BOLT.get(raw):
            if name in headers:
                raise Refused(400, "duplicate_header")
            headers[name] = value.decode("latin-1")
    signed = _SECONDS.fullmatch(headers.get(_TIMESTAMP, "")) and _DIGEST.fullmatch(
        headers.get(_SIGNATURE, "")
    )
    if not signed:
        raise Refused(401, "invalid_signature")
    return headers


async def _body(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        if len(body) > MAX_BODY:
            raise Refused(413, "body_too_large")
        if not message.get("more_body", False):
            return bytes(body)


def _parsed(body: bytes, headers: Mapping[str, str]) -> AsyncBoltRequest:
    try:
        request = AsyncBoltRequest(body=body.decode(), headers=dict(headers))
        if _HALF.search(body):
            request.body = _whole(request.body)
        _BODIES.get(request.body.get("type"), _Body).model_validate(request.body)
    except Exception:  # noqa: BLE001  (it only parses, and fails in as many ways as bodies can be wrong)
        if not _is_event(body):
            raise Refused(400, "malformed_body") from None
        request = AsyncBoltRequest(body="", headers=dict(headers))
        request.raw_body, request.body = body.decode(), dict(_UNREADABLE)
    return request


def _whole(body: object) -> dict[str, Any]:
    """JSON's escapes can spell half a character, which no store, log or answer can hold. It becomes a question mark."""
    whole: dict[str, Any] = orjson.loads(json.dumps(body, ensure_ascii=False).encode(errors="replace"))
    return whole


def _is_event(body: bytes) -> bool:
    """Slack switches off an app that refuses its events, so one that nobody can read goes on to the check of its
    signature, as an event of which nothing is known."""
    try:
        return bool(json.loads(body)["type"] == "event_callback")
    except (ValueError, TypeError, LookupError, RecursionError):
        return False


_UNREADABLE = {"type": "event_callback", "event": {"type": "unreadable"}}


# Frozen, since pydantic copies a default that is not: 8 µs a request, against 1.


class _Object(BaseModel, frozen=True):
    pass


class _Typed(BaseModel, frozen=True):
    type: str


class _Called(_Object):
    callback_id: str


class _View(_Called):
    type: str


class _Element(BaseModel):
    action_id: str
    block_id: str


class _Body(BaseModel):
    """What Bolt takes for granted in every body; a handler's own model checks the rest."""

    type: str = ""
    command: str = ""
    event: _Typed = _Typed(type="")
    view: _Object = _Object()


class _CalledBody(_Called, _Body):
    actions: Annotated[tuple[_Object, ...], Field(min_length=1)] = (_Object(),)


class _ViewBody(_Body):
    view: _View


class _ActionsBody(_Body):
    actions: Annotated[tuple[_Element, ...], Field(min_length=1)]


class _SuggestionBody(_Element, _Body):
    pass


_BODIES: Mapping[str | None, type[_Body]] = {
    "block_actions": _ActionsBody,
    "block_suggestion": _SuggestionBody,
    "view_submission": _ViewBody,
    "view_closed": _ViewBody,
    **dict.fromkeys(("shortcut", "message_action", "interactive_message"), _CalledBody),
    **dict.fromkeys(("dialog_submission", "dialog_cancellation", "dialog_suggestion"), _CalledBody),
}
"""What Bolt takes for granted by the type of the body, old kinds that Deskhand does not use included."""
