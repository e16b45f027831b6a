import asyncio
import json
import logging
import socket
import time
from contextlib import suppress
from urllib.parse import urlencode

import aiohttp
import pytest

from bot.http import guard, server
from bot.http.app import asgi
from bot.metrics import Metrics
from tests.bot.conftest import Desk, always, bolt_app, signed
from tests.patience import PATIENCE

pytestmark = pytest.mark.asyncio(loop_scope="module")  # one server serves them all

COMMAND = urlencode({"command": "/ticket", "team_id": "T1", "user_id": "U1", "text": "hello"}).encode()


def form(payload: object) -> bytes:
    return urlencode({"payload": json.dumps(payload)}).encode()


async def test_what_slack_signed_is_answered(desk: Desk) -> None:
    assert await desk.post(COMMAND, signed(COMMAND)) == (200, "hello")


async def test_the_url_of_the_events_is_verified(desk: Desk) -> None:
    body = json.dumps({"type": "url_verification", "challenge": "c1"}).encode()
    assert await desk.post(body, signed(body)) == (200, '{"challenge": "c1"}')


@pytest.mark.parametrize(
    "wrong",
    [
        signed(COMMAND, secret="another"),  # noqa: S106
        {"x-slack-request-timestamp": "soon"},
        {"x-slack-request-timestamp": "9" * 5000},
        {"x-slack-request-timestamp": "-1"},
        {"x-slack-request-timestamp": ""},
        {"x-slack-signature": "v0="},
        {"x-slack-signature": "v0=é"},
    ],
    ids=["secret", "not a number", "huge", "negative", "no time", "no digest", "not ASCII"],
)
async def test_what_slack_did_not_sign_is_refused(desk: Desk, wrong: dict[str, str]) -> None:
    status, _ = await desk.post(COMMAND, signed(COMMAND) | wrong)
    assert status == 401


@pytest.mark.parametrize("seconds", [-400, 400])
async def test_what_was_signed_at_another_time_is_refused(desk: Desk, seconds: int) -> None:
    status, _ = await desk.post(COMMAND, signed(COMMAND, at=time.time() + seconds))
    assert status == 401


@pytest.mark.parametrize("header", ["x-slack-request-timestamp", "x-slack-signature"])
async def test_a_request_without_its_signature_is_refused(desk: Desk, header: str) -> None:
    headers = signed(COMMAND)
    del headers[header]
    assert await desk.post(COMMAND, headers) == (401, '{"error":"invalid_signature"}')


async def test_two_signatures_are_one_too_many(desk: Desk) -> None:
    headers = [*signed(COMMAND).items(), ("x-slack-signature", "v0=" + "0" * 64)]
    async with desk.http.post("/slack/events", data=COMMAND, headers=headers) as response:
        assert response.status == 400
        assert await response.json() == {"error": "duplicate_header"}


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"payload=",
        b"payload={",
        b"payload=5",
        b"payload=null",
        b'payload="text"',
        b"payload=%5B1%5D",
        b"\xff\xfe",
        b"{}\xff",
        b'{"authorizations": 5}',
        b'{"authorizations": [5]}',
        b'{"user": 5}',
        b'{"team": 5}',
        b'{"response_urls": 5}',
        b'{"type": "view_submission", "view": []}',
        b'{"n": ' + b"9" * 5000 + b"}",
        b"[" * 100_000,
        b'{"a":' * 40_000,
        form({"type": "block_actions", "actions": []}),
        form({"type": "block_actions", "actions": [5]}),
        form({"type": "view_submission", "view": {"callback_id": 5}}),
        form({"type": "shortcut", "callback_id": ["a"]}),
        form({"type": "block_suggestion", "action_id": 1}),
    ],
    ids=lambda body: body[:40].decode(errors="replace"),
)
async def test_a_body_that_cannot_be_slacks_is_refused_whoever_signed_it(desk: Desk, body: bytes) -> None:
    headers = signed(body)
    if body.startswith(b"["):
        headers["content-type"] = "application/json"
    assert await desk.post(body, headers) == (400, '{"error":"malformed_body"}')
    status, _ = await desk.post(body, {**headers, "x-slack-signature": "v0=" + "0" * 64})
    assert status == 400


@pytest.mark.parametrize(
    "odd",
    [
        {"event": 5},
        {"event": {"type": 5}},
        {"event": []},
        {"event": {"type": "star_added"}, "authorizations": [5]},
        {"event": {"type": "star_added"}, "user": 5},
        {"event": {"type": "star_added", "user": ["U1"], "item": 7}},
    ],
    ids=str,
)
async def test_an_event_of_any_shape_is_taken_where_slack_signed_it(
    desk: Desk, odd: dict[str, object]
) -> None:
    body = json.dumps({"type": "event_callback", **odd}).encode()
    assert (await desk.post(body, signed(body)))[0] == 200
    assert (await desk.post(body, signed(body, secret="another")))[0] == 401  # noqa: S106


async def test_a_body_of_a_megabyte_is_refused_before_it_is_all_read(desk: Desk) -> None:
    body = b"{" + b" " * 1_000_000 + b"}"
    assert await desk.post(body, signed(body)) == (413, '{"error":"body_too_large"}')


async def test_an_endless_body_is_refused(desk: Desk) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", desk.port)
    head = "".join(f"{name}: {value}\r\n" for name, value in signed(b"").items())
    writer.write(
        f"POST /slack/events HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n{head}\r\n".encode()
    )
    for _ in range(15):
        writer.write(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
    assert (await reader.readline()).split()[1] == b"413"
    writer.close()


async def test_whoever_hangs_up_leaves_no_trace(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", desk.port)
    head = "".join(f"{name}: {value}\r\n" for name, value in signed(b"").items())
    writer.write(f"POST /slack/events HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n{head}\r\n".encode())
    await writer.drain()
    assert (await desk.get("/healthz"))[0] == 200
    writer.close()
    await writer.wait_closed()
    assert (await desk.get("/healthz"))[0] == 200
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


async def test_a_body_that_never_comes_does_not_hold_the_desk(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "_PATIENCE", 0.05)
    head = "".join(f"{name}: {value}\r\n" for name, value in signed(b"").items())

    async def answered() -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", desk.port)
        writer.write(f"POST /slack/events HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n{head}\r\n".encode())
        status = (await reader.readline()).split()[1]
        writer.close()
        return status

    assert set(await asyncio.gather(answered(), answered())) == {b"408"}
    assert await answered() == b"408", "one that comes when the others have ended is no exception"


@pytest.mark.parametrize("asked_before", [False, True])
async def test_headers_that_never_come_whole_do_not_hold_a_connection(
    monkeypatch: pytest.MonkeyPatch,
    asked_before: bool,  # noqa: FBT001
) -> None:
    monkeypatch.setattr(server, "_SILENT", 0.0)
    app = asgi(bolt_app(), ready=always, metrics=Metrics())
    async with server.listening(app, host="127.0.0.1", port=0) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        if asked_before:
            writer.write(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")
            assert (await reader.readuntil(b"\r\n\r\nok")).startswith(b"HTTP/1.1 200")
        writer.write(b"GET /healthz HTTP/1.1\r\nx-slow:")
        async with asyncio.timeout(PATIENCE):
            assert await reader.read() == b""
        writer.close()


async def test_connections_beyond_the_limit_are_closed_and_the_others_served(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(server, "MAX_CONNECTIONS", 2)
    app = asgi(bolt_app(), ready=always, metrics=Metrics())
    async with server.listening(app, host="127.0.0.1", port=0) as port:
        first, second, third = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
        with suppress(ConnectionResetError):
            assert await third[0].read() == b""
        for reader, writer in (first, second):
            writer.write(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")
            assert (await reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200")
        for _, writer in (first, second, third):
            writer.close()


async def test_the_wrong_path_is_404_and_the_wrong_method_405(desk: Desk) -> None:
    assert (await desk.get("/"))[0] == 404
    assert (await desk.get("/slack/events/"))[0] == 404
    async with desk.http.get("/slack/events") as response:
        assert (response.status, response.headers["allow"]) == (405, "POST")
    async with desk.http.delete("/healthz") as response:
        assert (response.status, response.headers["allow"]) == (405, "GET, HEAD")


async def test_the_server_tells_nobody_what_it_is(desk: Desk) -> None:
    async with desk.http.get("/healthz") as response:
        assert "server" not in response.headers


async def test_ready_is_what_the_desk_says(desk: Desk) -> None:
    assert await desk.get("/readyz") == (200, "ok")
    desk.trouble.append("No space left on device.")
    assert await desk.get("/readyz") == (503, '{"error":"No space left on device."}')
    assert await desk.get("/healthz") == (200, "ok")
    desk.trouble.clear()


async def test_refusals_are_counted(desk: Desk) -> None:
    async def counted(status: int) -> float:
        _, text = await desk.get("/metrics")
        name = f'deskhand_rejected_total{{status="{status}"}} '
        return next((float(line[len(name) :]) for line in text.splitlines() if line.startswith(name)), 0)

    before = await counted(401), await counted(404)
    await desk.post(COMMAND, {})
    await desk.get("/nowhere")
    assert (await counted(401), await counted(404)) == (before[0] + 1, before[1] + 1)


async def test_in_socket_mode_nothing_of_slacks_is_taken_by_http() -> None:
    app = asgi(None, ready=always, metrics=Metrics())
    async with (
        server.listening(app, host="127.0.0.1", port=0) as port,
        aiohttp.ClientSession(f"http://127.0.0.1:{port}") as http,
        http.post("/slack/events", data=COMMAND, headers=signed(COMMAND)) as response,
    ):
        assert response.status == 404


async def test_half_a_character_in_an_id_is_answered_cleanly(desk: Desk) -> None:
    body = form(
        {"type": "view_submission", "view": {"callback_id": "\ud800", "type": "modal"}, "user": {"id": "U"}}
    )
    assert (await desk.post(body, signed(body)))[0] in {200, 400}  # pydantic before 2.14 refuses it


async def test_a_port_in_use_is_one_clear_line() -> None:
    app = asgi(None, ready=always, metrics=Metrics())
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(server.CannotListen, match=f"Cannot listen on 127.0.0.1:{port}: .*DESKHAND_PORT"):
            await server.serve(app, host="127.0.0.1", port=port, stop=asyncio.Event())


@pytest.mark.parametrize("host", ["no.such.host.invalid", "203.0.113.7", "::zz"])
async def test_an_address_of_another_machine_is_one_clear_line(host: str) -> None:
    app = asgi(None, ready=always, metrics=Metrics())
    with pytest.raises(server.CannotListen, match="Check DESKHAND_HOST"):
        await server.serve(app, host=host, port=0, stop=asyncio.Event())
