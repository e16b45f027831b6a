"""Whatever is sent, signed or not, is answered below 500."""

import asyncio
import copy
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.types import ASGIApp, Message

from bot.http.app import asgi
from bot.metrics import Metrics
from tests.bot.conftest import always, bolt_app, signed

PAYLOADS = [json.loads(path.read_text()) for path in Path("tests/handlers/slack-payloads").glob("*.json")]
KEYS = sorted(
    {key for payload in PAYLOADS for key in payload} | {"authorizations", "response_urls", "message"}
)

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def app() -> ASGIApp:
    return asgi(bolt_app(), ready=always, metrics=Metrics())


async def ask(app: ASGIApp, body: bytes, headers: list[tuple[bytes, bytes]]) -> int:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body}

    async def send(message: Message) -> None:
        sent.append(message)

    await app({"type": "http", "method": "POST", "path": "/slack/events", "headers": headers}, receive, send)
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    return int(sent[0]["status"])


def raw(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in headers.items()]


@given(
    body=st.binary(max_size=200),
    headers=st.lists(
        st.tuples(
            st.sampled_from(
                [
                    b"x-slack-signature",
                    b"x-slack-request-timestamp",
                    b"content-type",
                    b"x-slack-bolt-lazy-only",
                    b"x",
                ]
            ),
            st.binary(max_size=12) | st.just(b"application/json"),
        ),
        max_size=5,
    ),
)
def test_a_stranger_gets_no_more_than_a_refusal(
    runner: asyncio.Runner, app: ASGIApp, body: bytes, headers: list[tuple[bytes, bytes]]
) -> None:
    assert 400 <= runner.run(ask(app, body, headers)) < 500


@given(body=st.binary(max_size=200), secret=st.sampled_from(["", "another"]))
def test_a_wrong_signature_gets_no_more_than_a_refusal(
    runner: asyncio.Runner, app: ASGIApp, body: bytes, secret: str
) -> None:
    assert 400 <= runner.run(ask(app, body, raw(signed(body, secret=secret)))) < 500


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=200) | anything.map(lambda value: json.dumps(value).encode()))
def test_a_signed_body_of_any_kind_makes_no_fault(
    runner: asyncio.Runner, app: ASGIApp, body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    assert runner.run(ask(app, body, raw(signed(body)))) < 500
    form = urlencode({"payload": body}).encode()
    assert runner.run(ask(app, form, raw(signed(form)))) < 500
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(payload=st.sampled_from(PAYLOADS), data=st.data())
def test_a_payload_of_slacks_with_one_part_changed_makes_no_fault(
    runner: asyncio.Runner,
    app: ASGIApp,
    payload: dict[str, object],
    data: st.DataObject,
    caplog: pytest.LogCaptureFixture,
) -> None:
    node = changed = copy.deepcopy(payload)
    while True:
        key = data.draw(st.sampled_from(sorted(node)))
        inner = node[key]
        if not (isinstance(inner, dict) and inner and data.draw(st.booleans())):
            break
        node = inner
    node[key] = data.draw(anything)
    body = urlencode({"payload": json.dumps(changed)}).encode()
    assert runner.run(ask(app, body, raw(signed(body)))) < 500
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
